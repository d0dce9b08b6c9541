/* Seeded randomness for tests: see env.h. */
#include "support/env.h"

#include <string.h>

uint64_t test_random_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

uint64_t test_random_below(uint64_t *state, uint64_t bound)
{
    return test_random_next(state) % bound;
}

void test_random_fill(uint64_t *state, void *out, size_t len)
{
    uint8_t *bytes = out;

    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)test_random_next(state);
}

static bool draw(void *context, uint8_t *out, size_t len)
{
    struct test_env *env = context;

    if (env->fails)
        return false;
    test_random_fill(&env->state, out, len);
    env->drawn += len;
    return true;
}

void test_env_init(struct test_env *env, uint64_t seed)
{
    memset(env, 0, sizeof *env);
    env->state = seed;
    env->env = (struct hf_env){ .random = draw, .context = env, .trace = &env->trace };
}
