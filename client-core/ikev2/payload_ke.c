/* Key Exchange payload: see payload.h. */
#include "ikev2/payload.h"

/* Key Exchange payload body (RFC 7296, section 3.4):
 *   +-------------------------------+-------------------------------+
 *   |   Diffie-Hellman Group Num    |           RESERVED            |
 *   +-------------------------------+-------------------------------+
 *   ~                       Key Exchange Data                       ~
 *   +---------------------------------------------------------------+  */
hf_status hf_ikev2_ke_decode(hf_bytes body, struct hf_ikev2_ke *out)
{
    hf_reader r = hf_reader_of(body);
    uint16_t method;

    if (!hf_read_u16(&r, &method) || !hf_read_skip(&r, 2))
        return HF_ERR_TRUNCATED;
    if (r.left == 0)
        return HF_ERR_MALFORMED;
    *out = (struct hf_ikev2_ke){ .method = method, .data = hf_read_rest(&r) };
    return HF_OK;
}

void hf_ikev2_ke_encode(hf_writer *w, const struct hf_ikev2_ke *ke)
{
    hf_write_u16(w, ke->method);
    hf_write_u16(w, 0); /* RESERVED */
    hf_write_bytes(w, ke->data);
}
