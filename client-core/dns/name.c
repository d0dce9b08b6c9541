/* Host names of DNS: see name.h. */
#include "dns/name.h"

#include "base/writer.h"

#include <string.h>

enum { LABEL_MAX = 63, POINTER = 0xc0 };

/* --- Text ------------------------------------------------------------------------------------ */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter_or_digit(uint8_t c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_label(hf_bytes label)
{
    if (label.len == 0 || label.len > LABEL_MAX || label.data[0] == '-' ||
        label.data[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++) {
        uint8_t c = label.data[i];

        if (!is_letter_or_digit(c) && c != '-' && c != '_')
            return false;
    }
    return true;
}

static bool is_number(hf_bytes label)
{
    for (size_t i = 0; i < label.len; i++) {
        if (!is_digit(label.data[i]))
            return false;
    }
    return true;
}

/* The label up to the next dot, which is skipped; `*out_more` tells whether there was one. */
static bool next_label(hf_reader *r, hf_bytes *out, bool *out_more)
{
    const uint8_t *dot = r->left == 0 ? NULL : memchr(r->at, '.', r->left);

    if (dot == NULL)
        *out = hf_read_rest(r);
    else if (!hf_read_bytes(r, (size_t)(dot - r->at), out) || !hf_read_skip(r, 1))
        return false;
    *out_more = dot != NULL;
    return true;
}

hf_status hf_dns_name_of_text(hf_bytes text, struct hf_dns_name *out)
{
    struct hf_dns_name name;
    hf_writer w = hf_writer_of(name.data, sizeof name.data);
    hf_reader r = hf_reader_of(text);
    hf_bytes label, written;
    bool more = true;

    /* A dot at the end leaves nothing behind it, and that nothing is no label. */
    while (more && (r.left != 0 || w.len == 0)) {
        if (!next_label(&r, &label, &more) || !is_label(label))
            return HF_ERR_USAGE;
        hf_write_u8(&w, (uint8_t)label.len);
        hf_write_bytes(&w, label);
    }
    hf_write_u8(&w, 0);
    if (is_number(label) || !hf_writer_finish(&w, &written))
        return HF_ERR_USAGE;
    name.len = written.len;
    *out = name;
    return HF_OK;
}

hf_bytes hf_dns_name_bytes(const struct hf_dns_name *name)
{
    return (hf_bytes){ name->data, name->len };
}

/* Lengths of labels are below 64, so folding the case of letters leaves them alone. */
bool hf_dns_name_equal(const struct hf_dns_name *a, const struct hf_dns_name *b)
{
    return hf_bytes_equal_nocase(hf_dns_name_bytes(a), hf_dns_name_bytes(b));
}

/* --- Wire ------------------------------------------------------------------------------------ */

/* The place where `r`, a reader into `message`, stands. */
static size_t offset_of(hf_bytes message, const hf_reader *r)
{
    hf_reader whole = hf_reader_of(message);
    hf_bytes before = { 0 };

    return hf_read_until_last(&whole, r->left, &before) ? before.len : 0;
}

/* A walk through the labels of one name. */
struct walk {
    hf_bytes message;
    hf_reader at;
    hf_reader behind; /* what follows the name: stays at the first pointer */
    bool has_jumped;
    size_t limit; /* pointers must point before this */
};

/* Each pointer points before the one it was reached by, so there is an end.
 *   +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
 *   | 1  1|                OFFSET                   |
 *   +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+  */
static hf_status jump(struct walk *walk, uint8_t high)
{
    hf_reader target = hf_reader_of(walk->message);
    uint8_t low;
    size_t offset;

    if (!hf_read_u8(&walk->at, &low))
        return HF_ERR_TRUNCATED;
    offset = (size_t)(high & ~POINTER) << 8 | low;
    if (offset >= walk->limit || !hf_read_skip(&target, offset))
        return HF_ERR_MALFORMED;
    if (!walk->has_jumped)
        walk->behind = walk->at;
    walk->has_jumped = true;
    walk->limit = offset;
    walk->at = target;
    return HF_OK;
}

/* One label, empty at the end, or a jump to more of them. */
static hf_status step(struct walk *walk, hf_writer *w, bool *out_end)
{
    hf_bytes label;
    uint8_t len;

    if (!hf_read_u8(&walk->at, &len))
        return HF_ERR_TRUNCATED;
    if ((len & POINTER) == POINTER)
        return jump(walk, len);
    if (len > LABEL_MAX)
        return HF_ERR_MALFORMED;
    if (!hf_read_bytes(&walk->at, len, &label))
        return HF_ERR_TRUNCATED;
    hf_write_u8(w, len);
    hf_write_bytes(w, label);
    *out_end = len == 0;
    return w->overflow ? HF_ERR_MALFORMED : HF_OK;
}

hf_status hf_dns_name_read(hf_bytes message, hf_reader *r, struct hf_dns_name *out)
{
    struct walk walk = { .message = message, .at = *r, .limit = offset_of(message, r) };
    struct hf_dns_name name;
    hf_writer w = hf_writer_of(name.data, sizeof name.data);
    bool is_end = false;

    while (!is_end) {
        hf_status status = step(&walk, &w, &is_end);

        if (status != HF_OK)
            return status;
    }
    name.len = w.len;
    *r = walk.has_jumped ? walk.behind : walk.at;
    *out = name;
    return HF_OK;
}
