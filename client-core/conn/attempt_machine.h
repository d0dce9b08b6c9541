/* The machine inside an attempt: its state, the one function that runs the table of
 * attempt_rules.def, and the effects. Private to attempt.c and attempt_sa.c, which turn calls and
 * the SA's events into inputs. */
#ifndef HF_CONN_ATTEMPT_MACHINE_H
#define HF_CONN_ATTEMPT_MACHINE_H

#include "conn/attempt_credentials.h"
#include "conn/attempt_events.h"
#include "conn/attempt_moved.h"
#include "conn/attempt_path.h"
#include "conn/attempt_resolve.h"
#include "conn/attempt_rules.h"

struct hf_attempt {
    const struct hf_profile *profile;
    const struct hf_env *env;
    struct hf_attempt_hints hints;
    struct hf_attempt_credentials credentials;
    enum hf_conn_state state;
    bool has_started, is_over;
    struct hf_attempt_resolve resolve;
    struct hf_attempt_candidate candidate;
    struct hf_ikev2_sa_config config;
    struct hf_ikev2_sa *sa;
    hf_time began; /* when the SA's first datagram was made */
    hf_duration rtt;
    bool is_verified, is_established, is_installed, has_child;
    struct hf_ikev2_configuration configuration;
    struct hf_selectors selectors; /* of the first child */
    struct hf_esp_params outbound; /* the same, without its keys */
    struct hf_attempt_path path;
    bool told_one_way;
    struct hf_attempt_moved moved; /* while the path is lost */
    hf_time limit;                 /* what is waited for must have come by then */
    struct hf_fault fault;         /* the last one; while there are other addresses, not the end */
    struct hf_fault verdict;       /* what the end will be told to be; HF_OK: we were asked to go */
    bool is_sa_over;
    struct hf_attempt_events events;
};

/* Runs the rule for this input in the present state, if there is one. */
void hf_attempt_machine_apply(struct hf_attempt *a, enum hf_attempt_input input, hf_time now);
/* Ends the attempt with this fault. */
void hf_attempt_machine_fail(struct hf_attempt *a, hf_status status, enum hf_stage stage,
                             hf_time now);
/* Leaves the address that is being tried; the status remains if it was the last. */
void hf_attempt_machine_next(struct hf_attempt *a, hf_status status, hf_time now);
void hf_attempt_machine_next_after(struct hf_attempt *a, const struct hf_fault *fault, hf_time now);
/* Goes on with asking whether the gateway has moved; where it has, the tunnel ends. */
void hf_attempt_machine_look_around(struct hf_attempt *a, hf_time now);
/* Goes on with the search for an address. */
void hf_attempt_machine_search(struct hf_attempt *a, hf_time now);
/* The time that was given to what is waited for is over. */
void hf_attempt_machine_handle_limit(struct hf_attempt *a, hf_time now);
/* The tunnel is up, whatever its path. */
bool hf_attempt_machine_is_up(const struct hf_attempt *a);

#endif
