/* Our objects on one connection of either transport. */
#ifndef HF_DAEMON_BUS_EXPORT_H
#define HF_DAEMON_BUS_EXPORT_H

#include <gio/gio.h>

#include <stdbool.h>

/* Every call on one of our objects, of a method that its interface has, with arguments of the right
 * types. Takes the invocation. */
typedef void hf_bus_called_fn(void *context, GDBusConnection *connection, const char *sender,
                              GDBusMethodInvocation *invocation);

/* `export` must outlive the connection's use. False: out of memory, or exported already. */
struct hf_bus_export {
    hf_bus_called_fn *called;
    void *context;
};
bool hf_bus_export_on(const struct hf_bus_export *export, GDBusConnection *connection);

#endif
