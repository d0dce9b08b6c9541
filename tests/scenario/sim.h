/* The client against the gateway in memory, over a network in memory, in virtual time. A seed
 * decides everything: what the network loses, delays, doubles and damages, every random byte of
 * both sides and of OpenSSL; the same seed gives the same story. What must hold in every story is
 * checked at every step (sim_invariants.c): a story that breaks it ends the program with its seed.
 *
 *   struct sim *sim = sim_new(SEED(1), HF_IKEV2_AUTH_PSK);
 *   sim->network.lose = 300;
 *   sim_connect(sim);
 *   cr_expect(sim_run_until(sim, HF_IKEV2_ESTABLISHED, HF_SECONDS(60)));
 *   sim_free(sim);
 */
#ifndef HF_SCENARIO_SIM_H
#define HF_SCENARIO_SIM_H

#include <holdfast/esp.h>

#include "ikev2/sa.h"
#include "scenario/gateway.h"
#include "support/env.h"

#define SEED(n)          ((uint64_t)(n))
#define SIM_START        HF_SECONDS(1000)
#define SIM_FLIGHT_MAX   1024
#define SIM_SENT_MAX     4096
#define SIM_CHILDREN_MAX 512
#define SIM_EVENT_TYPES  (HF_IKEV2_CLOSED + 1)
#define SIM_TRACE_MAX    (1 << 20)
#define SIM_PACKETS_MAX  8192

enum sim_direction { TO_GATEWAY, TO_CLIENT };

/* Out of 1000 datagrams, each way; times are one way. */
struct sim_network {
    unsigned lose, duplicate, corrupt, reorder;
    hf_duration delay;  /* 0: 10 ms */
    hf_duration spread; /* what a reordered one takes longer, at most; 0: 50 ms */
    bool nat;           /* between us and the gateway: it sees another address and port */
};

/* What the data plane knows of a child. */
struct sim_child {
    uint32_t spi_in, spi_out;
    bool is_down;
    struct hf_esp_inbound *in;
    struct hf_esp_outbound *out;
};

struct sim_flight {
    hf_time at;
    uint64_t order;
    enum sim_direction direction;
    hf_endpoint from, to;
    hf_buf bytes;
};

struct sim {
    /* To be changed before sim_connect. */
    struct hf_ikev2_sa_config client;
    struct sim_gateway_config gateway_config;
    struct sim_pki_options pki_options;
    struct sim_network network; /* … or at any time */

    uint64_t seed;
    hf_time now;
    struct sim_gateway *gateway;
    struct hf_ikev2_sa *sa;
    struct sim_pki
        *pki; /* made by sim_connect where the caller leaves it NULL; freed with the story */
    struct test_env client_env, gateway_env;
    uint64_t dice; /* the network's randomness */
    unsigned drop_next[2];
    bool cut[2]; /* everything that way is lost */

    /* On the wire. */
    struct sim_flight flights[SIM_FLIGHT_MAX];
    size_t flight_count;
    uint64_t flight_order;

    /* What the client did. */
    hf_buf sent[SIM_SENT_MAX];
    size_t sent_count;
    unsigned events[SIM_EVENT_TYPES];
    hf_time event_at[SIM_EVENT_TYPES]; /* the last of its type */
    struct hf_fault fault;
    struct hf_ikev2_configuration assigned;
    struct hf_selectors selectors; /* of the last child */
    struct sim_child children[SIM_CHILDREN_MAX];
    size_t child_count;
    uint32_t sending; /* SPI that is sent on; 0: none */
    bool impostor;    /* the gateway is none that may ever be verified */
    hf_buf trace;     /* text, one record a line */

    /* Inner packets: each is numbered, and the gateway sends it back. */
    size_t packets_sent, packets_back, packets_strange;
    bool is_back[SIM_PACKETS_MAX];
};

/* A client and a gateway that get along with this authentication; the caller changes what the story
 * needs. With PSK both sides use it. */
struct sim *sim_new(uint64_t seed, enum hf_ikev2_auth_kind auth);
void sim_free(struct sim *sim);

/* Makes keys, gateway and SA, and sends the first message. */
void sim_connect(struct sim *sim);
/* Lets everything happen that happens within `duration`. */
void sim_advance(struct sim *sim, hf_duration duration);
/* Goes on until one more event of this type came: false when none did within `limit`. */
bool sim_run_until(struct sim *sim, enum hf_ikev2_event_type type, hf_duration limit);
/* Connects and is established; ends the program when that fails. */
void sim_establish(struct sim *sim);

/* The next datagram that way is lost. */
void sim_drop_next(struct sim *sim, enum sim_direction direction);
/* A datagram that nobody sent, from the gateway's address and `port`; it arrives at once. */
void sim_inject(struct sim *sim, uint16_t port, hf_bytes datagram);
/* The n-th datagram of the client; empty when there is none. */
hf_bytes sim_sent(const struct sim *sim, size_t n);
/* Flips a bit of a datagram. False: nothing protects it but the checksum of UDP, which has noticed.
 */
bool sim_damage(uint64_t *dice, hf_buf *bytes);
/* Children that are up and not down again. */
size_t sim_live_children(const struct sim *sim);

/* --- sim_traffic.c --- */
/* Sends an inner packet on the child that is sent on; false when there is none. */
bool sim_send_packet(struct sim *sim);
/* A packet every `interval` for `duration`, and time for the last to come back. */
void sim_send_packets(struct sim *sim, hf_duration interval, hf_duration duration);
void sim_traffic_child_up(struct sim_child *child, const struct hf_ikev2_child *keys);
void sim_traffic_child_down(struct sim_child *child);
/* True when the datagram was ESP. */
bool sim_traffic_handle(struct sim *sim, hf_bytes datagram);
/* Puts a datagram of the client on its way. */
void sim_transmit(struct sim *sim, const hf_endpoint *to, hf_bytes bytes);

/* --- sim_invariants.c: each ends the program when it does not hold --- */
void sim_check_event(struct sim *sim, const struct hf_ikev2_event *event);
void sim_check_step(struct sim *sim);
void sim_check_datagram(struct sim *sim, const hf_endpoint *to);
_Noreturn void sim_broken(const struct sim *sim, const char *what);

/* --- sim_random.c --- */
/* Makes OpenSSL's generators give what follows from the seed, in this process. */
void sim_random_seed(uint64_t seed);

/* --- sim_trace.c --- */
/* Takes what the client traced into `trace`. */
void sim_trace_drain(struct sim *sim);

#endif
