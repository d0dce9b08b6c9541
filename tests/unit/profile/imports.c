/* What the tests of importers share: see imports.h. */
#include "imports.h"

#include "support/pki.h"
#include "support/test.h"

#include <jansson.h>
#include <openssl/pkcs12.h>
#include <string.h>

static const struct hf_import_options no_options = { .now = 0 };

static const char *base64(hf_bytes der)
{
    static uint8_t texts[4][16384]; /* a test holds four at most */
    static size_t used;
    uint8_t *out = texts[used++ % HF_ARRAY_LEN(texts)];

    cr_assert_lt(der.len, sizeof texts[0] / 2);
    (void)EVP_EncodeBlock(out, der.data, (int)der.len);
    return (const char *)out;
}

const char *imports_ca(void)
{
    return base64(pki_der(pki_root("CN=Test CA")));
}

const char *imports_pkcs12(const char *passphrase)
{
    const struct pki_cert *root = pki_root("CN=Test CA"),
                          *user = PKI_ISSUE(root, .subject = "CN=ann", .eku = "clientAuth");
    PKCS12 *made = PKCS12_create(passphrase, "ann", user->key, user->x509, NULL, NID_aes_256_cbc,
                                 NID_aes_256_cbc, 2048, 2048, 0);
    BIO *bio = BIO_new(BIO_s_mem());

    cr_assert(made != NULL && i2d_PKCS12_bio(bio, made) == 1);
    PKCS12_free(made);
    return base64(pki_take(bio));
}

hf_status imports_decode(const char *text, struct hf_import *out, struct hf_fault *out_fault)
{
    return hf_import_decode(hf_bytes_of_string(text), &no_options, out, out_fault);
}

void imports_expect(const char *text, struct hf_import *out)
{
    struct hf_fault fault;
    hf_status status = imports_decode(text, out, &fault);

    cr_assert_eq(status, HF_OK, "%s: %s, not %s", hf_status_code(status), fault.received,
                 fault.offered);
}

void imports_expect_refused(const char *text, hf_status wanted, const char *received)
{
    struct hf_import in;
    struct hf_fault fault;
    hf_status status = imports_decode(text, &in, &fault);

    cr_expect_eq(status, wanted, "%s: %s", hf_status_code(status), fault.received);
    cr_expect_str_eq(fault.received, received, "%s", fault.received);
    cr_expect_neq(fault.offered[0], '\0');
    cr_expect_null(in.notices);
    hf_import_clear(&in);
}

const struct hf_notice *imports_notice(const struct hf_import *import, const char *path)
{
    for (size_t i = 0; i < import->notice_count; i++) {
        if (strcmp(import->notices[i].path, path) == 0)
            return &import->notices[i];
    }
    return NULL;
}

void imports_expect_notice(const struct hf_import *import, enum hf_notice_severity severity,
                           const char *path)
{
    for (size_t i = 0; i < import->notice_count; i++) {
        if (strcmp(import->notices[i].path, path) == 0 && import->notices[i].severity == severity)
            return;
    }
    cr_expect_fail("no notice %d for %s", (int)severity, path);
}

void imports_expect_lines(const char *text)
{
    for (size_t i = 0; i < strlen(text); i++) {
        struct hf_import in;
        struct hf_fault fault;
        hf_status status =
            hf_import_decode((hf_bytes){ (const uint8_t *)text, i }, &no_options, &in, &fault);

        cr_assert_eq(fault.status, status);
        hf_import_clear(&in);
    }
}

void imports_expect_truncations(const char *text)
{
    size_t len = strlen(text), refused = 0;

    for (size_t i = 0; i < len; i++) {
        struct hf_import in;
        struct hf_fault fault;
        hf_status status =
            hf_import_decode((hf_bytes){ (const uint8_t *)text, i }, &no_options, &in, &fault);

        refused += status != HF_OK;
        cr_assert_eq(fault.status, status);
        hf_import_clear(&in);
    }
    cr_expect_geq(refused, len - 2); /* white space at the end may be missing */
}

/* --- Hostile fields ----------------------------------------------------------------------------
 */
/* Not an assertion for each octet: they are counted, and there are millions. */
static void escape(hf_bytes value, const char *octets, const char *const *escapes, hf_buf *out)
{
    bool fits = true;

    for (size_t i = 0; i < value.len && fits; i++) {
        const uint8_t *c = &value.data[i];
        const char *at = memchr(octets, *c, strlen(octets) + 1);

        fits = hf_buf_append(out, at != NULL ? hf_bytes_of_string(escapes[at - octets])
                                             : (hf_bytes){ c, 1 });
    }
    cr_assert(fits);
}

