/* ipsec.conf and ipsec.secrets of strongSwan and libreswan: their lines, for ipsec.c alone. */
#ifndef HF_PROFILE_IPSEC_FILE_H
#define HF_PROFILE_IPSEC_FILE_H

#include "profile/road.h"

/* A tree of sections: "conn", "ca", "config" and "include", each an object with a scalar "" that
 * holds its name, and its keys. HF_ERR_MALFORMED: a line is none of them; HF_ERR_TOO_LARGE: past
 * the limits of node.h. The caller frees `*out`. */
hf_status hf_ipsec_file_decode(hf_bytes file, struct hf_node **out) HF_MUST_USE;
/* The next line of ipsec.secrets into `road`, which borrows it ("id id : PSK value"). Lines of
 * other kinds are noted. */
hf_status hf_ipsec_file_secrets(struct hf_walk *w, hf_bytes file, struct hf_road *road) HF_MUST_USE;
/* The first word of the first line that is no comment and no include. */
hf_bytes hf_ipsec_file_first_word(hf_bytes file);

#endif
