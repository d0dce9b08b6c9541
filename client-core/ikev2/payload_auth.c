/* Authentication payload: see payload.h. */
#include "ikev2/payload.h"

/* Authentication payload body (RFC 7296, section 3.8):
 *   +---------------+-----------------------------------------------+
 *   | Auth Method   |                   RESERVED                    |
 *   +---------------+-----------------------------------------------+
 *   ~                      Authentication Data                      ~
 *   +---------------------------------------------------------------+  */
hf_status hf_ikev2_auth_decode(hf_bytes body, struct hf_ikev2_auth *out)
{
    hf_reader r = hf_reader_of(body);
    uint8_t method;

    if (!hf_read_u8(&r, &method) || !hf_read_skip(&r, 3))
        return HF_ERR_TRUNCATED;
    if (r.left == 0) /* no method has empty data, and some verifiers take it for success */
        return HF_ERR_MALFORMED;
    *out = (struct hf_ikev2_auth){ .method = method, .data = hf_read_rest(&r) };
    return HF_OK;
}

void hf_ikev2_auth_encode(hf_writer *w, const struct hf_ikev2_auth *auth)
{
    hf_write_u8(w, auth->method);
    hf_write_zeros(w, 3); /* RESERVED */
    hf_write_bytes(w, auth->data);
}
