/* A talk with the daemon: one connection, the latest state, and waiting for another. */
#ifndef HF_CLI_SESSION_H
#define HF_CLI_SESSION_H

#include "command.h"

struct hf_session;

/* Reports its own failure (HF_ERR_NO_DAEMON, HF_ERR_DENIED). */
hf_status hf_session_new(struct hf_cli *cli, struct hf_session **out) HF_MUST_USE;
void hf_session_free(struct hf_session *session);
/* Runs a verb with a session of its own; returns the exit status. */
int hf_session_run(struct hf_cli *cli, int (*verb)(struct hf_cli *cli, struct hf_session *session));
struct hf_client *hf_session_client(struct hf_session *session);

/* Calls a method whose answer does not matter. The fault is the caller's to report. */
hf_status hf_session_call(struct hf_session *session, const char *method, GVariant *arguments,
                          GUnixFDList *fds, struct hf_fault *out_fault) HF_MUST_USE;
/* Asks for the status anew; borrowed until the next call. NULL: there is none, for the reason in
 * hf_session_why. */
const json_t *hf_session_status(struct hf_session *session);
/* The one that was told last, borrowed likewise; NULL: none was. */
const json_t *hf_session_latest(const struct hf_session *session);
hf_status hf_session_why(const struct hf_session *session);

/* Is this state the end of the wait? */
typedef bool hf_session_done_fn(const json_t *status);
enum hf_session_end {
    HF_SESSION_DONE,
    HF_SESSION_TOO_LATE,
    HF_SESSION_GONE,
    HF_SESSION_SILENT,      /* the daemon is there and says nothing */
    HF_SESSION_INTERRUPTED, /* SIGINT */
    HF_SESSION_TERMINATED   /* SIGTERM */
};
/* Words on what happened, as JSON, for as long as the session lives; also while nobody waits. */
typedef void hf_session_told_fn(void *context, const json_t *told);
void hf_session_tell(struct hf_session *session, hf_session_told_fn *state,
                     hf_session_told_fn *event, void *context);
/* Waits, 0 seconds meaning for ever, and shows the states on the way where somebody looks. After
 * DONE the latest status is one that ended the wait. */
enum hf_session_end hf_session_wait(struct hf_session *session, hf_session_done_fn *done,
                                    unsigned timeout_seconds);
/* The exit status for an end that is not DONE, after saying why. */
int hf_session_report_end(struct hf_cli *cli, enum hf_session_end end);

/* Says what went wrong, as the options want it said; returns the exit status. */
int hf_cli_report(const struct hf_cli *cli, const struct hf_fault *fault);
int hf_cli_report_status(const struct hf_cli *cli, hf_status status, const char *received);
/* Of a verb that has nothing to tell but that it is done: says so to programs. Returns `exit`. */
int hf_cli_report_done(const struct hf_cli *cli, int exit);
const char *hf_cli_state_of(const json_t *status);

#endif
