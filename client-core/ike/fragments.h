/* Reassembly of encrypted fragments (RFC 7383, section 2.6): bounded in number and size,
 * order-free, one message at a time. The two directions of requests number their messages
 * independently: keep one collection for requests and one for responses. */
#ifndef HF_IKE_FRAGMENTS_H
#define HF_IKE_FRAGMENTS_H

#include "base/bytes.h"
#include "base/status.h"

#define HF_FRAGMENTS_MAX 64

struct hf_fragments {
    uint16_t total; /* 0: nothing collected */
    uint16_t received;
    uint32_t message_id;
    uint8_t first_payload; /* next payload field of fragment 1 */
    size_t len;            /* octets held */
    uint64_t present;      /* bit n: fragment n + 1 is held */
    hf_buf parts[HF_FRAGMENTS_MAX];
};

void hf_fragments_init(struct hf_fragments *fragments);
void hf_fragments_clear(struct hf_fragments *fragments);
/* Takes the plaintext of one authenticated fragment. HF_OK: `*out` (an initialised buffer, its
 * content is replaced) holds the whole inner payload chain, `*out_first` its first payload type,
 * and the collection is empty again. HF_ERR_BUSY: more are missing; a higher message id or total
 * started the collection over. HF_ERR_MALFORMED: number 0, number above total, total 0 or above the
 * bound, or fewer fragments in total than the message announced before (RFC 7383, section 2.6: such
 * are dropped). HF_ERR_REPLAY: a duplicate, or of an older message; nothing changes.
 * HF_ERR_TOO_LARGE: more than 64 KiB; the collection is dropped. */
hf_status hf_fragments_add(struct hf_fragments *fragments, uint32_t message_id, uint16_t number,
                           uint16_t total, uint8_t first_payload, hf_bytes plaintext, hf_buf *out,
                           uint8_t *out_first) HF_MUST_USE;

#endif
