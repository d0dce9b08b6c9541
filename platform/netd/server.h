/* netd's loop: one listener, one holdfastd, and what the kernel tells. */
#ifndef HF_NETD_SERVER_H
#define HF_NETD_SERVER_H

#include "netd/keeper.h"
#include "netd/netd.h"

/* Opens run/netd.sock. HF_ERR_LOCAL_SETUP: not possible. */
hf_status hf_server_open(struct hf_netd *netd) HF_MUST_USE;
/* Serves until SIGTERM or SIGINT. holdfastd, where it was started from here, ends first. */
void hf_server_run(struct hf_netd *netd, struct hf_keeper *keeper);
void hf_server_close(struct hf_netd *netd);

#endif
