/* Checks of text from files: see text.h. */
#include "profile/text.h"

#include <string.h>

/* Length of the UTF-8 sequence that `first` begins and the smallest code point it may carry; 0 for
 * an invalid octet. */
static size_t sequence_len(uint8_t first, uint32_t *out_smallest)
{
    static const struct {
        uint8_t mask, value;
        size_t len;
        uint32_t smallest;
    } rows[] = {
        {0x80,  0x00, 1, 0      },
        { 0xe0, 0xc0, 2, 0x80   },
        { 0xf0, 0xe0, 3, 0x800  },
        { 0xf8, 0xf0, 4, 0x10000}
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        if ((first & rows[i].mask) == rows[i].value) {
            *out_smallest = rows[i].smallest;
            return rows[i].len;
        }
    }
    return 0;
}

static bool is_clean_code_point(uint32_t c, uint32_t smallest)
{
    bool is_control = c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
    bool is_bidi =
        (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069); /* could disguise a name */

    return c >= smallest && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff) && !is_control && !is_bidi;
}

bool hf_text_is_clean(hf_bytes text)
{
    for (size_t i = 0; i < text.len;) {
        uint32_t smallest, c;
        size_t len = sequence_len(text.data[i], &smallest);

        if (len == 0 || len > text.len - i)
            return false;
        c = len == 1 ? text.data[i] : text.data[i] & (0x7fu >> len);
        for (size_t k = 1; k < len; k++) {
            if ((text.data[i + k] & 0xc0) != 0x80)
                return false;
            c = c << 6 | (text.data[i + k] & 0x3fu);
        }
        if (!is_clean_code_point(c, smallest))
            return false;
        i += len;
    }
    return true;
}

static bool is_host_octet(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

bool hf_text_is_host_name(hf_bytes text)
{
    size_t label = 0;

    if (text.len == 0 || text.len > 253)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '.') {
            if (label == 0)
                return false;
            label = 0;
        } else if (!is_host_octet(text.data[i]) || ++label > 63) {
            return false;
        }
    }
    return label != 0;
}

bool hf_text_copy(hf_bytes text, char *out, size_t capacity)
{
    if (text.len >= capacity || !hf_text_is_clean(text))
        return false;
    hf_copy(out, text.data, text.len);
    out[text.len] = '\0';
    return true;
}

void hf_text_make_id(hf_bytes name, char out[65])
{
    size_t len = 0;

    for (size_t i = 0; i < name.len && len < 64; i++) {
        uint8_t c = name.data[i];

        if (c >= 'A' && c <= 'Z')
            c = (uint8_t)(c + ('a' - 'A'));
        if (is_host_octet(c) || (c == '.' && len > 0))
            out[len++] = (char)c;
        else if (len > 0 && out[len - 1] != '-')
            out[len++] = '-';
    }
    while (len > 0 && out[len - 1] == '-')
        len--;
    out[len] = '\0';
    if (len == 0)
        hf_copy(out, "profile", sizeof "profile");
}

static bool parse_port(hf_bytes text, uint16_t *out)
{
    uint32_t value = 0;

    if (text.len == 0 || text.len > 5)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        value = value * 10 + (uint32_t)(text.data[i] - '0');
    }
    *out = (uint16_t)value;
    return value <= UINT16_MAX;
}

bool hf_profile_ports_parse(hf_bytes text, struct hf_profile_ports *out)
{
    struct hf_profile_ports ports;
    size_t dash = 0;

    while (dash < text.len && text.data[dash] != '-')
        dash++;
    if (!parse_port(hf_bytes_slice(text, 0, dash), &ports.first))
        return false;
    ports.last = ports.first;
    if (dash < text.len &&
        !parse_port(hf_bytes_slice(text, dash + 1, text.len - dash - 1), &ports.last))
        return false;
    if (ports.first > ports.last)
        return false;
    *out = ports;
    return true;
}

static char *put_port(char *at, uint16_t port)
{
    char digits[5];
    size_t n = 0;

    do
        digits[n++] = (char)('0' + port % 10);
    while ((port = (uint16_t)(port / 10)) != 0);
    while (n > 0)
        *at++ = digits[--n];
    return at;
}

const char *hf_profile_ports_format(const struct hf_profile_ports *ports,
                                    char out[HF_PORTS_TEXT_MAX])
{
    char *at = put_port(out, ports->first);

    if (ports->last != ports->first) {
        *at++ = '-';
        at = put_port(at, ports->last);
    }
    *at = '\0';
    return out;
}
