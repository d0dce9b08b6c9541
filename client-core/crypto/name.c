/* Distinguished names between DER and text. The text is the usual one of configuration files: the
 * order of the certificate, "," between attributes, "+" inside a set, "\" or quotes before what
 * would be taken for syntax. See certificate.h. */
#include "crypto/name.h"

#include "base/reader.h"
#include "crypto/certificate.h"

#include <openssl/objects.h>
#include <string.h>

#define KEYWORD_MAX 64
#define VALUE_MAX   256

static bool is_syntax(uint8_t c)
{
    return c != '\0' && strchr(",+\\\"=", c) != NULL;
}

static void add_value(hf_writer *text, const ASN1_STRING *value)
{
    uint8_t *utf8 = NULL;
    int len = ASN1_STRING_to_UTF8(&utf8, value);

    for (int i = 0; i < len; i++) {
        if (is_syntax(utf8[i]))
            hf_text_add(text, "\\");
        hf_text_add_bytes(text, (hf_bytes){ &utf8[i], 1 });
    }
    OPENSSL_free(utf8);
}

static void add_keyword(hf_writer *text, const ASN1_OBJECT *type)
{
    char keyword[KEYWORD_MAX];
    int nid = OBJ_obj2nid(type);

    if (nid != NID_undef)
        hf_text_add(text, OBJ_nid2sn(nid));
    else if (OBJ_obj2txt(keyword, sizeof keyword, type, 1) > 0)
        hf_text_add(text, keyword);
    hf_text_add(text, "=");
}

void hf_name_add_text(hf_writer *text, const X509_NAME *name)
{
    int count = X509_NAME_entry_count(name);
    int set = -1;

    for (int i = 0; i < count; i++) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);

        if (i != 0)
            hf_text_add(text, X509_NAME_ENTRY_set(entry) == set ? " + " : ", ");
        set = X509_NAME_ENTRY_set(entry);
        add_keyword(text, X509_NAME_ENTRY_get_object(entry));
        add_value(text, X509_NAME_ENTRY_get_data(entry));
    }
}

hf_status hf_name_to_identity(const X509_NAME *name, hf_identity *out)
{
    uint8_t *der = NULL;
    int len = i2d_X509_NAME(name, &der);
    hf_status status = HF_ERR_NO_MEMORY;

    if (len > 0)
        status = hf_identity_make(HF_ID_DER_ASN1_DN, (hf_bytes){ der, (size_t)len }, out)
                     ? HF_OK
                     : HF_ERR_TOO_LARGE;
    OPENSSL_free(der);
    return status;
}

/* --- text to name --- */

struct attribute {
    char keyword[KEYWORD_MAX];
    uint8_t value[VALUE_MAX];
    size_t value_len;
    bool joins; /* a "+" came before it */
};

/* The next character, and whether it is to be taken as it is. */
static bool read_character(hf_reader *r, bool *in_quotes, uint8_t *out, bool *out_plain)
{
    if (!hf_read_u8(r, out))
        return false;
    *out_plain = *in_quotes && *out != '"';
    if (*out == '\\') {
        *out_plain = true;
        return hf_read_u8(r, out);
    }
    if (*out == '"')
        *in_quotes = !*in_quotes;
    return true;
}

static void trim_end(hf_writer *w, size_t kept)
{
    while (w->len > kept && w->data[w->len - 1] == ' ')
        w->len--;
}

/* Reads up to an unescaped character of `ends` (or the end of the text, where '\0' is what ended
 * it), without the blanks around. */
static bool read_word(hf_reader *r, const char *ends, hf_writer *w, uint8_t *out_end)
{
    bool in_quotes = false, plain;
    size_t kept = 0; /* what was escaped or quoted is no blank to trim */
    uint8_t c;

    *out_end = '\0';
    while (r->left != 0) {
        if (!read_character(r, &in_quotes, &c, &plain))
            return false; /* a backslash at the end */
        if (!plain && strchr(ends, c) != NULL && c != '\0') {
            *out_end = c;
            break;
        }
        if (!plain && (c == '"' || (c == ' ' && w->len == 0)))
            continue;
        hf_write_u8(w, c);
        if (plain)
            kept = w->len;
    }
    trim_end(w, kept);
    return !in_quotes && !w->overflow;
}

static bool read_attribute(hf_reader *r, struct attribute *out, uint8_t *out_end)
{
    hf_writer keyword = hf_text_of(out->keyword, sizeof out->keyword);
    hf_writer value = hf_writer_of(out->value, sizeof out->value);
    uint8_t end;

    if (!read_word(r, "=,+", &keyword, &end) || end != '=' || keyword.len == 0 ||
        !read_word(r, ",+", &value, out_end) || value.len == 0)
        return false;
    hf_text_finish(&keyword);
    out->value_len = value.len;
    return true;
}

static int nid_of(const char *keyword)
{
    /* What others write for these attributes. */
    static const struct {
        const char *keyword;
        int nid;
    } others[] = {
        {"E",      NID_pkcs9_emailAddress },
        { "Email", NID_pkcs9_emailAddress },
        { "S",     NID_stateOrProvinceName},
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(others); i++) {
        if (strcmp(keyword, others[i].keyword) == 0)
            return others[i].nid;
    }
    return OBJ_txt2nid(keyword);
}

static bool add_attribute(X509_NAME *name, const struct attribute *attribute)
{
    int nid = nid_of(attribute->keyword);

    return nid != NID_undef && X509_NAME_add_entry_by_NID(
                                   name, nid, MBSTRING_UTF8, attribute->value,
                                   (int)attribute->value_len, -1, attribute->joins ? -1 : 0) == 1;
}

static bool add_attributes(hf_bytes text, X509_NAME *name)
{
    hf_reader r = hf_reader_of(text);
    struct attribute attribute;
    uint8_t end = ',';

    while (end != '\0') {
        attribute.joins = end == '+';
        if (!read_attribute(&r, &attribute, &end) || !add_attribute(name, &attribute))
            return false;
    }
    return true;
}

hf_status hf_name_parse(hf_bytes text, hf_identity *out)
{
    X509_NAME *name = X509_NAME_new();
    hf_status status = HF_ERR_MALFORMED;

    if (name == NULL)
        return HF_ERR_NO_MEMORY;
    if (add_attributes(text, name))
        status = hf_name_to_identity(name, out);
    X509_NAME_free(name);
    return status;
}
