/* Fragments of TLS messages: see tls_fragments.h. */
#include "eap/tls_fragments.h"

#include "base/reader.h"
#include "base/writer.h"

#define FLAG_LENGTH 0x80u
#define FLAG_MORE   0x40u
#define FLAG_START  0x20u

/*   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |L|M|S| Reserved|      TLS Message Length (with L alone)        |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |               |  TLS Data ...                 RFC 5216, section 3.1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-                 reserved bits are ignored  */
hf_status hf_eap_tls_fragment_decode(hf_bytes bytes, struct hf_eap_tls_fragment *out)
{
    hf_reader r = hf_reader_of(bytes);
    uint8_t flags;
    uint32_t length = 0;

    if (!hf_read_u8(&r, &flags) || ((flags & FLAG_LENGTH) != 0 && !hf_read_u32(&r, &length)))
        return HF_ERR_TRUNCATED;
    *out = (struct hf_eap_tls_fragment){ .start = (flags & FLAG_START) != 0,
                                         .more = (flags & FLAG_MORE) != 0,
                                         .has_length = (flags & FLAG_LENGTH) != 0,
                                         .length = length,
                                         .data = hf_read_rest(&r) };
    return HF_OK;
}

/* --- inbox --- */

struct hf_eap_tls_inbox hf_eap_tls_inbox_make(size_t max)
{
    return (struct hf_eap_tls_inbox){ .message = hf_buf_with_max(max) };
}

void hf_eap_tls_inbox_free(struct hf_eap_tls_inbox *inbox)
{
    hf_buf_free(&inbox->message);
}

/* The first fragment of several says how long the whole is (RFC 5216, section 2.1.5); others may
 * say it again. A message in one piece need not. */
static hf_status announce(struct hf_eap_tls_inbox *inbox,
                          const struct hf_eap_tls_fragment *fragment)
{
    bool is_first = inbox->announced == 0;

    if (is_first && fragment->more && !fragment->has_length)
        return HF_ERR_MALFORMED;
    if (!is_first && fragment->has_length && fragment->length != inbox->announced)
        return HF_ERR_MALFORMED;
    if (is_first) {
        inbox->announced = fragment->has_length ? fragment->length : fragment->data.len;
        hf_buf_clear(&inbox->message);
    }
    return inbox->announced > inbox->message.max ? HF_ERR_TOO_LARGE : HF_OK;
}

hf_status hf_eap_tls_inbox_add(struct hf_eap_tls_inbox *inbox,
                               const struct hf_eap_tls_fragment *fragment, bool *out_complete,
                               hf_bytes *out_message)
{
    hf_status status = announce(inbox, fragment);

    if (status != HF_OK)
        return status;
    if (fragment->more && fragment->data.len == 0)
        return HF_ERR_MALFORMED; /* it would never end */
    if (!hf_buf_append(&inbox->message, fragment->data))
        return HF_ERR_TOO_LARGE;
    if (fragment->more ? inbox->message.len >= inbox->announced
                       : inbox->message.len != inbox->announced)
        return HF_ERR_MALFORMED;
    *out_complete = !fragment->more;
    *out_message = fragment->more ? (hf_bytes){ 0 } : hf_buf_bytes(&inbox->message);
    if (!fragment->more)
        inbox->announced = 0;
    return HF_OK;
}

/* --- outbox --- */

struct hf_eap_tls_outbox hf_eap_tls_outbox_make(size_t max, size_t fragment_size)
{
    HF_ASSERT(fragment_size != 0);
    return (struct hf_eap_tls_outbox){ .message = hf_buf_with_max(max),
                                       .fragment_size = fragment_size };
}

void hf_eap_tls_outbox_free(struct hf_eap_tls_outbox *outbox)
{
    hf_buf_free(&outbox->message);
}

bool hf_eap_tls_outbox_is_pending(const struct hf_eap_tls_outbox *outbox)
{
    return outbox->sent != 0;
}

hf_status hf_eap_tls_outbox_next(struct hf_eap_tls_outbox *outbox, hf_buf *out)
{
    hf_reader left = hf_reader_of(hf_buf_bytes(&outbox->message));
    uint8_t header[5];
    hf_writer w = hf_writer_of(header, sizeof header);
    hf_bytes data, written;
    bool is_whole, more;

    HF_ASSERT(hf_read_skip(&left, outbox->sent));
    is_whole = outbox->message.len <= outbox->fragment_size;
    more = left.left > outbox->fragment_size;
    HF_ASSERT(hf_read_bytes(&left, more ? outbox->fragment_size : left.left, &data));
    if (is_whole || outbox->sent != 0) {
        hf_write_u8(&w, more ? FLAG_MORE : 0);
    } else {
        hf_write_u8(&w, FLAG_LENGTH | FLAG_MORE);
        hf_write_u32(&w, (uint32_t)outbox->message.len);
    }
    if (!hf_writer_finish(&w, &written) || !hf_buf_append(out, written) ||
        !hf_buf_append(out, data))
        return HF_ERR_TOO_LARGE;
    outbox->sent += data.len;
    if (!more) {
        hf_buf_clear(&outbox->message);
        outbox->sent = 0;
    }
    return HF_OK;
}
