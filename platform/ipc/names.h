/* Names that processes find each other by. */
#ifndef HF_IPC_NAMES_H
#define HF_IPC_NAMES_H

#define HF_BUS_NAME         "io.github.holdfastvpn.Holdfast1"
#define HF_BUS_PATH         "/io/github/holdfastvpn/Holdfast1"
#define HF_BUS_INTERFACE    "io.github.holdfastvpn.Holdfast1.Manager"
/* Followed by a code of status.def, with '_' for '-': error names have no hyphens. The message is
 * the fault as JSON. */
#define HF_BUS_ERROR_PREFIX "io.github.holdfastvpn.Holdfast1.Error."

/* Below run/ of the instance. */
#define HF_NETD_SOCKET_NAME "netd.sock"
#define HF_BUS_SOCKET_NAME  "bus.sock"
#define HF_DAEMON_LOCK_NAME "holdfastd.lock"
#define HF_TRACE_NAME       "trace.jsonl"

#endif
