/* Proposal strings and weak names: see proposal.h. */
#include "profile/proposal.h"

#include <string.h>

#define NAME_MAX   31
#define TOKENS_MAX 64 /* in one proposal; more are named in a notice, not read */

enum rating { SAME, LEGACY, REFUSED };

static const struct foreign {
    enum hf_transform_type type;
    const char *name;
    const char *alias;
    enum rating rating;
} foreign[] = {
#define HF_PROPOSAL_NAME(type, name, alias, rating) { HF_TRANSFORM_##type, name, alias, rating },
#include "profile/proposal.def"
#undef HF_PROPOSAL_NAME
};

static const struct foreign *find_alias(hf_bytes alias)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(foreign); i++) {
        if (hf_bytes_equal_nocase(alias, hf_bytes_of_string(foreign[i].alias)))
            return &foreign[i];
    }
    return NULL;
}

struct algorithm {
    char name[NAME_MAX + 1];
    enum hf_transform_type type;
    enum rating rating;
    bool is_aead;
};

/* What a word of a file means; false for a word that names no algorithm we have heard of. */
static bool look_up(hf_bytes word, struct algorithm *out)
{
    const struct foreign *known = find_alias(word);
    const struct hf_algorithm *row;
    char lower[NAME_MAX + 1] = "";

    if (known != NULL && known->rating == SAME)
        word = hf_bytes_of_string(known->name);
    if (word.len > NAME_MAX)
        return false;
    for (size_t i = 0; i < word.len; i++)
        lower[i] = (char)(word.data[i] >= 'A' && word.data[i] <= 'Z' ? word.data[i] + ('a' - 'A')
                                                                     : word.data[i]);
    row = hf_algorithm_find_name(hf_bytes_of_string(lower));
    known = find_alias(hf_bytes_of_string(lower));
    if (row == NULL && known == NULL)
        return false;
    hf_copy(out->name, lower, sizeof lower);
    out->type = known != NULL ? known->type : row->type;
    out->rating = known != NULL ? known->rating : SAME;
    out->is_aead = row != NULL && row->is_aead;
    return true;
}

bool hf_proposal_is_weak(const char *name)
{
    struct algorithm algorithm;

    return look_up(hf_bytes_of_string(name), &algorithm) && algorithm.rating != SAME;
}

static hf_status note(struct hf_import *import, enum hf_notice_severity severity, hf_bytes path,
                      hf_bytes word, const char *why)
{
    char text[HF_FAULT_TEXT_MAX] = "";

    hf_fault_set_text(text, hf_bytes_slice(word, 0, word.len < NAME_MAX ? word.len : NAME_MAX));
    hf_fault_add_text(text, hf_bytes_of_string(why));
    return hf_import_note(import, severity, path, text);
}

static bool has(const struct hf_profile_algorithms *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->names[i], name) == 0)
            return true;
    }
    return false;
}

static hf_status add(struct hf_import *import, hf_bytes path, struct hf_profile_algorithms *list,
                     const struct algorithm *algorithm, bool *out_added)
{
    hf_bytes name = hf_bytes_of_string(algorithm->name);

    if (algorithm->rating == REFUSED)
        return note(import, HF_NOTICE_UNSAFE, path, name,
                    "broken: never offered; whoever runs the gateway should allow better");
    *out_added = true;
    if (has(list, algorithm->name))
        return HF_OK;
    if (list->count == HF_ARRAY_LEN(list->names)) {
        *out_added = false;
        return note(import, HF_NOTICE_UNSUPPORTED, path, name, "the list is full");
    }
    hf_copy(list->names[list->count++], algorithm->name, sizeof list->names[0]);
    if (algorithm->rating == LEGACY)
        return note(
            import, HF_NOTICE_UNSAFE, path, name,
            "weak: offered at level legacy alone; whoever runs the gateway should allow better");
    return HF_OK;
}

hf_status hf_proposal_add(struct hf_import *import, hf_bytes path,
                          struct hf_profile_algorithms *list, enum hf_transform_type type,
                          hf_bytes name, bool *out_added)
{
    struct algorithm algorithm;
    bool added = false;
    hf_status status;

    if (!look_up(name, &algorithm) || algorithm.type != type)
        status = note(import, HF_NOTICE_UNSUPPORTED, path, name, "not known");
    else
        status = add(import, path, list, &algorithm, &added);
    if (status == HF_OK && out_added != NULL)
        *out_added = added;
    return status;
}

/* The lists that a proposal fills. */
struct lists {
    struct hf_profile_algorithms *encryption, *prf, *integrity, *groups;
};

static struct lists lists_of(struct hf_profile *profile, enum hf_proposal_protocol protocol)
{
    if (protocol == HF_PROPOSAL_ESP)
        return (struct lists){ &profile->esp_encryption, NULL, &profile->esp_integrity,
                               &profile->esp_groups };
    return (struct lists){ &profile->ike_encryption, &profile->ike_prf, &profile->ike_integrity,
                           &profile->ike_groups };
}

