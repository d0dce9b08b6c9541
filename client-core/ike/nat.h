/* NAT detection hashes (RFC 7296, section 2.23): SHA-1(SPIi | SPIr | address | port). */
#ifndef HF_IKE_NAT_H
#define HF_IKE_NAT_H

#include "base/address.h"
#include "base/status.h"

#define HF_NAT_HASH_LEN 20

hf_status hf_ike_nat_hash(uint64_t spi_i, uint64_t spi_r, const hf_endpoint *endpoint,
                          uint8_t out[HF_NAT_HASH_LEN]) HF_MUST_USE;

#endif
