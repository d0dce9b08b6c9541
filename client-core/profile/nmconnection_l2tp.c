/* [vpn] of NetworkManager-l2tp. */
#include "crypto/credential.h"
#include "profile/nmconnection.h"
#include "profile/proposal.h"

#include <string.h>

/* What may authenticate the user, in the order of preference, and the key that refuses it. */
static const struct {
    const char *refuse, *method;
} methods[] = {
    {"refuse-eap",       "eap-mschapv2"},
    { "refuse-mschapv2", "mschapv2"    },
    { "refuse-chap",     "chap"        },
    { "refuse-pap",      "pap"         },
};

static hf_status apply_refuse(struct hf_walk *w, const struct hf_walk_row *row,
                              const struct hf_node *value)
{
    struct hf_nm *nm = w->state;
    bool on;

    if (!hf_node_bool(value, &on))
        return HF_ERR_PROFILE_INVALID;
    for (size_t i = 0; i < HF_ARRAY_LEN(methods) && on; i++) {
        if (strcmp(methods[i].refuse, row->key) == 0)
            nm->refused |= 1u << i;
    }
    return HF_OK;
}

/* "28800", "8h", "60m". */
static hf_status apply_seconds(struct hf_walk *w, const struct hf_walk_row *row,
                               const struct hf_node *value)
{
    hf_bytes text = hf_node_text(value);
    hf_duration seconds = 0;
    size_t i = 0;

    for (; i < text.len && text.data[i] >= '0' && text.data[i] <= '9' && seconds < 1000000; i++)
        seconds = seconds * 10 + (hf_duration)(text.data[i] - '0');
    if (i == 0 || text.len > i + 1)
        return HF_ERR_PROFILE_INVALID;
    if (i < text.len)
        seconds *= text.data[i] == 'h' ? 3600 : text.data[i] == 'm' ? 60 : 1;
    *(hf_duration *)(void *)((uint8_t *)&w->out->profile + row->offset) = HF_SECONDS(seconds);
    return HF_OK;
}

static hf_status apply_machine_auth(struct hf_walk *w, const struct hf_walk_row *row,
                                    const struct hf_node *value)
{
    (void)row;
    if (hf_node_is_text(value, "tls"))
        w->out->profile.auth = HF_PROFILE_AUTH_CERTIFICATE;
    else if (hf_node_is_text(value, "psk"))
        w->out->profile.auth = HF_PROFILE_AUTH_PSK;
    else
        return HF_ERR_PROFILE_INVALID;
    return HF_OK;
}

#define REFUSE(name)      HF_WALK_APPLY(name, apply_refuse, UNSAFE, "yes or no")
#define COMPRESSION(name) HF_WALK_NOTE(name, HARMLESS, "nothing is compressed inside encryption")
#define MPPE(name)        HF_WALK_NOTE(name, HARMLESS, "IPsec encrypts, not MPPE")
#define NUMBER(name, member)                                                                       \
    HF_WALK_APPLY(name, hf_nm_number, UNSAFE, "a number",                                          \
                  .offset = offsetof(struct hf_profile, member))
#define TIME(name, member)                                                                         \
    HF_WALK_APPLY(name, apply_seconds, UNSAFE, "seconds",                                          \
                  .offset = offsetof(struct hf_profile, member))

