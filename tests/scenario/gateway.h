/* An IKEv2 gateway in memory: a responder (RFC 7296) built as test code on the client's own codecs,
 * sans-I/O like the client: datagrams and virtual time in, datagrams out. It does what a good
 * gateway does, answers a request that comes again with the very same bytes, notes what the client
 * does wrong, and misbehaves where `impair` says so. */
#ifndef HF_SCENARIO_GATEWAY_H
#define HF_SCENARIO_GATEWAY_H

#include "base/env.h"
#include "base/secret.h"
#include "base/selector.h"
#include "ikev2/keymat.h"
#include "ikev2/message.h"
#include "scenario/pki.h"

#define SIM_SUITE_MAX  32
#define SIM_DNS_MAX    4
#define SIM_GROUPS_MAX 6
#define SIM_COOKIE_MAX 65 /* one more than a cookie may have */

/* What the gateway accepts from the client, and how it proves itself. */
enum sim_client_auth { SIM_CLIENT_CERTIFICATE, SIM_CLIENT_PSK, SIM_CLIENT_EAP_TLS };
enum sim_gateway_auth { SIM_GATEWAY_CERTIFICATE, SIM_GATEWAY_PSK };
/* How a signature with SHA-1 is announced: AUTH method 1 (RFC 7296, section 3.8), or method 14 with
 * the AlgorithmIdentifier sha1WithRSAEncryption (RFC 7427, section A.1.1). */
enum sim_sha1 { SIM_SHA1_NONE, SIM_SHA1_METHOD_1, SIM_SHA1_METHOD_14 };

/* Transforms that the gateway takes, best first within each type; those of a type that has none
 * here are refused. */
struct sim_suites {
    size_t count;
    struct hf_ikev2_transform transforms[SIM_SUITE_MAX];
};

/* Ways to misbehave; all zero is a good gateway. */
struct sim_impair {
    /* IKE_SA_INIT and IKE_AUTH */
    uint16_t clear_error; /* before each answer, an unprotected error notify as a forger sends it */
    uint16_t init_error;  /* answers IKE_SA_INIT with this notify alone, */
    hf_bytes init_error_data;    /* and this in it */
    uint16_t auth_error;         /* answers the first IKE_AUTH with this protected notify alone */
    uint16_t child_error;        /* leaves the child SA out of IKE_AUTH and says this instead */
    uint16_t create_error;       /* answers CREATE_CHILD_SA with this notify alone, */
    unsigned create_error_times; /* so often; 0: always */
    uint8_t withhold_in_init;    /* a payload type that is left out */
    uint8_t withhold_in_auth;    /* the same, in every IKE_AUTH answer */
    uint8_t withhold_in_child;   /* the same, in CREATE_CHILD_SA */
    bool wrong_auth;             /* one bit of the AUTH data is flipped */
    bool wrong_final_auth;       /* the same, but in the AUTH that ends EAP */
    bool wrong_identity;         /* IDr names somebody else than the certificate */
    bool wrong_proposal;         /* picks a transform that was not offered */
    uint16_t
        wanted_groups[SIM_GROUPS_MAX]; /* INVALID_KE_PAYLOAD asks for these in turn, for ever */
    bool endless_cookies;              /* answers every IKE_SA_INIT with a new COOKIE */
    size_t cookie_len;                 /* of those */
    enum sim_sha1 sha1_auth;           /* the gateway, an RSA key, signs with SHA-1 */
    bool small_nonce;                  /* a nonce of 8 octets */
    bool zero_ke;                      /* key exchange data of zeros */
    bool wide_selectors;               /* TSi and TSr wider than what was asked for */
    bool no_fragmentation;             /* does not support RFC 7383 */
    bool silent_after_init;            /* takes IKE_AUTH and says nothing */
    bool silent;                       /* says nothing at all, also in ESP */
    /* EAP */
    bool early_success;   /* EAP-Success in place of the first method request */
    bool eap_failure;     /* EAP-Failure in place of the first method request */
    bool other_method;    /* proposes MD5-Challenge and does not give in */
    bool eap_before_auth; /* the first IKE_AUTH answer has EAP but neither IDr nor AUTH */
    /* Configuration: an inner address that no gateway may assign; family NONE: none of this */
    hf_address hostile_address;
    hf_address hostile_dns;
    const char *hostile_domain; /* NULL: none */
    /* Sees the chain of each protected answer and request before it is sealed, and may change it.
     */
    void (*before_seal)(void *context, uint8_t exchange, struct hf_ikev2_chain_writer *chain);
    void *before_seal_context;
    /* What is no violation in this story, because the client was made to do it; NULL: nothing. */
    bool (*excuses)(const char *violation);
};

