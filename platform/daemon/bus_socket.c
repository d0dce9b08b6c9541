/* The bus without a bus: see bus_socket.h. */
#include "daemon/bus_socket.h"

#include "ipc/channel.h"
#include "ipc/names.h"

#include <errno.h>
#include <gio/gunixconnection.h>
#include <glib-unix.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PEERS_PER_UID 16
#define KNOCKING_MAX  4096 /* not looked at yet; a crowd is not to fill it */
#define ACCEPT_BATCH  32   /* then others have their turn */
#define GREET_MILLIS  2000 /* from accept to the end of authentication */
#define CALLS_WAITING 128  /* a peer with so many calls that are not answered is closed */
#define PAUSE_MILLIS  200  /* after accept failed for want of descriptors */

struct hf_bus_socket {
    struct hf_peers *peers;
    const struct hf_bus_export *export;
    int fd;
    guint watch, pause;
    GList *knocks;
};

/* Somebody who has not authenticated yet. */
struct knock {
    struct hf_bus_socket *socket;
    unsigned uid;
    GCancellable *greeting;
    guint timer;
};

/* --- those who are in ------------------------------------------------------------------------- */
static void peer_closed(GDBusConnection *connection, gboolean vanished, GError *error,
                        gpointer data)
{
    struct hf_bus_socket *socket = data;

    (void)vanished;
    (void)error;
    g_signal_handlers_disconnect_by_data(connection, socket);
    hf_peers_remove_all(socket->peers, connection);
}

/* In the connection's own thread: sees every message as it comes and goes. What waits for us waits
 * in our memory, so there is an end to it; and every call is answered, so that it can be counted.
 */
static GDBusMessage *count_calls(GDBusConnection *connection, GDBusMessage *message,
                                 gboolean incoming, gpointer data)
{
    GDBusMessageType type = g_dbus_message_get_message_type(message);
    gint *waiting = data;

    if (incoming && type == G_DBUS_MESSAGE_TYPE_METHOD_CALL) {
        g_dbus_message_set_flags(message, g_dbus_message_get_flags(message) &
                                              ~(unsigned)G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED);
        if (g_atomic_int_add(waiting, 1) >= CALLS_WAITING) {
            g_dbus_connection_close(connection, NULL, NULL, NULL);
            g_object_unref(message);
            return NULL;
        }
    } else if (!incoming &&
               (type == G_DBUS_MESSAGE_TYPE_METHOD_RETURN || type == G_DBUS_MESSAGE_TYPE_ERROR)) {
        (void)g_atomic_int_add(waiting, -1);
    }
    return message;
}

static void let_in(struct hf_bus_socket *socket, GDBusConnection *connection, unsigned uid)
{
    (void)hf_peers_add(socket->peers, connection, NULL, uid, 0);
    g_signal_connect(connection, "closed", G_CALLBACK(peer_closed), socket);
    g_dbus_connection_add_filter(connection, count_calls, g_new0(gint, 1), g_free);
    if (!hf_bus_export_on(socket->export, connection))
        g_dbus_connection_close(connection, NULL, NULL, NULL);
    g_dbus_connection_start_message_processing(connection);
}

/* --- those who knock -------------------------------------------------------------------------- */
static void free_knock(struct knock *knock)
{
    if (knock->socket != NULL)
        knock->socket->knocks = g_list_remove(knock->socket->knocks, knock);
    if (knock->timer != 0)
        g_source_remove(knock->timer);
    g_object_unref(knock->greeting);
    g_free(knock);
}

static void greeted(GObject *source, GAsyncResult *result, gpointer data)
{
    struct knock *knock = data;
    GDBusConnection *connection = g_dbus_connection_new_finish(result, NULL);

    (void)source;
    if (connection != NULL && knock->socket != NULL)
        let_in(knock->socket, connection, knock->uid);
    g_clear_object(&connection);
    free_knock(knock);
}

static gboolean greeting_took_too_long(gpointer data)
{
    struct knock *knock = data;

    knock->timer = 0;
    g_cancellable_cancel(knock->greeting);
    return G_SOURCE_REMOVE;
}

static gboolean allow_mechanism(GDBusAuthObserver *observer, const gchar *mechanism, gpointer data)
{
    (void)observer;
    (void)data;
    return strcmp(mechanism, "EXTERNAL") == 0;
}

