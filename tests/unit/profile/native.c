/* Tests of the native profile format (profile/native_decode.c, native_encode.c). */
#include "support/hex.h"
#include "support/test.h"
#include <holdfast/profile.h>

#include <string.h>

static const char full[] = "{\"version\":1,\"id\":\"office\",\"name\":\"B\xc3\xbcro\",\"protocol\":"
                           "\"ikev2\",\"gateways\":[\"gw.example\",\"192.0.2.1\"],"
                           "\"port\":4500,\"remote-identity\":\"gw.example\",\"local-identity\":"
                           "\"ann@example\",\"auth\":\"eap-tls\",\"gateway-psk\":false,"
                           "\"eap-identity\":\"ann\",\"tls\":{\"min\":\"1.2\",\"max\":\"1.3\"},"
                           "\"trust\":\"PEM\",\"level\":\"default\",\"ike\":{"
                           "\"encryption\":[\"aes256gcm16\"],\"prf\":[],\"integrity\":[],"
                           "\"groups\":[\"x25519\",\"ecp384\"],\"lifetime\":7200,"
                           "\"liveness\":60,\"keepalive\":25},\"esp\":{\"encryption\":["
                           "\"aes128gcm16\"],\"integrity\":[],\"lifetime\":1800,"
                           "\"allow-without-pfs\":true},\"compatibility\":{\"common-name\":true,"
                           "\"any-purpose\":false},\"mtu\":1400,\"request\":{"
                           "\"ipv4\":true,\"ipv6\":false},\"split\":true,\"include\":[\"10.0.0.0/"
                           "8\",\"fd00::/8\"],\"exclude\":[\"10.1.0.0/16\"],\"dns\":{"
                           "\"servers\":[\"10.0.0.53\"],\"domains\":[\"corp.example\"]},\"kill-"
                           "switch\":\"session\",\"allow-lan\":true,"
                           "\"auto-connect\":true}";

static hf_status decode(const char *json, struct hf_profile *out, struct hf_fault *fault)
{
    hf_profile_init(out);
    return hf_profile_decode(hf_bytes_of_string(json), out, fault);
}

/* One file per test: what is wrong with it is in the fault. */
static void expect_refused(const char *json, const char *received)
{
    struct hf_profile profile;
    struct hf_fault fault;

    cr_expect_eq(decode(json, &profile, &fault), HF_ERR_PROFILE_INVALID, "%s", json);
    cr_expect_str_eq(fault.received, received, "%s: %s", json, fault.received);
    hf_profile_clear(&profile);
}

Test(native, every_key_reaches_its_member)
{
    struct hf_profile p;
    struct hf_fault fault;

    cr_assert_eq(decode(full, &p, &fault), HF_OK, "%s", fault.received);
    cr_expect_str_eq(p.name, "B\xc3\xbcro");
    cr_expect_eq(p.gateway_count, 2u);
    cr_expect_str_eq(p.gateways[1], "192.0.2.1");
    cr_expect_eq(p.port, 4500);
    cr_expect_eq(p.auth, HF_PROFILE_AUTH_EAP_TLS);
    cr_expect_eq(p.ike_groups.count, 2u);
    cr_expect_str_eq(p.ike_groups.names[1], "ecp384");
    cr_expect_eq(p.ike_lifetime, HF_SECONDS(7200));
    cr_expect_eq(p.keepalive, HF_SECONDS(25));
    cr_expect(p.allow_child_without_pfs && p.allow_common_name && !p.allow_any_purpose);
    cr_expect(p.request_ip4 && !p.request_ip6);
    cr_expect(p.split && p.include_count == 2 && p.include[1].bits == 8 && p.exclude_count == 1);
    cr_expect_eq(p.resolver_count, 1u);
    cr_expect_str_eq(p.domains[0], "corp.example");
    cr_expect(p.lock == HF_LOCK_SESSION && p.allow_lan && p.auto_connect);
    cr_expect_eq(p.trust.len, 3u);
    hf_profile_clear(&p);
}

Test(native, what_is_written_reads_back_the_same)
{
    struct hf_profile p, again;
    struct hf_fault fault;
    hf_buf first = hf_buf_with_max(HF_PROFILE_FILE_MAX),
           second = hf_buf_with_max(HF_PROFILE_FILE_MAX);

    cr_assert_eq(decode(full, &p, &fault), HF_OK);
    cr_assert_eq(hf_profile_encode(&p, &first), HF_OK);
    hf_profile_init(&again);
    cr_assert_eq(hf_profile_decode(hf_buf_bytes(&first), &again, &fault), HF_OK, "%s",
                 fault.received);
    cr_assert_eq(hf_profile_encode(&again, &second), HF_OK);
    cr_expect(hf_bytes_equal(hf_buf_bytes(&first), hf_buf_bytes(&second)));
    hf_profile_clear(&p);
    hf_profile_clear(&again);
    hf_buf_free(&first);
    hf_buf_free(&second);
}

