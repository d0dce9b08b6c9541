/* Secrets of strongSwan's connections: see road_secrets.h. */
#include "profile/road_secrets.h"

#include "base/base64.h"

#include <string.h>

static bool is(hf_bytes text, const char *word)
{
    return word[0] != '\0' && hf_bytes_equal_nocase(text, hf_bytes_of_string(word));
}

static int digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Underscores and colons may part the digits. */
static bool append_hex(hf_bytes text, hf_buf *out)
{
    int high = -1;

    for (size_t i = 0; i < text.len; i++) {
        int digit = digit_of(text.data[i]);
        uint8_t octet;

        if (text.data[i] == '_' || text.data[i] == ':')
            continue;
        if (digit < 0)
            return false;
        octet = (uint8_t)(high * 16 + digit);
        if (high >= 0 && !hf_buf_append(out, (hf_bytes){ &octet, 1 }))
            return false;
        high = high < 0 ? digit : -1;
    }
    return high < 0 && out->len != 0;
}

static bool append_value(hf_bytes value, hf_buf *out)
{
    hf_bytes rest = value.len > 2 ? hf_bytes_slice(value, 2, value.len - 2) : (hf_bytes){ 0 };

    if (rest.len != 0 && value.data[0] == '0' && value.data[1] == 'x')
        return append_hex(rest, out);
    if (rest.len != 0 && value.data[0] == '0' && value.data[1] == 's')
        return hf_base64_decode(rest, out);
    return value.len != 0 && hf_buf_append(out, value);
}

/* --- certificates ----------------------------------------------------------------------------- */
static hf_status note_at(struct hf_walk *w, const char *path, enum hf_notice_severity severity,
                         const char *text)
{
    return hf_import_note(w->out, severity, hf_bytes_of_string(path), text);
}

static hf_status take_own(struct hf_walk *w, const struct hf_road_round *round)
{
    hf_status status = HF_OK;

    hf_copy(w->path, round->path, sizeof w->path);
    for (size_t i = 0; status == HF_OK && i < round->cert_count; i++) {
        status = hf_attachment_credential(w, round->certs[i], (hf_bytes){ 0 });
        if (status == HF_ERR_PROFILE_UNSUPPORTED)
            status = hf_walk_note_key(w, "certs", HF_NOTICE_UNSUPPORTED, HF_ATTACHMENT_MISSING);
        else if (status == HF_ERR_PROFILE_INVALID)
            status = hf_walk_refuse(w, status, NULL, "a certificate");
    }
    return status;
}

static hf_status take_gateways(struct hf_walk *w, const struct hf_road_round *round)
{
    hf_status status = HF_OK;

    hf_copy(w->path, round->path, sizeof w->path);
    for (size_t i = 0; status == HF_OK && i < round->cert_count; i++) {
        status = hf_attachment_trust(w, round->certs[i]);
        if (status == HF_ERR_PROFILE_UNSUPPORTED)
            status = hf_walk_note_key(w, "certs", HF_NOTICE_UNSUPPORTED, HF_ATTACHMENT_MISSING);
        else if (status != HF_OK)
            status = hf_walk_refuse(w, status, NULL, "a certificate");
    }
    return status;
}

hf_status hf_road_take_certificates(struct hf_walk *w, const struct hf_road *road)
{
    hf_status status = HF_OK;

    for (size_t i = 0; status == HF_OK && i < road->local.count; i++)
        status = take_own(w, &road->local.rounds[i]);
    for (size_t i = 0; status == HF_OK && i < road->remote.count; i++)
        status = take_gateways(w, &road->remote.rounds[i]);
    return status;
}

/* --- shared secrets --------------------------------------------------------------------------- */
static bool is_for(const struct hf_profile *p, enum hf_road_kind kind, hf_bytes id)
{
    enum hf_profile_identity_type type;
    char plain[HF_PROFILE_TEXT_MAX];

    if (hf_road_identity(id, plain, &type) != HF_OK)
        return false;
    id = hf_bytes_of_string(plain);
    if (kind == HF_ROAD_PPK)
        return is(id, p->ppk_id);
    if (is(id, p->local_identity))
        return true;
    if (kind == HF_ROAD_EAP)
        return is(id, p->eap_identity);
    for (size_t i = 0; i < p->gateway_count; i++) {
        if (is(id, p->gateways[i]))
            return true;
    }
    return is(id, p->remote_identity);
}

/* 2: for one of the connection's names; 1: for anybody; 0: for somebody else. */
static int fit_of(const struct hf_profile *p, const struct hf_road_secret *secret)
{
    int fit = secret->id_count == 0 ? 1 : 0;

    for (size_t i = 0; i < secret->id_count; i++) {
        if (is_for(p, secret->kind, secret->ids[i]))
            return 2;
        if (hf_bytes_equal(hf_bytes_slice(secret->ids[i], 0, 4), hf_bytes_of_string("%any")))
            fit = 1;
    }
    return fit;
}

