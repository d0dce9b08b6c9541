/* The PKCS #11 modules of this computer: what p11-kit's own configuration names, or, where
 * root's etc/keys.conf names any, those. Never a path of a profile or of a request. */
#ifndef HF_HELPERS_KEYS_MODULES_H
#define HF_HELPERS_KEYS_MODULES_H

#include "base/status.h"

#include <p11-kit/p11-kit.h>

#define HF_KEYS_MODULES_MAX 16
#define HF_KEYS_CONF_NAME   "keys.conf"

struct hf_keys_modules {
    CK_FUNCTION_LIST **registered; /* p11-kit's list, NULL behind the last; NULL: root's are used */
    CK_FUNCTION_LIST *own[HF_KEYS_MODULES_MAX + 1];
    size_t own_count;
};

/* Loads and initialises. `etc` is the instance's folder: its keys.conf has lines "module = PATH"
 * and "environment = NAME=VALUE" (for modules that are configured so), counts only where it is
 * root's alone to change, and may be absent. HF_ERR_LOCAL_SETUP: it cannot be read or used, or no
 * module could be loaded. */
hf_status hf_keys_modules_load(const char *etc, struct hf_keys_modules *out) HF_MUST_USE;
void hf_keys_modules_unload(struct hf_keys_modules *modules);
/* The modules, NULL behind the last; borrowed. */
CK_FUNCTION_LIST **hf_keys_modules_list(struct hf_keys_modules *modules);

#endif
