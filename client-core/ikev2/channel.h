/* One IKE SA's protected channel: SPIs, keys, message ids. A rekey makes another one. What is said
 * over it is the business of the callers. */
#ifndef HF_IKEV2_CHANNEL_H
#define HF_IKEV2_CHANNEL_H

#include "ikev2/keymat.h"
#include "ikev2/window.h"

struct hf_env;

struct hf_ikev2_channel {
    uint64_t spi_i, spi_r;
    bool is_initiator; /* we started this IKE SA: the I flag of what we send */
    bool fragment;     /* both announced RFC 7383 */
    size_t max_datagram;
    struct hf_ikev2_suite suite;
    struct hf_ikev2_keys keys; /* all but SK_d are cleansed once AUTH is done */
    struct hf_ikev2_protection protection;
    struct hf_fragments requests, responses; /* of the peer, being collected */
    struct hf_ikev2_window window;
};

struct hf_ikev2_channel_setup {
    struct hf_ikev2_suite suite;
    struct hf_ikev2_keymat_input keymat;
    bool is_initiator;
    bool fragment;
    size_t max_datagram;
    hf_duration rtt;
};

/* Derives keys and makes the ciphers. The caller frees `*out`. */
hf_status hf_ikev2_channel_new(const struct hf_ikev2_channel_setup *setup,
                               struct hf_ikev2_channel **out) HF_MUST_USE;
void hf_ikev2_channel_free(struct hf_ikev2_channel *channel);
/* Forgets the keys that only IKE_AUTH needs. */
void hf_ikev2_channel_forget_auth_keys(struct hf_ikev2_channel *channel);

uint64_t hf_ikev2_channel_own_spi(const struct hf_ikev2_channel *channel);
/* The message is for this channel: both SPIs, and the flag of the other side. */
bool hf_ikev2_channel_owns(const struct hf_ikev2_channel *channel,
                           const struct hf_ike_header *header);

/* Seals our next request into the window and starts its clock; sending is the caller's. */
hf_status hf_ikev2_channel_request(struct hf_ikev2_channel *channel, uint8_t exchange,
                                   const struct hf_ikev2_chain_writer *chain,
                                   const struct hf_env *env, hf_time now) HF_MUST_USE;
/* Seals the answer to the peer's request `peer_next_id` into the window. */
hf_status hf_ikev2_channel_respond(struct hf_ikev2_channel *channel, uint8_t exchange,
                                   const struct hf_ikev2_chain_writer *chain,
                                   const struct hf_env *env) HF_MUST_USE;
/* Opens a datagram of the peer; see hf_ikev2_message_open. */
hf_status hf_ikev2_channel_open(struct hf_ikev2_channel *channel,
                                const struct hf_ike_header *header, hf_bytes datagram, hf_buf *out,
                                uint8_t *out_first) HF_MUST_USE;
/* The datagram is a whole message or the first of its fragments. */
bool hf_ikev2_channel_is_first(const struct hf_ike_header *header, hf_bytes datagram);

#endif
