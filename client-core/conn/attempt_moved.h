/* Whether the gateway has moved. A path that is lost may be so because the gateway has another
 * address now, so its name is asked again, at intervals, until the path is back. That the name
 * servers answer says also that it is not the network that is down. Datagrams, answers and time in;
 * datagrams and a verdict out. */
#ifndef HF_CONN_ATTEMPT_MOVED_H
#define HF_CONN_ATTEMPT_MOVED_H

#include "dns/resolver.h"
#include <holdfast/attempt.h>

/* The hole for the name servers is made when the path is lost: no query is wasted before. */
#define HF_ATTEMPT_MOVED_FIRST HF_MILLIS(250)
#define HF_ATTEMPT_MOVED_AGAIN HF_SECONDS(5)

struct hf_attempt_moved {
    const struct hf_env *env;
    const struct hf_attempt_hints *hints;
    const char *name; /* NULL: nobody is asked */
    hf_address current;
    bool is_asking;
    hf_time ask_at;
    unsigned answers; /* good ones, since the path was lost */
    struct hf_dns_resolver resolver;
};

/* The path to `current` is lost; `gateway` is how the profile names it, and a literal address has
 * nobody to be asked. What is pointed to is borrowed. */
void hf_attempt_moved_begin(struct hf_attempt_moved *moved, const char *gateway,
                            const hf_address *current, const struct hf_attempt_hints *hints,
                            const struct hf_env *env, hf_time now);
/* The path is back, or there is no attempt any more. */
void hf_attempt_moved_end(struct hf_attempt_moved *moved);
void hf_attempt_moved_handle_datagram(struct hf_attempt_moved *moved, const hf_endpoint *from,
                                      hf_bytes datagram, hf_time now);
void hf_attempt_moved_handle_time(struct hf_attempt_moved *moved, hf_time now);
hf_time hf_attempt_moved_deadline(const struct hf_attempt_moved *moved);
bool hf_attempt_moved_next_datagram(struct hf_attempt_moved *moved, struct hf_dns_datagram *out);
/* True, once, when the tunnel had better be made anew at `*out`: the name does not lead to the
 * current address any more; or it leads to others too, and the current one is still silent when the
 * name is asked again. */
bool hf_attempt_moved_take(struct hf_attempt_moved *moved, hf_time now, hf_address *out);

#endif
