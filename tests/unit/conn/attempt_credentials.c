/* Tests of what profile and secrets mean to IKE (conn/attempt_credentials.h). */
#include "conn/attempt_credentials.h"
#include "support/pki.h"
#include "support/test.h"

#include <string.h>

static struct hf_profile profile;
static struct hf_secrets secrets;
static struct hf_attempt_credentials credentials;
static struct hf_ikev2_sa_config config;
static struct hf_fault fault;
static const hf_address local = {
    HF_FAMILY_V4, {10, 1, 0, 2}
};

static void set(char *field, const char *text)
{
    memcpy(field, text, strlen(text) + 1);
}

static void give(enum hf_secret_name name, hf_bytes value)
{
    hf_buf_clear(&secrets.values[name]);
    cr_assert(hf_buf_append(&secrets.values[name], value));
}

static const struct pki_cert *client(const struct pki_cert *root)
{
    return PKI_ISSUE(root, .subject = "O=Test, CN=alice", .san = "email:alice@example.com",
                     .eku = "clientAuth", .key_usage = "critical,digitalSignature");
}

/* A profile with a client certificate, and its secrets. */
static void start(void)
{
    const struct pki_cert *root = pki_root("O=Test, CN=root"), *leaf = client(root);

    hf_profile_init(&profile);
    hf_secrets_init(&secrets);
    set(profile.id, "test");
    set(profile.name, "Test");
    set(profile.gateways[0], "gw.example.com");
    profile.gateway_count = 1;
    profile.auth = HF_PROFILE_AUTH_CERTIFICATE;
    cr_assert(hf_buf_append(&profile.trust, pki_pem(root)));
    give(HF_SECRET_PRIVATE_KEY, pki_key_der(leaf));
    give(HF_SECRET_CERTIFICATES, pki_pem(leaf));
}

static void stop(void)
{
    hf_attempt_credentials_clear(&credentials);
    hf_profile_clear(&profile);
    hf_secrets_clear(&secrets);
}

/* What the profile's key-uri leads to; NULL: nobody has opened it. */
static const struct hf_remote_signer *token;

static hf_status make(void)
{
    return hf_attempt_credentials_make(&profile, &secrets, token, &local, PKI_NOW, &credentials,
                                       &fault);
}

static void configure(const char *gateway)
{
    cr_assert_eq(make(), HF_OK, "%s", fault.offered);
    cr_assert_eq(
        hf_attempt_credentials_configure(&profile, &credentials, gateway, PKI_NOW, &config, &fault),
        HF_OK);
}

static void expect_failure(hf_status status, const char *offered)
{
    cr_expect_eq(make(), status);
    cr_expect_eq(fault.status, status);
    cr_expect_eq(fault.stage, HF_STAGE_PROFILE);
    cr_expect_str_eq(fault.offered, offered);
    cr_expect_null(credentials.trust);
    stop();
}

static void expect_identity(const hf_identity *identity, enum hf_identity_type type,
                            const char *text)
{
    cr_expect_eq(identity->type, type);
    cr_expect(hf_bytes_equal(hf_identity_bytes(identity), hf_bytes_of_string(text)));
}

Test(attempt_credentials, certificate_is_configured_with_the_gateways_name)
{
    start();
    configure("gw.example.com");
    cr_expect_eq(config.auth, HF_IKEV2_AUTH_CERTIFICATE);
    cr_expect_not(config.gateway_uses_psk);
    cr_expect_eq(config.credential, &credentials.credential);
    cr_expect_eq(config.trust, credentials.trust);
    cr_expect_eq(config.credential->chain_count, 1);
    expect_identity(&config.local_id, HF_ID_RFC822_ADDR, "alice@example.com");
    expect_identity(&config.remote_id, HF_ID_FQDN, "gw.example.com");
    cr_expect_not(config.send_remote_id);
    cr_expect_eq(config.wall_clock, PKI_NOW);
    cr_expect_eq(config.certificate_policy.now, PKI_NOW);
    cr_expect(config.want_ip4 && config.want_ip6);
    cr_expect_null(config.remote_ts);
    stop();
}

Test(attempt_credentials, gateway_given_by_address_must_prove_the_address)
{
    start();
    configure("192.0.2.2");
    cr_expect_eq(config.remote_id.type, HF_ID_IPV4_ADDR);
    cr_expect_eq(config.remote_id.len, 4);
    stop();
}

