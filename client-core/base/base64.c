/* Base64: see base64.h. */
#include "base/base64.h"

static int digit_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Keys come this way: what is dropped is cleansed. */
static bool give_up(hf_buf *out, size_t len)
{
    if (out->len > len)
        hf_cleanse(out->data + len, out->len - len);
    out->len = len;
    return false;
}

bool hf_base64_decode(hf_bytes text, hf_buf *out)
{
    size_t before = out->len, digits = 0;
    uint32_t group = 0;

    for (size_t i = 0; i < text.len && text.data[i] != '='; i++) {
        int digit = digit_of(text.data[i]);
        uint8_t octet;

        if (is_space(text.data[i]))
            continue;
        if (digit < 0)
            return give_up(out, before);
        group = group << 6 | (uint32_t)digit;
        if (++digits % 4 == 1)
            continue;
        octet = (uint8_t)(group >> (digits % 4 == 0 ? 0 : digits % 4 == 3 ? 2 : 4));
        if (!hf_buf_append(out, (hf_bytes){ &octet, 1 }))
            return give_up(out, before);
    }
    return digits % 4 != 1 || give_up(out, before);
}
