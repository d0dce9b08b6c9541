/* The engine of the connection: has netd start it, hands it its configuration, its sockets and the
 * TUN, and ends it. One at a time; what an older one still says or gets is dropped. */
#ifndef HF_DAEMON_ENGINE_HOST_H
#define HF_DAEMON_ENGINE_HOST_H

#include "daemon/engine_link.h"
#include "daemon/netd_link.h"
#include "ipc/keys_protocol.h"

struct hf_engine_host;

struct hf_engine_host_events {
    void (*event)(void *context, const struct hf_attempt_event *event);
    void (*trace)(void *context, const struct hf_trace_record *record);
    void (*counters)(void *context, const struct hf_engine_counters *counters);
    void (*gone)(void *context); /* it ended, or could not be started: not after stop */
};

hf_status hf_engine_host_new(struct hf_netd_link *netd, const struct hf_engine_host_events *events,
                             void *context, struct hf_engine_host **out) HF_MUST_USE;
void hf_engine_host_free(struct hf_engine_host *host);

/* Starts the process, unless there is one. */
void hf_engine_host_prepare(struct hf_engine_host *host);
/* A private key that is in a token: for the engine to sign with. */
struct hf_engine_host_key {
    int fd; /* holdfast-keys; taken in every case */
    enum hf_key_type type;
    hf_bytes certificates; /* PEM, the key's own first */
};
/* Configures it as soon as it is ready, and so starts the attempt. The values are copied.
 * `key`: of a profile that names one by URI; else NULL. An engine gets no PIN. */
void hf_engine_host_start(struct hf_engine_host *host, const struct hf_profile *profile,
                          const struct hf_secrets *secrets, const struct hf_engine_host_key *key,
                          const struct hf_attempt_hints *hints);
/* The hole is open, with a socket of this family, or is not. */
void hf_engine_host_tell_underlay(struct hf_engine_host *host, hf_status status,
                                  enum hf_family family);
/* Has the TUN made ahead of its plan, so that it is there when the plan is in force. */
void hf_engine_host_prepare_tun(struct hf_engine_host *host, const char *tun_name);
/* The plan is in force, with a TUN of this name, or is not. */
void hf_engine_host_tell_installed(struct hf_engine_host *host, hf_status status,
                                   const char *tun_name, uint16_t mtu_bytes);
void hf_engine_host_disconnect(struct hf_engine_host *host);
void hf_engine_host_stop(struct hf_engine_host *host);

/* HF_ERR_NOT_CONNECTED: there is no engine that could be told. */
hf_status hf_engine_host_rekey(struct hf_engine_host *host, bool ike) HF_MUST_USE;
hf_status hf_engine_host_give_secret(struct hf_engine_host *host, enum hf_secret_name name,
                                     hf_bytes value) HF_MUST_USE;

#endif
