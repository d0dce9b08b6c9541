/* The health of the path: see attempt_path.h. */
#include "conn/attempt_path.h"

void hf_attempt_path_init(struct hf_attempt_path *path, hf_time now)
{
    *path = (struct hf_attempt_path){ .last_proof = now,
                                      .unproved_since = HF_NEVER,
                                      .probed_at = HF_NEVER,
                                      .unreturned_since = HF_NEVER };
}

/* When the oldest of the packets left that `answer` does not answer: at the earliest. */
static hf_time oldest_after(hf_time answer, hf_time since, hf_time first, hf_time last)
{
    if (last <= answer || since != HF_NEVER)
        return since;
    return first > answer ? first : answer;
}

void hf_attempt_path_handle_sent(struct hf_attempt_path *path, hf_time first, hf_time last)
{
    path->unproved_since = oldest_after(path->last_proof, path->unproved_since, first, last);
    path->unreturned_since = oldest_after(path->last_inbound, path->unreturned_since, first, last);
    path->last_sent = last;
}

void hf_attempt_path_handle_inbound(struct hf_attempt_path *path, hf_time at)
{
    path->last_inbound = at;
    if (path->unreturned_since <= at)
        path->unreturned_since = HF_NEVER;
}

enum hf_attempt_path_verdict hf_attempt_path_handle_proof(struct hf_attempt_path *path, hf_time at)
{
    bool was_lost = path->is_lost;

    if (at <= path->last_proof)
        return HF_ATTEMPT_PATH_SAME;
    path->last_proof = at;
    path->probed_at = HF_NEVER;
    path->is_lost = false;
    if (path->unproved_since <= at)
        path->unproved_since = HF_NEVER;
    return was_lost ? HF_ATTEMPT_PATH_BACK : HF_ATTEMPT_PATH_SAME;
}

static enum hf_attempt_path_verdict lose(struct hf_attempt_path *path)
{
    path->is_lost = true;
    path->probed_at = HF_NEVER;
    return HF_ATTEMPT_PATH_LOST;
}

enum hf_attempt_path_verdict hf_attempt_path_handle_unanswered(struct hf_attempt_path *path,
                                                               hf_time now)
{
    if (path->is_lost || hf_time_since(now, path->last_proof) < HF_ATTEMPT_PATH_PATIENCE)
        return HF_ATTEMPT_PATH_SAME;
    return lose(path);
}

/* What is waited for now, and since when; HF_NEVER: nothing. While the path is lost the probe is
 * sent again by the SA, and only a proof changes anything here. */
static hf_time waiting_since(const struct hf_attempt_path *path)
{
    if (path->is_lost)
        return HF_NEVER;
    return path->probed_at != HF_NEVER ? path->probed_at : path->unproved_since;
}

hf_time hf_attempt_path_deadline(const struct hf_attempt_path *path)
{
    return hf_time_add(waiting_since(path), path->probed_at != HF_NEVER ? HF_ATTEMPT_PATH_ANSWER
                                                                        : HF_ATTEMPT_PATH_PATIENCE);
}

enum hf_attempt_path_verdict hf_attempt_path_handle_time(struct hf_attempt_path *path, hf_time now)
{
    if (!hf_time_due(hf_attempt_path_deadline(path), now))
        return HF_ATTEMPT_PATH_SAME;
    if (path->probed_at != HF_NEVER)
        return lose(path);
    path->probed_at = now;
    return HF_ATTEMPT_PATH_PROBE;
}

bool hf_attempt_path_is_one_way(const struct hf_attempt_path *path)
{
    return path->unreturned_since != HF_NEVER && path->last_proof > path->unreturned_since &&
           path->last_sent >= hf_time_add(path->unreturned_since, HF_ATTEMPT_PATH_ONE_WAY);
}
