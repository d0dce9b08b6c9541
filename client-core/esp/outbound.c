/* Sealing: see <holdfast/esp.h>. */
#include "esp/outbound.h"

#include "base/writer.h"
#include "crypto/random.h"

#include <stdlib.h>

hf_status hf_esp_outbound_new(const struct hf_esp_params *params, struct hf_esp_outbound **out)
{
    struct hf_esp_outbound *sa;
    struct hf_esp_layout layout;
    hf_status status = hf_esp_layout_of(params, &layout);

    if (status != HF_OK)
        return status;
    sa = calloc(1, sizeof *sa);
    if (sa == NULL)
        return HF_ERR_NO_MEMORY;
    sa->layout = layout;
    sa->spi = params->spi;
    status = hf_esp_cipher_of(params, HF_SEAL, &sa->cipher);
    if (status != HF_OK) {
        hf_esp_outbound_free(sa);
        return status;
    }
    *out = sa;
    return HF_OK;
}

void hf_esp_outbound_free(struct hf_esp_outbound *sa)
{
    if (sa == NULL)
        return;
    hf_cipher_free(sa->cipher);
    hf_cleanse(sa->ivs, sizeof sa->ivs);
    free(sa);
}

uint64_t hf_esp_outbound_sequence(const struct hf_esp_outbound *sa)
{
    return sa->sequence;
}

/* What brings `len` octets and the two of the trailer to the next multiple of the block. */
static size_t padding_of(const struct hf_esp_layout *layout, size_t len)
{
    return (layout->block - (len + 2) % layout->block) % layout->block;
}

size_t hf_esp_overhead(const struct hf_esp_params *params, size_t len)
{
    struct hf_esp_layout layout;

    if (hf_esp_layout_of(params, &layout) != HF_OK)
        return HF_ESP_OVERHEAD_MAX;
    return HF_ESP_HEADER_LEN + layout.iv + padding_of(&layout, len) + 2 + layout.icv;
}

/* RFC 4303, section 3.3.3: the number must not start over, so the SA ends before. */
static bool next_sequence(struct hf_esp_outbound *sa)
{
    uint64_t last = sa->layout.esn ? UINT64_MAX : UINT32_MAX;

    if (sa->sequence >= last)
        return false;
    sa->sequence++;
    return true;
}

/* An AEAD's IV must never repeat, and the sequence number does not (RFC 4106, section 3.1). */
static bool write_iv(struct hf_esp_outbound *sa, hf_writer *w)
{
    if (sa->layout.is_aead) {
        hf_write_u64(w, sa->sequence);
        return true;
    }
    if (sa->ivs_left == 0) {
        if (!hf_random_from_library(NULL, sa->ivs, sizeof sa->ivs))
            return false;
        sa->ivs_left = HF_ESP_BATCH_MAX;
    }
    sa->ivs_left--;
    hf_write_bytes(w, (hf_bytes){ sa->ivs + sa->ivs_left * HF_ESP_IV_MAX, sa->layout.iv });
    return true;
}

/* Padding 1, 2, 3, …, its length, and what the packet is: RFC 4303, section 2.4. */
static void write_trailer(hf_writer *w, size_t padding, enum hf_esp_next_header next)
{
    for (uint8_t i = 1; i <= padding; i++)
        hf_write_u8(w, i);
    hf_write_u8(w, (uint8_t)padding);
    hf_write_u8(w, (uint8_t)next);
}

/* The packet is copied to where it is sent from and encrypted there: one call to the library for
 * packet and trailer costs less than two without the copy. */
static hf_status seal_as(struct hf_esp_outbound *sa, struct hf_esp_item *item,
                         enum hf_esp_next_header next)
{
    hf_writer w = hf_writer_of(item->out, item->in.len + HF_ESP_OVERHEAD_MAX);
    struct hf_cipher_message message = { .iv = item->out + HF_ESP_HEADER_LEN };
    size_t padding = padding_of(&sa->layout, item->in.len), body;
    uint8_t associated[HF_ESP_ASSOCIATED_MAX], *icv;
    hf_status status;

    if (!next_sequence(sa))
        return HF_ERR_INTERNAL;
    hf_write_u32(&w, sa->spi);
    hf_write_u32(&w, (uint32_t)sa->sequence);
    if (!write_iv(sa, &w))
        return HF_ERR_CRYPTO;
    body = w.len;
    hf_write_bytes(&w, item->in);
    write_trailer(&w, padding, next);
    icv = hf_write_reserve(&w, sa->layout.icv);
    HF_ASSERT(icv != NULL);
    hf_esp_associate(&sa->layout, (hf_bytes){ item->out, HF_ESP_HEADER_LEN }, sa->sequence,
                     associated, &message);
    status = hf_cipher_seal(sa->cipher, &message,
                            (hf_bytes){ item->out + body, item->in.len + padding + 2 },
                            item->out + body, icv);
    if (status == HF_OK)
        item->out_len = w.len;
    return status;
}

static hf_status seal_one(struct hf_esp_outbound *sa, struct hf_esp_item *item)
{
    item->out_len = 0;
    if (item->in.len == 0 || item->in.len > UINT16_MAX)
        return HF_ERR_MALFORMED;
    switch (item->in.data[0] >> 4) {
    case 4:
        return seal_as(sa, item, HF_ESP_NEXT_IPV4);
    case 6:
        return seal_as(sa, item, HF_ESP_NEXT_IPV6);
    default:
        return HF_ERR_MALFORMED;
    }
}

size_t hf_esp_seal(struct hf_esp_outbound *sa, struct hf_esp_item *items, size_t count)
{
    size_t sealed = 0;

    for (size_t i = 0; i < count; i++) {
        items[i].status = seal_one(sa, &items[i]);
        sealed += items[i].status == HF_OK;
    }
    return sealed;
}
