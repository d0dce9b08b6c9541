/* Tests of the exporters (profile/export*.c): what a format can say comes back by its importer,
 * what it cannot say is told, and no value leaves its place. */
#include "imports.h"
#include "support/pki.h"
#include "support/test.h"

#include <jansson.h>
#include <string.h>

#define PASSWORD "pa\"ss<w>&\\ord;=#"
#define PSK      "a shared \\secret; of ours"

static struct hf_profile profile;
static struct hf_secrets secrets;
static struct hf_import notices, in;
static hf_buf file;
static struct hf_fault fault;

static void set_up(void)
{
    hf_profile_init(&profile);
    hf_secrets_init(&secrets);
    file = hf_buf_with_max(HF_PROFILE_FILE_MAX);
    hf_copy(profile.id, "head-office", sizeof "head-office");
    hf_copy(profile.name, "Head Office", sizeof "Head Office");
    hf_copy(profile.gateways[0], "gw.example", sizeof "gw.example");
    profile.gateway_count = 1;
    hf_copy(profile.remote_identity, "vpn.example", sizeof "vpn.example");
    hf_copy(profile.source_key, "8f1c0a1e-1111-4222-8333-444455556666",
            sizeof "8f1c0a1e-1111-4222-8333-444455556666");
    cr_assert(hf_buf_append(&secrets.values[HF_SECRET_PASSWORD], hf_bytes_of_string(PASSWORD)));
    cr_assert(hf_buf_append(&secrets.values[HF_SECRET_PSK], hf_bytes_of_string(PSK)));
}

static void tear_down(void)
{
    hf_import_clear(&notices);
    hf_import_clear(&in);
    hf_profile_clear(&profile);
    hf_secrets_clear(&secrets);
    hf_buf_free(&file);
}

TestSuite(export, .init = set_up, .fini = tear_down);

static void trust_a_ca(void)
{
    cr_assert(hf_buf_append(&profile.trust, pki_pem(pki_root("CN=Test CA"))));
}

static void use_eap(void)
{
    profile.auth = HF_PROFILE_AUTH_EAP;
    hf_copy(profile.eap_identity, "ann", sizeof "ann");
    hf_copy(profile.local_identity, "ann@corp.example", sizeof "ann@corp.example");
}

static void add_algorithm(struct hf_profile_algorithms *list, const char *name)
{
    hf_copy(list->names[list->count++], name, strlen(name) + 1);
}

static void use_proposals(void)
{
    add_algorithm(&profile.ike_encryption, "aes256gcm16");
    add_algorithm(&profile.ike_encryption, "aes128");
    add_algorithm(&profile.ike_integrity, "sha256");
    add_algorithm(&profile.ike_prf, "prfsha384");
    add_algorithm(&profile.ike_groups, "ecp384");
    add_algorithm(&profile.ike_groups, "x25519");
    add_algorithm(&profile.esp_encryption, "aes256gcm16");
    add_algorithm(&profile.esp_groups, "ecp384");
}

static void use_networks(void)
{
    profile.split = true;
    cr_assert(hf_prefix_parse(hf_bytes_of_string("10.0.0.0/8"), &profile.include[0]));
    cr_assert(hf_prefix_parse(hf_bytes_of_string("2001:db8::/32"), &profile.include[1]));
    profile.include_count = 2;
    cr_assert(hf_address_parse(hf_bytes_of_string("10.0.0.1"), &profile.resolvers[0]));
    cr_assert(hf_address_parse(hf_bytes_of_string("2001:db8::1"), &profile.resolvers[1]));
    profile.resolver_count = 2;
}

static void expect_export(const char *format, const struct hf_secrets *given)
{
    hf_import_clear(&notices);
    cr_assert_eq(hf_profile_export(&profile, given, format, &file, &notices, &fault), HF_OK,
                 "%s: %s", format, fault.received);
}

