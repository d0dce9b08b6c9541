/* Chain, purpose, identity, key: the four questions in this order, so that what is said about an
 * untrusted certificate is that it is untrusted. RFC 5280, section 6; RFC 4945, section 5. See
 * certificate.h. */
#include "crypto/certificate_verify.h"

#include "crypto/certificate_list.h"
#include "crypto/identity_match.h"
#include "crypto/key.h"
#include "crypto/name.h"
#include "crypto/trust.h"

#include <openssl/objects.h>
#include <openssl/x509_vfy.h>

/* 112 bits: RSA of 2048 bits, no SHA-1. */
#define SECURITY_LEVEL 2

static hf_status status_of(int error)
{
    static const struct {
        int error;
        hf_status status;
    } statuses[] = {
        {X509_V_ERR_CERT_HAS_EXPIRED,                HF_ERR_CERT_EXPIRED      },
        { X509_V_ERR_CERT_NOT_YET_VALID,             HF_ERR_CERT_NOT_YET_VALID},
        { X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD, HF_ERR_MALFORMED         },
        { X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD,  HF_ERR_MALFORMED         },
        { X509_V_ERR_EE_KEY_TOO_SMALL,               HF_ERR_CERT_WEAK         },
        { X509_V_ERR_CA_KEY_TOO_SMALL,               HF_ERR_CERT_WEAK         },
        { X509_V_ERR_CA_MD_TOO_WEAK,                 HF_ERR_CERT_WEAK         },
        { X509_V_ERR_EC_KEY_EXPLICIT_PARAMS,         HF_ERR_CERT_WEAK         },
        { X509_V_ERR_OUT_OF_MEM,                     HF_ERR_NO_MEMORY         },
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(statuses); i++) {
        if (statuses[i].error == error)
            return statuses[i].status;
    }
    return HF_ERR_CERT_UNTRUSTED;
}

/* --- what the fault says --- */

static void add_anchors(hf_writer *text, const struct hf_trust *trust)
{
    hf_text_add(text, hf_trust_count(trust) == 0 ? "no trusted authority" : "issued under ");
    for (int i = 0; i < sk_X509_num(trust->anchors); i++) {
        if (i != 0)
            hf_text_add(text, " or ");
        hf_name_add_text(text, X509_get_subject_name(sk_X509_value(trust->anchors, i)));
    }
}

static void add_moment(hf_writer *text, hf_wall_clock now)
{
    ASN1_TIME *time = now == 0 ? NULL : ASN1_TIME_set(NULL, (time_t)now);

    hf_text_add(text, "valid ");
    if (time == NULL)
        hf_text_add(text, "now");
    else
        hf_text_add_time(text, time);
    ASN1_TIME_free(time);
}

static void describe_expected(hf_status status, const struct hf_trust *trust, hf_wall_clock now,
                              char text[HF_FAULT_TEXT_MAX])
{
    hf_writer w = hf_text_of(text, HF_FAULT_TEXT_MAX);

    if (status == HF_ERR_CERT_EXPIRED || status == HF_ERR_CERT_NOT_YET_VALID)
        add_moment(&w, now);
    else if (status == HF_ERR_CERT_WEAK)
        hf_text_add(&w, "RSA of 2048 to 8192 bits, P-256, P-384, P-521 or Ed25519, and SHA-2");
    else
        add_anchors(&w, trust);
    hf_text_finish(&w);
}

static void add_key(hf_writer *text, X509 *certificate)
{
    char key[HF_FAULT_TEXT_MAX];

    hf_key_describe(X509_get0_pubkey(certificate), key, sizeof key);
    hf_text_add(text, key);
}

static void add_reason(hf_writer *text, int error, X509 *certificate)
{
    switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        hf_text_add(text, "valid until ");
        hf_text_add_time(text, X509_get0_notAfter(certificate));
        break;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        hf_text_add(text, "valid from ");
        hf_text_add_time(text, X509_get0_notBefore(certificate));
        break;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
        add_key(text, certificate);
        break;
    case X509_V_ERR_CA_MD_TOO_WEAK:
        hf_text_add(text, OBJ_nid2ln(X509_get_signature_nid(certificate)));
        break;
    default:
        hf_text_add(text, X509_verify_cert_error_string(error));
        hf_text_add(text, " (issuer ");
        hf_name_add_text(text, X509_get_issuer_name(certificate));
        hf_text_add(text, ")");
        break;
    }
}

static hf_status describe_chain_error(X509_STORE_CTX *context, const struct hf_trust *trust,
                                      hf_wall_clock now, struct hf_fault *fault)
{
    int error = X509_STORE_CTX_get_error(context);
    X509 *certificate = X509_STORE_CTX_get_current_cert(context);
    hf_status status = status_of(error);
    hf_writer w = hf_text_of(fault->received, sizeof fault->received);

    if (certificate == NULL)
        certificate = X509_STORE_CTX_get0_cert(context);
    describe_expected(status, trust, now, fault->offered);
    hf_name_add_text(&w, X509_get_subject_name(certificate));
    hf_text_add(&w, ": ");
    add_reason(&w, error, certificate);
    hf_text_finish(&w);
    return status;
}

