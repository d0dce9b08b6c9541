/* Every key that the .mobileconfig importer knows (hf_mobileconfig_row_at), one after the other, in
 * every type and with hostile values: each leads to a notice or a refusal that names it, and
 * whatever a value says, it stays within the fields of its key. */
#include "mobileconfig_file.h"
#include "profile/import.h"

#include <jansson.h>
#include <stdlib.h>

/* --- files with one key more --- */

struct file {
    hf_buf xml;
    const struct hf_import_row *row; /* the key to add, in its place; NULL: none */
    const char *value;               /* its value, in XML; NULL: the key is left out */
};

static void put(struct file *file, const char *text)
{
    cr_assert(hf_buf_append(&file->xml, hf_bytes_of_string(text)));
}

static bool is_group(const struct file *file, const char *group)
{
    return file->row != NULL && strcmp(file->row->group, group) == 0;
}

/* One of the usual keys, unless it is the one to be added. */
static void usual(struct file *file, const char *group, const char *key, const char *value)
{
    if (is_group(file, group) && strcmp(file->row->key, key) == 0)
        return;
    put(file, "<key>");
    put(file, key);
    put(file, "</key>");
    put(file, value);
}

static void added(struct file *file, const char *group)
{
    if (!is_group(file, group) || file->value == NULL)
        return;
    put(file, "<key>");
    put(file, file->row->key);
    put(file, "</key>");
    put(file, file->value);
}

/* A dictionary with nothing but the key to be added. */
static void alone(struct file *file, const char *group, const char *key)
{
    if (!is_group(file, group))
        return;
    put(file, "<key>");
    put(file, key);
    put(file, "</key><dict>");
    added(file, group);
    put(file, "</dict>");
}

static void tunnel(struct file *file, const char *group)
{
    usual(file, group, "RemoteAddress", E("gw.example"));
    usual(file, group, "RemoteIdentifier", E("gw.example"));
    usual(file, group, "LocalIdentifier", E("ann@example"));
    usual(file, group, "AuthenticationMethod", E("SharedSecret"));
    usual(file, group, "SharedSecret", E("kD8fq2Lm0zXw7RbTn4Vh"));
    added(file, group);
    alone(file, "IKEv2.IKESecurityAssociationParameters", "IKESecurityAssociationParameters");
    alone(file, "IKEv2.ChildSecurityAssociationParameters", "ChildSecurityAssociationParameters");
    if (is_group(file, "OnDemandRules")) {
        put(file, K("OnDemandRules") "<array><dict>");
        usual(file, "OnDemandRules", "Action", E("Connect"));
        added(file, "OnDemandRules");
        put(file, "</dict></array>");
    }
}

static bool is_l2tp(const struct file *file)
{
    return is_group(file, "PPP") || is_group(file, "IPSec");
}

static bool is_always_on(const struct file *file)
{
    return is_group(file, "AlwaysOn") || is_group(file, "AlwaysOn.TunnelConfigurations");
}

static void always_on(struct file *file)
{
    put(file, K("AlwaysOn") "<dict>");
    if (!is_group(file, "AlwaysOn") || strcmp(file->row->key, "TunnelConfigurations") != 0) {
        put(file, K("TunnelConfigurations") "<array><dict>");
        tunnel(file, "AlwaysOn.TunnelConfigurations");
        put(file, "</dict></array>");
    }
    added(file, "AlwaysOn");
    put(file, "</dict>");
}

static void l2tp(struct file *file)
{
    put(file, K("PPP") "<dict>");
    usual(file, "PPP", "CommRemoteAddress", E("gw.example"));
    usual(file, "PPP", "AuthName", E("ann"));
    added(file, "PPP");
    put(file, "</dict>" K("IPSec") "<dict>");
    usual(file, "IPSec", "AuthenticationMethod", E("SharedSecret"));
    added(file, "IPSec");
    put(file, "</dict>");
}

