/* Answers to address queries (RFC 1035, section 4): every length, count and pointer is a claim. */
#ifndef HF_DNS_ANSWER_H
#define HF_DNS_ANSWER_H

#include "base/address.h"
#include "dns/query.h"

#define HF_DNS_ADDRESSES_MAX 8
#define HF_DNS_ALIASES_MAX   8  /* CNAMEs followed */
#define HF_DNS_RECORDS_MAX   64 /* of the answer section; what follows is not read */

enum hf_dns_outcome {
    HF_DNS_ADDRESSES,     /* at least one */
    HF_DNS_NO_DATA,       /* the name exists, without an address of this family */
    HF_DNS_NO_NAME,       /* NXDOMAIN */
    HF_DNS_SERVER_FAILED, /* SERVFAIL, REFUSED, any other code, or truncated to nothing */
};

struct hf_dns_answer {
    enum hf_dns_outcome outcome;
    uint32_t ttl; /* seconds: the lowest of the records used */
    size_t count;
    hf_address addresses[HF_DNS_ADDRESSES_MAX]; /* as the server sent them, special ones included */
};

/* Decodes the answer to the query of this id, name and type. Aliases are followed within the answer
 * in any order of records. HF_ERR_UNEXPECTED: not a response, or to another query.
 * HF_ERR_TRUNCATED, HF_ERR_MALFORMED: lengths, counts or pointers lie, or too many aliases. */
hf_status hf_dns_answer_decode(hf_bytes datagram, uint16_t id, const struct hf_dns_name *name,
                               enum hf_dns_type type, struct hf_dns_answer *out) HF_MUST_USE;

#endif
