/* Tests of the TLS client (crypto/tls.h) against a server in memory. */
#include "crypto/tls.h"
#include "support/hex.h"
#include "support/test.h"
#include "support/tls_server.h"

#include <openssl/ssl.h>

#define FLIGHTS_MAX 12

/* One handshake: what the two sides are, and what came of it. */
struct meeting {
    const struct pki_cert *server_root, *client_root;
    struct tls_server_config server_config;
    struct hf_tls_config config;
    struct hf_credential credential;
    struct hf_trust *trust;
    struct tls_server *server;
    struct hf_tls *client;
    enum hf_tls_state state;
    enum tls_server_state server_state;
    struct hf_fault fault;
    size_t piece; /* octets handed over at a time; 0: all */
};

static void set_credential(struct meeting *m, const struct pki_cert *user)
{
    if (hf_credential_make(pki_key_der(user), (hf_bytes){ 0 }, pki_pem(user), &m->credential) !=
        HF_OK)
        test_die("no credential");
    m->config.credential = &m->credential;
}

/* Both sides as they should be; a test changes what it is about. */
static void meeting_init(struct meeting *m)
{
    memset(m, 0, sizeof *m);
    m->server_root = pki_root("CN=Server Root");
    m->client_root = pki_root("CN=Client Root");
    m->server_config = (struct tls_server_config){ .cert = pki_gateway(m->server_root),
                                                   .client_ca = m->client_root,
                                                   .tickets = 2 };
    m->config =
        (struct hf_tls_config){ .min = HF_TLS_1_2, .max = HF_TLS_1_3, .policy.now = PKI_NOW };
    if (hf_trust_new(&m->trust) != HF_OK ||
        hf_trust_add(m->trust, pki_der(m->server_root), NULL) != HF_OK ||
        !hf_identity_make(HF_ID_FQDN, hf_bytes_of_string("gw.example.com"),
                          &m->config.policy.identity))
        test_die("no trust");
    m->config.trust = m->trust;
    set_credential(m, PKI_ISSUE(m->client_root, .subject = "CN=Anna", .eku = "clientAuth"));
}

static void meeting_clear(struct meeting *m)
{
    hf_tls_free(m->client);
    tls_server_free(m->server);
    hf_credential_clear(&m->credential);
    hf_trust_free(m->trust);
}

static void hand_to_client(struct meeting *m, const hf_buf *flight, hf_buf *answer)
{
    hf_bytes bytes = hf_buf_bytes(flight);
    size_t piece = m->piece == 0 || m->piece > bytes.len ? bytes.len : m->piece, at = 0;

    do {
        hf_bytes part = hf_bytes_slice(bytes, at, at + piece > bytes.len ? bytes.len - at : piece);

        m->state = hf_tls_handle(m->client, part, answer, &m->fault);
        at += part.len;
    } while (at < bytes.len);
}

static void meet(struct meeting *m)
{
    hf_buf to_client = hf_buf_with_max(65536), to_server = hf_buf_with_max(65536);

    m->server = tls_server_new(&m->server_config);
    if (hf_tls_new(&m->config, &m->client) != HF_OK)
        test_die("no client");
    for (int i = 0; i < FLIGHTS_MAX; i++) {
        hand_to_client(m, &to_client, &to_server);
        hf_buf_clear(&to_client);
        if (to_server.len == 0)
            break;
        m->server_state = tls_server_handle(m->server, hf_buf_bytes(&to_server), &to_client);
        hf_buf_clear(&to_server);
    }
    hf_buf_free(&to_client);
    hf_buf_free(&to_server);
}

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

#define FOR_BOTH_VERSIONS(v) for (size_t v = 0; v < HF_ARRAY_LEN(versions); v++)

static void only_version(struct meeting *m, int version)
{
    m->server_config.min = m->server_config.max = version;
}

/* --- what works --- */

Test(tls, shakes_hands_in_both_versions_with_a_client_certificate)
{
    FOR_BOTH_VERSIONS(v)
    {
        struct meeting m;

        meeting_init(&m);
        only_version(&m, versions[v]);
        meet(&m);
        cr_expect_eq(m.state, HF_TLS_ESTABLISHED, "%s", m.fault.received);
        cr_expect_eq(m.server_state, TLS_SERVER_ESTABLISHED);
        cr_expect(tls_server_has_client_certificate(m.server));
        cr_expect_eq(hf_tls_agreed_version(m.client),
                     versions[v] == TLS1_3_VERSION ? HF_TLS_1_3 : HF_TLS_1_2);
        meeting_clear(&m);
    }
}

