/* Identities: see identity.h. */
#include "base/identity.h"

#include <string.h>

hf_bytes hf_identity_bytes(const hf_identity *identity)
{
    return (hf_bytes){ identity->data, identity->len };
}

static bool has_valid_length(enum hf_identity_type type, size_t len)
{
    switch (type) {
    case HF_ID_IPV4_ADDR:
        return len == 4;
    case HF_ID_IPV6_ADDR:
        return len == 16;
    case HF_ID_FQDN:
    case HF_ID_RFC822_ADDR:
    case HF_ID_DER_ASN1_DN:
    case HF_ID_KEY_ID:
        return len > 0 && len <= HF_IDENTITY_MAX;
    case HF_ID_NONE:
        break;
    }
    return false;
}

bool hf_identity_make(enum hf_identity_type type, hf_bytes value, hf_identity *out)
{
    if (!has_valid_length(type, value.len))
        return false;
    memset(out, 0, sizeof *out);
    out->type = type;
    out->len = value.len;
    hf_copy(out->data, value.data, value.len);
    return true;
}

bool hf_identity_parse(hf_bytes text, hf_identity *out)
{
    hf_address address;

    if (hf_address_parse(text, &address))
        return hf_identity_make(address.family == HF_FAMILY_V4 ? HF_ID_IPV4_ADDR : HF_ID_IPV6_ADDR,
                                hf_address_bytes(&address), out);
    if (text.len != 0 && memchr(text.data, '@', text.len) != NULL)
        return hf_identity_make(HF_ID_RFC822_ADDR, text, out);
    return hf_identity_make(HF_ID_FQDN, text, out);
}

/* The part before '@' keeps its case (RFC 5321, section 2.4), the domain does not count it. */
static bool equal_mailbox(hf_bytes a, hf_bytes b)
{
    const uint8_t *at = a.len == 0 ? NULL : memchr(a.data, '@', a.len);
    size_t local = at == NULL ? a.len : (size_t)(at - a.data);

    return a.len == b.len &&
           hf_bytes_equal(hf_bytes_slice(a, 0, local), hf_bytes_slice(b, 0, local)) &&
           hf_bytes_equal_nocase(a, b);
}

bool hf_identity_equal(const hf_identity *a, const hf_identity *b)
{
    if (a->type != b->type)
        return false;
    if (a->type == HF_ID_FQDN)
        return hf_bytes_equal_nocase(hf_identity_bytes(a), hf_identity_bytes(b));
    if (a->type == HF_ID_RFC822_ADDR)
        return equal_mailbox(hf_identity_bytes(a), hf_identity_bytes(b));
    return hf_bytes_equal(hf_identity_bytes(a), hf_identity_bytes(b));
}
