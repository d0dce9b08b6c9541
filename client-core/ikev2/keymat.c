/* Keys of an IKE SA and its children: see keymat.h. */
#include "ikev2/keymat.h"

#include "base/reader.h"
#include "base/writer.h"
#include "crypto/prf.h"

/* Most octets of keying material of one SA: seven secrets of at most 64 octets. */
#define KEYMAT_MAX ((size_t)7 * 64)

void hf_ikev2_keys_clear(struct hf_ikev2_keys *keys)
{
    hf_cleanse(keys, sizeof *keys);
}

/* RFC 7296, section 2.14; with the keys of a rekeyed SA section 2.18. */
static hf_status make_skeyseed(uint16_t prf, const struct hf_ikev2_keymat_input *input,
                               hf_secret *out)
{
    hf_bytes shared = hf_secret_bytes(input->shared);
    const hf_bytes fresh[] = { shared, input->nonce_i, input->nonce_r };
    uint8_t storage[512];
    hf_writer w = hf_writer_of(storage, sizeof storage);
    hf_bytes nonces;

    if (input->old_d != NULL)
        return hf_prf(input->old_prf, hf_secret_bytes(input->old_d), fresh, HF_ARRAY_LEN(fresh),
                      out);
    hf_write_bytes(&w, input->nonce_i);
    hf_write_bytes(&w, input->nonce_r);
    if (!hf_writer_finish(&w, &nonces)) /* nonces have at most 256 octets each: section 3.9 */
        return HF_ERR_TOO_LARGE;
    return hf_prf(prf, nonces, &shared, 1, out);
}

/* One secret of the keying material, and its length. */
struct slice {
    hf_secret *secret;
    size_t len;
};

/* Fills the slices, in order, from prf+(key, parts…). */
static hf_status expand(uint16_t prf, hf_bytes key, const hf_bytes *parts, size_t count,
                        const struct slice *slices, size_t slice_count)
{
    uint8_t keymat[KEYMAT_MAX];
    size_t len = 0;
    hf_status status;
    hf_reader r;

    for (size_t i = 0; i < slice_count; i++)
        len += slices[i].len;
    HF_ASSERT(len <= sizeof keymat);
    status = hf_prf_plus(prf, key, parts, count, keymat, len);
    r = hf_reader_of((hf_bytes){ keymat, len });
    for (size_t i = 0; status == HF_OK && i < slice_count; i++) {
        hf_bytes bytes;

        if (!hf_read_bytes(&r, slices[i].len, &bytes) || !hf_secret_set(slices[i].secret, bytes))
            status = HF_ERR_INTERNAL;
    }
    hf_cleanse(keymat, sizeof keymat);
    return status;
}

hf_status hf_ikev2_keymat_derive(const struct hf_ikev2_suite *suite,
                                 const struct hf_ikev2_keymat_input *input,
                                 struct hf_ikev2_keys *out)
{
    struct hf_ikev2_keys keys = { 0 };
    struct hf_cipher_sizes sizes;
    size_t prf_len = hf_prf_len(suite->prf);
    uint8_t spis[16];
    hf_writer w = hf_writer_of(spis, sizeof spis);
    const hf_bytes parts[] = { input->nonce_i, input->nonce_r, HF_BYTES_OF(spis) };
    hf_secret skeyseed = { 0 };
    hf_status status = hf_cipher_sizes(&suite->cipher, &sizes);

    if (status != HF_OK || prf_len == 0)
        return HF_ERR_NO_PROPOSAL;
    hf_write_u64(&w, input->spi_i);
    hf_write_u64(&w, input->spi_r);
    status = make_skeyseed(suite->prf, input, &skeyseed);
    if (status == HF_OK) {
        const struct slice order[] = {
            {&keys.d,   prf_len        },
            { &keys.ai, sizes.integ_key},
            { &keys.ar, sizes.integ_key},
            { &keys.ei, sizes.encr_key },
            { &keys.er, sizes.encr_key },
            { &keys.pi, prf_len        },
            { &keys.pr, prf_len        },
        };

        status = expand(suite->prf, hf_secret_bytes(&skeyseed), parts, HF_ARRAY_LEN(parts), order,
                        HF_ARRAY_LEN(order));
    }
    if (status == HF_OK)
        *out = keys;
    hf_ikev2_keys_clear(&keys);
    hf_secret_clear(&skeyseed);
    return status;
}