Test(attempt_credentials, identities_of_the_profile_win)
{
    start();
    set(profile.remote_identity, "vpn.example.com");
    set(profile.local_identity, "C=CH, CN=device");
    configure("192.0.2.2");
    expect_identity(&config.remote_id, HF_ID_FQDN, "vpn.example.com");
    cr_expect(config.send_remote_id);
    cr_expect_eq(config.local_id.type, HF_ID_DER_ASN1_DN);
    stop();
}

Test(attempt_credentials, missing_key_or_certificate_is_named)
{
    start();
    give(HF_SECRET_PRIVATE_KEY, (hf_bytes){ 0 });
    expect_failure(HF_ERR_CREDENTIAL_MISSING, "private-key");
    start();
    give(HF_SECRET_CERTIFICATES, (hf_bytes){ 0 });
    expect_failure(HF_ERR_CREDENTIAL_MISSING, "certificates");
}

Test(attempt_credentials, key_of_another_certificate_is_refused)
{
    start();
    give(HF_SECRET_PRIVATE_KEY, pki_key_der(client(pki_root("CN=other"))));
    expect_failure(HF_ERR_CREDENTIAL_INVALID, "private-key");
}

static hf_status refuse_to_sign(void *context, enum hf_signature_scheme scheme, hf_bytes digest,
                                hf_buf *out)
{
    (void)context;
    (void)scheme;
    (void)digest;
    (void)out;
    return HF_ERR_TOKEN_MISSING;
}

static void start_with_token(void)
{
    static const struct hf_remote_signer signer = { HF_KEY_ECDSA_P256, NULL, refuse_to_sign };

    cr_assert_eq(hf_remote_key_load(), HF_OK);
    start();
    set(profile.key_uri, "pkcs11:token=card");
    give(HF_SECRET_PRIVATE_KEY, (hf_bytes){ 0 });
    token = &signer;
}

Test(attempt_credentials, key_in_a_token_takes_the_place_of_the_secret)
{
    struct hf_signer signer;
    hf_buf out = hf_buf_with_max(HF_SIGNATURE_MAX);

    start_with_token();
    configure("gw.example.com");
    signer = hf_private_key_signer(config.credential->key);
    cr_expect_eq(signer.sign(signer.context, HF_SIG_ECDSA_SHA2_256, hf_bytes_of_string("m"), &out),
                 HF_ERR_TOKEN_MISSING);
    cr_expect_eq(hf_profile_required_secrets(&profile), 0u);
    token = NULL;
    stop();
}

/* Never a stored key instead of the one that the profile names. */
Test(attempt_credentials, key_uri_without_an_open_token_is_named)
{
    start();
    set(profile.key_uri, "pkcs11:token=card");
    expect_failure(HF_ERR_CREDENTIAL_MISSING, "key-uri");
}

Test(attempt_credentials, token_without_a_certificate_or_with_another_kind_of_key_is_named)
{
    static const struct hf_remote_signer rsa = { HF_KEY_RSA, NULL, refuse_to_sign };

    start_with_token();
    give(HF_SECRET_CERTIFICATES, (hf_bytes){ 0 });
    expect_failure(HF_ERR_CREDENTIAL_MISSING, "certificates");
    start_with_token();
    token = &rsa;
    expect_failure(HF_ERR_CREDENTIAL_INVALID, "key-uri");
    token = NULL;
}

static void use_certificate(hf_wall_clock not_before, hf_wall_clock not_after)
{
    const struct pki_cert *leaf =
        PKI_ISSUE(pki_root("CN=root"), .subject = "CN=alice", .san = "email:alice@example.com",
                  .not_before = not_before, .not_after = not_after);

    give(HF_SECRET_PRIVATE_KEY, pki_key_der(leaf));
    give(HF_SECRET_CERTIFICATES, pki_pem(leaf));
}

Test(attempt_credentials, certificate_outside_its_time_is_refused)
{
    start();
    use_certificate(PKI_NOW - 9 * PKI_DAY, PKI_NOW - PKI_DAY);
    expect_failure(HF_ERR_CREDENTIAL_EXPIRED, "certificates");
    start();
    use_certificate(PKI_NOW + PKI_DAY, PKI_NOW + 9 * PKI_DAY);
    expect_failure(HF_ERR_CREDENTIAL_EXPIRED, "certificates");
}

