/* A deterministic `struct hf_env` for tests: seeded randomness that can be told to fail, and a
 * trace ring. */
#ifndef HF_TESTS_SUPPORT_ENV_H
#define HF_TESTS_SUPPORT_ENV_H

#include "base/env.h"

struct test_env {
    struct hf_env env; /* valid while the test_env stays where it is */
    uint64_t state;
    bool fails;     /* from now on env.random returns false */
    uint64_t drawn; /* bytes handed out */
    struct hf_trace trace;
};

/* The same seed gives the same bytes, whatever the sizes they are drawn in. */
void test_env_init(struct test_env *env, uint64_t seed);

/* The generator alone (splitmix64), for tests that choose their own inputs. */
uint64_t test_random_next(uint64_t *state);
/* Below `bound`, which is not 0. */
uint64_t test_random_below(uint64_t *state, uint64_t bound);
void test_random_fill(uint64_t *state, void *out, size_t len);

#endif
