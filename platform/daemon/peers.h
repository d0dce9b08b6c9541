/* Who is on the other side: the programs that have called us, on the system bus or on our socket,
 * each with the uid that the bus or the kernel says it has, and what it wants to hear. */
#ifndef HF_DAEMON_PEERS_H
#define HF_DAEMON_PEERS_H

#include "base/status.h"

#include <gio/gio.h>

/* Calls of one uid that are being answered at a time; more are refused as busy. */
#define HF_PEER_CALLS_MAX 64

struct hf_peers;

struct hf_peer {
    struct hf_peers *peers;
    GDBusConnection *connection;
    char *name; /* unique name on the system bus; NULL: peer to peer */
    unsigned uid;
    bool trusted; /* root, or the instance's owner */
    bool listens; /* to what becomes of profiles */
    bool gone;
    /* The rest is this module's. */
    unsigned references, unread;
    bool flushing;
    guint watch;
};

struct hf_peers *hf_peers_new(unsigned owner_uid);
/* Forgets everybody. References that are still held stay good. */
void hf_peers_free(struct hf_peers *peers);
bool hf_peers_is_trusted(const struct hf_peers *peers, unsigned uid);

/* `watch`: a subscription on `connection` that ends with the peer; 0: none. Borrowed. */
struct hf_peer *hf_peers_add(struct hf_peers *peers, GDBusConnection *connection, const char *name,
                             unsigned uid, guint watch);
/* NULL: nobody we know. */
struct hf_peer *hf_peers_find(struct hf_peers *peers, GDBusConnection *connection,
                              const char *name);
/* It went away. `peer` is good for those who hold a reference. */
void hf_peers_remove(struct hf_peers *peers, struct hf_peer *peer);
/* Everybody on this connection went away. */
void hf_peers_remove_all(struct hf_peers *peers, GDBusConnection *connection);

struct hf_peer *hf_peer_ref(struct hf_peer *peer);
void hf_peer_unref(struct hf_peer *peer);

/* Counts a call of this uid; false: it has as many as it may. */
bool hf_peers_begin_call(struct hf_peers *peers, unsigned uid) HF_MUST_USE;
void hf_peers_end_call(struct hf_peers *peers, unsigned uid);

/* Calls `each` for everybody; it may not add or remove any. */
typedef void hf_peers_each_fn(void *context, struct hf_peer *peer);
void hf_peers_each(struct hf_peers *peers, hf_peers_each_fn *each, void *context);
/* To this peer alone. `arguments` is consumed when floating. Who reads none of many is cut off. */
void hf_peer_emit(struct hf_peer *peer, const char *path, const char *interface, const char *signal,
                  GVariant *arguments);

#endif