/* Takes `fd`. */
static void greet(struct hf_bus_socket *socket, int fd, unsigned uid)
{
    GSocket *stream = g_socket_new_from_fd(fd, NULL);
    struct knock *knock;
    GSocketConnection *connection;
    GDBusAuthObserver *observer;
    gchar *guid;

    if (stream == NULL) {
        close(fd);
        return;
    }
    knock = g_new0(struct knock, 1);
    *knock = (struct knock){ socket, uid, g_cancellable_new(), 0 };
    knock->timer = g_timeout_add(GREET_MILLIS, greeting_took_too_long, knock);
    socket->knocks = g_list_prepend(socket->knocks, knock);
    connection = g_socket_connection_factory_create_connection(stream);
    observer = g_dbus_auth_observer_new();
    guid = g_dbus_generate_guid();
    g_signal_connect(observer, "allow-mechanism", G_CALLBACK(allow_mechanism), NULL);
    g_dbus_connection_new(G_IO_STREAM(connection), guid,
                          G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER |
                              G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                          observer, knock->greeting, greeted, knock);
    g_object_unref(observer);
    g_object_unref(connection);
    g_object_unref(stream);
    g_free(guid);
}

struct count {
    unsigned uid, peers;
};

static void count_peer(void *context, struct hf_peer *peer)
{
    struct count *count = context;

    count->peers += peer->name == NULL && peer->uid == count->uid;
}

static bool has_room(struct hf_bus_socket *socket, unsigned uid)
{
    struct count count = { .uid = uid };

    hf_peers_each(socket->peers, count_peer, &count);
    for (GList *at = socket->knocks; at != NULL; at = at->next)
        count.peers += ((struct knock *)at->data)->uid == uid;
    return count.peers < PEERS_PER_UID;
}

static gboolean knocked(gint fd, GIOCondition condition, gpointer data);

static gboolean look_again(gpointer data)
{
    struct hf_bus_socket *socket = data;

    socket->pause = 0;
    socket->watch = g_unix_fd_add(socket->fd, G_IO_IN, knocked, socket);
    return G_SOURCE_REMOVE;
}

/* Nothing is read from somebody who may not speak. */
static gboolean knocked(gint listening, GIOCondition condition, gpointer data)
{
    struct hf_bus_socket *socket = data;

    (void)condition;
    for (unsigned n = 0; n < ACCEPT_BATCH; n++) {
        int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        unsigned uid;

        if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM)) {
            socket->watch = 0;
            socket->pause = g_timeout_add(PAUSE_MILLIS, look_again, socket);
            return G_SOURCE_REMOVE;
        }
        if (fd < 0)
            break;
        if (hf_ipc_peer_uid(fd, &uid) && hf_peers_is_trusted(socket->peers, uid) &&
            has_room(socket, uid))
            greet(socket, fd, uid);
        else
            close(fd);
    }
    return G_SOURCE_CONTINUE;
}

/* --- life ------------------------------------------------------------------------------------- */
/* Everybody may knock; `knocked` decides. */
static int listen_at(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd;

    if (strlen(path) >= sizeof address.sun_path)
        return -1;
    hf_copy(address.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    (void)unlink(path); /* of a daemon before us: the lock is ours */
    if (fd >= 0 && (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
                    chmod(path, 0666) != 0 || listen(fd, KNOCKING_MAX) != 0)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

hf_status hf_bus_socket_new(const struct hf_instance *instance, struct hf_peers *peers,
                            const struct hf_bus_export *export, struct hf_bus_socket **out)
{
    struct hf_bus_socket *socket = calloc(1, sizeof *socket);
    char path[HF_PATH_MAX];
    hf_status status = hf_instance_path(instance->run, HF_BUS_SOCKET_NAME, path);

    if (socket == NULL)
        return HF_ERR_NO_MEMORY;
    *socket = (struct hf_bus_socket){ .peers = peers, .export = export, .fd = -1 };
    if (status == HF_OK)
        socket->fd = listen_at(path);
    if (socket->fd < 0) {
        free(socket);
        return HF_ERR_LOCAL_SETUP;
    }
    socket->watch = g_unix_fd_add(socket->fd, G_IO_IN, knocked, socket);
    *out = socket;
    return HF_OK;
}

static void forget(void *context, struct hf_peer *peer)
{
    g_signal_handlers_disconnect_by_data(peer->connection, context);
}

void hf_bus_socket_free(struct hf_bus_socket *socket)
{
    if (socket == NULL)
        return;
    if (socket->watch != 0)
        g_source_remove(socket->watch);
    if (socket->pause != 0)
        g_source_remove(socket->pause);
    close(socket->fd);
    for (GList *at = socket->knocks; at != NULL; at = at->next) {
        struct knock *knock = at->data;

        knock->socket = NULL; /* its callback comes once more, if the main loop runs again */
        g_cancellable_cancel(knock->greeting);
    }
    g_list_free(socket->knocks);
    hf_peers_each(socket->peers, forget, socket);
    free(socket);
}
