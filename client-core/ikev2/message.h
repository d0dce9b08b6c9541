/* IKEv2 messages: payload chains, and their protection by SK and SKF payloads (RFC 7296,
 * section 3.14; RFC 7383). Knows nothing of exchanges or states. */
#ifndef HF_IKEV2_MESSAGE_H
#define HF_IKEV2_MESSAGE_H

#include "crypto/cipher.h"
#include "ike/fragments.h"
#include "ike/header.h"
#include "ikev2/payload.h"

#define HF_IKEV2_PAYLOADS_MAX 64 /* of one message; more is HF_ERR_TOO_LARGE */

struct hf_ikev2_raw_payload {
    uint8_t type;
    uint8_t next; /* type of the payload behind it; of SK and SKF: of the first inside */
    bool critical;
    hf_bytes body;
};

/* A payload chain; bodies borrow from the message. */
struct hf_ikev2_chain {
    size_t count;
    struct hf_ikev2_raw_payload payloads[HF_IKEV2_PAYLOADS_MAX];
};

/* Splits `bytes` into payloads, `first` being the type of the first. HF_ERR_TRUNCATED,
 * HF_ERR_MALFORMED: lengths lie or octets are left over. HF_ERR_UNSUPPORTED_CRITICAL: an unknown
 * payload with the critical bit (section 2.5); its type is then in
 * `*out_unsupported`. An SK or SKF payload ends the chain (its own next-payload field names the
 * first payload inside). HF_ERR_TOO_LARGE: more than HF_IKEV2_PAYLOADS_MAX. */
hf_status hf_ikev2_chain_decode(uint8_t first, hf_bytes bytes, struct hf_ikev2_chain *out,
                                uint8_t *out_unsupported) HF_MUST_USE;
/* "KE"; NULL for a payload that we do not know. */
const char *hf_ikev2_payload_name(unsigned type);
/* Every known payload of the chain may stand where the chain was found (payloads.def): in clear, or
 * protected by SK or SKF. What a message that fails this says is not to be read. */
bool hf_ikev2_chain_is_allowed(const struct hf_ikev2_chain *chain, bool is_protected);
/* The n-th payload (from 0) of this type; NULL when there is none. */
const struct hf_ikev2_raw_payload *hf_ikev2_chain_find(const struct hf_ikev2_chain *chain,
                                                       uint8_t type, size_t n);
/* The first notify of this type: false when there is none or it does not decode. */
bool hf_ikev2_chain_notify(const struct hf_ikev2_chain *chain, uint16_t type,
                           struct hf_ikev2_notify *out);
/* The first error notify (type below 16384): false when there is none. */
bool hf_ikev2_chain_error(const struct hf_ikev2_chain *chain, struct hf_ikev2_notify *out);

/* Writes a chain into a caller's buffer; the next-payload fields are patched as payloads follow one
 * another. */
struct hf_ikev2_chain_writer {
    hf_writer w;
    uint8_t first;     /* type of the first payload */
    size_t next_field; /* where the current payload's Next Payload stands */
    size_t start;      /* where the current payload starts */
    bool empty;
};
struct hf_ikev2_chain_writer hf_ikev2_chain_begin(void *storage, size_t capacity);
/* Opens a payload: write its body to `&cw->w`, then close it. */
void hf_ikev2_payload_begin(struct hf_ikev2_chain_writer *cw, uint8_t type);
void hf_ikev2_payload_end(struct hf_ikev2_chain_writer *cw);
/* Whole payloads in one call. */
void hf_ikev2_chain_add(struct hf_ikev2_chain_writer *cw, uint8_t type, hf_bytes body);
void hf_ikev2_chain_add_notify(struct hf_ikev2_chain_writer *cw, uint8_t protocol, hf_bytes spi,
                               uint16_t type, hf_bytes data);

/* An unprotected message: header and chain; `header`'s next payload and length are not read.
 * HF_ERR_TOO_LARGE: the chain overflowed, or does not fit `out`'s maximum. `out`'s content is
 * replaced. */
hf_status hf_ikev2_message_encode(const struct hf_ike_header *header,
                                  const struct hf_ikev2_chain_writer *chain,
                                  hf_buf *out) HF_MUST_USE;

/* Both directions' protection of an IKE SA. */
struct hf_ikev2_protection {
    struct hf_cipher *seal;
    struct hf_cipher *open;
    struct hf_cipher_sizes sizes;
    uint64_t sealed; /* messages so far: the AEAD's explicit IV */
};
void hf_ikev2_protection_clear(struct hf_ikev2_protection *protection);

#define HF_IKEV2_DATAGRAMS_MAX HF_FRAGMENTS_MAX

/* The datagrams of one message, kept for retransmission bit for bit. */
struct hf_ikev2_datagrams {
    size_t count;
    hf_buf list[HF_IKEV2_DATAGRAMS_MAX];
};
void hf_ikev2_datagrams_clear(struct hf_ikev2_datagrams *datagrams);

struct hf_env;
/* Protects a chain as one SK message, or as SKF fragments where it would be longer than
 * `max_datagram` octets (UDP payload, marker not counted) and `fragment` is set. CBC IVs come from
 * `env`. `header`'s next payload and length are not read; what `out` held is freed.
 * HF_ERR_TOO_LARGE: the chain overflowed, is longer than a message may be, or needs more than
 * HF_FRAGMENTS_MAX fragments. */
hf_status hf_ikev2_message_seal(struct hf_ikev2_protection *protection,
                                const struct hf_ike_header *header,
                                const struct hf_ikev2_chain_writer *chain, bool fragment,
                                size_t max_datagram, const struct hf_env *env,
                                struct hf_ikev2_datagrams *out) HF_MUST_USE;

/* Opens the SK or SKF payload of a datagram whose header was decoded. `*out` (an initialised
 * buffer, its content is replaced) owns the plaintext chain without padding, `*out_first` is the
 * type of its first payload; unprotected payloads before SK are authenticated and not returned.
 * HF_ERR_BUSY: a fragment was taken and more are missing. HF_ERR_REPLAY: a fragment that is held
 * already or belongs to an older message. HF_ERR_INTEGRITY: not authentic. HF_ERR_MALFORMED:
 * padding or lengths lie, or the message has no SK payload as its last. On failure `*out` is
 * untouched. */
hf_status hf_ikev2_message_open(struct hf_ikev2_protection *protection,
                                const struct hf_ike_header *header, hf_bytes datagram,
                                struct hf_fragments *fragments, hf_buf *out,
                                uint8_t *out_first) HF_MUST_USE;

#endif
