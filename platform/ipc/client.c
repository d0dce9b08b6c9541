/* The bus as user interfaces see it: see client.h. */
#include "ipc/client.h"

#include "ipc/names.h"

#include <stdlib.h>
#include <string.h>

/* An import may take this long; everything else answers at once. */
#define CALL_MILLIS 20000

struct hf_client {
    GDBusConnection *connection;
    const char *name; /* NULL: peer to peer */
    struct hf_client_events events;
    void *context;
    guint subscription, watch;
    GCancellable *asking; /* for the status, after a signal; NULL: not asking */
    bool ask_again;
};

/* --- finding the daemon ----------------------------------------------------------------------- */
static hf_status status_of_error(const GError *error)
{
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) ||
        g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
        return HF_ERR_NO_DAEMON;
    return HF_ERR_DENIED; /* it is there and hung up on us */
}

static hf_status join_socket(const struct hf_instance *instance, GDBusConnection **out)
{
    char path[HF_PATH_MAX];
    hf_status status = hf_instance_path(instance->run, HF_BUS_SOCKET_NAME, path);
    gchar *escaped, *address;
    GError *error = NULL;

    if (status != HF_OK)
        return status;
    escaped = g_dbus_address_escape_value(path);
    address = g_strconcat("unix:path=", escaped, NULL);
    *out = g_dbus_connection_new_for_address_sync(
        address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL, NULL, &error);
    if (*out == NULL)
        status = status_of_error(error);
    g_clear_error(&error);
    g_free(escaped);
    g_free(address);
    return status;
}

static bool has_owner(GDBusConnection *connection)
{
    GVariant *reply = g_dbus_connection_call_sync(
        connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
        "NameHasOwner", g_variant_new("(s)", HF_BUS_NAME), G_VARIANT_TYPE("(b)"),
        G_DBUS_CALL_FLAGS_NONE, CALL_MILLIS, NULL, NULL);
    gboolean owned = FALSE;

    if (reply != NULL) {
        g_variant_get(reply, "(b)", &owned);
        g_variant_unref(reply);
    }
    return owned;
}

static hf_status join_system_bus(GDBusConnection **out)
{
    GDBusConnection *connection = g_bus_get_sync(G_BUS_TYPE_SYSTEM, NULL, NULL);

    if (connection == NULL)
        return HF_ERR_NO_DAEMON;
    g_dbus_connection_set_exit_on_close(connection, FALSE);
    if (!has_owner(connection)) {
        g_object_unref(connection);
        return HF_ERR_NO_DAEMON;
    }
    *out = connection;
    return HF_OK;
}

hf_status hf_client_new(const struct hf_instance *instance, struct hf_client **out)
{
    struct hf_client *client = calloc(1, sizeof *client);
    hf_status status;

    if (client == NULL)
        return HF_ERR_NO_MEMORY;
    status = join_socket(instance, &client->connection);
    if (status == HF_ERR_NO_DAEMON && instance->bus == HF_BUS_SYSTEM) {
        status = join_system_bus(&client->connection);
        client->name = HF_BUS_NAME;
    }
    if (status != HF_OK) {
        free(client);
        return status;
    }
    *out = client;
    return HF_OK;
}

void hf_client_free(struct hf_client *client)
{
    if (client == NULL)
        return;
    g_signal_handlers_disconnect_by_data(client->connection, client);
    if (client->subscription != 0)
        g_dbus_connection_signal_unsubscribe(client->connection, client->subscription);
    if (client->watch != 0)
        g_bus_unwatch_name(client->watch);
    if (client->asking != NULL) {
        g_cancellable_cancel(client->asking);
        g_object_unref(client->asking);
    }
    g_object_unref(client->connection);
    free(client);
}

/* --- calls ------------------------------------------------------------------------------------ */
static void set_text(char text[HF_FAULT_TEXT_MAX], const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    if (value != NULL)
        hf_fault_set_text(text, hf_bytes_of_string(value));
}

static enum hf_stage stage_of_name(const char *name)
{
    for (int stage = HF_STAGE_NONE; name != NULL && stage <= HF_STAGE_TUNNEL; stage++) {
        if (strcmp(hf_stage_name((enum hf_stage)stage), name) == 0)
            return (enum hf_stage)stage;
    }
    return HF_STAGE_NONE;
}

struct hf_fault hf_client_fault_of(const json_t *object)
{
    struct hf_fault fault = hf_fault_make(HF_ERR_INTERNAL, HF_STAGE_NONE);
    const char *code = json_string_value(json_object_get(object, "code"));

