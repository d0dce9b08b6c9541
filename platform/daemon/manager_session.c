/* The connection as the bus sees it: what it does, and what may be wanted of it. */
#include "daemon/call.h"
#include "daemon/clock.h"
#include "daemon/objects.h"
#include "daemon/status_json.h"
#include "ipc/names.h"
#include "version.h"

#include <stdlib.h>
#include <string.h>

#define PROPERTIES "org.freedesktop.DBus.Properties"

hf_call_handler_fn hf_manager_give_secret, hf_manager_disconnect, hf_manager_pause,
    hf_manager_reconnect, hf_manager_unblock, hf_manager_status, hf_manager_version,
    hf_manager_rekey;

/* --- what is told ----------------------------------------------------------------------------- */
bool hf_manager_session_profile(struct hf_manager *manager, struct hf_profile_ref *out,
                                bool *out_wanted)
{
    struct hf_driver_view *view = g_new0(struct hf_driver_view, 1);
    bool is_there;

    hf_driver_view(manager->driver, view);
    is_there = view->status.profile[0] != '\0';
    *out_wanted = view->status.wanted;
    out->owner = view->owner;
    hf_copy(out->id, view->status.profile, sizeof out->id);
    g_free(view);
    return is_there;
}

bool hf_manager_shows_session_to(struct hf_manager *manager, unsigned uid)
{
    struct hf_profile_ref ref;
    bool wanted;

    if (hf_peers_is_trusted(manager->peers, uid))
        return true;
    return hf_manager_session_profile(manager, &ref, &wanted) &&
           hf_owner_is_seen_by(ref.owner, uid);
}

typedef char *describe_fn(const struct hf_driver_view *view, hf_time now);

static char *describe(struct hf_manager *manager, describe_fn *as_json)
{
    struct hf_driver_view *view = g_new0(struct hf_driver_view, 1);
    char *text;

    hf_driver_view(manager->driver, view);
    text = as_json(view, hf_clock_now());
    g_free(view);
    return text;
}

char *hf_manager_status_for(struct hf_manager *manager, unsigned uid)
{
    return describe(manager, hf_manager_shows_session_to(manager, uid) ? hf_status_json_of
                                                                       : hf_status_json_of_outline);
}

void hf_manager_status(struct hf_call *call)
{
    char *text = hf_manager_status_for(call->manager, call->peer->uid);

    if (text == NULL)
        hf_call_answer(call, HF_ERR_NO_MEMORY, "");
    else
        hf_call_return(call, g_variant_new("(s)", text));
    free(text);
}

void hf_manager_version(struct hf_call *call)
{
    hf_call_return(call, g_variant_new("(s)", HF_VERSION));
}

/* --- what is wanted --------------------------------------------------------------------------- */
void hf_manager_give_secret(struct hf_call *call)
{
    hf_buf value = hf_buf_with_max(HF_CALL_SECRET_MAX);
    enum hf_secret_name name;
    hf_status status = HF_ERR_USAGE;
    const char *text;
    gint32 handle;

    g_variant_get(call->arguments, "(&sh)", &text, &handle);
    if (hf_secret_name_of_text(hf_bytes_of_string(text), &name))
        status = hf_call_read(call, handle, HF_CALL_SECRET_MAX, &value);
    if (status == HF_OK)
        status = hf_driver_give_secret(call->manager->driver, name, hf_buf_bytes(&value));
    hf_buf_free(&value);
    hf_call_answer(call, status, text);
}

static bool may_disconnect(struct hf_call *call)
{
    struct hf_profile_ref ref;
    bool wanted;

    return !hf_manager_session_profile(call->manager, &ref, &wanted) || !wanted ||
           !hf_call_is_locked(call, &ref, "disconnect");
}

static void log_reason(struct hf_call *call)
{
    struct hf_log_record record = { .event = HF_LOG_REQUEST };
    GVariant *options = g_variant_get_child_value(call->arguments, 0);
    char uid[16];

    (void)g_variant_lookup(options, "reason", "&s", &record.values[HF_LOG_FIELD_REASON]);
    g_snprintf(uid, sizeof uid, "%u", call->peer->uid);
    record.values[HF_LOG_FIELD_METHOD] = call->method->name;
    record.values[HF_LOG_FIELD_USER] = uid;
    if (record.values[HF_LOG_FIELD_REASON] != NULL)
        hf_chronicle_tell(call->manager->chronicle, &record);
    g_variant_unref(options);
}

/* Policy binds everybody but root; where it wants a reason, one must be given. */
static hf_status check_policy(struct hf_call *call, const char *reason, struct hf_fault *fault)
{
    *fault = hf_fault_make(HF_OK, HF_STAGE_NONE);
    if (call->peer->uid == 0)
        return HF_OK;
    return hf_policy_check_disconnect(hf_policy_files_policy(call->manager->policy), reason, fault);
}

static hf_status check_disconnect(struct hf_call *call, struct hf_fault *fault)
{
    GVariant *options = g_variant_get_child_value(call->arguments, 0);
    const char *reason = "";
    hf_status status;

    (void)g_variant_lookup(options, "reason", "&s", &reason);
    status = check_policy(call, reason, fault);
    g_variant_unref(options);
    return status;
}

