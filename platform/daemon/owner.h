/* Whose a profile is: a uid's, or the system's; and how a profile of somebody's is named in files
 * and words: "OWNER/ID", where OWNER is the uid in decimal, or "system". */
#ifndef HF_DAEMON_OWNER_H
#define HF_DAEMON_OWNER_H

#include "base/status.h"
#include <holdfast/profile.h>

/* A uid, or HF_OWNER_SYSTEM. */
typedef int64_t hf_owner;
#define HF_OWNER_SYSTEM   ((hf_owner)-1)
#define HF_OWNER_TEXT_MAX 16
#define HF_OWNER_KEY_MAX  (HF_OWNER_TEXT_MAX + HF_PROFILE_TEXT_MAX)

/* Which profile of all. */
struct hf_profile_ref {
    hf_owner owner;
    char id[HF_PROFILE_TEXT_MAX];
};

/* Writes "1000" or "system"; returns `out`. */
const char *hf_owner_format(hf_owner owner, char out[HF_OWNER_TEXT_MAX]);
/* The reverse, for nothing else: no sign, no leading zero. */
bool hf_owner_parse(hf_bytes text, hf_owner *out) HF_MUST_USE;
/* May `uid` see, use and name what is this owner's: his own and the system's; root everything. */
bool hf_owner_is_seen_by(hf_owner owner, unsigned uid);

/* Writes "OWNER/ID"; returns `out`. */
const char *hf_profile_ref_format(const struct hf_profile_ref *ref, char out[HF_OWNER_KEY_MAX]);
/* The reverse; the id is any text without a '/'. */
bool hf_profile_ref_parse(const char *text, struct hf_profile_ref *out) HF_MUST_USE;

#endif
