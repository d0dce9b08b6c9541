/* See sealing.h. */
#include "sealing.h"

#include "crypto/algorithms.h"
#include "support/hex.h"

#define SUITE(name, encr, bits, integ)                                                             \
    {                                                                                              \
        name,                                                                                      \
        {                                                                                          \
            { encr, bits, integ }, HF_PRF_HMAC_SHA2_256, HF_KE_X25519                              \
        }                                                                                          \
    }

const struct sealing_suite sealing_suites[] = {
    SUITE("aes256gcm16", HF_ENCR_AES_GCM_16, 256, HF_INTEG_NONE),
    SUITE("aes128gcm16", HF_ENCR_AES_GCM_16, 128, HF_INTEG_NONE),
    SUITE("chacha20poly1305", HF_ENCR_CHACHA20_POLY1305, 0, HF_INTEG_NONE),
    SUITE("aes256-sha256", HF_ENCR_AES_CBC, 256, HF_INTEG_SHA2_256_128),
    SUITE("aes128-sha384", HF_ENCR_AES_CBC, 128, HF_INTEG_SHA2_384_192),
    SUITE("aes256-sha512", HF_ENCR_AES_CBC, 256, HF_INTEG_SHA2_512_256),
};
const size_t sealing_suite_count = HF_ARRAY_LEN(sealing_suites);

void sealing_init(struct sealing *out, const struct hf_ikev2_suite *suite, uint64_t seed)
{
    uint8_t nonces[64];
    hf_secret shared = { .len = 32 };
    struct hf_ikev2_keymat_input input = {
        .nonce_i = {nonces,       32},
        .nonce_r = { nonces + 32, 32},
        .spi_i = 1,
        .spi_r = 2,
        .shared = &shared
    };
    struct hf_ikev2_keys keys;

    *out = (struct sealing){ .opened = { 0 }, .first = 0xee };
    test_env_init(&out->env, seed);
    test_random_fill(&seed, nonces, sizeof nonces);
    if (hf_ikev2_keymat_derive(suite, &input, &keys) != HF_OK ||
        hf_ikev2_keymat_protect(suite, &keys, true, &out->initiator) != HF_OK ||
        hf_ikev2_keymat_protect(suite, &keys, false, &out->responder) != HF_OK)
        test_die("no keys");
    hf_ikev2_keys_clear(&keys);
    hf_fragments_init(&out->fragments);
    out->header = (struct hf_ike_header){ .spi_i = 1,
                                          .spi_r = 2,
                                          .version = 0x20,
                                          .exchange = HF_IKE_AUTH,
                                          .flags = HF_IKE_FLAG_INITIATOR,
                                          .message_id = 1 };
}

void sealing_clear(struct sealing *sealing)
{
    hf_ikev2_protection_clear(&sealing->initiator);
    hf_ikev2_protection_clear(&sealing->responder);
    hf_fragments_clear(&sealing->fragments);
    hf_buf_free(&sealing->opened);
}

hf_status sealing_seal(struct sealing *sealing, hf_bytes content, bool fragment,
                       size_t max_datagram, struct hf_ikev2_datagrams *out)
{
    struct hf_ikev2_chain_writer chain = { .first = HF_PAYLOAD_NONCE };

    chain.w = hf_writer_of(test_copy(content), content.len);
    chain.w.len = content.len;
    return hf_ikev2_message_seal(&sealing->initiator, &sealing->header, &chain, fragment,
                                 max_datagram, &sealing->env.env, out);
}

hf_status sealing_open(struct sealing *sealing, hf_bytes datagram)
{
    struct hf_ike_header header;
    hf_status status = hf_ike_header_decode(datagram, &header);

    if (status != HF_OK)
        return status;
    return hf_ikev2_message_open(&sealing->responder, &header, datagram, &sealing->fragments,
                                 &sealing->opened, &sealing->first);
}

hf_bytes sealing_content(size_t len)
{
    uint8_t *content = test_memory(len);

    for (size_t i = 0; i < len; i++)
        content[i] = (uint8_t)(i * 7 + 1);
    return (hf_bytes){ content, len };
}