Test(tls, prefers_the_newer_version)
{
    struct meeting m;

    meeting_init(&m);
    meet(&m);
    cr_expect_eq(m.state, HF_TLS_ESTABLISHED);
    cr_expect_eq(hf_tls_agreed_version(m.client), HF_TLS_1_3);
    meeting_clear(&m);
}

Test(tls, works_with_every_key_type_on_either_side)
{
    static const enum pki_key types[] = { PKI_P256, PKI_P384, PKI_P521, PKI_ED25519, PKI_RSA_2048 };

    FOR_BOTH_VERSIONS(v)
    for (size_t i = 0; i < HF_ARRAY_LEN(types); i++) {
        struct meeting m;

        meeting_init(&m);
        only_version(&m, versions[v]);
        hf_credential_clear(&m.credential);
        set_credential(&m, PKI_ISSUE(m.client_root, .subject = "CN=Anna", .key = types[i]));
        m.server_config.cert = PKI_ISSUE(m.server_root, .subject = "CN=g", .key = types[i],
                                         .san = "DNS:gw.example.com", .eku = "serverAuth");
        meet(&m);
        cr_expect_eq(m.state, HF_TLS_ESTABLISHED, "type %zu: %s", i, m.fault.received);
        cr_expect_eq(m.server_state, TLS_SERVER_ESTABLISHED);
        meeting_clear(&m);
    }
}

Test(tls, works_octet_by_octet)
{
    FOR_BOTH_VERSIONS(v)
    {
        struct meeting m;

        meeting_init(&m);
        only_version(&m, versions[v]);
        m.piece = 1;
        meet(&m);
        cr_expect_eq(m.state, HF_TLS_ESTABLISHED);
        meeting_clear(&m);
    }
}

Test(tls, changes_the_group_when_asked_to) /* HelloRetryRequest */
{
    struct meeting m;

    meeting_init(&m);
    m.server_config.groups = "P-384";
    meet(&m);
    cr_expect_eq(m.state, HF_TLS_ESTABLISHED);
    meeting_clear(&m);
}

Test(tls, sends_the_intermediates_of_the_credential)
{
    struct meeting m;
    const struct pki_cert *middle, *user;
    hf_buf pem = hf_buf_with_max(65536);

    meeting_init(&m);
    middle = PKI_ISSUE(m.client_root, .subject = "CN=Users", .ca = true);
    user = PKI_ISSUE(middle, .subject = "CN=Anna", .eku = "clientAuth");
    hf_credential_clear(&m.credential);
    cr_assert(hf_buf_append(&pem, pki_pem(middle)) && hf_buf_append(&pem, pki_pem(user)));
    cr_assert_eq(
        hf_credential_make(pki_key_der(user), (hf_bytes){ 0 }, hf_buf_bytes(&pem), &m.credential),
        HF_OK);
    meet(&m);
    cr_expect_eq(m.state, HF_TLS_ESTABLISHED);
    cr_expect_eq(m.server_state, TLS_SERVER_ESTABLISHED);
    meeting_clear(&m);
    hf_buf_free(&pem);
}

Test(tls, exports_what_the_server_exports)
{
    static const uint8_t context[] = { 0x0d };
    hf_bytes contexts[] = { { 0 }, HF_BYTES_OF(context) };

    FOR_BOTH_VERSIONS(v)
    for (size_t i = 0; i < HF_ARRAY_LEN(contexts); i++) {
        uint8_t ours[128] = { 0 }, theirs[128] = { 1 };
        struct meeting m;

        meeting_init(&m);
        only_version(&m, versions[v]);
        meet(&m);
        cr_assert_eq(hf_tls_export(m.client, "a label", contexts[i], ours, sizeof ours), HF_OK);
        tls_server_export(m.server, "a label", contexts[i], theirs, sizeof theirs);
        cr_expect_arr_eq(ours, theirs, sizeof ours);
        meeting_clear(&m);
    }
}