static hf_status import_file(void)
{
    const struct hf_import_options options = { .now = 0 };

    hf_import_clear(&in);
    return hf_import_decode(hf_buf_bytes(&file), &options, &in, &fault);
}

static json_t *json_of(const struct hf_profile *p)
{
    hf_buf encoded = hf_buf_with_max(HF_PROFILE_FILE_MAX);
    json_t *json;

    cr_assert_eq(hf_profile_encode(p, &encoded), HF_OK);
    json = json_loadb((const char *)encoded.data, encoded.len, 0, NULL);
    cr_assert_not_null(json);
    hf_buf_free(&encoded);
    return json;
}

static bool is_noted(const char *group, const char *key)
{
    char path[100] = "";

    if (imports_notice(&notices, key) != NULL && group == NULL)
        return true;
    if (group == NULL)
        return false;
    strcat(strcat(strcat(path, group), "."), key);
    return imports_notice(&notices, path) != NULL || imports_notice(&notices, group) != NULL;
}

/* Every key that came back otherwise has a notice. */
static size_t expect_told(const json_t *before, const json_t *after, const char *group)
{
    const char *key;
    json_t *value;
    size_t changed = 0;

    json_object_foreach((json_t *)before, key, value)
    {
        const json_t *now = json_object_get(after, key);

        if (json_is_object(value)) {
            changed += expect_told(value, now, key);
        } else if (!json_equal(value, now)) {
            changed++;
            cr_expect(is_noted(group, key), "%s %s is lost and not told",
                      group != NULL ? group : "", key);
        }
    }
    return changed;
}

/* How many keys are lost, each with a notice. */
static size_t round_trip(const char *format, const struct hf_secrets *given)
{
    json_t *before, *after;
    size_t changed;

    expect_export(format, given);
    cr_assert_eq(import_file(), HF_OK, "%s: %s: %.*s", format, fault.received, (int)file.len,
                 (const char *)file.data);
    cr_expect_str_eq(in.format, format);
    before = json_of(&profile);
    after = json_of(&in.profile);
    changed = expect_told(before, after, NULL);
    json_decref(before);
    json_decref(after);
    return changed;
}

static bool secret_is(enum hf_secret_name name, const char *value)
{
    return hf_bytes_equal(hf_buf_bytes(&in.secrets.values[name]), hf_bytes_of_string(value));
}

static bool file_holds(const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i + len <= file.len; i++) {
        if (memcmp(file.data + i, text, len) == 0)
            return true;
    }
    return false;
}

Test(export, native_says_everything_but_secrets)
{
    trust_a_ca();
    use_eap();
    use_networks();
    cr_expect_eq(round_trip("native", NULL), 0);
    cr_expect_eq(notices.notice_count, 0);
    hf_import_clear(&notices);
    cr_expect_eq(hf_profile_export(&profile, &secrets, "native", &file, &notices, &fault),
                 HF_ERR_PROFILE_UNSUPPORTED);
    cr_expect_eq(file.len, 0);
}

Test(export, sswan_comes_back_as_it_was)
{
    trust_a_ca();
    use_eap();
    use_proposals();
    use_networks();
    profile.revocation = HF_PROFILE_REVOCATION_HARD;
    profile.port = 4501;
    profile.mtu_bytes = 1400;
    profile.keepalive = HF_SECONDS(30);
    profile.block_ip6 = true;
    cr_assert(hf_prefix_parse(hf_bytes_of_string("10.9.0.0/16"), &profile.exclude[0]));
    profile.exclude_count = 1;
    cr_expect_eq(round_trip("sswan", &secrets), 0);
    cr_expect(secret_is(HF_SECRET_PASSWORD, PASSWORD));
    imports_expect_notice(&notices, HF_NOTICE_UNSAFE, "secrets");
    for (int auth = 0; auth <= HF_PROFILE_AUTH_CERTIFICATE_EAP; auth++) {
        profile.auth = (enum hf_profile_auth)auth;
        if (auth != HF_PROFILE_AUTH_PSK)
            cr_expect_eq(round_trip("sswan", NULL), 0);
    }
    profile.revocation = HF_PROFILE_REVOCATION_OFF;
    cr_expect_eq(round_trip("sswan", NULL), 0);
}