void imports_escape_xml(hf_bytes value, hf_buf *out)
{
    static const char *const escapes[] = { "&lt;", "&amp;", "&#10;", "&#0;" };

    escape(value, "<&\n", escapes, out);
}

void imports_escape_keyfile(hf_bytes value, hf_buf *out)
{
    static const char *const escapes[] = { "\\\\", "\\n", "\\t", "" };

    escape(value, "\\\n\t", escapes, out);
}

void imports_escape_json(hf_bytes value, hf_buf *out)
{
    static const char *const escapes[] = { "\\\"", "\\\\", "\\n", "\\u0000" };

    escape(value, "\"\\\n", escapes, out);
}

static json_t *native_of(const struct hf_import *in)
{
    hf_buf encoded = hf_buf_with_max(HF_PROFILE_FILE_MAX);
    struct hf_profile again;
    struct hf_fault fault;
    hf_status status = hf_profile_encode(&in->profile, &encoded);
    json_t *json;

    cr_assert_eq(status, HF_OK);
    hf_profile_init(&again);
    status = hf_profile_decode(hf_buf_bytes(&encoded), &again, &fault);
    cr_assert_eq(status, HF_OK, "%s", fault.received);
    json = json_loadb((const char *)encoded.data, encoded.len, JSON_REJECT_DUPLICATES, NULL);
    cr_assert_not_null(json);
    hf_profile_clear(&again);
    hf_buf_free(&encoded);
    return json;
}

static bool is_printable(const char *text)
{
    while (*text >= ' ' && *text < 0x7f)
        text++;
    return *text == '\0';
}

static void expect_printable(const struct hf_import *in)
{
    bool printable = true;

    for (size_t i = 0; i < in->notice_count; i++)
        printable &= is_printable(in->notices[i].path) && is_printable(in->notices[i].text);
    cr_expect(printable);
}

static void expect_same_but(const json_t *before, const json_t *after,
                            const struct imports_field *field)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)before, key, value)
    {
        char word[100] = " ";

        strcat(strcat(word, key), " ");
        if (strstr(field->keys, word) == NULL)
            cr_expect(json_equal(value, json_object_get(after, key)), "%s changed %s", field->value,
                      key);
    }
}

static void try_one(const char *text, const struct imports_field *field, hf_bytes hostile,
                    void (*escape_value)(hf_bytes, hf_buf *), const json_t *before)
{
    const char *at = strstr(text, field->value);
    hf_buf file = hf_buf_with_max((size_t)4 * 1024 * 1024);
    struct hf_import in;
    struct hf_fault fault;

    cr_assert_not_null(at, "%s", field->value);
    cr_assert(hf_buf_append(&file, (hf_bytes){ (const uint8_t *)text, (size_t)(at - text) }));
    escape_value(hostile, &file);
    cr_assert(hf_buf_append(&file, hf_bytes_of_string(at + strlen(field->value))));
    if (hf_import_decode(hf_buf_bytes(&file), &no_options, &in, &fault) == HF_OK) {
        json_t *after = native_of(&in);

        expect_printable(&in);
        expect_same_but(before, after, field);
        json_decref(after);
    }
    hf_import_clear(&in);
    hf_buf_free(&file);
}

void imports_expect_contained(const char *text, const struct imports_field *fields, size_t count,
                              void (*escape_value)(hf_bytes, hf_buf *))
{
    static char huge[900 * 1024];
    static const char nul[] = "a\0b";
    const hf_bytes hostile[] = {
        hf_bytes_of_string("a\nb"),
        hf_bytes_of_string("</x><VPNProfile>"),
        hf_bytes_of_string("\",\"auth\":\"psk"),
        hf_bytes_of_string("\xe2\x80\xae"
                           "evil"),
        hf_bytes_of_string("../../etc/passwd"),
        hf_bytes_of_string("a\n[Interface]\nb=c"),
        hf_bytes_of_string("\xff\xfe"),
        hf_bytes_of_string("0.0.0.0/0,::/0"),
        hf_bytes_of_string("-1"),
        hf_bytes_of_string("99999999999999999999"),
        hf_bytes_of_string(""),
        {(const uint8_t *)nul,   3          },
        { (const uint8_t *)huge, sizeof huge},
    };
    struct hf_import in;
    json_t *before;

    memset(huge, 'A', sizeof huge);
    imports_expect(text, &in);
    before = native_of(&in);
    hf_import_clear(&in);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < HF_ARRAY_LEN(hostile); k++)
            try_one(text, &fields[i], hostile[k], escape_value, before);
    }
    json_decref(before);
}
