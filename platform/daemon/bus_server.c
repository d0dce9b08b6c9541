/* The transports of the bus: see bus_server.h. */
#include "daemon/bus_server.h"

#include "ipc/channel.h"
#include "ipc/interface.h"
#include "ipc/names.h"

#include <gio/gunixsocketaddress.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PEERS_PER_UID   16
#define KNOCKING_MAX    64  /* not looked at yet */
#define GREET_SECONDS   5   /* from accept to the end of authentication */
#define UNREAD_SIGNALS  256 /* a peer that reads none of so many is closed */
#define UID_CALL_MILLIS 2000

struct peer {
    struct hf_bus_server *bus;
    unsigned uid;
    GCancellable *greeting;
    guint timer;
    GDBusConnection *connection; /* NULL: not authenticated yet */
    unsigned unread;
    bool flushing;
};

struct hf_bus_server {
    const struct hf_instance *instance;
    struct hf_manager *manager;
    GSocketService *service;
    GList *peers;
    GDBusConnection *system;
    guint name;
};

static bool is_trusted(const struct hf_bus_server *bus, unsigned uid)
{
    return uid == 0 || uid == bus->instance->owner_uid;
}

/* --- calls ------------------------------------------------------------------------------------ */
struct call {
    struct hf_bus_server *bus;
    GDBusMethodInvocation *invocation;
};

static void uid_known(GObject *source, GAsyncResult *result, gpointer data)
{
    struct call call = *(struct call *)data;
    GVariant *reply = g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, NULL);
    guint32 uid = UINT32_MAX; /* nobody: it is never the owner's */

    g_free(data);
    if (reply != NULL) {
        g_variant_get(reply, "(u)", &uid);
        g_variant_unref(reply);
    }
    hf_manager_call(call.bus->manager, call.invocation, is_trusted(call.bus, uid));
}

/* The same people as on the socket: falling back to it changes nobody's rights. */
static void ask_for_uid(struct hf_bus_server *bus, GDBusConnection *connection, const char *sender,
                        GDBusMethodInvocation *invocation)
{
    struct call *call = g_new(struct call, 1);

    *call = (struct call){ bus, invocation };
    g_dbus_connection_call(connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                           "org.freedesktop.DBus", "GetConnectionUnixUser",
                           g_variant_new("(s)", sender), G_VARIANT_TYPE("(u)"),
                           G_DBUS_CALL_FLAGS_NONE, UID_CALL_MILLIS, NULL, uid_known, call);
}

static void method_called(GDBusConnection *connection, const gchar *sender, const gchar *path,
                          const gchar *interface, const gchar *method, GVariant *parameters,
                          GDBusMethodInvocation *invocation, gpointer data)
{
    struct hf_bus_server *bus = data;

    (void)path;
    (void)interface;
    (void)method;
    (void)parameters;
    if (connection == bus->system)
        ask_for_uid(bus, connection, sender, invocation);
    else
        hf_manager_call(bus->manager, invocation, true); /* its uid was looked at when it came */
}

static bool export(struct hf_bus_server *bus, GDBusConnection *connection)
{
    static const GDBusInterfaceVTable vtable = { .method_call = method_called };

    return g_dbus_connection_register_object(
               connection, HF_BUS_PATH,
               (GDBusInterfaceInfo *)&io_github_holdfastvpn_holdfast1_manager_interface, &vtable,
               bus, NULL, NULL) != 0;
}

/* --- peers on our own socket ------------------------------------------------------------------ */
static void free_peer(struct peer *peer)
{
    peer->bus->peers = g_list_remove(peer->bus->peers, peer);
    if (peer->timer != 0)
        g_source_remove(peer->timer);
    g_object_unref(peer->greeting);
    g_free(peer);
}

static void peer_closed(GDBusConnection *connection, gboolean vanished, GError *error,
                        gpointer data)
{
    struct peer *peer = data;

    (void)vanished;
    (void)error;
    g_signal_handlers_disconnect_by_data(connection, peer);
    g_object_unref(connection);
    free_peer(peer);
}

static void greeted(GObject *source, GAsyncResult *result, gpointer data)
{
    struct peer *peer = data;
    GDBusConnection *connection = g_dbus_connection_new_finish(result, NULL);

    (void)source;
    if (connection == NULL) {
        free_peer(peer);
        return;
    }
    g_source_remove(peer->timer);
    peer->timer = 0;
    peer->connection = connection;
    g_signal_connect(connection, "closed", G_CALLBACK(peer_closed), peer);
    if (!export(peer->bus, connection))
        g_dbus_connection_close(connection, NULL, NULL, NULL);
    g_dbus_connection_start_message_processing(connection);
}

