/* The folders of an instance, made or checked before anything is put into them. */
#ifndef HF_NETD_FOLDERS_H
#define HF_NETD_FOLDERS_H

#include "instance.h"

#include <sys/types.h>

/* run: everybody may look, holdfastd may add its own files; var: holdfastd's alone; var/netd:
 * root's alone. In both, the sticky bit keeps holdfastd from replacing what is root's. `*out_empty`
 * is run/empty. HF_ERR_LOCAL_SETUP: not possible, or one of ours belongs to somebody else. */
hf_status hf_folders_make(const struct hf_instance *instance, int *out_empty) HF_MUST_USE;
/* What `fd` names is of this kind (S_IFREG, S_IFDIR), and nobody but root can change it. */
bool hf_folders_is_roots_alone(int fd, mode_t kind);

#endif
