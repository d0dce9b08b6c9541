/* An IKEv2 SA as initiator, from IKE_SA_INIT to deletion, with its one child SA: datagrams and time
 * in, datagrams and events out (RFC 7296). It composes small machines (window, tasks, rekey,
 * liveness) and does no I/O. Name resolution, the platform's plan and what users see are conn/'s.
 */
#ifndef HF_IKEV2_SA_H
#define HF_IKEV2_SA_H

#include "base/env.h"
#include "base/fault.h"
#include "base/secret.h"
#include "base/selector.h"
#include "crypto/algorithms.h"
#include "crypto/cipher.h"
#include "crypto/credential.h"
#include "eap/peer.h"

enum hf_ikev2_auth_kind { HF_IKEV2_AUTH_CERTIFICATE, HF_IKEV2_AUTH_PSK, HF_IKEV2_AUTH_EAP };

#define HF_IKEV2_DNS_MAX     8
#define HF_IKEV2_DOMAINS_MAX 8
#define HF_DOMAIN_MAX        254

/* What the caller wants; everything is borrowed until hf_ikev2_sa_free. */
struct hf_ikev2_sa_config {
    hf_endpoint gateway; /* port 500, 4500, or the profile's */
    hf_endpoint local;   /* our address and port as the platform knows them (NAT detection); may be
                            unspecified */
    bool start_on_natt_port; /* begin on 4500, with the marker */
    enum hf_level level;
    uint16_t first_ke;            /* group that the gateway took last time; 0: the level's first */
    const hf_selector *remote_ts; /* requested; NULL: everything of both families */
    size_t remote_ts_count;
    /* Optional narrowing of the level's suites by the profile (algorithm rows by registry number;
     * count 0: the level's). */
    const struct hf_algorithm *const *ike_encr, *const *ike_prf, *const *ike_integ, *const *ike_ke;
    size_t ike_encr_count, ike_prf_count, ike_integ_count, ike_ke_count;
    const struct hf_algorithm *const *esp_encr, *const *esp_integ;
    size_t esp_encr_count, esp_integ_count;
    bool allow_child_without_pfs; /* a named, graded choice (design, section 7) */

    enum hf_ikev2_auth_kind auth; /* how we prove ourselves */
    bool gateway_uses_psk; /* the gateway proves itself by the PSK instead of a certificate */
    hf_identity local_id;  /* IDi */
    hf_identity remote_id; /* expected IDr: never HF_ID_NONE */
    bool send_remote_id;   /* send IDr in the request */
    const struct hf_credential *credential;
    hf_bytes psk;
    const struct hf_trust *trust;
    struct hf_certificate_policy certificate_policy; /* its identity is filled in from remote_id */
    struct hf_eap_config eap;

    bool want_ip4, want_ip6; /* inner addresses to request */
    bool beside_another;     /* another SA with this gateway lives on: no INITIAL_CONTACT */
    hf_wall_clock wall_clock;

    hf_duration rtt_hint;                     /* cached round trip to this gateway; 0: unknown */
    hf_duration child_lifetime, ike_lifetime; /* 0: 1 h, 4 h */
    uint64_t child_bytes;                     /* 0: 64 GiB */
    hf_duration keepalive;                    /* 0: 20 s */
    hf_duration liveness; /* idle liveness check; 0: none beyond what traffic asks for */
    size_t max_datagram;  /* octets of UDP payload before IKE fragments; 0: 1232 */
};

enum hf_ikev2_event_type {
    HF_IKEV2_AUTHENTICATING, /* IKE_SA_INIT is done */
    HF_IKEV2_PEER_VERIFIED,  /* the gateway's authentication, identity and policy hold (invariant 1)
                              */
    HF_IKEV2_CONFIGURED,     /* `config`: what the gateway assigned; comes before CHILD_UP */
    HF_IKEV2_CHILD_UP,   /* `child`: the first child, or a rekeyed one beside the old: receive on it
                            now, and send on it when   `child.send_now` */
    HF_IKEV2_CHILD_SEND, /* `child.spi_out`: send on this one from now on */
    HF_IKEV2_CHILD_DOWN, /* `child.spi_in`: forget this one */
    HF_IKEV2_ESTABLISHED, /* IKE_AUTH is complete */
    HF_IKEV2_IKE_REKEYED,
    HF_IKEV2_PROOF,      /* an authentic message came from the gateway */
    HF_IKEV2_UNANSWERED, /* a request has gone unanswered for 5 s: path in doubt; PROOF ends it */
    HF_IKEV2_FAILED,     /* `fault`; the SA is over */
    HF_IKEV2_CLOSED,     /* deleted, by us or by the gateway (`fault.status` HF_OK: by us;
                            HF_ERR_PEER_GONE: by it) */
};

