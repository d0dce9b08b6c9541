/* Configuration payload: see payload.h. What the values mean is read by whoever uses them. */
#include "ikev2/payload.h"

enum { ATTRIBUTE_RESERVED = 0x8000 };

/* Configuration attribute (RFC 7296, section 3.15.1):
 *   +-+-----------------------------+-------------------------------+
 *   |R|         Attribute Type      |            Length             |
 *   +-+-----------------------------+-------------------------------+
 *   ~                             Value                             ~
 *   +---------------------------------------------------------------+  */
static hf_status read_attribute(hf_reader *r, struct hf_ikev2_config *config)
{
    uint16_t type, len;
    hf_bytes value;

    if (!hf_read_u16(r, &type) || !hf_read_u16(r, &len) || !hf_read_bytes(r, len, &value))
        return HF_ERR_TRUNCATED;
    if (config->count == HF_CONFIG_MAX)
        return HF_ERR_TOO_LARGE;
    config->attributes[config->count].type = (uint16_t)(type & ~ATTRIBUTE_RESERVED);
    config->attributes[config->count].value = value;
    config->count++;
    return HF_OK;
}

/* Configuration payload body (RFC 7296, section 3.15):
 *   +---------------+-----------------------------------------------+
 *   |   CFG Type    |                    RESERVED                   |
 *   +---------------+-----------------------------------------------+
 *   ~                   Configuration Attributes                    ~
 *   +---------------------------------------------------------------+  */
hf_status hf_ikev2_config_decode(hf_bytes body, struct hf_ikev2_config *out)
{
    hf_reader r = hf_reader_of(body);
    struct hf_ikev2_config config = { 0 };

    if (!hf_read_u8(&r, &config.type) || !hf_read_skip(&r, 3))
        return HF_ERR_TRUNCATED;
    while (r.left != 0) {
        hf_status status = read_attribute(&r, &config);

        if (status != HF_OK)
            return status;
    }
    *out = config;
    return HF_OK;
}

void hf_ikev2_config_encode(hf_writer *w, const struct hf_ikev2_config *config)
{
    HF_ASSERT(config->count <= HF_CONFIG_MAX);
    hf_write_u8(w, config->type);
    hf_write_zeros(w, 3); /* RESERVED */
    for (size_t i = 0; i < config->count; i++) {
        hf_write_mark len;

        hf_write_u16(w, config->attributes[i].type);
        len = hf_write_len16_after(w);
        hf_write_bytes(w, config->attributes[i].value);
        hf_write_len16_end(w, len);
    }
}