static void use_psk(const char *psk)
{
    profile.auth = HF_PROFILE_AUTH_PSK;
    profile.gateway_uses_psk = true;
    hf_secrets_clear(&secrets);
    give(HF_SECRET_PSK, hf_bytes_of_string(psk));
}

Test(attempt_credentials, pre_shared_key_needs_no_certificate)
{
    start();
    use_psk("correct horse");
    set(profile.local_identity, "alice@example.com");
    configure("gw.example.com");
    cr_expect_eq(config.auth, HF_IKEV2_AUTH_PSK);
    cr_expect(config.gateway_uses_psk);
    cr_expect_null(config.credential);
    cr_expect(hf_bytes_equal(config.psk, hf_bytes_of_string("correct horse")));
    stop();
}

Test(attempt_credentials, pre_shared_key_without_an_identity_goes_by_our_address)
{
    start();
    use_psk("correct horse");
    configure("gw.example.com");
    cr_expect_eq(config.local_id.type, HF_ID_IPV4_ADDR);
    cr_expect_arr_eq(config.local_id.data, local.octets, 4);
    stop();
}

Test(attempt_credentials, missing_pre_shared_key_is_asked_for)
{
    start();
    use_psk("");
    expect_failure(HF_ERR_SECRET_NEEDED, "psk");
}

Test(attempt_credentials, eap_answers_with_the_identity_and_verifies_the_server_by_name)
{
    start();
    profile.auth = HF_PROFILE_AUTH_EAP_TLS;
    profile.tls_min = HF_PROFILE_TLS_1_3;
    configure("gw.example.com");
    cr_expect_eq(config.auth, HF_IKEV2_AUTH_EAP);
    cr_expect_eq(config.eap.method, HF_EAP_TLS);
    cr_expect(hf_bytes_equal(config.eap.identity, hf_bytes_of_string("alice@example.com")));
    cr_expect_eq(config.eap.tls.credential, &credentials.credential);
    cr_expect_eq(config.eap.tls.min, HF_TLS_1_3);
    cr_expect_not(config.eap.tls.any_server_name);
    expect_identity(&config.eap.tls.policy.identity, HF_ID_FQDN, "gw.example.com");
    stop();
}

Test(attempt_credentials, eap_server_and_identity_may_have_names_of_their_own)
{
    start();
    profile.auth = HF_PROFILE_AUTH_EAP_TLS;
    set(profile.eap_server_identity, "radius.example.com");
    set(profile.eap_identity, "anonymous");
    configure("gw.example.com");
    expect_identity(&config.eap.tls.policy.identity, HF_ID_FQDN, "radius.example.com");
    expect_identity(&config.remote_id, HF_ID_FQDN, "gw.example.com");
    cr_expect(hf_bytes_equal(config.eap.identity, hf_bytes_of_string("anonymous")));
    stop();
}

Test(attempt_credentials, compatibility_switches_reach_the_policy_of_the_gateway)
{
    start();
    profile.allow_common_name = profile.allow_any_purpose = true;
    profile.allow_child_without_pfs = true;
    profile.child_lifetime = HF_MINUTES(30);
    profile.ike_lifetime = HF_MINUTES(90);
    configure("gw.example.com");
    cr_expect(config.certificate_policy.allow_common_name);
    cr_expect(config.certificate_policy.allow_any_purpose);
    cr_expect(config.allow_child_without_pfs);
    cr_expect_eq(config.child_lifetime, HF_MINUTES(30));
    cr_expect_eq(config.ike_lifetime, HF_MINUTES(90));
    stop();
}

static void name_algorithm(struct hf_profile_algorithms *list, const char *name)
{
    set(list->names[list->count++], name);
}

Test(attempt_credentials, algorithms_of_the_profile_become_rows_of_the_registry)
{
    start();
    name_algorithm(&profile.ike_encryption, "aes256gcm16");
    name_algorithm(&profile.ike_groups, "ecp384");
    name_algorithm(&profile.ike_groups, "x25519");
    name_algorithm(&profile.esp_encryption, "chacha20poly1305");
    configure("gw.example.com");
    cr_assert_eq(config.ike_encr_count, 1);
    cr_expect_str_eq(config.ike_encr[0]->name, "aes256gcm16");
    cr_assert_eq(config.ike_ke_count, 2);
    cr_expect_eq(config.ike_ke[0]->id, HF_KE_ECP_384);
    cr_expect_eq(config.ike_ke[1]->id, HF_KE_X25519);
    cr_assert_eq(config.esp_encr_count, 1);
    cr_expect_eq(config.esp_encr[0]->id, HF_ENCR_CHACHA20_POLY1305);
    cr_expect_eq(config.ike_prf_count, 0);
    stop();
}

