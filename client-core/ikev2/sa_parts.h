/* What an SA is made of, for sa.c and its parts alone: sa_state.c (the one place that changes the
 * state), sa_connect.c (up to the tunnel), sa_tunnel.c (our requests in it), sa_answer.c (the
 * gateway's), sa_channels.c (one IKE SA after
 * another), sa_child.c (one child after another), sa_time.c (what is due). Everything else of this
 * folder sees only its own part. */
#ifndef HF_IKEV2_SA_PARTS_H
#define HF_IKEV2_SA_PARTS_H

#include "base/trace.h"
#include "ikev2/auth.h"
#include "ikev2/child.h"
#include "ikev2/children.h"
#include "ikev2/events.h"
#include "ikev2/liveness.h"
#include "ikev2/outbox.h"
#include "ikev2/rekey_ike.h"
#include "ikev2/sa_table.h"
#include "ikev2/tasks.h"

#define HF_IKEV2_DRAFT_MAX 32768

struct hf_ikev2_sa {
    const struct hf_ikev2_sa_config *config;
    const struct hf_env *env;
    enum hf_ikev2_state state; /* assigned by hf_ikev2_sa_step alone */

    struct hf_ikev2_policy policy;
    hf_endpoint remote; /* where our requests go */
    bool marker;        /* … behind a non-ESP marker */

    struct hf_ikev2_init init;
    struct hf_ikev2_window init_window; /* IKE_SA_INIT has no channel yet */
    struct hf_ikev2_auth_exchange auth;
    hf_buf eap_response;

    struct hf_ikev2_channel *current;
    struct hf_ikev2_channel *next; /* made for the gateway's rekey, which may not know it yet */
    struct hf_ikev2_choice next_choice;
    hf_time next_at;                  /* when to take it for known all the same */
    struct hf_ikev2_channel *retired; /* replaced by a rekey: answers what comes again */
    hf_time retired_until;
    hf_time rekey_ike_at, expire_ike_at;

    struct hf_ikev2_children children;
    struct hf_ikev2_child_offer offer; /* the child that we ask for now */
    uint32_t deleted_early[4];         /* spi_out of what was deleted before we heard of it */
    size_t deleted_early_count;
    struct hf_ikev2_rekey_ike rekey; /* the IKE SA that we ask for now */
    unsigned group_retries;          /* INVALID_KE_PAYLOAD in a row */
    struct hf_fault refused;         /* why the last rekey failed */
    struct hf_ikev2_configuration assigned;

    struct hf_ikev2_tasks tasks;
    enum hf_ikev2_task active; /* what the request in flight on `current` is for */
    hf_time close_by;          /* end of our patience while closing */
    struct hf_ikev2_liveness liveness;
    bool in_doubt;

    struct hf_fault fault; /* for end_by_fault */
    struct hf_ikev2_events events;
    struct hf_ikev2_outbox outbox;
    struct hf_ikev2_summary summary;
    uint8_t draft[HF_IKEV2_DRAFT_MAX]; /* the message being written */
};

/* A message of the gateway that was authentic: its chain borrows from the caller's plaintext. */
struct hf_ikev2_incoming {
    const struct hf_ike_header *header;
    const hf_endpoint *from;
    const struct hf_ikev2_chain *chain;
};

/* --- sa_state.c --- */
/* Takes an input: finds the rule, enters its state, acts. An input without a rule is dropped. */
void hf_ikev2_sa_step(struct hf_ikev2_sa *sa, enum hf_ikev2_input input, hf_time now);
/* Ends the SA with a fault, without a word to the gateway. */
void hf_ikev2_sa_fail(struct hf_ikev2_sa *sa, const struct hf_fault *fault, hf_time now);
/* The same with a status alone: something of our own went wrong. */
void hf_ikev2_sa_fail_status(struct hf_ikev2_sa *sa, hf_status status, hf_time now);
void hf_ikev2_sa_end_by_us(struct hf_ikev2_sa *sa, hf_time now);
void hf_ikev2_sa_end_by_peer(struct hf_ikev2_sa *sa, hf_time now);
void hf_ikev2_sa_end_by_fault(struct hf_ikev2_sa *sa, hf_time now);
enum hf_stage hf_ikev2_sa_stage(const struct hf_ikev2_sa *sa);

