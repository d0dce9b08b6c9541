/* Authentication of strongSwan's connections: see road.h. */
#include "profile/road.h"

#include "profile/road_secrets.h"
#include "profile/text.h"

#include <string.h>

#define DURATION_MAX (366LL * 86400) /* of the native profile */

static bool is(hf_bytes text, const char *word)
{
    return hf_bytes_equal_nocase(text, hf_bytes_of_string(word));
}

static bool starts(hf_bytes text, const char *word)
{
    return is(hf_bytes_slice(text, 0, strlen(word)), word) && text.len >= strlen(word);
}

struct hf_road_round *hf_road_begin(struct hf_walk *w, struct hf_road_side *side)
{
    struct hf_road_round *round = &side->rounds[side->count];

    if (side->count == HF_ROAD_ROUNDS)
        return NULL;
    side->count++;
    hf_copy(round->path, w->path, sizeof round->path);
    return round;
}

struct hf_road_secret *hf_road_add_secret(struct hf_walk *w, struct hf_road *road,
                                          enum hf_road_kind kind)
{
    struct hf_road_secret *secret = &road->secrets[road->secret_count];

    if (road->secret_count == HF_ROAD_SECRETS)
        return NULL;
    road->secret_count++;
    secret->kind = kind;
    hf_copy(secret->path, w->path, sizeof secret->path);
    return secret;
}

/* --- values ----------------------------------------------------------------------------------- */
static const struct {
    const char *prefix;
    enum hf_profile_identity_type type;
} identity_types[] = {
    {"fqdn:",    HF_PROFILE_IDENTITY_FQDN   },
    { "dns:",    HF_PROFILE_IDENTITY_FQDN   },
    { "email:",  HF_PROFILE_IDENTITY_EMAIL  },
    { "rfc822:", HF_PROFILE_IDENTITY_EMAIL  },
    { "keyid:",  HF_PROFILE_IDENTITY_KEY_ID },
    { "asn1dn:", HF_PROFILE_IDENTITY_DN     },
    { "dn:",     HF_PROFILE_IDENTITY_DN     },
    { "ipv4:",   HF_PROFILE_IDENTITY_ADDRESS},
    { "ipv6:",   HF_PROFILE_IDENTITY_ADDRESS},
    { "@@",      HF_PROFILE_IDENTITY_EMAIL  },
    { "@",       HF_PROFILE_IDENTITY_FQDN   },
};

hf_status hf_road_identity(hf_bytes text, char out[HF_PROFILE_TEXT_MAX],
                           enum hf_profile_identity_type *out_type)
{
    *out_type = HF_PROFILE_IDENTITY_AUTO;
    out[0] = '\0';
    if (starts(text, "%any") || starts(text, "%identity") || is(text, "%fromcert"))
        return HF_OK;
    if (memchr(text.data != NULL ? text.data : (const uint8_t *)"", '*', text.len) != NULL ||
        starts(text, "@#"))
        return HF_ERR_PROFILE_UNSUPPORTED;
    for (size_t i = 0; i < HF_ARRAY_LEN(identity_types); i++) {
        size_t len = strlen(identity_types[i].prefix);

        if (starts(text, identity_types[i].prefix)) {
            *out_type = identity_types[i].type;
            text = hf_bytes_slice(text, len, text.len - len);
            break;
        }
    }
    return hf_text_copy(text, out, HF_PROFILE_TEXT_MAX) ? HF_OK : HF_ERR_PROFILE_INVALID;
}

bool hf_road_duration(hf_bytes text, hf_duration *out)
{
    static const char units[] = "smhd";
    static const int64_t seconds_of[] = { 1, 60, 3600, 86400 };
    int64_t seconds = 0;
    size_t i = 0;

    for (; i < text.len && text.data[i] >= '0' && text.data[i] <= '9' && seconds <= DURATION_MAX;
         i++)
        seconds = seconds * 10 + (text.data[i] - '0');
    if (i == 0 || text.len > i + 1)
        return false;
    if (i < text.len) {
        const char *unit = memchr(units, text.data[i], sizeof units - 1);

        if (unit == NULL)
            return false;
        seconds *= seconds_of[unit - units];
    }
    if (seconds > DURATION_MAX)
        return false;
    *out = HF_SECONDS(seconds);
    return true;
}

