/* Where to try: the addresses of the profile's gateways in the order in which they are tried. The
 * last good ones come first and cost no query; then each gateway of the profile in turn, a literal
 * address as it is, a name by dns/. */
#ifndef HF_CONN_ATTEMPT_RESOLVE_H
#define HF_CONN_ATTEMPT_RESOLVE_H

#include "base/fault.h"
#include "dns/resolver.h"
#include <holdfast/attempt.h>

struct hf_attempt_candidate {
    hf_address address;
    const char *gateway; /* as the profile names it; borrowed from there */
};

enum hf_attempt_resolve_step {
    HF_ATTEMPT_RESOLVE_FOUND,
    HF_ATTEMPT_RESOLVE_ASKING, /* a query is under way: call next again when it may have ended */
    HF_ATTEMPT_RESOLVE_EXHAUSTED,
};

struct hf_attempt_resolve {
    const struct hf_profile *profile;
    const struct hf_attempt_hints *hints;
    const struct hf_env *env;
    size_t gateway; /* index of the one that `addresses` belong to, or that is asked for */
    bool is_asking, has_started;
    struct hf_dns_resolver resolver;
    hf_address addresses[HF_ATTEMPT_ADDRESSES]; /* not tried yet, from `next` on */
    size_t address_count, next;
    hf_address tried[HF_ATTEMPT_ADDRESSES]; /* last good ones that came first: not tried again */
    size_t tried_count;
    struct hf_fault fault; /* why the last name gave no address; HF_OK: all did */
};

/* Everything is borrowed. */
void hf_attempt_resolve_init(struct hf_attempt_resolve *resolve, const struct hf_profile *profile,
                             const struct hf_attempt_hints *hints, const struct hf_env *env);
/* The next address to try; once exhausted it stays so, and `resolve->fault` says why no name gave
 * an address (HF_OK when each did). */
enum hf_attempt_resolve_step hf_attempt_resolve_next(struct hf_attempt_resolve *resolve,
                                                     hf_time now, struct hf_attempt_candidate *out);
/* True while there may be another candidate: a silent one then needs not be waited for long. */
bool hf_attempt_resolve_has_more(const struct hf_attempt_resolve *resolve);
void hf_attempt_resolve_handle_datagram(struct hf_attempt_resolve *resolve, const hf_endpoint *from,
                                        hf_bytes datagram, hf_time now);
void hf_attempt_resolve_handle_time(struct hf_attempt_resolve *resolve, hf_time now);
hf_time hf_attempt_resolve_deadline(const struct hf_attempt_resolve *resolve);
bool hf_attempt_resolve_next_datagram(struct hf_attempt_resolve *resolve,
                                      struct hf_dns_datagram *out);

#endif
