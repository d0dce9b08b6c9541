/* How long to wait before the next attempt: nothing after an established tunnel broke, then 1 s,
 * 2 s, 4 s … up to 60 s, each with jitter. */
#ifndef HF_CONN_BACKOFF_H
#define HF_CONN_BACKOFF_H

#include "base/env.h"

#define HF_BACKOFF_FIRST  HF_SECONDS(1)
#define HF_BACKOFF_LAST   HF_SECONDS(60)
/* A tunnel that lived this long proves that its way works: the count starts again. */
#define HF_BACKOFF_STABLE HF_SECONDS(5)

struct hf_backoff {
    unsigned failures; /* since the last stable tunnel */
};

/* The wait after one more failure. `lived` is how long the tunnel was up: 0 when it never was. */
hf_duration hf_backoff_next(struct hf_backoff *backoff, const struct hf_env *env,
                            hf_duration lived);

#endif
