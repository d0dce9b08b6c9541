/* What a certificate says, for identities and for people: see certificate.h. */
#include "crypto/certificate.h"
#include "crypto/certificate_list.h"
#include "crypto/identity_match.h"
#include "crypto/name.h"

#include <string.h>

hf_status hf_certificate_subject(hf_bytes certificate, hf_identity *out)
{
    X509 *decoded = NULL;
    hf_status status = hf_certificate_list_decode_one(certificate, &decoded);

    if (status != HF_OK)
        return status;
    status = hf_name_to_identity(X509_get_subject_name(decoded), out);
    X509_free(decoded);
    return status;
}

hf_status hf_certificate_default_identity(hf_bytes certificate, hf_identity *out)
{
    X509 *decoded = NULL;
    hf_status status = hf_certificate_list_decode_one(certificate, &decoded);

    if (status != HF_OK)
        return status;
    if (!hf_identity_match_first(decoded, out))
        status = hf_name_to_identity(X509_get_subject_name(decoded), out);
    X509_free(decoded);
    return status;
}

static bool wall_clock_of(const ASN1_TIME *time, hf_wall_clock *out)
{
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days, seconds;
    bool done = epoch != NULL && ASN1_TIME_diff(&days, &seconds, epoch, time) == 1;

    if (done)
        *out = (hf_wall_clock)days * 86400 + seconds;
    ASN1_TIME_free(epoch);
    return done;
}

static void add_name(char text[HF_FAULT_TEXT_MAX], const X509_NAME *name)
{
    hf_writer w = hf_text_of(text, HF_FAULT_TEXT_MAX);

    hf_name_add_text(&w, name);
    hf_text_finish(&w);
}

static hf_status describe(X509 *certificate, struct hf_certificate_info *out)
{
    hf_writer names = hf_text_of(out->names, sizeof out->names);

    if (!wall_clock_of(X509_get0_notBefore(certificate), &out->not_before) ||
        !wall_clock_of(X509_get0_notAfter(certificate), &out->not_after))
        return HF_ERR_MALFORMED;
    add_name(out->subject, X509_get_subject_name(certificate));
    add_name(out->issuer, X509_get_issuer_name(certificate));
    hf_identity_match_add_names(&names, certificate);
    hf_text_finish(&names);
    out->is_ca = (X509_get_extension_flags(certificate) & EXFLAG_CA) != 0;
    return HF_OK;
}

hf_status hf_certificate_describe(hf_bytes certificate, struct hf_certificate_info *out)
{
    struct hf_certificate_info info;
    X509 *decoded = NULL;
    hf_status status = hf_certificate_list_decode_one(certificate, &decoded);

    if (status != HF_OK)
        return status;
    memset(&info, 0, sizeof info);
    status = describe(decoded, &info);
    X509_free(decoded);
    if (status == HF_OK)
        *out = info;
    return status;
}

static void add_hex(hf_writer *text, hf_bytes bytes)
{
    static const char digits[] = "0123456789abcdef";

    hf_text_add(text, "0x");
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t pair[2] = { (uint8_t)digits[bytes.data[i] >> 4],
                            (uint8_t)digits[bytes.data[i] & 15] };

        hf_text_add_bytes(text, HF_BYTES_OF(pair));
    }
}

static void add_dn(hf_writer *text, hf_bytes der)
{
    const uint8_t *at = der.data;
    X509_NAME *name = d2i_X509_NAME(NULL, &at, (long)der.len);

    if (name != NULL)
        hf_name_add_text(text, name);
    else
        add_hex(text, der);
    X509_NAME_free(name);
}

static void add_address(hf_writer *text, hf_bytes octets)
{
    char formatted[HF_ADDRESS_TEXT_MAX];
    hf_address address;

    if (hf_address_of_octets(octets, &address))
        hf_text_add(text, hf_address_format(&address, formatted));
}

static bool is_printable(hf_bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.data[i] < 0x20 || bytes.data[i] >= 0x7f)
            return false;
    }
    return true;
}

void hf_identity_format(const hf_identity *identity, char text[HF_FAULT_TEXT_MAX])
{
    hf_writer w = hf_text_of(text, HF_FAULT_TEXT_MAX);
    hf_bytes value = hf_identity_bytes(identity);

    switch (identity->type) {
    case HF_ID_NONE:
        hf_text_add(&w, "(none)");
        break;
    case HF_ID_IPV4_ADDR:
    case HF_ID_IPV6_ADDR:
        add_address(&w, value);
        break;
    case HF_ID_FQDN:
    case HF_ID_RFC822_ADDR:
        hf_text_add_bytes(&w, value);
        break;
    case HF_ID_DER_ASN1_DN:
        add_dn(&w, value);
        break;
    case HF_ID_KEY_ID:
        if (is_printable(value))
            hf_text_add_bytes(&w, value);
        else
            add_hex(&w, value);
        break;
    }
    hf_text_finish(&w);
}
