/* Address queries: see query.h. */
#include "dns/query.h"

enum { RECURSION_DESIRED = 0x0100 };

/* Header and question (RFC 1035, sections 4.1.1 and 4.1.2):
 *   +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
 *   |                      ID                       |
 *   |QR|   Opcode  |AA|TC|RD|RA|   Z    |   RCODE   |
 *   |                    QDCOUNT                    |
 *   |                    ANCOUNT                    |
 *   |                    NSCOUNT                    |
 *   |                    ARCOUNT                    |
 *   +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
 *   /                     QNAME                     /
 *   |                     QTYPE                     |
 *   |                     QCLASS                    |
 *   +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+  */
void hf_dns_query_encode(hf_writer *w, uint16_t id, const struct hf_dns_name *name,
                         enum hf_dns_type type)
{
    hf_write_u16(w, id);
    hf_write_u16(w, RECURSION_DESIRED);
    hf_write_u16(w, 1);
    hf_write_zeros(w, 6);
    hf_write_bytes(w, hf_dns_name_bytes(name));
    hf_write_u16(w, (uint16_t)type);
    hf_write_u16(w, HF_DNS_CLASS_IN);
}
