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
/* Calls that wait to be answered: of one connection, and of all. Past the second, whoever has one
 * waiting already is told to wait with the next; past so many words of that kind he hears nothing
 * more, and the bus, which counts what is not answered, lets no more of his calls through. */
#define CALLS_OF_ONE    32
#define CALLS_OF_ALL    256
#define REFUSALS_OF_ONE 32
#define DBUS_NAME       "org.freedesktop.DBus"
#define DBUS_PATH       "/org/freedesktop/DBus"

struct hf_bus_system {
    struct hf_peers *peers;
    struct hf_bus_system_events events;
    void *context;
    struct hf_bus_export export;
    GDBusConnection *connection;
    guint name, filter;
};

/* Shared with the connection's thread, which may see one more message after we are gone. */
struct waiting {
    GMutex mutex;
    GHashTable *callers; /* unique name → struct caller */
    unsigned all;
};

/* --- how much is asked ------------------------------------------------------------------------ */
static void free_waiting(gpointer data)
{
    struct waiting *waiting = data;

    g_hash_table_unref(waiting->callers);
    g_mutex_clear(&waiting->mutex);
    g_free(waiting);
}

struct caller {
    unsigned waiting, refused;
};
enum verdict { LET_IN, REFUSE, IGNORE };

static struct caller *caller_of(struct waiting *waiting, const char *name)
{
    struct caller *caller = g_hash_table_lookup(waiting->callers, name);

    if (caller == NULL) {
        caller = g_new0(struct caller, 1);
        g_hash_table_insert(waiting->callers, g_strdup(name), caller);
    }
    return caller;
}

/* Counts what will be answered. */
static enum verdict judge(struct waiting *waiting, const char *sender)
{
    enum verdict verdict = REFUSE;
    struct caller *caller;

    g_mutex_lock(&waiting->mutex);
    caller = caller_of(waiting, sender);
    if (caller->waiting == 0 || (caller->waiting < CALLS_OF_ONE && waiting->all < CALLS_OF_ALL))
        verdict = LET_IN;
    else if (++caller->refused > REFUSALS_OF_ONE)
        verdict = IGNORE;
    if (verdict != IGNORE) {
        caller->waiting++;
        waiting->all++;
    }
    g_mutex_unlock(&waiting->mutex);
    return verdict;
}

static void one_less(struct waiting *waiting, const char *name)
{
    struct caller *caller;

    g_mutex_lock(&waiting->mutex);
    caller = g_hash_table_lookup(waiting->callers, name);
    if (caller != NULL) {
        waiting->all--;
        if (--caller->waiting == 0)
            g_hash_table_remove(waiting->callers, name);
    }
    g_mutex_unlock(&waiting->mutex);
}

static void refuse(GDBusConnection *connection, GDBusMessage *call)
{
    GDBusMessage *reply = g_dbus_message_new_method_error_literal(call, HF_BUS_ERROR_PREFIX "busy",
                                                                  "{\"code\":\"busy\"}");

    g_dbus_connection_send_message(connection, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
    g_object_unref(reply);
}

/* In the connection's own thread: sees every message as it comes and goes. What waits for us would
 * wait before the calls of others, and in our memory. */
static GDBusMessage *limit_calls(GDBusConnection *connection, GDBusMessage *message,
                                 gboolean incoming, gpointer data)
{
    GDBusMessageType type = g_dbus_message_get_message_type(message);
    const char *sender = g_dbus_message_get_sender(message);
    const char *destination = g_dbus_message_get_destination(message);
    struct waiting *waiting = data;
    enum verdict verdict;

    if (incoming && type == G_DBUS_MESSAGE_TYPE_METHOD_CALL && sender != NULL) {
        g_dbus_message_set_flags(message, g_dbus_message_get_flags(message) &
                                              ~(unsigned)G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED);
        verdict = judge(waiting, sender);
        if (verdict == REFUSE)
            refuse(connection, message);
        if (verdict != LET_IN) {
            g_object_unref(message);
            return NULL;
        }
    } else if (!incoming && destination != NULL &&
               (type == G_DBUS_MESSAGE_TYPE_METHOD_RETURN || type == G_DBUS_MESSAGE_TYPE_ERROR)) {
        one_less(waiting, destination);
    }
    return message;
}

static void watch_calls(struct hf_bus_system *bus)
{
    struct waiting *waiting = g_new0(struct waiting, 1);

    g_mutex_init(&waiting->mutex);
    waiting->callers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    bus->filter = g_dbus_connection_add_filter(bus->connection, limit_calls, waiting, free_waiting);
}

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
    watch_calls(bus);
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
    if (bus->filter != 0)
        g_dbus_connection_remove_filter(bus->connection, bus->filter);
    hf_peers_remove_all(bus->peers, bus->connection);
    g_clear_object(&bus->connection);
    g_free(bus);
}

GDBusConnection *hf_bus_system_connection(struct hf_bus_system *bus)
{
    return bus == NULL ? NULL : bus->connection;
}
