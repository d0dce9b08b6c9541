/* The daemon's way to netd: run/netd.sock, connected again and again while it is gone; typed
 * requests with one answer each, in the main loop. */
#ifndef HF_DAEMON_NETD_LINK_H
#define HF_DAEMON_NETD_LINK_H

#include "ipc/netd_protocol.h"

struct hf_netd_link;

struct hf_netd_link_events {
    void (*up)(void *context, const struct hf_netd_hello *hello);
    void (*gone)(void *context); /* before the requests that it took with it are answered */
    void (*notice)(void *context, const struct hf_netd_notice *notice);
};

/* The outcome of a request. `reader` holds the result after HF_OK. `fd` is -1 where none came; it
 * is the receiver's, who closes it. HF_ERR_NO_DAEMON: netd went away first. */
typedef void hf_netd_reply_fn(void *context, hf_status status, hf_reader *reader, int fd);

hf_status hf_netd_link_new(const char *path, const struct hf_netd_link_events *events,
                           void *context, struct hf_netd_link **out) HF_MUST_USE;
/* Requests under way are answered with HF_ERR_NO_DAEMON. */
void hf_netd_link_free(struct hf_netd_link *link);
bool hf_netd_link_is_up(const struct hf_netd_link *link);
/* HF_ERR_NO_DAEMON, HF_ERR_BUSY (too many under way): `reply` is not called. */
hf_status hf_netd_link_request(struct hf_netd_link *link, enum hf_netd_request type, hf_bytes body,
                               hf_netd_reply_fn *reply, void *context) HF_MUST_USE;

#endif
