/* The system bus: everybody may call, and the bus says with which uid. */
#ifndef HF_DAEMON_BUS_SYSTEM_H
#define HF_DAEMON_BUS_SYSTEM_H

#include "daemon/bus_export.h"
#include "daemon/peers.h"

struct hf_bus_system;

struct hf_bus_system_events {
    /* A call by somebody whose uid is known. Takes the invocation. */
    void (*called)(void *context, struct hf_peer *peer, GDBusMethodInvocation *invocation);
    /* Nobody can reach us here any more: `why`, and what somebody could do. */
    void (*lost)(void *context, const char *why, const char *remedy);
};

/* Joins; where that fails, `lost` has been called and `*out` is NULL. */
hf_status hf_bus_system_new(struct hf_peers *peers, const struct hf_bus_system_events *events,
                            void *context, struct hf_bus_system **out) HF_MUST_USE;
void hf_bus_system_free(struct hf_bus_system *bus);
GDBusConnection *hf_bus_system_connection(struct hf_bus_system *bus);

#endif
