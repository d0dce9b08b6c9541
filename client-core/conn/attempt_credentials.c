/* Profile and secrets as IKE takes them: see attempt_credentials.h. */
#include "conn/attempt_credentials.h"

#include "profile/proposal.h"

#include <string.h>

#define EAP_IDENTITY_MAX 256

static hf_status fail(hf_status status, const char *what, struct hf_fault *out_fault)
{
    *out_fault = hf_fault_make(status, HF_STAGE_PROFILE);
    hf_fault_set_text(out_fault->offered, hf_bytes_of_string(what));
    return status;
}

/* "C=CH, O=Example" is a name in DER; everything else is told by its shape. */
static bool identity_of_text(const char *text, hf_identity *out)
{
    hf_bytes bytes = hf_bytes_of_string(text);

    if (strchr(text, '=') != NULL)
        return hf_name_parse(bytes, out) == HF_OK;
    return hf_identity_parse(bytes, out);
}

static bool identity_of_address(const hf_address *address, hf_identity *out)
{
    return hf_identity_make(address->family == HF_FAMILY_V6 ? HF_ID_IPV6_ADDR : HF_ID_IPV4_ADDR,
                            hf_address_bytes(address), out);
}

static hf_status make_local_identity(const struct hf_profile *profile, const hf_address *local,
                                     struct hf_attempt_credentials *c, struct hf_fault *out_fault)
{
    bool made;

    if (profile->local_identity[0] != '\0')
        made = identity_of_text(profile->local_identity, &c->local_id);
    else if (c->credential.chain_count != 0)
        made = hf_certificate_default_identity(hf_buf_bytes(&c->credential.chain[0]),
                                               &c->local_id) == HF_OK;
    else
        made = identity_of_address(local, &c->local_id);
    return made ? HF_OK : fail(HF_ERR_PROFILE_INVALID, "local-identity", out_fault);
}

/* The answer to an EAP Identity request: text, also where our identity is a name in DER. */
static hf_status make_eap_identity(const struct hf_profile *profile,
                                   struct hf_attempt_credentials *c, struct hf_fault *out_fault)
{
    char text[HF_FAULT_TEXT_MAX];
    hf_bytes identity = hf_bytes_of_string(profile->eap_identity);

    if (identity.len == 0) {
        hf_identity_format(&c->local_id, text);
        identity = hf_bytes_of_string(text);
    }
    if (identity.len == 0 || !hf_buf_append(&c->eap_identity, identity))
        return fail(HF_ERR_PROFILE_INVALID, "eap-identity", out_fault);
    return HF_OK;
}

static hf_bytes secret(const struct hf_secrets *secrets, enum hf_secret_name name)
{
    return hf_buf_bytes(&secrets->values[name]);
}

/* `remote`: of a profile that says where its key is; NULL: the key is a secret. */
static hf_status make_credential(const struct hf_secrets *secrets,
                                 const struct hf_remote_signer *remote, hf_wall_clock now,
                                 struct hf_attempt_credentials *c, struct hf_fault *out_fault)
{
    hf_bytes key = secret(secrets, HF_SECRET_PRIVATE_KEY);
    hf_bytes certificates = secret(secrets, HF_SECRET_CERTIFICATES);
    const char *key_name = remote != NULL ? "key-uri" : hf_secret_name_text(HF_SECRET_PRIVATE_KEY);
    hf_status status;

    if (remote == NULL && key.len == 0)
        return fail(HF_ERR_CREDENTIAL_MISSING, key_name, out_fault);
    if (certificates.len == 0)
        return fail(HF_ERR_CREDENTIAL_MISSING, hf_secret_name_text(HF_SECRET_CERTIFICATES),
                    out_fault);
    status = remote != NULL ? hf_credential_make_remote(remote, certificates, &c->credential)
                            : hf_credential_make(key, secret(secrets, HF_SECRET_KEY_PASSPHRASE),
                                                 certificates, &c->credential);
    if (status != HF_OK)
        return fail(status, key_name, out_fault);
    status = hf_credential_check_time(&c->credential, now);
    if (status != HF_OK)
        return fail(status, hf_secret_name_text(HF_SECRET_CERTIFICATES), out_fault);
    return HF_OK;
}

