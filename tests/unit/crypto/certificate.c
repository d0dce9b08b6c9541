/* Tests of certificate verification (crypto/certificate.h): whom we take for the gateway. */
#include "crypto/certificate.h"

#include "support/hex.h"
#include "support/pki.h"
#include "support/test.h"

#define YEAR ((hf_wall_clock)365 * PKI_DAY)

static struct hf_fault fault;

static hf_identity fqdn(const char *name)
{
    hf_identity identity;

    if (!hf_identity_make(HF_ID_FQDN, hf_bytes_of_string(name), &identity))
        test_die("not an identity: %s", name);
    return identity;
}

static struct hf_trust *trust_in(const struct pki_cert *root)
{
    struct hf_trust *trust;

    if (hf_trust_new(&trust) != HF_OK || hf_trust_add(trust, pki_der(root), NULL) != HF_OK)
        test_die("no trust");
    return trust;
}

/* Verifies `leaf` with the certificates between it and `root` under a policy for
 * "gw.example.com". */
static hf_status verify_with(const struct pki_cert *root, const struct pki_cert *leaf,
                             struct hf_certificate_policy policy)
{
    struct hf_trust *trust = trust_in(root);
    struct hf_public_key *key = NULL;
    hf_bytes chain[HF_CHAIN_MAX + 2];
    size_t count = 0;
    hf_status status;

    for (const struct pki_cert *c = leaf; c != c->issuer && count < HF_ARRAY_LEN(chain);
         c = c->issuer)
        chain[count++] = pki_der(c);
    if (count == 0)
        chain[count++] = pki_der(leaf);
    memset(&fault, 0, sizeof fault);
    status = hf_certificate_verify(trust, chain, count, &policy, &key, &fault);
    cr_expect_eq(status == HF_OK, key != NULL);
    cr_expect_eq(fault.status, status);
    if (status != HF_OK)
        cr_expect_eq(fault.stage, HF_STAGE_AUTHENTICATION);
    hf_public_key_free(key);
    hf_trust_free(trust);
    return status;
}

static hf_status verify(const struct pki_cert *root, const struct pki_cert *leaf)
{
    return verify_with(
        root, leaf,
        (struct hf_certificate_policy){ .identity = fqdn("gw.example.com"), .now = PKI_NOW });
}

/* A gateway that differs from the usual one in what is given. */
#define GATEWAY(issuer, ...)                                                                       \
    PKI_ISSUE(issuer, .subject = "CN=gateway", .san = "DNS:gw.example.com", .eku = "serverAuth",   \
              __VA_ARGS__)

