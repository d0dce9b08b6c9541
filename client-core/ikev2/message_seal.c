/* Sealing of messages into SK and SKF payloads: see message.h. RFC 7296, section 3.14; RFC 5282;
 * RFC 7383, section 2.5. */
#include "base/env.h"
#include "ikev2/message.h"

#define PAYLOAD_HEADER_LEN  ((size_t)4)
#define FRAGMENT_HEADER_LEN ((size_t)4)

/* One datagram to be made: a whole chain (`total` 0: SK) or a piece of one (SKF). */
struct piece {
    uint8_t first; /* next payload field of SK or SKF */
    uint16_t number, total;
    hf_bytes content;
};

/* Octets of padding, so that content, padding and the pad length octet fill whole blocks. */
static size_t padding_of(size_t content, size_t block)
{
    size_t past = (content + 1) % block;

    return past == 0 ? 0 : block - past;
}

static size_t sealed_len(const struct hf_cipher_sizes *sizes, const struct piece *piece)
{
    return HF_IKE_HEADER_LEN + PAYLOAD_HEADER_LEN + (piece->total == 0 ? 0 : FRAGMENT_HEADER_LEN) +
           sizes->iv + piece->content.len + padding_of(piece->content.len, sizes->block) + 1 +
           sizes->icv;
}

/* An AEAD's IV must never repeat, so it counts; that of CBC must not be predictable, so it is
 * random. RFC 5282, section 3.1; RFC 7296, section 3.14. */
static bool make_iv(struct hf_ikev2_protection *p, const struct hf_env *env, uint8_t *iv)
{
    hf_writer w = hf_writer_of(iv, p->sizes.iv);
    hf_bytes counted;

    if (p->sealed == UINT64_MAX)
        return false;
    if (p->sizes.integ_key != 0) {
        p->sealed++;
        return hf_env_random(env, iv, p->sizes.iv);
    }
    hf_write_u64(&w, p->sealed++);
    return hf_writer_finish(&w, &counted);
}

/* Everything that is authenticated and not encrypted: IKE header, header of SK or SKF.
 *   +---------------+-+-------------+-------------------------------+
 *   | Next Payload  |C|  RESERVED   |         Payload Length        |
 *   +---------------+-+-------------+-------------------------------+
 *   |        Fragment Number        |        Total Fragments        |  SKF only
 *   +-------------------------------+-------------------------------+  */
static void write_before(hf_writer *w, const struct hf_ike_header *header,
                         const struct piece *piece, size_t len)
{
    struct hf_ike_header own = *header;

    own.next_payload = piece->total == 0 ? HF_PAYLOAD_SK : HF_PAYLOAD_SKF;
    own.length = (uint32_t)len;
    hf_ike_header_encode(w, &own);
    hf_write_u8(w, piece->first);
    hf_write_u8(w, 0); /* not critical, RESERVED */
    hf_write_u16(w, (uint16_t)(len - HF_IKE_HEADER_LEN));
    if (piece->total != 0) {
        hf_write_u16(w, piece->number);
        hf_write_u16(w, piece->total);
    }
}

static hf_status seal_piece(struct hf_ikev2_protection *p, const struct hf_ike_header *header,
                            const struct piece *piece, const struct hf_env *env, hf_buf *out)
{
    size_t len = sealed_len(&p->sizes, piece);
    size_t padding = padding_of(piece->content.len, p->sizes.block);
    size_t inner_len = piece->content.len + padding + 1;
    hf_buf datagram = hf_buf_with_max(len);
    uint8_t *storage = hf_buf_extend(&datagram, len);
    hf_status status = HF_ERR_NO_MEMORY;
    hf_writer w = hf_writer_of(storage, len);
    struct hf_cipher_message message = { 0 };
    uint8_t *iv, *inner, *icv;

    if (storage == NULL)
        goto done;
    write_before(&w, header, piece, len);
    message.before = (hf_bytes){ storage, w.len };
    iv = hf_write_reserve(&w, p->sizes.iv);
    inner = storage + w.len;
    hf_write_bytes(&w, piece->content);
    hf_write_zeros(&w, padding);
    hf_write_u8(&w, (uint8_t)padding);
    icv = hf_write_reserve(&w, p->sizes.icv);
    message.iv = iv;
    status = HF_ERR_CRYPTO;
    if (w.overflow || !make_iv(p, env, iv))
        goto done;
    status = hf_cipher_seal(p->seal, &message, (hf_bytes){ inner, inner_len }, inner, icv);
done:
    if (status == HF_OK)
        *out = datagram;
    else
        hf_buf_free(&datagram);
    return status;
}

/* Octets of content that fit a fragment of `max_datagram` octets; 0 when none does. */
static size_t content_per_fragment(const struct hf_cipher_sizes *sizes, size_t max_datagram)
{
    size_t fixed =
        HF_IKE_HEADER_LEN + PAYLOAD_HEADER_LEN + FRAGMENT_HEADER_LEN + sizes->iv + sizes->icv;
    size_t blocks = max_datagram <= fixed ? 0 : (max_datagram - fixed) / sizes->block;

    return blocks == 0 ? 0 : blocks * sizes->block - 1; /* the pad length octet */
}

static hf_status seal_fragments(struct hf_ikev2_protection *p, const struct hf_ike_header *header,
                                uint8_t first, hf_bytes content, size_t max_datagram,
                                const struct hf_env *env, struct hf_ikev2_datagrams *out)
{
    size_t chunk = content_per_fragment(&p->sizes, max_datagram);
    size_t total = chunk == 0 ? SIZE_MAX : (content.len + chunk - 1) / chunk;
    hf_reader r = hf_reader_of(content);

    if (total > HF_IKEV2_DATAGRAMS_MAX)
        return HF_ERR_TOO_LARGE;
    for (uint16_t number = 1; number <= total; number++) {
        struct piece piece = { .number = number, .total = (uint16_t)total };
        hf_status status;

        piece.first = number == 1 ? first : HF_PAYLOAD_NONE;
        if (!hf_read_bytes(&r, r.left < chunk ? r.left : chunk, &piece.content))
            return HF_ERR_INTERNAL;
        status = seal_piece(p, header, &piece, env, &out->list[out->count]);
        if (status != HF_OK)
            return status;
        out->count++;
    }
    return HF_OK;
}

hf_status hf_ikev2_message_seal(struct hf_ikev2_protection *p, const struct hf_ike_header *header,
                                const struct hf_ikev2_chain_writer *chain, bool fragment,
                                size_t max_datagram, const struct hf_env *env,
                                struct hf_ikev2_datagrams *out)
{
    struct hf_ikev2_datagrams made = { 0 };
    struct piece whole = { .first = chain->first };
    hf_status status;

    if (!hf_writer_finish(&chain->w, &whole.content) ||
        sealed_len(&p->sizes, &whole) > HF_IKE_MESSAGE_MAX)
        return HF_ERR_TOO_LARGE;
    if (fragment && sealed_len(&p->sizes, &whole) > max_datagram)
        status = seal_fragments(p, header, chain->first, whole.content, max_datagram, env, &made);
    else {
        status = seal_piece(p, header, &whole, env, &made.list[0]);
        made.count = status == HF_OK;
    }
    if (status != HF_OK) {
        hf_ikev2_datagrams_clear(&made);
        return status;
    }
    hf_ikev2_datagrams_clear(out);
    *out = made;
    return HF_OK;
}
