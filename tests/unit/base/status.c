/* Tests of the status table (base/status.h). */
#include "base/status.h"
#include "support/test.h"

#include <signal.h>

Test(status, success_alone_exits_with_0)
{
    cr_expect_eq(hf_status_exit(HF_OK), 0);
    for (int s = HF_OK + 1; s < HF_STATUS_COUNT; s++) {
        int code = hf_status_exit((hf_status)s);

        cr_expect(code > 0 && code < 256, "%s", hf_status_code((hf_status)s));
    }
}

Test(status, codes_are_distinct_and_lead_back)
{
    for (int s = 0; s < HF_STATUS_COUNT; s++)
        cr_expect_eq((int)hf_status_of_code(hf_bytes_of_string(hf_status_code((hf_status)s))), s);
}

Test(status, codes_are_lower_case_words)
{
    for (int s = 0; s < HF_STATUS_COUNT; s++) {
        const char *code = hf_status_code((hf_status)s);

        cr_expect_eq(strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(code), "%s",
                     code);
    }
}

Test(status, an_unknown_code_is_an_internal_error)
{
    cr_expect_eq(hf_status_of_code(hf_bytes_of_string("no-such-code")), HF_ERR_INTERNAL);
    cr_expect_eq(hf_status_of_code((hf_bytes){ 0 }), HF_ERR_INTERNAL);
}

Test(status, a_status_out_of_range_is_our_own_bug, .signal = SIGABRT)
{
    (void)hf_status_code(HF_STATUS_COUNT);
}
