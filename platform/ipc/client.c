/* The bus as user interfaces see it: see client.h. */
#include "ipc/client.h"

#include "ipc/names.h"

#include <stdlib.h>
#include <string.h>

/* To reach the daemon and be let in, and for the bus itself. */
#define JOIN_MILLIS 2000
/* For a method that changes something: it may have to write to the disk. */
#define CALL_MILLIS 5000

/* Methods that have another time. */
static const struct {
    const char *method;
    int millis;
} times[] = {
    {"Status",             2000 },
    { "Version",           2000 },
    { "Import",            20000}, /* a process of its own reads the file */
    { "ImportCertificate", 20000},
};

struct hf_client {
    GDBusConnection *connection;
    const char *name; /* NULL: peer to peer */
    struct hf_client_events events;
    void *context;
    guint subscription, events_subscription, watch;
    GCancellable *asking; /* for the status, after a signal; NULL: not asking */
    bool ask_again;
};

/* --- finding the daemon ----------------------------------------------------------------------- */
static hf_status status_of_error(const GError *error)
{
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) ||
        g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
        return HF_ERR_NO_DAEMON;
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || /* by the clock */
        g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) ||
        g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) /* many wait to be let in */
        return HF_ERR_DAEMON_SILENT;
    return HF_ERR_DENIED; /* it is there and hung up on us */
}

/* --- joining, in limited time ------------------------------------------------------------------
 */
typedef GDBusConnection *join_finish_fn(GAsyncResult *result, GError **error);

struct join {
    join_finish_fn *finish;
    GCancellable *cancellable;
    GDBusConnection *connection;
    GError *error;
    bool done;
};

static void joined(GObject *source, GAsyncResult *result, gpointer data)
{
    struct join *join = data;

    (void)source;
    join->connection = join->finish(result, &join->error);
    join->done = true;
}

static gboolean give_up(gpointer data)
{
    g_cancellable_cancel(((struct join *)data)->cancellable);
    return G_SOURCE_CONTINUE;
}

/* Runs the main loop until what was begun has ended, which it does soon after it is cancelled. */
static hf_status await(struct join *join, GDBusConnection **out)
{
    guint timer = g_timeout_add(JOIN_MILLIS, give_up, join);
    hf_status status = HF_OK;

    while (!join->done)
        g_main_context_iteration(NULL, TRUE);
    g_source_remove(timer);
    g_object_unref(join->cancellable);
    if (join->connection == NULL)
        status = status_of_error(join->error);
    else
        *out = join->connection;
    g_clear_error(&join->error);
    return status;
}

static hf_status join_socket(const struct hf_instance *instance, GDBusConnection **out)
{
    char path[HF_PATH_MAX];
    hf_status status = hf_instance_path(instance->run, HF_BUS_SOCKET_NAME, path);
    struct join join = { .finish = g_dbus_connection_new_for_address_finish };
    gchar *escaped, *address;

    if (status != HF_OK)
        return status;
    escaped = g_dbus_address_escape_value(path);
    address = g_strconcat("unix:path=", escaped, NULL);
    join.cancellable = g_cancellable_new();
    g_dbus_connection_new_for_address(address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL,
                                      join.cancellable, joined, &join);
    status = await(&join, out);
    g_free(escaped);
    g_free(address);
    return status;
}

static bool has_owner(GDBusConnection *connection)
{
    GVariant *reply = g_dbus_connection_call_sync(
        connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
        "NameHasOwner", g_variant_new("(s)", HF_BUS_NAME), G_VARIANT_TYPE("(b)"),
        G_DBUS_CALL_FLAGS_NONE, JOIN_MILLIS, NULL, NULL);
    gboolean owned = FALSE;

    if (reply != NULL) {
        g_variant_get(reply, "(b)", &owned);
        g_variant_unref(reply);
    }
    return owned;
}

static hf_status join_system_bus(GDBusConnection **out)
{
    struct join join = { .finish = g_bus_get_finish, .cancellable = g_cancellable_new() };
    GDBusConnection *connection;

    g_bus_get(G_BUS_TYPE_SYSTEM, join.cancellable, joined, &join);
    if (await(&join, &connection) != HF_OK)
        return HF_ERR_NO_DAEMON; /* nor could it be there */
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

GDBusConnection *hf_client_connection(struct hf_client *client, bool *out_shared)
{
    *out_shared = client->name != NULL;
    return client->connection;
}

void hf_client_free(struct hf_client *client)
{
    if (client == NULL)
        return;
    g_signal_handlers_disconnect_by_data(client->connection, client);
    if (client->subscription != 0)
        g_dbus_connection_signal_unsubscribe(client->connection, client->subscription);
    if (client->events_subscription != 0)
        g_dbus_connection_signal_unsubscribe(client->connection, client->events_subscription);
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
        fault.status = HF_ERR_DAEMON_SILENT;
    } else if (g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED)) {
        fault.status = HF_ERR_DENIED;
    }
    g_free(name);
    return fault;
}

static int time_of(const char *method)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(times); i++) {
        if (strcmp(times[i].method, method) == 0)
            return times[i].millis;
    }
    return CALL_MILLIS;
}

hf_status hf_client_call(struct hf_client *client, const char *method, GVariant *arguments,
                         GUnixFDList *fds, GVariant **out_reply, struct hf_fault *out_fault)
{
    static const struct hf_client_target manager = { HF_BUS_PATH, HF_BUS_INTERFACE };

    return hf_client_call_on(client, &manager, method, arguments, fds, out_reply, NULL, out_fault);
}

hf_status hf_client_call_on(struct hf_client *client, const struct hf_client_target *target,
                            const char *method, GVariant *arguments, GUnixFDList *fds,
                            GVariant **out_reply, GUnixFDList **out_fds, struct hf_fault *out_fault)
{
    GError *error = NULL;
    GVariant *reply = g_dbus_connection_call_with_unix_fd_list_sync(
        client->connection, client->name, target->path, target->interface, method, arguments, NULL,
        G_DBUS_CALL_FLAGS_NONE, time_of(method), fds, out_fds, NULL, &error);

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
                           "Status", NULL, NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, time_of("Status"),
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

static void happened(GDBusConnection *connection, const gchar *sender, const gchar *path,
                     const gchar *interface, const gchar *signal, GVariant *arguments,
                     gpointer data)
{
    struct hf_client *client = data;
    const char *event;

    (void)connection;
    (void)sender;
    (void)path;
    (void)interface;
    (void)signal;
    if (!g_variant_is_of_type(arguments, G_VARIANT_TYPE("(s)")))
        return;
    g_variant_get(arguments, "(&s)", &event);
    client->events.event(client->context, event);
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
    if (events->event != NULL)
        client->events_subscription = g_dbus_connection_signal_subscribe(
            client->connection, client->name, HF_BUS_INTERFACE, "Event", HF_BUS_PATH, NULL,
            G_DBUS_SIGNAL_FLAGS_NONE, happened, client, NULL);
    g_signal_connect(client->connection, "closed", G_CALLBACK(closed), client);
    if (client->name != NULL)
        client->watch = g_bus_watch_name_on_connection(client->connection, client->name,
                                                       G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
                                                       vanished, client, NULL);
}