static void vpn(struct file *file)
{
    put(file, "<dict>" S("PayloadType", "com.apple.vpn.managed"));
    usual(file, "VPN", "UserDefinedName", E("Office VPN"));
    usual(file, "VPN", "VPNType",
          is_l2tp(file)        ? E("L2TP")
          : is_always_on(file) ? E("AlwaysOn")
                               : E("IKEv2"));
    if (is_l2tp(file)) {
        l2tp(file);
    } else if (is_always_on(file)) {
        always_on(file);
    } else if (!is_group(file, "VPN") || strcmp(file->row->key, "IKEv2") != 0) {
        put(file, K("IKEv2") "<dict>");
        tunnel(file, "IKEv2");
        put(file, "</dict>");
    }
    if (!is_group(file, "(each payload)") || strcmp(file->row->key, "PayloadType") != 0)
        added(file, "(each payload)");
    added(file, "VPN");
    alone(file, "IPv4", "IPv4");
    alone(file, "DNS", "DNS");
    alone(file, "Proxies", "Proxies");
    put(file, "</dict>");
}

static void payload(struct file *file, const char *group, const char *type)
{
    if (!is_group(file, group))
        return;
    put(file, "<dict>" K("PayloadType") "<string>");
    put(file, type);
    put(file, "</string>" S("PayloadUUID", "AB"));
    added(file, group);
    put(file, "</dict>");
}

/* The caller frees `xml`. */
static struct file file_with(const struct hf_import_row *row, const char *value)
{
    struct file file = { .xml = hf_buf_with_max(4 << 20), .row = row, .value = value };

    put(&file, "<?xml version=\"1.0\"?><plist version=\"1.0\"><dict>");
    usual(&file, "(top)", "PayloadType", E("Configuration"));
    added(&file, "(top)");
    if (!is_group(&file, "(top)") || strcmp(row->key, "PayloadContent") != 0) {
        put(&file, K("PayloadContent") "<array>");
        vpn(&file);
        payload(&file, "com.apple.security.root, .pkcs1, .pem", "com.apple.security.root");
        put(&file, "</array>");
    }
    put(&file, "</dict></plist>");
    return file;
}

static hf_status import_file(const struct file *file, struct hf_import *in, struct hf_fault *fault)
{
    return hf_import_decode(hf_buf_bytes(&file->xml), &no_options, in, fault);
}

/* What these files cannot reach: keys of payloads that count only where the VPN names them. */
static bool is_reachable(const struct hf_import_row *row)
{
    return strcmp(row->group, "com.apple.security.pkcs12") != 0 &&
           strcmp(row->group, "com.apple.security.scep, .acme") != 0 &&
           !(strcmp(row->group, "(each payload)") == 0 && strcmp(row->key, "PayloadType") == 0);
}

/* --- accounted for --- */

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), tail = strlen(end);

    return len >= tail && strcmp(text + len - tail, end) == 0;
}

static bool is_told(const struct hf_import *in, const char *key)
{
    for (size_t i = 0; i < in->notice_count; i++) {
        if (ends_with(in->notices[i].path, key))
            return true;
    }
    return false;
}

static void expect_accounted_for(const struct hf_import_row *row, const char *value)
{
    struct file file = file_with(row, value);
    struct hf_import in;
    struct hf_fault fault;

    if (import_file(&file, &in, &fault) == HF_OK)
        cr_expect(is_told(&in, row->key), "%s %s %.40s", row->group, row->key, value);
    else
        cr_expect_neq(fault.offered[0], '\0', "%s %s %.40s", row->group, row->key, value);
    hf_import_clear(&in);
    hf_buf_free(&file.xml);
}

Test(import_keys, every_key_in_every_type_is_told_or_refused)
{
    static const char *const values[] = {
        "<true/>",
        "<integer>0</integer>",
        "<integer>1</integer>",
        "<real>1.0</real>",
        "<string>1</string>",
        "<string></string>",
        "<data>AAEC</data>",
        "<date>2030-01-01T00:00:00Z</date>",
        "<array/>",
        "<array><string>x</string></array>",
        "<dict/>",
        "<dict><key>x</key><string>y</string></dict>",
        "<string>-1</string>",
        "<integer>99999999999</integer>",
    };
    struct hf_import_row row;
    size_t count = 0;

    for (size_t i = 0; hf_mobileconfig_row_at(i, &row); i++) {
        if (!is_reachable(&row))
            continue;
        count++;
        for (size_t k = 0; k < HF_ARRAY_LEN(values); k++)
            expect_accounted_for(&row, values[k]);
    }
    cr_expect_gt(count, 130u);
}

/* --- within its fields --- */

static json_t *encoded(const struct hf_import *in)
{
    hf_buf json = hf_buf_with_max(4 << 20);
    json_t *root;

    cr_assert_eq(hf_profile_encode(&in->profile, &json), HF_OK);
    root = json_loadb((const char *)json.data, json.len, 0, NULL);
    cr_assert_not_null(root);
    hf_buf_free(&json);
    return root;
}

