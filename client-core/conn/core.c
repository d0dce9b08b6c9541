/* What a process does once before it uses the core: see <holdfast/attempt.h>. */
#include "crypto/algorithms.h"
#include "crypto/random.h"
#include "crypto/signature.h"
#include "crypto/tls.h"
#include <holdfast/attempt.h>
#include <holdfast/profile.h>

/* TLS first: it keeps the library from reading a configuration, which the first use of anything
 * else would do. A row that the library lacks is never proposed; the others do. */
hf_status hf_core_load(void)
{
    const struct hf_algorithm *missing = NULL;
    hf_status status = hf_tls_load();

    if (status != HF_OK)
        return status;
    status = hf_remote_key_load();
    if (status != HF_OK)
        return status;
    hf_profile_load();
    status = hf_crypto_load(&missing);
    return missing != NULL ? HF_OK : status;
}

bool hf_core_random(void *context, uint8_t *out, size_t len)
{
    return hf_random_from_library(context, out, len);
}
