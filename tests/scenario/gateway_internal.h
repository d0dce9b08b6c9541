/* The inside of the gateway: what its files share. See gateway.h. */
#ifndef HF_SCENARIO_GATEWAY_INTERNAL_H
#define HF_SCENARIO_GATEWAY_INTERNAL_H

#include "crypto/ke.h"
#include "scenario/gateway.h"

#define GW_SAS_MAX      16
#define GW_CHILDREN_MAX 8
#define GW_QUEUE_MAX    256
#define GW_REQUESTS_MAX 64
#define GW_IVS_MAX      1024
#define GW_CHAIN_MAX    32768
#define GW_NONCE_LEN    32

/* --- Queues ---------------------------------------------------------------------------------- */

struct gw_output {
    hf_endpoint from, to;
    hf_buf bytes;
};

/* --- Negotiation ----------------------------------------------------------------------------- */

/* What was picked from a proposal, and the answer that says so. */
struct gw_choice {
    struct hf_ikev2_proposal answer;
    struct hf_ikev2_suite suite; /* `prf` 0 for a child */
    bool esn;
};

/* False: nothing acceptable. `with_ke`: a child's keys come from a key exchange of its own.
 * `preferred_ke`: taken where it is acceptable, whatever our order says. */
bool gw_choose(const struct sim_suites *accepted, const struct hf_ikev2_sa_payload *offered,
               uint8_t protocol, bool with_ke, uint16_t preferred_ke, bool prefer_esn,
               struct gw_choice *out);
/* Our own proposal for a rekey: what the SA has now. */
void gw_propose(const struct hf_ikev2_suite *suite, uint8_t protocol, bool esn, hf_bytes spi,
                struct hf_ikev2_proposal *out);

/* --- ESP ------------------------------------------------------------------------------------- */

struct gw_child {
    uint32_t spi_in, spi_out; /* in: we receive with it */
    struct hf_cipher_suite suite;
    struct hf_cipher_sizes sizes;
    bool esn;
    uint16_t ke; /* 0: none of its own */
    struct hf_cipher *seal, *open;
    struct hf_selectors selectors; /* local: behind us; remote: the client */
    uint64_t sent, highest;
    uint64_t window[16]; /* bit n: sequence number n modulo 1024 was seen */
};

/* What keys and selectors of a child are made from; `started_by_us` tells which keys are whose. */
struct gw_child_input {
    const struct gw_choice *choice;
    uint32_t spi_in, spi_out;
    const hf_secret *shared; /* NULL: no key exchange */
    hf_bytes nonce_i, nonce_r;
    bool started_by_us;
    const struct hf_selectors *selectors;
};

struct gw_sa;
struct gw_child *gw_child_new(struct gw_sa *sa, const struct gw_child_input *input);
void gw_child_free(struct gw_child *child);
void gw_esp_handle(struct sim_gateway *gateway, const hf_endpoint *from, hf_bytes packet);
bool gw_esp_send(struct gw_sa *sa, struct gw_child *child, hf_bytes packet);

/* --- EAP ------------------------------------------------------------------------------------- */

enum gw_eap_result { GW_EAP_SEND, GW_EAP_SUCCESS, GW_EAP_FAILURE };

struct gw_eap;
struct gw_eap *gw_eap_new(struct sim_gateway *gateway);
void gw_eap_free(struct gw_eap *eap);
/* Takes the client's packet (empty at the start) and makes ours, whatever the result. */
enum gw_eap_result gw_eap_handle(struct gw_eap *eap, hf_bytes packet, hf_buf *out);
hf_bytes gw_eap_msk(const struct gw_eap *eap);

/* A TLS server in memory. */
struct gw_tls;
struct gw_tls *gw_tls_new(const struct sim_pki *pki, int version);
void gw_tls_free(struct gw_tls *tls);
enum gw_tls_state { GW_TLS_GOES_ON, GW_TLS_DONE, GW_TLS_FAILED };
/* Takes what the client sent and appends what is to be sent. */
enum gw_tls_state gw_tls_handle(struct gw_tls *tls, hf_bytes in, hf_buf *out);
void gw_tls_msk(struct gw_tls *tls, uint8_t out[64]);

/* --- IKE SAs --------------------------------------------------------------------------------- */