static gboolean greeting_took_too_long(gpointer data)
{
    struct peer *peer = data;

    peer->timer = 0;
    g_cancellable_cancel(peer->greeting);
    return G_SOURCE_REMOVE;
}

static gboolean allow_mechanism(GDBusAuthObserver *observer, const gchar *mechanism, gpointer data)
{
    (void)observer;
    (void)data;
    return strcmp(mechanism, "EXTERNAL") == 0;
}

static unsigned count_peers(struct hf_bus_server *bus, unsigned uid)
{
    unsigned count = 0;

    for (GList *at = bus->peers; at != NULL; at = at->next)
        count += ((struct peer *)at->data)->uid == uid;
    return count;
}

static void greet(struct hf_bus_server *bus, GSocketConnection *stream, unsigned uid)
{
    struct peer *peer = g_new0(struct peer, 1);
    GDBusAuthObserver *observer = g_dbus_auth_observer_new();
    gchar *guid = g_dbus_generate_guid();

    peer->bus = bus;
    peer->uid = uid;
    peer->greeting = g_cancellable_new();
    peer->timer = g_timeout_add_seconds(GREET_SECONDS, greeting_took_too_long, peer);
    bus->peers = g_list_prepend(bus->peers, peer);
    g_signal_connect(observer, "allow-mechanism", G_CALLBACK(allow_mechanism), NULL);
    g_dbus_connection_new(G_IO_STREAM(stream), guid,
                          G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER |
                              G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                          observer, peer->greeting, greeted, peer);
    g_object_unref(observer);
    g_free(guid);
}

/* Nothing is read from somebody who may not speak. */
static gboolean incoming(GSocketService *service, GSocketConnection *stream, GObject *source,
                         gpointer data)
{
    struct hf_bus_server *bus = data;
    unsigned uid;

    (void)service;
    (void)source;
    if (hf_ipc_peer_uid(g_socket_get_fd(g_socket_connection_get_socket(stream)), &uid) &&
        is_trusted(bus, uid) && count_peers(bus, uid) < PEERS_PER_UID)
        greet(bus, stream, uid);
    else
        g_io_stream_close(G_IO_STREAM(stream), NULL, NULL);
    return TRUE;
}

static hf_status listen_on_socket(struct hf_bus_server *bus)
{
    char path[HF_PATH_MAX];
    GSocketAddress *address;
    hf_status status = hf_instance_path(bus->instance->run, HF_BUS_SOCKET_NAME, path);

    if (status != HF_OK)
        return status;
    (void)unlink(path); /* of a daemon before us: the lock is ours */
    bus->service = g_socket_service_new();
    g_socket_listener_set_backlog(G_SOCKET_LISTENER(bus->service), KNOCKING_MAX);
    address = g_unix_socket_address_new(path);
    if (!g_socket_listener_add_address(G_SOCKET_LISTENER(bus->service), address,
                                       G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL, NULL,
                                       NULL) ||
        chmod(path, 0666) != 0) /* everybody may knock; `incoming` decides */
        status = HF_ERR_LOCAL_SETUP;
    g_object_unref(address);
    g_signal_connect(bus->service, "incoming", G_CALLBACK(incoming), bus);
    return status;
}

/* --- the system bus --------------------------------------------------------------------------- */
#define BUS_POLICY HF_BUS_NAME ".conf"
#define BUS_ABSENT "start the bus, then holdfastd again; or choose --bus none"
#define BUS_REFUSED                                                                                \
    "install " BUS_POLICY " in /usr/share/dbus-1/system.d and end "                                \
    "any other process that has the name, then start holdfastd again"

/* Never out of reach in silence: clients look for the socket first. */
static hf_status fall_back(struct hf_bus_server *bus, const char *why, const char *remedy)
{
    hf_status status = bus->service != NULL ? HF_OK : listen_on_socket(bus);

    fprintf(stderr,
            "holdfastd: system bus: %s: %s %s/" HF_BUS_SOCKET_NAME " instead (to change it: %s)\n",
            why, status == HF_OK ? "listening on" : "nobody can reach holdfastd: cannot listen on",
            bus->instance->run, remedy);
    return status;
}

/* `connection` is NULL when all of the bus is gone. Refused, taken and lost names come here alike.
 */