struct sim_gateway_config {
    hf_address address; /* it listens on ports 500 and 4500 */
    enum sim_gateway_auth gateway_auth;
    enum sim_client_auth client_auth;
    const struct sim_pki *pki; /* borrowed; needed but for PSK both ways */
    hf_bytes psk;
    hf_identity id;       /* IDr */
    hf_identity other_id; /* for impair.wrong_identity */
    struct sim_suites ike, esp;
    bool demand_cookie;
    bool request_eap_identity;
    int tls_version;     /* 0: 1.2 and 1.3; 12 or 13 */
    bool ecdsa_methods;  /* authenticates with methods 9 to 11 instead of 14 */
    size_t max_datagram; /* fragments longer messages; 0: 1232 */
    hf_prefix ip4, ip6;  /* inner addresses of the client; family NONE: none to give */
    hf_address dns[SIM_DNS_MAX];
    size_t dns_count;
    const char *domain;           /* INTERNAL_DNS_DOMAIN; NULL: none */
    struct hf_selectors networks; /* `local`: what TSr is narrowed to; none: nothing is narrowed */
    bool prefer_esn;
    struct sim_impair impair;
};

/* What has happened so far. */
struct sim_gateway_stats {
    unsigned init_requests, cookies_demanded, groups_refused;
    unsigned auth_requests, eap_responses, established, client_auth_failures;
    unsigned children_created, children_deleted, child_rekeys, ike_rekeys, ike_deletes;
    unsigned informational_requests; /* of the client */
    unsigned probes_answered;        /* of ours */
    unsigned repeated_requests;      /* answered with the same bytes again */
    unsigned keepalives;
    unsigned esp_in, esp_out, esp_rejected, esp_replayed;
    unsigned dropped; /* datagrams that were not for any SA or not authentic */
    uint16_t last_notify_from_client;
};

/* The SA that the client would use now. */
struct sim_gateway_sa_info {
    bool is_established;
    uint64_t spi_i, spi_r;
    struct hf_ikev2_suite suite;
    size_t children;
    uint32_t child_spi_in, child_spi_out; /* of the newest child; in: towards the gateway */
    struct hf_cipher_suite child_suite;
    bool child_esn;
    uint16_t child_ke; /* 0: keys from the IKE SA alone */
    struct hf_selectors child_selectors;
    hf_identity client_id;
    hf_endpoint client;
    bool nat_client, nat_gateway;
};

struct sim_datagram {
    hf_endpoint from, to;
    hf_bytes bytes; /* borrowed until the next call on the gateway */
};

struct sim_gateway;

/* A good gateway with certificate, EAP-TLS, all suites of the registry, 10.99.0.2 and
 * 2001:db8:99::2 for the client, 10.99.0.1 for DNS, everything routed. `pki` may be NULL for PSK.
 */
void sim_gateway_config_default(struct sim_gateway_config *config, const struct sim_pki *pki);
/* `config` is copied, what it borrows and `env` must outlive the gateway. Ends the program when the
 * gateway cannot be made: that is a broken test. */
struct sim_gateway *sim_gateway_new(const struct sim_gateway_config *config,
                                    const struct hf_env *env);
void sim_gateway_free(struct sim_gateway *gateway);
/* To be changed at any time. */
struct sim_impair *sim_gateway_impair(struct sim_gateway *gateway);

/* A datagram that came for `to_port`, from where the gateway sees the client. */
void sim_gateway_handle_datagram(struct sim_gateway *gateway, const hf_endpoint *from,
                                 uint16_t to_port, hf_bytes datagram, hf_time now);
void sim_gateway_handle_time(struct sim_gateway *gateway, hf_time now);
hf_time sim_gateway_deadline(const struct sim_gateway *gateway);
bool sim_gateway_next_datagram(struct sim_gateway *gateway, struct sim_datagram *out);
/* The inner packets of the client, in order; each is also sent back with its addresses swapped. */
bool sim_gateway_next_packet(struct sim_gateway *gateway, hf_bytes *out);

/* What the gateway starts by itself on its established IKE SA; each waits for the one before.
 * False: there is no such SA. */
bool sim_gateway_rekey_child(struct sim_gateway *gateway, hf_time now);
bool sim_gateway_rekey_ike(struct sim_gateway *gateway, hf_time now);
bool sim_gateway_delete_child(struct sim_gateway *gateway, hf_time now);
bool sim_gateway_delete_ike(struct sim_gateway *gateway, hf_time now);
bool sim_gateway_probe(struct sim_gateway *gateway, hf_time now);
/* Sends an inner packet to the client on the newest child. */
bool sim_gateway_send_packet(struct sim_gateway *gateway, hf_bytes packet);
/* Forgets every SA without a word, as a restart does. */
void sim_gateway_restart(struct sim_gateway *gateway);

const struct sim_gateway_stats *sim_gateway_stats(const struct sim_gateway *gateway);
void sim_gateway_info(const struct sim_gateway *gateway, struct sim_gateway_sa_info *out);
/* The first thing that the client did against the RFC ("a request came before the answer to the one
 * before", "an IV was used twice"); NULL: none. */
const char *sim_gateway_violation(const struct sim_gateway *gateway);

#endif
