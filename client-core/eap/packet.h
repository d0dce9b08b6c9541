/* EAP packets. RFC 3748, section 4. */
#ifndef HF_EAP_PACKET_H
#define HF_EAP_PACKET_H

#include "base/status.h"

enum hf_eap_code {
    HF_EAP_CODE_REQUEST = 1,
    HF_EAP_CODE_RESPONSE = 2,
    HF_EAP_CODE_SUCCESS = 3,
    HF_EAP_CODE_FAILURE = 4,
};

#define HF_EAP_PACKET_MAX 65535

struct hf_eap_packet {
    enum hf_eap_code code;
    uint8_t identifier;
    uint8_t type;  /* of requests and responses; otherwise 0 */
    hf_bytes data; /* behind the type */
};

/* `out->data` borrows from `bytes`; what is behind the packet's own length is padding.
 * HF_ERR_TRUNCATED: shorter than it says. HF_ERR_MALFORMED: a length under its own header, a code
 * that there is not. On failure `*out` is untouched. */
hf_status hf_eap_packet_decode(hf_bytes bytes, struct hf_eap_packet *out) HF_MUST_USE;
/* Appends. HF_ERR_TOO_LARGE: over HF_EAP_PACKET_MAX, or no room in `out`. */
hf_status hf_eap_packet_encode(const struct hf_eap_packet *packet, hf_buf *out) HF_MUST_USE;

#endif