/* What changed must be text that came from the value, the id that is made from the name, or a rule
 * that is not followed because its value cannot be kept. */
static bool is_own(const char *key, const json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY);
    bool own = strcmp(key, "id") == 0 ||
               (text != NULL &&
                (strstr(text, "mark") != NULL ||
                 (strcmp(key, "rules") == 0 && strstr(text, "\"disabled\": true") != NULL)));

    free(text);
    return own;
}

/* What an importer makes of the file, as JSON; NULL: refused. */
static json_t *profile_with(const struct hf_import_row *row, const char *value)
{
    struct file file = file_with(row, value);
    struct hf_import in;
    struct hf_fault fault;
    json_t *json = import_file(&file, &in, &fault) == HF_OK ? encoded(&in) : NULL;

    hf_import_clear(&in);
    hf_buf_free(&file.xml);
    return json;
}

/* `plain`: with an innocent text in its place; `absent`: without the key; either may be NULL. */
static void expect_within(const struct hf_import_row *row, json_t *plain, json_t *absent,
                          json_t *after)
{
    const char *key;
    json_t *value;

    json_object_foreach(after, key, value)
    {
        cr_expect(json_equal(value, json_object_get(plain, key)) ||
                      json_equal(value, json_object_get(absent, key)) || is_own(key, value),
                  "%s %s changed %s", row->group, row->key, key);
    }
}

static void expect_harmless(const struct hf_import_row *row, const char *hostile)
{
    json_t *after = profile_with(row, hostile);
    json_t *plain = profile_with(row, "<string>mark</string>"), *absent = profile_with(row, NULL);

    if (after != NULL && (plain != NULL || absent != NULL))
        expect_within(row, plain, absent, after);
    json_decref(after);
    json_decref(plain);
    json_decref(absent);
}

Test(import_keys, a_hostile_value_changes_nothing_but_its_own_fields)
{
    static const char *const values[] = {
        "<string>mark\nauth: psk\n</string>",
        "<string>mark&#10;&#13;kill-switch=off</string>",
        "<data>bWFyawBtYXJr</data>", /* mark NUL mark */
        "<string>mark&lt;/string&gt;&lt;key&gt;MTU&lt;/key&gt;&lt;true/&gt;</string>",
        "<string><![CDATA[mark</string><key>DisableMOBIKE</key><true/>]]></string>",
        "<string>mark\", \"kill-switch\": \"off\", \"x\": \"</string>",
        "<array><string>mark\nmark</string><string>&lt;mark&gt;</string></array>",
    };
    struct hf_import_row row;

    for (size_t i = 0; hf_mobileconfig_row_at(i, &row); i++) {
        for (size_t k = 0; is_reachable(&row) && k < HF_ARRAY_LEN(values); k++)
            expect_harmless(&row, values[k]);
    }
}

static void expect_too_long(const struct hf_import_row *row, const char *value, bool must_fail)
{
    json_t *after = profile_with(row, value), *absent = profile_with(row, NULL);
    char *text = after == NULL ? NULL : json_dumps(after, 0);

    cr_expect(!must_fail || after == NULL, "%s %s", row->group, row->key);
    if (text != NULL)
        cr_expect_null(strstr(text, "mmmm"), "%s %s", row->group, row->key);
    if (after != NULL && absent != NULL)
        expect_within(row, NULL, absent, after);
    free(text);
    json_decref(after);
    json_decref(absent);
}

/* One that the file's limit refuses, and one that gets past it. */
Test(import_keys, a_value_of_a_mebibyte_changes_nothing)
{
    static const size_t sizes[] = { 1024 * 1024, 300 * 1024 };
    struct hf_import_row row;

    for (size_t k = 0; k < HF_ARRAY_LEN(sizes); k++) {
        char *value = malloc(sizes[k] + 32);

        cr_assert_not_null(value);
        memcpy(value, "<string>", 8);
        memset(value + 8, 'm', sizes[k]);
        memcpy(value + 8 + sizes[k], "</string>", 10);
        for (size_t i = 0; hf_mobileconfig_row_at(i, &row); i += k + 1) {
            if (is_reachable(&row))
                expect_too_long(&row, value, k == 0);
        }
        free(value);
    }
}
