/* The shape of an ESP packet: see wire.h. */
#include "esp/wire.h"

#include "base/writer.h"

static struct hf_cipher_suite suite_of(const struct hf_esp_params *params)
{
    return (struct hf_cipher_suite){ params->encr, params->key_bits, params->integ };
}

hf_status hf_esp_layout_of(const struct hf_esp_params *params, struct hf_esp_layout *out)
{
    struct hf_cipher_suite suite = suite_of(params);
    struct hf_cipher_sizes sizes;
    hf_status status = hf_cipher_sizes(&suite, &sizes);

    if (status != HF_OK)
        return status;
    HF_ASSERT(sizes.iv <= HF_ESP_IV_MAX && sizes.icv <= HF_ESP_ICV_MAX);
    *out = (struct hf_esp_layout){
        .iv = sizes.iv,
        .icv = sizes.icv,
        .block = sizes.block < HF_ESP_ALIGNMENT ? HF_ESP_ALIGNMENT : sizes.block,
        .is_aead = sizes.integ_key == 0,
        .esn = params->esn,
    };
    return HF_OK;
}

hf_status hf_esp_cipher_of(const struct hf_esp_params *params, enum hf_direction direction,
                           struct hf_cipher **out)
{
    struct hf_cipher_suite suite = suite_of(params);

    return hf_cipher_new(&suite, direction, hf_secret_bytes(&params->encr_key),
                         hf_secret_bytes(&params->integ_key), out);
}

void hf_esp_associate(const struct hf_esp_layout *layout, uint32_t spi, uint64_t sequence,
                      struct hf_esp_associated *out)
{
    hf_writer w = hf_writer_of(out->octets, sizeof out->octets);

    hf_write_u32(&w, spi);
    if (layout->esn && layout->is_aead)
        hf_write_u64(&w, sequence);
    else
        hf_write_u32(&w, (uint32_t)sequence);
    out->before = (hf_bytes){ out->octets, w.len };
    out->after = (hf_bytes){ 0 };
    if (layout->esn && !layout->is_aead) {
        out->after = (hf_bytes){ out->octets + w.len, 4 };
        hf_write_u32(&w, (uint32_t)(sequence >> 32));
    }
}
