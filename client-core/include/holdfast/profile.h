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
#define HF_PROFILE_WORD_MAX   64
#define HF_PROFILE_GATEWAYS   8
#define HF_PROFILE_PREFIXES   64
#define HF_PROFILE_RESOLVERS  8
#define HF_PROFILE_ALGORITHMS 8
#define HF_PROFILE_WORDS      8
#define HF_PROFILE_RULES      16
#define HF_PROFILE_FILTERS    16
#define HF_PROFILE_SPLITS     16
#define HF_PROFILE_FILE_MAX   (1024 * 1024)
#define HF_PROFILE_TRUST_MAX  (768 * 1024) /* PEM of CA certificates, the system's included */

enum hf_profile_protocol { HF_PROTOCOL_IKEV2, HF_PROTOCOL_L2TP };
/* How we prove who we are to the gateway; with L2TP, in IKE: the user's proof is in `l2tp`. */
enum hf_profile_auth {
    HF_PROFILE_AUTH_CERTIFICATE,
    HF_PROFILE_AUTH_PSK,
    HF_PROFILE_AUTH_EAP_TLS,
    HF_PROFILE_AUTH_EAP,             /* by one of `eap_methods`, with a password */
    HF_PROFILE_AUTH_CERTIFICATE_EAP, /* first the one, then the other (RFC 4739) */
};
enum hf_profile_level {
    HF_PROFILE_LEVEL_DEFAULT,
    HF_PROFILE_LEVEL_CNSA1,
    HF_PROFILE_LEVEL_CNSA2,
    HF_PROFILE_LEVEL_PQ_STRICT,
    HF_PROFILE_LEVEL_LEGACY,
};
enum hf_profile_tls { HF_PROFILE_TLS_1_2, HF_PROFILE_TLS_1_3 };
/* How an identity is sent (RFC 7296, section 3.5). AUTO: by its shape. */
enum hf_profile_identity_type {
    HF_PROFILE_IDENTITY_AUTO,
    HF_PROFILE_IDENTITY_ADDRESS,
    HF_PROFILE_IDENTITY_FQDN,
    HF_PROFILE_IDENTITY_EMAIL,
    HF_PROFILE_IDENTITY_DN,
    HF_PROFILE_IDENTITY_KEY_ID,
};
enum hf_profile_revocation {
    HF_PROFILE_REVOCATION_OFF,
    HF_PROFILE_REVOCATION_SOFT,
    HF_PROFILE_REVOCATION_HARD,
};
/* DEVICE: before anybody logs in, and handed over to the tunnel of a user. */
enum hf_profile_scope { HF_PROFILE_SCOPE_USER, HF_PROFILE_SCOPE_SYSTEM, HF_PROFILE_SCOPE_DEVICE };
enum hf_profile_otp {
    HF_PROFILE_OTP_NONE,
    HF_PROFILE_OTP_ASK,    /* in place of the password */
    HF_PROFILE_OTP_APPEND, /* behind the password */
};

/* Names of the registry (crypto/algorithms.def); an empty list leaves the level's. */
struct hf_profile_algorithms {
    char names[HF_PROFILE_ALGORITHMS][32];
    size_t count;
};

/* A list of short texts. */
struct hf_profile_words {
    char words[HF_PROFILE_WORDS][HF_PROFILE_WORD_MAX];
    size_t count;
};

/* --- Connecting by itself: the first rule that fits decides ----------------------------------- */
enum hf_profile_rule_action { HF_RULE_CONNECT, HF_RULE_DISCONNECT, HF_RULE_IGNORE };
enum hf_profile_interface {
    HF_INTERFACE_ANY,
    HF_INTERFACE_ETHERNET,
    HF_INTERFACE_WIFI,
    HF_INTERFACE_CELLULAR,
};
/* Every list that is not empty must match; a rule without any always fits. */
struct hf_profile_rule {
    enum hf_profile_rule_action action;
    bool disabled; /* kept, not followed: it would stop protection by what a stranger can fake */
    enum hf_profile_interface interface;
    struct hf_profile_words ssids;
    struct hf_profile_words domains;   /* search domains; "*." in front matches below it */
    struct hf_profile_words resolvers; /* addresses; a "*" stands for any digits */
    char probe[HF_PROFILE_TEXT_MAX];   /* URL that must answer 200 without a redirect */
};

