/* Matching an identity against a certificate: see identity_match.h. An identity that is not a
 * plain, complete name of its type (a NUL or another odd octet in it, a trailing dot, a wildcard,
 * an address written as a host name) matches nothing; and so does such a name in a certificate, for
 * it equals no plain one. */
#include "crypto/identity_match.h"

#include "base/reader.h"
#include "crypto/certificate.h"
#include "crypto/certificate_list.h"
#include "crypto/name.h"

#include <string.h>

static bool is_name_character(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

/* Labels of letters, digits, '-' and '_' (internationalised names are A-labels here), one dot
 * between, none at the end. */
static bool is_host_name(hf_bytes name)
{
    hf_address address;
    bool in_label = false;

    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == '.' ? !in_label : !is_name_character(name.data[i]))
            return false;
        in_label = name.data[i] != '.';
    }
    return in_label && !hf_address_parse(name, &address);
}

static bool is_mailbox(hf_bytes mailbox)
{
    const uint8_t *at = mailbox.len == 0 ? NULL : memchr(mailbox.data, '@', mailbox.len);
    hf_reader r = hf_reader_of(mailbox);
    hf_bytes local;

    if (at == NULL || !hf_read_bytes(&r, (size_t)(at - mailbox.data), &local) || local.len == 0 ||
        !hf_read_skip(&r, 1) || !is_host_name(hf_read_rest(&r)))
        return false;
    for (size_t i = 0; i < local.len; i++) {
        if (local.data[i] <= 0x20 || local.data[i] >= 0x7f)
            return false;
    }
    return true;
}

static bool is_matchable(const hf_identity *identity)
{
    hf_bytes value = hf_identity_bytes(identity);

    switch (identity->type) {
    case HF_ID_FQDN:
        return is_host_name(value);
    case HF_ID_RFC822_ADDR:
        return is_mailbox(value);
    case HF_ID_IPV4_ADDR:
        return value.len == 4;
    case HF_ID_IPV6_ADDR:
        return value.len == 16;
    case HF_ID_DER_ASN1_DN:
        return value.len != 0;
    case HF_ID_NONE:
    case HF_ID_KEY_ID:
        break;
    }
    return false;
}

static hf_bytes string_bytes(const ASN1_STRING *string)
{
    int len = ASN1_STRING_length(string);

    return (hf_bytes){ ASN1_STRING_get0_data(string), len > 0 ? (size_t)len : 0 };
}

/* RFC 4945, section 3.1: which SAN stands for which type of identity. */
static bool identity_of(const GENERAL_NAME *name, hf_identity *out)
{
    int type;
    const ASN1_STRING *string = GENERAL_NAME_get0_value(name, &type);
    hf_bytes value;

    if (type != GEN_DNS && type != GEN_EMAIL && type != GEN_IPADD)
        return false;
    value = string_bytes(string);
    if (type == GEN_DNS)
        return hf_identity_make(HF_ID_FQDN, value, out);
    if (type == GEN_EMAIL)
        return hf_identity_make(HF_ID_RFC822_ADDR, value, out);
    return hf_identity_make(value.len == 4 ? HF_ID_IPV4_ADDR : HF_ID_IPV6_ADDR, value, out);
}

static bool matches_some(const GENERAL_NAMES *names, const hf_identity *identity)
{
    hf_identity other;

    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        if (identity_of(sk_GENERAL_NAME_value(names, i), &other) &&
            hf_identity_equal(&other, identity))
            return true;
    }
    return false;
}

static bool has_dns_name(const GENERAL_NAMES *names)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        if (sk_GENERAL_NAME_value(names, i)->type == GEN_DNS)
            return true;
    }
    return false;
}

/* The one common name; with several, which of them the issuer vouched for is anyone's guess. */
static bool matches_common_name(X509 *certificate, const hf_identity *identity)
{
    const X509_NAME *subject = X509_get_subject_name(certificate);
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    hf_identity other;
    uint8_t *utf8 = NULL;
    bool matches = false;
    int len;

    if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0)
        return false;
    len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    if (len > 0 && hf_identity_make(HF_ID_FQDN, (hf_bytes){ utf8, (size_t)len }, &other))
        matches = hf_identity_equal(&other, identity);
    OPENSSL_free(utf8);
    return matches;
}

static bool matches_subject(X509 *certificate, const hf_identity *identity)
{
    hf_identity subject;

    return hf_name_to_identity(X509_get_subject_name(certificate), &subject) == HF_OK &&
           hf_identity_equal(&subject, identity);
}

static bool matches_alternative(X509 *certificate, const hf_identity *identity,
                                bool allow_common_name)
{
    int found; /* -1: there is no such extension; otherwise, without names: it cannot be read */
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, &found, NULL);
    bool matches = names != NULL && matches_some(names, identity);

    if (!matches && allow_common_name && identity->type == HF_ID_FQDN &&
        (names == NULL ? found == -1 : !has_dns_name(names)))
        matches = matches_common_name(certificate, identity);
    GENERAL_NAMES_free(names);
    return matches;
}

bool hf_identity_match(X509 *certificate, const hf_identity *identity, bool allow_common_name)
{
    if (!is_matchable(identity))
        return false;
    if (identity->type == HF_ID_DER_ASN1_DN)
        return matches_subject(certificate, identity);
    return matches_alternative(certificate, identity, allow_common_name);
}

bool hf_identity_match_first(X509 *certificate, hf_identity *out)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    hf_identity identity;
    bool found = false;

    for (int i = 0; !found && i < sk_GENERAL_NAME_num(names); i++)
        found = identity_of(sk_GENERAL_NAME_value(names, i), &identity) &&
                (identity.type == HF_ID_RFC822_ADDR || identity.type == HF_ID_FQDN) &&
                is_matchable(&identity);
    GENERAL_NAMES_free(names);
    if (found)
        *out = identity;
    return found;
}

static void add_name(hf_writer *text, const GENERAL_NAME *name)
{
    char formatted[HF_FAULT_TEXT_MAX];
    hf_identity identity;
    int type;

    if (identity_of(name, &identity)) {
        hf_identity_format(&identity, formatted);
        hf_text_add(text, formatted);
        return;
    }
    GENERAL_NAME_get0_value(name, &type);
    hf_text_add(text, type == GEN_URI       ? "(a URI)"
                      : type == GEN_DIRNAME ? "(a directory name)"
                                            : "(another name)");
}

void hf_identity_match_add_names(hf_writer *text, X509 *certificate)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);

    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        if (i != 0)
            hf_text_add(text, ", ");
        add_name(text, sk_GENERAL_NAME_value(names, i));
    }
    GENERAL_NAMES_free(names);
}

bool hf_certificate_has_identity(hf_bytes certificate, const hf_identity *identity,
                                 bool allow_common_name)
{
    X509 *decoded = NULL;
    bool has;

    if (hf_certificate_list_decode_one(certificate, &decoded) != HF_OK)
        return false;
    has = hf_identity_match(decoded, identity, allow_common_name);
    X509_free(decoded);
    return has;
}
