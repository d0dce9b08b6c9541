/* Payload chains: see message.h. */
#include "ikev2/block.h"
#include "ikev2/message.h"

enum { CRITICAL = 0x80 };

/* --- What we know about each payload --------------------------------------------------------- */

enum place { IN_CLEAR = 1, PROTECTED = 2 };

static const struct known {
    const char *name;
    unsigned places;
} known_payloads[] = {
#define HF_PAYLOAD(type, name, places) [HF_PAYLOAD_##type] = { name, places },
#include "ikev2/payloads.def"
#undef HF_PAYLOAD
};

/* NULL for a type that is not in payloads.def. */
static const struct known *find_known(unsigned type)
{
    if (type >= HF_ARRAY_LEN(known_payloads) || known_payloads[type].name == NULL)
        return NULL;
    return &known_payloads[type];
}

const char *hf_ikev2_payload_name(unsigned type)
{
    const struct known *known = find_known(type);

    return known == NULL ? NULL : known->name;
}

bool hf_ikev2_chain_is_allowed(const struct hf_ikev2_chain *chain, bool is_protected)
{
    for (size_t i = 0; i < chain->count; i++) {
        const struct known *known = find_known(chain->payloads[i].type);

        if (known != NULL && (known->places & (is_protected ? PROTECTED : IN_CLEAR)) == 0)
            return false;
    }
    return true;
}

/* --- Reading --------------------------------------------------------------------------------- */

static bool is_encrypted(uint8_t type)
{
    return type == HF_PAYLOAD_SK || type == HF_PAYLOAD_SKF;
}

/* Generic payload header (RFC 7296, section 3.2):
 *   +---------------+-+-------------+-------------------------------+
 *   | Next Payload  |C|  RESERVED   |         Payload Length        |
 *   +---------------+-+-------------+-------------------------------+  */
static hf_status read_payload(hf_reader *r, uint8_t type, struct hf_ikev2_raw_payload *out)
{
    struct hf_ikev2_block block;
    hf_status status = hf_ikev2_block_read(r, &block);

    if (status != HF_OK)
        return status;
    *out = (struct hf_ikev2_raw_payload){ .type = type,
                                          .next = block.first,
                                          .critical = (block.second & CRITICAL) != 0,
                                          .body = hf_read_rest(&block.body) };
    return HF_OK;
}

hf_status hf_ikev2_chain_decode(uint8_t first, hf_bytes bytes, struct hf_ikev2_chain *out,
                                uint8_t *out_unsupported)
{
    hf_reader r = hf_reader_of(bytes);
    struct hf_ikev2_chain chain = { 0 };

    for (uint8_t type = first; type != HF_PAYLOAD_NONE;) {
        struct hf_ikev2_raw_payload payload;
        hf_status status = read_payload(&r, type, &payload);

        if (status != HF_OK)
            return status;
        if (payload.critical && find_known(type) == NULL) {
            *out_unsupported = type;
            return HF_ERR_UNSUPPORTED_CRITICAL;
        }
        if (chain.count == HF_IKEV2_PAYLOADS_MAX)
            return HF_ERR_TOO_LARGE;
        chain.payloads[chain.count++] = payload;
        /* What SK names as next is inside it: RFC 7296, section 3.14. */
        type = is_encrypted(type) ? HF_PAYLOAD_NONE : payload.next;
    }
    if (r.left != 0)
        return HF_ERR_MALFORMED;
    *out = chain;
    return HF_OK;
}

const struct hf_ikev2_raw_payload *hf_ikev2_chain_find(const struct hf_ikev2_chain *chain,
                                                       uint8_t type, size_t n)
{
    for (size_t i = 0; i < chain->count; i++) {
        if (chain->payloads[i].type == type && n-- == 0)
            return &chain->payloads[i];
    }
    return NULL;
}

/* The first notify of this type, or, with `any_error`, of any error type. */
static bool find_notify(const struct hf_ikev2_chain *chain, uint16_t type, bool any_error,
                        struct hf_ikev2_notify *out)
{
    for (size_t i = 0; i < chain->count; i++) {
        struct hf_ikev2_notify notify;

        if (chain->payloads[i].type != HF_PAYLOAD_NOTIFY ||
            hf_ikev2_notify_decode(chain->payloads[i].body, &notify) != HF_OK)
            continue;
        if (any_error ? notify.type < HF_NOTIFY_FIRST_STATUS : notify.type == type) {
            *out = notify;
            return true;
        }
    }
    return false;
}

bool hf_ikev2_chain_notify(const struct hf_ikev2_chain *chain, uint16_t type,
                           struct hf_ikev2_notify *out)
{
    return find_notify(chain, type, false, out);
}

bool hf_ikev2_chain_error(const struct hf_ikev2_chain *chain, struct hf_ikev2_notify *out)
{
    return find_notify(chain, 0, true, out);
}

/* --- Writing --------------------------------------------------------------------------------- */

struct hf_ikev2_chain_writer hf_ikev2_chain_begin(void *storage, size_t capacity)
{
    return (struct hf_ikev2_chain_writer){ .w = hf_writer_of(storage, capacity), .empty = true };
}

void hf_ikev2_payload_begin(struct hf_ikev2_chain_writer *cw, uint8_t type)
{
    if (cw->empty)
        cw->first = type;
    else
        hf_write_patch_u8(&cw->w, cw->next_field, type);
    cw->empty = false;
    cw->start = cw->w.len;
    cw->next_field = cw->start;
    hf_write_u8(&cw->w, HF_PAYLOAD_NONE); /* patched by the next payload */
    hf_write_u8(&cw->w, 0);  /* not critical: every payload of RFC 7296 is understood */
    hf_write_u16(&cw->w, 0); /* patched at the end */
}

void hf_ikev2_payload_end(struct hf_ikev2_chain_writer *cw)
{
    hf_write_len16_end(&cw->w, (hf_write_mark){ .field = cw->start + 2, .from = cw->start });
}

void hf_ikev2_chain_add(struct hf_ikev2_chain_writer *cw, uint8_t type, hf_bytes body)
{
    hf_ikev2_payload_begin(cw, type);
    hf_write_bytes(&cw->w, body);
    hf_ikev2_payload_end(cw);
}

void hf_ikev2_chain_add_notify(struct hf_ikev2_chain_writer *cw, uint8_t protocol, hf_bytes spi,
                               uint16_t type, hf_bytes data)
{
    struct hf_ikev2_notify notify = {
        .protocol = protocol, .type = type, .spi = spi, .data = data
    };

    hf_ikev2_payload_begin(cw, HF_PAYLOAD_NOTIFY);
    hf_ikev2_notify_encode(&cw->w, &notify);
    hf_ikev2_payload_end(cw);
}
