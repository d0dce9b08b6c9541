/* The name servers of a test: answers a query for IPv4 addresses with these, and one for IPv6 with
 * none. */
#ifndef HF_TEST_DNS_ANSWER_H
#define HF_TEST_DNS_ANSWER_H

#include "base/address.h"

/* The answer, in `storage`, to one of our own queries: header, question and answers of RFC 1035,
 * section 4. No addresses: the name has none. */
hf_bytes test_dns_answer(hf_bytes query, const hf_address *addresses, size_t count,
                         uint8_t storage[512]);

#endif