static void name_lost(GDBusConnection *connection, const gchar *name, gpointer data)
{
    (void)name;
    if (connection == NULL)
        (void)fall_back(data, "the connection ended", BUS_ABSENT);
    else
        (void)fall_back(data, "the name " HF_BUS_NAME " is not ours", BUS_REFUSED);
}

static hf_status join_system_bus(struct hf_bus_server *bus)
{
    GError *error = NULL;
    hf_status status = HF_OK;

    bus->system = g_bus_get_sync(G_BUS_TYPE_SYSTEM, NULL, &error);
    if (bus->system == NULL) {
        status = fall_back(bus, error->message, BUS_ABSENT);
        g_error_free(error);
        return status;
    }
    g_dbus_connection_set_exit_on_close(bus->system, FALSE);
    if (!export(bus, bus->system))
        return HF_ERR_NO_MEMORY;
    bus->name = g_bus_own_name_on_connection(bus->system, HF_BUS_NAME, G_BUS_NAME_OWNER_FLAGS_NONE,
                                             NULL, name_lost, bus, NULL);
    return HF_OK;
}

/* --- signals ---------------------------------------------------------------------------------- */
/* `state` is consumed when floating. */
static void emit(GDBusConnection *connection, GVariant *state)
{
    g_dbus_connection_emit_signal(connection, NULL, HF_BUS_PATH, HF_BUS_INTERFACE, "StateChanged",
                                  state, NULL);
}

/* `data` is the connection's peer, if it still is one. */
static void flushed(GObject *source, GAsyncResult *result, gpointer data)
{
    struct hf_bus_server *bus = data;

    (void)g_dbus_connection_flush_finish(G_DBUS_CONNECTION(source), result, NULL);
    for (GList *at = bus->peers; at != NULL; at = at->next) {
        struct peer *peer = at->data;

        if (peer->connection == G_DBUS_CONNECTION(source)) {
            peer->unread = 0;
            peer->flushing = false;
        }
    }
}

/* What a peer does not read waits in our memory, so there is an end to it. */
static void emit_to_peer(struct peer *peer, GVariant *state)
{
    if (++peer->unread > UNREAD_SIGNALS) {
        g_dbus_connection_close(peer->connection, NULL, NULL, NULL);
        return;
    }
    emit(peer->connection, state);
    if (!peer->flushing)
        g_dbus_connection_flush(peer->connection, NULL, flushed, peer->bus);
    peer->flushing = true;
}

void hf_bus_server_emit_state(struct hf_bus_server *bus)
{
    GVariant *state = hf_manager_state(bus->manager);
    GVariant *outline = bus->system == NULL ? NULL : hf_manager_outline(bus->manager);

    if (outline != NULL) /* everybody on the bus can read it */
        emit(bus->system, outline);
    if (state == NULL)
        return;
    g_variant_ref_sink(state);
    for (GList *at = bus->peers; at != NULL; at = at->next) {
        struct peer *peer = at->data;

        if (peer->connection != NULL && !g_dbus_connection_is_closed(peer->connection))
            emit_to_peer(peer, state);
    }
    g_variant_unref(state);
}

/* --- life ------------------------------------------------------------------------------------- */
hf_status hf_bus_server_new(const struct hf_instance *instance, struct hf_manager *manager,
                            struct hf_bus_server **out)
{
    struct hf_bus_server *bus = calloc(1, sizeof *bus);
    hf_status status;

    if (bus == NULL)
        return HF_ERR_NO_MEMORY;
    bus->instance = instance;
    bus->manager = manager;
    status = instance->bus == HF_BUS_SYSTEM ? join_system_bus(bus) : listen_on_socket(bus);
    if (status != HF_OK) {
        hf_bus_server_free(bus);
        return status;
    }
    *out = bus;
    return HF_OK;
}

void hf_bus_server_free(struct hf_bus_server *bus)
{
    if (bus == NULL)
        return;
    if (bus->name != 0)
        g_bus_unown_name(bus->name);
    g_clear_object(&bus->system);
    if (bus->service != NULL) {
        g_socket_service_stop(bus->service);
        g_socket_listener_close(G_SOCKET_LISTENER(bus->service));
        g_object_unref(bus->service);
    }
    while (bus->peers != NULL) {
        struct peer *peer = bus->peers->data;

        if (peer->connection != NULL) {
            g_signal_handlers_disconnect_by_data(peer->connection, peer);
            g_object_unref(peer->connection);
        } else {
            g_cancellable_cancel(peer->greeting); /* its callback does not come any more */
        }
        free_peer(peer);
    }
    free(bus);
}
