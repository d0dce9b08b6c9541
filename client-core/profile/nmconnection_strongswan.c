/* [vpn] of NetworkManager-strongswan. */
#include "profile/nmconnection.h"
#include "profile/proposal.h"

static hf_status apply_remote_ts(struct hf_walk *w, const struct hf_walk_row *row,
                                 const struct hf_node *value)
{
    struct hf_profile *p = &w->out->profile;
    hf_bytes rest = hf_node_text(value), prefix;
    hf_status status = HF_OK;

    (void)row;
    while (status == HF_OK && hf_text_next(&rest, ";,", &prefix))
        status = hf_walk_add_prefixes(prefix, p->include, HF_PROFILE_PREFIXES, &p->include_count);
    p->split = p->include_count > 0;
    return status;
}

static hf_status apply_proposal(struct hf_walk *w, const struct hf_walk_row *row,
                                const struct hf_node *value)
{
    struct hf_nm *nm = w->state;
    bool on;

    (void)row;
    if (!hf_node_bool(value, &on))
        return HF_ERR_PROFILE_INVALID;
    nm->proposal_off = !on;
    return HF_OK;
}

static const struct hf_walk_row rows[] = {
    HF_WALK_NOTE("service-type", HARMLESS, "IKEv2"),
    HF_WALK_APPLY("address", hf_nm_gateway, UNSAFE, "a host name or an address"),
    HF_WALK_APPLY("server-port", hf_nm_number, UNSAFE, "a port",
                  .offset = offsetof(struct hf_profile, port)),
    HF_WALK_APPLY("certificate", hf_nm_trust, UNSUPPORTED, HF_ATTACHMENT_MISSING),
    HF_WALK_APPLY("remote-identity", hf_walk_text, UNSAFE, "an identity",
                  HF_WALK_MEMBER(remote_identity)),
    HF_WALK_APPLY("local-identity", hf_walk_text, UNSAFE, "an identity",
                  HF_WALK_MEMBER(local_identity)),
    HF_WALK_APPLY("user", hf_walk_text, UNSAFE, "a user name", HF_WALK_MEMBER(eap_identity)),
    HF_NM_KEEP("method", method),
    HF_WALK_NOTE("cert-source", HARMLESS, "follows from what is handed over"),
    HF_NM_KEEP("usercert", certificate),
    HF_NM_KEEP("userkey", key),
    HF_WALK_NOTE("virtual", HARMLESS, "an inner address is always asked for"),
    HF_WALK_NOTE("encap", HARMLESS, "ESP always travels in UDP"),
    HF_WALK_APPLY("ipcomp", hf_walk_only_off, UNSUPPORTED, "compression inside encryption"),
    HF_WALK_APPLY("proposal", apply_proposal, UNSAFE, "yes or no"),
    HF_NM_KEEP("ike", ike),
    HF_NM_KEEP("esp", esp),
    HF_WALK_NOTE("local-ts", UNSUPPORTED, "our side is the inner address"),
    HF_WALK_APPLY("remote-ts", apply_remote_ts, UNSAFE, "prefixes"),
    HF_WALK_NOTE("password-flags", HARMLESS, "where NetworkManager kept the secret"),
    HF_WALK_NOTE("persistent", HARMLESS, "a lost tunnel is always made anew"),
    HF_WALK_NOTE("timeout", UNSUPPORTED, "use --timeout"),
};
const struct hf_walk_table hf_nm_strongswan_table = HF_WALK_TABLE(rows);

static const struct {
    const char *method;
    enum hf_profile_auth auth;
} methods[] = {
    {"eap",        HF_PROFILE_AUTH_EAP        },
    { "cert",      HF_PROFILE_AUTH_CERTIFICATE},
    { "key",       HF_PROFILE_AUTH_CERTIFICATE},
    { "agent",     HF_PROFILE_AUTH_CERTIFICATE},
    { "smartcard", HF_PROFILE_AUTH_CERTIFICATE},
    { "eap-tls",   HF_PROFILE_AUTH_EAP_TLS    },
    { "psk",       HF_PROFILE_AUTH_PSK        },
};

static hf_status set_method(struct hf_walk *w)
{
    const struct hf_nm *nm = w->state;

    for (size_t i = 0; i < HF_ARRAY_LEN(methods); i++) {
        if (!hf_bytes_equal(nm->method, hf_bytes_of_string(methods[i].method)))
            continue;
        w->out->profile.auth = methods[i].auth;
        if (i == 3 || i == 4)
            return hf_walk_note_key(w, "vpn.method", HF_NOTICE_UNSUPPORTED,
                                    "name the key: \"profile set key-uri=pkcs11:...\"");
        return HF_OK;
    }
    return hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, "vpn.method", "a known method");
}

static hf_status set_secret(struct hf_import *import, enum hf_secret_name name, hf_bytes value)
{
    hf_buf_clear(&import->secrets.values[name]);
    return value.len == 0 || hf_buf_append(&import->secrets.values[name], value) ? HF_OK
                                                                                 : HF_ERR_TOO_LARGE;
}

static hf_status take_file(struct hf_walk *w, const char *key, hf_bytes path, hf_bytes passphrase)
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

static hf_status take_secrets(struct hf_walk *w)
{
    const struct hf_nm *nm = w->state;
    hf_status status;

    if (w->out->profile.auth == HF_PROFILE_AUTH_PSK)
        return set_secret(w->out, HF_SECRET_PSK, nm->password);
    if (w->out->profile.auth == HF_PROFILE_AUTH_EAP)
        return set_secret(w->out, HF_SECRET_PASSWORD, nm->password);
    status = take_file(w, "vpn.usercert", nm->certificate, nm->password);
    return status == HF_OK ? take_file(w, "vpn.userkey", nm->key, nm->password) : status;
}

/* NetworkManager takes the system's CAs where the file names none. */
static hf_status set_trust(struct hf_walk *w)
{
    struct hf_profile *p = &w->out->profile;

    if (p->trust.len != 0 || (p->auth == HF_PROFILE_AUTH_PSK && p->gateway_uses_psk))
        return HF_OK;
    p->system_trust = true;
    return hf_walk_note_key(w, "vpn.certificate", HF_NOTICE_UNSUPPORTED,
                            "no CA was handed over: those of the system may vouch");
}

hf_status hf_nm_strongswan_finish(struct hf_walk *w)
{
    struct hf_profile *p = &w->out->profile;
    struct hf_nm *nm = w->state;
    hf_status status = set_method(w);

    p->gateway_uses_psk = p->auth == HF_PROFILE_AUTH_PSK;
    if (status == HF_OK)
        status = take_secrets(w);
    if (status == HF_OK)
        status = set_trust(w);
    if (status == HF_OK && !nm->proposal_off && nm->ike.len != 0)
        status =
            hf_proposal_decode(w->out, HF_PROPOSAL_IKE, hf_bytes_of_string("vpn.ike"), nm->ike);
    if (status == HF_OK && !nm->proposal_off && nm->esp.len != 0)
        status =
            hf_proposal_decode(w->out, HF_PROPOSAL_ESP, hf_bytes_of_string("vpn.esp"), nm->esp);
    hf_proposal_finish(p);
    return status;
}
