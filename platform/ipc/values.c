/* Values of message bodies: see values.h. */
#include "ipc/values.h"

void hf_ipc_write_address(hf_writer *w, const hf_address *address)
{
    hf_write_u8(w, (uint8_t)address->family);
    hf_write_bytes(w, hf_address_bytes(address));
}

bool hf_ipc_read_address(hf_reader *r, hf_address *out)
{
    hf_reader cursor = *r;
    hf_address address = { 0 };
    uint8_t family;

    if (!hf_read_u8(&cursor, &family))
        return false;
    if (family != HF_FAMILY_NONE && family != HF_FAMILY_V4 && family != HF_FAMILY_V6)
        return false;
    address.family = (enum hf_family)family;
    if (!hf_read_copy(&cursor, address.octets, hf_family_octets(address.family)))
        return false;
    *out = address;
    *r = cursor;
    return true;
}

void hf_ipc_write_prefix(hf_writer *w, const hf_prefix *prefix)
{
    hf_ipc_write_address(w, &prefix->address);
    hf_write_u8(w, prefix->bits);
}

bool hf_ipc_read_prefix(hf_reader *r, hf_prefix *out)
{
    hf_reader cursor = *r;
    hf_prefix prefix;

    if (!hf_ipc_read_address(&cursor, &prefix.address) || !hf_read_u8(&cursor, &prefix.bits) ||
        prefix.bits > hf_family_octets(prefix.address.family) * 8)
        return false;
    *out = prefix;
    *r = cursor;
    return true;
}

void hf_ipc_write_endpoint(hf_writer *w, const hf_endpoint *endpoint)
{
    hf_ipc_write_address(w, &endpoint->address);
    hf_write_u16(w, endpoint->port);
}

bool hf_ipc_read_endpoint(hf_reader *r, hf_endpoint *out)
{
    hf_reader cursor = *r;
    hf_endpoint endpoint;

    if (!hf_ipc_read_address(&cursor, &endpoint.address) || !hf_read_u16(&cursor, &endpoint.port))
        return false;
    *out = endpoint;
    *r = cursor;
    return true;
}

void hf_ipc_write_bool(hf_writer *w, bool value)
{
    hf_write_u8(w, value ? 1 : 0);
}

bool hf_ipc_read_bool(hf_reader *r, bool *out)
{
    hf_reader cursor = *r;
    uint8_t value;

    if (!hf_read_u8(&cursor, &value) || value > 1)
        return false;
    *out = value == 1;
    *r = cursor;
    return true;
}

void hf_ipc_write_below(hf_writer *w, size_t value, size_t bound)
{
    HF_ASSERT(value < bound && value <= UINT16_MAX);
    hf_write_u16(w, (uint16_t)value);
}

bool hf_ipc_read_below(hf_reader *r, size_t bound, size_t *out)
{
    hf_reader cursor = *r;
    uint16_t value;

    if (!hf_read_u16(&cursor, &value) || value >= bound)
        return false;
    *out = value;
    *r = cursor;
    return true;
}

void hf_ipc_write_status(hf_writer *w, hf_status status)
{
    hf_ipc_write_below(w, (size_t)status, HF_STATUS_COUNT);
}

bool hf_ipc_read_status(hf_reader *r, hf_status *out)
{
    size_t value;

    if (!hf_ipc_read_below(r, HF_STATUS_COUNT, &value))
        return false;
    *out = (hf_status)value;
    return true;
}

void hf_ipc_write_text(hf_writer *w, const char *text)
{
    hf_write_mark length = hf_write_len16_after(w);

    hf_write_bytes(w, hf_bytes_of_string(text));
    hf_write_len16_end(w, length);
}

static bool is_printable(hf_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20 || text.data[i] > 0x7e)
            return false;
    }
    return true;
}

bool hf_ipc_read_text(hf_reader *r, char *out, size_t capacity)
{
    hf_reader cursor = *r;
    uint16_t length;
    hf_bytes text;

    if (!hf_read_u16(&cursor, &length) || length >= capacity ||
        !hf_read_bytes(&cursor, length, &text) || !is_printable(text))
        return false;
    hf_copy(out, text.data, text.len);
    out[text.len] = '\0';
    *r = cursor;
    return true;
}
