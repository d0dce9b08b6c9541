/* Host names on the wire of DNS (RFC 1035, section 3.1): labels with lengths, at most 255 octets.
 * No internationalised names: those are turned into their ASCII form before they get here. */
#ifndef HF_DNS_NAME_H
#define HF_DNS_NAME_H

#include "base/reader.h"
#include "base/status.h"

#define HF_DNS_NAME_MAX 255

struct hf_dns_name {
    size_t len;
    uint8_t data[HF_DNS_NAME_MAX]; /* with the empty label at its end */
};

/* Takes "vpn.example.com", also with a dot at the end: labels of 1 to 63 letters, digits, hyphens
 * and underscores, no hyphen first or last, the last label not all digits (that would be an
 * address). HF_ERR_USAGE: not a host name. */
hf_status hf_dns_name_of_text(hf_bytes text, struct hf_dns_name *out) HF_MUST_USE;
hf_bytes hf_dns_name_bytes(const struct hf_dns_name *name);
/* Without regard to case (RFC 4343). */
bool hf_dns_name_equal(const struct hf_dns_name *a, const struct hf_dns_name *b);

/* Reads the name at `r`, a reader into `message`, and follows compression pointers (RFC 1035,
 * section 4.1.4). Each must point before the place it was found at, so none can loop.
 * HF_ERR_TRUNCATED, HF_ERR_MALFORMED. */
hf_status hf_dns_name_read(hf_bytes message, hf_reader *r, struct hf_dns_name *out) HF_MUST_USE;

#endif
