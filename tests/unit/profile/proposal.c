/* Tests of proposal strings (profile/proposal.c). */
#include "profile/proposal.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#define PATH hf_bytes_of_string("proposal")

static void join(const struct hf_profile_algorithms *list, char *out, size_t max)
{
    out[0] = '\0';
    for (size_t i = 0; i < list->count; i++)
        (void)snprintf(out + strlen(out), max - strlen(out), "%s%s", i == 0 ? "" : " ",
                       list->names[i]);
}

struct expected {
    const char *text, *encryption, *prf, *integrity, *groups;
    size_t notices;
};

static void expect_ike(const struct expected *e)
{
    static struct hf_import in;
    char text[4][300];

    memset(&in, 0, sizeof in);
    cr_assert_eq(hf_proposal_decode(&in, HF_PROPOSAL_IKE, PATH, hf_bytes_of_string(e->text)),
                 HF_OK);
    join(&in.profile.ike_encryption, text[0], sizeof text[0]);
    join(&in.profile.ike_prf, text[1], sizeof text[1]);
    join(&in.profile.ike_integrity, text[2], sizeof text[2]);
    join(&in.profile.ike_groups, text[3], sizeof text[3]);
    cr_expect_str_eq(text[0], e->encryption, "%s: %s", e->text, text[0]);
    cr_expect_str_eq(text[1], e->prf, "%s: %s", e->text, text[1]);
    cr_expect_str_eq(text[2], e->integrity, "%s: %s", e->text, text[2]);
    cr_expect_str_eq(text[3], e->groups, "%s: %s", e->text, text[3]);
    cr_expect_eq(in.notice_count, e->notices, "%s: %zu", e->text, in.notice_count);
    hf_import_clear(&in);
}

Test(proposal, what_gateways_hand_out_becomes_lists)
{
    static const struct expected rows[] = {
        {"aes256gcm16-prfsha384-ecp384",                               "aes256gcm16",             "prfsha384", "",       "ecp384",          0},
        { "aes256-sha256-modp2048",                                    "aes256",                  "prfsha256", "sha256", "modp2048",        0},
        { "aes128gcm16-sha256-curve25519!",                            "aes128gcm16",             "prfsha256", "",       "x25519",          0},
        { "aes256gcm16-prfsha512-ecp521,aes256-sha512-ecp521,default", "aes256gcm16 aes256",
         "prfsha512",                                                                                          "sha512", "ecp521",          0},
        { "aes256-aes128-sha384-sha256-prfsha256-ecp256-modp3072",     "aes256 aes128",           "prfsha256",
         "sha384 sha256",                                                                                                "ecp256 modp3072", 0},
        { "aes_gcm256-sha2_512;dh19, AES256-SHA2_256;MODP2048",        "aes256gcm16 aes256",
         "prfsha512 prfsha256",                                                                                "sha256", "ecp256 modp2048", 0},
        { "chacha20poly1305-prfsha256-x25519;aes-sha-dh14",            "chacha20poly1305 aes128",
         "prfsha256 prfsha1",                                                                                  "sha1",   "x25519 modp2048", 2},
        { "",                                                          "",                        "",          "",       "",                0},
        { " - -- ,;! default",                                         "",                        "",          "",       "",                0},
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++)
        expect_ike(&rows[i]);
}

Test(proposal, weak_algorithms_are_kept_and_marked_broken_ones_are_not_kept)
{
    static const struct expected rows[] = {
        {"3des-sha1-modp1024",                   "3des",   "prfsha1",   "sha1",   "modp1024", 4},
        { "des-md5-modp768",                     "",       "",          "",       "",         3},
        { "aes256-sha256-modp1536-dh22",         "aes256", "prfsha256", "sha256", "",         2},
        { "aes256-null-prfmd5-sha256_96",        "aes256", "",          "",       "",         3},
        { "aes192-sha256-modp8192-ke1_mlkem768", "",       "prfsha256", "sha256", "",         3},
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++)
        expect_ike(&rows[i]);
    cr_expect(hf_proposal_is_weak("3des") && hf_proposal_is_weak("modp1024"));
    cr_expect_not(hf_proposal_is_weak("aes256"));
    cr_expect_not(hf_proposal_is_weak("nothing"));
}