static hf_status describe_weak_key(X509 *leaf, struct hf_fault *fault)
{
    hf_writer w = hf_text_of(fault->received, sizeof fault->received);

    describe_expected(HF_ERR_CERT_WEAK, NULL, 0, fault->offered);
    add_key(&w, leaf);
    hf_text_finish(&w);
    return HF_ERR_CERT_WEAK;
}

static hf_status describe_identity(X509 *leaf, const hf_identity *expected, struct hf_fault *fault)
{
    hf_writer w = hf_text_of(fault->received, sizeof fault->received);

    hf_identity_format(expected, fault->offered);
    hf_identity_match_add_names(&w, leaf);
    hf_text_add(&w, w.len == 0 ? "no alternative name, subject " : "; subject ");
    hf_name_add_text(&w, X509_get_subject_name(leaf));
    hf_text_finish(&w);
    return HF_ERR_PEER_IDENTITY;
}

/* --- the questions --- */

static void set_parameters(X509_VERIFY_PARAM *parameters, hf_wall_clock now)
{
    /* No X509_V_FLAG_PARTIAL_CHAIN: a chain ends at a self-signed anchor. */
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT);
    X509_VERIFY_PARAM_set_auth_level(parameters, SECURITY_LEVEL);
    X509_VERIFY_PARAM_set_depth(parameters, HF_CHAIN_MAX - 2); /* leaf and anchor do not count */
    if (now != 0)
        X509_VERIFY_PARAM_set_time(parameters, (time_t)now);
}

/* Chain and purpose; the purpose is asked of the chain that was built, CAs included. */
static hf_status check_chain(X509_STORE_CTX *context, const struct hf_trust *trust,
                             const struct hf_certificate_policy *policy, struct hf_fault *fault)
{
    set_parameters(X509_STORE_CTX_get0_param(context), policy->now);
    X509_STORE_CTX_set0_trusted_stack(context, trust->anchors);
    if (X509_verify_cert(context) != 1)
        return describe_chain_error(context, trust, policy->now, fault);
    return hf_certificate_purpose_check(X509_STORE_CTX_get0_chain(context),
                                        policy->allow_any_purpose, fault);
}

static hf_status check(const struct hf_trust *trust, X509 *leaf, STACK_OF(X509) * others,
                       const struct hf_certificate_policy *policy, bool any_identity,
                       struct hf_fault *fault)
{
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    hf_status status = HF_ERR_NO_MEMORY;

    if (context != NULL && X509_STORE_CTX_init(context, NULL, leaf, others) == 1)
        status = check_chain(context, trust, policy, fault);
    X509_STORE_CTX_free(context);
    if (status == HF_OK && !any_identity &&
        !hf_identity_match(leaf, &policy->identity, policy->allow_common_name))
        status = describe_identity(leaf, &policy->identity, fault);
    return status;
}

hf_status hf_certificate_verify_decoded(const struct hf_trust *trust, X509 *leaf,
                                        STACK_OF(X509) * others,
                                        const struct hf_certificate_policy *policy,
                                        bool any_identity, struct hf_public_key **out_key,
                                        struct hf_fault *out_fault)
{
    struct hf_fault fault = hf_fault_make(HF_OK, HF_STAGE_AUTHENTICATION);

    if (others != NULL && sk_X509_num(others) > HF_CHAIN_MAX)
        fault.status = HF_ERR_TOO_LARGE;
    else
        fault.status = check(trust, leaf, others, policy, any_identity, &fault);
    if (fault.status == HF_OK) {
        fault.status = hf_key_wrap_public(X509_get0_pubkey(leaf), out_key);
        if (fault.status == HF_ERR_CERT_WEAK)
            fault.status = describe_weak_key(leaf, &fault);
    }
    if (fault.status != HF_OK)
        *out_fault = fault;
    return fault.status;
}

static hf_status decode_chain(const hf_bytes *chain, size_t count, STACK_OF(X509) * out)
{
    hf_status status = HF_OK;

    for (size_t i = 0; status == HF_OK && i < count; i++) {
        X509 *certificate = NULL;

        status = hf_certificate_list_decode_one(chain[i], &certificate);
        if (status == HF_OK && !hf_certificate_list_add(out, certificate))
            status = HF_ERR_NO_MEMORY;
        X509_free(certificate);
    }
    return status;
}

hf_status hf_certificate_verify(const struct hf_trust *trust, const hf_bytes *chain, size_t count,
                                const struct hf_certificate_policy *policy,
                                struct hf_public_key **out_key, struct hf_fault *out_fault)
{
    STACK_OF(X509) *decoded = sk_X509_new_null();
    hf_status status = HF_ERR_NO_MEMORY;

    if (decoded != NULL && count > HF_CHAIN_MAX)
        status = HF_ERR_TOO_LARGE;
    else if (decoded != NULL)
        status = count == 0 ? HF_ERR_MALFORMED : decode_chain(chain, count, decoded);
    if (status == HF_OK)
        status = hf_certificate_verify_decoded(trust, sk_X509_value(decoded, 0), decoded, policy,
                                               false, out_key, out_fault);
    else
        *out_fault = hf_fault_make(status, HF_STAGE_AUTHENTICATION);
    hf_certificate_list_free(decoded);
    return status;
}
