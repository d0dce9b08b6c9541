/* The profile model: what a connection is, without its secrets. Read from native JSON
 * (holdfast-profile(5)) or imported from foreign formats; bounded, plain values. Credentials travel
 * beside it, in `struct hf_secrets`. */
#ifndef HOLDFAST_PROFILE_H
#define HOLDFAST_PROFILE_H

#include "base/address.h"
#include "base/fault.h"
#include "base/time.h"
#include <holdfast/plan.h>

#define HF_PROFILE_TEXT_MAX   256
#define HF_PROFILE_GATEWAYS   8
#define HF_PROFILE_PREFIXES   64
#define HF_PROFILE_RESOLVERS  8
#define HF_PROFILE_ALGORITHMS 8
#define HF_PROFILE_FILE_MAX   (1024 * 1024)
#define HF_PROFILE_TRUST_MAX  (256 * 1024) /* PEM of CA certificates */

enum hf_profile_protocol { HF_PROTOCOL_IKEV2, HF_PROTOCOL_L2TP };
enum hf_profile_auth { HF_PROFILE_AUTH_CERTIFICATE, HF_PROFILE_AUTH_PSK, HF_PROFILE_AUTH_EAP_TLS };
enum hf_profile_level { HF_PROFILE_LEVEL_DEFAULT };
enum hf_profile_tls { HF_PROFILE_TLS_1_2, HF_PROFILE_TLS_1_3 };

/* Names of the registry (crypto/algorithms.def); an empty list leaves the level's. */
struct hf_profile_algorithms {
    char names[HF_PROFILE_ALGORITHMS][32];
    size_t count;
};

struct hf_profile {
    char id[HF_PROFILE_TEXT_MAX];   /* stable key: [a-z0-9._-], made from the name where the source
                                       has none */
    char name[HF_PROFILE_TEXT_MAX]; /* for people, UTF-8 */
    enum hf_profile_protocol protocol;
    char gateways[HF_PROFILE_GATEWAYS]
                 [HF_PROFILE_TEXT_MAX]; /* names or addresses, in order of preference */
    size_t gateway_count;
    uint16_t port;                             /* 0: 500, then 4500 */
    char remote_identity[HF_PROFILE_TEXT_MAX]; /* "": the gateway as named */
    char local_identity[HF_PROFILE_TEXT_MAX];  /* "": from the certificate */
    enum hf_profile_auth auth;
    bool gateway_uses_psk;                         /* with auth PSK: both sides */
    char eap_identity[HF_PROFILE_TEXT_MAX];        /* "": the local identity */
    char eap_server_identity[HF_PROFILE_TEXT_MAX]; /* name in the TLS server's certificate; "": the
                                                      remote identity. A RADIUS server behind the
                                                      gateway has a name of its own. */
    enum hf_profile_tls tls_min, tls_max;
    hf_buf trust; /* owned: PEM of the CAs that may vouch for the gateway */
    enum hf_profile_level level;
    struct hf_profile_algorithms ike_encryption, ike_prf, ike_integrity, ike_groups, esp_encryption,
        esp_integrity;
    bool allow_child_without_pfs, allow_common_name, allow_any_purpose;
    hf_duration child_lifetime, ike_lifetime, liveness, keepalive; /* 0: the default */
    uint16_t mtu_bytes;                                            /* 0: from the path */
    bool request_ip4, request_ip6;
    bool split; /* only `include` goes through the tunnel; without any, what the gateway's selectors
                   name, and nothing is protected until the first tunnel made them known */
    hf_prefix include[HF_PROFILE_PREFIXES];
    size_t include_count;
    hf_prefix exclude[HF_PROFILE_PREFIXES];
    size_t exclude_count;
    hf_address resolvers[HF_PROFILE_RESOLVERS]; /* instead of the gateway's */
    size_t resolver_count;
    char domains[HF_PLAN_DOMAINS][HF_PLAN_DOMAIN_MAX];
    size_t domain_count;
    enum hf_lock_mode lock;
    bool allow_lan;
    bool auto_connect; /* always-on: a failed attempt is `reconnecting`, not `failed` */
};