/* --- What may pass inside the tunnel; none: everything ---------------------------------------- */
#define HF_PROFILE_FILTER_ENTRIES 8
struct hf_profile_ports {
    uint16_t first, last;
};
struct hf_profile_filter {
    bool inbound;      /* else outbound */
    uint16_t protocol; /* IP protocol number; 0: any */
    hf_prefix remote[HF_PROFILE_FILTER_ENTRIES], local[HF_PROFILE_FILTER_ENTRIES];
    size_t remote_count, local_count;
    struct hf_profile_ports remote_ports[HF_PROFILE_FILTER_ENTRIES],
        local_ports[HF_PROFILE_FILTER_ENTRIES];
    size_t remote_port_count, local_port_count;
};

/* --- Names that are asked inside the tunnel; none: all ---------------------------------------- */
struct hf_profile_split {
    char domain[HF_PROFILE_WORD_MAX * 4]; /* without a leading dot */
    bool exact;                           /* this name alone, not what is below it */
    hf_address resolvers[4];              /* none: the tunnel's */
    size_t resolver_count;
};

struct hf_profile_l2tp {
    bool clear; /* without IPsec: an explicit choice */
    char user[HF_PROFILE_TEXT_MAX], domain[HF_PROFILE_TEXT_MAX];
    struct hf_profile_words methods; /* "eap-tls", "eap-mschapv2", "mschapv2", "chap", "pap"; none:
                                        the level's */
    char group[HF_PROFILE_TEXT_MAX]; /* the name sent as ID_KEY_ID with a PSK */
    bool any_port;                   /* our end is not bound to 1701 */
    uint16_t mru_bytes;              /* 0: from the MTU */
    hf_duration echo_interval;       /* 0: the default */
    uint16_t echo_failures;
    hf_address static_address; /* asked for in IPCP; any: none */
    bool prefer_ikev2;         /* try the native protocol first */
};

