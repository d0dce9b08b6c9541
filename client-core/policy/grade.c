/* Grades: see <holdfast/grade.h>. */
#include <holdfast/grade.h>

#include <string.h>

/* --- suites ----------------------------------------------------------------------------------- */
/* Is `word` one of the words of "a-b-c"? */
static bool has_word(const char *suite, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = suite; at != NULL && *at != '\0';) {
        const char *end = strchr(at, '-');
        size_t size = end == NULL ? strlen(at) : (size_t)(end - at);

        if (size == length && memcmp(at, word, length) == 0)
            return true;
        at = end == NULL ? NULL : end + 1;
    }
    return false;
}

static bool names_have(const struct hf_profile_algorithms *names, const char *const *words)
{
    for (size_t i = 0; i < names->count; i++) {
        for (size_t n = 0; words[n] != NULL; n++) {
            if (strcmp(names->names[i], words[n]) == 0)
                return true;
        }
    }
    return false;
}

/* What was agreed, or, before that, what the profile would take. */
static bool takes(const struct hf_grade_facts *facts, const char *const *words)
{
    const struct hf_profile *p = facts->profile;

    if (facts->ike_suite[0] != '\0') {
        for (size_t n = 0; words[n] != NULL; n++) {
            if (has_word(facts->ike_suite, words[n]) || has_word(facts->esp_suite, words[n]))
                return true;
        }
        return false;
    }
    return names_have(&p->ike_encryption, words) || names_have(&p->ike_integrity, words) ||
           names_have(&p->ike_prf, words) || names_have(&p->ike_groups, words) ||
           names_have(&p->esp_encryption, words) || names_have(&p->esp_integrity, words) ||
           names_have(&p->esp_groups, words);
}

/* --- the rows --------------------------------------------------------------------------------- */
static bool is_in_the_clear(const struct hf_grade_facts *facts)
{
    return facts->profile->protocol == HF_PROTOCOL_L2TP && facts->profile->l2tp.clear;
}

static bool is_legacy_level(const struct hf_grade_facts *facts)
{
    return facts->profile->level == HF_PROFILE_LEVEL_LEGACY;
}

static bool is_weak_cipher(const struct hf_grade_facts *facts)
{
    static const char *const words[] = { "3des", "des", NULL };

    return takes(facts, words);
}

static bool is_weak_hash(const struct hf_grade_facts *facts)
{
    static const char *const words[] = { "sha1", "prfsha1", "md5", "prfmd5", NULL };

    return takes(facts, words);
}

static bool is_weak_group(const struct hf_grade_facts *facts)
{
    static const char *const words[] = { "modp768", "modp1024", "modp1536", NULL };

    return takes(facts, words);
}

static bool is_without_pfs(const struct hf_grade_facts *facts)
{
    return facts->profile->allow_child_without_pfs;
}

static bool is_loose_certificate(const struct hf_grade_facts *facts)
{
    return facts->profile->allow_common_name || facts->profile->allow_any_purpose;
}

static bool is_block_off(const struct hf_grade_facts *facts)
{
    return facts->profile->lock == HF_LOCK_OFF;
}

static bool is_shared_secret(const struct hf_grade_facts *facts)
{
    return facts->profile->auth == HF_PROFILE_AUTH_PSK && !is_in_the_clear(facts);
}

static bool is_password(const struct hf_grade_facts *facts)
{
    const struct hf_profile *p = facts->profile;

    return p->auth == HF_PROFILE_AUTH_EAP ||
           (p->protocol == HF_PROTOCOL_L2TP &&
            (hf_profile_required_secrets(p) & 1u << HF_SECRET_PASSWORD) != 0);
}

static bool is_without_aead(const struct hf_grade_facts *facts)
{
    static const char *const words[] = { "aes128", "aes192", "aes256", NULL };

    return takes(facts, words);
}

static bool is_public_trust(const struct hf_grade_facts *facts)
{
    return facts->profile->system_trust && facts->profile->trust_thumbprints.count == 0;
}

static bool is_revocation_blind(const struct hf_grade_facts *facts)
{
    const struct hf_profile *p = facts->profile;

    return p->revocation == HF_PROFILE_REVOCATION_OFF && !p->gateway_uses_psk;
}

static bool is_lan_open(const struct hf_grade_facts *facts)
{
    return facts->profile->allow_lan;
}

static const struct {
    bool (*holds)(const struct hf_grade_facts *facts);
    enum hf_grade grade;
    const char *code, *text;
} rows[HF_GRADE_REASON_COUNT] = {
#define HF_GRADE(name, code, grade, text) { is_##name, HF_GRADE_##grade, code, text },
#include "policy/grade.def"
#undef HF_GRADE
};

enum hf_grade hf_grade_of(const struct hf_grade_facts *facts, uint32_t *out_reasons)
{
    enum hf_grade worst = HF_GRADE_STRONG;

    *out_reasons = 0;
    for (size_t i = 0; i < HF_GRADE_REASON_COUNT; i++) {
        if (!rows[i].holds(facts))
            continue;
        *out_reasons |= 1u << i;
        if (rows[i].grade > worst)
            worst = rows[i].grade;
    }
    return worst;
}

const char *hf_grade_name(enum hf_grade grade)
{
    static const char *const names[] = { "strong", "acceptable", "weak", "broken" };

    return names[grade];
}

const char *hf_grade_reason_code(enum hf_grade_reason reason)
{
    return rows[reason].code;
}

const char *hf_grade_reason_text(enum hf_grade_reason reason)
{
    return rows[reason].text;
}

enum hf_grade hf_grade_reason_grade(enum hf_grade_reason reason)
{
    return rows[reason].grade;
}
