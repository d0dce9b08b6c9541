/* The bounded reader: see reader.h. */
#include "base/reader.h"

hf_reader hf_reader_of(hf_bytes bytes)
{
    return (hf_reader){ bytes.data, bytes.len };
}

bool hf_read_bytes(hf_reader *r, size_t len, hf_bytes *out)
{
    if (len > r->left)
        return false;
    *out = (hf_bytes){ r->at, len };
    if (len != 0)
        r->at += len;
    r->left -= len;
    return true;
}

static bool read_uint(hf_reader *r, size_t size, uint64_t *out)
{
    hf_bytes bytes;
    uint64_t value = 0;

    if (!hf_read_bytes(r, size, &bytes))
        return false;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | bytes.data[i];
    *out = value;
    return true;
}

bool hf_read_u8(hf_reader *r, uint8_t *out)
{
    uint64_t value;

    if (!read_uint(r, 1, &value))
        return false;
    *out = (uint8_t)value;
    return true;
}

bool hf_read_u16(hf_reader *r, uint16_t *out)
{
    uint64_t value;

    if (!read_uint(r, 2, &value))
        return false;
    *out = (uint16_t)value;
    return true;
}

static bool read_u32_of(hf_reader *r, size_t size, uint32_t *out)
{
    uint64_t value;

    if (!read_uint(r, size, &value))
        return false;
    *out = (uint32_t)value;
    return true;
}

bool hf_read_u24(hf_reader *r, uint32_t *out)
{
    return read_u32_of(r, 3, out);
}

bool hf_read_u32(hf_reader *r, uint32_t *out)
{
    return read_u32_of(r, 4, out);
}

bool hf_read_u64(hf_reader *r, uint64_t *out)
{
    return read_uint(r, 8, out);
}

bool hf_read_copy(hf_reader *r, void *out, size_t len)
{
    hf_bytes bytes;

    if (!hf_read_bytes(r, len, &bytes))
        return false;
    hf_copy(out, bytes.data, bytes.len);
    return true;
}

bool hf_read_nested(hf_reader *r, size_t len, hf_reader *out)
{
    hf_bytes bytes;

    if (!hf_read_bytes(r, len, &bytes))
        return false;
    *out = hf_reader_of(bytes);
    return true;
}

bool hf_read_skip(hf_reader *r, size_t len)
{
    hf_bytes skipped;

    return hf_read_bytes(r, len, &skipped);
}

bool hf_read_until_last(hf_reader *r, size_t tail, hf_bytes *out)
{
    return tail <= r->left && hf_read_bytes(r, r->left - tail, out);
}

hf_bytes hf_read_rest(hf_reader *r)
{
    hf_bytes rest = { r->at, r->left };

    r->at = NULL;
    r->left = 0;
    return rest;
}
