/* A network backend that changes nothing: it remembers plans, and fails when told to. For tests. */
#ifndef HF_FAKE_NET_FAKE_H
#define HF_FAKE_NET_FAKE_H

#include "net.h"

#define HF_FAKE_PLANS_MAX 64

struct hf_fake_net {
    struct hf_plan applied[HF_FAKE_PLANS_MAX]; /* the last ones that were, oldest first */
    size_t count;
    size_t refused, reverted;
    struct hf_plan in_force;
    size_t fail_after;   /* so many applies succeed, and the next one fails once */
    hf_status fail_with; /* HF_OK: none fails */
};

/* `fake` is the caller's, zeroed, and must outlive the backend. */
struct hf_net hf_fake_net(struct hf_fake_net *fake);
/* The plan applied last; the empty one when there was none. */
struct hf_plan hf_fake_net_last(const struct hf_fake_net *fake);

#endif
