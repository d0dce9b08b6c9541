/* Opening: see <holdfast/esp.h>. Order of the checks: RFC 4303, section 3.4. */
#include "esp/inbound.h"

#include "base/reader.h"

#include <stdlib.h>
#include <string.h>

hf_status hf_esp_inbound_new(const struct hf_esp_params *params,
                             const struct hf_selectors *selectors, struct hf_esp_inbound **out)
{
    struct hf_esp_inbound *sa;
    struct hf_esp_layout layout;
    hf_status status = hf_esp_layout_of(params, &layout);

    if (status != HF_OK)
        return status;
    sa = calloc(1, sizeof *sa);
    if (sa == NULL)
        return HF_ERR_NO_MEMORY;
    sa->layout = layout;
    sa->spi = params->spi;
    hf_esp_filter_init(&sa->filter, selectors);
    status = hf_esp_cipher_of(params, HF_OPEN, &sa->cipher);
    if (status != HF_OK) {
        hf_esp_inbound_free(sa);
        return status;
    }
    *out = sa;
    return HF_OK;
}

void hf_esp_inbound_free(struct hf_esp_inbound *sa)
{
    if (sa == NULL)
        return;
    hf_cipher_free(sa->cipher);
    free(sa);
}

const struct hf_esp_counters *hf_esp_inbound_counters(const struct hf_esp_inbound *sa)
{
    return &sa->counters;
}

/* A packet in its parts, still sealed. */
struct sealed {
    uint64_t sequence;
    hf_bytes header, iv, ciphertext, icv;
};

static hf_status decode(const struct hf_esp_inbound *sa, hf_bytes packet, struct sealed *out)
{
    hf_reader r = hf_reader_of(packet);
    uint32_t spi, low;

    if (!hf_read_u32(&r, &spi) || !hf_read_u32(&r, &low) ||
        !hf_read_bytes(&r, sa->layout.iv, &out->iv) ||
        !hf_read_until_last(&r, sa->layout.icv, &out->ciphertext) ||
        !hf_read_bytes(&r, sa->layout.icv, &out->icv) || out->ciphertext.len == 0)
        return HF_ERR_TRUNCATED;
    if (spi != sa->spi || out->ciphertext.len % sa->layout.block != 0)
        return HF_ERR_MALFORMED;
    out->header = hf_bytes_slice(packet, 0, HF_ESP_HEADER_LEN);
    out->sequence = low;
    if (sa->layout.esn && !hf_esp_replay_extend(&sa->replay, low, &out->sequence))
        return HF_ERR_REPLAY;
    return HF_OK;
}

/* Where the plaintext goes: to `out`, or where the ciphertext stands when `out` is the packet
 * itself (OpenSSL takes one place or two, not two that overlap). */
static uint8_t *place_for(const struct hf_esp_item *item, const struct sealed *sealed)
{
    if (item->out != item->in.data)
        return item->out;
    return item->out + (sealed->ciphertext.data - item->in.data);
}

static hf_status decrypt(struct hf_esp_inbound *sa, const struct sealed *sealed, uint8_t *out)
{
    struct hf_cipher_message message = { .iv = sealed->iv.data };
    uint8_t associated[HF_ESP_ASSOCIATED_MAX];

    hf_esp_associate(&sa->layout, sealed->header, sealed->sequence, associated, &message);
    return hf_cipher_open(sa->cipher, &message, sealed->ciphertext, out, sealed->icv.data);
}

/* The last two octets, then the padding before them: it must count 1, 2, 3, … (RFC 4303,
 * section 2.4). */
static bool cut_trailer(hf_bytes plaintext, hf_bytes *out, uint8_t *out_next)
{
    hf_reader r = hf_reader_of(plaintext), trailer = r;
    uint8_t padding, octet;
    hf_bytes content;

    if (!hf_read_until_last(&trailer, 2, &content) || !hf_read_u8(&trailer, &padding) ||
        !hf_read_u8(&trailer, out_next))
        return false;
    r = hf_reader_of(content);
    if (!hf_read_until_last(&r, padding, out))
        return false;
    for (unsigned i = 1; i <= padding; i++) {
        if (!hf_read_u8(&r, &octet) || octet != i)
            return false;
    }
    return true;
}

/* The length that the IP packet gives itself. */
static bool read_ip_length(hf_bytes packet, uint8_t next, size_t *out)
{
    hf_reader r = hf_reader_of(packet);
    bool is_v4 = next == HF_ESP_NEXT_IPV4;
    uint8_t version;
    uint16_t len;

    if (!hf_read_u8(&r, &version) || version >> 4 != (is_v4 ? 4 : 6) ||
        !hf_read_skip(&r, is_v4 ? 1 : 3) || !hf_read_u16(&r, &len))
        return false;
    *out = is_v4 ? len : (size_t)len + 40;
    return true;
}

/* The IP packet without traffic flow confidentiality padding behind it (RFC 4303, section 2.7);
 * empty for a dummy packet. */
static hf_status take_packet(const struct hf_esp_inbound *sa, hf_bytes content, uint8_t next,
                             hf_bytes *out)
{
    size_t len;

    if (next == HF_ESP_NEXT_NONE) {
        *out = hf_bytes_slice(content, 0, 0);
        return HF_OK;
    }
    if ((next != HF_ESP_NEXT_IPV4 && next != HF_ESP_NEXT_IPV6) ||
        !read_ip_length(content, next, &len) || len == 0 || len > content.len)
        return HF_ERR_MALFORMED;
    *out = hf_bytes_slice(content, 0, len);
    return hf_esp_filter_takes(&sa->filter, *out) ? HF_OK : HF_ERR_DENIED;
}

static hf_status open_one(struct hf_esp_inbound *sa, struct hf_esp_item *item)
{
    struct sealed sealed;
    hf_bytes content, packet;
    uint8_t *place, next;
    hf_status status;

    item->out_len = 0;
    status = decode(sa, item->in, &sealed);
    if (status != HF_OK)
        return status;
    if (!hf_esp_replay_is_new(&sa->replay, sealed.sequence))
        return HF_ERR_REPLAY;
    place = place_for(item, &sealed);
    status = decrypt(sa, &sealed, place);
    if (status != HF_OK)
        return status;
    hf_esp_replay_take(&sa->replay, sealed.sequence);
    if (!cut_trailer((hf_bytes){ place, sealed.ciphertext.len }, &content, &next))
        return HF_ERR_MALFORMED;
    status = take_packet(sa, content, next, &packet);
    if (status != HF_OK)
        return status;
    if (place != item->out)
        memmove(item->out, packet.data, packet.len);
    item->out_len = packet.len;
    return HF_OK;
}

static void count_one(struct hf_esp_counters *counters, const struct hf_esp_item *item)
{
    if (item->status == HF_OK) {
        counters->packets++;
        counters->bytes += item->out_len;
    } else if (item->status == HF_ERR_REPLAY) {
        counters->replayed++;
    } else if (item->status == HF_ERR_INTEGRITY) {
        counters->not_authentic++;
    } else if (item->status == HF_ERR_DENIED) {
        counters->outside_selectors++;
    } else {
        counters->malformed++;
    }
}

size_t hf_esp_open(struct hf_esp_inbound *sa, struct hf_esp_item *items, size_t count)
{
    size_t opened = 0;

    for (size_t i = 0; i < count; i++) {
        items[i].status = open_one(sa, &items[i]);
        count_one(&sa->counters, &items[i]);
        opened += items[i].status == HF_OK;
    }
    return opened;
}
