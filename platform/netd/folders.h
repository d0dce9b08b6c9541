/* The folders of an instance, made or checked before anything is put into them. */
#ifndef HF_NETD_FOLDERS_H
#define HF_NETD_FOLDERS_H

#include "instance.h"

/* run: everybody may look, holdfastd may add its own files; var: holdfastd's alone; var/netd:
 * root's alone. In both, the sticky bit keeps holdfastd from replacing what is root's. `*out_empty`
 * is run/empty. HF_ERR_LOCAL_SETUP: not possible, or one of ours belongs to somebody else. */
hf_status hf_folders_make(const struct hf_instance *instance, int *out_empty) HF_MUST_USE;

#endif
