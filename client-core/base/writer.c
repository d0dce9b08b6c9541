/* The bounded writer: see writer.h. */
#include "base/writer.h"

#include <string.h>

hf_writer hf_writer_of(void *storage, size_t capacity)
{
    return (hf_writer){ .data = storage, .capacity = capacity };
}

uint8_t *hf_write_reserve(hf_writer *w, size_t len)
{
    uint8_t *at;

    if (w->overflow || len > w->capacity - w->len) {
        w->overflow = true;
        return NULL;
    }
    at = w->data + w->len;
    w->len += len;
    return at;
}

static void put(uint8_t *at, uint64_t value, size_t size)
{
    for (size_t i = size; i > 0; i--) {
        at[i - 1] = (uint8_t)value;
        value >>= 8;
    }
}

static void write_uint(hf_writer *w, uint64_t value, size_t size)
{
    uint8_t *at = hf_write_reserve(w, size);

    if (at != NULL)
        put(at, value, size);
}

void hf_write_u8(hf_writer *w, uint8_t value)
{
    write_uint(w, value, 1);
}

void hf_write_u16(hf_writer *w, uint16_t value)
{
    write_uint(w, value, 2);
}

void hf_write_u24(hf_writer *w, uint32_t value)
{
    write_uint(w, value, 3);
}

void hf_write_u32(hf_writer *w, uint32_t value)
{
    write_uint(w, value, 4);
}

void hf_write_u64(hf_writer *w, uint64_t value)
{
    write_uint(w, value, 8);
}

void hf_write_bytes(hf_writer *w, hf_bytes bytes)
{
    uint8_t *at = hf_write_reserve(w, bytes.len);

    if (at != NULL)
        hf_copy(at, bytes.data, bytes.len);
}

void hf_write_zeros(hf_writer *w, size_t len)
{
    uint8_t *at = hf_write_reserve(w, len);

    if (at != NULL && len != 0)
        memset(at, 0, len);
}

static hf_write_mark begin(hf_writer *w, size_t from, size_t size)
{
    hf_write_mark mark = { .field = w->len, .from = from };

    hf_write_zeros(w, size);
    return mark;
}

/* A length that does not fit its field is an overflow like any other. */
static void end(hf_writer *w, hf_write_mark mark, size_t size, uint64_t max)
{
    if (w->overflow)
        return;
    HF_ASSERT(mark.from <= w->len);
    if (w->len - mark.from > max)
        w->overflow = true;
    else
        put(w->data + mark.field, w->len - mark.from, size);
}

hf_write_mark hf_write_len16_begin(hf_writer *w, size_t from)
{
    return begin(w, from, 2);
}

hf_write_mark hf_write_len16_after(hf_writer *w)
{
    return begin(w, w->len + 2, 2);
}

void hf_write_len16_end(hf_writer *w, hf_write_mark mark)
{
    end(w, mark, 2, UINT16_MAX);
}

hf_write_mark hf_write_len32_begin(hf_writer *w, size_t from)
{
    return begin(w, from, 4);
}

void hf_write_len32_end(hf_writer *w, hf_write_mark mark)
{
    end(w, mark, 4, UINT32_MAX);
}

void hf_write_patch_u8(hf_writer *w, size_t at, uint8_t value)
{
    if (w->overflow)
        return;
    HF_ASSERT(at < w->len);
    w->data[at] = value;
}

bool hf_writer_finish(const hf_writer *w, hf_bytes *out)
{
    if (w->overflow)
        return false;
    *out = (hf_bytes){ w->data, w->len };
    return true;
}
