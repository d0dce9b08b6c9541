/* Configuration profiles that others have published (HOLDFAST_VECTORS/profiles): none of these has
 * a VPN in it, and each is refused in words that say what it is about. Signed ones have a good
 * signature by a signer whom nobody vouches for. */
#include "crypto/cms.h"
#include "support/hex.h"
#include "support/vectors.h"

#include <holdfast/profile.h>
#include <stdio.h>
#include <string.h>

#define SIGNED   "profiles/encrypted-dns/signed/"
#define PLAIN    "profiles/encrypted-dns/profiles/"
#define RTROUTON "profiles/rtrouton/"
#define DNS      "com.apple.dnsSettings.managed"

static const struct row {
    const char *file;
    const char *about; /* in the refusal */
    const char *twin;  /* the content of a signed file; NULL: not in the collection */
    bool is_signed;
} rows[] = {
    {SIGNED "cloudflare-default-https.mobileconfig",          DNS,
     PLAIN "cloudflare-default-https.mobileconfig",                               true },
    { SIGNED "quad9-default-tls.mobileconfig",                DNS,          NULL, true },
    { SIGNED "template-on-demand-default-https.mobileconfig", DNS,          NULL, true },
    { PLAIN "cloudflare-default-https.mobileconfig",          DNS,          NULL, false},
    { PLAIN "template-on-demand-default-https.mobileconfig",  DNS,          NULL, false},
    { RTROUTON "BlockAirDrop.mobileconfig",                   "com.apple.", NULL, false},
    { RTROUTON "EnableFullDiskAccessforSSH.mobileconfig",     "com.apple.", NULL, false},
    { RTROUTON "SkipWelcomeToMacSetup.mobileconfig",          "com.apple.", NULL, false},
};

/* 2026-02-28, when the signer's certificate was in force, and a day when it no longer was. */
#define IN_FORCE ((hf_wall_clock)1772300000)
#define EXPIRED  ((hf_wall_clock)1795201200)

static size_t fail(const char *file, const char *what, const char *got)
{
    printf("FAIL: %s: %s: %s\n", file, what, got);
    return 1;
}

static size_t check_refused(const struct row *row, hf_bytes file)
{
    const struct hf_import_options options = { .now = EXPIRED };
    struct hf_import in;
    struct hf_fault fault;
    hf_status status = hf_import_decode(file, &options, &in, &fault);

    hf_import_clear(&in);
    if (status != HF_ERR_PROFILE_UNSUPPORTED)
        return fail(row->file, "status", hf_status_code(status));
    if (strcmp(fault.received, "PayloadContent") != 0 || strstr(fault.offered, row->about) == NULL)
        return fail(row->file, "words", fault.offered);
    printf("%s: %s\n", row->file, fault.offered);
    return 0;
}

static size_t check_content(const struct row *row, hf_bytes content)
{
    hf_bytes twin;

    if (row->twin == NULL)
        return 0;
    twin = test_read_file(test_external_path(row->twin));
    return hf_bytes_equal(content, twin) ? 0
                                         : fail(row->file, "content", "another than its twin's");
}

/* Good in itself; trusted by nobody, whatever the time; and not because of its purpose. */
static size_t check_signature(const struct row *row, hf_bytes file)
{
    hf_buf content = hf_buf_with_max(HF_PROFILE_FILE_MAX);
    struct hf_cms_signer signer = { .trust = HF_OK };
    struct hf_trust *nobody;
    size_t failures = 0;

    if (hf_trust_new(&nobody) != HF_OK)
        test_die("no memory");
    if (hf_cms_open(file, nobody, IN_FORCE, &content, &signer) != HF_OK)
        failures += fail(row->file, "signature", "not good");
    else
        failures += check_content(row, hf_buf_bytes(&content));
    if (signer.trust != HF_ERR_CERT_UNTRUSTED)
        failures += fail(row->file, "trust", hf_status_code(signer.trust));
    if (strcmp(signer.subject, "CN=encrypted-dns.brunch.io") != 0)
        failures += fail(row->file, "signer", signer.subject);
    hf_trust_free(nobody);
    hf_buf_free(&content);
    return failures;
}

static size_t check_changed(const struct row *row, hf_bytes file)
{
    const struct hf_import_options options = { .now = EXPIRED };
    uint8_t *copy = test_copy(file);
    struct hf_import in;
    struct hf_fault fault;
    hf_status status;
    size_t at = 0;

    while (at + 6 < file.len && memcmp(copy + at, "<plist", 6) != 0)
        at++;
    copy[at + 2] ^= 0x01;
    status = hf_import_decode((hf_bytes){ copy, file.len }, &options, &in, &fault);
    hf_import_clear(&in);
    return status == HF_ERR_INTEGRITY ? 0 : fail(row->file, "changed", hf_status_code(status));
}

int main(void)
{
    size_t failures = 0;

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        const char *path = test_external_path(rows[i].file);
        hf_bytes file;

        if (path == NULL) {
            printf("skipped: HOLDFAST_VECTORS does not name the external vectors\n");
            return 77;
        }
        file = test_read_file(path);
        failures += check_refused(&rows[i], file);
        if (rows[i].is_signed)
            failures += check_signature(&rows[i], file) + check_changed(&rows[i], file);
    }
    return failures == 0 ? 0 : 1;
}
