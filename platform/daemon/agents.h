/* Secrets agents: programs of users' sessions that keep secrets, or ask for them. One user's agent
 * is never asked about another's profile. */
#ifndef HF_DAEMON_AGENTS_H
#define HF_DAEMON_AGENTS_H

#include "daemon/owner.h"
#include "daemon/peers.h"

#define HF_AGENTS_PER_UID     8
#define HF_AGENT_WAIT_SECONDS 90 /* somebody types */

struct hf_agents;

struct hf_agents *hf_agents_new(void);
/* Questions that are not answered yet end without an answer. */
void hf_agents_free(struct hf_agents *agents);

/* In place of an earlier one of this peer. HF_ERR_BUSY: the uid has as many as it may. */
hf_status hf_agents_register(struct hf_agents *agents, struct hf_peer *peer,
                             const char *path) HF_MUST_USE;
/* HF_ERR_NOT_FOUND. */
hf_status hf_agents_unregister(struct hf_agents *agents, const struct hf_peer *peer,
                               const char *path) HF_MUST_USE;
bool hf_agents_has(struct hf_agents *agents, unsigned uid);

struct hf_agents_question {
    unsigned uid; /* whose agent */
    struct hf_profile_ref ref;
    const char *name; /* the profile's, for people */
    uint32_t names;   /* of the secrets: 1u << enum hf_secret_name */
    bool retry;       /* what was given last was wrong */
    bool may_save;
};
/* `secrets` are the callee's to read, of the names asked for alone. HF_ERR_SECRET_NEEDED: there is
 * no agent, it has none, or did not say; HF_ERR_CANCELLED: the user will not say. */
typedef void hf_agents_answered_fn(void *context, hf_status status,
                                   const struct hf_secrets *secrets);
/* Calls `answered` once, at once or later. The question is copied. */
void hf_agents_ask(struct hf_agents *agents, const struct hf_agents_question *question,
                   hf_agents_answered_fn *answered, void *context);
/* Tells the agent of `uid` that these were right and may be kept. */
void hf_agents_save(struct hf_agents *agents, unsigned uid, const struct hf_profile_ref *ref,
                    const struct hf_secrets *secrets);
/* Tells every agent of `uid` to forget all secrets of the profile. */
void hf_agents_delete(struct hf_agents *agents, unsigned uid, const struct hf_profile_ref *ref);

#endif