/* --- sa_send.c --- */
struct hf_ikev2_chain_writer hf_ikev2_sa_draft(struct hf_ikev2_sa *sa);
/* Seals and sends our next request on the channel. */
hf_status hf_ikev2_sa_request(struct hf_ikev2_sa *sa, struct hf_ikev2_channel *channel,
                              uint8_t exchange, const struct hf_ikev2_chain_writer *chain,
                              hf_time now) HF_MUST_USE;
/* Seals and sends the answer to the gateway's request, to where that came from. */
hf_status hf_ikev2_sa_respond(struct hf_ikev2_sa *sa, struct hf_ikev2_channel *channel,
                              const struct hf_ikev2_incoming *in,
                              const struct hf_ikev2_chain_writer *chain, hf_time now) HF_MUST_USE;
void hf_ikev2_sa_resend(struct hf_ikev2_sa *sa, struct hf_ikev2_window *window, hf_time now);
void hf_ikev2_sa_send_keepalive(struct hf_ikev2_sa *sa, hf_time now);
/* One last request that nobody waits for: DELETE of the IKE SA, or N(AUTHENTICATION_FAILED) where
 * the gateway did not prove itself (RFC 7296, section 2.21.2). */
void hf_ikev2_sa_farewell(struct hf_ikev2_sa *sa, bool authenticated, hf_time now);

/* --- sa_connect.c --- */
void hf_ikev2_sa_connect_send_init(struct hf_ikev2_sa *sa, hf_time now);
void hf_ikev2_sa_connect_send_auth(struct hf_ikev2_sa *sa, hf_time now);
void hf_ikev2_sa_connect_send_eap(struct hf_ikev2_sa *sa, hf_time now);
void hf_ikev2_sa_connect_send_proof(struct hf_ikev2_sa *sa, hf_time now);
void hf_ikev2_sa_connect_establish(struct hf_ikev2_sa *sa, hf_time now);
/* A reply to IKE_SA_INIT. */
void hf_ikev2_sa_connect_handle_init(struct hf_ikev2_sa *sa, const struct hf_ike_header *header,
                                     hf_bytes message, hf_time now);
/* A reply to IKE_AUTH. */
void hf_ikev2_sa_connect_handle_auth(struct hf_ikev2_sa *sa, const struct hf_ikev2_chain *chain,
                                     hf_time now);

/* --- sa_tunnel.c --- */
void hf_ikev2_sa_tunnel_queue_delete(struct hf_ikev2_sa *sa, hf_time now);
/* Starts the most urgent task that is due, where the window is free. */
void hf_ikev2_sa_tunnel_start_tasks(struct hf_ikev2_sa *sa, hf_time now);
/* The tasks that may be started now: a bit set. */
unsigned hf_ikev2_sa_tunnel_allowed(const struct hf_ikev2_sa *sa);
/* The reply to the active task's request. */
void hf_ikev2_sa_tunnel_handle_reply(struct hf_ikev2_sa *sa, const struct hf_ikev2_chain *chain,
                                     hf_time now);
/* --- sa_channels.c --- */
/* A new IKE SA takes over: children, tasks and lifetimes; the old one stays to answer for a while.
 */
void hf_ikev2_sa_channels_adopt(struct hf_ikev2_sa *sa, struct hf_ikev2_channel *channel,
                                const struct hf_ikev2_choice *choice, hf_time now);
/* Our answer to the gateway's rekey made a new IKE SA. It is not used before the gateway shows that
 * it has that answer: by a message on it, or by its DELETE of the old one. */
