/* Profiles of Windows' Always On VPN that others have published (HOLDFAST_VECTORS/profiles/aovpn):
 * what they ask for is imported, and what we do not speak is refused in words that say so. */
#include "support/hex.h"
#include "support/vectors.h"

#include <holdfast/profile.h>
#include <stdio.h>
#include <string.h>

#define FOLDER "profiles/aovpn/"

static size_t fail(const char *file, const char *what)
{
    printf("FAIL: %s: %s\n", file, what);
    return 1;
}
#define EXPECT(condition) ((condition) ? 0 : fail(file, #condition))

static size_t has_notice(const char *file, const struct hf_import *in,
                         enum hf_notice_severity severity, const char *path)
{
    for (size_t i = 0; i < in->notice_count; i++) {
        if (in->notices[i].severity == severity && strcmp(in->notices[i].path, path) == 0)
            return 0;
    }
    return fail(file, path);
}

static size_t check_suite(const char *file, const struct hf_profile *p)
{
    return EXPECT(strcmp(p->ike_encryption.names[0], "aes128gcm16") == 0) +
           EXPECT(strcmp(p->ike_prf.names[0], "prfsha256") == 0) +
           EXPECT(strcmp(p->ike_groups.names[0], "modp2048") == 0) +
           EXPECT(strcmp(p->esp_encryption.names[0], "aes128gcm16") == 0) +
           EXPECT(strcmp(p->esp_groups.names[0], "ecp256") == 0) +
           EXPECT(p->ike_integrity.count + p->esp_integrity.count == 0);
}

static size_t check_user(const char *file, const struct hf_import *in)
{
    const struct hf_profile *p = &in->profile;

    return check_suite(file, p) + EXPECT(p->gateway_count == 1) +
           EXPECT(strcmp(p->gateways[0], "vpn.example.net") == 0) +
           EXPECT(p->protocol == HF_PROTOCOL_IKEV2) +
           EXPECT(p->auto_connect && p->split && p->system_trust) + EXPECT(p->include_count == 4) +
           EXPECT(p->exclude_count == 2) + EXPECT(p->filter_count == 6) +
           EXPECT(p->filters[5].remote_count == 3) + EXPECT(p->domain_count == 4) +
           EXPECT(p->split_count == 1) + EXPECT(p->splits[0].resolver_count == 2) +
           EXPECT(p->locked.count == 2) + EXPECT(p->rule_count == 1 && p->rules[0].disabled) +
           has_notice(file, in, HF_NOTICE_UNSAFE, "TrustedNetworkDetection") +
           has_notice(file, in, HF_NOTICE_UNSUPPORTED, "TrafficFilter[1].App") +
           has_notice(file, in, HF_NOTICE_UNSUPPORTED, "Proxy.Manual.Server") +
           /* nothing but a comment in it: it cannot authenticate as it stands */
           has_notice(file, in, HF_NOTICE_UNSUPPORTED,
                      "NativeProfile.Authentication.Eap.Configuration");
}

static size_t check_device(const char *file, const struct hf_import *in)
{
    const struct hf_profile *p = &in->profile;

    return check_suite(file, p) + EXPECT(p->scope == HF_PROFILE_SCOPE_DEVICE) +
           EXPECT(p->auth == HF_PROFILE_AUTH_CERTIFICATE) +
           EXPECT(p->split && p->include_count == 3) +
           EXPECT(p->include[0].bits == 32 && p->include[2].bits == 128) + EXPECT(p->auto_connect);
}

static size_t check_lock_down(const char *file, const struct hf_import *in)
{
    const struct hf_profile *p = &in->profile;

    return check_suite(file, p) + EXPECT(p->lock == HF_LOCK_ALWAYS && p->auto_connect) +
           EXPECT(!p->split) + EXPECT(p->locked.count == 2) +
           EXPECT(p->auth == HF_PROFILE_AUTH_CERTIFICATE);
}