Test(export, nmconnection_comes_back_as_it_was)
{
    profile.system_trust = true;
    use_eap();
    use_proposals();
    use_networks();
    profile.at_login = true;
    profile.request_ip6 = false;
    hf_copy(profile.domains[0], "corp.example", sizeof "corp.example");
    profile.domain_count = 1;
    hf_copy(profile.splits[0].domain, "lab.example", sizeof "lab.example");
    profile.split_count = 1;
    cr_expect_eq(round_trip("nmconnection", &secrets), 0);
    cr_expect(secret_is(HF_SECRET_PASSWORD, PASSWORD));
    profile.system_trust = false;
    profile.auth = HF_PROFILE_AUTH_PSK;
    profile.gateway_uses_psk = true;
    cr_expect_eq(round_trip("nmconnection", &secrets), 0);
    cr_expect(secret_is(HF_SECRET_PSK, PSK));
}

Test(export, nmconnection_of_l2tp_comes_back_as_it_was)
{
    profile.protocol = HF_PROTOCOL_L2TP;
    profile.auth = HF_PROFILE_AUTH_PSK;
    hf_copy(profile.l2tp.user, "ann", sizeof "ann");
    hf_copy(profile.l2tp.domain, "CORP", sizeof "CORP");
    hf_copy(profile.l2tp.methods.words[0], "mschapv2", sizeof "mschapv2");
    profile.l2tp.methods.count = 1;
    profile.l2tp.mru_bytes = 1400;
    profile.l2tp.echo_interval = HF_SECONDS(30);
    profile.l2tp.echo_failures = 4;
    profile.ike_lifetime = HF_SECONDS(28800);
    profile.allow_child_without_pfs = profile.l2tp.prefer_ikev2 = profile.l2tp.any_port = true;
    hf_copy(profile.l2tp.group, "staff", sizeof "staff");
    cr_expect_eq(round_trip("nmconnection", &secrets), 0);
    cr_expect(secret_is(HF_SECRET_PSK, PSK) && secret_is(HF_SECRET_PASSWORD, PASSWORD));
    hf_copy(profile.l2tp.methods.words[0], "eap-tls", sizeof "eap-tls");
    profile.l2tp.clear = true;
    cr_expect_eq(round_trip("nmconnection", NULL), 0);
}

Test(export, mobileconfig_comes_back_as_it_was)
{
    trust_a_ca();
    use_eap();
    hf_copy(profile.eap_methods.words[0], "eap-mschapv2", sizeof "eap-mschapv2");
    profile.eap_methods.count = 1;
    add_algorithm(&profile.ike_encryption, "aes256");
    add_algorithm(&profile.ike_integrity, "sha384");
    add_algorithm(&profile.ike_prf, "prfsha384");
    add_algorithm(&profile.ike_groups, "ecp384");
    add_algorithm(&profile.esp_encryption, "aes256gcm16");
    profile.ike_lifetime = HF_MINUTES(600);
    profile.child_lifetime = HF_MINUTES(60);
    profile.liveness = HF_MINUTES(10);
    profile.keepalive = HF_SECONDS(30);
    profile.idle_limit = HF_SECONDS(900);
    profile.mtu_bytes = 1300;
    profile.no_mobike = profile.no_redirect = profile.allow_lan = true;
    profile.revocation = HF_PROFILE_REVOCATION_SOFT;
    profile.tls_min = HF_PROFILE_TLS_1_3;
    hf_copy(profile.organization, "Corp & Sons", sizeof "Corp & Sons");
    cr_assert(hf_address_parse(hf_bytes_of_string("10.0.0.1"), &profile.resolvers[0]));
    profile.resolver_count = 1;
    hf_copy(profile.domains[0], "corp.example", sizeof "corp.example");
    profile.domain_count = 1;
    hf_copy(profile.splits[0].domain, "lab.example", sizeof "lab.example");
    profile.split_count = 1;
    cr_expect_eq(round_trip("mobileconfig", &secrets), 1); /* the source key, which is Apple's */
    cr_expect(secret_is(HF_SECRET_PASSWORD, PASSWORD));
    profile.auth = HF_PROFILE_AUTH_CERTIFICATE;
    profile.split = true;
    profile.eap_methods.count = 0;
    cr_expect_eq(round_trip("mobileconfig", NULL), 1);
    profile.auth = HF_PROFILE_AUTH_PSK;
    profile.gateway_uses_psk = true;
    hf_buf_clear(&profile.trust);
    cr_expect_eq(round_trip("mobileconfig", &secrets), 1);
    cr_expect(secret_is(HF_SECRET_PSK, PSK));
}

