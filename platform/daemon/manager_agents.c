/* Where secrets come from when a connect lacks them or the engine wants one: the agent of the
 * profile's owner, and for a profile of the system, of who asked to connect. */
#include "daemon/agents.h"
#include "daemon/call.h"

#include <string.h>

hf_call_handler_fn hf_manager_register_agent, hf_manager_unregister_agent;

void hf_manager_register_agent(struct hf_call *call)
{
    const char *path;

    g_variant_get(call->arguments, "(&o)", &path);
    hf_call_answer(call, hf_agents_register(call->manager->agents, call->peer, path), "");
}

void hf_manager_unregister_agent(struct hf_call *call)
{
    const char *path;

    g_variant_get(call->arguments, "(&o)", &path);
    hf_call_answer(call, hf_agents_unregister(call->manager->agents, call->peer, path), path);
}

/* --- the engine wants one --------------------------------------------------------------------- */
struct wanted {
    struct hf_manager *manager;
    struct hf_profile_ref ref;
    enum hf_secret_name name;
};

/* What comes too late, for a connection that is another's by now, is dropped. Without an answer the
 * state stays `needs-input`: the command line may still give it, and the supervisor has the clock.
 */
static void given(void *context, hf_status status, const struct hf_secrets *secrets)
{
    struct wanted wanted = *(struct wanted *)context;
    const hf_buf *value = &secrets->values[wanted.name];
    struct hf_profile_ref now;
    bool is_wanted;

    g_free(context);
    if (!hf_manager_session_profile(wanted.manager, &now, &is_wanted) || !is_wanted ||
        now.owner != wanted.ref.owner || strcmp(now.id, wanted.ref.id) != 0)
        return;
    if (status == HF_ERR_CANCELLED)
        hf_driver_disconnect(wanted.manager->driver);
    else if (status == HF_OK && value->len > 0 &&
             hf_driver_give_secret(wanted.manager->driver, wanted.name, hf_buf_bytes(value)) !=
                 HF_OK)
        return; /* the engine is gone, or asks no more */
}

void hf_manager_secret_wanted(struct hf_manager *manager, enum hf_secret_name name)
{
    const struct hf_store_entry *entry;
    struct hf_agents_question question = { .names = 1u << name, .retry = true };
    struct wanted *wanted;
    bool is_wanted;

    if (!hf_manager_session_profile(manager, &question.ref, &is_wanted))
        return;
    entry = hf_store_entry(manager->store, &question.ref);
    question.uid =
        question.ref.owner == HF_OWNER_SYSTEM ? manager->asked_by : (unsigned)question.ref.owner;
    question.name = entry == NULL ? question.ref.id : entry->name;
    if (!hf_agents_has(manager->agents, question.uid))
        return;
    wanted = g_new(struct wanted, 1);
    *wanted = (struct wanted){ manager, question.ref, name };
    hf_agents_ask(manager->agents, &question, given, wanted);
}
