/* When to send a NAT keepalive and when to ask whether the gateway is still there (RFC 3948,
 * section 4; RFC 7296, section 2.4). */
#ifndef HF_IKEV2_LIVENESS_H
#define HF_IKEV2_LIVENESS_H

#include "base/time.h"

struct hf_ikev2_liveness {
    hf_duration keepalive; /* of silence from us */
    hf_duration idle;      /* of silence from the gateway; 0: never asked by itself */
    hf_time last_sent, last_heard;
    hf_time asked_for_hint; /* when an unprotected message last made us ask; 0: never */
};

void hf_ikev2_liveness_init(struct hf_ikev2_liveness *liveness, hf_duration keepalive,
                            hf_duration idle, hf_time now);
void hf_ikev2_liveness_sent(struct hf_ikev2_liveness *liveness, hf_time at);
void hf_ikev2_liveness_heard(struct hf_ikev2_liveness *liveness, hf_time at);
bool hf_ikev2_liveness_keepalive_due(const struct hf_ikev2_liveness *liveness, hf_time now);
bool hf_ikev2_liveness_probe_due(const struct hf_ikev2_liveness *liveness, hf_time now);
/* An unprotected message claims that the gateway lost our SA: true when that is worth a question,
 * which is at most every 10 s (rule A12). */
bool hf_ikev2_liveness_hint(struct hf_ikev2_liveness *liveness, hf_time now);
/* `asking`: a request is in flight, so no probe is due. */
hf_time hf_ikev2_liveness_deadline(const struct hf_ikev2_liveness *liveness, bool asking);

#endif
