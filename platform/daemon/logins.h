/* Who is logged in, as systemd-logind says in its state files: run/systemd/users/UID. */
#ifndef HF_DAEMON_LOGINS_H
#define HF_DAEMON_LOGINS_H

#include "base/bytes.h"

struct hf_logins;
typedef void hf_logins_changed_fn(void *context);

/* `dir` is copied; it may appear later. Ends the program when out of memory, as GLib does. */
struct hf_logins *hf_logins_new(const char *dir, hf_logins_changed_fn *changed, void *context);
void hf_logins_free(struct hf_logins *logins);
/* Read anew with each question. */
bool hf_logins_has(const struct hf_logins *logins, unsigned uid);
/* Any person: neither a service's account nor the one of the login screen. */
bool hf_logins_has_anybody(const struct hf_logins *logins);

/* Does a state file say that its user has a session? One that only lingers, or whose last session
 * is closing, has none. */
bool hf_logins_is_session(hf_bytes file);

#endif