static bool says(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

/* --- what holds --- */

Test(certificate, verifies_the_named_server_and_yields_its_key)
{
    const struct pki_cert *root = pki_root("CN=Root"), *gateway = pki_gateway(root);
    struct hf_certificate_policy policy = { .identity = fqdn("gw.example.com"), .now = PKI_NOW };
    struct hf_trust *trust = trust_in(root);
    struct hf_public_key *key = NULL;
    hf_bytes chain[1] = { pki_der(gateway) };

    cr_assert_eq(hf_certificate_verify(trust, chain, 1, &policy, &key, &fault), HF_OK);
    cr_expect_eq(hf_public_key_type(key), HF_KEY_ECDSA_P256);
    hf_public_key_free(key);
    hf_trust_free(trust);
}

Test(certificate, verifies_every_supported_key_type)
{
    static const enum pki_key types[] = { PKI_P256,     PKI_P384,     PKI_P521,        PKI_ED25519,
                                          PKI_RSA_2048, PKI_RSA_3072, PKI_RSA_PSS_2048 };
    const struct pki_cert *root = pki_root("CN=Root");

    for (size_t i = 0; i < HF_ARRAY_LEN(types); i++)
        cr_expect_eq(verify(root, GATEWAY(root, .key = types[i])), HF_OK, "type %zu", i);
}

Test(certificate, verifies_signatures_by_rsa_pss_and_ed25519_authorities)
{
    const struct pki_cert *rsa =
        PKI_ISSUE(NULL, .subject = "CN=R", .ca = true, .key = PKI_RSA_2048);
    const struct pki_cert *ed = PKI_ISSUE(NULL, .subject = "CN=E", .ca = true, .key = PKI_ED25519);

    cr_expect_eq(verify(rsa, GATEWAY(rsa, .pss = true)), HF_OK);
    cr_expect_eq(verify(ed, GATEWAY(ed, )), HF_OK);
}

Test(certificate, orders_the_other_certificates_itself)
{
    const struct pki_cert *root = pki_root("CN=Root");
    const struct pki_cert *outer = PKI_ISSUE(root, .subject = "CN=Outer", .ca = true);
    const struct pki_cert *inner = PKI_ISSUE(outer, .subject = "CN=Inner", .ca = true);
    struct hf_certificate_policy policy = { .identity = fqdn("gw.example.com"), .now = PKI_NOW };
    struct hf_trust *trust = trust_in(root);
    struct hf_public_key *key = NULL;
    hf_bytes chain[4] = { pki_der(pki_gateway(inner)), pki_der(root), pki_der(outer),
                          pki_der(inner) };

    cr_expect_eq(hf_certificate_verify(trust, chain, 4, &policy, &key, &fault), HF_OK);
    hf_public_key_free(key);
    hf_trust_free(trust);
}

Test(certificate, takes_the_library_clock_where_no_time_is_given)
{
    const struct pki_cert *root = PKI_ISSUE(NULL, .subject = "CN=Root", .ca = true, .not_before = 1,
                                            .not_after = PKI_NOW + 40 * YEAR);
    struct hf_certificate_policy policy = { .identity = fqdn("gw.example.com") };

    cr_expect_eq(
        verify_with(root, GATEWAY(root, .not_before = 1, .not_after = PKI_NOW + 40 * YEAR), policy),
        HF_OK);
    cr_expect_eq(verify_with(root, GATEWAY(root, .not_before = 1, .not_after = PKI_DAY), policy),
                 HF_ERR_CERT_EXPIRED);
    cr_expect_eq(fault.offered[0] != '\0', true);
}

/* --- trust --- */

Test(certificate, refuses_another_authority)
{
    const struct pki_cert *ours = pki_root("CN=Ours"), *theirs = pki_root("CN=Theirs");

    cr_expect_eq(verify(ours, pki_gateway(theirs)), HF_ERR_CERT_UNTRUSTED);
    cr_expect(says(fault.offered, "CN=Ours"), "%s", fault.offered);
    cr_expect(says(fault.received, "CN=Theirs"), "%s", fault.received);
}

Test(certificate, refuses_another_authority_of_the_same_name)
{
    const struct pki_cert *ours = pki_root("CN=Root"), *theirs = pki_root("CN=Root");

    cr_expect_eq(verify(ours, pki_gateway(theirs)), HF_ERR_CERT_UNTRUSTED);
}

Test(certificate, refuses_everything_without_an_anchor)
{
    struct hf_certificate_policy policy = { .identity = fqdn("gw.example.com"), .now = PKI_NOW };
    struct hf_public_key *key = NULL;
    struct hf_trust *trust;
    hf_bytes chain[1] = { pki_der(pki_gateway(pki_root("CN=Root"))) };

    cr_assert_eq(hf_trust_new(&trust), HF_OK);
    cr_expect_eq(hf_certificate_verify(trust, chain, 1, &policy, &key, &fault),
                 HF_ERR_CERT_UNTRUSTED);
    cr_expect(says(fault.offered, "no trusted authority"));
    cr_expect_null(key);
    hf_trust_free(trust);
}

static void thumbprint_of(const struct pki_cert *cert, uint8_t out[HF_THUMBPRINT_LEN])
{
    unsigned len = HF_THUMBPRINT_LEN;

    cr_assert_eq(X509_digest(cert->x509, EVP_sha1(), out, &len), 1);
}

Test(certificate, only_anchors_with_a_wanted_thumbprint_are_kept)
{
    const struct pki_cert *wanted = pki_root("CN=Wanted"), *other = pki_root("CN=Other");
    uint8_t thumbprints[2][HF_THUMBPRINT_LEN] = { { 0 } };
    const uint8_t(*list)[HF_THUMBPRINT_LEN] = (const uint8_t(*)[HF_THUMBPRINT_LEN])thumbprints;
    struct hf_certificate_policy policy = { .identity = fqdn("gw.example.com"), .now = PKI_NOW };
    struct hf_public_key *key = NULL;
    struct hf_trust *trust = trust_in(other);
    hf_bytes good[1] = { pki_der(pki_gateway(wanted)) }, bad[1] = { pki_der(pki_gateway(other)) };

    cr_assert_eq(hf_trust_add(trust, pki_der(wanted), NULL), HF_OK);
    thumbprint_of(wanted, thumbprints[1]);
    cr_assert_eq(hf_trust_restrict(trust, list, 2), HF_OK);
    cr_expect_eq(hf_trust_count(trust), 1u);
    cr_expect_eq(hf_certificate_verify(trust, bad, 1, &policy, &key, &fault),
                 HF_ERR_CERT_UNTRUSTED);
    cr_assert_eq(hf_certificate_verify(trust, good, 1, &policy, &key, &fault), HF_OK);
    hf_public_key_free(key);
    cr_assert_eq(hf_trust_restrict(trust, list, 1), HF_OK);
    cr_expect_eq(hf_trust_count(trust), 0u);
    hf_trust_free(trust);
}

Test(certificate, refuses_a_self_signed_gateway)
{
    cr_expect_eq(verify(pki_root("CN=Root"), GATEWAY(NULL, )), HF_ERR_CERT_UNTRUSTED);
}

Test(certificate, refuses_a_chain_with_a_missing_link)
{
    const struct pki_cert *root = pki_root("CN=Root");
    const struct pki_cert *middle = PKI_ISSUE(root, .subject = "CN=Middle", .ca = true);
    struct hf_certificate_policy policy = { .identity = fqdn("gw.example.com"), .now = PKI_NOW };
    struct hf_trust *trust = trust_in(root);
    struct hf_public_key *key = NULL;
    hf_bytes chain[1] = { pki_der(pki_gateway(middle)) };

    cr_expect_eq(hf_certificate_verify(trust, chain, 1, &policy, &key, &fault),
                 HF_ERR_CERT_UNTRUSTED);
    hf_trust_free(trust);
}

Test(certificate, refuses_an_intermediate_as_anchor_without_its_root)
{
    const struct pki_cert *middle =
        PKI_ISSUE(pki_root("CN=Root"), .subject = "CN=Middle", .ca = true);

    cr_expect_eq(verify(middle, pki_gateway(middle)), HF_ERR_CERT_UNTRUSTED);
}

Test(certificate, refuses_a_certificate_issued_by_a_user)
{
    const struct pki_cert *root = pki_root("CN=Root");
    const struct pki_cert *user = PKI_ISSUE(root, .subject = "CN=Mallory", .eku = "clientAuth",
                                            .basic_constraints = "critical,CA:FALSE");

    cr_expect_eq(verify(root, pki_gateway(user)), HF_ERR_CERT_UNTRUSTED);
}

Test(certificate, refuses_an_authority_without_keyCertSign)
{
    const struct pki_cert *root = pki_root("CN=Root");
    const struct pki_cert *middle = PKI_ISSUE(root, .subject = "CN=Middle", .ca = true,
                                              .key_usage = "critical,digitalSignature");

    cr_expect_eq(verify(root, pki_gateway(middle)), HF_ERR_CERT_UNTRUSTED);
}

Test(certificate, is_strict_about_the_form_of_authorities) /* RFC 5280, section 4.2.1 */
{
    const struct pki_cert *root = pki_root("CN=Root");
    const struct pki_cert *no_ids =
        PKI_ISSUE(root, .subject = "CN=Middle", .ca = true, .without_key_ids = true);
    const struct pki_cert *not_critical =
        PKI_ISSUE(root, .subject = "CN=Middle", .ca = true, .basic_constraints = "CA:TRUE");

    cr_expect_eq(verify(root, pki_gateway(no_ids)), HF_ERR_CERT_UNTRUSTED);
    cr_expect_eq(verify(root, pki_gateway(not_critical)), HF_ERR_CERT_UNTRUSTED);
    cr_expect_eq(verify(root, GATEWAY(root, .without_key_ids = true)), HF_ERR_CERT_UNTRUSTED);
    cr_expect(says(fault.received, "Key Identifier"), "%s", fault.received);
}

Test(certificate, refuses_a_path_longer_than_an_authority_allows)
{
    const struct pki_cert *root = pki_root("CN=Root");
    const struct pki_cert *outer = PKI_ISSUE(root, .subject = "CN=Outer", .ca = true,
                                             .basic_constraints = "critical,CA:TRUE,pathlen:0");
    const struct pki_cert *inner = PKI_ISSUE(outer, .subject = "CN=Inner", .ca = true);

    cr_expect_eq(verify(root, pki_gateway(outer)), HF_OK);
    cr_expect_eq(verify(root, pki_gateway(inner)), HF_ERR_CERT_UNTRUSTED);
    cr_expect(says(fault.received, "path length"), "%s", fault.received);
}

Test(certificate, refuses_a_chain_of_more_than_eight)
{
    const struct pki_cert *root = pki_root("CN=Root"), *last = root;

    for (int i = 0; i < 6; i++)
        last = PKI_ISSUE(last, .subject = "CN=Middle", .ca = true);
    cr_expect_eq(verify(root, pki_gateway(last)), HF_OK); /* 1 + 6 + 1 */
    last = PKI_ISSUE(last, .subject = "CN=Middle", .ca = true);
    cr_expect_eq(verify(root, pki_gateway(last)), HF_ERR_CERT_UNTRUSTED); /* 1 + 7 + 1 */
    last = PKI_ISSUE(last, .subject = "CN=Middle", .ca = true);
    cr_expect_eq(verify(root, pki_gateway(last)), HF_ERR_TOO_LARGE); /* 1 + 8 are sent */
}

Test(certificate, refuses_an_unknown_critical_extension)
{
    const struct pki_cert *root = pki_root("CN=Root");

    cr_expect_eq(
        verify(root, PKI_ISSUE(root, .subject = "CN=gateway", .eku = "serverAuth",
                               .san = "DNS:gw.example.com", .unknown_critical_extension = true)),
        HF_ERR_CERT_UNTRUSTED);
}

Test(certificate, refuses_a_changed_octet_anywhere)
{
    const struct pki_cert *root = pki_root("CN=Root"), *gateway = pki_gateway(root);
    struct hf_certificate_policy policy = { .identity = fqdn("gw.example.com"), .now = PKI_NOW };
    struct hf_trust *trust = trust_in(root);
    struct hf_public_key *key = NULL;
    hf_bytes der = pki_der(gateway);
    uint8_t *copy = test_copy(der);
    hf_bytes chain[1] = {
        {copy, der.len}
    };

    for (size_t i = 0; i < der.len; i++) {
        copy[i] ^= 0x01;
        cr_expect_neq(hf_certificate_verify(trust, chain, 1, &policy, &key, &fault), HF_OK,
                      "octet %zu", i);
        copy[i] ^= 0x01;
    }
    cr_expect_null(key);
    hf_trust_free(trust);
}

Test(certificate, refuses_every_truncation_and_what_is_longer)
{
    const struct pki_cert *root = pki_root("CN=Root");
    struct hf_certificate_policy policy = { .identity = fqdn("gw.example.com"), .now = PKI_NOW };
    struct hf_trust *trust = trust_in(root);
    struct hf_public_key *key = NULL;
    hf_bytes der = pki_der(pki_gateway(root));
    uint8_t *longer = test_memory(der.len + 1);
    hf_bytes chain[1];

    for (size_t len = 0; len < der.len; len++) {
        chain[0] = (hf_bytes){ test_copy((hf_bytes){ der.data, len }), len };
        cr_expect_eq(hf_certificate_verify(trust, chain, 1, &policy, &key, &fault),
                     HF_ERR_MALFORMED);
    }
    memcpy(longer, der.data, der.len);
    chain[0] = (hf_bytes){ longer, der.len + 1 };
    cr_expect_eq(hf_certificate_verify(trust, chain, 1, &policy, &key, &fault), HF_ERR_MALFORMED);
    cr_expect_eq(hf_certificate_verify(trust, chain, 0, &policy, &key, &fault), HF_ERR_MALFORMED);
    hf_trust_free(trust);
}

/* --- time --- */

Test(certificate, tells_expired_from_not_yet_valid)
{
    const struct pki_cert *root = pki_root("CN=Root");

    cr_expect_eq(verify(root, GATEWAY(root, .not_before = PKI_NOW - 9 * PKI_DAY,
                                      .not_after = PKI_NOW - PKI_DAY)),
                 HF_ERR_CERT_EXPIRED);
    cr_expect(says(fault.received, "valid until 2025-12-31 00:00:00 UTC"), "%s", fault.received);
    cr_expect(says(fault.offered, "valid 2026-01-01 00:00:00 UTC"), "%s", fault.offered);
    cr_expect_eq(verify(root, GATEWAY(root, .not_before = PKI_NOW + PKI_DAY)),
                 HF_ERR_CERT_NOT_YET_VALID);
    cr_expect(says(fault.received, "valid from 2026-01-02 00:00:00 UTC"), "%s", fault.received);
}

Test(certificate, an_expired_authority_is_expired_too)
{
    const struct pki_cert *root = pki_root("CN=Root");
    const struct pki_cert *middle =
        PKI_ISSUE(root, .subject = "CN=Middle", .ca = true, .not_after = PKI_NOW - 1);

    cr_expect_eq(verify(root, pki_gateway(middle)), HF_ERR_CERT_EXPIRED);
    cr_expect(says(fault.received, "CN=Middle"), "%s", fault.received);
}

Test(certificate, holds_from_its_first_second_and_not_past_its_last)
{
    const struct pki_cert *root = PKI_ISSUE(NULL, .subject = "CN=Root", .ca = true, .not_before = 1,
                                            .not_after = PKI_NOW + 200 * YEAR);
    const struct pki_cert *gateway =
        GATEWAY(root, .not_before = PKI_NOW, .not_after = PKI_NOW + 100 * YEAR);
    struct hf_certificate_policy policy = { .identity = fqdn("gw.example.com") };

    policy.now = PKI_NOW;
    cr_expect_eq(verify_with(root, gateway, policy), HF_OK);
    policy.now = PKI_NOW - 1;
    cr_expect_eq(verify_with(root, gateway, policy), HF_ERR_CERT_NOT_YET_VALID);
    policy.now = PKI_NOW + 100 * YEAR - 1; /* the year 2125 */
    cr_expect_eq(verify_with(root, gateway, policy), HF_OK);
    policy.now = PKI_NOW + 100 * YEAR + 1;
    cr_expect_eq(verify_with(root, gateway, policy), HF_ERR_CERT_EXPIRED);
}

/* --- strength --- */

Test(certificate, refuses_weak_and_unsupported_keys)
{
    static const enum pki_key types[] = { PKI_RSA_1024, PKI_SECP256K1, PKI_P256_EXPLICIT,
                                          PKI_ED448 };
    const struct pki_cert *root = pki_root("CN=Root");

    for (size_t i = 0; i < HF_ARRAY_LEN(types); i++)
        cr_expect_eq(verify(root, GATEWAY(root, .key = types[i])), HF_ERR_CERT_WEAK, "type %zu", i);
    cr_expect_eq(verify(root, GATEWAY(root, .key = PKI_RSA_1024)), HF_ERR_CERT_WEAK);
    cr_expect(says(fault.received, "RSA 1024"), "%s", fault.received);
}

Test(certificate, refuses_a_weak_authority)
{
    const struct pki_cert *root = pki_root("CN=Root");
    const struct pki_cert *middle =
        PKI_ISSUE(root, .subject = "CN=Middle", .ca = true, .key = PKI_RSA_1024);

    cr_expect_eq(verify(root, pki_gateway(middle)), HF_ERR_CERT_WEAK);
}

Test(certificate, refuses_a_signature_by_sha1_or_md5)
{
    const struct pki_cert *root =
        PKI_ISSUE(NULL, .subject = "CN=R", .ca = true, .key = PKI_RSA_2048);

    cr_expect_eq(verify(root, GATEWAY(root, .digest = "SHA1")), HF_ERR_CERT_WEAK);
    cr_expect(says(fault.received, "sha1"), "%s", fault.received);
    cr_expect_eq(verify(root, GATEWAY(root, .digest = "MD5")), HF_ERR_CERT_WEAK);
    cr_expect_eq(verify(root, GATEWAY(root, .digest = "SHA1", .pss = true)), HF_ERR_CERT_WEAK);
}

/* --- purpose --- */

Test(certificate, takes_the_three_server_purposes)
{
    const struct pki_cert *root = pki_root("CN=Root");
    static const char *const good[] = { "serverAuth", "1.3.6.1.5.5.7.3.17", "1.3.6.1.5.5.8.2.2",
                                        "clientAuth,serverAuth" };

    for (size_t i = 0; i < HF_ARRAY_LEN(good); i++)
        cr_expect_eq(verify(root, PKI_ISSUE(root, .subject = "CN=g", .san = "DNS:gw.example.com",
                                            .eku = good[i])),
                     HF_OK, "%s", good[i]);
}

Test(certificate, refuses_the_certificate_of_a_user)
{
    const struct pki_cert *root = pki_root("CN=Root");
    static const char *const bad[] = { "clientAuth", "anyExtendedKeyUsage", "emailProtection",
                                       NULL };

    for (size_t i = 0; i < HF_ARRAY_LEN(bad); i++)
        cr_expect_eq(verify(root, PKI_ISSUE(root, .subject = "CN=g", .san = "DNS:gw.example.com",
                                            .eku = bad[i])),
                     HF_ERR_CERT_PURPOSE, "%zu", i);
    cr_expect(says(fault.received, "none"), "%s", fault.received);
    cr_expect(says(fault.offered, "serverAuth"), "%s", fault.offered);
}

Test(certificate, the_purpose_can_be_waived_by_name)
{
    const struct pki_cert *root = pki_root("CN=Root");
    struct hf_certificate_policy policy = { .identity = fqdn("gw.example.com"),
                                            .allow_any_purpose = true,
                                            .now = PKI_NOW };

    cr_expect_eq(
        verify_with(root, PKI_ISSUE(root, .subject = "CN=g", .san = "DNS:gw.example.com"), policy),
        HF_OK);
    /* But not that it is allowed to sign, and is no authority. */
    cr_expect_eq(verify_with(root,
                             PKI_ISSUE(root, .subject = "CN=g", .san = "DNS:gw.example.com",
                                       .key_usage = "keyAgreement"),
                             policy),
                 HF_ERR_CERT_PURPOSE);
    cr_expect_eq(
        verify_with(root,
                    PKI_ISSUE(root, .subject = "CN=g", .san = "DNS:gw.example.com", .ca = true),
                    policy),
        HF_ERR_CERT_PURPOSE);
}

Test(certificate, refuses_a_key_that_may_not_sign)
{
    const struct pki_cert *root = pki_root("CN=Root");

    cr_expect_eq(verify(root, GATEWAY(root, .key_usage = "critical,keyEncipherment")),
                 HF_ERR_CERT_PURPOSE);
    cr_expect_eq(verify(root, GATEWAY(root, )), HF_OK); /* without the extension */
}

Test(certificate, refuses_an_authority_as_the_gateway)
{
    const struct pki_cert *root = pki_root("CN=Root");

    cr_expect_eq(verify(root, GATEWAY(root, .ca = true,
                                      .key_usage = "critical,keyCertSign,digitalSignature")),
                 HF_ERR_CERT_PURPOSE);
    cr_expect(says(fault.received, "CA"), "%s", fault.received);
}

Test(certificate, an_authority_for_clients_issues_no_servers)
{
    const struct pki_cert *root = pki_root("CN=Root");
    const struct pki_cert *clients =
        PKI_ISSUE(root, .subject = "CN=Users", .ca = true, .eku = "clientAuth");
    const struct pki_cert *any =
        PKI_ISSUE(root, .subject = "CN=Any", .ca = true, .eku = "anyExtendedKeyUsage");

    cr_expect_eq(verify(root, pki_gateway(clients)), HF_ERR_CERT_PURPOSE);
    cr_expect_eq(verify(root, pki_gateway(any)), HF_OK);
}

/* --- name constraints (RFC 5280, section 4.2.1.10) --- */

static hf_status verify_under(const char *constraints, const char *san)
{
    const struct pki_cert *root = pki_root("CN=Root");
    const struct pki_cert *middle =
        PKI_ISSUE(root, .subject = "CN=Middle", .ca = true, .name_constraints = constraints);

    return verify(root, PKI_ISSUE(middle, .subject = "CN=g", .eku = "serverAuth", .san = san));
}

Test(certificate, refuses_a_name_outside_the_constraints_of_its_authority)
{
    cr_expect_eq(verify_under("critical,permitted;DNS:example.com", "DNS:gw.example.com"), HF_OK);
    cr_expect_eq(verify_under("critical,permitted;DNS:example.org", "DNS:gw.example.com"),
                 HF_ERR_CERT_UNTRUSTED);
    cr_expect_eq(verify_under("critical,excluded;DNS:example.com", "DNS:gw.example.com"),
                 HF_ERR_CERT_UNTRUSTED);
}

Test(certificate, constraints_count_whatever_the_case) /* CVE-2026-35331 */
{
    cr_expect_eq(verify_under("critical,excluded;DNS:EXAMPLE.com", "DNS:gw.example.com"),
                 HF_ERR_CERT_UNTRUSTED);
    cr_expect_eq(verify_under("critical,excluded;DNS:example.com", "DNS:GW.EXAMPLE.COM"),
                 HF_ERR_CERT_UNTRUSTED);
}

Test(certificate, constraints_count_for_a_common_name_that_is_matched)
{
    const struct pki_cert *root = pki_root("CN=Root");
    const struct pki_cert *middle =
        PKI_ISSUE(root, .subject = "CN=Middle", .ca = true,
                  .name_constraints = "critical,excluded;DNS:example.com");
    struct hf_certificate_policy policy = { .identity = fqdn("gw.example.com"),
                                            .allow_common_name = true,
                                            .now = PKI_NOW };

    cr_expect_eq(verify_with(root,
                             PKI_ISSUE(middle, .subject = "CN=gw.example.com", .eku = "serverAuth"),
                             policy),
                 HF_ERR_CERT_UNTRUSTED);
}

/* --- trust anchors --- */

Test(trust, takes_a_bundle_with_other_things_in_it)
{
    const struct pki_cert *a = pki_root("CN=A"), *b = pki_root("CN=B");
    hf_buf bundle = hf_buf_with_max(65536);
    struct hf_trust *trust;
    size_t added = 99;

    cr_assert(hf_buf_append(&bundle, hf_bytes_of_string("Bag Attributes\n")) &&
              hf_buf_append(&bundle, pki_pem(a)) && hf_buf_append(&bundle, pki_key_pem(b)) &&
              hf_buf_append(&bundle, hf_bytes_of_string("-----BEGIN CERTIFICATE-----\nAAAA\n"
                                                        "-----END CERTIFICATE-----\n")) &&
              hf_buf_append(&bundle, pki_pem(b)) && hf_buf_append(&bundle, pki_pem(a)));
    cr_assert_eq(hf_trust_new(&trust), HF_OK);
    cr_expect_eq(hf_trust_add(trust, hf_buf_bytes(&bundle), &added), HF_OK);
    cr_expect_eq(added, 2);
    cr_expect_eq(hf_trust_count(trust), 2);
    hf_trust_free(trust);
    hf_buf_free(&bundle);
}

Test(trust, refuses_what_holds_no_certificate)
{
    static const char *const bad[] = { "",
                                       "x",
                                       "-----BEGIN CERTIFICATE-----\n",
                                       ("-----BEGIN CERTIFICATE-----\nAAAA\n"
                                        "-----END CERTIFICATE-----\n"),
                                       "-----BEGIN",
                                       "0" };
    struct hf_trust *trust;
    size_t added = 99;

    cr_assert_eq(hf_trust_new(&trust), HF_OK);
    for (size_t i = 0; i < HF_ARRAY_LEN(bad); i++)
        cr_expect_eq(hf_trust_add(trust, hf_bytes_of_string(bad[i]), &added),
                     HF_ERR_CREDENTIAL_INVALID, "%zu", i);
    cr_expect_eq(hf_trust_add(trust, pki_key_pem(pki_root("CN=A")), &added),
                 HF_ERR_CREDENTIAL_INVALID);
    cr_expect_eq(added, 99);
    hf_trust_free(trust);
}

Test(trust, key_hashes_are_those_of_the_public_key_info) /* RFC 7296, section 3.7 */
{
    const struct pki_cert *root = pki_root("CN=A");
    struct hf_trust *trust = trust_in(root);
    hf_buf hashes = hf_buf_with_max(20);
    uint8_t *encoded = NULL, digest[20];
    int len = i2d_PUBKEY(root->key, &encoded);

    cr_assert_eq(hf_trust_add(trust, pki_pem(pki_root("CN=B")), NULL), HF_OK);
    cr_assert_eq(EVP_Digest(encoded, (size_t)len, digest, NULL, EVP_sha1(), NULL), 1);
    cr_expect_eq(hf_trust_key_hashes(trust, &hashes), HF_OK);
    cr_expect_eq(hashes.len, 20); /* no room for the second */
    cr_expect_arr_eq(hashes.data, digest, 20);
    OPENSSL_free(encoded);
    hf_buf_free(&hashes);
    hf_trust_free(trust);
}