/* One proposal: its words, looked up, before it is known what a hash among them means. */
struct proposal {
    struct algorithm algorithms[TOKENS_MAX];
    size_t count;
    bool has_prf, has_cipher, has_plain_cipher;
};

static void gather(struct proposal *p, const struct algorithm *algorithm)
{
    p->algorithms[p->count++] = *algorithm;
    p->has_prf |= algorithm->type == HF_TRANSFORM_PRF;
    p->has_cipher |= algorithm->type == HF_TRANSFORM_ENCR;
    p->has_plain_cipher |= algorithm->type == HF_TRANSFORM_ENCR && !algorithm->is_aead;
}

/* RFC 5282, section 8: an AEAD has no integrity transform beside it. */
static hf_status add_hash(struct hf_import *import, hf_bytes path, const struct lists *lists,
                          const struct proposal *p, const struct algorithm *hash)
{
    struct algorithm prf = { .type = HF_TRANSFORM_PRF };
    char name[NAME_MAX + 1] = "prf";
    hf_status status = HF_OK;
    bool added;

    if (p->has_plain_cipher || !p->has_cipher)
        status = add(import, path, lists->integrity, hash, &added);
    if (status != HF_OK || lists->prf == NULL || p->has_prf || strlen(hash->name) > NAME_MAX - 3)
        return status;
    hf_copy(name + 3, hash->name, strlen(hash->name) + 1);
    if (!look_up(hf_bytes_of_string(name), &prf) || prf.rating == REFUSED)
        return HF_OK; /* the hash itself has been named */
    return add(import, path, lists->prf, &prf, &added);
}

static hf_status add_all(struct hf_import *import, hf_bytes path, const struct lists *lists,
                         const struct proposal *p)
{
    hf_status status = HF_OK;
    bool added;

    for (size_t i = 0; status == HF_OK && i < p->count; i++) {
        const struct algorithm *a = &p->algorithms[i];

        if (a->type == HF_TRANSFORM_INTEG)
            status = add_hash(import, path, lists, p, a);
        else if (a->type != HF_TRANSFORM_PRF)
            status = add(import, path,
                         a->type == HF_TRANSFORM_KE ? lists->groups : lists->encryption, a, &added);
        else if (lists->prf != NULL)
            status = add(import, path, lists->prf, a, &added);
    }
    return status;
}

/* "default" and numbers of bits for sequence numbers do not narrow anything. */
static bool means_nothing(hf_bytes word)
{
    static const char *const words[] = { "default", "esn", "noesn", "esp", "ike", "" };

    for (size_t i = 0; i < HF_ARRAY_LEN(words); i++) {
        if (hf_bytes_equal_nocase(word, hf_bytes_of_string(words[i])))
            return true;
    }
    return false;
}

static bool is_separator(uint8_t c)
{
    return c == '-' || c == '+' || c == '!' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static hf_status decode_one(struct hf_import *import, const struct lists *lists, hf_bytes path,
                            hf_bytes text)
{
    struct proposal p = { .count = 0 };
    hf_status status = HF_OK;

    for (size_t at = 0; status == HF_OK && at < text.len;) {
        struct algorithm algorithm;
        size_t end = at;
        hf_bytes word;

        while (end < text.len && !is_separator(text.data[end]))
            end++;
        word = hf_bytes_slice(text, at, end - at);
        at = end + 1;
        if (means_nothing(word))
            continue;
        if (!look_up(word, &algorithm))
            status = note(import, HF_NOTICE_UNSUPPORTED, path, word, "not known");
        else if (p.count == TOKENS_MAX)
            return note(import, HF_NOTICE_UNSUPPORTED, path, word, "too many in one proposal");
        else
            gather(&p, &algorithm);
    }
    return status == HF_OK ? add_all(import, path, lists, &p) : status;
}

hf_status hf_proposal_decode(struct hf_import *import, enum hf_proposal_protocol protocol,
                             hf_bytes path, hf_bytes text)
{
    struct lists lists = lists_of(&import->profile, protocol);
    hf_status status = HF_OK;

    for (size_t at = 0; status == HF_OK && at < text.len;) {
        size_t end = at;

        while (end < text.len && text.data[end] != ',' && text.data[end] != ';')
            end++;
        status = decode_one(import, &lists, path, hf_bytes_slice(text, at, end - at));
        at = end + 1;
    }
    if (status == HF_OK)
        hf_proposal_finish(&import->profile);
    return status;
}

static void drop_integrity(const struct hf_profile_algorithms *encryption,
                           struct hf_profile_algorithms *integrity)
{
    struct algorithm cipher;

    for (size_t i = 0; i < encryption->count; i++) {
        if (!look_up(hf_bytes_of_string(encryption->names[i]), &cipher) || !cipher.is_aead)
            return;
    }
    if (encryption->count != 0)
        integrity->count = 0;
}

void hf_proposal_finish(struct hf_profile *profile)
{
    drop_integrity(&profile->ike_encryption, &profile->ike_integrity);
    drop_integrity(&profile->esp_encryption, &profile->esp_integrity);
}
