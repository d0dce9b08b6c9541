/* Up and down: what `connect`, `disconnect` and `run` share. */
#ifndef HF_CLI_TUNNEL_H
#define HF_CLI_TUNNEL_H

#include "session.h"

/* Connects with the secrets that the options name, asks for missing ones where somebody is there,
 * and waits. An interrupt cancels the attempt. Returns the exit status, after saying why. */
int hf_tunnel_connect(struct hf_cli *cli, struct hf_session *session, const char *profile,
                      bool wait);
/* Waits for what a connect or a reconnect comes to, and reports it. */
int hf_tunnel_await(struct hf_cli *cli, struct hf_session *session);
/* Disconnects and waits until everything is reverted, unless `wait` is false. `reason`: for the
 * log; may be NULL. */
int hf_tunnel_disconnect(struct hf_cli *cli, struct hf_session *session, const char *reason,
                         bool wait);
/* The waits' ends. */
bool hf_tunnel_is_down(const json_t *status);
bool hf_tunnel_is_unblocked(const json_t *status);
/* After one of these: 0, or the exit status of a block that could not be lifted, after saying why.
 */
int hf_tunnel_report_down(struct hf_cli *cli, struct hf_session *session);

#endif
