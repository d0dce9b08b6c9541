/* What the core needs from outside besides bytes and time: randomness and a place for traces. One
 * per process; tests make one per endpoint with a seeded generator. */
#ifndef HF_BASE_ENV_H
#define HF_BASE_ENV_H

#include "base/bytes.h"
#include "base/signer.h"
#include "base/trace.h"

struct hf_env {
    /* Fills `out` with `len` random bytes; false fails whatever asked (fail closed). In production
     * this is OpenSSL's DRBG (crypto/random.h). */
    bool (*random)(void *context, uint8_t *out, size_t len);
    void *context;
    struct hf_trace *trace; /* may be NULL */
    /* The private key, where the profile names one that lives elsewhere; else NULL. */
    const struct hf_remote_signer *key;
};

bool hf_env_random(const struct hf_env *env, void *out, size_t len) HF_MUST_USE;
/* A duration within [d - d/8, d + d/8], so that many clients do not act in step; `d` itself when
 * randomness fails. */
hf_duration hf_env_jitter(const struct hf_env *env, hf_duration d);

#endif
