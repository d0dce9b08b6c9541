/* The only way to read wire bytes: a cursor by value whose getters advance or fail.
 * A nested length makes a nested reader, so no length is ever subtracted by hand. All integers are
 * big-endian. */
#ifndef HF_BASE_READER_H
#define HF_BASE_READER_H

#include "base/bytes.h"

typedef struct hf_reader {
    const uint8_t *at;
    size_t left;
} hf_reader;

hf_reader hf_reader_of(hf_bytes bytes);
/* Each getter returns false, and changes neither the cursor nor the output, when too few bytes are
 * left. */
bool hf_read_u8(hf_reader *r, uint8_t *out) HF_MUST_USE;
bool hf_read_u16(hf_reader *r, uint16_t *out) HF_MUST_USE;
bool hf_read_u24(hf_reader *r, uint32_t *out) HF_MUST_USE;
bool hf_read_u32(hf_reader *r, uint32_t *out) HF_MUST_USE;
bool hf_read_u64(hf_reader *r, uint64_t *out) HF_MUST_USE;
/* The next `len` bytes, borrowed. */
bool hf_read_bytes(hf_reader *r, size_t len, hf_bytes *out) HF_MUST_USE;
/* The next `len` bytes, copied. */
bool hf_read_copy(hf_reader *r, void *out, size_t len) HF_MUST_USE;
/* The next `len` bytes as a reader of their own. */
bool hf_read_nested(hf_reader *r, size_t len, hf_reader *out) HF_MUST_USE;
bool hf_read_skip(hf_reader *r, size_t len) HF_MUST_USE;
/* All but the last `tail` bytes, borrowed: for what ends in a field of known size (a checksum). */
bool hf_read_until_last(hf_reader *r, size_t tail, hf_bytes *out) HF_MUST_USE;
/* All that is left, borrowed; the reader is then empty. */
hf_bytes hf_read_rest(hf_reader *r);

#endif
