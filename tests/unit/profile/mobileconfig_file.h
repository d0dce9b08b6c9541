/* Writing .mobileconfig files for tests: property lists as C strings. */
#ifndef HF_TESTS_UNIT_PROFILE_MOBILECONFIG_FILE_H
#define HF_TESTS_UNIT_PROFILE_MOBILECONFIG_FILE_H

#include "support/test.h"
#include <holdfast/profile.h>

#include <string.h>

/* One key and its value. */
#define K(key)         "<key>" key "</key>"
#define S(key, text)   K(key) "<string>" text "</string>"
#define N(key, number) K(key) "<integer>" #number "</integer>"
#define R(key, number) K(key) "<real>" #number "</real>"
#define T(key)         K(key) "<true/>"
#define D(key, body)   K(key) "<dict>" body "</dict>"
#define A(key, body)   K(key) "<array>" body "</array>"
#define B(key, base64) K(key) "<data>" base64 "</data>"
#define DATE(key, at)  K(key) "<date>" at "</date>"
/* Entries of an array. */
#define E(text)        "<string>" text "</string>"
#define O(body)        "<dict>" body "</dict>"

#define FILE_OF(top, payloads)                                                                     \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST "      \
    "1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\"><plist version=\"1.0\">"         \
    "<dict>" S("PayloadType", "Configuration") top A("PayloadContent", payloads) "</dict></plist>"
#define VPN(type, body) O(S("PayloadType", "com.apple.vpn.managed") S("VPNType", type) body)

#define ENDS                                                                                       \
    S("RemoteAddress", "gw.example")                                                               \
    S("RemoteIdentifier", "gw.example") S("LocalIdentifier", "ann@example")
#define PSK         S("AuthenticationMethod", "SharedSecret") S("SharedSecret", "kD8fq2Lm0zXw7RbTn4Vh")
#define NAME        S("UserDefinedName", "Office VPN")
/* A file of one IKEv2 VPN with a shared secret, and more keys for it. */
#define IKEV2(more) FILE_OF("", VPN("IKEv2", NAME D("IKEv2", ENDS PSK more)))

static const struct hf_import_options no_options = { .now = 0 };

static inline hf_status import_with(const char *xml, const struct hf_import_options *options,
                                    struct hf_import *out, struct hf_fault *fault)
{
    return hf_import_decode(hf_bytes_of_string(xml), options, out, fault);
}

static inline hf_status import(const char *xml, struct hf_import *out, struct hf_fault *fault)
{
    return import_with(xml, &no_options, out, fault);
}

/* One that must succeed; the caller clears it. */
static inline struct hf_import imported(const char *xml)
{
    struct hf_import in;
    struct hf_fault fault = { 0 };

    cr_assert_eq(import(xml, &in, &fault), HF_OK, "%s: %s: %s", hf_status_code(fault.status),
                 fault.received, fault.offered);
    return in;
}

/* The last notice with this path; NULL: none. */
static inline const struct hf_notice *find_notice(const struct hf_import *in, const char *path)
{
    for (size_t i = in->notice_count; i-- > 0;) {
        if (strcmp(in->notices[i].path, path) == 0)
            return &in->notices[i];
    }
    return NULL;
}

#define EXPECT_NOTICE(in, at, wanted)                                                              \
    do {                                                                                           \
        const struct hf_notice *found = find_notice(in, at);                                       \
        cr_assert_not_null(found, "no notice %s", at);                                             \
        cr_expect_eq(found->severity, wanted, "%s: %s", at, found->text);                          \
    } while (0)

/* `words` must be among what would have been right. */
#define EXPECT_REFUSED(xml, wanted, path, words)                                                   \
    do {                                                                                           \
        struct hf_import in_;                                                                      \
        struct hf_fault fault_ = { 0 };                                                            \
        cr_expect_eq(import(xml, &in_, &fault_), wanted, "%s", hf_status_code(fault_.status));     \
        cr_expect_eq(fault_.status, wanted);                                                       \
        cr_expect_str_eq(fault_.received, path);                                                   \
        cr_expect_not_null(strstr(fault_.offered, words), "%s", fault_.offered);                   \
        cr_expect_eq(in_.notice_count, 0u);                                                        \
        hf_import_clear(&in_);                                                                     \
    } while (0)

#endif
