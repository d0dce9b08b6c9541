/* Tests of text from files (profile/text.h). */
#include "profile/text.h"
#include "support/hex.h"
#include "support/test.h"

Test(text, utf8_without_controls_is_clean)
{
    cr_expect(hf_text_is_clean(hf_bytes_of_string("B\xc3\xbcro \xe2\x82\xac \xf0\x9f\x94\x92")));
    cr_expect(hf_text_is_clean((hf_bytes){ 0 }));
}

Test(text, controls_bad_utf8_and_direction_tricks_are_not_clean)
{
    static const char *const bad[] = { "0a",     "7f",     "c285",     "c080",
                                       "e08080", "eda080", "f4908080", "c3",
                                       "e282",   "ff",     "80",       "e280ae" /* RLO */,
                                       "e281a6", "e280a8", "f0808080", "61c3" };

    for (size_t i = 0; i < HF_ARRAY_LEN(bad); i++)
        cr_expect_not(hf_text_is_clean(hex(bad[i])), "%s", bad[i]);
}

Test(text, host_names_have_labels_of_1_to_63_octets)
{
    static const char *const bad[] = {
        "",    ".",     "a..b",
        ".a",  "a.",    "a b",
        "a/b", "a\x80", "1234567890123456789012345678901234567890123456789012345678901234"
    };

    cr_expect(hf_text_is_host_name(hf_bytes_of_string("vpn-1.Example_x.com")));
    for (size_t i = 0; i < HF_ARRAY_LEN(bad); i++)
        cr_expect_not(hf_text_is_host_name(hf_bytes_of_string(bad[i])), "%s", bad[i]);
}

Test(text, ids_are_made_of_safe_characters)
{
    static const char *const rows[][2] = {
        {"Office VPN",   "office-vpn"},
        { "../../etc",   "etc"       },
        { "B\xc3\xbcro", "b-ro"      },
        { "***",         "profile"   },
        { "",            "profile"   },
        { "a.b_c-d",     "a.b_c-d"   }
    };
    char id[65];

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        hf_text_make_id(hf_bytes_of_string(rows[i][0]), id);
        cr_expect_str_eq(id, rows[i][1]);
    }
}

Test(text, copy_refuses_what_does_not_fit_with_its_nul)
{
    char out[4] = "old";

    cr_expect_not(hf_text_copy(hf_bytes_of_string("four"), out, sizeof out));
    cr_expect_str_eq(out, "old");
    cr_expect(hf_text_copy(hf_bytes_of_string("abc"), out, sizeof out));
    cr_expect_str_eq(out, "abc");
}
