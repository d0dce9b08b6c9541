/* Selectors and keys of a child SA: see child_keys.h. */
#include "ikev2/child_keys.h"

#include <string.h>

static hf_status read_selectors(const struct hf_ikev2_chain *chain, uint8_t type, hf_selector *out,
                                size_t *out_count)
{
    const struct hf_ikev2_raw_payload *payload = hf_ikev2_chain_find(chain, type, 0);
    struct hf_ikev2_ts ts;
    hf_status status;

    if (payload == NULL)
        return HF_ERR_MALFORMED;
    status = hf_ikev2_ts_decode(payload->body, &ts);
    if (status != HF_OK)
        return status;
    memcpy(out, ts.selectors, ts.count * sizeof *out);
    *out_count = ts.count;
    return HF_OK;
}

hf_status hf_ikev2_child_keys_selectors(const struct hf_ikev2_chain *chain, bool we_started,
                                        struct hf_selectors *out)
{
    uint8_t ours = we_started ? HF_PAYLOAD_TSI : HF_PAYLOAD_TSR;
    uint8_t theirs = we_started ? HF_PAYLOAD_TSR : HF_PAYLOAD_TSI;
    struct hf_selectors selectors = { 0 };
    hf_status status = read_selectors(chain, ours, selectors.local, &selectors.local_count);

    if (status == HF_OK)
        status = read_selectors(chain, theirs, selectors.remote, &selectors.remote_count);
    if (status == HF_OK)
        *out = selectors;
    return status;
}

static hf_status read_spi(hf_bytes bytes, uint32_t *out)
{
    hf_reader r = hf_reader_of(bytes);
    uint32_t spi;

    if (bytes.len != 4 || !hf_read_u32(&r, &spi) || spi <= 255)
        return HF_ERR_MALFORMED;
    *out = spi;
    return HF_OK;
}

hf_status hf_ikev2_child_keys_make(const struct hf_ikev2_child_source *source,
                                   const struct hf_ikev2_choice *choice, const hf_secret *shared,
                                   uint32_t spi_in, bool we_started, struct hf_ikev2_child *child)
{
    struct hf_ikev2_child_keys keys;
    uint32_t spi_out;
    hf_status status = read_spi(choice->spi, &spi_out);

    if (status != HF_OK)
        return status;
    status = hf_ikev2_keymat_child(source->prf, source->d, shared->len != 0 ? shared : NULL,
                                   source->nonce_i, source->nonce_r, &choice->cipher, &keys);
    if (status != HF_OK)
        return status;
    child->spi_in = spi_in;
    child->spi_out = spi_out;
    child->suite = choice->cipher;
    child->esn = choice->esn;
    child->encr_out = we_started ? keys.encr_i : keys.encr_r;
    child->integ_out = we_started ? keys.integ_i : keys.integ_r;
    child->encr_in = we_started ? keys.encr_r : keys.encr_i;
    child->integ_in = we_started ? keys.integ_r : keys.integ_i;
    hf_cleanse(&keys, sizeof keys);
    return HF_OK;
}
