/* Profiles by name: what there is, connecting one, and wiping one out. */
#include "daemon/call.h"
#include "daemon/hints.h"
#include "daemon/objects.h"
#include "daemon/session_limits.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#define MANY 1000

hf_call_handler_fn hf_manager_list_profiles, hf_manager_connect, hf_manager_wipe;

/* --- what there is ---------------------------------------------------------------------------- */
static json_t *strings_value(char **list)
{
    json_t *array = json_array();

    for (size_t i = 0; list[i] != NULL; i++)
        json_array_append_new(array, json_string(list[i]));
    return array;
}

static json_t *missing_value(const struct hf_store_entry *entry)
{
    json_t *array = json_array();

    for (unsigned name = 0; name < HF_SECRET_NAME_COUNT; name++) {
        if (((entry->required & ~entry->kept) >> name & 1) != 0)
            json_array_append_new(array,
                                  json_string(hf_secret_name_text((enum hf_secret_name)name)));
    }
    return array;
}

static json_t *entry_value(const struct hf_store_entry *entry)
{
    char owner[HF_OWNER_TEXT_MAX];

    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:o, s:o, s:s, s:I}", "id", entry->ref.id,
                     "name", entry->name, "owner", hf_owner_format(entry->ref.owner, owner),
                     "protocol", hf_object_protocol(entry), "gateways",
                     strings_value(entry->gateways), "scope", hf_object_scope(entry), "origin",
                     hf_object_origin(entry), "locked", strings_value(entry->locked),
                     "missing_secrets", missing_value(entry), "organization", entry->organization,
                     "removal_date", (json_int_t)entry->removal_date);
}

void hf_manager_list_profiles(struct hf_call *call)
{
    const struct hf_store_entry *entry;
    json_t *list = json_array();
    char *text;
    bool many;

    for (size_t n = 0; (entry = hf_store_nth(call->manager->store, n)) != NULL; n++) {
        if (entry->good && hf_owner_is_seen_by(entry->ref.owner, call->peer->uid))
            json_array_append_new(list, entry_value(entry));
    }
    text = json_dumps(list, JSON_COMPACT);
    hf_call_return(call, g_variant_new("(s)", text == NULL ? "[]" : text));
    free(text);
    many = json_array_size(list) > MANY;
    json_decref(list);
    if (many) /* what a fleet's list takes is not kept until the next one */
        (void)malloc_trim(0);
}

/* --- connecting ------------------------------------------------------------------------------- */
/* What is missing before a connection can start: a credential that the file should have brought, or
 * a secret that a person could give. */
static hf_status check_secrets(const struct hf_profile *profile, const struct hf_secrets *secrets,
                               struct hf_fault *out_fault)
{
    uint32_t required = hf_profile_required_secrets(profile);
    uint32_t credentials = 1u << HF_SECRET_PRIVATE_KEY | 1u << HF_SECRET_CERTIFICATES;
    uint32_t missing = 0;

    *out_fault = (struct hf_fault){ 0 };
    for (unsigned name = 0; name < HF_SECRET_NAME_COUNT; name++) {
        if ((required >> name & 1) == 0 || secrets->values[name].len > 0)
            continue;
        missing |= 1u << name;
        hf_fault_add_text(out_fault->offered,
                          hf_bytes_of_string(hf_secret_name_text((enum hf_secret_name)name)));
    }
    if (missing == 0)
        return HF_OK;
    out_fault->stage = HF_STAGE_PROFILE;
    out_fault->status =
        (missing & credentials) != 0 ? HF_ERR_CREDENTIAL_MISSING : HF_ERR_SECRET_NEEDED;
    return out_fault->status;
}

/* Nobody's connection is taken from him; and two profiles with one id, of two owners, would be
 * taken for each other further down. */
static hf_status check_turn(struct hf_call *call)
{
    struct hf_profile_ref ref;
    bool wanted;

    if (!hf_manager_session_profile(call->manager, &ref, &wanted) || !wanted ||
        ref.owner == call->ref.owner)
        return HF_OK;
    return ref.owner != HF_OWNER_SYSTEM || strcmp(ref.id, call->ref.id) == 0 ? HF_ERR_BUSY : HF_OK;
}

/* What an organisation says of this profile, here and now. */
static hf_status bind_policy(struct hf_call *call, struct hf_profile *profile,
                             struct hf_fault *fault)
{
    const struct hf_policy *policy = hf_policy_files_policy(call->manager->policy);
    hf_status status = hf_policy_apply(policy, profile, fault);

    return status == HF_OK ? hf_session_limits_check_place(policy, fault) : status;
}

/* A connect on its way: the agent may have to be asked first. */
struct connect {
    struct hf_call *call;
    struct hf_profile profile;
    struct hf_secrets secrets;
    struct hf_fault fault;
    bool may_ask;
};

static void end_connect(struct connect *connect)
{
    if (connect->fault.status == HF_OK)
        hf_call_return(connect->call, NULL);
    else
        hf_call_fail(connect->call, &connect->fault);
    hf_profile_clear(&connect->profile);
    hf_secrets_clear(&connect->secrets);
    g_free(connect);
}

