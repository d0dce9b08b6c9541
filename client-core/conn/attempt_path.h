/* Whether the gateway is still there, judged by traffic: outbound packets without any inbound proof
 * for 5 s want a probe, a probe unanswered for 5 s more means that the path is lost (design,
 * section 3). An idle tunnel is not probed. Time in, a verdict out. */
#ifndef HF_CONN_ATTEMPT_PATH_H
#define HF_CONN_ATTEMPT_PATH_H

#include "base/time.h"

#define HF_ATTEMPT_PATH_PATIENCE HF_SECONDS(5)

struct hf_attempt_path {
    hf_time last_proof;
    hf_time unproved_since; /* oldest outbound packet after the last proof; HF_NEVER: none */
    hf_time probed_at;      /* HF_NEVER: no probe under way */
    bool is_lost;
};

enum hf_attempt_path_verdict {
    HF_ATTEMPT_PATH_SAME,
    HF_ATTEMPT_PATH_PROBE, /* send one now */
    HF_ATTEMPT_PATH_LOST,
    HF_ATTEMPT_PATH_BACK, /* it was lost, and the gateway has answered */
};

/* Starts with a proof at `now`: the tunnel has just been set up. */
void hf_attempt_path_init(struct hf_attempt_path *path, hf_time now);
/* An inner packet left at `at`. */
void hf_attempt_path_handle_sent(struct hf_attempt_path *path, hf_time at);
/* Something authentic came from the gateway at `at`: SAME or BACK. */
enum hf_attempt_path_verdict hf_attempt_path_handle_proof(struct hf_attempt_path *path, hf_time at);
/* A request of ours has gone unanswered for 5 s: LOST, unless traffic proved the path since. */
enum hf_attempt_path_verdict hf_attempt_path_handle_unanswered(struct hf_attempt_path *path,
                                                               hf_time now);
enum hf_attempt_path_verdict hf_attempt_path_handle_time(struct hf_attempt_path *path, hf_time now);
hf_time hf_attempt_path_deadline(const struct hf_attempt_path *path);

#endif
