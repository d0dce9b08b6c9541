/* What stands behind the bus: finds the method, what it is done to, and whether the caller may; see
 * manager.h. */
#include "daemon/manager.h"

#include "daemon/authority.h"
#include "daemon/call.h"
#include "daemon/objects.h"
#include "ipc/names.h"

#include <string.h>

#define LOGGED_A_SECOND 20

#define HF_METHOD(interface, name, action, target, handler) hf_call_handler_fn handler;
#include "daemon/methods.def"
#undef HF_METHOD

static const struct hf_method methods[] = {
#define HF_METHOD(interface, name, action, target, handler)                                        \
    { HF_BUS_##interface, name, HF_ACTION_##action, HF_TARGET_##target, handler },
#include "daemon/methods.def"
#undef HF_METHOD
};

static const char *const interfaces[] = {
    [HF_BUS_MANAGER] = HF_BUS_INTERFACE,
    [HF_BUS_PROFILE] = HF_BUS_PROFILE_INTERFACE,
    [HF_BUS_OBJECTS] = "org.freedesktop.DBus.ObjectManager",
    [HF_BUS_PROPERTIES] = "org.freedesktop.DBus.Properties",
};

static const struct hf_method *find_method(const char *interface, const char *name)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(methods); i++) {
        if (strcmp(methods[i].name, name) == 0 &&
            strcmp(interfaces[methods[i].interface], interface) == 0)
            return &methods[i];
    }
    return NULL;
}

/* --- what it is done to ----------------------------------------------------------------------- */
static bool sees(const struct hf_call *call, const struct hf_profile_ref *ref)
{
    return hf_owner_is_seen_by(ref->owner, call->peer->uid) &&
           hf_store_entry(call->manager->store, ref) != NULL;
}

static void find_target(struct hf_call *call)
{
    const char *name;

    switch (call->method->target) {
    case HF_TARGET_NAMED:
        g_variant_get_child(call->arguments, 0, "&s", &name);
        call->found =
            hf_store_find(call->manager->store, call->peer->uid, name, &call->ref) == HF_OK;
        return;
    case HF_TARGET_OBJECT:
        call->found = hf_object_parse_path(call->path, &call->ref) && sees(call, &call->ref);
        return;
    case HF_TARGET_NOTHING:
    case HF_TARGET_IMPORTED:
    case HF_TARGET_SESSION:
        return;
    }
}

static bool is_for_system(const struct hf_call *call)
{
    GVariant *options = g_variant_get_child_value(call->arguments, 1);
    gboolean system = FALSE;

    (void)g_variant_lookup(options, "system", "b", &system);
    g_variant_unref(options);
    return system;
}

static bool is_of_another(const struct hf_call *call)
{
    struct hf_profile_ref ref;
    bool wanted;

    return hf_manager_session_profile(call->manager, &ref, &wanted) &&
           ref.owner != HF_OWNER_SYSTEM && ref.owner != (hf_owner)call->peer->uid;
}

static enum hf_action action_of(const struct hf_call *call)
{
    enum hf_action action = call->method->action;

    switch (call->method->target) {
    case HF_TARGET_IMPORTED:
        return is_for_system(call) ? HF_ACTION_MANAGE_SYSTEM : action;
    case HF_TARGET_NAMED:
    case HF_TARGET_OBJECT:
        return action == HF_ACTION_MANAGE_OWN && call->found && call->ref.owner == HF_OWNER_SYSTEM
                   ? HF_ACTION_MANAGE_SYSTEM
                   : action;
    case HF_TARGET_SESSION:
        return is_of_another(call) ? HF_ACTION_MANAGE_SYSTEM : action;
    case HF_TARGET_NOTHING:
        break;
    }
    return action;
}

/* --- the way of a call ------------------------------------------------------------------------ */
static void answer_not_found(struct hf_call *call)
{
    struct hf_fault fault = hf_fault_make(HF_ERR_NOT_FOUND, HF_STAGE_PROFILE);
    const char *name = "";

    if (call->method->target == HF_TARGET_NAMED)
        g_variant_get_child(call->arguments, 0, "&s", &name);
    hf_fault_set_text(fault.received, hf_bytes_of_string(name));
    hf_call_fail(call, &fault);
}

/* Who asked for what. A flood of refusals is cut off, so that it cannot wash the log away. */
static void log_call(struct hf_call *call, bool may)
{
    struct hf_manager *manager = call->manager;
    struct hf_log_record record = { .event = may ? HF_LOG_REQUEST : HF_LOG_DENIED };
    gint64 second = g_get_monotonic_time() / G_USEC_PER_SEC;
    char uid[16];

    if (call->method->action == HF_ACTION_NONE)
        return;
    if (second != manager->log_second)
        manager->logged = 0;
    manager->log_second = second;
    if (manager->logged++ >= LOGGED_A_SECOND)
        return;
    g_snprintf(uid, sizeof uid, "%u", call->peer->uid);
    record.values[HF_LOG_FIELD_METHOD] = call->method->name;
    record.values[HF_LOG_FIELD_USER] = uid;
    hf_chronicle_tell(manager->chronicle, &record);
}

static void decided(void *context, bool may)
{
    struct hf_call *call = context;
    bool needs_profile =
        call->method->target == HF_TARGET_NAMED || call->method->target == HF_TARGET_OBJECT;

    log_call(call, may);
    if (!may) {
        hf_call_answer(call, HF_ERR_DENIED, call->method->name);
        return;
    }
    if (needs_profile) /* anew: it took time to ask */
        find_target(call);
    if (needs_profile && !call->found)
        answer_not_found(call);
    else
        call->method->handle(call);
}

void hf_manager_call(struct hf_manager *manager, struct hf_peer *peer,
                     GDBusMethodInvocation *invocation)
{
    const char *name = g_dbus_method_invocation_get_method_name(invocation);
    const char *interface = g_dbus_method_invocation_get_interface_name(invocation);
    struct hf_call *call;

    if (!hf_peers_begin_call(manager->peers, peer->uid)) {
        g_dbus_method_invocation_return_dbus_error(invocation, HF_BUS_ERROR_PREFIX "busy",
                                                   "{\"code\":\"busy\"}");
        return;
    }
    call = hf_call_new(manager, peer, invocation);
    call->method = find_method(interface, name);
    if (call->method == NULL) {
        hf_call_answer(call, HF_ERR_USAGE, name);
        return;
    }
    find_target(call);
    hf_authority_check(call->peer, action_of(call),
                       (g_dbus_message_get_flags(g_dbus_method_invocation_get_message(invocation)) &
                        G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION) != 0,
                       decided, call);
}

static void store_changed(void *context, enum hf_store_change change,
                          const struct hf_store_entry *entry)
{
    struct hf_manager *manager = context;

    hf_objects_emit_change(manager, change, entry);
    if (manager->store_changed != NULL)
        manager->store_changed(manager->context);
}

void hf_manager_init(struct hf_manager *manager)
{
    hf_store_watch(manager->store, store_changed, manager);
}
