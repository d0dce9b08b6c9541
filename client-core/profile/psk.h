/* What is doubtful about the secrets that came with a profile. */
#ifndef HF_PROFILE_PSK_H
#define HF_PROFILE_PSK_H

#include "profile/import.h"

/* Notices about a shared secret that can be guessed (everybody who hears one handshake may try, at
 * leisure), and about white space and characters outside ASCII, on which two ends often disagree.
 * None shows the secret. HF_ERR_NO_MEMORY. */
hf_status hf_psk_note(struct hf_import *import) HF_MUST_USE;

#endif
