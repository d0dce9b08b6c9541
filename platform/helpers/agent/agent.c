/* The agent's object: see agent.h. */
#include "helpers/agent/agent.h"

#include "helpers/agent/keyring.h"
#include "ipc/channel.h"
#include "ipc/interface.h"
#include "ipc/names.h"

#include <gio/gunixfdlist.h>
#include <string.h>
#include <unistd.h>

#define SECRET_MAX   (256 * 1024)
#define ASK_BUS_MS   2000
#define ERROR_DENIED HF_BUS_ERROR_PREFIX "not_permitted"
#define ERROR_KEYS   HF_BUS_ERROR_PREFIX "local_setup_failed"

/* --- who asks --------------------------------------------------------------------------------- */
/* On the system bus only the owner of holdfastd's name may ask; peer to peer there is no other. */
static bool is_holdfastd(GDBusConnection *connection, const char *sender)
{
    GVariant *reply;
    const char *owner;
    bool same;

    if (sender == NULL)
        return false;
    reply = g_dbus_connection_call_sync(connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                        "org.freedesktop.DBus", "GetNameOwner",
                                        g_variant_new("(s)", HF_BUS_NAME), G_VARIANT_TYPE("(s)"),
                                        G_DBUS_CALL_FLAGS_NONE, ASK_BUS_MS, NULL, NULL);
    if (reply == NULL)
        return false;
    g_variant_get(reply, "(&s)", &owner);
    same = strcmp(owner, sender) == 0;
    g_variant_unref(reply);
    return same;
}

/* --- methods ---------------------------------------------------------------------------------- */
static void add_secret(GVariantBuilder *answer, GUnixFDList *fds, const char *name,
                       const hf_buf *value)
{
    int fd = hf_ipc_sealed_memfd("secret", hf_buf_bytes(value));
    int handle = fd < 0 ? -1 : g_unix_fd_list_append(fds, fd, NULL);

    if (handle >= 0)
        g_variant_builder_add(answer, "{sh}", name, handle);
    if (fd >= 0)
        close(fd);
}

/* What was wrong once is not given again: somebody has to say it anew. */
static bool is_retry(GVariant *hints)
{
    gboolean retry = FALSE;

    (void)g_variant_lookup(hints, "retry", "b", &retry);
    return retry;
}

static void get_secrets(GVariant *arguments, GDBusMethodInvocation *invocation)
{
    GUnixFDList *fds = g_unix_fd_list_new();
    hf_buf value = hf_buf_with_max(SECRET_MAX);
    GVariantBuilder answer;
    GVariant *hints;
    const char *profile;
    char **names;

    g_variant_get(arguments, "(&s^as@a{sv})", &profile, &names, &hints);
    g_variant_builder_init(&answer, G_VARIANT_TYPE("a{sh}"));
    for (size_t i = 0; names[i] != NULL && !is_retry(hints); i++) {
        if (hf_keyring_find(profile, names[i], &value) == HF_OK)
            add_secret(&answer, fds, names[i], &value);
    }
    g_dbus_method_invocation_return_value_with_unix_fd_list(invocation,
                                                            g_variant_new("(a{sh})", &answer), fds);
    hf_buf_free(&value);
    g_object_unref(fds);
    g_variant_unref(hints);
    g_strfreev(names);
}

static hf_status keep_secret(GUnixFDList *fds, gint32 handle, const char *profile, const char *name)
{
    hf_buf value = hf_buf_with_max(SECRET_MAX);
    char *label = g_strdup_printf("Holdfast %s: %s", profile, name);
    int fd = fds == NULL || handle < 0 || handle >= g_unix_fd_list_get_length(fds)
                 ? -1
                 : g_unix_fd_list_get(fds, handle, NULL);
    hf_status status = fd < 0 ? HF_ERR_USAGE : hf_ipc_read_fd(fd, SECRET_MAX, &value);

    if (status == HF_OK)
        status = hf_keyring_keep(profile, name, label, hf_buf_bytes(&value));
    if (fd >= 0)
        close(fd);
    hf_buf_free(&value);
    g_free(label);
    return status;
}

static void answer(GDBusMethodInvocation *invocation, hf_status status)
{
    if (status == HF_OK)
        g_dbus_method_invocation_return_value(invocation, NULL);
    else
        g_dbus_method_invocation_return_dbus_error(invocation, ERROR_KEYS, hf_status_code(status));
}

static void save_secrets(GVariant *arguments, GDBusMethodInvocation *invocation)
{
    GDBusMessage *message = g_dbus_method_invocation_get_message(invocation);
    hf_status status = HF_OK;
    const char *profile, *name;
    GVariantIter *iter;
    gint32 handle;

    g_variant_get(arguments, "(&sa{sh})", &profile, &iter);
    while (status == HF_OK && g_variant_iter_next(iter, "{&sh}", &name, &handle))
        status = keep_secret(g_dbus_message_get_unix_fd_list(message), handle, profile, name);
    g_variant_iter_free(iter);
    answer(invocation, status);
}

static void delete_secrets(GVariant *arguments, GDBusMethodInvocation *invocation)
{
    hf_status status = HF_OK;
    const char *profile;
    char **names;

    g_variant_get(arguments, "(&s^as)", &profile, &names);
    if (names[0] == NULL)
        status = hf_keyring_forget(profile, "");
    for (size_t i = 0; names[i] != NULL && status == HF_OK; i++)
        status = hf_keyring_forget(profile, names[i]);
    g_strfreev(names);
    answer(invocation, status);
}

/* Nothing waits here: the keyring was asked before the next message is read. */
static void cancel(GVariant *arguments, GDBusMethodInvocation *invocation)
{
    (void)arguments;
    g_dbus_method_invocation_return_value(invocation, NULL);
}

static const struct {
    const char *name;
    void (*handle)(GVariant *arguments, GDBusMethodInvocation *invocation);
} methods[] = {
    {"GetSecrets",        get_secrets   },
    { "SaveSecrets",      save_secrets  },
    { "DeleteSecrets",    delete_secrets},
    { "CancelGetSecrets", cancel        },
};

static void called(GDBusConnection *connection, const char *sender, const char *path,
                   const char *interface, const char *method, GVariant *arguments,
                   GDBusMethodInvocation *invocation, gpointer data)
{
    bool is_shared = GPOINTER_TO_INT(data) != 0;

    (void)path;
    (void)interface;
    if (is_shared && !is_holdfastd(connection, sender)) {
        g_dbus_method_invocation_return_dbus_error(invocation, ERROR_DENIED,
                                                   "secrets are for holdfastd alone");
        return;
    }
    for (size_t i = 0; i < HF_ARRAY_LEN(methods); i++) {
        if (strcmp(methods[i].name, method) == 0) {
            methods[i].handle(arguments, invocation);
            return;
        }
    }
}

hf_status hf_agent_export(GDBusConnection *connection, bool is_shared)
{
    static const GDBusInterfaceVTable table = { .method_call = called };
    guint id = g_dbus_connection_register_object(
        connection, HF_AGENT_PATH,
        (GDBusInterfaceInfo *)&io_github_holdfastvpn_holdfast1_secrets_agent_interface, &table,
        GINT_TO_POINTER(is_shared), NULL, NULL);

    return id == 0 ? HF_ERR_LOCAL_SETUP : HF_OK;
}