static bool is_wanted(const struct hf_profile *p, enum hf_road_kind kind)
{
    switch (kind) {
    case HF_ROAD_EAP:
        return p->auth == HF_PROFILE_AUTH_EAP || p->auth == HF_PROFILE_AUTH_CERTIFICATE_EAP;
    case HF_ROAD_IKE:
        return p->auth == HF_PROFILE_AUTH_PSK;
    case HF_ROAD_PPK:
        return p->ppk_id[0] != '\0';
    case HF_ROAD_KEY:
        break;
    }
    return p->auth == HF_PROFILE_AUTH_CERTIFICATE || p->auth == HF_PROFILE_AUTH_CERTIFICATE_EAP ||
           p->auth == HF_PROFILE_AUTH_EAP_TLS;
}

static const struct hf_road_secret *choose(const struct hf_walk *w, const struct hf_road *road,
                                           enum hf_road_kind kind)
{
    const struct hf_road_secret *best = NULL;
    int best_fit = 0;

    for (size_t i = 0; is_wanted(&w->out->profile, kind) && i < road->secret_count; i++) {
        const struct hf_road_secret *secret = &road->secrets[i];
        int fit = secret->kind == kind ? fit_of(&w->out->profile, secret) : 0;

        if (fit > best_fit) {
            best = secret;
            best_fit = fit;
        }
    }
    return best;
}

static hf_status take_shared(struct hf_walk *w, const struct hf_road *road, enum hf_road_kind kind,
                             enum hf_secret_name name)
{
    const struct hf_road_secret *chosen = choose(w, road, kind);
    hf_status status = HF_OK;

    for (size_t i = 0; status == HF_OK && i < road->secret_count; i++) {
        const struct hf_road_secret *secret = &road->secrets[i];

        if (secret->kind == kind && secret != chosen)
            status = note_at(w, secret->path, HF_NOTICE_HARMLESS, "not for this connection");
    }
    if (status != HF_OK || chosen == NULL)
        return status;
    hf_buf_clear(&w->out->secrets.values[name]);
    if (!append_value(chosen->value, &w->out->secrets.values[name]))
        return hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, chosen->path,
                              "a text, 0x and hex, or 0s and base64");
    return note_at(w, chosen->path, HF_NOTICE_UNSAFE,
                   "the file holds a secret that anybody can read");
}

/* --- keys ------------------------------------------------------------------------------------- */
static hf_status take_key(struct hf_walk *w, const struct hf_road_secret *secret)
{
    hf_status status;

    if (!is_wanted(&w->out->profile, HF_ROAD_KEY))
        return note_at(w, secret->path, HF_NOTICE_HARMLESS, "not for this connection");
    hf_copy(w->path, secret->path, sizeof w->path);
    status = hf_attachment_credential(w, secret->file, secret->value);
    if (status == HF_ERR_PROFILE_UNSUPPORTED)
        return note_at(w, secret->path, HF_NOTICE_UNSUPPORTED, HF_ATTACHMENT_MISSING);
    if (status == HF_ERR_PROFILE_INVALID)
        return hf_walk_refuse(w, status, NULL, "a key");
    return status == HF_OK ? note_at(w, secret->path, HF_NOTICE_APPLIED, "") : status;
}

/* Keys without a passphrase lie in a folder, and no file names them. */
static hf_status find_key(struct hf_walk *w)
{
    hf_buf *key = &w->out->secrets.values[HF_SECRET_PRIVATE_KEY];

    for (size_t i = 0; key->len == 0 && i < w->options->attachment_count; i++) {
        const struct hf_import_attachment *attachment = &w->options->attachments[i];
        struct hf_secrets found;
        struct hf_fault fault;
        bool fits = true;

        hf_secrets_init(&found);
        if (hf_credential_file_decode(attachment->file, (hf_bytes){ 0 }, &found, &fault) == HF_OK &&
            found.values[HF_SECRET_PRIVATE_KEY].len != 0)
            fits = hf_buf_append(key, hf_buf_bytes(&found.values[HF_SECRET_PRIVATE_KEY]));
        hf_secrets_clear(&found);
        if (!fits)
            return HF_ERR_TOO_LARGE;
    }
    return HF_OK;
}

static hf_status take_keys(struct hf_walk *w, const struct hf_road *road)
{
    hf_status status = HF_OK;

    for (size_t i = 0; status == HF_OK && i < road->secret_count; i++) {
        if (road->secrets[i].kind == HF_ROAD_KEY)
            status = take_key(w, &road->secrets[i]);
    }
    return status == HF_OK && is_wanted(&w->out->profile, HF_ROAD_KEY) ? find_key(w) : status;
}

hf_status hf_road_take_secrets(struct hf_walk *w, const struct hf_road *road)
{
    hf_status status = take_shared(w, road, HF_ROAD_EAP, HF_SECRET_PASSWORD);

    if (status == HF_OK)
        status = take_shared(w, road, HF_ROAD_IKE, HF_SECRET_PSK);
    if (status == HF_OK)
        status = take_shared(w, road, HF_ROAD_PPK, HF_SECRET_PPK);
    return status == HF_OK ? take_keys(w, road) : status;
}