/* Secrets by name. Owned; cleansed when cleared. */
enum hf_secret_name {
    HF_SECRET_PRIVATE_KEY,  /* PKCS#8, DER or PEM */
    HF_SECRET_CERTIFICATES, /* PEM, leaf first: not secret, but travels with its key */
    HF_SECRET_PSK,
    HF_SECRET_KEY_PASSPHRASE,
    HF_SECRET_PASSWORD,
    HF_SECRET_NAME_COUNT,
};
struct hf_secrets {
    hf_buf values[HF_SECRET_NAME_COUNT];
};
/* "private-key", "certificates", "psk", "key-passphrase", "password"; the reverse is false for an
 * unknown name. */
const char *hf_secret_name_text(enum hf_secret_name name);
bool hf_secret_name_of_text(hf_bytes text, enum hf_secret_name *out) HF_MUST_USE;
void hf_secrets_init(struct hf_secrets *secrets);
void hf_secrets_clear(struct hf_secrets *secrets);
/* Length-prefixed records, for a memfd or a file of mode 0600. Decoding bounds each value to 256
 * KiB. */
hf_status hf_secrets_encode(const struct hf_secrets *secrets, hf_buf *out) HF_MUST_USE;
hf_status hf_secrets_decode(hf_bytes encoded, struct hf_secrets *out) HF_MUST_USE;

void hf_profile_init(struct hf_profile *profile); /* the defaults of design, sections 5 and 7 */
void hf_profile_clear(struct hf_profile *profile);
/* Draws the seed of the JSON library's hash tables, which opens a file: call it before confinement.
 */
void hf_profile_load(void);
/* Native JSON, both ways; duplicate and unknown keys are refused, `out_fault->received` names the
 * key. `out` is emptied. */
hf_status hf_profile_decode(hf_bytes json, struct hf_profile *out,
                            struct hf_fault *out_fault) HF_MUST_USE;
hf_status hf_profile_encode(const struct hf_profile *profile, hf_buf *out) HF_MUST_USE;
/* What must hold before a profile is stored or used. HF_ERR_PROFILE_INVALID,
 * HF_ERR_UNSUPPORTED_PROTOCOL. */
hf_status hf_profile_check(const struct hf_profile *profile,
                           struct hf_fault *out_fault) HF_MUST_USE;
/* The secrets without which a connection cannot start: a bit set of 1u << enum hf_secret_name. */
uint32_t hf_profile_required_secrets(const struct hf_profile *profile);

/* --- Import
 * ----------------------------------------------------------------------------------------------------
 */
enum hf_notice_severity {
    HF_NOTICE_APPLIED,
    HF_NOTICE_HARMLESS,
    HF_NOTICE_UNSUPPORTED,
    HF_NOTICE_UNSAFE
};
struct hf_notice {
    enum hf_notice_severity severity;
    char path[HF_PROFILE_TEXT_MAX]; /* "PayloadContent[0].IKEv2.EnablePFS" */
    char text[HF_PROFILE_TEXT_MAX]; /* printable */
};
#define HF_NOTICES_MAX 256

struct hf_import {
    struct hf_profile profile;
    struct hf_secrets secrets;
    struct hf_notice *notices; /* owned; every key of the file is accounted for */
    size_t notice_count;
    const char *format; /* "native", "mobileconfig": a literal */
};
void hf_import_clear(struct hf_import *import);
/* Recognises the format by content and imports the first VPN of the file. `passphrase` opens
 * PKCS#12 parts whose password the file does not carry. HF_ERR_PROFILE_FORMAT: no format fits.
 * HF_ERR_PROFILE_INVALID, HF_ERR_PROFILE_UNSUPPORTED, HF_ERR_UNSUPPORTED_PROTOCOL,
 * HF_ERR_CREDENTIAL_PASSPHRASE: the fault names the key. On failure `*out` is empty. */
hf_status hf_import_decode(hf_bytes file, hf_bytes passphrase, struct hf_import *out,
                           struct hf_fault *out_fault) HF_MUST_USE;
/* The dry run as JSON: profile without secrets, names of secrets found, notices. */
hf_status hf_import_report(const struct hf_import *import, hf_buf *out) HF_MUST_USE;

#endif
