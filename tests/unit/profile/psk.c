/* Tests of what is said about secrets at import (profile/psk.h). */
#include "profile/psk.h"
#include "support/test.h"

#include <string.h>

/* What is said about a secret: its notices, none of which shows it. */
static struct hf_import judged(enum hf_secret_name name, const char *secret)
{
    struct hf_import in = { .notices = NULL };

    hf_import_clear(&in);
    cr_assert(hf_buf_append(&in.secrets.values[name], hf_bytes_of_string(secret)));
    cr_assert_eq(hf_psk_note(&in), HF_OK);
    for (size_t i = 0; i < in.notice_count; i++) {
        cr_expect_null(strstr(in.notices[i].text, secret));
        cr_expect_str_eq(in.notices[i].path, hf_secret_name_text(name));
    }
    return in;
}

static void expect(const char *psk, const char *words)
{
    struct hf_import in = judged(HF_SECRET_PSK, psk);

    if (words == NULL) {
        cr_expect_eq(in.notice_count, 0u, "%s", psk);
    } else {
        cr_assert_eq(in.notice_count, 1u, "%s", psk);
        cr_expect_not_null(strstr(in.notices[0].text, words), "%s: %s", psk, in.notices[0].text);
    }
    hf_import_clear(&in);
}

Test(psk, secrets_that_can_be_guessed_are_noticed)
{
    expect("kD8fq2Lm0zXw7RbTn4Vh", NULL);
    expect("0f1e2d3c4b5a69788796a5b4c3d2e1f0", NULL);
    expect("kD8fq2Lm0zXw7RbTn4V", "under 20");
    expect("12345678901234567890123", "digits");
    expect("Company-VPN-secret", "common words");
    expect("passwordpassword", "common words");
    expect("zyxwzyxwzyxwzyxwzyxwzyxw", "few different");
    expect("the password is kD8fq2Lm0zXw7RbTn4Vh", NULL);
}

Test(psk, stray_white_space_and_other_alphabets_are_noticed)
{
    expect("kD8fq2Lm0zXw7RbTn4Vh ", "white space");
    expect("\tkD8fq2Lm0zXw7RbTn4Vh", "white space");
    expect("kD8fq2Lm0zXw7RbTn4Vh\n", "white space");
    expect("kD8fq2Lm0zXw7RbT n4Vh", NULL);
    expect("kD8fq2Lm0zXw7RbTn4Vh\xc3\xbc", "outside ASCII");
}

Test(psk, passwords_are_looked_at_for_spelling_alone)
{
    struct hf_import in = judged(HF_SECRET_PASSWORD, "1234");

    cr_expect_eq(in.notice_count, 0u);
    hf_import_clear(&in);
    in = judged(HF_SECRET_PASSWORD, " 1234");
    cr_expect_eq(in.notice_count, 1u);
    hf_import_clear(&in);
}

Test(psk, weakness_and_spelling_are_told_apart)
{
    struct hf_import in = judged(HF_SECRET_PSK, "1234 ");

    cr_assert_eq(in.notice_count, 2u);
    cr_expect_eq(in.notices[0].severity, HF_NOTICE_UNSAFE);
    cr_expect_eq(in.notices[1].severity, HF_NOTICE_UNSUPPORTED);
    hf_import_clear(&in);
}
