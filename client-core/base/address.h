/* IP addresses, prefixes and ranges as values, and their text forms. No names: those are dns/. */
#ifndef HF_BASE_ADDRESS_H
#define HF_BASE_ADDRESS_H

#include "base/bytes.h"

enum hf_family { HF_FAMILY_NONE = 0, HF_FAMILY_V4 = 4, HF_FAMILY_V6 = 6 };

typedef struct hf_address {
    enum hf_family family;
    uint8_t octets[16]; /* network order; the first 4 for IPv4, the others then are 0 */
} hf_address;

/* An address and how many of its leading bits count. */
typedef struct hf_prefix {
    hf_address address;
    uint8_t bits;
} hf_prefix;

/* A UDP endpoint. */
typedef struct hf_endpoint {
    hf_address address;
    uint16_t port;
} hf_endpoint;

#define HF_ADDRESS_TEXT_MAX 46 /* "ffff:…:255.255.255.255" and its NUL */
#define HF_PREFIX_TEXT_MAX  50

/* Length in octets of an address of this family: 4, 16, or 0 for none. */
size_t hf_family_octets(enum hf_family family);
/* `octets` must be 4 or 16 bytes long. */
bool hf_address_of_octets(hf_bytes octets, hf_address *out) HF_MUST_USE;
hf_bytes hf_address_bytes(const hf_address *address);
bool hf_address_equal(const hf_address *a, const hf_address *b);
/* <0, 0, >0; IPv4 sorts before IPv6. */
int hf_address_compare(const hf_address *a, const hf_address *b);
bool hf_endpoint_equal(const hf_endpoint *a, const hf_endpoint *b);
/* 0.0.0.0 or :: */
bool hf_address_is_any(const hf_address *address);
/* Not usable as an inner address or resolver of a tunnel: 0/8, 127/8, 169.254/16, 224/3, ::, ::1,
 * fe80::/10, ff00::/8, and IPv4-mapped IPv6. */
bool hf_address_is_special(const hf_address *address);

/* "192.0.2.1" or "2001:db8::1", nothing around it, no zone, no shortened IPv4. */
bool hf_address_parse(hf_bytes text, hf_address *out) HF_MUST_USE;
/* Writes the canonical text (RFC 5952) and its NUL; returns `text`. */
const char *hf_address_format(const hf_address *address, char text[HF_ADDRESS_TEXT_MAX]);
/* "192.0.2.0/24"; a bare address is a prefix of full length. Host bits are cleared. */
bool hf_prefix_parse(hf_bytes text, hf_prefix *out) HF_MUST_USE;
const char *hf_prefix_format(const hf_prefix *prefix, char text[HF_PREFIX_TEXT_MAX]);
bool hf_prefix_equal(const hf_prefix *a, const hf_prefix *b);
bool hf_prefix_contains(const hf_prefix *prefix, const hf_address *address);
/* The address with everything behind `bits` set to zeros (low) or ones (high). */
hf_address hf_prefix_first(const hf_prefix *prefix);
hf_address hf_prefix_last(const hf_prefix *prefix);

/* Splits the inclusive range into the fewest prefixes; writes at most `max` and returns how many
 * were needed (more than `max` means: does not fit), 0 for a range that is empty or of two
 * families. */
size_t hf_prefixes_of_range(const hf_address *first, const hf_address *last, hf_prefix *out,
                            size_t max);

#endif