Test(tls, takes_application_data_up_to_a_bound)
{
    struct meeting m;
    hf_buf flight = hf_buf_with_max(1 << 20), out = hf_buf_with_max(65536);
    uint8_t *data = test_memory(65537);

    meeting_init(&m);
    meet(&m);
    tls_server_write(m.server, (hf_bytes){ data, 65536 }, &flight);
    cr_expect_eq(hf_tls_handle(m.client, hf_buf_bytes(&flight), &out, &m.fault),
                 HF_TLS_ESTABLISHED);
    cr_expect_eq(hf_tls_received(m.client).len, 65536);
    hf_buf_clear(&flight);
    tls_server_write(m.server, (hf_bytes){ data, 1 }, &flight);
    cr_expect_eq(hf_tls_handle(m.client, hf_buf_bytes(&flight), &out, &m.fault), HF_TLS_FAILED);
    cr_expect_eq(m.fault.status, HF_ERR_TOO_LARGE);
    hf_buf_free(&flight);
    hf_buf_free(&out);
    meeting_clear(&m);
}

/* --- the server's certificate --- */

/* Meets a server whose certificate is wrong, and expects this and nothing of ours on the wire. */
static void expect_refusal(const char *what, struct meeting *m, hf_status status, int alert)
{
    meet(m);
    cr_expect_eq(m->state, HF_TLS_FAILED, "%s", what);
    cr_expect_eq(m->fault.status, status, "%s: %s: %s", what, hf_status_code(m->fault.status),
                 m->fault.received);
    cr_expect_eq(m->fault.stage, HF_STAGE_AUTHENTICATION);
    cr_expect_neq(m->fault.offered[0], '\0');
    cr_expect_neq(m->fault.received[0], '\0');
    cr_expect_eq(m->server_state, TLS_SERVER_FAILED, "%s", what);
    cr_expect_not(tls_server_has_client_certificate(m->server), "%s", what);
    cr_expect_eq(tls_server_alert(m->server), alert, "%s: alert %d", what,
                 tls_server_alert(m->server));
    meeting_clear(m);
}

static void refuse_gateway(int version, const char *what, hf_status status, int alert,
                           struct pki_spec spec)
{
    struct meeting m;

    meeting_init(&m);
    only_version(&m, version);
    spec.subject = "CN=g";
    if (spec.san == NULL)
        spec.san = "DNS:gw.example.com";
    if (spec.eku == NULL)
        spec.eku = "serverAuth";
    m.server_config.cert = pki_issue(&spec, m.server_root);
    expect_refusal(what, &m, status, alert);
}

Test(tls, refuses_a_wrong_server_before_showing_its_own_certificate)
{
    FOR_BOTH_VERSIONS(v)
    {
        struct meeting m;

        refuse_gateway(versions[v], "expired", HF_ERR_CERT_EXPIRED, SSL_AD_CERTIFICATE_EXPIRED,
                       (struct pki_spec){ .not_after = PKI_NOW - 1 });
        refuse_gateway(versions[v], "early", HF_ERR_CERT_NOT_YET_VALID, SSL_AD_BAD_CERTIFICATE,
                       (struct pki_spec){ .not_before = PKI_NOW + 60 });
        refuse_gateway(versions[v], "misnamed", HF_ERR_PEER_IDENTITY, SSL_AD_BAD_CERTIFICATE,
                       (struct pki_spec){ .san = "DNS:gw.example.org" });
        refuse_gateway(versions[v], "a client's", HF_ERR_CERT_PURPOSE,
                       SSL_AD_UNSUPPORTED_CERTIFICATE, (struct pki_spec){ .eku = "clientAuth" });
        meeting_init(&m);
        only_version(&m, versions[v]);
        m.server_config.cert = pki_gateway(pki_root("CN=Server Root"));
        expect_refusal("another authority", &m, HF_ERR_CERT_UNTRUSTED, SSL_AD_UNKNOWN_CA);
    }
}

Test(tls, refuses_a_weak_server)
{
    FOR_BOTH_VERSIONS(v)
    refuse_gateway(versions[v], "RSA 1024", HF_ERR_CERT_WEAK, SSL_AD_BAD_CERTIFICATE,
                   (struct pki_spec){ .key = PKI_RSA_1024 });
}