static hf_status add_selector(struct hf_walk *w, hf_bytes text, bool *out_all)
{
    struct hf_profile *p = &w->out->profile;
    size_t len = 0;
    hf_status status = HF_OK;

    while (len < text.len && text.data[len] != '[')
        len++;
    if (len < text.len)
        status = hf_walk_note(w, HF_NOTICE_UNSUPPORTED, "protocols and ports are not told apart");
    text = hf_bytes_slice(text, 0, len);
    if (status != HF_OK || is(text, "dynamic") || text.len == 0)
        return status;
    if (is(text, "0.0.0.0/0") || is(text, "::/0") || is(text, "0::0/0")) {
        *out_all = true;
        return HF_OK;
    }
    status = hf_walk_add_prefixes(text, p->include, HF_PROFILE_PREFIXES, &p->include_count);
    return status == HF_ERR_TOO_LARGE
               ? hf_walk_note(w, HF_NOTICE_UNSUPPORTED, "64 networks at most")
               : status;
}

hf_status hf_road_selectors(struct hf_walk *w, hf_bytes text)
{
    hf_status status = HF_OK;
    bool all = false;
    hf_bytes one;

    while (status == HF_OK && hf_text_next(&text, ", \t", &one))
        status = add_selector(w, one, &all);
    if (all)
        w->out->profile.split = false;
    return status;
}

/* --- who proves what -------------------------------------------------------------------------- */
enum proof { PROOF_CERTIFICATE, PROOF_PSK, PROOF_EAP, PROOF_EAP_TLS, PROOF_IKEV1, PROOF_UNKNOWN };

static enum proof proof_of(hf_bytes auth)
{
    static const struct {
        const char *start;
        enum proof proof;
    } words[] = {
        {"pubkey",   PROOF_CERTIFICATE},
        { "ike:",    PROOF_CERTIFICATE},
        { "rsa",     PROOF_CERTIFICATE},
        { "ecdsa",   PROOF_CERTIFICATE},
        { "ed25519", PROOF_CERTIFICATE},
        { "any",     PROOF_CERTIFICATE},
        { "psk",     PROOF_PSK        },
        { "secret",  PROOF_PSK        },
        { "eap-tls", PROOF_EAP_TLS    },
        { "eaponly", PROOF_EAP        },
        { "eap",     PROOF_EAP        },
        { "xauth",   PROOF_IKEV1      },
    };

    if (auth.len == 0)
        return PROOF_CERTIFICATE;
    for (size_t i = 0; i < HF_ARRAY_LEN(words); i++) {
        if (starts(auth, words[i].start))
            return words[i].proof;
    }
    return PROOF_UNKNOWN;
}

static hf_status refuse_round(struct hf_walk *w, const struct hf_road_round *round,
                              enum proof proof)
{
    if (proof == PROOF_IKEV1)
        return hf_walk_refuse(w, HF_ERR_UNSUPPORTED_PROTOCOL, round->path,
                              "IKEv2: XAUTH belongs to version 1");
    return hf_walk_refuse(w, HF_ERR_PROFILE_UNSUPPORTED, round->path,
                          "a certificate, a PSK, EAP, or a certificate and then EAP");
}

/* "eap-mschapv2" is a method; "eap" and "eap-dynamic" leave it to the gateway. */
static hf_status set_methods(struct hf_walk *w, const struct hf_road_round *round)
{
    if (is(round->auth, "eap") || is(round->auth, "eap-dynamic") || is(round->auth, "eaponly"))
        return HF_OK;
    return hf_walk_add_word(&w->out->profile.eap_methods, round->auth)
               ? HF_OK
               : hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, round->path, "the name of a method");
}

static hf_status set_one(struct hf_walk *w, const struct hf_road_round *round)
{
    enum proof proof = proof_of(round->auth);
    struct hf_profile *p = &w->out->profile;

    switch (proof) {
    case PROOF_CERTIFICATE:
        p->auth = HF_PROFILE_AUTH_CERTIFICATE;
        return HF_OK;
    case PROOF_PSK:
        p->auth = HF_PROFILE_AUTH_PSK;
        return HF_OK;
    case PROOF_EAP_TLS:
        p->auth = HF_PROFILE_AUTH_EAP_TLS;
        return HF_OK;
    case PROOF_EAP:
        p->auth = HF_PROFILE_AUTH_EAP;
        return set_methods(w, round);
    case PROOF_IKEV1:
    case PROOF_UNKNOWN:
        break;
    }
    return refuse_round(w, round, proof);
}

static hf_status set_auth(struct hf_walk *w, const struct hf_road_side *local)
{
    const struct hf_road_round *first = &local->rounds[0], *second = &local->rounds[1];
    enum proof proof = proof_of(second->auth);

    if (local->count < 2)
        return set_one(w, first);
    if (proof_of(first->auth) != PROOF_CERTIFICATE || proof != PROOF_EAP)
        return refuse_round(w, second, proof);
    w->out->profile.auth = HF_PROFILE_AUTH_CERTIFICATE_EAP;
    return set_methods(w, second);
}

