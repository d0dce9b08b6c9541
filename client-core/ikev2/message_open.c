/* Opening of SK and SKF payloads: see message.h. RFC 7296, section 3.14; RFC 5282; RFC 7383,
 * section 2.6. */
#include "ikev2/message.h"

/* The parts of a protected message, borrowed from its datagram. */
struct sealed {
    uint8_t first;          /* type of the first payload inside */
    uint16_t number, total; /* 0 for SK */
    hf_bytes before, iv, content, icv;
};

/* The last payload of the clear part, which must be SK or SKF. What is wrong with the others is
 * told by a peer that is not authenticated, so it is not told apart. */
static hf_status find_sealed(const struct hf_ike_header *header, hf_bytes datagram,
                             struct hf_ikev2_raw_payload *out)
{
    hf_reader r = hf_reader_of(datagram);
    struct hf_ikev2_chain chain;
    uint8_t unsupported;

    if (!hf_read_skip(&r, HF_IKE_HEADER_LEN) ||
        hf_ikev2_chain_decode(header->next_payload, hf_read_rest(&r), &chain, &unsupported) !=
            HF_OK ||
        chain.count == 0)
        return HF_ERR_MALFORMED;
    *out = chain.payloads[chain.count - 1];
    if (out->type != HF_PAYLOAD_SK && out->type != HF_PAYLOAD_SKF)
        return HF_ERR_MALFORMED;
    return HF_OK;
}

/* Encrypted payload body (RFC 7296, section 3.14; with the first line RFC 7383, section 2.5):
 *   +-------------------------------+-------------------------------+
 *   |        Fragment Number        |        Total Fragments        |  SKF only
 *   +-------------------------------+-------------------------------+
 *   |                     Initialization Vector                     |
 *   +---------------------------------------------------------------+
 *   ~                    Encrypted IKE Payloads                     ~
 *   +               +-----------------------------------------------+
 *   |               |             Padding (0-255 octets)            |
 *   +---------------+                               +---------------+
 *   |                                               |  Pad Length   |
 *   +-----------------------------------------------+---------------+
 *   ~                    Integrity Checksum Data                    ~
 *   +---------------------------------------------------------------+  */
static hf_status read_sealed(const struct hf_cipher_sizes *sizes,
                             const struct hf_ikev2_raw_payload *payload, hf_bytes datagram,
                             struct sealed *out)
{
    hf_reader whole = hf_reader_of(datagram), r = hf_reader_of(payload->body);

    out->first = payload->next;
    out->number = out->total = 0;
    if (payload->type == HF_PAYLOAD_SKF &&
        (!hf_read_u16(&r, &out->number) || !hf_read_u16(&r, &out->total) || out->total == 0))
        return HF_ERR_MALFORMED;
    /* The body ends the datagram: what is left of it now was not part of what comes before. */
    if (!hf_read_until_last(&whole, r.left, &out->before) ||
        !hf_read_bytes(&r, sizes->iv, &out->iv) ||
        !hf_read_until_last(&r, sizes->icv, &out->content) ||
        !hf_read_bytes(&r, sizes->icv, &out->icv) || out->content.len == 0)
        return HF_ERR_MALFORMED;
    return HF_OK;
}

/* Padding may have any content, so its length is all there is to check. */
static hf_status remove_padding(hf_bytes padded, hf_bytes *out)
{
    hf_reader r = hf_reader_of(padded), content;
    hf_bytes before_pad_len;
    uint8_t padding;

    if (!hf_read_until_last(&r, 1, &before_pad_len) || !hf_read_u8(&r, &padding))
        return HF_ERR_MALFORMED;
    content = hf_reader_of(before_pad_len);
    return hf_read_until_last(&content, padding, out) ? HF_OK : HF_ERR_MALFORMED;
}

static hf_status decrypt(struct hf_ikev2_protection *p, const struct sealed *sealed, hf_buf *out)
{
    struct hf_cipher_message message = { .before = sealed->before, .iv = sealed->iv.data };
    uint8_t *plaintext;

    /* An AEAD needs no blocks, and some peers make none: RFC 5282, section 3. */
    if (p->sizes.integ_key != 0 && sealed->content.len % p->sizes.block != 0)
        return HF_ERR_MALFORMED;
    plaintext = hf_buf_extend(out, sealed->content.len);
    if (plaintext == NULL)
        return HF_ERR_NO_MEMORY;
    return hf_cipher_open(p->open, &message, sealed->content, plaintext, sealed->icv.data);
}

static hf_status replace(hf_buf *out, hf_bytes content)
{
    hf_buf whole = hf_buf_with_max(HF_IKE_MESSAGE_MAX);

    if (!hf_buf_append(&whole, content))
        return HF_ERR_NO_MEMORY;
    hf_buf_free(out);
    *out = whole;
    return HF_OK;
}

hf_status hf_ikev2_message_open(struct hf_ikev2_protection *p, const struct hf_ike_header *header,
                                hf_bytes datagram, struct hf_fragments *fragments, hf_buf *out,
                                uint8_t *out_first)
{
    hf_buf padded = hf_buf_with_max(HF_IKE_MESSAGE_MAX);
    struct hf_ikev2_raw_payload payload;
    struct sealed sealed;
    hf_bytes content;
    hf_status status = find_sealed(header, datagram, &payload);

    if (status == HF_OK)
        status = read_sealed(&p->sizes, &payload, datagram, &sealed);
    if (status == HF_OK)
        status = decrypt(p, &sealed, &padded);
    if (status == HF_OK)
        status = remove_padding(hf_buf_bytes(&padded), &content);
    if (status == HF_OK && sealed.total != 0)
        status = hf_fragments_add(fragments, header->message_id, sealed.number, sealed.total,
                                  sealed.first, content, out, out_first);
    else if (status == HF_OK) {
        status = replace(out, content);
        if (status == HF_OK)
            *out_first = sealed.first;
    }
    hf_buf_free(&padded);
    return status;
}
