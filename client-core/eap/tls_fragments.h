/* TLS messages in EAP packets, in fragments both ways: what EAP-TLS, and any method that carries
 * TLS, puts behind the type octet. RFC 5216, sections 2.1.5 and 3.1. */
#ifndef HF_EAP_TLS_FRAGMENTS_H
#define HF_EAP_TLS_FRAGMENTS_H

#include "base/status.h"

struct hf_eap_tls_fragment {
    bool start;
    bool more;
    bool has_length;
    uint32_t length; /* of the whole message */
    hf_bytes data;
};

/* `out->data` borrows. HF_ERR_TRUNCATED: no flags, or not all of the length field. On failure
 * `*out` is untouched. */
hf_status hf_eap_tls_fragment_decode(hf_bytes bytes, struct hf_eap_tls_fragment *out) HF_MUST_USE;

/* Puts the server's fragments together. */
struct hf_eap_tls_inbox {
    hf_buf message;
    size_t announced; /* octets of the whole; 0: no message is under way */
};

struct hf_eap_tls_inbox hf_eap_tls_inbox_make(size_t max);
void hf_eap_tls_inbox_free(struct hf_eap_tls_inbox *inbox);
/* Adds a fragment. `*out_message`, borrowed until the next call, is the whole message with the last
 * fragment, and empty before.
 * HF_ERR_MALFORMED: lengths that do not agree, a first fragment without one, a fragment of nothing.
 * HF_ERR_TOO_LARGE: more than the maximum. */
hf_status hf_eap_tls_inbox_add(struct hf_eap_tls_inbox *inbox,
                               const struct hf_eap_tls_fragment *fragment, bool *out_complete,
                               hf_bytes *out_message) HF_MUST_USE;

/* Takes our messages apart. */
struct hf_eap_tls_outbox {
    hf_buf message; /* what is to be sent is appended here, when it is not pending */
    size_t sent;
    size_t fragment_size;
};

struct hf_eap_tls_outbox hf_eap_tls_outbox_make(size_t max, size_t fragment_size);
void hf_eap_tls_outbox_free(struct hf_eap_tls_outbox *outbox);
/* A part has been sent and another is left: the server must acknowledge before it goes. */
bool hf_eap_tls_outbox_is_pending(const struct hf_eap_tls_outbox *outbox);
/* Appends the next fragment, flags first; one without data (an acknowledgement) when there is
 * nothing to send. HF_ERR_TOO_LARGE: no room in `out`. */
hf_status hf_eap_tls_outbox_next(struct hf_eap_tls_outbox *outbox, hf_buf *out) HF_MUST_USE;

#endif
