/* Text forms of addresses and prefixes: see address.h. Written out because the core has no
 * inet_pton(). */
#include "base/address.h"

#include <string.h>

/* Reads up to `digits` digits of a number in `base`, at most `max`; false when there is none or it
 * is too large. */
static bool parse_number(hf_bytes *text, unsigned base, size_t digits, unsigned max, unsigned *out)
{
    unsigned value = 0;
    size_t n = 0;

    for (; n < text->len && n < digits; n++) {
        unsigned c = text->data[n] | 0x20u; /* lower case; digits stay digits */
        unsigned digit = c >= '0' && c <= '9'   ? c - '0'
                         : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                                : base;

        if (text->data[n] < '0' || digit >= base)
            break;
        value = value * base + digit;
    }
    if (n == 0 || value > max)
        return false;
    *text = hf_bytes_slice(*text, n, text->len - n);
    *out = value;
    return true;
}

static bool skip(hf_bytes *text, const char *what)
{
    hf_bytes token = hf_bytes_of_string(what);

    if (!hf_bytes_equal(hf_bytes_slice(*text, 0, token.len), token))
        return false;
    *text = hf_bytes_slice(*text, token.len, text->len - token.len);
    return true;
}

/* "010" is 8 to some readers and 10 to others, so to us it is nothing. */
static bool has_leading_zero(hf_bytes text)
{
    return text.len > 1 && text.data[0] == '0' && text.data[1] >= '0' && text.data[1] <= '9';
}

static bool parse_v4(hf_bytes *text, uint8_t out[4])
{
    for (size_t i = 0; i < 4; i++) {
        unsigned value;

        if ((i > 0 && !skip(text, ".")) || has_leading_zero(*text) ||
            !parse_number(text, 10, 3, 255, &value))
            return false;
        out[i] = (uint8_t)value;
    }
    return true;
}

static bool has_dot_before_colon(hf_bytes text)
{
    for (size_t i = 0; i < text.len && text.data[i] != ':'; i++) {
        if (text.data[i] == '.')
            return true;
    }
    return false;
}

/* Parses groups into `groups` octets until something else comes; true when at least one octet pair
 * was read or none was expected. */
static bool parse_groups(hf_bytes *text, uint8_t out[16], size_t *len)
{
    *len = 0;
    for (;;) {
        unsigned value;

        if (has_dot_before_colon(*text)) {
            *len += 4; /* the dotted form ends an address */
            return *len <= 16 && parse_v4(text, out + *len - 4) && text->len == 0;
        }
        if (*len > 14 || !parse_number(text, 16, 4, 0xffff, &value))
            return false;
        out[(*len)++] = (uint8_t)(value >> 8);
        out[(*len)++] = (uint8_t)value;
        if (text->len < 2 || text->data[0] != ':' || text->data[1] == ':')
            return true;
        (void)skip(text, ":");
    }
}

static bool parse_v6(hf_bytes text, uint8_t out[16])
{
    uint8_t head[16] = { 0 }, tail[16] = { 0 };
    size_t head_len = 0, tail_len = 0;

    if (text.len < 2)
        return false;
    if (!skip(&text, "::")) {
        if (!parse_groups(&text, head, &head_len))
            return false;
        if (head_len == 16 && text.len == 0) {
            memcpy(out, head, 16);
            return true;
        }
        if (!skip(&text, "::"))
            return false;
    }
    if (text.len != 0 && (!parse_groups(&text, tail, &tail_len) || text.len != 0))
        return false;
    if (head_len + tail_len > 14) /* "::" stands for at least one group */
        return false;
    memset(out, 0, 16);
    memcpy(out, head, head_len);
    memcpy(out + 16 - tail_len, tail, tail_len);
    return true;
}

bool hf_address_parse(hf_bytes text, hf_address *out)
{
    hf_address address = { .family = HF_FAMILY_V4 };
    hf_bytes rest = text;

    if (parse_v4(&rest, address.octets) && rest.len == 0) {
        *out = address;
        return true;
    }
    address = (hf_address){ .family = HF_FAMILY_V6 };
    if (!parse_v6(text, address.octets))
        return false;
    *out = address;
    return true;
}

bool hf_prefix_parse(hf_bytes text, hf_prefix *out)
{
    hf_prefix prefix;
    size_t slash = 0;
    unsigned bits;
    hf_bytes rest;

    while (slash < text.len && text.data[slash] != '/')
        slash++;
    if (!hf_address_parse(hf_bytes_slice(text, 0, slash), &prefix.address))
        return false;
    bits = (unsigned)hf_family_octets(prefix.address.family) * 8;
    rest = hf_bytes_slice(text, slash, text.len - slash);
    if (rest.len != 0 &&
        (!skip(&rest, "/") || !parse_number(&rest, 10, 3, bits, &bits) || rest.len != 0))
        return false;
    prefix.bits = (uint8_t)bits;
    prefix.address = hf_prefix_first(&prefix);
    *out = prefix;
    return true;
}

static char *put_number(char *at, unsigned value, unsigned base)
{
    char digits[12];
    size_t n = 0;

    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    while (n > 0)
        *at++ = digits[--n];
    return at;
}

static char *put_v4(char *at, const uint8_t octets[4])
{
    for (size_t i = 0; i < 4; i++) {
        if (i > 0)
            *at++ = '.';
        at = put_number(at, octets[i], 10);
    }
    return at;
}

static unsigned group(const uint8_t octets[16], size_t i)
{
    return (unsigned)octets[2 * i] << 8 | octets[2 * i + 1];
}

/* The longest run of two or more zero groups, the first of equals (RFC 5952, section 4.2). */
static size_t longest_zero_run(const uint8_t octets[16], size_t *len)
{
    size_t best = 8;

    *len = 1;
    for (size_t i = 0; i < 8; i++) {
        size_t n = 0;

        while (i + n < 8 && group(octets, i + n) == 0)
            n++;
        if (n > *len) {
            best = i;
            *len = n;
        }
        i += n;
    }
    return best;
}

static char *put_v6(char *at, const uint8_t octets[16])
{
    size_t run_len, run = longest_zero_run(octets, &run_len);

    for (size_t i = 0; i < 8; i++) {
        if (i == run) {
            *at++ = ':';
            *at++ = ':';
            i += run_len - 1;
            continue;
        }
        if (i > 0 && at[-1] != ':')
            *at++ = ':';
        at = put_number(at, group(octets, i), 16);
    }
    return at;
}

static char *put_address(char *at, const hf_address *address)
{
    switch (address->family) {
    case HF_FAMILY_V4:
        return put_v4(at, address->octets);
    case HF_FAMILY_V6:
        return put_v6(at, address->octets);
    case HF_FAMILY_NONE:
        break;
    }
    *at = '-';
    return at + 1;
}

const char *hf_address_format(const hf_address *address, char text[HF_ADDRESS_TEXT_MAX])
{
    *put_address(text, address) = '\0';
    return text;
}

const char *hf_prefix_format(const hf_prefix *prefix, char text[HF_PREFIX_TEXT_MAX])
{
    char *at = put_address(text, &prefix->address);

    *at++ = '/';
    *put_number(at, prefix->bits, 10) = '\0';
    return text;
}