static const struct row {
    const char *file;
    size_t (*check)(const char *file, const struct hf_import *in); /* NULL: refused */
    hf_status status;
    const char *received;
} rows[] = {
    {FOLDER "ProfileXML_User.xml",                     check_user,      HF_OK,                       ""             },
    { FOLDER "ProfileXML_Device.xml",                  check_device,    HF_OK,                       ""             },
    { FOLDER "ProfileXML_LockDown.xml",                check_lock_down, HF_OK,                       ""             },
    { FOLDER "ProfileXML_Entra_ConditionalAccess.xml", NULL,            HF_ERR_UNSUPPORTED_PROTOCOL,
     "NativeProfile.NativeProtocolType"                                                                             },
    { FOLDER "ProfileXML_Fortinet.xml",                NULL,            HF_ERR_PROFILE_UNSUPPORTED,  "PluginProfile"},
    { FOLDER "ProfileXML_PaloAlto.xml",                NULL,            HF_ERR_PROFILE_UNSUPPORTED,  "PluginProfile"},
};

static size_t check_row(const struct row *row, hf_bytes file)
{
    const struct hf_import_options options = { .now = 0 };
    struct hf_import in;
    struct hf_fault fault;
    hf_status status = hf_import_decode(file, &options, &in, &fault);
    size_t failures = 0;

    if (status != row->status || strcmp(fault.received, row->received) != 0)
        failures += fail(row->file, fault.received);
    else if (row->check != NULL)
        failures += row->check(row->file, &in);
    printf("%s: %s %s\n", row->file, hf_status_code(status), fault.offered);
    hf_import_clear(&in);
    return failures;
}

/* SSTP apart, the file for Entra is a whole configuration: PEAP around EAP-TLS, filters, a stray
 * character. */
static size_t check_entra_as_ikev2(void)
{
    const char *file = FOLDER "ProfileXML_Entra_ConditionalAccess.xml, as IKEv2";
    hf_bytes original =
        test_read_file(test_external_path(FOLDER "ProfileXML_Entra_ConditionalAccess.xml"));
    const struct hf_import_options options = { .now = 0 };
    hf_buf changed = hf_buf_with_max(HF_PROFILE_FILE_MAX);
    struct hf_import in;
    struct hf_fault fault;
    size_t at = 0, failures;

    while (at + 5 < original.len && memcmp(original.data + at, ">SSTP", 5) != 0)
        at++;
    if (!hf_buf_append(&changed, hf_bytes_slice(original, 0, at)) ||
        !hf_buf_append(&changed, hf_bytes_of_string(">IKEv2")) ||
        !hf_buf_append(&changed, hf_bytes_slice(original, at + 5, original.len - at - 5)))
        test_die("no memory");
    if (hf_import_decode(hf_buf_bytes(&changed), &options, &in, &fault) != HF_OK)
        return fail(file, fault.received);
    failures = EXPECT(strcmp(in.profile.eap_server_identity, "nps.corp.example.net") == 0) +
               EXPECT(in.profile.trust_thumbprints.count == 1) +
               EXPECT(strcmp(in.profile.trust_thumbprints.words[0],
                             "db525d00f813849e3feec253dbb04f2104c3c2b6") == 0) +
               EXPECT(in.profile.auth == HF_PROFILE_AUTH_EAP_TLS);
    for (size_t i = 0; i < in.notice_count; i++)
        failures += EXPECT(strcmp(in.notices[i].text, "unknown key") != 0);
    hf_import_clear(&in);
    hf_buf_free(&changed);
    return failures;
}

int main(void)
{
    size_t failures = 0;

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        const char *path = test_external_path(rows[i].file);

        if (path == NULL) {
            printf("skipped: HOLDFAST_VECTORS does not name the external vectors\n");
            return 77;
        }
        failures += check_row(&rows[i], test_read_file(path));
    }
    failures += check_entra_as_ikev2();
    return failures == 0 ? 0 : 1;
}