/* Everything at once: what is lost is told (round_trip), and something is lost. */
static void fill(void)
{
    trust_a_ca();
    use_proposals();
    use_networks();
    hf_copy(profile.gateways[1], "192.0.2.7", sizeof "192.0.2.7");
    profile.gateway_count = 2;
    hf_copy(profile.organization, "Corp", sizeof "Corp");
    hf_copy(profile.ppk_id, "ppk1", sizeof "ppk1");
    hf_copy(profile.key_uri, "pkcs11:token=x", sizeof "pkcs11:token=x");
    hf_copy(profile.splits[0].domain, "lab.example", sizeof "lab.example");
    profile.splits[0].exact = true;
    profile.split_count = 1;
    profile.system_trust = profile.save_secrets = profile.no_mobike = profile.allow_lan = true;
    profile.auto_connect = profile.at_login = profile.on_demand = true;
    profile.rules[0].interface = HF_INTERFACE_WIFI;
    profile.rule_count = 1;
    profile.filters[0].protocol = 6;
    profile.filter_count = 1;
    profile.mtu_bytes = 1400;
    profile.port = 4501;
    profile.child_lifetime = profile.ike_lifetime = HF_SECONDS(3600);
    profile.idle_limit = profile.liveness = profile.keepalive = HF_SECONDS(5);
    profile.tls_min = HF_PROFILE_TLS_1_3;
    profile.lock = HF_LOCK_ALWAYS;
    profile.level = HF_PROFILE_LEVEL_CNSA1;
    profile.remote_identity_type = HF_PROFILE_IDENTITY_KEY_ID;
    profile.revocation = HF_PROFILE_REVOCATION_HARD;
    profile.removal_date = 2000000000;
    hf_copy(profile.id, "another", sizeof "another");
    hf_copy(profile.source_key, "no uuid", sizeof "no uuid");
}

Test(export, what_is_lost_is_told)
{
    static const char *const formats[] = { "mobileconfig", "sswan", "nmconnection" };

    fill();
    use_eap();
    for (size_t i = 0; i < HF_ARRAY_LEN(formats); i++)
        cr_expect_gt(round_trip(formats[i], NULL), 10);
    profile.split = true;
    profile.include_count = 0;
    cr_expect_gt(round_trip("sswan", NULL), 10);
}

Test(export, secrets_are_never_in_it_unless_asked_for)
{
    static const char *const formats[] = { "native", "mobileconfig", "sswan", "nmconnection" };

    profile.system_trust = true;
    hf_buf_clear(&secrets.values[HF_SECRET_PASSWORD]);
    cr_assert(hf_buf_append(&secrets.values[HF_SECRET_PASSWORD], hf_bytes_of_string("planted")));
    use_eap();
    for (size_t i = 0; i < HF_ARRAY_LEN(formats); i++) {
        expect_export(formats[i], NULL);
        cr_expect_not(file_holds("planted"), "%s", formats[i]);
        if (i != 0) {
            expect_export(formats[i], &secrets);
            cr_expect(file_holds("planted"), "%s", formats[i]);
        }
    }
}

