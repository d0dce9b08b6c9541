/* What holdfastd may ask of holdfast-netd: the typed requests of run/netd.sock. Bodies are fixed
 * layouts (netd_protocol.c); netd's table (netd/requests.c) says which are allowed when. Every
 * request gets one reply of the same type and serial: a status, then the result. */
#ifndef HF_IPC_NETD_PROTOCOL_H
#define HF_IPC_NETD_PROTOCOL_H

#include "base/reader.h"
#include "base/writer.h"
#include "ipc/channel.h"
#include <holdfast/plan.h>

enum hf_netd_request {
    HF_NETD_HELLO = 1,       /* u16 version → hf_netd_hello */
    HF_NETD_START_ENGINE,    /* u16 hf_engine_mode → u32 pid; fd: our end of its socketpair */
    HF_NETD_KILL_ENGINE,     /* u32 pid */
    HF_NETD_UNDERLAY_SOCKET, /* u8 family (4, 6) → fd: UDP socket, marked, created under the
                                engine's uid, bound to a port of its own */
    HF_NETD_RESOLVER_SOCKET, /* the same, for name queries */
    HF_NETD_TUN,             /* text name, u16 MTU → fd: TUN with vnet header (made if it is not
                                there; netd keeps a duplicate). HF_ERR_BUSY: an engine that this netd did
                                not start still holds it */
    HF_NETD_APPLY,   /* plan → the host matches it, or nothing changed and the status says why */
    HF_NETD_EVENT,   /* from netd, unasked, serial 0: hf_netd_notice */
    HF_NETD_UNBLOCK, /* from root, not from holdfastd: removes everything at once */
    HF_NETD_START_KEYS, /* u32 uid of a profile's owner → u32 pid; fd: our end of the socketpair of
                           a holdfast-keys of his. HF_ERR_DENIED: root who is not the instance's
                           owner, or one of our own users. KILL_ENGINE ends it too */
};

enum hf_engine_mode { HF_ENGINE_CONNECT, HF_ENGINE_IMPORT, HF_ENGINE_MODE_COUNT };
enum hf_netd_event {
    HF_NETD_ENGINE_EXITED, /* pid, wait status as of waitpid() */
    HF_NETD_TABLE_LOST,    /* others changed our firewall table or routing; it has been put back */
    HF_NETD_UNBLOCKED,     /* root removed everything: the plan in force is empty */
    HF_NETD_EVENT_COUNT
};

#define HF_NETD_PROTOCOL_VERSION 2
#define HF_NETD_BOOT_ID_OCTETS   16

/* Every reply starts with a status (hf_ipc_write_status); only after HF_OK does the rest follow. */
struct hf_netd_hello {
    uint16_t version;
    uint8_t boot_id[HF_NETD_BOOT_ID_OCTETS]; /* another one: netd was restarted in between */
    enum hf_lock_mode least_lock;            /* of the floor; a weaker one is refused */
    bool floor_damaged;                      /* it is the strictest for that reason */
    struct hf_plan plan;                     /* in force */
};

struct hf_netd_notice {
    enum hf_netd_event event;
    uint32_t pid, wait_status;
};

/* Plans as octets: the only structure that crosses. Decoding bounds everything and ends with
 * hf_plan_check. */
void hf_plan_encode(hf_writer *w, const struct hf_plan *plan);
hf_status hf_plan_decode(hf_reader *r, struct hf_plan *out) HF_MUST_USE;
void hf_netd_hello_encode(hf_writer *w, const struct hf_netd_hello *hello);
hf_status hf_netd_hello_decode(hf_reader *r, struct hf_netd_hello *out) HF_MUST_USE;
void hf_netd_notice_encode(hf_writer *w, const struct hf_netd_notice *notice);
hf_status hf_netd_notice_decode(hf_reader *r, struct hf_netd_notice *out) HF_MUST_USE;

#endif
