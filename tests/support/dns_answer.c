/* Answers of a name server: see dns_answer.h. */
#include "support/dns_answer.h"

#include "base/writer.h"

#define TYPE_A   1
#define CLASS_IN 1

hf_bytes test_dns_answer(hf_bytes query, const hf_address *addresses, size_t count,
                         uint8_t storage[512])
{
    hf_writer w = hf_writer_of(storage, 512);
    bool is_v4 = query.data[query.len - 3] == TYPE_A;

    hf_write_bytes(&w, hf_bytes_slice(query, 0, 2)); /* its id */
    hf_write_u16(&w, 0x8180);
    hf_write_u16(&w, 1);
    hf_write_u16(&w, is_v4 ? (uint16_t)count : 0);
    hf_write_u32(&w, 0);
    hf_write_bytes(&w, hf_bytes_slice(query, 12, query.len - 12)); /* the question */
    for (size_t i = 0; is_v4 && i < count; i++) {
        hf_write_u16(&w, 0xc00c);
        hf_write_u16(&w, TYPE_A);
        hf_write_u16(&w, CLASS_IN);
        hf_write_u32(&w, 60);
        hf_write_u16(&w, 4);
        hf_write_bytes(&w, hf_address_bytes(&addresses[i]));
    }
    HF_ASSERT(!w.overflow);
    return (hf_bytes){ storage, w.len };
}
