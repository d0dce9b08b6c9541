/* Grades: each row is reached by one change of a profile that has none of them. */
#include "support/test.h"

#include <holdfast/grade.h>

#include <string.h>

static struct hf_profile profile;
static uint32_t reasons;

static void setup(void)
{
    hf_profile_init(&profile);
    profile.revocation = HF_PROFILE_REVOCATION_SOFT;
}

static void teardown(void)
{
    hf_profile_clear(&profile);
}

TestSuite(grade, .init = setup, .fini = teardown);

static enum hf_grade grade(const char *ike, const char *esp)
{
    struct hf_grade_facts facts = { &profile, ike, esp };

    return hf_grade_of(&facts, &reasons);
}

static void expect_only(enum hf_grade wanted, enum hf_grade_reason reason)
{
    cr_expect_eq(grade("", ""), wanted);
    cr_expect_eq(reasons, 1u << reason, "%s", hf_grade_reason_code(reason));
    hf_profile_clear(&profile);
    profile.revocation = HF_PROFILE_REVOCATION_SOFT;
}

static void take(struct hf_profile_algorithms *names, const char *name)
{
    hf_copy(names->names[names->count++], name, strlen(name) + 1);
}

Test(grade, a_profile_of_todays_defaults_is_strong)
{
    cr_expect_eq(grade("", ""), HF_GRADE_STRONG);
    cr_expect_eq(grade("aes256gcm16-prfsha512-x25519", "aes256gcm16-esn"), HF_GRADE_STRONG);
    cr_expect_eq(reasons, 0u);
    cr_expect_str_eq(hf_grade_name(HF_GRADE_STRONG), "strong");
}

Test(grade, each_weakness_is_named)
{
    profile.level = HF_PROFILE_LEVEL_LEGACY;
    expect_only(HF_GRADE_WEAK, HF_GRADE_REASON_legacy_level);
    profile.allow_child_without_pfs = true;
    expect_only(HF_GRADE_WEAK, HF_GRADE_REASON_without_pfs);
    profile.allow_common_name = true;
    expect_only(HF_GRADE_WEAK, HF_GRADE_REASON_loose_certificate);
    profile.lock = HF_LOCK_OFF;
    expect_only(HF_GRADE_WEAK, HF_GRADE_REASON_block_off);
    profile.auth = HF_PROFILE_AUTH_PSK;
    expect_only(HF_GRADE_ACCEPTABLE, HF_GRADE_REASON_shared_secret);
    profile.auth = HF_PROFILE_AUTH_EAP;
    expect_only(HF_GRADE_ACCEPTABLE, HF_GRADE_REASON_password);
    profile.system_trust = true;
    expect_only(HF_GRADE_ACCEPTABLE, HF_GRADE_REASON_public_trust);
    profile.allow_lan = true;
    expect_only(HF_GRADE_ACCEPTABLE, HF_GRADE_REASON_lan_open);
    profile.revocation = HF_PROFILE_REVOCATION_OFF;
    expect_only(HF_GRADE_ACCEPTABLE, HF_GRADE_REASON_revocation_blind);
    take(&profile.ike_encryption, "3des");
    expect_only(HF_GRADE_WEAK, HF_GRADE_REASON_weak_cipher);
    take(&profile.esp_integrity, "sha1");
    expect_only(HF_GRADE_WEAK, HF_GRADE_REASON_weak_hash);
    take(&profile.ike_groups, "modp1024");
    expect_only(HF_GRADE_WEAK, HF_GRADE_REASON_weak_group);
    take(&profile.esp_encryption, "aes256");
    expect_only(HF_GRADE_ACCEPTABLE, HF_GRADE_REASON_without_aead);
}

Test(grade, what_was_agreed_counts_more_than_what_was_offered)
{
    take(&profile.ike_encryption, "3des");
    take(&profile.ike_encryption, "aes256gcm16");
    cr_expect_eq(grade("aes256gcm16-prfsha256-ecp256", "aes256gcm16"), HF_GRADE_STRONG);
    cr_expect_eq(grade("3des-prfsha1-sha1-modp1024", "aes256gcm16"), HF_GRADE_WEAK);
    cr_expect_eq(reasons, 1u << HF_GRADE_REASON_weak_cipher | 1u << HF_GRADE_REASON_weak_hash |
                              1u << HF_GRADE_REASON_weak_group);
}

Test(grade, l2tp_without_ipsec_is_broken)
{
    profile.protocol = HF_PROTOCOL_L2TP;
    profile.auth = HF_PROFILE_AUTH_PSK;
    profile.l2tp.clear = true;
    cr_expect_eq(grade("", ""), HF_GRADE_BROKEN);
    cr_expect((reasons & 1u << HF_GRADE_REASON_in_the_clear) != 0);
    cr_expect((reasons & 1u << HF_GRADE_REASON_shared_secret) == 0);
}
