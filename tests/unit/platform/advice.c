/* Tests that people are told something about every outcome (platform/ipc/advice.def). */
#include "ipc/advice.h"
#include "support/test.h"

Test(advice, says_something_about_every_status)
{
    for (int status = 0; status < HF_STATUS_COUNT; status++) {
        const struct hf_advice *advice = hf_advice_of((hf_status)status);
        const char *code = hf_status_code((hf_status)status);

        cr_assert_not_null(advice->title, "no row for %s", code);
        cr_assert_not_null(advice->sentence, "%s", code);
        cr_assert_not_null(advice->step, "%s", code);
        cr_expect_gt(strlen(advice->title), 0, "%s", code);
        cr_expect_leq(strlen(advice->title), 60, "%s: a title is a few words", code);
        cr_expect_eq(advice->sentence[strlen(advice->sentence) - 1], '.', "%s", code);
    }
}

Test(advice, only_success_has_nobody_to_fix_it)
{
    for (int status = 0; status < HF_STATUS_COUNT; status++)
        cr_expect_eq(hf_advice_of((hf_status)status)->fixer == HF_FIXER_NOBODY, status == HF_OK);
}

Test(advice, no_two_outcomes_share_a_title)
{
    for (int a = 0; a < HF_STATUS_COUNT; a++) {
        for (int b = 0; b < a; b++)
            cr_expect_str_neq(hf_advice_of((hf_status)a)->title, hf_advice_of((hf_status)b)->title);
    }
}