Test(attempt_credentials, weak_algorithms_beside_others_are_left_out)
{
    start();
    name_algorithm(&profile.ike_encryption, "3des");
    name_algorithm(&profile.ike_encryption, "aes256");
    name_algorithm(&profile.ike_groups, "modp2048");
    name_algorithm(&profile.ike_groups, "modp1024");
    cr_assert_eq(make(), HF_OK);
    cr_assert_eq(credentials.ike_encr.count, 1u);
    cr_expect_str_eq(credentials.ike_encr.rows[0]->name, "aes256");
    cr_expect_eq(credentials.ike_ke.count, 1u);
    hf_attempt_credentials_clear(&credentials);
    name_algorithm(&profile.esp_integrity, "sha1");
    cr_expect_eq(make(), HF_ERR_PROFILE_INVALID);
    stop();
}

Test(attempt_credentials, algorithm_that_is_unknown_or_of_another_kind_is_named)
{
    start();
    name_algorithm(&profile.ike_encryption, "3des");
    expect_failure(HF_ERR_PROFILE_INVALID, "3des");
    start();
    name_algorithm(&profile.ike_groups, "aes256gcm16");
    expect_failure(HF_ERR_PROFILE_INVALID, "aes256gcm16");
}

Test(attempt_credentials, split_profile_asks_for_its_list)
{
    start();
    profile.split = true;
    profile.include[0] = (hf_prefix){
        {HF_FAMILY_V4, { 10 }},
        8
    };
    profile.include_count = 1;
    configure("gw.example.com");
    cr_assert_eq(config.remote_ts_count, 1);
    cr_expect_eq(config.remote_ts[0].last.octets[1], 255);
    cr_expect_eq(config.remote_ts[0].last_port, 65535);
    stop();
}

Test(attempt_credentials, list_that_fits_no_payload_asks_for_everything)
{
    start();
    profile.split = true;
    for (size_t i = 0; i <= HF_SELECTORS_MAX; i++)
        profile.include[i] = (hf_prefix){
            {HF_FAMILY_V4, { 10, (uint8_t)i }},
            16
        };
    profile.include_count = HF_SELECTORS_MAX + 1;
    configure("gw.example.com");
    cr_expect_null(config.remote_ts);
    stop();
}

static void want_thumbprint(const struct pki_cert *cert)
{
    static const char digits[] = "0123456789abcDEF"; /* in either case */
    uint8_t hash[20];
    unsigned len = sizeof hash;
    char *text = profile.trust_thumbprints.words[profile.trust_thumbprints.count++];

    cr_assert_eq(X509_digest(cert->x509, EVP_sha1(), hash, &len), 1);
    for (size_t i = 0; i < sizeof hash; i++) {
        text[2 * i] = digits[hash[i] >> 4];
        text[2 * i + 1] = digits[hash[i] & 15];
    }
    text[40] = '\0';
}

Test(attempt_credentials, thumbprints_choose_among_the_anchors)
{
    const struct pki_cert *other = pki_root("O=Test, CN=other");

    start();
    cr_assert(hf_buf_append(&profile.trust, pki_pem(other)));
    cr_assert_eq(make(), HF_OK);
    cr_expect_eq(hf_trust_count(credentials.trust), 2u);
    hf_attempt_credentials_clear(&credentials);
    want_thumbprint(other);
    cr_assert_eq(make(), HF_OK);
    cr_expect_eq(hf_trust_count(credentials.trust), 1u);
    hf_attempt_credentials_clear(&credentials);
    profile.trust_thumbprints.words[0][0] =
        profile.trust_thumbprints.words[0][0] == '0' ? '1' : '0';
    cr_expect_eq(make(), HF_ERR_CERT_UNTRUSTED);
    cr_expect_str_eq(fault.offered[0] != '\0' ? fault.offered : fault.received,
                     "trust-thumbprints");
    set(profile.trust_thumbprints.words[0], "zz");
    cr_expect_eq(make(), HF_ERR_PROFILE_INVALID);
    stop();
}
