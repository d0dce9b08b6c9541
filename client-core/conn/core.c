/* What a process does once before it uses the core: see <holdfast/attempt.h>. */
#include "crypto/algorithms.h"
#include "crypto/random.h"
#include "crypto/tls.h"
#include <holdfast/attempt.h>

#define FIRST_FLIGHT_MAX 16384

/* The first flight of a handshake makes the TLS library load what later ones need. */
static hf_status warm_up_tls(void)
{
    hf_buf flight = hf_buf_with_max(FIRST_FLIGHT_MAX);
    struct hf_tls_config config = { .any_server_name = true, .min = HF_TLS_1_2, .max = HF_TLS_1_3 };
    struct hf_trust *trust = NULL;
    struct hf_tls *tls = NULL;
    struct hf_fault fault;
    hf_status status = hf_trust_new(&trust);

    config.trust = trust;
    if (status == HF_OK)
        status = hf_tls_new(&config, &tls);
    if (status == HF_OK &&
        hf_tls_handle(tls, (hf_bytes){ 0 }, &flight, &fault) != HF_TLS_HANDSHAKING)
        status = HF_ERR_CRYPTO;
    hf_tls_free(tls);
    hf_trust_free(trust);
    hf_buf_free(&flight);
    return status;
}

/* A row that the library lacks is never proposed; the others do. */
hf_status hf_core_load(void)
{
    const struct hf_algorithm *missing = NULL;
    hf_status status = hf_crypto_load(&missing);

    if (status != HF_OK && missing == NULL)
        return status;
    return warm_up_tls();
}

bool hf_core_random(void *context, uint8_t *out, size_t len)
{
    return hf_random_from_library(context, out, len);
}
