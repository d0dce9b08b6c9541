/* The whole client in virtual time: supervisor (the daemon), attempt (the engine) and a backend
 * that keeps plans (netd), with the messages between the three on their way for a moment, against
 * the gateway in memory over a bad network. A seed decides everything, also what the user and the
 * host do. What must hold in every story is in client_checks.c. */
#ifndef HF_SCENARIO_CLIENT_WORLD_H
#define HF_SCENARIO_CLIENT_WORLD_H

#include <holdfast/supervisor.h>

#include "common/ruleset.h"
#include "fake/net_fake.h"
#include "scenario/sim.h"
#include "support/printf.h"

#define WORLD_MAIL_MAX  512
#define WORLD_TRACE_MAX (1 << 22)
#define WORLD_PROFILES  2

/* Each is in order, but for the network. */
enum world_route {
    TO_DAEMON_FROM_ENGINE,
    TO_DAEMON_FROM_NETD,
    TO_ENGINE_FROM_DAEMON,
    TO_NETD_FROM_DAEMON,
    WORLD_ORDERED,
    TO_ENGINE_FROM_NETWORK = WORLD_ORDERED,
    TO_GATEWAY_FROM_NETWORK,
    WORLD_ROUTES
};

enum world_word {
    WORD_DATAGRAM,
    WORD_EVENT,
    WORD_GONE,
    WORD_APPLY,
    WORD_APPLIED,
    WORD_START,
    WORD_DISCONNECT,
    WORD_UNDERLAY,
    WORD_INSTALLED,
};

struct world_mail {
    hf_time at;
    uint64_t order;
    enum world_route route;
    enum world_word word;
    unsigned engine; /* which engine it is from or for */
    enum hf_channel channel;
    hf_endpoint from, to;
    hf_buf bytes;
    struct hf_attempt_event *event; /* owned, with EVENT */
    struct hf_plan *plan;           /* owned, with APPLY */
    struct hf_attempt_hints *hints; /* owned, with START */
    uint32_t serial;
    hf_status status;
};

struct world {
    uint64_t seed, dice;
    hf_time now;
    struct sim_network network;
    bool online, silent; /* silent: nothing passes between us and the gateway */
    struct sim_gateway_config gateway_config;
    struct sim_gateway *gateway;
    struct test_env daemon_env, engine_env, gateway_env;
    bool impostor; /* the gateway cannot prove itself */

    struct hf_supervisor *daemon;
    struct hf_profile profiles[WORLD_PROFILES], running;
    struct hf_secrets secrets;
    hf_address last_good;
    struct {
        bool connected;
        hf_time resume_at;
        char profile[HF_PROFILE_TEXT_MAX];
    } intent; /* on disk */

    struct hf_attempt *attempt; /* NULL: the engine has not begun */
    bool engine_lives;
    unsigned engine; /* number of the last one */
    unsigned established_before;

    struct hf_fake_net netd;
    bool netd_lives;
    hf_time netd_back_at;
    struct hf_ruleset rules; /* of the plan in force */

    struct world_mail mail[WORLD_MAIL_MAX];
    size_t mail_count;
    uint64_t mail_order;
    hf_time last_at[WORLD_ORDERED];
    hf_buf trace;
    unsigned visits[HF_CONN_STATE_COUNT]; /* states entered, for the tally */
    enum hf_conn_state seen;

    /* What client_checks.c remembers. */
    bool was_locked, was_always;
    /* Unblocked, or another profile's turn: until an engine of this one begins; NULL: of any. */
    bool always_ends;
    const struct hf_profile *successor;
    hf_time standing_at;
    unsigned standing;
};

/* --- client_world.c --- */
struct world *world_new(uint64_t seed);
void world_free(struct world *world);
void world_advance(struct world *world, hf_duration duration);
/* Takes out all that is said and sent after something was done to a part. */
void world_settle(struct world *world);
void world_note(struct world *world, const char *format, ...) TEST_PRINTF(2, 3);
struct hf_supervisor_status world_status(const struct world *world);
void world_engine_dies(struct world *world);
void world_netd_dies(struct world *world, hf_duration away);
/* With its engine; the next daemon meets what netd says is in force, and the intent on disk. */
void world_daemon_dies(struct world *world);
void world_set_online(struct world *world, bool online);
uint64_t world_roll(struct world *world, uint64_t bound);

/* --- client_mail.c --- */
struct world_mail *world_post(struct world *world, enum world_route route, enum world_word word);
/* The next that arrives; false: nothing is under way. */
hf_time world_mail_due(const struct world *world);
struct world_mail world_mail_take(struct world *world);
void world_mail_drop(struct world *world, enum world_route route);
void world_mail_clear(struct world_mail *mail);
bool world_is_under_way(const struct world *world, enum world_route route);
void world_send(struct world *world, const struct hf_attempt_datagram *datagram);
void world_send_back(struct world *world, const hf_endpoint *from, const hf_endpoint *to,
                     enum hf_channel channel, hf_bytes bytes);

/* --- client_checks.c: each ends the program when it does not hold --- */
_Noreturn void world_broken(const struct world *world, const char *what);
void world_check_step(struct world *world);
void world_check_asked(struct world *world, const struct hf_plan *plan);
void world_check_told(struct world *world, const struct hf_supervisor_action *action);
void world_check_event(struct world *world, const struct hf_attempt_event *event);
/* Somebody asks for what may end mode `always`: another profile, or (NULL) that there is no lock.
 */
void world_release_always(struct world *world, const struct hf_profile *successor);
void world_check_settled(struct world *world);
void world_check_wire(struct world *world, const struct hf_attempt_datagram *datagram);
/* The plan in force, or the host's facts, changed. */
void world_rules_changed(struct world *world);
/* A packet of the engine's to this endpoint leaves this host. */
bool world_engine_may_send(const struct world *world, const hf_endpoint *to);

#endif
