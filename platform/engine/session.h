/* One attempt with its data plane, as the control thread drives it: messages of holdfastd, answers
 * of resolvers, datagrams of IKE and time go in; everything that follows is carried out before each
 * call returns. */
#ifndef HF_ENGINE_SESSION_H
#define HF_ENGINE_SESSION_H

#include "engine/dataplane/dataplane.h"
#include "engine/key.h"
#include "ipc/engine_protocol.h"

struct hf_session {
    int daemon;   /* the socket to holdfastd; not owned */
    int resolver; /* owned; -1: none */
    struct hf_dataplane *dataplane;
    struct hf_attempt *attempt; /* NULL: not configured yet */
    struct hf_profile profile;
    struct hf_secrets secrets;
    struct hf_engine_key key;
    struct hf_env env;
    struct hf_trace trace;
    hf_endpoint gateway; /* with its port for ESP */
    uint16_t mtu_bytes;
    int tun;      /* owned; given ahead, until the data threads get it; -1 */
    bool has_tun; /* they have it */
    struct hf_engine_counters counted;
    bool is_unreported; /* holdfastd knows older ones */
    hf_time report_at;
    hf_time count_at;      /* HF_NEVER: traffic is watched for */
    hf_time counted_until; /* packets that left before are counted; 0: it was idle */
    bool is_over;          /* the attempt has ended and holdfastd knows why */
    bool is_broken;        /* there is no holdfastd to work for */
};

/* `daemon` and `dataplane` are borrowed. */
void hf_session_init(struct hf_session *session, int daemon, struct hf_dataplane *dataplane);
void hf_session_clear(struct hf_session *session);

/* The fds of `message` that are needed are taken out of it. */
void hf_session_handle_message(struct hf_session *session, struct hf_ipc_message *message,
                               hf_time now);
void hf_session_handle_dataplane(struct hf_session *session, hf_time now);
void hf_session_handle_resolver(struct hf_session *session, hf_time now);
void hf_session_handle_time(struct hf_session *session, hf_time now);
/* holdfastd is gone: says goodbye to the gateway and does not wait for its answer. */
void hf_session_leave(struct hf_session *session, hf_time now);
hf_time hf_session_deadline(const struct hf_session *session);

#endif
