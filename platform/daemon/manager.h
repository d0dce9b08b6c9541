/* The methods of the bus (platform/ipc/io.github.holdfastvpn.Holdfast1.xml): turns calls into words
 * to the driver, the store and the importer, and faults into errors. Knows nothing of transports.
 */
#ifndef HF_DAEMON_MANAGER_H
#define HF_DAEMON_MANAGER_H

#include "daemon/driver.h"
#include "daemon/importer.h"

#include <gio/gio.h>

struct hf_manager;

/* All are borrowed. */
hf_status hf_manager_new(struct hf_driver *driver, struct hf_importer *importer,
                         struct hf_store *store, struct hf_manager **out) HF_MUST_USE;
void hf_manager_free(struct hf_manager *manager);

/* Answers a call. `privileged`: the caller is root or the instance's owner; others learn
 * the outline of the state. */
void hf_manager_call(struct hf_manager *manager, GDBusMethodInvocation *invocation,
                     bool privileged);
/* The arguments of StateChanged, floating; NULL out of memory. */
GVariant *hf_manager_state(struct hf_manager *manager);
/* The same for everybody's eyes: whether there is a tunnel and a block. */
GVariant *hf_manager_outline(struct hf_manager *manager);

#endif
