/* One call from the bus: see call.h. */
#include "daemon/call.h"

#include "daemon/status_json.h"
#include "ipc/channel.h"
#include "ipc/names.h"

#include <gio/gunixfdlist.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *hf_action_id(enum hf_action action)
{
    static const char *const ids[HF_ACTION_COUNT] = {
#define HF_ACTION(name, id) [HF_ACTION_##name] = id,
#include "daemon/actions.def"
#undef HF_ACTION
    };

    return ids[action];
}

struct hf_call *hf_call_new(struct hf_manager *manager, struct hf_peer *peer,
                            GDBusMethodInvocation *invocation)
{
    struct hf_call *call = g_new0(struct hf_call, 1);

    call->manager = manager;
    call->peer = hf_peer_ref(peer);
    call->invocation = invocation;
    call->arguments = g_dbus_method_invocation_get_parameters(invocation);
    call->path = g_dbus_method_invocation_get_object_path(invocation);
    return call;
}

/* --- answers ---------------------------------------------------------------------------------- */
static void end(struct hf_call *call)
{
    hf_peers_end_call(call->peer->peers, call->peer->uid);
    hf_peer_unref(call->peer);
    g_free(call);
}

void hf_call_return(struct hf_call *call, GVariant *value)
{
    g_dbus_method_invocation_return_value(call->invocation, value);
    end(call);
}

void hf_call_return_fd(struct hf_call *call, GVariant *value, int fd)
{
    GUnixFDList *list = g_unix_fd_list_new();

    if (g_unix_fd_list_append(list, fd, NULL) < 0) {
        g_variant_unref(g_variant_ref_sink(value));
        hf_call_answer(call, HF_ERR_LOCAL_SETUP, "");
    } else {
        g_dbus_method_invocation_return_value_with_unix_fd_list(call->invocation, value, list);
        end(call);
    }
    g_object_unref(list);
}

void hf_call_fail(struct hf_call *call, const struct hf_fault *fault)
{
    char *name = g_strconcat(HF_BUS_ERROR_PREFIX, hf_status_code(fault->status), NULL);
    char *detail = hf_status_json_of_fault(fault);

    g_strdelimit(name + strlen(HF_BUS_ERROR_PREFIX), "-", '_');
    g_dbus_method_invocation_return_dbus_error(call->invocation, name,
                                               detail == NULL ? "" : detail);
    free(detail);
    g_free(name);
    end(call);
}

void hf_call_answer(struct hf_call *call, hf_status status, const char *received)
{
    struct hf_fault fault = hf_fault_make(status, HF_STAGE_NONE);

    hf_fault_set_text(fault.received, hf_bytes_of_string(received));
    if (status == HF_OK)
        hf_call_return(call, NULL);
    else
        hf_call_fail(call, &fault);
}

/* --- descriptors ------------------------------------------------------------------------------ */
int hf_call_fd(const struct hf_call *call, gint32 handle)
{
    GDBusMessage *message = g_dbus_method_invocation_get_message(call->invocation);
    GUnixFDList *list = g_dbus_message_get_unix_fd_list(message);

    if (list == NULL || handle < 0 || handle >= g_unix_fd_list_get_length(list))
        return -1;
    return g_unix_fd_list_get(list, handle, NULL);
}

hf_status hf_call_read(const struct hf_call *call, gint32 handle, size_t max, hf_buf *out)
{
    int fd = hf_call_fd(call, handle);
    hf_status status = fd < 0 ? HF_ERR_USAGE : hf_ipc_read_fd(fd, max, out);

    if (fd >= 0)
        close(fd);
    return status;
}

hf_status hf_call_read_secrets(const struct hf_call *call, GVariant *given, struct hf_secrets *out)
{
    hf_status status = HF_OK;
    GVariantIter iter;
    const char *text;
    gint32 handle;

    g_variant_iter_init(&iter, given);
    while (status == HF_OK && g_variant_iter_next(&iter, "{&sh}", &text, &handle)) {
        enum hf_secret_name name;

        if (!hf_secret_name_of_text(hf_bytes_of_string(text), &name))
            return HF_ERR_USAGE;
        hf_buf_clear(&out->values[name]);
        status = hf_call_read(call, handle, HF_CALL_SECRET_MAX, &out->values[name]);
    }
    return status;
}

bool hf_call_is_locked(const struct hf_call *call, const struct hf_profile_ref *ref,
                       const char *what)
{
    const struct hf_store_entry *entry = hf_store_entry(call->manager->store, ref);
    const struct hf_policy *policy = hf_policy_files_policy(call->manager->policy);

    if (call->peer->uid == 0 || entry == NULL)
        return false;
    for (size_t i = 0; i < hf_policy_texts(policy, HF_POLICY_LOCKED); i++) {
        if (strcmp(hf_policy_nth_text(policy, HF_POLICY_LOCKED, i), what) == 0)
            return true;
    }
    return g_strv_contains((const gchar *const *)entry->locked, what);
}

bool hf_call_may_remove(struct hf_call *call)
{
    const struct hf_store_entry *entry = hf_store_entry(call->manager->store, &call->ref);

    if (hf_call_is_locked(call, &call->ref, "remove"))
        hf_call_answer(call, HF_ERR_DENIED, "remove");
    else if (entry != NULL && entry->origin != NULL)
        hf_call_answer(call, HF_ERR_DENIED, entry->origin);
    else
        return true;
    return false;
}
