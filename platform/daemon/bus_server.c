/* The transports of the bus: see bus_server.h. */
#include "daemon/bus_server.h"

#include "daemon/bus_socket.h"
#include "daemon/bus_system.h"
#include "ipc/names.h"

#include <stdio.h>
#include <stdlib.h>

struct hf_bus_server {
    const struct hf_instance *instance;
    struct hf_manager *manager;
    struct hf_bus_export export; /* for the socket */
    struct hf_bus_socket *socket;
    struct hf_bus_system *system;
};

static void called_on_socket(void *context, GDBusConnection *connection, const char *sender,
                             GDBusMethodInvocation *invocation)
{
    struct hf_bus_server *bus = context;
    struct hf_peer *peer = hf_peers_find(bus->manager->peers, connection, NULL);

    (void)sender; /* whatever it calls itself: the kernel said who it is when it came */
    if (peer != NULL)
        hf_manager_call(bus->manager, peer, invocation);
    else
        g_dbus_method_invocation_return_dbus_error(invocation, HF_BUS_ERROR_PREFIX "not_permitted",
                                                   "{\"code\":\"not-permitted\"}");
}

static void called_on_bus(void *context, struct hf_peer *peer, GDBusMethodInvocation *invocation)
{
    struct hf_bus_server *bus = context;

    hf_manager_call(bus->manager, peer, invocation);
}

static hf_status listen_on_socket(struct hf_bus_server *bus)
{
    return hf_bus_socket_new(bus->instance, bus->manager->peers, &bus->export, &bus->socket);
}

/* Never out of reach in silence: clients look for the socket first. */
static void fall_back(void *context, const char *why, const char *remedy)
{
    struct hf_bus_server *bus = context;
    hf_status status = bus->socket != NULL ? HF_OK : listen_on_socket(bus);

    fprintf(stderr,
            "holdfastd: system bus: %s: %s %s/" HF_BUS_SOCKET_NAME " instead (to change it: %s)\n",
            why, status == HF_OK ? "listening on" : "nobody can reach holdfastd: cannot listen on",
            bus->instance->run, remedy);
}

void hf_bus_server_emit_state(struct hf_bus_server *bus)
{
    hf_manager_emit_state(bus->manager, hf_bus_system_connection(bus->system));
}

hf_status hf_bus_server_new(const struct hf_instance *instance, struct hf_manager *manager,
                            struct hf_bus_server **out)
{
    static const struct hf_bus_system_events events = { called_on_bus, fall_back };
    struct hf_bus_server *bus = calloc(1, sizeof *bus);
    hf_status status;

    if (bus == NULL)
        return HF_ERR_NO_MEMORY;
    bus->instance = instance;
    bus->manager = manager;
    bus->export = (struct hf_bus_export){ called_on_socket, bus };
    status = instance->bus == HF_BUS_SYSTEM
                 ? hf_bus_system_new(manager->peers, &events, bus, &bus->system)
                 : listen_on_socket(bus);
    if (status == HF_OK && bus->system == NULL && bus->socket == NULL)
        status = HF_ERR_LOCAL_SETUP; /* neither, and `fall_back` has said so */
    if (status != HF_OK) {
        hf_bus_server_free(bus);
        return status;
    }
    *out = bus;
    return HF_OK;
}

void hf_bus_server_free(struct hf_bus_server *bus)
{
    if (bus == NULL)
        return;
    hf_bus_system_free(bus->system);
    hf_bus_socket_free(bus->socket);
    free(bus);
}
