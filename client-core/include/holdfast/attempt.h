/* One connection's life in the engine: resolve, shake hands, authenticate, have it installed, keep
 * it alive, end it. Composes dns/, ikev2/, eap/ and the profile; decides nothing about the block.
 * Datagrams, answers and time in; datagrams, events and a deadline out. */
#ifndef HOLDFAST_ATTEMPT_H
#define HOLDFAST_ATTEMPT_H

#include "base/env.h"
#include "base/fault.h"
#include <holdfast/esp.h>
#include <holdfast/plan.h>
#include <holdfast/profile.h>
#include <holdfast/state.h>

#define HF_ATTEMPT_ADDRESSES 8

/* What the daemon knows besides the profile. */
struct hf_attempt_hints {
    hf_endpoint resolvers[HF_PLAN_ENDPOINTS]; /* to ask for the gateway's name */
    size_t resolver_count;
    hf_address last_good[HF_ATTEMPT_ADDRESSES]; /* tried first, without a query */
    size_t last_good_count;
    uint16_t last_ke; /* group that the gateway took last time; 0: unknown */
    hf_duration rtt;  /* 0: unknown */
    hf_address local; /* our address towards the network; family NONE: unknown */
    uint16_t local_port;
    uint16_t path_mtu; /* of the uplink; 0: 1500 */
    hf_wall_clock wall_clock;
};

enum hf_channel { HF_CHANNEL_RESOLVER, HF_CHANNEL_UNDERLAY };

struct hf_attempt_datagram {
    enum hf_channel channel;
    hf_endpoint to;
    hf_bytes bytes; /* borrowed until the next call on the attempt */
};

/* What was agreed and with whom, for status; printable ASCII. */
struct hf_attempt_summary {
    hf_address gateway;
    char gateway_identity[HF_FAULT_TEXT_MAX];
    char ike_suite[96], esp_suite[96], authentication[64];
    uint16_t ke;
    hf_duration rtt;
    bool behind_nat;
    unsigned round_trips;
};

enum hf_attempt_event_type {
    HF_ATTEMPT_STATE,     /* `state` */
    HF_ATTEMPT_GATEWAY,   /* `gateway`: the hole for this address is wanted; answer with
                             handle_underlay */
    HF_ATTEMPT_INSTALL,   /* `plan`: tunnel part of the plan wanted; answer with handle_installed */
    HF_ATTEMPT_CHILD_ADD, /* `inbound`, `outbound`, `selectors`: open with it now; seal with it when
                             `send_now` */
    HF_ATTEMPT_CHILD_SEND,    /* `spi` (outbound): seal with this one from now on */
    HF_ATTEMPT_CHILD_REMOVE,  /* `spi` (inbound): forget the pair */
    HF_ATTEMPT_SUMMARY,       /* `summary` */
    HF_ATTEMPT_PROOF,         /* the gateway proved to be there at `at` */
    HF_ATTEMPT_TRAFFIC,       /* `is_one_way`: packets go out and none come back, though the gateway
                                 answers; or they come back again */
    HF_ATTEMPT_SECRET_WANTED, /* `secret`: answer with handle_secret */
    HF_ATTEMPT_ENDED,         /* `fault`: HF_OK when we asked for it; the attempt is over */
};

struct hf_attempt_event {
    enum hf_attempt_event_type type;
    enum hf_conn_state state;
    hf_address gateway;
    uint16_t gateway_ports[2];
    struct hf_plan plan;
    struct hf_esp_params inbound, outbound;
    struct hf_selectors selectors;
    bool send_now;
    uint32_t spi, peer_spi; /* CHILD_*: spi is ours (inbound), peer_spi theirs (outbound) */
    struct hf_attempt_summary summary;
    enum hf_secret_name secret;
    hf_time at;
    bool is_one_way;
    struct hf_fault fault;
};

/* What the data plane counts on the current child; monotonic over rekeys where it says total. */
struct hf_attempt_usage {
    uint64_t child_bytes_out, child_sequence_out; /* of the current outbound SA */
    hf_time last_sent, last_received;             /* inner packets; 0: never */
    hf_time sent_after; /* no packet that was not reported before left earlier; 0: unknown */
};

struct hf_attempt;

/* Takes copies of the profile's values it needs; `profile`, `secrets` and `env` are borrowed for
 * the attempt's life. */
hf_status hf_attempt_new(const struct hf_profile *profile, const struct hf_secrets *secrets,
                         const struct hf_attempt_hints *hints, const struct hf_env *env,
                         struct hf_attempt **out, struct hf_fault *out_fault) HF_MUST_USE;
void hf_attempt_free(struct hf_attempt *attempt);
void hf_attempt_start(struct hf_attempt *attempt, hf_time now);

/* The hole for the gateway is open (or could not be made): the first datagram may leave. */
void hf_attempt_handle_underlay(struct hf_attempt *attempt, hf_status status, hf_time now);
/* The plan of HF_ATTEMPT_INSTALL is in force (or not). */
void hf_attempt_handle_installed(struct hf_attempt *attempt, hf_status status, hf_time now);
void hf_attempt_handle_secret(struct hf_attempt *attempt, enum hf_secret_name name, hf_bytes value,
                              hf_time now);
void hf_attempt_handle_datagram(struct hf_attempt *attempt, enum hf_channel channel,
                                const hf_endpoint *from, hf_bytes datagram, hf_time now);
void hf_attempt_handle_usage(struct hf_attempt *attempt, const struct hf_attempt_usage *usage,
                             hf_time now);
/* The first packet that is authentic came with this inbound SA: the gateway sends with it. */
void hf_attempt_handle_first_packet(struct hf_attempt *attempt, uint32_t spi_in, hf_time now);
void hf_attempt_handle_time(struct hf_attempt *attempt, hf_time now);
void hf_attempt_disconnect(struct hf_attempt *attempt, hf_time now);
/* For tests and benchmarks: starts a rekey now. */
void hf_attempt_rekey(struct hf_attempt *attempt, bool ike, hf_time now);

hf_time hf_attempt_deadline(const struct hf_attempt *attempt);
bool hf_attempt_next_datagram(struct hf_attempt *attempt, struct hf_attempt_datagram *out);
bool hf_attempt_next_event(struct hf_attempt *attempt, struct hf_attempt_event *out);

/* Loads every algorithm and provider that an attempt may need; call before confinement. */
hf_status hf_core_load(void) HF_MUST_USE;
/* Production randomness for `struct hf_env`. */
bool hf_core_random(void *context, uint8_t *out, size_t len);

#endif
