/* NAT detection hashes: see nat.h. */
#include "ike/nat.h"

#include "base/writer.h"
#include "crypto/hash.h"

hf_status hf_ike_nat_hash(uint64_t spi_i, uint64_t spi_r, const hf_endpoint *endpoint,
                          uint8_t out[HF_NAT_HASH_LEN])
{
    uint8_t storage[8 + 8 + 16 + 2];
    hf_writer w = hf_writer_of(storage, sizeof storage);
    hf_bytes input;

    hf_write_u64(&w, spi_i);
    hf_write_u64(&w, spi_r);
    hf_write_bytes(&w, hf_address_bytes(&endpoint->address));
    hf_write_u16(&w, endpoint->port);
    if (!hf_writer_finish(&w, &input))
        return HF_ERR_INTERNAL;
    return hf_hash(HF_HASH_SHA1, &input, 1, out);
}