void hf_ikev2_sa_channels_prepare(struct hf_ikev2_sa *sa, struct hf_ikev2_channel *channel,
                                  const struct hf_ikev2_choice *choice, hf_time now);
/* It has shown. Nothing happens where nothing was prepared. */
void hf_ikev2_sa_channels_confirm(struct hf_ikev2_sa *sa, hf_time now);
/* It has not: our answer was asked for again. */
void hf_ikev2_sa_channels_answered_again(struct hf_ikev2_sa *sa, hf_time now);
void hf_ikev2_sa_channels_keep_retired(struct hf_ikev2_sa *sa, hf_time now);
void hf_ikev2_sa_channels_forget_retired(struct hf_ikev2_sa *sa);
void hf_ikev2_sa_channels_forget(struct hf_ikev2_sa *sa);
/* The one that a message belongs to by its SPIs; NULL: none. */
struct hf_ikev2_channel *hf_ikev2_sa_channels_find(const struct hf_ikev2_sa *sa,
                                                   const struct hf_ike_header *header);
void hf_ikev2_sa_channels_set_lifetime(struct hf_ikev2_sa *sa, hf_time now);
/* When the replaced IKE SA wants to be driven; when the one in use is to be replaced or is over. */
hf_time hf_ikev2_sa_channels_retired_deadline(const struct hf_ikev2_sa *sa);
hf_time hf_ikev2_sa_channels_lifetime_deadline(const struct hf_ikev2_sa *sa);

/* --- sa_child.c --- */
/* Puts a new child into the table and tells the caller; false: no room. */
bool hf_ikev2_sa_child_up(struct hf_ikev2_sa *sa, const struct hf_ikev2_child *child,
                          const struct hf_ikev2_child_terms *terms, hf_time now);
/* Sends on this child from now on; the one sent on before is to be deleted at `delete_old_at`. */
void hf_ikev2_sa_child_switch(struct hf_ikev2_sa *sa, struct hf_ikev2_child_entry *to,
                              hf_time delete_old_at);
/* The gateway did not get the answer that made the next child, so it has none to receive on. */
void hf_ikev2_sa_child_answered_again(struct hf_ikev2_sa *sa, hf_time now);
/* It has: `next` is sent on. */
void hf_ikev2_sa_child_confirm(struct hf_ikev2_sa *sa, struct hf_ikev2_child_entry *next,
                               hf_time now);
/* Deleted on both sides: received on for a while yet. */
void hf_ikev2_sa_child_fade(struct hf_ikev2_child_entry *entry, hf_time now);
/* Forgotten, and the caller told. */
void hf_ikev2_sa_child_down(struct hf_ikev2_sa *sa, struct hf_ikev2_child_entry *entry);
/* The gateway deleted one that we do not know: it may be the one that we are asking for, its DELETE
 * having overtaken the answer. */
void hf_ikev2_sa_child_note_early_delete(struct hf_ikev2_sa *sa, uint32_t spi_out);
/* It was: forgets what was noted either way. */
bool hf_ikev2_sa_child_was_deleted_early(struct hf_ikev2_sa *sa, uint32_t spi_out);
/* Acts on everything that the table says is due. */
void hf_ikev2_sa_child_due(struct hf_ikev2_sa *sa, hf_time now);
struct hf_ikev2_child_source hf_ikev2_sa_child_source(const struct hf_ikev2_sa *sa);
hf_status hf_ikev2_sa_child_draw_spi(const struct hf_ikev2_sa *sa, uint32_t *out) HF_MUST_USE;

/* --- sa_answer.c --- */
/* A request of the gateway, decoded with this status. */
void hf_ikev2_sa_answer(struct hf_ikev2_sa *sa, struct hf_ikev2_channel *channel,
                        const struct hf_ikev2_incoming *in, hf_status decoded, uint8_t unsupported,
                        hf_time now);

#endif
