/* The context for old files: see legacy.h. The process's own context never learns of the provider,
 * so nothing else can come upon its algorithms by name. */
#include "crypto/legacy.h"

#include "crypto/credential.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>

static struct {
    OSSL_LIB_CTX *context;
    bool was_tried;
} kept;

static bool load(OSSL_LIB_CTX *context)
{
    return context != NULL && OSSL_PROVIDER_load(context, "default") != NULL &&
           OSSL_PROVIDER_load(context, "legacy") != NULL;
}

void hf_legacy_load(void)
{
    if (kept.was_tried)
        return;
    kept.was_tried = true;
    kept.context = OSSL_LIB_CTX_new();
    if (!load(kept.context)) {
        OSSL_LIB_CTX_free(kept.context);
        kept.context = NULL;
    }
    ERR_clear_error();
}

OSSL_LIB_CTX *hf_legacy_context(void)
{
    hf_legacy_load();
    return kept.context;
}
