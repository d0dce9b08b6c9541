/* Names that processes find each other by. */
#ifndef HF_IPC_NAMES_H
#define HF_IPC_NAMES_H

#define HF_BUS_NAME              "io.github.holdfastvpn.Holdfast1"
#define HF_BUS_PATH              "/io/github/holdfastvpn/Holdfast1"
#define HF_BUS_INTERFACE         "io.github.holdfastvpn.Holdfast1.Manager"
#define HF_BUS_PROFILE_INTERFACE "io.github.holdfastvpn.Holdfast1.Profile"
#define HF_BUS_SESSION_INTERFACE "io.github.holdfastvpn.Holdfast1.Session"
#define HF_BUS_AGENT_INTERFACE   "io.github.holdfastvpn.Holdfast1.SecretsAgent"
#define HF_BUS_SESSION_PATH      HF_BUS_PATH "/session"
#define HF_BUS_PROFILES_PATH     HF_BUS_PATH "/profiles"
/* Followed by a code of status.def, with '_' for '-': error names have no hyphens. The message is
 * the fault as JSON. */
#define HF_BUS_ERROR_PREFIX      "io.github.holdfastvpn.Holdfast1.Error."

/* Below run/ of the instance. */
#define HF_NETD_SOCKET_NAME "netd.sock"
#define HF_BUS_SOCKET_NAME  "bus.sock"
#define HF_DAEMON_LOCK_NAME "holdfastd.lock"
#define HF_TRACE_NAME       "trace.jsonl"

#endif
