/* The configuration payload: what we ask the gateway for, and the few things of its reply that we
 * accept (RFC 7296, section 3.15; rule A14 of the threat model). */
#ifndef HF_IKEV2_CONFIG_REPLY_H
#define HF_IKEV2_CONFIG_REPLY_H

#include "ikev2/payload.h"
#include "ikev2/sa.h"

/* Writes the body of CP(CFG_REQUEST). */
void hf_ikev2_config_reply_ask(const struct hf_ikev2_sa_config *config, hf_writer *w);
/* Reads the body of CP(CFG_REPLY); `body` is NULL when the gateway sent none. Values that no honest
 * gateway assigns are HF_ERR_HOSTILE_CONFIG, and the fault names the first. HF_ERR_NO_ADDRESS: an
 * address was asked for and none came. Families that were not asked for are left out. */
hf_status hf_ikev2_config_reply_read(const struct hf_ikev2_sa_config *config, const hf_bytes *body,
                                     struct hf_ikev2_configuration *out,
                                     struct hf_fault *out_fault) HF_MUST_USE;

#endif
