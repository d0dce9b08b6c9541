/* What a fuzz input does to the plaintext of a protected message before it is sealed. */
#ifndef HF_TESTS_FUZZ_FUZZ_IKE_CHANGES_H
#define HF_TESTS_FUZZ_FUZZ_IKE_CHANGES_H

#include "ikev2/message.h"

/* One change, as the input has it:
 *   kind (1) | message (1) | payload (1) | offset (2) | length (1) | that many octets
 * `message` counts the messages that the gateway seals, `payload` those of the message. */
struct fuzz_change {
    uint8_t kind, message, payload;
    uint16_t offset;
    hf_bytes octets; /* borrowed from the input; fewer than the length where the input ends */
};

/* Reads all but the kind. */
bool fuzz_change_read(hf_reader *r, uint8_t kind, struct fuzz_change *out);
/* Changes nothing where the chain has no such place, or would become longer than a message. */
void fuzz_change_apply(const struct fuzz_change *change, struct hf_ikev2_chain_writer *chain);
/* Turns every bit of the AUTH data: proof of a key that the sender has not. */
void fuzz_change_spoil_auth(struct hf_ikev2_chain_writer *chain);

#endif
