/* Whether the gateway is still there, judged by traffic: outbound packets without any inbound proof
 * for 5 s want a probe, a probe that stays unanswered means that the path is lost 10 s after the
 * first of those packets (design, sections 3 and 7). An idle tunnel is not probed. Whether packets
 * come back is judged apart from that: a gateway can answer the probe and yet carry nothing. Time
 * in, a verdict out. */
#ifndef HF_CONN_ATTEMPT_PATH_H
#define HF_CONN_ATTEMPT_PATH_H

#include "base/time.h"

#define HF_ATTEMPT_PATH_PATIENCE HF_SECONDS(5)
/* For the probe: a tenth of a second less, in which the loss is shown. */
#define HF_ATTEMPT_PATH_ANSWER   HF_MILLIS(4900)
/* Packets that went out for so long, none coming back, make the traffic one-way. Those that expect
 * no answer, or are sent once, do not. */
#define HF_ATTEMPT_PATH_ONE_WAY  HF_SECONDS(10)

struct hf_attempt_path {
    hf_time last_proof;
    hf_time unproved_since; /* oldest outbound packet after the last proof; HF_NEVER: none */
    hf_time probed_at;      /* HF_NEVER: no probe under way */
    bool is_lost;
    hf_time last_inbound;     /* inner packet; 0: none yet */
    hf_time unreturned_since; /* oldest outbound packet after it; HF_NEVER: none */
    hf_time last_sent;
};

enum hf_attempt_path_verdict {
    HF_ATTEMPT_PATH_SAME,
    HF_ATTEMPT_PATH_PROBE, /* send one now */
    HF_ATTEMPT_PATH_LOST,
    HF_ATTEMPT_PATH_BACK, /* it was lost, and the gateway has answered */
};

/* Starts with a proof at `now`: the tunnel has just been set up. */
void hf_attempt_path_init(struct hf_attempt_path *path, hf_time now);
/* Inner packets left, none of them before `first` and the last at `last`. */
void hf_attempt_path_handle_sent(struct hf_attempt_path *path, hf_time first, hf_time last);
/* An inner packet came at `at`; it is a proof too, which is told by handle_proof. */
void hf_attempt_path_handle_inbound(struct hf_attempt_path *path, hf_time at);
/* Something authentic came from the gateway at `at`: SAME or BACK. */
enum hf_attempt_path_verdict hf_attempt_path_handle_proof(struct hf_attempt_path *path, hf_time at);
/* A request of ours has gone unanswered for 5 s: LOST, unless traffic proved the path since. */
enum hf_attempt_path_verdict hf_attempt_path_handle_unanswered(struct hf_attempt_path *path,
                                                               hf_time now);
enum hf_attempt_path_verdict hf_attempt_path_handle_time(struct hf_attempt_path *path, hf_time now);
hf_time hf_attempt_path_deadline(const struct hf_attempt_path *path);
/* Packets go out and none come back, while the gateway answers by IKE. */
bool hf_attempt_path_is_one_way(const struct hf_attempt_path *path);

#endif