/* Where a policy brings the connection back after a user's disconnect, that is a pause which he
 * cannot cancel or prolong. */
static void disconnect(struct hf_call *call)
{
    const struct hf_policy *policy = hf_policy_files_policy(call->manager->policy);
    hf_duration most = HF_MINUTES(hf_policy_number(policy, HF_POLICY_RECONNECT_MINUTES, 0));
    struct hf_driver_view *view = g_new0(struct hf_driver_view, 1);
    bool binds = most != 0 && call->peer->uid != 0, is_soon;

    hf_driver_view(call->manager->driver, view);
    is_soon = view->status.resume_at != HF_NEVER &&
              hf_time_since(view->status.resume_at, hf_clock_now()) <= most;
    g_free(view);
    if (binds && (is_soon || hf_driver_pause(call->manager->driver, most) == HF_OK))
        return;
    hf_driver_disconnect(call->manager->driver);
}

void hf_manager_disconnect(struct hf_call *call)
{
    struct hf_fault fault;

    if (!may_disconnect(call)) {
        hf_call_answer(call, HF_ERR_DENIED, "the profile does not let you disconnect");
        return;
    }
    if (check_disconnect(call, &fault) != HF_OK) {
        hf_call_fail(call, &fault);
        return;
    }
    log_reason(call);
    disconnect(call);
    hf_call_answer(call, HF_OK, "");
}

#define PAUSE_MINUTES_MAX (7 * 24 * 60)

void hf_manager_pause(struct hf_call *call)
{
    struct hf_fault fault;
    guint32 minutes;

    g_variant_get(call->arguments, "(u)", &minutes);
    if (minutes == 0 || minutes > PAUSE_MINUTES_MAX) {
        hf_call_answer(call, HF_ERR_USAGE, "1 to 10080 minutes");
    } else if (!may_disconnect(call)) {
        hf_call_answer(call, HF_ERR_DENIED, "the profile does not let you disconnect");
    } else if (call->peer->uid != 0 &&
               hf_policy_check_pause(hf_policy_files_policy(call->manager->policy), minutes,
                                     &fault) != HF_OK) {
        hf_call_fail(call, &fault);
    } else {
        hf_call_answer(call, hf_driver_pause(call->manager->driver, HF_MINUTES(minutes)), "");
    }
}

void hf_manager_reconnect(struct hf_call *call)
{
    hf_call_answer(call, hf_driver_reconnect(call->manager->driver), "");
}

void hf_manager_unblock(struct hf_call *call)
{
    struct hf_fault fault;

    if (check_policy(call, "", &fault) != HF_OK) {
        hf_call_fail(call, &fault);
        return;
    }
    hf_driver_unblock(call->manager->driver);
    hf_call_answer(call, HF_OK, "");
}

void hf_manager_rekey(struct hf_call *call)
{
    gboolean ike;

    g_variant_get(call->arguments, "(b)", &ike);
    hf_call_answer(call, hf_driver_rekey(call->manager->driver, ike), "");
}

/* --- signals ---------------------------------------------------------------------------------- */
static void tell_state(void *context, struct hf_peer *peer)
{
    struct hf_manager *manager = context;
    char *text = peer->name != NULL ? NULL : hf_manager_status_for(manager, peer->uid);

    if (text == NULL)
        return;
    hf_peer_emit(peer, HF_BUS_PATH, HF_BUS_INTERFACE, "StateChanged", g_variant_new("(s)", text));
    if (peer->listens)
        hf_peer_emit(peer, HF_BUS_SESSION_PATH, PROPERTIES, "PropertiesChanged",
                     hf_object_session_changed(manager));
    free(text);
}

void hf_manager_emit_state(struct hf_manager *manager, GDBusConnection *shared)
{
    char *outline = shared == NULL ? NULL : describe(manager, hf_status_json_of_outline);

    if (outline != NULL) {
        g_dbus_connection_emit_signal(shared, NULL, HF_BUS_PATH, HF_BUS_INTERFACE, "StateChanged",
                                      g_variant_new("(s)", outline), NULL);
        g_dbus_connection_emit_signal(shared, NULL, HF_BUS_SESSION_PATH, PROPERTIES,
                                      "PropertiesChanged", hf_object_session_changed(manager),
                                      NULL);
    }
    free(outline);
    hf_peers_each(manager->peers, tell_state, manager);
}

struct event {
    struct hf_profile_ref session;
    bool has_session;
    const char *json;
};

static void tell_event(void *context, struct hf_peer *peer)
{
    const struct event *event = context;

    if (peer->trusted || (event->has_session && event->session.owner == (hf_owner)peer->uid))
        hf_peer_emit(peer, HF_BUS_PATH, HF_BUS_INTERFACE, "Event",
                     g_variant_new("(s)", event->json));
}

void hf_manager_emit_event(struct hf_manager *manager, const char *json)
{
    struct event event = { .json = json };
    bool wanted;

    event.has_session = hf_manager_session_profile(manager, &event.session, &wanted);
    hf_peers_each(manager->peers, tell_event, &event);
}