struct hf_profile {
    char id[HF_PROFILE_TEXT_MAX];   /* stable key: [a-z0-9._-], made from the name where the source
                                       has none */
    char name[HF_PROFILE_TEXT_MAX]; /* for people, UTF-8 */
    char source_key[HF_PROFILE_TEXT_MAX]; /* what the source calls it (a UUID): the same key
                                             replaces in place; "": none */
    char organization[HF_PROFILE_TEXT_MAX];
    char consent[HF_PROFILE_TEXT_MAX * 4]; /* shown before the profile is kept; "": none */
    enum hf_profile_scope scope;
    struct hf_profile_words locked; /* keys that the user may not change: "edit", "remove",
                                       "disconnect", "on-demand" */
    hf_wall_clock removal_date;     /* the profile, its keys and secrets go for good; 0: never */
    enum hf_profile_protocol protocol;
    char gateways[HF_PROFILE_GATEWAYS]
                 [HF_PROFILE_TEXT_MAX]; /* names or addresses, in order of preference */
    size_t gateway_count;
    uint16_t port;                             /* 0: 500, then 4500 */
    char remote_identity[HF_PROFILE_TEXT_MAX]; /* "": the gateway as named */
    enum hf_profile_identity_type remote_identity_type;
    char local_identity[HF_PROFILE_TEXT_MAX]; /* "": from the certificate */
    enum hf_profile_identity_type local_identity_type;
    enum hf_profile_auth auth;
    bool gateway_uses_psk;                         /* with auth PSK: both sides */
    bool eap_only;                                 /* RFC 5998: no AUTH by the gateway before EAP */
    struct hf_profile_words eap_methods;           /* with auth EAP; none: any that is allowed */
    char eap_identity[HF_PROFILE_TEXT_MAX];        /* "": the local identity */
    char eap_server_identity[HF_PROFILE_TEXT_MAX]; /* name in the TLS server's certificate; "": the
                                                      remote identity. A RADIUS server behind the
                                                      gateway has a name of its own. */
    enum hf_profile_tls tls_min, tls_max;
    char key_uri[HF_PROFILE_TEXT_MAX]; /* "pkcs11:..." (RFC 7512) or "tpm2:handle=0x81..."; "": the
                                          key is a secret */
    enum hf_profile_otp otp;
    bool save_secrets;                /* what was asked for may be kept */
    char ppk_id[HF_PROFILE_TEXT_MAX]; /* RFC 8784; "": none */
    bool ppk_required;
    hf_buf trust;      /* owned: PEM of the CAs that may vouch for the gateway */
    bool system_trust; /* the system's CAs may as well */
    struct hf_profile_words trust_thumbprints; /* SHA-1 in hex: of these anchors alone; none: all */
    enum hf_profile_revocation revocation;
    enum hf_profile_level level;
    struct hf_profile_algorithms ike_encryption, ike_prf, ike_integrity, ike_groups, esp_encryption,
        esp_integrity, esp_groups;
    bool allow_child_without_pfs, allow_common_name, allow_any_purpose;
    hf_duration child_lifetime, ike_lifetime, liveness, keepalive; /* 0: the default */
    hf_duration idle_limit; /* without traffic, the tunnel is taken down; 0: never */
    bool no_mobike, no_redirect, no_fragmentation;
    uint16_t mtu_bytes; /* 0: from the path */
    bool request_ip4, request_ip6;
    bool split; /* only `include` goes through the tunnel; without any, what the gateway's selectors
                   name, and nothing is protected until the first tunnel made them known */
    hf_prefix include[HF_PROFILE_PREFIXES];
    size_t include_count;
    hf_prefix exclude[HF_PROFILE_PREFIXES];
    size_t exclude_count;
    bool block_ip4, block_ip6; /* a family that the tunnel does not carry is blocked */
    struct hf_profile_filter filters[HF_PROFILE_FILTERS];
    size_t filter_count;
    hf_address resolvers[HF_PROFILE_RESOLVERS]; /* instead of the gateway's */
    size_t resolver_count;
    char domains[HF_PLAN_DOMAINS][HF_PLAN_DOMAIN_MAX]; /* to search in */
    size_t domain_count;
    struct hf_profile_split splits[HF_PROFILE_SPLITS];
    size_t split_count;
    enum hf_lock_mode lock;
    bool allow_lan;
    bool auto_connect; /* always-on: a failed attempt is `reconnecting`, not `failed` */
    bool at_login;     /* connect when the owner logs in */
    bool on_demand;    /* `rules` decide; auto_connect does not look at them */
    struct hf_profile_rule rules[HF_PROFILE_RULES];
    size_t rule_count;
    struct hf_profile_l2tp l2tp;
};

/* Secrets by name. Owned; cleansed when cleared. */
enum hf_secret_name {
    HF_SECRET_PRIVATE_KEY,  /* PKCS#8, DER or PEM */
    HF_SECRET_CERTIFICATES, /* PEM, leaf first: not secret, but travels with its key */
    HF_SECRET_PSK,
    HF_SECRET_KEY_PASSPHRASE,
    HF_SECRET_PASSWORD,
    HF_SECRET_OTP,
    HF_SECRET_PIN,
    HF_SECRET_PPK,
    HF_SECRET_USER_KEY,          /* of EAP-TLS within L2TP, where the machine has a key as well */
    HF_SECRET_USER_CERTIFICATES, /* PEM, leaf first */
    HF_SECRET_NAME_COUNT,
};
struct hf_secrets {
    hf_buf values[HF_SECRET_NAME_COUNT];
};
/* "private-key", "certificates", "psk", "key-passphrase", "password", "otp", "pin", "ppk",
 * "user-key", "user-certificates"; the reverse is false for an unknown name. */
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
/* The schema of a native profile (JSON Schema, draft 2020-12), made from the table of its keys. */
hf_status hf_profile_schema(hf_buf *out) HF_MUST_USE;
/* Would this rule, if it were followed, stop protection by what any network can claim: an SSID, a
 * search domain, a resolver, an answer that nobody signed? */
bool hf_profile_rule_is_fakeable(const struct hf_profile_rule *rule);
/* What must hold before a profile is stored. HF_ERR_PROFILE_INVALID. */
hf_status hf_profile_check(const struct hf_profile *profile,
                           struct hf_fault *out_fault) HF_MUST_USE;
/* What must hold as well before it can be connected: HF_ERR_UNSUPPORTED_PROTOCOL,
 * HF_ERR_PROFILE_UNSUPPORTED; the fault names the key. */