/* The lists of objects, and L2TP. */
static const char listed[] =
    "{\"version\":1,\"id\":\"old\",\"name\":\"Old\",\"protocol\":\"l2tp\",\"auth\":\"psk\","
    "\"gateways\":[\"gw.example\"],\"removal-date\":1800000000,\"locked\":[\"edit\"],"
    "\"rules\":[{\"action\":\"connect\",\"interface\":\"wifi\",\"ssids\":[\"Cafe\"]},"
    "{\"action\":\"ignore\",\"disabled\":true,\"domains\":[\"*.corp\"]}],"
    "\"filters\":[{\"protocol\":6,\"remote\":[\"10.0.0.0/8\"],\"remote-ports\":[\"443\","
    "\"1000-2000\"]}],"
    "\"dns\":{\"split\":[{\"domain\":\"corp.example\",\"servers\":[\"10.0.0.1\"]}]},"
    "\"l2tp\":{\"user\":\"ann\",\"methods\":[\"mschapv2\"],\"address\":\"10.9.9.9\"}}";

Test(native, lists_of_objects_are_read_and_written_back)
{
    struct hf_profile p, again;
    struct hf_fault fault;
    hf_buf first = hf_buf_with_max(HF_PROFILE_FILE_MAX),
           second = hf_buf_with_max(HF_PROFILE_FILE_MAX);

    cr_assert_eq(decode(listed, &p, &fault), HF_OK, "%s", fault.received);
    cr_expect_eq(p.rule_count, 2u);
    cr_expect(p.rules[0].interface == HF_INTERFACE_WIFI && p.rules[0].ssids.count == 1);
    cr_expect(p.rules[1].action == HF_RULE_IGNORE && p.rules[1].disabled);
    cr_expect_eq(p.filter_count, 1u);
    cr_expect(p.filters[0].protocol == 6 && p.filters[0].remote_port_count == 2);
    cr_expect(p.filters[0].remote_ports[0].last == 443 &&
              p.filters[0].remote_ports[1].first == 1000);
    cr_expect(p.split_count == 1 && p.splits[0].resolver_count == 1);
    cr_expect_str_eq(p.l2tp.user, "ann");
    cr_expect_eq(p.removal_date, 1800000000);
    cr_assert_eq(hf_profile_encode(&p, &first), HF_OK);
    hf_profile_init(&again);
    cr_assert_eq(hf_profile_decode(hf_buf_bytes(&first), &again, &fault), HF_OK, "%s",
                 fault.received);
    cr_assert_eq(hf_profile_encode(&again, &second), HF_OK);
    cr_expect(hf_bytes_equal(hf_buf_bytes(&first), hf_buf_bytes(&second)));
    cr_expect_eq(hf_profile_check(&p, &fault), HF_OK);
    cr_expect_eq(hf_profile_check_connectable(&p, &fault), HF_ERR_UNSUPPORTED_PROTOCOL);
    cr_expect_eq(hf_profile_required_secrets(&p), 1u << HF_SECRET_PSK | 1u << HF_SECRET_PASSWORD);
    hf_profile_clear(&p);
    hf_profile_clear(&again);
    hf_buf_free(&first);
    hf_buf_free(&second);
}

Test(native, every_truncation_is_refused_and_leaves_the_output_alone)
{
    struct hf_profile p;
    struct hf_fault fault;

    hf_profile_init(&p);
    p.port = 77;
    for (size_t n = 0; n < sizeof full - 1; n++)
        cr_assert_eq(
            hf_profile_decode((hf_bytes){ test_copy((hf_bytes){ (const uint8_t *)full, n }), n },
                              &p, &fault),
            HF_ERR_PROFILE_INVALID);
    cr_expect_eq(p.port, 77);
    hf_profile_clear(&p);
}

Test(native, unknown_and_duplicate_keys_are_refused_by_name)
{
    expect_refused("{\"version\":1,\"gatways\":[]}", "gatways");
    expect_refused("{\"version\":1,\"ike\":{\"cipher\":[]}}", "ike, cipher");
    expect_refused("{\"version\":1,\"port\":1,\"port\":2}", "duplicate object key near '\"port\"'");
}