Test(tls, the_name_can_be_waived_the_rest_cannot)
{
    struct meeting m;

    meeting_init(&m);
    m.config.policy.identity = (hf_identity){ .type = HF_ID_NONE };
    m.config.any_server_name = true;
    meet(&m);
    cr_expect_eq(m.state, HF_TLS_ESTABLISHED);
    meeting_clear(&m);
    meeting_init(&m);
    m.config.any_server_name = true;
    m.server_config.cert = PKI_ISSUE(m.server_root, .subject = "CN=g", .eku = "clientAuth");
    expect_refusal("a client's", &m, HF_ERR_CERT_PURPOSE, SSL_AD_UNSUPPORTED_CERTIFICATE);
    meeting_init(&m);
    m.config.policy.identity = (hf_identity){ .type = HF_ID_NONE };
    expect_refusal("no name and no waiver", &m, HF_ERR_PEER_IDENTITY, SSL_AD_BAD_CERTIFICATE);
}

Test(tls, refuses_more_than_eight_certificates)
{
    struct meeting m;
    const struct pki_cert *last;

    meeting_init(&m);
    last = m.server_root;
    for (int i = 0; i < 8; i++)
        last = PKI_ISSUE(last, .subject = "CN=Middle", .ca = true);
    m.server_config.cert = pki_gateway(last);
    meet(&m);
    cr_expect_eq(m.state, HF_TLS_FAILED);
    cr_expect_eq(m.fault.status, HF_ERR_TOO_LARGE);
    meeting_clear(&m);
}

/* --- the server's opinion of us --- */

Test(tls, tells_which_alert_the_server_sent)
{
    FOR_BOTH_VERSIONS(v)
    {
        struct meeting m;
        hf_buf alert = hf_buf_with_max(65536);

        meeting_init(&m);
        only_version(&m, versions[v]);
        hf_credential_clear(&m.credential);
        set_credential(&m, PKI_ISSUE(NULL, .subject = "CN=Mallory"));
        meet(&m);
        cr_expect_eq(m.state, HF_TLS_FAILED);
        cr_expect_eq(m.fault.status, HF_ERR_EAP_REJECTED);
        cr_expect_eq(m.fault.peer_code, SSL_AD_UNKNOWN_CA);
        cr_expect_str_eq(m.fault.received, "unknown CA");
        cr_expect_str_eq(m.fault.offered, "CN=Mallory");
        hf_buf_free(&alert);
        meeting_clear(&m);
    }
}

Test(tls, tells_that_no_certificate_was_there_to_show)
{
    FOR_BOTH_VERSIONS(v)
    {
        struct meeting m;

        meeting_init(&m);
        only_version(&m, versions[v]);
        m.config.credential = NULL;
        meet(&m);
        cr_expect_eq(m.state, HF_TLS_FAILED);
        cr_expect_eq(m.fault.status, HF_ERR_EAP_REJECTED);
        cr_expect_str_eq(m.fault.offered, "no client certificate");
        meeting_clear(&m);
    }
}

static void expect_no_agreement(struct meeting *m, const char *offered)
{
    meet(m);
    cr_expect_eq(m->state, HF_TLS_FAILED);
    cr_expect_eq(m->fault.status, HF_ERR_NO_PROPOSAL, "%s: %s", hf_status_code(m->fault.status),
                 m->fault.received);
    cr_expect_str_eq(m->fault.offered, offered);
    meeting_clear(m);
}

Test(tls, refuses_old_versions_and_suites)
{
    struct meeting m;

    meeting_init(&m);
    only_version(&m, TLS1_1_VERSION);
    expect_no_agreement(&m, "TLS 1.2, TLS 1.3");
    meeting_init(&m);
    m.config.min = HF_TLS_1_3;
    only_version(&m, TLS1_2_VERSION);
    expect_no_agreement(&m, "TLS 1.3");
    meeting_init(&m);
    m.config.max = HF_TLS_1_2;
    only_version(&m, TLS1_3_VERSION);
    expect_no_agreement(&m, "TLS 1.2");
    meeting_init(&m);
    only_version(&m, TLS1_2_VERSION);
    m.server_config.suites = "AES128-SHA:ECDHE-ECDSA-AES128-SHA:NULL:aNULL:@SECLEVEL=0";
    expect_no_agreement(&m, "TLS 1.2, TLS 1.3");
}

