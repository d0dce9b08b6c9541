/* Wycheproof's AES-GCM and ChaCha20-Poly1305, with the nonces that IKE and ESP have: 4 octets of
 * salt, 8 of IV. */
#include "crypto/algorithms.h"
#include "crypto/cipher.h"
#include "support/hex.h"
#include "vectors/wycheproof.h"

struct keys {
    struct hf_cipher *seal, *open;
    uint8_t key[36]; /* with the salt */
    size_t key_len;
};

static bool make_keys(uint16_t encr, uint16_t key_bits, hf_bytes key, hf_bytes salt,
                      struct keys *out)
{
    struct hf_cipher_suite suite = { encr, key_bits, HF_INTEG_NONE };
    hf_bytes whole = { out->key, key.len + salt.len };

    hf_copy(out->key, key.data, key.len);
    hf_copy(out->key + key.len, salt.data, salt.len);
    return hf_cipher_new(&suite, HF_SEAL, whole, (hf_bytes){ 0 }, &out->seal) == HF_OK &&
           hf_cipher_new(&suite, HF_OPEN, whole, (hf_bytes){ 0 }, &out->open) == HF_OK;
}

/* A valid test must come out the same in both directions; an invalid one must not open. */
static bool agrees(const struct keys *keys, const json_t *test, const uint8_t *iv)
{
    hf_bytes plain = wycheproof_bytes(test, "msg"), sealed = wycheproof_bytes(test, "ct"),
             tag = wycheproof_bytes(test, "tag");
    struct hf_cipher_message message = { .before = wycheproof_bytes(test, "aad"), .iv = iv };
    uint8_t *out = test_memory(sealed.len), *resealed = test_memory(plain.len), icv[16];
    hf_status opened = hf_cipher_open(keys->open, &message, sealed, out, tag.data);
    hf_bytes result = { out, sealed.len }, again = { resealed, plain.len };
    bool matches;

    if (hf_cipher_seal(keys->seal, &message, plain, resealed, icv) != HF_OK)
        return false;
    matches = hf_bytes_equal(again, sealed) && hf_bytes_equal(HF_BYTES_OF(icv), tag);
    if (wycheproof_is(test, "valid"))
        return matches && opened == HF_OK && hf_bytes_equal(result, plain);
    return !matches && opened == HF_ERR_INTEGRITY;
}

static enum answer check(uint16_t encr, uint16_t key_bits, const json_t *group, const json_t *test)
{
    hf_bytes iv = wycheproof_bytes(test, "iv"), key = wycheproof_bytes(test, "key");
    const struct hf_algorithm *row = hf_algorithm_find(HF_TRANSFORM_ENCR, encr, key_bits);
    struct keys keys = { 0 };
    bool good;

    if (row == NULL || key.len != row->key_len || iv.len != 12 ||
        wycheproof_number(group, "tagSize") != 128)
        return ANSWER_NOT_OURS;
    good = make_keys(encr, key_bits, key, hf_bytes_slice(iv, 0, 4), &keys) &&
           agrees(&keys, test, iv.data + 4);
    hf_cipher_free(keys.seal);
    hf_cipher_free(keys.open);
    return good ? ANSWER_RIGHT : ANSWER_WRONG;
}

static enum answer check_gcm(const json_t *group, const json_t *test)
{
    return check(HF_ENCR_AES_GCM_16, (uint16_t)wycheproof_number(group, "keySize"), group, test);
}

static enum answer check_chacha(const json_t *group, const json_t *test)
{
    return check(HF_ENCR_CHACHA20_POLY1305, 0, group, test);
}

int main(void)
{
    return wycheproof_join(wycheproof_run("aes_gcm_test.json", check_gcm),
                           wycheproof_run("chacha20_poly1305_test.json", check_chacha));
}
