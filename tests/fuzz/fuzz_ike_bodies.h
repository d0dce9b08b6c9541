/* Every decoder of IKEv2, with what must hold of whatever it decodes. */
#ifndef HF_TESTS_FUZZ_IKE_BODIES_H
#define HF_TESTS_FUZZ_IKE_BODIES_H

#include "ikev2/message.h"

/* Decodes a chain, checks it against the bytes, and every payload in it by its type. */
void fuzz_ike_chain(uint8_t first, hf_bytes bytes);
/* Decodes these bytes as a body of every type. */
void fuzz_ike_body_as_all(hf_bytes body);

#endif