enum gw_state {
    GW_INIT_DONE, /* IKE_SA_INIT was answered */
    GW_EAP,       /* the gateway is authenticated, the client is not yet */
    GW_EAP_DONE,  /* EAP-Success was sent */
    GW_ESTABLISHED,
    GW_REPLACED, /* rekeyed: answers, and waits for its deletion */
    GW_CLOSED,   /* answers what comes again, nothing else */
};

enum gw_request {
    GW_NOTHING,
    GW_REKEY_CHILD,
    GW_REKEY_IKE,
    GW_DELETE_CHILD,
    GW_DELETE_OLD_CHILD, /* the one that our rekey replaced */
    GW_DELETE_IKE,
    GW_PROBE
};

/* A request of ours: what is under way, and what its answer needs. */
struct gw_pending {
    enum gw_request kind;
    struct hf_ikev2_datagrams datagrams;
    hf_time resend_at;
    unsigned tries;
    struct hf_ke *ke;
    uint8_t nonce[GW_NONCE_LEN];
    uint32_t child_spi; /* our SPI of the child that it is about */
    uint32_t new_child_spi;
    uint64_t new_ike_spi;
};

/* An IV and the hash of the datagram that it came in. */
struct gw_iv {
    uint8_t iv[16];
    uint8_t hash[20];
};

struct gw_sa {
    struct sim_gateway *gateway;
    enum gw_state state;
    uint64_t born;     /* order of creation */
    bool is_initiator; /* we started the rekey that made this SA */
    uint64_t spi_i, spi_r;
    struct hf_ikev2_suite suite;
    struct hf_ikev2_keys keys;
    struct hf_ikev2_protection protection;
    hf_endpoint client;
    uint16_t local_port;
    bool nat_client, nat_gateway, can_fragment;
    uint32_t client_hashes; /* bit set of 1u << enum hf_signature_hash */

    uint32_t expected;                              /* message id of the client's next request */
    struct hf_ikev2_datagrams incoming;             /* of the request that is not whole */
    struct hf_ikev2_datagrams last_request, answer; /* of the last whole one */
    struct hf_fragments request_fragments, response_fragments;
    size_t iv_count;
    struct gw_iv ivs[GW_IVS_MAX];

    uint32_t next_id; /* of our next request */
    struct gw_pending pending;
    enum gw_request queue[GW_REQUESTS_MAX];
    size_t queued;
    uint32_t old_child_spi; /* for GW_DELETE_OLD_CHILD */

    hf_buf init_request, init_answer;
    hf_buf nonce_i, nonce_r;
    hf_buf first_auth; /* plaintext of the first IKE_AUTH request, kept until the SA is set up */
    uint8_t first_auth_type;
    hf_identity client_id;
    struct gw_eap *eap;
    unsigned create_errors;

    struct gw_child *children[GW_CHILDREN_MAX]; /* oldest first; NULL ends */
};

struct sim_gateway {
    struct sim_gateway_config config;
    const struct hf_env *env;
    hf_time now;
    uint64_t born;
    uint8_t cookie_secret[32];
    hf_buf uncookied; /* the last request that was sent back for a cookie */
    struct gw_sa *sas[GW_SAS_MAX];
    struct gw_output queue[GW_QUEUE_MAX];
    size_t queue_first, queue_count;
    hf_buf sent; /* what next_datagram lent */
    hf_buf packets[GW_QUEUE_MAX];
    size_t packet_first, packet_count;
    hf_buf packet; /* what next_packet lent */
    struct sim_gateway_stats stats;
    const char *violation;
};

/* A request as opened: what its handler works with. */
struct gw_call {
    struct gw_sa *sa;
    uint8_t exchange;
    struct hf_ikev2_chain request;
    hf_bytes plaintext;
    uint8_t first;
    struct hf_ikev2_chain_writer *answer;
    bool dies; /* the SA ends with this answer */
};

void gw_random(struct sim_gateway *gateway, void *out, size_t len);
uint32_t gw_random_spi(struct sim_gateway *gateway);
/* Remembers the first violation. */
void gw_violated(struct sim_gateway *gateway, const char *what);
hf_buf gw_copy(hf_bytes bytes);
/* Queues a datagram; on port 4500 an IKE message gets its marker. */
void gw_send(struct sim_gateway *gateway, uint16_t from_port, const hf_endpoint *to, bool is_ike,
             hf_bytes bytes);