Test(proposal, an_esp_string_fills_the_esp_lists)
{
    static struct hf_import in;

    memset(&in, 0, sizeof in);
    cr_assert_eq(
        hf_proposal_decode(&in, HF_PROPOSAL_ESP, PATH,
                           hf_bytes_of_string("aes128-sha256-ecp256-noesn,aes256gcm128-prfsha384")),
        HF_OK);
    cr_expect_eq(in.profile.esp_encryption.count, 2u);
    cr_expect_str_eq(in.profile.esp_encryption.names[1], "aes256gcm16");
    cr_expect_eq(in.profile.esp_integrity.count, 1u);
    cr_expect_str_eq(in.profile.esp_groups.names[0], "ecp256");
    cr_expect_eq(in.profile.ike_encryption.count + in.profile.ike_prf.count, 0u);
    cr_expect_eq(in.notice_count, 0u);
    hf_import_clear(&in);
}

Test(proposal, a_full_list_and_a_hostile_word_are_notices)
{
    static const char *const ciphers =
        "aes256gcm16-aes128gcm16-chacha20poly1305-aes256-aes128-3des";
    static char huge[4000];
    static struct hf_import in;

    memset(&in, 0, sizeof in);
    cr_assert_eq(hf_proposal_decode(&in, HF_PROPOSAL_IKE, PATH, hf_bytes_of_string(ciphers)),
                 HF_OK);
    cr_expect_eq(in.profile.ike_encryption.count, 6u);
    in.profile.ike_encryption.count = HF_PROFILE_ALGORITHMS;
    for (size_t i = 0; i < HF_PROFILE_ALGORITHMS; i++)
        strcpy(in.profile.ike_encryption.names[i], "other");
    cr_assert_eq(hf_proposal_decode(&in, HF_PROPOSAL_IKE, PATH, hf_bytes_of_string("aes256")),
                 HF_OK);
    cr_expect_eq(in.profile.ike_encryption.count, (size_t)HF_PROFILE_ALGORITHMS);
    cr_expect_eq(in.notice_count, 2u);
    memset(huge, 'x', sizeof huge);
    for (size_t i = 5; i < sizeof huge; i += 7)
        huge[i] = (char)(i % 251);
    cr_expect_eq(hf_proposal_decode(&in, HF_PROPOSAL_ESP, PATH,
                                    (hf_bytes){ (const uint8_t *)huge, sizeof huge }),
                 HF_OK);
    for (size_t i = 0; i < in.notice_count; i++) {
        for (const char *c = in.notices[i].text; *c != '\0'; c++)
            cr_assert(*c >= ' ' && *c < 0x7f);
    }
    hf_import_clear(&in);
}

Test(proposal, many_words_are_bounded)
{
    char text[64 * 7 + 20] = "";
    static struct hf_import in;

    memset(&in, 0, sizeof in);
    for (size_t i = 0; i < 65; i++)
        strcat(text, "aes256-");
    cr_expect_eq(hf_proposal_decode(&in, HF_PROPOSAL_IKE, PATH, hf_bytes_of_string(text)), HF_OK);
    cr_expect_eq(in.notice_count, 1u);
    cr_expect_str_eq(in.notices[0].text, "aes256, too many in one proposal");
    hf_import_clear(&in);
}

Test(proposal, one_name_is_added_by_type)
{
    static struct hf_import in;
    bool added = false;

    memset(&in, 0, sizeof in);
    cr_expect_eq(hf_proposal_add(&in, PATH, &in.profile.ike_groups, HF_TRANSFORM_KE,
                                 hf_bytes_of_string("dh20"), &added),
                 HF_OK);
    cr_expect(added);
    cr_expect_str_eq(in.profile.ike_groups.names[0], "ecp384");
    cr_expect_eq(hf_proposal_add(&in, PATH, &in.profile.ike_groups, HF_TRANSFORM_KE,
                                 hf_bytes_of_string("aes256"), &added),
                 HF_OK);
    cr_expect_not(added);
    cr_expect_eq(in.notices[0].severity, HF_NOTICE_UNSUPPORTED);
    hf_import_clear(&in);
}