    if (code == NULL)
        return fault;
    fault.status = hf_status_of_code(hf_bytes_of_string(code));
    fault.stage = stage_of_name(json_string_value(json_object_get(object, "stage")));
    fault.peer_code = (uint32_t)json_integer_value(json_object_get(object, "peer_code"));
    set_text(fault.offered, object, "offered");
    set_text(fault.received, object, "received");
    return fault;
}

static struct hf_fault fault_of_detail(const char *detail)
{
    json_t *object = json_loads(detail, 0, NULL);
    struct hf_fault fault = hf_client_fault_of(object);

    json_decref(object);
    return fault;
}

static struct hf_fault fault_of_error(GError *error)
{
    gchar *name = g_dbus_error_get_remote_error(error);
    struct hf_fault fault = hf_fault_make(HF_ERR_NO_DAEMON, HF_STAGE_NONE);

    if (name != NULL && g_str_has_prefix(name, HF_BUS_ERROR_PREFIX)) {
        g_dbus_error_strip_remote_error(error);
        fault = fault_of_detail(error->message);
    } else if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)) {
        fault.status = HF_ERR_TIMEOUT;
    } else if (g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED)) {
        fault.status = HF_ERR_DENIED;
    }
    g_free(name);
    return fault;
}

hf_status hf_client_call(struct hf_client *client, const char *method, GVariant *arguments,
                         GUnixFDList *fds, GVariant **out_reply, struct hf_fault *out_fault)
{
    GError *error = NULL;
    GVariant *reply = g_dbus_connection_call_with_unix_fd_list_sync(
        client->connection, client->name, HF_BUS_PATH, HF_BUS_INTERFACE, method, arguments, NULL,
        G_DBUS_CALL_FLAGS_NONE, CALL_MILLIS, fds, NULL, NULL, &error);

    if (reply == NULL) {
        *out_fault = fault_of_error(error);
        g_error_free(error);
        return out_fault->status;
    }
    *out_reply = reply;
    return HF_OK;
}

/* --- signals ---------------------------------------------------------------------------------- */
static void tell(struct hf_client *client, GVariant *arguments)
{
    const char *status;

    if (!g_variant_is_of_type(arguments, G_VARIANT_TYPE("(s)")))
        return;
    g_variant_get(arguments, "(&s)", &status);
    client->events.state(client->context, status);
}

static void ask(struct hf_client *client);

static void answered(GObject *source, GAsyncResult *result, gpointer data)
{
    struct hf_client *client = data;
    GError *error = NULL;
    GVariant *reply = g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
    bool is_freed = g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

    g_clear_error(&error);
    if (is_freed)
        return;
    g_clear_object(&client->asking);
    if (client->ask_again)
        ask(client);
    if (reply == NULL)
        return;
    tell(client, reply);
    g_variant_unref(reply);
}

/* One question at a time, however many signals come. */
static void ask(struct hf_client *client)
{
    client->ask_again = client->asking != NULL;
    if (client->ask_again)
        return;
    client->asking = g_cancellable_new();
    g_dbus_connection_call(client->connection, client->name, HF_BUS_PATH, HF_BUS_INTERFACE,
                           "Status", NULL, NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, CALL_MILLIS,
                           client->asking, answered, client);
}

/* On the system bus a signal, which everybody can read, tells little. */
static void signalled(GDBusConnection *connection, const gchar *sender, const gchar *path,
                      const gchar *interface, const gchar *signal, GVariant *arguments,
                      gpointer data)
{
    struct hf_client *client = data;

    (void)connection;
    (void)sender;
    (void)path;
    (void)interface;
    (void)signal;
    if (client->name == NULL)
        tell(client, arguments);
    else
        ask(client);
}

static void closed(GDBusConnection *connection, gboolean vanished, GError *error, gpointer data)
{
    struct hf_client *client = data;

    (void)connection;
    (void)vanished;
    (void)error;
    client->events.gone(client->context);
}

static void vanished(GDBusConnection *connection, const gchar *name, gpointer data)
{
    struct hf_client *client = data;

    (void)connection;
    (void)name;
    client->events.gone(client->context);
}

void hf_client_listen(struct hf_client *client, const struct hf_client_events *events,
                      void *context)
{
    client->events = *events;
    client->context = context;
    client->subscription = g_dbus_connection_signal_subscribe(
        client->connection, client->name, HF_BUS_INTERFACE, "StateChanged", HF_BUS_PATH, NULL,
        G_DBUS_SIGNAL_FLAGS_NONE, signalled, client, NULL);
    g_signal_connect(client->connection, "closed", G_CALLBACK(closed), client);
    if (client->name != NULL)
        client->watch = g_bus_watch_name_on_connection(client->connection, client->name,
                                                       G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
                                                       vanished, client, NULL);
}
