/* The shape that payloads, proposals, transforms and traffic selectors share: two octets and a
 * 16-bit length that counts from the first of them on. */
#ifndef HF_IKEV2_BLOCK_H
#define HF_IKEV2_BLOCK_H

#include "base/reader.h"
#include "base/status.h"

struct hf_ikev2_block {
    uint8_t first, second; /* the two octets before the length */
    hf_reader body;        /* what the length covers behind them */
};

/* Reads one block and moves `r` behind it: at least 4 octets are consumed on success.
 * HF_ERR_TRUNCATED: fewer octets than the head or the length announce. HF_ERR_MALFORMED: a length
 * below 4. */
hf_status hf_ikev2_block_read(hf_reader *r, struct hf_ikev2_block *out) HF_MUST_USE;

#endif
