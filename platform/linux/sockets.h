/* Sockets for engines, which may not make any. */
#ifndef HF_LINUX_SOCKETS_H
#define HF_LINUX_SOCKETS_H

#include "base/address.h"
#include "base/status.h"

/* A UDP socket with our mark, of the engine's uid in the kernel's eyes, bound to a port of its own,
 * non-blocking. Datagrams that do not fit a link are cut into fragments, never dropped for their
 * size. HF_ERR_NO_NETWORK: the host does not have this family. */
hf_status hf_socket_marked(enum hf_family family, unsigned engine_uid, int *out_fd) HF_MUST_USE;

#endif
