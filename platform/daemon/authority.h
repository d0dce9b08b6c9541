/* Whether a caller may: root and the instance's owner always, others by polkit's word. */
#ifndef HF_DAEMON_AUTHORITY_H
#define HF_DAEMON_AUTHORITY_H

#include "daemon/call.h"

typedef void hf_authority_decided_fn(void *context, bool may);

/* Calls `decided` once, at once or later. `interactive`: somebody may be asked for a password.
 * Every failure is a no. */
void hf_authority_check(struct hf_peer *peer, enum hf_action action, bool interactive,
                        hf_authority_decided_fn *decided, void *context);

#endif
