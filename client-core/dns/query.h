/* Queries for the addresses of a name (RFC 1035, section 4; AAAA: RFC 3596). */
#ifndef HF_DNS_QUERY_H
#define HF_DNS_QUERY_H

#include "base/writer.h"
#include "dns/name.h"

enum hf_dns_type { HF_DNS_A = 1, HF_DNS_CNAME = 5, HF_DNS_AAAA = 28 };

enum { HF_DNS_CLASS_IN = 1 };

#define HF_DNS_HEADER_LEN 12
#define HF_DNS_QUERY_MAX  (HF_DNS_HEADER_LEN + HF_DNS_NAME_MAX + 4)

/* Writes one query with recursion desired. */
void hf_dns_query_encode(hf_writer *w, uint16_t id, const struct hf_dns_name *name,
                         enum hf_dns_type type);

#endif