static hf_status make_psk(const struct hf_secrets *secrets, struct hf_attempt_credentials *c,
                          struct hf_fault *out_fault)
{
    hf_bytes psk = secret(secrets, HF_SECRET_PSK);

    if (psk.len == 0)
        return fail(HF_ERR_SECRET_NEEDED, hf_secret_name_text(HF_SECRET_PSK), out_fault);
    if (!hf_buf_append(&c->psk, psk))
        return fail(HF_ERR_NO_MEMORY, hf_secret_name_text(HF_SECRET_PSK), out_fault);
    return HF_OK;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_thumbprint(const char *text, uint8_t out[HF_THUMBPRINT_LEN])
{
    if (strlen(text) != (size_t)2 * HF_THUMBPRINT_LEN)
        return false;
    for (size_t i = 0; i < HF_THUMBPRINT_LEN; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static hf_status restrict_trust(const struct hf_profile *profile, struct hf_attempt_credentials *c,
                                struct hf_fault *out_fault)
{
    const struct hf_profile_words *wanted = &profile->trust_thumbprints;
    uint8_t thumbprints[HF_PROFILE_WORDS][HF_THUMBPRINT_LEN];
    hf_status status;

    if (wanted->count == 0)
        return HF_OK;
    for (size_t i = 0; i < wanted->count; i++) {
        if (!read_thumbprint(wanted->words[i], thumbprints[i]))
            return fail(HF_ERR_PROFILE_INVALID, "trust-thumbprints", out_fault);
    }
    status = hf_trust_restrict(c->trust, (const uint8_t(*)[HF_THUMBPRINT_LEN])thumbprints,
                               wanted->count);
    if (status == HF_OK && hf_trust_count(c->trust) == 0)
        status = HF_ERR_CERT_UNTRUSTED; /* nobody could vouch: say so before anything is sent */
    return status == HF_OK ? HF_OK : fail(status, "trust-thumbprints", out_fault);
}

static hf_status make_trust(const struct hf_profile *profile, struct hf_attempt_credentials *c,
                            struct hf_fault *out_fault)
{
    hf_status status = hf_trust_new(&c->trust);

    if (status == HF_OK && profile->trust.len != 0)
        status = hf_trust_add(c->trust, hf_buf_bytes(&profile->trust), NULL);
    return status == HF_OK ? restrict_trust(profile, c, out_fault)
                           : fail(status, "trust", out_fault);
}

/* What the profile's way of authentication needs; nothing else is touched. */
static hf_status make_proof(const struct hf_profile *profile, const struct hf_secrets *secrets,
                            const struct hf_remote_signer *remote, hf_wall_clock now,
                            struct hf_attempt_credentials *c, struct hf_fault *out_fault)
{
    switch (profile->auth) {
    case HF_PROFILE_AUTH_CERTIFICATE:
    case HF_PROFILE_AUTH_EAP_TLS:
        if (profile->key_uri[0] != '\0' && remote == NULL)
            return fail(HF_ERR_CREDENTIAL_MISSING, "key-uri", out_fault);
        return make_credential(secrets, profile->key_uri[0] != '\0' ? remote : NULL, now, c,
                               out_fault);
    case HF_PROFILE_AUTH_PSK:
        return make_psk(secrets, c, out_fault);
    case HF_PROFILE_AUTH_EAP:
    case HF_PROFILE_AUTH_CERTIFICATE_EAP:
        break; /* hf_profile_check_connectable refuses them */
    }
    return fail(HF_ERR_PROFILE_INVALID, "auth", out_fault);
}

/* What foreign files name and this level does not offer is left out, as long as something is left:
 * the import has said so. A list of nothing else must not become a list without limits. */
static bool make_rows(const struct hf_profile_algorithms *names, enum hf_transform_type type,
                      struct hf_attempt_rows *out, struct hf_fault *out_fault)
{
    const char *weak = NULL;

    for (size_t i = 0; i < names->count; i++) {
        const struct hf_algorithm *row =
            hf_algorithm_find_name(hf_bytes_of_string(names->names[i]));

        if (row != NULL && row->type == type && hf_algorithm_is_allowed(row, HF_LEVEL_DEFAULT)) {
            out->rows[out->count++] = row;
        } else if (hf_proposal_is_weak(names->names[i])) {
            weak = names->names[i];
        } else {
            (void)fail(HF_ERR_PROFILE_INVALID, names->names[i], out_fault);
            return false;
        }
    }
    if (weak != NULL && out->count == 0)
        (void)fail(HF_ERR_PROFILE_INVALID, weak, out_fault);
    return weak == NULL || out->count != 0;
}

static hf_status make_suites(const struct hf_profile *profile, struct hf_attempt_credentials *c,
                             struct hf_fault *out_fault)
{
    bool made = make_rows(&profile->ike_encryption, HF_TRANSFORM_ENCR, &c->ike_encr, out_fault) &&
                make_rows(&profile->ike_prf, HF_TRANSFORM_PRF, &c->ike_prf, out_fault) &&
                make_rows(&profile->ike_integrity, HF_TRANSFORM_INTEG, &c->ike_integ, out_fault) &&
                make_rows(&profile->ike_groups, HF_TRANSFORM_KE, &c->ike_ke, out_fault) &&
                make_rows(&profile->esp_encryption, HF_TRANSFORM_ENCR, &c->esp_encr, out_fault) &&
                make_rows(&profile->esp_integrity, HF_TRANSFORM_INTEG, &c->esp_integ, out_fault);

    return made ? HF_OK : HF_ERR_PROFILE_INVALID;
}

/* A split profile asks for its include list where that fits a payload; the gateway may narrow it,
 * and the plan takes no more than the list in any case. */
static void make_selectors(const struct hf_profile *profile, struct hf_attempt_credentials *c)
{
    if (!profile->split || profile->include_count > HF_SELECTORS_MAX)
        return;
    for (size_t i = 0; i < profile->include_count; i++)
        c->remote_ts[i] = hf_selector_of_prefix(&profile->include[i]);
    c->remote_ts_count = profile->include_count;
}

void hf_attempt_credentials_clear(struct hf_attempt_credentials *credentials)
{
    hf_trust_free(credentials->trust);
    hf_credential_clear(&credentials->credential);
    hf_buf_free(&credentials->psk);
    hf_buf_free(&credentials->eap_identity);
    memset(credentials, 0, sizeof *credentials);
}

hf_status hf_attempt_credentials_make(const struct hf_profile *profile,
                                      const struct hf_secrets *secrets,
                                      const struct hf_remote_signer *remote,
                                      const hf_address *local, hf_wall_clock now,
                                      struct hf_attempt_credentials *out,
                                      struct hf_fault *out_fault)
{
    hf_status status;

    memset(out, 0, sizeof *out);
    out->psk = hf_buf_with_max(HF_SECRET_MAX);
    out->eap_identity = hf_buf_with_max(EAP_IDENTITY_MAX);
    status = make_proof(profile, secrets, remote, now, out, out_fault);
    if (status == HF_OK)
        status = make_trust(profile, out, out_fault);
    if (status == HF_OK)
        status = make_local_identity(profile, local, out, out_fault);
    if (status == HF_OK && profile->auth == HF_PROFILE_AUTH_EAP_TLS)
        status = make_eap_identity(profile, out, out_fault);
    if (status == HF_OK)
        status = make_suites(profile, out, out_fault);
    if (status == HF_OK)
        make_selectors(profile, out);
    else
        hf_attempt_credentials_clear(out);
    return status;
}

static enum hf_ikev2_auth_kind auth_of(enum hf_profile_auth auth)
{
    switch (auth) {
    case HF_PROFILE_AUTH_PSK:
        return HF_IKEV2_AUTH_PSK;
    case HF_PROFILE_AUTH_EAP_TLS:
        return HF_IKEV2_AUTH_EAP;
    case HF_PROFILE_AUTH_CERTIFICATE:
    case HF_PROFILE_AUTH_EAP:
    case HF_PROFILE_AUTH_CERTIFICATE_EAP:
        break;
    }
    return HF_IKEV2_AUTH_CERTIFICATE;
}

static enum hf_tls_version tls_of(enum hf_profile_tls version)
{
    return version == HF_PROFILE_TLS_1_2 ? HF_TLS_1_2 : HF_TLS_1_3;
}

static struct hf_certificate_policy policy_of(const struct hf_profile *profile, hf_wall_clock now)
{
    return (struct hf_certificate_policy){ .allow_common_name = profile->allow_common_name,
                                           .allow_any_purpose = profile->allow_any_purpose,
                                           .now = now };
}

/* The TLS server of EAP is not the gateway where a RADIUS server is behind it, so it may have a
 * name of its own; the gateway's otherwise. */
static hf_status configure_eap(const struct hf_profile *profile,
                               const struct hf_attempt_credentials *c,
                               struct hf_ikev2_sa_config *config, struct hf_fault *out_fault)
{
    struct hf_tls_config tls = { .credential = &c->credential,
                                 .trust = c->trust,
                                 .policy = config->certificate_policy,
                                 .min = tls_of(profile->tls_min),
                                 .max = tls_of(profile->tls_max) };

    tls.policy.identity = config->remote_id;
    if (profile->eap_server_identity[0] != '\0' &&
        !identity_of_text(profile->eap_server_identity, &tls.policy.identity))
        return fail(HF_ERR_PROFILE_INVALID, "eap-server-identity", out_fault);
    config->eap = (struct hf_eap_config){ .identity = hf_buf_bytes(&c->eap_identity),
                                          .method = HF_EAP_TLS,
                                          .tls = tls };
    return HF_OK;
}

static void set_suites(const struct hf_attempt_credentials *c, struct hf_ikev2_sa_config *out)
{
    out->ike_encr = c->ike_encr.rows;
    out->ike_encr_count = c->ike_encr.count;
    out->ike_prf = c->ike_prf.rows;
    out->ike_prf_count = c->ike_prf.count;
    out->ike_integ = c->ike_integ.rows;
    out->ike_integ_count = c->ike_integ.count;
    out->ike_ke = c->ike_ke.rows;
    out->ike_ke_count = c->ike_ke.count;
    out->esp_encr = c->esp_encr.rows;
    out->esp_encr_count = c->esp_encr.count;
    out->esp_integ = c->esp_integ.rows;
    out->esp_integ_count = c->esp_integ.count;
}

hf_status hf_attempt_credentials_configure(const struct hf_profile *profile,
                                           const struct hf_attempt_credentials *credentials,
                                           const char *gateway, hf_wall_clock now,
                                           struct hf_ikev2_sa_config *out,
                                           struct hf_fault *out_fault)
{
    bool is_named = profile->remote_identity[0] != '\0';
    struct hf_ikev2_sa_config config = {
        .level = HF_LEVEL_DEFAULT,
        .remote_ts = credentials->remote_ts_count == 0 ? NULL : credentials->remote_ts,
        .remote_ts_count = credentials->remote_ts_count,
        .allow_child_without_pfs = profile->allow_child_without_pfs,
        .auth = auth_of(profile->auth),
        .gateway_uses_psk = profile->auth == HF_PROFILE_AUTH_PSK && profile->gateway_uses_psk,
        .local_id = credentials->local_id,
        .send_remote_id = is_named,
        .credential = credentials->credential.key == NULL ? NULL : &credentials->credential,
        .psk = hf_buf_bytes(&credentials->psk),
        .trust = credentials->trust,
        .certificate_policy = policy_of(profile, now),
        .want_ip4 = profile->request_ip4,
        .want_ip6 = profile->request_ip6,
        .wall_clock = now,
        .child_lifetime = profile->child_lifetime,
        .ike_lifetime = profile->ike_lifetime,
        .keepalive = profile->keepalive,
        .liveness = profile->liveness,
    };

    if (!identity_of_text(is_named ? profile->remote_identity : gateway, &config.remote_id))
        return fail(HF_ERR_PROFILE_INVALID, "remote-identity", out_fault);
    if (config.auth == HF_IKEV2_AUTH_EAP &&
        configure_eap(profile, credentials, &config, out_fault) != HF_OK)
        return HF_ERR_PROFILE_INVALID;
    set_suites(credentials, &config);
    *out = config;
    return HF_OK;
}
