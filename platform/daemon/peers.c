/* Who is on the other side: see peers.h. */
#include "daemon/peers.h"

#include <string.h>

#define UNREAD_SIGNALS 256 /* a peer on our socket that reads none of so many is closed */

struct hf_peers {
    unsigned owner_uid;
    GList *all;
    GHashTable *calls; /* uid → how many are being answered */
};

struct hf_peers *hf_peers_new(unsigned owner_uid)
{
    struct hf_peers *peers = g_new0(struct hf_peers, 1);

    peers->owner_uid = owner_uid;
    peers->calls = g_hash_table_new(NULL, NULL);
    return peers;
}

void hf_peers_free(struct hf_peers *peers)
{
    if (peers == NULL)
        return;
    while (peers->all != NULL)
        hf_peers_remove(peers, peers->all->data);
    g_hash_table_unref(peers->calls);
    g_free(peers);
}

bool hf_peers_is_trusted(const struct hf_peers *peers, unsigned uid)
{
    return uid == 0 || uid == peers->owner_uid;
}

/* --- who there is ----------------------------------------------------------------------------- */
struct hf_peer *hf_peer_ref(struct hf_peer *peer)
{
    peer->references++;
    return peer;
}

void hf_peer_unref(struct hf_peer *peer)
{
    if (--peer->references > 0)
        return;
    g_object_unref(peer->connection);
    g_free(peer->name);
    g_free(peer);
}

struct hf_peer *hf_peers_add(struct hf_peers *peers, GDBusConnection *connection, const char *name,
                             unsigned uid, guint watch)
{
    struct hf_peer *peer = g_new0(struct hf_peer, 1);

    peer->peers = peers;
    peer->connection = g_object_ref(connection);
    peer->name = g_strdup(name);
    peer->uid = uid;
    peer->trusted = hf_peers_is_trusted(peers, uid);
    peer->watch = watch;
    peer->references = 1;
    peers->all = g_list_prepend(peers->all, peer);
    return peer;
}

struct hf_peer *hf_peers_find(struct hf_peers *peers, GDBusConnection *connection, const char *name)
{
    for (GList *at = peers->all; at != NULL; at = at->next) {
        struct hf_peer *peer = at->data;

        if (peer->connection == connection && g_strcmp0(peer->name, name) == 0)
            return peer;
    }
    return NULL;
}

void hf_peers_remove(struct hf_peers *peers, struct hf_peer *peer)
{
    peers->all = g_list_remove(peers->all, peer);
    peer->gone = true;
    if (peer->watch != 0)
        g_dbus_connection_signal_unsubscribe(peer->connection, peer->watch);
    peer->watch = 0;
    hf_peer_unref(peer);
}

void hf_peers_remove_all(struct hf_peers *peers, GDBusConnection *connection)
{
    for (GList *at = peers->all, *next; at != NULL; at = next) {
        struct hf_peer *peer = at->data;

        next = at->next;
        if (peer->connection == connection)
            hf_peers_remove(peers, peer);
    }
}

void hf_peers_each(struct hf_peers *peers, hf_peers_each_fn *each, void *context)
{
    for (GList *at = peers->all; at != NULL; at = at->next)
        each(context, at->data);
}

/* --- how much they ask for -------------------------------------------------------------------- */
static unsigned calls_of(struct hf_peers *peers, unsigned uid)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(peers->calls, GUINT_TO_POINTER(uid)));
}

bool hf_peers_begin_call(struct hf_peers *peers, unsigned uid)
{
    unsigned calls = calls_of(peers, uid);

    if (calls >= HF_PEER_CALLS_MAX)
        return false;
    g_hash_table_insert(peers->calls, GUINT_TO_POINTER(uid), GUINT_TO_POINTER(calls + 1));
    return true;
}

void hf_peers_end_call(struct hf_peers *peers, unsigned uid)
{
    unsigned calls = calls_of(peers, uid);

    if (calls > 1)
        g_hash_table_insert(peers->calls, GUINT_TO_POINTER(uid), GUINT_TO_POINTER(calls - 1));
    else
        g_hash_table_remove(peers->calls, GUINT_TO_POINTER(uid));
}

/* --- what they hear --------------------------------------------------------------------------- */
static void flushed(GObject *source, GAsyncResult *result, gpointer data)
{
    struct hf_peer *peer = data;

    if (g_dbus_connection_flush_finish(G_DBUS_CONNECTION(source), result, NULL))
        peer->unread = 0;
    peer->flushing = false;
    hf_peer_unref(peer);
}

/* What a peer does not read waits in our memory, so there is an end to it. On the system bus the
 * bus daemon sees to that. */
static bool may_still_hear(struct hf_peer *peer)
{
    if (peer->name != NULL)
        return true;
    if (++peer->unread > UNREAD_SIGNALS) {
        g_dbus_connection_close(peer->connection, NULL, NULL, NULL);
        return false;
    }
    if (!peer->flushing)
        g_dbus_connection_flush(peer->connection, NULL, flushed, hf_peer_ref(peer));
    peer->flushing = true;
    return true;
}

void hf_peer_emit(struct hf_peer *peer, const char *path, const char *interface, const char *signal,
                  GVariant *arguments)
{
    g_variant_ref_sink(arguments);
    if (!peer->gone && !g_dbus_connection_is_closed(peer->connection) && may_still_hear(peer))
        g_dbus_connection_emit_signal(peer->connection, peer->name, path, interface, signal,
                                      arguments, NULL);
    g_variant_unref(arguments);
}
