/* The transports of the bus: a unix socket of our own, or the system bus. */
#ifndef HF_DAEMON_BUS_SERVER_H
#define HF_DAEMON_BUS_SERVER_H

#include "daemon/manager.h"
#include "instance.h"

struct hf_bus_server;

/* On the system bus where the instance wants it, else on run/bus.sock; there also, after a word on
 * stderr, when the bus cannot be joined, refuses the name, or is lost later. */
hf_status hf_bus_server_new(const struct hf_instance *instance, struct hf_manager *manager,
                            struct hf_bus_server **out) HF_MUST_USE;
void hf_bus_server_free(struct hf_bus_server *bus);
/* Tells everybody who listens that the status changed. */
void hf_bus_server_emit_state(struct hf_bus_server *bus);

#endif
