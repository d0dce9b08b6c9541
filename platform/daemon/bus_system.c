/* The system bus: see bus_system.h. */
#include "daemon/bus_system.h"

#include "ipc/names.h"

#include <stdlib.h>

#define UID_CALL_MILLIS 2000
#define BUS_POLICY      HF_BUS_NAME ".conf"
#define BUS_ABSENT      "start the bus, then holdfastd again; or choose --bus none"
#define BUS_REFUSED                                                                                \
    "install " BUS_POLICY " in /usr/share/dbus-1/system.d and end "                                \
    "any other process that has the name, then start holdfastd again"
#define DBUS_NAME "org.freedesktop.DBus"
#define DBUS_PATH "/org/freedesktop/DBus"

struct hf_bus_system {
    struct hf_peers *peers;
    struct hf_bus_system_events events;
    void *context;
    struct hf_bus_export export;
    GDBusConnection *connection;
    guint name;
};

/* --- who calls -------------------------------------------------------------------------------- */
struct lookup {
    struct hf_bus_system *bus;
    GDBusMethodInvocation *invocation;
    guint watch;
};

static void owner_changed(GDBusConnection *connection, const gchar *sender, const gchar *path,
                          const gchar *interface, const gchar *signal, GVariant *arguments,
                          gpointer data)
{
    struct hf_bus_system *bus = data;
    const char *name, *now;
    struct hf_peer *peer;

    (void)sender;
    (void)path;
    (void)interface;
    (void)signal;
    g_variant_get(arguments, "(&s&s&s)", &name, NULL, &now);
    peer = now[0] != '\0' ? NULL : hf_peers_find(bus->peers, connection, name);
    if (peer != NULL)
        hf_peers_remove(bus->peers, peer);
}

static struct hf_peer *peer_of(struct lookup *lookup, GVariant *reply)
{
    const char *sender = g_dbus_method_invocation_get_sender(lookup->invocation);
    struct hf_bus_system *bus = lookup->bus;
    struct hf_peer *peer = hf_peers_find(bus->peers, bus->connection, sender);
    guint32 uid;

    if (peer == NULL && reply != NULL) {
        g_variant_get(reply, "(u)", &uid);
        peer = hf_peers_add(bus->peers, bus->connection, sender, uid, lookup->watch);
        lookup->watch = 0;
    }
    if (lookup->watch != 0)
        g_dbus_connection_signal_unsubscribe(bus->connection, lookup->watch);
    return peer;
}

static void uid_known(GObject *source, GAsyncResult *result, gpointer data)
{
    struct lookup lookup = *(struct lookup *)data;
    GVariant *reply = g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, NULL);
    struct hf_peer *peer = peer_of(&lookup, reply);

    g_free(data);
    if (peer != NULL)
        lookup.bus->events.called(lookup.bus->context, peer, lookup.invocation);
    else
        g_dbus_method_invocation_return_dbus_error(
            lookup.invocation, HF_BUS_ERROR_PREFIX "not_permitted", "{\"code\":\"not-permitted\"}");
    if (reply != NULL)
        g_variant_unref(reply);
}

/* A unique name means one connection for as long as the bus lives, so its uid is asked once. It is
 * watched before that: a caller who goes meanwhile is not remembered. */
static void called(void *context, GDBusConnection *connection, const char *sender,
                   GDBusMethodInvocation *invocation)
{
    struct hf_bus_system *bus = context;
    struct hf_peer *peer = hf_peers_find(bus->peers, connection, sender);
    struct lookup *lookup;

    if (peer != NULL) {
        bus->events.called(bus->context, peer, invocation);
        return;
    }
    lookup = g_new(struct lookup, 1);
    *lookup = (struct lookup){ bus, invocation, 0 };
    lookup->watch = g_dbus_connection_signal_subscribe(
        connection, DBUS_NAME, DBUS_NAME, "NameOwnerChanged", DBUS_PATH, sender,
        G_DBUS_SIGNAL_FLAGS_NONE, owner_changed, bus, NULL);
    g_dbus_connection_call(connection, DBUS_NAME, DBUS_PATH, DBUS_NAME, "GetConnectionUnixUser",
                           g_variant_new("(s)", sender), G_VARIANT_TYPE("(u)"),
                           G_DBUS_CALL_FLAGS_NONE, UID_CALL_MILLIS, NULL, uid_known, lookup);
}

/* --- life ------------------------------------------------------------------------------------- */
/* `connection` is NULL when all of the bus is gone. Refused, taken and lost names come here alike.
 */
static void name_lost(GDBusConnection *connection, const gchar *name, gpointer data)
{
    struct hf_bus_system *bus = data;

    (void)name;
    if (connection == NULL) {
        hf_peers_remove_all(bus->peers, bus->connection);
        bus->events.lost(bus->context, "the connection ended", BUS_ABSENT);
    } else {
        bus->events.lost(bus->context, "the name " HF_BUS_NAME " is not ours", BUS_REFUSED);
    }
}

hf_status hf_bus_system_new(struct hf_peers *peers, const struct hf_bus_system_events *events,
                            void *context, struct hf_bus_system **out)
{
    struct hf_bus_system *bus = g_new0(struct hf_bus_system, 1);
    GError *error = NULL;

    *bus = (struct hf_bus_system){
        .peers = peers, .events = *events, .context = context, .export = {called, bus}
    };
    *out = NULL;
    bus->connection = g_bus_get_sync(G_BUS_TYPE_SYSTEM, NULL, &error);
    if (bus->connection == NULL) {
        events->lost(context, error->message, BUS_ABSENT);
        g_error_free(error);
        g_free(bus);
        return HF_OK;
    }
    g_dbus_connection_set_exit_on_close(bus->connection, FALSE);
    if (!hf_bus_export_on(&bus->export, bus->connection)) {
        hf_bus_system_free(bus);
        return HF_ERR_NO_MEMORY;
    }
    *out = bus;
    bus->name = g_bus_own_name_on_connection(
        bus->connection, HF_BUS_NAME, G_BUS_NAME_OWNER_FLAGS_NONE, NULL, name_lost, bus, NULL);
    return HF_OK;
}

void hf_bus_system_free(struct hf_bus_system *bus)
{
    if (bus == NULL)
        return;
    if (bus->name != 0)
        g_bus_unown_name(bus->name);
    hf_peers_remove_all(bus->peers, bus->connection);
    g_clear_object(&bus->connection);
    g_free(bus);
}

GDBusConnection *hf_bus_system_connection(struct hf_bus_system *bus)
{
    return bus == NULL ? NULL : bus->connection;
}