struct gw_sa *gw_sa_new(struct sim_gateway *gateway);
void gw_sa_free(struct gw_sa *sa);
struct gw_sa *gw_sa_find(struct sim_gateway *gateway, uint64_t spi_i, uint64_t spi_r);
/* The newest established SA; NULL: none. */
struct gw_sa *gw_sa_current(const struct sim_gateway *gateway);
void gw_sa_set_keys(struct gw_sa *sa, const struct hf_ikev2_keymat_input *input);
/* A protected datagram for this SA. */
void gw_sa_handle(struct gw_sa *sa, const hf_endpoint *from, uint16_t to_port,
                  const struct hf_ike_header *header, hf_bytes datagram);
void gw_sa_send(struct gw_sa *sa, const struct hf_ikev2_datagrams *datagrams);
/* Seals a chain as request or answer of this SA. */
void gw_sa_seal(struct gw_sa *sa, uint8_t exchange, uint32_t id, bool is_response,
                struct hf_ikev2_chain_writer *chain, struct hf_ikev2_datagrams *out);
struct gw_child *gw_sa_child_by_out(struct gw_sa *sa, uint32_t spi_out);
struct gw_child *gw_sa_child_by_in(struct gw_sa *sa, uint32_t spi_in);
struct gw_child *gw_sa_newest_child(const struct gw_sa *sa);
void gw_sa_drop_child(struct gw_sa *sa, struct gw_child *child);
/* The SA that a rekey makes from `old`, with its children; its keys are still to be set. */
struct gw_sa *gw_sa_successor(struct gw_sa *old, const struct hf_ikev2_suite *suite, uint64_t spi_i,
                              uint64_t spi_r, bool is_initiator);

void gw_init_handle(struct sim_gateway *gateway, const hf_endpoint *from, uint16_t to_port,
                    const struct hf_ike_header *header, hf_bytes datagram);
/* An unprotected answer of one notify, as a forger would send it as well. */
void gw_init_send_clear_error(struct sim_gateway *gateway, const hf_endpoint *to,
                              uint16_t from_port, const struct hf_ike_header *request,
                              uint16_t type);

void gw_auth_handle(struct gw_call *call);
void gw_create_handle(struct gw_call *call);
void gw_informational_handle(struct gw_call *call);
/* Negotiates the child SA of `request` and writes SA, TSi, TSr (and Nr, KEr with `nonce`). False:
 * an error notify was written instead. */
struct gw_child_request {
    const struct hf_ikev2_chain *chain;
    bool in_auth; /* nonces of the IKE SA, no key exchange of its own */
};
bool gw_child_answer(struct gw_call *call, const struct gw_child_request *request);
void gw_config_answer(struct gw_call *call, const struct hf_ikev2_chain *request);
/* Narrows what was asked for; false: nothing is left. */
bool gw_narrow(const struct sim_gateway *gateway, const struct hf_ikev2_ts *tsi,
               const struct hf_ikev2_ts *tsr, bool is_assigned, struct hf_selectors *out);
/* Leaves the payloads of this type out of a chain that is otherwise done. */
void gw_withhold(struct hf_ikev2_chain_writer *w, uint8_t type);
void gw_write_error(struct hf_ikev2_chain_writer *w, uint16_t type, hf_bytes data);
void gw_write_sa(struct hf_ikev2_chain_writer *w, const struct hf_ikev2_proposal *proposal);
void gw_write_ke(struct hf_ikev2_chain_writer *w, const struct hf_ke *ke, bool zeros);
void gw_write_selectors(struct hf_ikev2_chain_writer *w, uint8_t type, const hf_selector *list,
                        size_t count);

void gw_request_enqueue(struct gw_sa *sa, enum gw_request kind);
/* Starts the next request when none is under way. */
void gw_request_start(struct gw_sa *sa);
void gw_request_handle_answer(struct gw_sa *sa, const struct hf_ikev2_chain *chain,
                              uint8_t exchange);
void gw_request_handle_time(struct gw_sa *sa);
void gw_pending_clear(struct gw_pending *pending);

#endif
