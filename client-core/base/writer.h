/* The only way to write wire bytes: into storage of fixed size, with an overflow that sticks and is
 * checked once, at the end. Lengths that come before what they measure are reserved and patched.
 * All integers are big-endian. */
#ifndef HF_BASE_WRITER_H
#define HF_BASE_WRITER_H

#include "base/bytes.h"

typedef struct hf_writer {
    uint8_t *data;
    size_t len;
    size_t capacity;
    bool overflow; /* sticky: nothing is written once it is set */
} hf_writer;

hf_writer hf_writer_of(void *storage, size_t capacity);
void hf_write_u8(hf_writer *w, uint8_t value);
void hf_write_u16(hf_writer *w, uint16_t value);
void hf_write_u24(hf_writer *w, uint32_t value);
void hf_write_u32(hf_writer *w, uint32_t value);
void hf_write_u64(hf_writer *w, uint64_t value);
void hf_write_bytes(hf_writer *w, hf_bytes bytes);
void hf_write_zeros(hf_writer *w, size_t len);
/* Skips `len` bytes to be filled by a caller that encrypts in place; NULL on overflow. */
uint8_t *hf_write_reserve(hf_writer *w, size_t len);

/* A length field that is patched when what it counts has been written. */
typedef struct hf_write_mark {
    size_t field; /* where the length stands */
    size_t from;  /* what it counts starts here */
} hf_write_mark;

/* Reserves a 16-bit length that will count everything from `from` (an earlier `w->len`) on. */
hf_write_mark hf_write_len16_begin(hf_writer *w, size_t from);
/* Reserves a 16-bit length that will count what follows it. */
hf_write_mark hf_write_len16_after(hf_writer *w);
void hf_write_len16_end(hf_writer *w, hf_write_mark mark);
/* The same for 32 bits. */
hf_write_mark hf_write_len32_begin(hf_writer *w, size_t from);
void hf_write_len32_end(hf_writer *w, hf_write_mark mark);
/* Overwrites one byte already written. */
void hf_write_patch_u8(hf_writer *w, size_t at, uint8_t value);

/* True, and `*out` borrows what was written, unless anything overflowed. */
bool hf_writer_finish(const hf_writer *w, hf_bytes *out) HF_MUST_USE;

#endif
