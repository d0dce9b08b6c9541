/* The bus as user interfaces see it: finds the daemon of an instance, calls its methods, listens to
 * its state. Blocking calls for the command line; signals arrive in the caller's main loop. */
#ifndef HF_IPC_CLIENT_H
#define HF_IPC_CLIENT_H

#include "instance.h"
#include <holdfast/status.h>

#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <jansson.h>

struct hf_client;

/* Connects to run/bus.sock of the instance, or, where it has none and `system` is wanted, to the
 * system bus. HF_ERR_NO_DAEMON; HF_ERR_DAEMON_SILENT: it is there, and said nothing for 2 s;
 * HF_ERR_DENIED: there is a daemon that does not listen to us. */
hf_status hf_client_new(const struct hf_instance *instance, struct hf_client **out) HF_MUST_USE;
void hf_client_free(struct hf_client *client);

/* The connection itself, for who offers an object on it; borrowed. `*out_shared`: it is the system
 * bus, where others can call as well. */
GDBusConnection *hf_client_connection(struct hf_client *client, bool *out_shared);

/* Calls `method` with `arguments` (floating; may be NULL) and waits for the answer, which the
 * caller unrefs. On failure the fault says all that the daemon said. HF_ERR_DAEMON_SILENT: no
 * answer in the time that the method has (2 s for one that only tells). */
hf_status hf_client_call(struct hf_client *client, const char *method, GVariant *arguments,
                         GUnixFDList *fds, GVariant **out_reply,
                         struct hf_fault *out_fault) HF_MUST_USE;

/* The same on another object than the manager, and with what came along: `out_fds` is NULL where
 * nobody wants descriptors, else the caller's to unref, and NULL where there are none. */
struct hf_client_target {
    const char *path, *interface;
};
hf_status hf_client_call_on(struct hf_client *client, const struct hf_client_target *target,
                            const char *method, GVariant *arguments, GUnixFDList *fds,
                            GVariant **out_reply, GUnixFDList **out_fds,
                            struct hf_fault *out_fault) HF_MUST_USE;

/* The fault in an object with "code", as in errors and in the status; HF_ERR_INTERNAL where it is
 * none. */
struct hf_fault hf_client_fault_of(const json_t *object);

struct hf_client_events {
    void (*state)(void *context, const char *status_json);
    void (*gone)(void *context);                          /* the daemon went away */
    void (*event)(void *context, const char *event_json); /* NULL: nobody cares */
};
/* From now on, until free. */
void hf_client_listen(struct hf_client *client, const struct hf_client_events *events,
                      void *context);

#endif
