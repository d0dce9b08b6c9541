/* Answers of name servers, put together for tests. */
#ifndef HF_TESTS_UNIT_DNS_MESSAGES_H
#define HF_TESTS_UNIT_DNS_MESSAGES_H

#include "base/writer.h"
#include "dns/query.h"

#define ANSWER_OK       0x8180
#define ANSWER_SERVFAIL 0x8182
#define ANSWER_NXDOMAIN 0x8183
#define ANSWER_CUT      0x8380 /* the TC bit */

/* A message under construction: header and question are written by answer_begin, records follow,
 * and answer_end sets their count. */
struct answer {
    hf_writer w;
    uint16_t records;
};

struct hf_dns_name name_of(const char *text);
struct answer answer_begin(uint16_t id, uint16_t flags, const char *name, enum hf_dns_type type);
void answer_add(struct answer *answer, const char *owner, enum hf_dns_type type, uint32_t ttl,
                hf_bytes data);
/* "192.0.2.1" or "2001:db8::1". */
void answer_add_address(struct answer *answer, const char *owner, const char *address);
void answer_add_alias(struct answer *answer, const char *owner, const char *target);
hf_bytes answer_end(struct answer *answer);

#endif
