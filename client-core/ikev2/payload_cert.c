/* Certificate and Certificate Request payloads: see payload.h. */
#include "ikev2/payload.h"

/* Certificate payload body (RFC 7296, section 3.6), and Certificate Request (section 3.7) with the
 * authorities' key hashes in place of the certificate:
 *   +---------------+-----------------------------------------------+
 *   | Cert Encoding |                                               |
 *   +---------------+                                               |
 *   ~                       Certificate Data                        ~
 *   +---------------------------------------------------------------+  */
hf_status hf_ikev2_cert_decode(hf_bytes body, struct hf_ikev2_cert *out)
{
    hf_reader r = hf_reader_of(body);
    uint8_t encoding;

    if (!hf_read_u8(&r, &encoding))
        return HF_ERR_TRUNCATED;
    *out = (struct hf_ikev2_cert){ .encoding = encoding, .data = hf_read_rest(&r) };
    return HF_OK;
}

void hf_ikev2_cert_encode(hf_writer *w, const struct hf_ikev2_cert *cert)
{
    hf_write_u8(w, cert->encoding);
    hf_write_bytes(w, cert->data);
}