hf_status hf_profile_check_connectable(const struct hf_profile *profile,
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

/* Who signed the file: whether the signature fits the content, and whether we trust who made it,
 * are two answers. */
enum hf_import_signature { HF_IMPORT_UNSIGNED, HF_IMPORT_SIGNATURE_GOOD, HF_IMPORT_SIGNATURE_BAD };
#define HF_IMPORT_OTHERS 16

struct hf_import {
    struct hf_profile profile;
    struct hf_secrets secrets;
    struct hf_notice *notices; /* owned; every key of the file is accounted for */
    size_t notice_count;
    const char *format; /* "native", "mobileconfig", ...: a literal of formats.def */
    enum hf_import_signature signature;
    char signer[HF_PROFILE_TEXT_MAX];       /* subject of the signer's certificate; printable */
    char signer_trust[HF_PROFILE_TEXT_MAX]; /* "": trusted; else why not */
    char others[HF_IMPORT_OTHERS][HF_PROFILE_TEXT_MAX]; /* further VPNs of the file, by name */
    size_t other_count;
};
void hf_import_clear(struct hf_import *import);

/* A file that the imported one refers to by its base name (a certificate, ipsec.secrets). */
struct hf_import_attachment {
    char name[HF_PROFILE_WORD_MAX];
    hf_bytes file;
};
#define HF_IMPORT_ATTACHMENTS 8
/* All borrowed. */
struct hf_import_options {
    hf_bytes passphrase; /* opens PKCS#12 parts whose password the file does not carry */
    hf_bytes pick;       /* name of the VPN in a file with several; empty: the first */
    hf_bytes anchors;    /* PEM: who is trusted to sign profiles; empty: nobody */
    hf_wall_clock now;   /* 0: unknown; signers' certificates are checked at this time */
    const struct hf_import_attachment *attachments;
    size_t attachment_count;
};
/* Loads what importing needs besides hf_core_load, which opens files: call before confinement. */
void hf_import_load(void);
/* Recognises the format by content and imports one VPN of the file. HF_ERR_PROFILE_FORMAT: no
 * format fits. HF_ERR_PROFILE_INVALID, HF_ERR_PROFILE_UNSUPPORTED, HF_ERR_NOT_FOUND (`pick`),
 * HF_ERR_CREDENTIAL_PASSPHRASE: the fault names the key. On failure `*out` is empty. */
hf_status hf_import_decode(hf_bytes file, const struct hf_import_options *options,
                           struct hf_import *out, struct hf_fault *out_fault) HF_MUST_USE;
/* A file of a key and its certificates (PKCS#12, PEM or DER; either may be missing): fills
 * HF_SECRET_PRIVATE_KEY, as PKCS#8, and HF_SECRET_CERTIFICATES. `out` is emptied first.
 * HF_ERR_CREDENTIAL_PASSPHRASE: wrong or missing. HF_ERR_CREDENTIAL_INVALID: neither is in it, or
 * the key belongs to none of the certificates. HF_ERR_PROFILE_UNSUPPORTED: by an algorithm that the
 * library lacks. On failure `*out` is untouched. */
hf_status hf_credential_file_decode(hf_bytes file, hf_bytes passphrase, struct hf_secrets *out,
                                    struct hf_fault *out_fault) HF_MUST_USE;
/* The dry run as JSON: profile without secrets, names of secrets found, signature and signer,
 * further VPNs of the file, notices. */
hf_status hf_import_report(const struct hf_import *import, hf_buf *out) HF_MUST_USE;
/* The profile in a format of exporters.def ("native", "sswan", "nmconnection", ...), with what of
 * `secrets` the format has a place for; NULL: without any. What it cannot say becomes a notice at
 * the native key, in `*out_notices`, which is emptied and of which nothing else is used; the caller
 * frees it by hf_import_clear. `out` is emptied. HF_ERR_PROFILE_FORMAT: no such format.
 * HF_ERR_PROFILE_UNSUPPORTED, HF_ERR_UNSUPPORTED_PROTOCOL: the format has no such connections; the
 * fault names the key. */
hf_status hf_profile_export(const struct hf_profile *profile, const struct hf_secrets *secrets,
                            const char *format, hf_buf *out, struct hf_import *out_notices,
                            struct hf_fault *out_fault) HF_MUST_USE;

#endif
