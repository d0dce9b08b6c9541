/* OpenSSL's randomness from a seed: its TEST-RAND generator hands out what it was given. Key pairs,
 * signatures and TLS then are the same in every run of a story. See sim.h. */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "scenario/sim.h"
#include "support/hex.h"

#define ENTROPY_LEN (1 << 20)

static uint8_t entropy[ENTROPY_LEN];

/* Primary, public and private generators alike are TEST-RAND; before their first use, or not at
 * all. */
static void choose_generator(void)
{
    static bool chosen;

    if (!chosen && RAND_set_DRBG_type(NULL, "TEST-RAND", NULL, NULL, NULL) != 1)
        test_die("OpenSSL's generator is in use already");
    chosen = true;
}

static void refill(EVP_RAND_CTX *generator, uint64_t seed)
{
    unsigned strength = 256;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_RAND_PARAM_TEST_ENTROPY, entropy, sizeof entropy),
        OSSL_PARAM_construct_uint(OSSL_RAND_PARAM_STRENGTH, &strength),
        OSSL_PARAM_construct_end(),
    };

    test_random_fill(&seed, entropy, sizeof entropy);
    if (generator == NULL || EVP_RAND_uninstantiate(generator) != 1 ||
        EVP_RAND_CTX_set_params(generator, params) != 1 ||
        EVP_RAND_instantiate(generator, strength, 0, NULL, 0, NULL) != 1)
        test_die("OpenSSL's test generator does not take its seed");
}

void sim_random_seed(uint64_t seed)
{
    choose_generator();
    refill(RAND_get0_primary(NULL), seed);
    refill(RAND_get0_public(NULL), seed + 1);
    refill(RAND_get0_private(NULL), seed + 2);
}
