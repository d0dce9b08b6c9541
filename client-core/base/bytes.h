/* Byte strings: borrowed views, owned bounded buffers, and the few operations on them that everyone
 * needs. Not a cursor: reading is reader.h, writing is writer.h. */
#ifndef HF_BASE_BYTES_H
#define HF_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HF_MUST_USE __attribute__((warn_unused_result))

/* Broken promises of our own end the process, in release builds too; input never may (see
 * status.h). */
#define HF_ASSERT(condition)                                                                       \
    ((condition) ? (void)0 : hf_assert_failed(#condition, __FILE__, __LINE__))
_Noreturn void hf_assert_failed(const char *condition, const char *file, int line);

#define HF_ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

/* A borrowed view. `data` may be NULL only when `len` is 0. */
typedef struct hf_bytes {
    const uint8_t *data;
    size_t len;
} hf_bytes;

#define HF_BYTES_OF(array) ((hf_bytes){ (array), sizeof(array) })

/* The bytes of a NUL-terminated string, without the NUL. */
hf_bytes hf_bytes_of_string(const char *text);
bool hf_bytes_equal(hf_bytes a, hf_bytes b);
/* As above, in time that depends on the lengths alone: for everything an attacker could guess byte
 * by byte. */
bool hf_bytes_equal_ct(hf_bytes a, hf_bytes b);
/* ASCII case-insensitive equality: DNS names and keywords. */
bool hf_bytes_equal_nocase(hf_bytes a, hf_bytes b);
/* The `len` bytes from `offset`; empty where they would reach past the end. */
hf_bytes hf_bytes_slice(hf_bytes bytes, size_t offset, size_t len);

/* Copies `len` bytes; unlike memcpy it accepts NULL for an empty source. */
void hf_copy(void *to, const void *from, size_t len);
/* Overwrites memory in a way that the compiler keeps. */
void hf_cleanse(void *data, size_t len);

/* An owned, growing buffer with a stated maximum; `hf_buf_append` fails past it and leaves the
 * content alone. Contents are cleansed when freed or moved, so plaintext may pass through it. */
typedef struct hf_buf {
    uint8_t *data;
    size_t len;
    size_t capacity;
    size_t max;
} hf_buf;

hf_buf hf_buf_with_max(size_t max);
bool hf_buf_append(hf_buf *buf, hf_bytes bytes) HF_MUST_USE;
/* Grows by `len` uninitialised bytes and returns where they start; NULL past the maximum or out of
 * memory. */
uint8_t *hf_buf_extend(hf_buf *buf, size_t len) HF_MUST_USE;
/* Removes `len` bytes from the front (all of them when there are fewer). */
void hf_buf_consume(hf_buf *buf, size_t len);
void hf_buf_clear(hf_buf *buf);
/* Frees the storage; the maximum is kept, so the buffer can be used again. */
void hf_buf_free(hf_buf *buf);
hf_bytes hf_buf_bytes(const hf_buf *buf);

/* Heap copy of `bytes` with a NUL behind it (not counted); NULL out of memory. The caller frees it
 * with free(). */
char *hf_bytes_to_string(hf_bytes bytes) HF_MUST_USE;

#endif
