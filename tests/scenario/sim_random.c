/* OpenSSL's randomness from a seed: its TEST-RAND generator hands out what it was given. Key pairs,
 * signatures and TLS then are the same in every run of a story. See sim.h. */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "scenario/sim.h"
#include "support/hex.h"

#define ENTROPY_LEN (1 << 20)
#define STRENGTH    256

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

/* Starts again from the entropy it has. */
static void restart(EVP_RAND_CTX *generator)
{
    if (generator == NULL || EVP_RAND_uninstantiate(generator) != 1 ||
        EVP_RAND_instantiate(generator, STRENGTH, 0, NULL, 0, NULL) != 1)
        test_die("OpenSSL's test generator does not start again");
}

static void refill(EVP_RAND_CTX *generator, uint64_t seed)
{
    unsigned strength = STRENGTH;
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

/* The same seed as before costs nothing: a fuzzer plays thousands of stories a minute. */
void sim_random_seed(uint64_t seed)
{
    static bool is_filled;
    static uint64_t filled_from;

    choose_generator();
    if (is_filled && filled_from == seed) {
        restart(RAND_get0_primary(NULL));
        restart(RAND_get0_public(NULL));
        restart(RAND_get0_private(NULL));
        return;
    }
    filled_from = seed;
    is_filled = true;
    refill(RAND_get0_primary(NULL), seed);
    refill(RAND_get0_public(NULL), seed + 1);
    refill(RAND_get0_private(NULL), seed + 2);
}
