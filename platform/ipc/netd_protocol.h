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
    HF_NETD_HELLO = 1,       /* → version, boot id of this netd, the plan in force */
    HF_NETD_START_ENGINE,    /* mode → socketpair fd, pid */
    HF_NETD_KILL_ENGINE,     /* pid */
    HF_NETD_UNDERLAY_SOCKET, /* family → UDP socket, marked, created under the engine's uid, bound
                                to a port of its own */
    HF_NETD_RESOLVER_SOCKET, /* family → as above, for name queries */
    HF_NETD_TUN,   /* name, MTU → TUN fd with vnet header (made if it is not there; netd keeps a
                      duplicate) */
    HF_NETD_APPLY, /* plan → the host matches it, or nothing changed and the status says why */
    HF_NETD_EVENT, /* from netd, unasked, serial 0: an engine exited (pid, wait status) or the table
                      was changed by others */
};

enum hf_engine_mode { HF_ENGINE_CONNECT, HF_ENGINE_IMPORT };
enum hf_netd_event { HF_NETD_ENGINE_EXITED, HF_NETD_TABLE_LOST };

#define HF_NETD_PROTOCOL_VERSION 1

/* Plans as octets: the only structure that crosses. Decoding bounds everything and ends with
 * hf_plan_check. */
void hf_plan_encode(hf_writer *w, const struct hf_plan *plan);
hf_status hf_plan_decode(hf_reader *r, struct hf_plan *out) HF_MUST_USE;

#endif