static const struct hf_walk_row rows[] = {
    HF_WALK_NOTE("service-type", HARMLESS, "L2TP"),
    HF_WALK_APPLY("gateway", hf_nm_gateway, UNSAFE, "a host name or an address"),
    HF_WALK_APPLY("user", hf_walk_text, UNSAFE, "a user name", HF_WALK_MEMBER(l2tp.user)),
    HF_WALK_APPLY("domain", hf_walk_text, UNSAFE, "a domain", HF_WALK_MEMBER(l2tp.domain)),
    HF_NM_KEEP("user-auth-type", user_auth),
    HF_WALK_NOTE("user-ca", UNSUPPORTED, "the CA of the gateway vouches for both"),
    HF_NM_KEEP("user-cert", user_certificate),
    HF_NM_KEEP("user-key", user_key),
    HF_WALK_APPLY("ephemeral-port", hf_walk_bool, UNSAFE, "yes or no",
                  HF_WALK_MEMBER(l2tp.any_port)),
    REFUSE("refuse-eap"),
    REFUSE("refuse-pap"),
    REFUSE("refuse-chap"),
    HF_WALK_NOTE("refuse-mschap", HARMLESS, "MS-CHAP of version 1 is never used"),
    REFUSE("refuse-mschapv2"),
    MPPE("require-mppe"),
    MPPE("require-mppe-40"),
    MPPE("require-mppe-128"),
    MPPE("mppe-stateful"),
    COMPRESSION("nobsdcomp"),
    COMPRESSION("nodeflate"),
    COMPRESSION("no-vj-comp"),
    COMPRESSION("nopcomp"),
    COMPRESSION("noaccomp"),
    NUMBER("mtu", mtu_bytes),
    NUMBER("mru", l2tp.mru_bytes),
    HF_WALK_NOTE("mrru", UNSUPPORTED, "one link is used"),
    NUMBER("lcp-echo-failure", l2tp.echo_failures),
    TIME("lcp-echo-interval", l2tp.echo_interval),
    HF_WALK_NOTE("unit", HARMLESS, "the device is named by Holdfast"),
    HF_WALK_NOTE("xl2tpd-max-retries", HARMLESS, "there is no xl2tpd"),
    HF_WALK_NOTE("ipcp-peer-ip", UNSUPPORTED, "the gateway's own address is taken"),
    HF_WALK_APPLY("ipsec-enabled", hf_walk_not, UNSAFE, "yes or no", HF_WALK_MEMBER(l2tp.clear)),
    HF_WALK_APPLY("machine-auth-type", apply_machine_auth, UNSAFE, "psk or tls"),
    HF_WALK_APPLY("machine-ca", hf_nm_trust, UNSUPPORTED, HF_ATTACHMENT_MISSING),
    HF_NM_KEEP("machine-cert", certificate),
    HF_NM_KEEP("machine-key", key),
    HF_WALK_APPLY("ipsec-remote-id", hf_walk_text, UNSAFE, "an identity",
                  HF_WALK_MEMBER(remote_identity)),
    HF_WALK_APPLY("ipsec-gateway-id", hf_walk_text, UNSAFE, "an identity",
                  HF_WALK_MEMBER(remote_identity)),
    HF_WALK_APPLY("ipsec-group-name", hf_walk_text, UNSAFE, "a group name",
                  HF_WALK_MEMBER(l2tp.group)),
    HF_NM_KEEP("ipsec-ike", ike),
    HF_NM_KEEP("ipsec-phase1", ike),
    HF_NM_KEEP("ipsec-esp", esp),
    HF_NM_KEEP("ipsec-phase2", esp),
    TIME("ipsec-ikelifetime", ike_lifetime),
    TIME("ipsec-salifetime", child_lifetime),
    HF_WALK_NOTE("ipsec-forceencaps", HARMLESS, "ESP always travels in UDP"),
    HF_WALK_APPLY("ipsec-ipcomp", hf_walk_only_off, UNSUPPORTED, "compression inside encryption"),
    HF_WALK_APPLY("ipsec-ikev2", hf_walk_bool, UNSAFE, "yes or no",
                  HF_WALK_MEMBER(l2tp.prefer_ikev2)),
    HF_WALK_APPLY("ipsec-pfs", hf_walk_not, UNSAFE, "yes or no",
                  HF_WALK_MEMBER(allow_child_without_pfs)),
    HF_WALK_NOTE("password-flags", HARMLESS, "where NetworkManager kept the secret"),
    HF_WALK_NOTE("ipsec-psk-flags", HARMLESS, "where NetworkManager kept the secret"),
    HF_WALK_NOTE("user-certpass-flags", HARMLESS, "where NetworkManager kept the secret"),
    HF_WALK_NOTE("machine-certpass-flags", HARMLESS, "where NetworkManager kept the secret"),
    HF_WALK_NOTE("persistent", HARMLESS, "a lost tunnel is always made anew"),
    HF_WALK_NOTE("timeout", UNSUPPORTED, "use --timeout"),
};
const struct hf_walk_table hf_nm_l2tp_table = HF_WALK_TABLE(rows);

/* --- settled after the walk ----------------------------------------------------------------------
 */