static void take_off(struct connect *connect)
{
    struct hf_manager *manager = connect->call->manager;
    hf_status status = check_turn(connect->call);

    if (status == HF_OK) {
        manager->asked_by = connect->call->peer->uid;
        status = hf_driver_connect(manager->driver, connect->call->ref.owner, &connect->profile,
                                   &connect->secrets);
    }
    connect->fault = hf_fault_make(status, HF_STAGE_NONE);
    end_connect(connect);
}

static void agent_answered(void *context, hf_status status, const struct hf_secrets *secrets)
{
    struct connect *connect = context;
    struct hf_fault missing = connect->fault;

    if (status == HF_OK)
        status = hf_store_overlay_secrets(&connect->secrets, secrets);
    if (status == HF_OK)
        status = check_secrets(&connect->profile, &connect->secrets, &missing);
    connect->fault = missing;
    if (status == HF_ERR_CANCELLED)
        connect->fault = hf_fault_make(status, HF_STAGE_PROFILE);
    if (status == HF_OK)
        take_off(connect);
    else
        end_connect(connect);
}

static void ask_agent(struct connect *connect)
{
    const struct hf_call *call = connect->call;
    struct hf_agents_question question = {
        .uid = call->ref.owner == HF_OWNER_SYSTEM ? call->peer->uid : (unsigned)call->ref.owner,
        .ref = call->ref,
        .name = connect->profile.name,
        .may_save = connect->profile.save_secrets,
    };
    uint32_t required = hf_profile_required_secrets(&connect->profile);

    for (unsigned name = 0; name < HF_SECRET_NAME_COUNT; name++) {
        if ((required >> name & 1) != 0 && connect->secrets.values[name].len == 0)
            question.names |= 1u << name;
    }
    hf_agents_ask(call->manager->agents, &question, agent_answered, connect);
}

static void keep_given(const struct hf_call *call, const struct hf_secrets *given, bool save,
                       hf_status *status)
{
    if (*status == HF_OK && save)
        *status = hf_store_save_secrets(call->manager->store, &call->ref, given);
}

static hf_status prepare(struct connect *connect)
{
    const struct hf_call *call = connect->call;
    GVariant *given = g_variant_get_child_value(call->arguments, 1);
    GVariant *options = g_variant_get_child_value(call->arguments, 2);
    struct hf_secrets fresh;
    gboolean save = FALSE, ask = FALSE;
    hf_status status = hf_store_load(call->manager->store, &call->ref, &connect->profile,
                                     &connect->secrets, &connect->fault);

    hf_secrets_init(&fresh);
    (void)g_variant_lookup(options, "save", "b", &save);
    (void)g_variant_lookup(options, "ask", "b", &ask);
    connect->may_ask = ask;
    if (status == HF_OK)
        status = bind_policy(connect->call, &connect->profile, &connect->fault);
    if (status == HF_OK) {
        status = hf_call_read_secrets(call, given, &fresh);
        if (status == HF_OK)
            status = hf_store_overlay_secrets(&connect->secrets, &fresh);
        keep_given(call, &fresh, save, &status);
        connect->fault = hf_fault_make(status, HF_STAGE_PROFILE);
    }
    if (status == HF_OK)
        status = check_secrets(&connect->profile, &connect->secrets, &connect->fault);
    hf_secrets_clear(&fresh);
    g_variant_unref(options);
    g_variant_unref(given);
    return status;
}

void hf_manager_connect(struct hf_call *call)
{
    struct connect *connect = g_new0(struct connect, 1);
    hf_status status = check_turn(call);

    connect->call = call;
    connect->fault = hf_fault_make(status, HF_STAGE_NONE);
    hf_profile_init(&connect->profile);
    hf_secrets_init(&connect->secrets);
    if (status == HF_OK)
        status = prepare(connect);
    if (status == HF_ERR_CREDENTIAL_MISSING || status == HF_ERR_PROFILE_INVALID)
        hf_driver_refuse(call->manager->driver, &connect->fault);
    if (status == HF_OK)
        take_off(connect);
    else if (status == HF_ERR_SECRET_NEEDED && connect->may_ask)
        ask_agent(connect);
    else
        end_connect(connect);
}

/* --- wiping out ------------------------------------------------------------------------------- */
void hf_manager_forget(struct hf_manager *manager, const struct hf_profile_ref *ref)
{
    hf_driver_forget(manager->driver, ref);
    if (ref->owner != HF_OWNER_SYSTEM)
        hf_agents_delete(manager->agents, (unsigned)ref->owner, ref);
    hf_hints_forget(manager->instance->var, ref);
    hf_store_remove(manager->store, ref);
}

void hf_manager_wipe(struct hf_call *call)
{
    if (!hf_call_may_remove(call))
        return;
    hf_manager_forget(call->manager, &call->ref);
    hf_call_answer(call, HF_OK, "");
}
