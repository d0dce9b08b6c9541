/* Tests of faults (base/fault.h). */
#include "base/fault.h"
#include "support/hex.h"
#include "support/test.h"

Test(fault, make_sets_what_is_known)
{
    struct hf_fault fault = hf_fault_make(HF_ERR_NO_REPLY, HF_STAGE_HANDSHAKE);

    cr_expect_eq(fault.status, HF_ERR_NO_REPLY);
    cr_expect_eq(fault.stage, HF_STAGE_HANDSHAKE);
    cr_expect_eq(fault.peer_code, 0);
    cr_expect_str_eq(fault.offered, "");
    cr_expect_str_eq(fault.received, "");
}

Test(fault, every_stage_has_a_name_of_its_own)
{
    for (int a = HF_STAGE_NONE; a <= HF_STAGE_TUNNEL; a++) {
        for (int b = a + 1; b <= HF_STAGE_TUNNEL; b++)
            cr_expect_str_neq(hf_stage_name((enum hf_stage)a), hf_stage_name((enum hf_stage)b));
    }
}

Test(fault, text_from_anywhere_is_made_printable)
{
    char text[HF_FAULT_TEXT_MAX];

    for (unsigned c = 0; c < 256; c++) {
        uint8_t byte = (uint8_t)c;

        hf_fault_set_text(text, (hf_bytes){ &byte, 1 });
        cr_expect_eq(text[0], c >= 0x20 && c < 0x7f ? (char)c : '?');
        cr_expect_eq(text[1], '\0');
    }
}

Test(fault, long_text_is_cut_to_fit)
{
    struct hf_fault fault = hf_fault_make(HF_ERR_MALFORMED, HF_STAGE_NONE);
    uint8_t *bytes = test_memory(1000);

    memset(bytes, 'x', 1000);
    hf_fault_set_text(fault.offered, (hf_bytes){ bytes, 1000 });
    cr_expect_eq(strlen(fault.offered), HF_FAULT_TEXT_MAX - 1);
    hf_fault_add_text(fault.offered, hf_bytes_of_string("more"));
    cr_expect_eq(strlen(fault.offered), HF_FAULT_TEXT_MAX - 1);
    cr_expect_str_eq(fault.received, "", "the neighbour is untouched");
}

Test(fault, entries_are_joined_by_commas)
{
    char text[HF_FAULT_TEXT_MAX];

    hf_fault_set_text(text, (hf_bytes){ 0 });
    hf_fault_add_text(text, hf_bytes_of_string("a"));
    hf_fault_add_text(text, hf_bytes_of_string("b"));
    cr_expect_str_eq(text, "a, b");
}
