/* Is this a server's certificate? Any user of the same CA holds a certificate as well, and must not
 * be able to pose as the gateway with it. RFC 4945, section 5.1.3; RFC 5280, section 4.2.1.12. */
#include "crypto/certificate_verify.h"

#include "crypto/text.h"

#include <openssl/objects.h>
#include <openssl/x509v3.h>

#define OID_TEXT_MAX 80

/* Contents octets of the object identifiers. */
static const uint8_t server_auth[] = { 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01 };
static const uint8_t ipsec_ike[] = { 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x11 };
static const uint8_t ike_intermediate[] = { 0x2b, 0x06, 0x01, 0x05, 0x05, 0x08, 0x02, 0x02 };
static const uint8_t any_usage[] = { 0x55, 0x1d, 0x25, 0x00 };

static bool is_server_usage(hf_bytes oid)
{
    return hf_bytes_equal(oid, HF_BYTES_OF(server_auth)) ||
           hf_bytes_equal(oid, HF_BYTES_OF(ipsec_ike)) ||
           hf_bytes_equal(oid, HF_BYTES_OF(ike_intermediate));
}

static hf_bytes oid_of(const ASN1_OBJECT *object)
{
    return (hf_bytes){ OBJ_get0_data(object), OBJ_length(object) };
}

/* anyExtendedKeyUsage does for a CA, which it does not narrow, but makes nobody a server. */
static bool has_server_usage(const EXTENDED_KEY_USAGE *usages, bool is_ca)
{
    for (int i = 0; i < sk_ASN1_OBJECT_num(usages); i++) {
        hf_bytes oid = oid_of(sk_ASN1_OBJECT_value(usages, i));

        if (is_server_usage(oid) || (is_ca && hf_bytes_equal(oid, HF_BYTES_OF(any_usage))))
            return true;
    }
    return false;
}

static void add_usage(hf_writer *text, const ASN1_OBJECT *usage)
{
    char dotted[OID_TEXT_MAX];
    int nid = OBJ_obj2nid(usage);

    if (nid != NID_undef)
        hf_text_add(text, OBJ_nid2sn(nid));
    else if (OBJ_obj2txt(dotted, sizeof dotted, usage, 1) > 0)
        hf_text_add(text, dotted);
}

static void describe_usages(const EXTENDED_KEY_USAGE *usages, bool is_ca, struct hf_fault *fault)
{
    hf_writer w = hf_text_of(fault->received, sizeof fault->received);

    hf_text_add(&w, is_ca ? "extended key usage of its CA: " : "extended key usage: ");
    if (sk_ASN1_OBJECT_num(usages) <= 0)
        hf_text_add(&w, "none");
    for (int i = 0; i < sk_ASN1_OBJECT_num(usages); i++) {
        if (i != 0)
            hf_text_add(&w, ", ");
        add_usage(&w, sk_ASN1_OBJECT_value(usages, i));
    }
    hf_text_finish(&w);
    hf_fault_set_text(fault->offered,
                      hf_bytes_of_string("extended key usage serverAuth, ipsecIKE or "
                                         "ikeIntermediate"));
}

/* A leaf must have the extension; a CA is only narrowed by one. */
static hf_status check_usages(X509 *certificate, bool is_ca, struct hf_fault *fault)
{
    int found; /* -1: no such extension */
    EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(certificate, NID_ext_key_usage, &found, NULL);
    bool good = usages == NULL ? is_ca && found == -1 : has_server_usage(usages, is_ca);

    if (!good)
        describe_usages(usages, is_ca, fault);
    EXTENDED_KEY_USAGE_free(usages);
    return good ? HF_OK : HF_ERR_CERT_PURPOSE;
}

static hf_status refuse(struct hf_fault *fault, const char *expected, const char *received)
{
    hf_fault_set_text(fault->offered, hf_bytes_of_string(expected));
    hf_fault_set_text(fault->received, hf_bytes_of_string(received));
    return HF_ERR_CERT_PURPOSE;
}

hf_status hf_certificate_purpose_check(STACK_OF(X509) * chain, bool allow_any_purpose,
                                       struct hf_fault *out_fault)
{
    X509 *leaf = sk_X509_value(chain, 0);
    hf_status status = HF_OK;

    if (X509_check_ca(leaf) != 0)
        return refuse(out_fault, "a server certificate", "a CA certificate");
    /* All bits are set where there is no such extension. */
    if ((X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) == 0)
        return refuse(out_fault, "key usage digitalSignature", "key usage without it");
    for (int i = 0; status == HF_OK && !allow_any_purpose && i < sk_X509_num(chain); i++)
        status = check_usages(sk_X509_value(chain, i), i != 0, out_fault);
    return status;
}