static hf_status set_methods(struct hf_walk *w)
{
    struct hf_profile_words *words = &w->out->profile.l2tp.methods;
    const struct hf_nm *nm = w->state;

    if (hf_bytes_equal(nm->user_auth, hf_bytes_of_string("tls")))
        return hf_walk_add_word(words, hf_bytes_of_string("eap-tls")) ? HF_OK : HF_ERR_TOO_LARGE;
    for (size_t i = 0; i < HF_ARRAY_LEN(methods); i++) {
        if ((nm->refused & 1u << i) == 0 &&
            !hf_walk_add_word(words, hf_bytes_of_string(methods[i].method)))
            return HF_ERR_TOO_LARGE;
    }
    if (words->count == 0)
        return hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, "vpn.refuse-eap",
                              "one method that is not refused");
    return HF_OK;
}

/* The user's own key goes to secrets of its own; the machine's is the connection's. */
static hf_status take_credential(struct hf_walk *w, const char *key, hf_bytes path,
                                 hf_bytes passphrase)
{
    hf_status status;

    if (path.len == 0)
        return HF_OK;
    status = hf_attachment_credential(w, path, passphrase);
    if (status == HF_ERR_PROFILE_UNSUPPORTED)
        return hf_walk_note_key(w, key, HF_NOTICE_UNSUPPORTED, HF_ATTACHMENT_MISSING);
    if (status == HF_ERR_PROFILE_INVALID)
        return hf_walk_refuse(w, status, key, "a certificate or a key");
    return status;
}

static void move_secret(struct hf_secrets *secrets, enum hf_secret_name from,
                        enum hf_secret_name to)
{
    hf_buf_free(&secrets->values[to]);
    secrets->values[to] = secrets->values[from];
    secrets->values[from] = hf_buf_with_max(secrets->values[to].max);
}

static hf_status take_keys(struct hf_walk *w)
{
    const struct hf_nm *nm = w->state;
    struct hf_secrets *secrets = &w->out->secrets;
    hf_status status =
        take_credential(w, "vpn.user-cert", nm->user_certificate, nm->user_key_password);

    if (status == HF_OK)
        status = take_credential(w, "vpn.user-key", nm->user_key, nm->user_key_password);
    if (status != HF_OK)
        return status;
    move_secret(secrets, HF_SECRET_PRIVATE_KEY, HF_SECRET_USER_KEY);
    move_secret(secrets, HF_SECRET_CERTIFICATES, HF_SECRET_USER_CERTIFICATES);
    status = take_credential(w, "vpn.machine-cert", nm->certificate, nm->key_password);
    return status == HF_OK ? take_credential(w, "vpn.machine-key", nm->key, nm->key_password)
                           : status;
}

static hf_status take_password(struct hf_walk *w)
{
    const struct hf_nm *nm = w->state;
    hf_buf *secret = &w->out->secrets.values[HF_SECRET_PASSWORD];

    return nm->password.len == 0 || hf_buf_append(secret, nm->password) ? HF_OK : HF_ERR_TOO_LARGE;
}

static hf_status take_proposals(struct hf_walk *w)
{
    const struct hf_nm *nm = w->state;
    hf_status status = HF_OK;

    if (nm->ike.len != 0)
        status = hf_proposal_decode(w->out, HF_PROPOSAL_IKE, hf_bytes_of_string("vpn.ipsec-ike"),
                                    nm->ike);
    if (status == HF_OK && nm->esp.len != 0)
        status = hf_proposal_decode(w->out, HF_PROPOSAL_ESP, hf_bytes_of_string("vpn.ipsec-esp"),
                                    nm->esp);
    hf_proposal_finish(&w->out->profile);
    return status;
}

hf_status hf_nm_l2tp_finish(struct hf_walk *w)
{
    struct hf_profile *p = &w->out->profile;
    hf_status status = set_methods(w);

    p->protocol = HF_PROTOCOL_L2TP;
    p->system_trust = p->auth == HF_PROFILE_AUTH_CERTIFICATE && p->trust.len == 0;
    if (status == HF_OK)
        status = take_keys(w);
    if (status == HF_OK)
        status = take_password(w);
    return status == HF_OK ? take_proposals(w) : status;
}