hf_status hf_ikev2_keymat_protect(const struct hf_ikev2_suite *suite,
                                  const struct hf_ikev2_keys *keys, bool is_initiator,
                                  struct hf_ikev2_protection *out)
{
    const hf_secret *seal_e = is_initiator ? &keys->ei : &keys->er;
    const hf_secret *seal_a = is_initiator ? &keys->ai : &keys->ar;
    const hf_secret *open_e = is_initiator ? &keys->er : &keys->ei;
    const hf_secret *open_a = is_initiator ? &keys->ar : &keys->ai;
    struct hf_ikev2_protection made = { 0 };
    hf_status status = hf_cipher_sizes(&suite->cipher, &made.sizes);

    if (status == HF_OK)
        status = hf_cipher_new(&suite->cipher, HF_SEAL, hf_secret_bytes(seal_e),
                               hf_secret_bytes(seal_a), &made.seal);
    if (status == HF_OK)
        status = hf_cipher_new(&suite->cipher, HF_OPEN, hf_secret_bytes(open_e),
                               hf_secret_bytes(open_a), &made.open);
    if (status != HF_OK) {
        hf_ikev2_protection_clear(&made);
        return status;
    }
    *out = made;
    return HF_OK;
}

/* RFC 7296, section 2.17: encryption keys come before integrity keys, the initiator's first. */
hf_status hf_ikev2_keymat_child(uint16_t prf, const hf_secret *d, const hf_secret *shared,
                                hf_bytes nonce_i, hf_bytes nonce_r,
                                const struct hf_cipher_suite *suite,
                                struct hf_ikev2_child_keys *out)
{
    const hf_bytes parts[] = { shared == NULL ? (hf_bytes){ 0 } : hf_secret_bytes(shared), nonce_i,
                               nonce_r };
    struct hf_ikev2_child_keys keys = { 0 };
    struct hf_cipher_sizes sizes;
    hf_status status = hf_cipher_sizes(suite, &sizes);

    if (status == HF_OK) {
        const struct slice order[] = {
            {&keys.encr_i,   sizes.encr_key },
            { &keys.integ_i, sizes.integ_key},
            { &keys.encr_r,  sizes.encr_key },
            { &keys.integ_r, sizes.integ_key},
        };

        status =
            expand(prf, hf_secret_bytes(d), parts, HF_ARRAY_LEN(parts), order, HF_ARRAY_LEN(order));
    }
    if (status == HF_OK)
        *out = keys;
    hf_cleanse(&keys, sizeof keys);
    return status;
}

hf_status hf_ikev2_signed_octets(uint16_t prf, hf_bytes message, hf_bytes nonce,
                                 const hf_secret *sk_p, hf_bytes id_body, hf_buf *out)
{
    hf_secret maced_id = { 0 };
    hf_status status = hf_prf(prf, hf_secret_bytes(sk_p), &id_body, 1, &maced_id);

    if (status != HF_OK)
        return status;
    hf_buf_clear(out);
    if (!hf_buf_append(out, message) || !hf_buf_append(out, nonce) ||
        !hf_buf_append(out, hf_secret_bytes(&maced_id)))
        status = HF_ERR_TOO_LARGE;
    hf_secret_clear(&maced_id);
    return status;
}

hf_status hf_ikev2_shared_key_auth(uint16_t prf, hf_bytes secret, hf_bytes octets, hf_secret *out)
{
    const hf_bytes pad = hf_bytes_of_string("Key Pad for IKEv2");
    hf_secret key = { 0 };
    hf_status status = hf_prf(prf, secret, &pad, 1, &key);

    if (status == HF_OK)
        status = hf_prf(prf, hf_secret_bytes(&key), &octets, 1, out);
    hf_secret_clear(&key);
    return status;
}
