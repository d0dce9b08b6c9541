/* Nonce payload: see payload.h. */
#include "ikev2/payload.h"

enum { NONCE_MIN = 16, NONCE_MAX = 256 };

/* Nonce payload body (RFC 7296, section 3.9):
 *   +---------------------------------------------------------------+
 *   ~                            Nonce Data                         ~
 *   +---------------------------------------------------------------+  */
hf_status hf_ikev2_nonce_decode(hf_bytes body, hf_bytes *out)
{
    if (body.len < NONCE_MIN || body.len > NONCE_MAX)
        return HF_ERR_MALFORMED;
    *out = body;
    return HF_OK;
}
