/* Identification payloads: see payload.h. */
#include "ikev2/payload.h"

/* Identification payload body (RFC 7296, section 3.5):
 *   +---------------+-----------------------------------------------+
 *   |   ID Type     |                   RESERVED                    |
 *   +---------------+-----------------------------------------------+
 *   ~                   Identification Data                         ~
 *   +---------------------------------------------------------------+  */
hf_status hf_ikev2_id_decode(hf_bytes body, hf_identity *out)
{
    hf_reader r = hf_reader_of(body);
    uint8_t type;

    if (!hf_read_u8(&r, &type) || !hf_read_skip(&r, 3))
        return HF_ERR_TRUNCATED;
    /* Refuses a type that is not in the enum along with lengths that do not fit the type. */
    if (!hf_identity_make((enum hf_identity_type)type, hf_read_rest(&r), out))
        return HF_ERR_MALFORMED;
    return HF_OK;
}

void hf_ikev2_id_encode(hf_writer *w, const hf_identity *identity)
{
    hf_write_u8(w, (uint8_t)identity->type);
    hf_write_zeros(w, 3); /* RESERVED */
    hf_write_bytes(w, hf_identity_bytes(identity));
}