static hf_status set_gateway_auth(struct hf_walk *w, const struct hf_road_side *remote)
{
    const struct hf_road_round *round = &remote->rounds[0];
    struct hf_profile *p = &w->out->profile;
    enum proof proof = proof_of(round->auth);

    p->gateway_uses_psk = proof == PROOF_PSK;
    p->eap_only = proof == PROOF_EAP || proof == PROOF_EAP_TLS;
    if (proof == PROOF_PSK && p->auth != HF_PROFILE_AUTH_PSK)
        return hf_walk_refuse(w, HF_ERR_PROFILE_UNSUPPORTED, round->path,
                              "a certificate of the gateway, where the client has no PSK");
    if (proof == PROOF_IKEV1 || proof == PROOF_UNKNOWN)
        return refuse_round(w, round, proof);
    if (remote->count < 2)
        return HF_OK;
    hf_copy(w->path, remote->rounds[1].path, sizeof w->path);
    return hf_walk_note(w, HF_NOTICE_UNSUPPORTED, "the gateway's first proof alone is asked for");
}

/* --- identities ------------------------------------------------------------------------------- */
static hf_status note_key(struct hf_walk *w, const struct hf_road_round *round, const char *key,
                          enum hf_notice_severity severity, const char *text)
{
    hf_copy(w->path, round->path, sizeof w->path);
    return hf_walk_note_key(w, key, severity, text);
}

static hf_status set_identity(struct hf_walk *w, const struct hf_road_round *round, hf_bytes text,
                              char out[HF_PROFILE_TEXT_MAX], enum hf_profile_identity_type *type)
{
    hf_status status = hf_road_identity(text, out, type);

    if (status == HF_ERR_PROFILE_UNSUPPORTED)
        return note_key(w, round, "id", HF_NOTICE_UNSUPPORTED,
                        "wildcards and octets in hex are no identity here: the default is taken");
    if (status != HF_OK)
        return hf_walk_refuse(w, status, round->path, "an identity");
    return HF_OK;
}

static hf_status set_eap_identity(struct hf_walk *w, const struct hf_road_side *local)
{
    const struct hf_road_round *round = &local->rounds[local->count > 1];
    enum hf_profile_identity_type type;
    struct hf_profile *p = &w->out->profile;
    hf_bytes id = round->eap_id.len != 0 || local->count < 2 ? round->eap_id : round->id;
    hf_status status = set_identity(w, round, id, p->eap_identity, &type);

    if (status == HF_OK && round->aaa_id.len != 0)
        status = set_identity(w, round, round->aaa_id, p->eap_server_identity, &type);
    return status;
}

static hf_status set_identities(struct hf_walk *w, const struct hf_road *road)
{
    const struct hf_road_round *gateway = &road->remote.rounds[0];
    struct hf_profile *p = &w->out->profile;
    hf_status status = set_identity(w, &road->local.rounds[0], road->local.rounds[0].id,
                                    p->local_identity, &p->local_identity_type);

    if (status == HF_OK)
        status = set_eap_identity(w, &road->local);
    if (status == HF_OK)
        status =
            set_identity(w, gateway, gateway->id, p->remote_identity, &p->remote_identity_type);
    if (status == HF_OK && gateway->id.len != 0 && p->remote_identity[0] == '\0')
        status = note_key(w, gateway, "id", HF_NOTICE_HARMLESS,
                          "the gateway must have the name by which it is called");
    return status;
}

static hf_status set_trust(struct hf_walk *w, const struct hf_road *road)
{
    struct hf_profile *p = &w->out->profile;

    if (p->trust.len != 0 || p->gateway_uses_psk || p->eap_only)
        return HF_OK;
    p->system_trust = true;
    return note_key(w, &road->remote.rounds[0], "cacerts", HF_NOTICE_UNSUPPORTED,
                    "no CA was handed over: those of the system may vouch");
}

static void order(struct hf_road_side *side)
{
    struct hf_road_round first = side->rounds[0];

    if (side->count < 2 || first.number <= side->rounds[1].number)
        return;
    side->rounds[0] = side->rounds[1];
    side->rounds[1] = first;
}

hf_status hf_road_finish(struct hf_walk *w, struct hf_road *road)
{
    hf_status status;

    order(&road->local);
    order(&road->remote);
    status = set_auth(w, &road->local);
    if (status == HF_OK)
        status = set_gateway_auth(w, &road->remote);
    if (status == HF_OK)
        status = set_identities(w, road);
    if (status == HF_OK)
        status = hf_road_take_certificates(w, road);
    if (status == HF_OK)
        status = hf_road_take_secrets(w, road);
    if (status == HF_OK)
        status = set_trust(w, road);
    w->path[0] = '\0';
    return status;
}