Test(native, values_of_the_wrong_type_or_size_are_refused_by_name)
{
    expect_refused("{\"version\":1,\"port\":65536}", "port");
    expect_refused("{\"version\":1,\"port\":-1}", "port");
    expect_refused("{\"version\":1,\"port\":\"500\"}", "port");
    expect_refused("{\"version\":1,\"auth\":\"none\"}", "auth");
    expect_refused("{\"version\":1,\"split\":1}", "split");
    expect_refused("{\"version\":1,\"include\":[\"10.0.0.0/33\"]}", "include");
    expect_refused("{\"version\":1,\"dns\":{\"servers\":[\"nine\"]}}", "dns, servers");
    expect_refused(
        "{\"version\":1,\"gateways\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\"]}",
        "gateways");
    expect_refused("{\"version\":1,\"ike\":[]}", "ike");
    expect_refused("{\"version\":1,\"rules\":[{\"acton\":\"connect\"}]}", "rules");
    expect_refused("{\"version\":1,\"rules\":[[]]}", "rules");
    expect_refused("{\"version\":1,\"filters\":[{\"remote-ports\":[\"9-1\"]}]}", "filters");
    expect_refused("{\"version\":1,\"filters\":[{\"remote-ports\":[\"65536\"]}]}", "filters");
    expect_refused("{\"version\":1,\"l2tp\":{\"address\":\"ten\"}}", "l2tp, address");
    expect_refused("{\"version\":1,\"name\":\"two\\nlines\"}", "name");
}

Test(native, the_version_is_required_and_known)
{
    expect_refused("{}", "version");
    expect_refused("{\"version\":2}", "version");
    expect_refused("[]", "file");
}

Test(profile, check_names_what_is_missing)
{
    struct hf_profile p;
    struct hf_fault fault;

    cr_assert_eq(decode(full, &p, &fault), HF_OK);
    cr_expect_eq(hf_profile_check(&p, &fault), HF_OK);
    hf_copy(p.id, "../x", 5);
    cr_expect_eq(hf_profile_check(&p, &fault), HF_ERR_PROFILE_INVALID);
    cr_expect_str_eq(fault.received, "id");
    hf_copy(p.id, "x", 2);
    hf_copy(p.gateways[0], "no spaces", 10);
    cr_expect_eq(hf_profile_check(&p, &fault), HF_ERR_PROFILE_INVALID);
    cr_expect_str_eq(fault.received, "gateways");
    hf_copy(p.gateways[0], "gw", 3);
    hf_buf_clear(&p.trust);
    cr_expect_eq(hf_profile_check(&p, &fault), HF_ERR_PROFILE_INVALID);
    cr_expect_str_eq(fault.received, "trust");
    hf_profile_clear(&p);
}

Test(secrets, round_trip_keeps_names_and_values)
{
    struct hf_secrets secrets, again;
    hf_buf encoded = hf_buf_with_max(1 << 20);

    hf_secrets_init(&secrets);
    hf_secrets_init(&again);
    cr_assert(hf_buf_append(&secrets.values[HF_SECRET_PSK], hex("00ff10")));
    cr_assert(hf_buf_append(&secrets.values[HF_SECRET_CERTIFICATES], hf_bytes_of_string("PEM")));
    cr_assert_eq(hf_secrets_encode(&secrets, &encoded), HF_OK);
    cr_assert_eq(hf_secrets_decode(hf_buf_bytes(&encoded), &again), HF_OK);
    cr_expect(hf_bytes_equal(hf_buf_bytes(&again.values[HF_SECRET_PSK]), hex("00ff10")));
    cr_expect_eq(again.values[HF_SECRET_CERTIFICATES].len, 3u);
    cr_expect_eq(again.values[HF_SECRET_PASSWORD].len, 0u);
    for (size_t n = 0; n < encoded.len; n++) { /* a cut between two records is a shorter file */
        hf_status status =
            hf_secrets_decode((hf_bytes){ test_copy((hf_bytes){ encoded.data, n }), n }, &again);

        cr_expect(status == HF_ERR_TRUNCATED ||
                  (status == HF_OK && (n == 10 || again.values[HF_SECRET_PSK].len == 0)));
    }
    hf_secrets_clear(&secrets);
    hf_secrets_clear(&again);
    hf_buf_free(&encoded);
}

Test(secrets, a_name_twice_or_unknown_is_refused)
{
    struct hf_secrets secrets;
    static const char twice[] = "HFSECRETS1\3psk\0\0\0\1a\3psk\0\0\0\1b";
    static const char unknown[] = "HFSECRETS1\3pks\0\0\0\1a";

    hf_secrets_init(&secrets);
    cr_expect_eq(
        hf_secrets_decode((hf_bytes){ (const uint8_t *)twice, sizeof twice - 1 }, &secrets),
        HF_ERR_MALFORMED);
    cr_expect_eq(
        hf_secrets_decode((hf_bytes){ (const uint8_t *)unknown, sizeof unknown - 1 }, &secrets),
        HF_ERR_MALFORMED);
    hf_secrets_clear(&secrets);
}
