/* The keyring of the user's session, through libsecret: one entry for each secret of each profile,
 * found by the profile as the bus names it and by the secret's name. Blocking; the keyring may ask
 * the user to unlock it. */
#ifndef HF_HELPERS_AGENT_KEYRING_H
#define HF_HELPERS_AGENT_KEYRING_H

#include "base/bytes.h"
#include "base/status.h"

/* HF_ERR_NOT_FOUND: it has none; HF_ERR_LOCAL_SETUP: there is no keyring, or it stays locked. */
hf_status hf_keyring_find(const char *profile, const char *name, hf_buf *out) HF_MUST_USE;
/* Replaces what is there. `label` is for people. */
hf_status hf_keyring_keep(const char *profile, const char *name, const char *label,
                          hf_bytes value) HF_MUST_USE;
/* An empty name forgets all of the profile's. That there was none is no failure. */
hf_status hf_keyring_forget(const char *profile, const char *name) HF_MUST_USE;

#endif
