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

void hf_esp_associate(const struct hf_esp_layout *layout, hf_bytes header, uint64_t sequence,
                      uint8_t storage[HF_ESP_ASSOCIATED_MAX], struct hf_cipher_message *message)
{
    hf_writer w = hf_writer_of(storage, HF_ESP_ASSOCIATED_MAX);

    message->before = header;
    message->after = (hf_bytes){ 0 };
    if (!layout->esn)
        return;
    if (layout->is_aead) {
        hf_write_bytes(&w, hf_bytes_slice(header, 0, 4));
        hf_write_u64(&w, sequence);
        message->before = (hf_bytes){ storage, w.len };
    } else {
        hf_write_u32(&w, (uint32_t)(sequence >> 32));
        message->after = (hf_bytes){ storage, w.len };
    }
}
