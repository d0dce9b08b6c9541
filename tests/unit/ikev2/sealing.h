/* Two ends of a protected IKE SA, for tests of sealed messages. */
#ifndef HF_TESTS_UNIT_IKEV2_SEALING_H
#define HF_TESTS_UNIT_IKEV2_SEALING_H

#include "ikev2/keymat.h"
#include "support/env.h"

struct sealing_suite {
    const char *name;
    struct hf_ikev2_suite suite;
};

/* Every cipher and integrity algorithm of the registry. */
extern const struct sealing_suite sealing_suites[];
extern const size_t sealing_suite_count;

struct sealing {
    struct hf_ikev2_protection initiator, responder;
    struct hf_fragments fragments; /* of the responder */
    struct test_env env;
    struct hf_ike_header header;
    hf_buf opened;
    uint8_t first;
};

/* Fills `*out`; keys come from `seed`. */
void sealing_init(struct sealing *out, const struct hf_ikev2_suite *suite, uint64_t seed);
void sealing_clear(struct sealing *sealing);
/* The initiator seals these octets as a chain whose first payload is a nonce. */
hf_status sealing_seal(struct sealing *sealing, hf_bytes content, bool fragment,
                       size_t max_datagram, struct hf_ikev2_datagrams *out) HF_MUST_USE;
/* The responder takes a datagram, header and all. */
hf_status sealing_open(struct sealing *sealing, hf_bytes datagram) HF_MUST_USE;
/* `len` octets that differ from place to place; they live until the process ends. */
hf_bytes sealing_content(size_t len);

#endif