struct hf_ikev2_child {
    uint32_t spi_in, spi_out;
    struct hf_cipher_suite suite;
    bool esn;
    hf_secret encr_in, integ_in, encr_out, integ_out;
    struct hf_selectors selectors;
    bool send_now;
};

struct hf_ikev2_configuration {
    hf_prefix ip4, ip6; /* inner addresses; family NONE when not assigned */
    hf_address dns[HF_IKEV2_DNS_MAX];
    size_t dns_count;
    char domains[HF_IKEV2_DOMAINS_MAX][HF_DOMAIN_MAX]; /* valid host names, lower case */
    size_t domain_count;
};

struct hf_ikev2_event {
    enum hf_ikev2_event_type type;
    struct hf_ikev2_child child;
    struct hf_ikev2_configuration config;
    struct hf_fault fault;
};

/* Who the gateway proved to be and what was agreed, for status. Texts are printable ASCII. */
struct hf_ikev2_summary {
    char gateway_identity[HF_FAULT_TEXT_MAX];
    char ike_suite[96], esp_suite[96];
    char authentication[64]; /* "eap-tls (tls1.3)", "certificate (ecdsa-sha2-256)" */
    uint16_t ke;             /* group agreed on: to be remembered */
    bool nat_local, nat_remote;
    unsigned round_trips;
};

struct hf_ikev2_datagram {
    hf_endpoint to;
    hf_bytes bytes; /* marker included on port 4500; borrowed until the next call on the SA */
};

struct hf_ikev2_sa;

/* `config` and `env` are borrowed for the SA's life. Generates keys and the first message. */
hf_status hf_ikev2_sa_new(const struct hf_ikev2_sa_config *config, const struct hf_env *env,
                          hf_time now, struct hf_ikev2_sa **out) HF_MUST_USE;
void hf_ikev2_sa_free(struct hf_ikev2_sa *sa);

/* A datagram from `from` (marker included where it came on 4500). Anything forged or malformed
 * changes nothing. */
void hf_ikev2_sa_handle_datagram(struct hf_ikev2_sa *sa, const hf_endpoint *from, hf_bytes datagram,
                                 hf_time now);
void hf_ikev2_sa_handle_time(struct hf_ikev2_sa *sa, hf_time now);
/* When handle_time wants to be called next. */
hf_time hf_ikev2_sa_deadline(const struct hf_ikev2_sa *sa);

/* Requests of our side; each is queued behind the one in flight (window 1) and ignored where it
 * makes no sense. */
void hf_ikev2_sa_rekey_child(struct hf_ikev2_sa *sa, hf_time now);
void hf_ikev2_sa_rekey_ike(struct hf_ikev2_sa *sa, hf_time now);
void hf_ikev2_sa_probe(struct hf_ikev2_sa *sa,
                       hf_time now); /* liveness check (RFC 7296, section 2.4) */
void hf_ikev2_sa_delete(struct hf_ikev2_sa *sa, hf_time now);
/* What the data plane counted on the current outbound child, for rekey by volume and sequence. */
void hf_ikev2_sa_report_usage(struct hf_ikev2_sa *sa, uint64_t bytes_out, uint64_t sequence_out,
                              hf_time last_sent, hf_time now);

/* What it counted on an inbound child: a sign of life, and of the gateway sending on that child,
 * which after a rekey of its own is when we may do so too (RFC 7296, section 2.8). */
void hf_ikev2_sa_report_received(struct hf_ikev2_sa *sa, uint32_t spi_in, hf_time last_received,
                                 hf_time now);

/* Outputs; false when there is none (more). */
bool hf_ikev2_sa_next_datagram(struct hf_ikev2_sa *sa, struct hf_ikev2_datagram *out);
/* Something waits to be fetched: after HF_IKEV2_FAILED, a last word that the gateway will answer.
 */
bool hf_ikev2_sa_has_datagram(const struct hf_ikev2_sa *sa);
bool hf_ikev2_sa_next_event(struct hf_ikev2_sa *sa, struct hf_ikev2_event *out);
void hf_ikev2_sa_summary(const struct hf_ikev2_sa *sa, struct hf_ikev2_summary *out);

#endif
