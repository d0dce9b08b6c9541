/* NAT detection hashes against values computed by other means (openssl dgst -sha1). */
#include "ike/nat.h"

#include "support/hex.h"
#include "support/test.h"

static hf_endpoint endpoint(const char *address, uint16_t port)
{
    hf_endpoint e = { .port = port };

    cr_assert(hf_address_parse(hf_bytes_of_string(address), &e.address));
    return e;
}

static void expect_hash(const hf_endpoint *e, const char *expected)
{
    uint8_t hash[HF_NAT_HASH_LEN];

    cr_assert_eq(hf_ike_nat_hash(0x0102030405060708, 0x1112131415161718, e, hash), HF_OK);
    cr_expect(hf_bytes_equal(HF_BYTES_OF(hash), hex(expected)));
}

Test(nat, hash_covers_spis_address_and_port)
{
    hf_endpoint v4 = endpoint("192.0.2.1", 4500), v6 = endpoint("2001:db8::1", 500);

    expect_hash(&v4, "5184f43875ff7d9e3dfdc92bd1dee1a08204de3e");
    expect_hash(&v6, "645efdf3a4d473679c6a6530abefd3b71d8c18af");
}

Test(nat, first_message_has_no_responder_spi)
{
    hf_endpoint e = endpoint("192.0.2.1", 500);
    uint8_t hash[HF_NAT_HASH_LEN];

    cr_assert_eq(hf_ike_nat_hash(0x0102030405060708, 0, &e, hash), HF_OK);
    cr_expect(hf_bytes_equal(HF_BYTES_OF(hash), hex("644b4575455bd6fcc1efe2be8162a9218e448e5f")));
}
