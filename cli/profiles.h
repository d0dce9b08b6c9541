/* Profiles as the daemon has them: which one is meant, and calls to its object. */
#ifndef HF_CLI_PROFILES_H
#define HF_CLI_PROFILES_H

#include "session.h"

/* What the caller sees, as a JSON array; NULL on failure, and `out_fault` says why. */
json_t *hf_profiles_list(struct hf_session *session, struct hf_fault *out_fault);

/* Calls a method of the object of the profile that `name` means: "OWNER/ID", an id, the name of
 * one alone, or "" for the only one. `arguments` is floating and may be NULL; `out_reply` and
 * `out_fds` may be NULL. Reports its failures; returns the exit status. */
struct hf_profiles_call {
    const char *method;
    GVariant *arguments;
    GUnixFDList *fds;
    GVariant **out_reply;
    GUnixFDList **out_fds;
};
int hf_profiles_call(struct hf_cli *cli, struct hf_session *session, const char *name,
                     const struct hf_profiles_call *call);

#endif
