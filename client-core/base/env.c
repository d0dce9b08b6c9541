/* Randomness as an argument: see env.h. */
#include "base/env.h"

bool hf_env_random(const struct hf_env *env, void *out, size_t len)
{
    return env->random(env->context, out, len);
}

hf_duration hf_env_jitter(const struct hf_env *env, hf_duration d)
{
    uint64_t random;

    if (d < 8 || !hf_env_random(env, &random, sizeof random))
        return d;
    return d - d / 8 + random % (d / 4 + 1);
}