Test(tls, no_second_handshake) /* RFC 9190, section 2.1; CVE-2009-3555 */
{
    struct meeting m;
    hf_buf flight = hf_buf_with_max(65536), answer = hf_buf_with_max(65536);

    meeting_init(&m);
    only_version(&m, TLS1_2_VERSION);
    meet(&m);
    tls_server_renegotiate(m.server, &flight);
    cr_assert_neq(flight.len, 0);
    cr_expect_eq(hf_tls_handle(m.client, hf_buf_bytes(&flight), &answer, &m.fault),
                 HF_TLS_ESTABLISHED);
    hf_buf_clear(&flight);
    tls_server_handle(m.server, hf_buf_bytes(&answer), &flight);
    cr_expect_eq(tls_server_alert(m.server), SSL_AD_NO_RENEGOTIATION);
    hf_buf_free(&flight);
    hf_buf_free(&answer);
    meeting_clear(&m);
}

/* --- things that are not TLS --- */

Test(tls, garbage_ends_the_handshake_and_stays_ended)
{
    struct meeting m;
    hf_buf out = hf_buf_with_max(65536);

    meeting_init(&m);
    cr_assert_eq(hf_tls_new(&m.config, &m.client), HF_OK);
    cr_assert_eq(hf_tls_handle(m.client, (hf_bytes){ 0 }, &out, &m.fault), HF_TLS_HANDSHAKING);
    hf_buf_clear(&out);
    cr_expect_eq(
        hf_tls_handle(m.client, hf_bytes_of_string("GET / HTTP/1.1\r\n\r\n"), &out, &m.fault),
        HF_TLS_FAILED);
    cr_expect_eq(m.fault.status, HF_ERR_MALFORMED);
    hf_buf_clear(&out);
    memset(&m.fault, 0, sizeof m.fault);
    cr_expect_eq(hf_tls_handle(m.client, (hf_bytes){ 0 }, &out, &m.fault), HF_TLS_FAILED);
    cr_expect_eq(m.fault.status, HF_ERR_MALFORMED);
    cr_expect_eq(out.len, 0);
    hf_buf_free(&out);
    meeting_clear(&m);
}

Test(tls, exports_nothing_before_it_is_established)
{
    struct meeting m;
    uint8_t key[16] = { 7 };

    meeting_init(&m);
    cr_assert_eq(hf_tls_new(&m.config, &m.client), HF_OK);
    cr_expect_eq(hf_tls_export(m.client, "a label", (hf_bytes){ 0 }, key, sizeof key),
                 HF_ERR_UNEXPECTED);
    cr_expect_eq(key[0], 7);
    meeting_clear(&m);
}

Test(tls, an_orderly_end_in_the_handshake_is_a_failure)
{
    struct meeting m;
    hf_buf out = hf_buf_with_max(65536);

    meeting_init(&m);
    cr_assert_eq(hf_tls_new(&m.config, &m.client), HF_OK);
    cr_assert_eq(hf_tls_handle(m.client, (hf_bytes){ 0 }, &out, &m.fault), HF_TLS_HANDSHAKING);
    cr_expect_eq(hf_tls_handle(m.client, hex("15 0303 0002 01 00"), &out, &m.fault), HF_TLS_FAILED);
    hf_buf_free(&out);
    meeting_clear(&m);
}

Test(tls, a_weak_credential_is_refused_at_once)
{
    struct meeting m;
    const struct pki_cert *root, *middle, *user;
    hf_buf pem = hf_buf_with_max(65536);

    meeting_init(&m);
    root = PKI_ISSUE(NULL, .subject = "CN=R", .ca = true, .key = PKI_RSA_2048);
    middle = PKI_ISSUE(root, .subject = "CN=M", .ca = true, .digest = "SHA1");
    user = PKI_ISSUE(middle, .subject = "CN=U");
    cr_assert(hf_buf_append(&pem, pki_pem(user)) && hf_buf_append(&pem, pki_pem(middle)));
    hf_credential_clear(&m.credential);
    cr_assert_eq(
        hf_credential_make(pki_key_der(user), (hf_bytes){ 0 }, hf_buf_bytes(&pem), &m.credential),
        HF_OK);
    cr_expect_eq(hf_tls_new(&m.config, &m.client), HF_ERR_CREDENTIAL_INVALID);
    cr_expect_null(m.client);
    hf_buf_free(&pem);
    meeting_clear(&m);
}
