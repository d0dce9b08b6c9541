/* The secrets agent of a user's session: answers holdfastd's questions for secrets from the user's
 * keyring, and keeps there what holdfastd found to be right
 * (platform/ipc/io.github.holdfastvpn.Holdfast1.xml, SecretsAgent). */
#ifndef HF_HELPERS_AGENT_AGENT_H
#define HF_HELPERS_AGENT_AGENT_H

#include "base/status.h"

#include <gio/gio.h>

/* Offers the object on the connection to holdfastd. `is_shared`: it is the system bus, where others
 * can call as well; they are refused. */
hf_status hf_agent_export(GDBusConnection *connection, bool is_shared) HF_MUST_USE;

#define HF_AGENT_PATH "/io/github/holdfastvpn/Holdfast1/Agent"

#endif