Test(export, what_a_format_cannot_be_is_refused)
{
    profile.auth = HF_PROFILE_AUTH_PSK;
    cr_expect_eq(hf_profile_export(&profile, NULL, "sswan", &file, &notices, &fault),
                 HF_ERR_PROFILE_UNSUPPORTED);
    cr_expect_str_eq(fault.received, "auth");
    profile.protocol = HF_PROTOCOL_L2TP;
    hf_import_clear(&notices);
    cr_expect_eq(hf_profile_export(&profile, NULL, "sswan", &file, &notices, &fault),
                 HF_ERR_UNSUPPORTED_PROTOCOL);
    profile.protocol = HF_PROTOCOL_IKEV2;
    profile.auth = HF_PROFILE_AUTH_CERTIFICATE_EAP;
    hf_import_clear(&notices);
    cr_expect_eq(hf_profile_export(&profile, NULL, "nmconnection", &file, &notices, &fault),
                 HF_ERR_PROFILE_UNSUPPORTED);
    hf_import_clear(&notices);
    cr_expect_eq(hf_profile_export(&profile, NULL, "docx", &file, &notices, &fault),
                 HF_ERR_PROFILE_FORMAT);
    cr_expect_not_null(strstr(fault.offered, "sswan"));
    cr_expect_eq(file.len, 0);
}

/* A text in one member: the file is refused, or gives back nothing else than without that text. */
static void expect_contained(const char *format, char *member, size_t size, const char *key)
{
    static const char *const hostile[] = { "</string><key>X</key>",
                                           "a\n[vpn]\nuser=eve",
                                           "a\",\"type\":\"ikev2-cert",
                                           "a\\",
                                           "]]>&amp;<!--",
                                           "a;b=c#d",
                                           "\\s\\n",
                                           "'\"`$(x)" };
    char kept[HF_PROFILE_TEXT_MAX];
    json_t *before, *after;

    hf_copy(kept, member, sizeof kept < size ? sizeof kept : size);
    expect_export(format, &secrets);
    cr_assert_eq(import_file(), HF_OK);
    before = json_of(&in.profile);
    for (size_t i = 0; i < HF_ARRAY_LEN(hostile); i++) {
        const char *name;
        json_t *value;

        hf_copy(member, hostile[i], strlen(hostile[i]) + 1);
        expect_export(format, &secrets);
        if (import_file() != HF_OK)
            continue;
        after = json_of(&in.profile);
        json_object_foreach(before, name, value)
        {
            if (strcmp(name, key) != 0 && strcmp(name, "id") != 0)
                cr_expect(json_equal(value, json_object_get(after, name)), "%s: %s changed %s",
                          format, hostile[i], name);
        }
        cr_expect(secret_is(HF_SECRET_PASSWORD, PASSWORD));
        json_decref(after);
    }
    hf_copy(member, kept, sizeof kept < size ? sizeof kept : size);
    json_decref(before);
}

Test(export, hostile_values_stay_in_their_fields)
{
    static const char *const formats[] = { "mobileconfig", "sswan", "nmconnection" };

    profile.system_trust = true;
    use_eap();
    for (size_t i = 0; i < HF_ARRAY_LEN(formats); i++) {
        expect_contained(formats[i], profile.name, sizeof profile.name, "name");
        expect_contained(formats[i], profile.remote_identity, sizeof profile.remote_identity,
                         "remote-identity");
        expect_contained(formats[i], profile.local_identity, sizeof profile.local_identity,
                         "local-identity");
        expect_contained(formats[i], profile.eap_identity, sizeof profile.eap_identity,
                         "eap-identity");
    }
}
