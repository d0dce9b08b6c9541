/* holdfast-netd, the only privileged process: what its parts share. It parses nothing that came
 * from a peer or from a user's file; it does what the table in requests.c lists, for holdfastd
 * alone. */
#ifndef HF_NETD_NETD_H
#define HF_NETD_NETD_H

#include "instance.h"
#include "ipc/netd_protocol.h"
#include "net.h"
#include "netd/engines.h"
#include "netd/floor.h"

/* Who asks, by the uid at the other end. */
enum hf_netd_peer_kind { HF_PEER_DAEMON, HF_PEER_ROOT };

struct hf_netd_peer {
    int socket; /* -1: nobody */
    enum hf_netd_peer_kind kind;
    bool greeted; /* HELLO was said */
};

#define HF_NETD_KEPT_SOCKETS 4

struct hf_netd {
    struct hf_instance instance;
    struct hf_net net;
    struct hf_floor floor;
    uint8_t boot_id[HF_NETD_BOOT_ID_OCTETS];
    int listener, signals;
    struct hf_netd_peer daemon;
    int waiting; /* a daemon that came before the other was gone; -1 */
    struct hf_netd_peer root;
    struct hf_engines engines;
    int kept[HF_NETD_KEPT_SOCKETS]; /* duplicates of sockets that engines have; 0: none */
    size_t kept_next;
    uint8_t buffer[HF_IPC_BODY_MAX + 16];
};

/* One reply under construction. */
struct hf_netd_reply {
    hf_writer body; /* behind the status */
    int fd;         /* handed over and closed; -1: none */
};

/* Carries out one message of `peer` and writes the result; what comes back is the reply's status.
 * requests.c. */
hf_status hf_netd_carry_out(struct hf_netd *netd, struct hf_netd_peer *peer,
                            const struct hf_ipc_message *message,
                            struct hf_netd_reply *reply) HF_MUST_USE;

/* Reads the floor and puts a block in force where the floor wants one that is not there.
 * HF_ERR_FIREWALL: not possible. requests.c. */
hf_status hf_netd_lay_floor(struct hf_netd *netd) HF_MUST_USE;

/* Tells holdfastd, if it is there. server.c. */
void hf_netd_tell(struct hf_netd *netd, const struct hf_netd_notice *notice);

#endif
