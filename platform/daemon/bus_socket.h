/* The bus without a bus: run/bus.sock, where root and the instance's owner speak D-Bus with us peer
 * to peer. Who comes is looked at before anything is read. */
#ifndef HF_DAEMON_BUS_SOCKET_H
#define HF_DAEMON_BUS_SOCKET_H

#include "daemon/bus_export.h"
#include "daemon/peers.h"
#include "instance.h"

struct hf_bus_socket;

/* All are borrowed. */
hf_status hf_bus_socket_new(const struct hf_instance *instance, struct hf_peers *peers,
                            const struct hf_bus_export *export,
                            struct hf_bus_socket **out) HF_MUST_USE;
void hf_bus_socket_free(struct hf_bus_socket *socket);

#endif
