/* Reassembly of encrypted fragments: see fragments.h. */
#include "ike/fragments.h"

#include "ike/header.h"

#include <string.h>

void hf_fragments_init(struct hf_fragments *fragments)
{
    memset(fragments, 0, sizeof *fragments);
}

void hf_fragments_clear(struct hf_fragments *fragments)
{
    for (size_t i = 0; i < HF_FRAGMENTS_MAX; i++)
        hf_buf_free(&fragments->parts[i]);
    hf_fragments_init(fragments);
}

static uint64_t bit_of(uint16_t number)
{
    return UINT64_C(1) << (number - 1);
}

/* What the fields of a fragment say against what is held. HF_ERR_BUSY: start over with this one. */
static hf_status check(const struct hf_fragments *f, uint32_t message_id, uint16_t number,
                       uint16_t total)
{
    if (number == 0 || number > total || total > HF_FRAGMENTS_MAX)
        return HF_ERR_MALFORMED;
    if (f->total == 0 || message_id > f->message_id)
        return HF_ERR_BUSY;
    if (message_id < f->message_id)
        return HF_ERR_REPLAY; /* authentic but old: it must not undo a newer collection */
    if (total < f->total)
        return HF_ERR_MALFORMED;
    if (total > f->total)
        return HF_ERR_BUSY; /* the sender cut the message anew: RFC 7383, section 2.5.2 */
    return (f->present & bit_of(number)) != 0 ? HF_ERR_REPLAY : HF_OK;
}

static void start(struct hf_fragments *f, uint32_t message_id, uint16_t total)
{
    hf_fragments_clear(f);
    f->message_id = message_id;
    f->total = total;
}

static hf_status store(struct hf_fragments *f, uint16_t number, uint8_t first_payload,
                       hf_bytes plaintext)
{
    hf_buf *part = &f->parts[number - 1];

    if (plaintext.len > HF_IKE_MESSAGE_MAX - f->len)
        return HF_ERR_TOO_LARGE;
    *part = hf_buf_with_max(plaintext.len);
    if (!hf_buf_append(part, plaintext))
        return HF_ERR_NO_MEMORY;
    f->len += plaintext.len;
    f->present |= bit_of(number);
    f->received++;
    if (number == 1)
        f->first_payload = first_payload; /* zero in the others: RFC 7383, section 2.5 */
    return HF_OK;
}

static hf_status merge(const struct hf_fragments *f, hf_buf *out)
{
    hf_buf whole = hf_buf_with_max(HF_IKE_MESSAGE_MAX);

    for (size_t i = 0; i < f->total; i++) {
        if (!hf_buf_append(&whole, hf_buf_bytes(&f->parts[i]))) {
            hf_buf_free(&whole);
            return HF_ERR_NO_MEMORY;
        }
    }
    hf_buf_free(out);
    *out = whole;
    return HF_OK;
}

hf_status hf_fragments_add(struct hf_fragments *f, uint32_t message_id, uint16_t number,
                           uint16_t total, uint8_t first_payload, hf_bytes plaintext, hf_buf *out,
                           uint8_t *out_first)
{
    hf_status status = check(f, message_id, number, total);

    if (status != HF_OK && status != HF_ERR_BUSY)
        return status;
    if (status == HF_ERR_BUSY)
        start(f, message_id, total);
    status = store(f, number, first_payload, plaintext);
    if (status == HF_OK && f->received < f->total)
        return HF_ERR_BUSY;
    if (status == HF_OK)
        status = merge(f, out);
    if (status == HF_OK)
        *out_first = f->first_payload;
    hf_fragments_clear(f);
    return status;
}
