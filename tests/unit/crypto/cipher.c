/* Tests of message protection (crypto/cipher.h). */
#include "crypto/cipher.h"
#include "crypto/algorithms.h"
#include "crypto/prf.h"
#include "support/alloc.h"
#include "support/env.h"
#include "support/hex.h"
#include "support/test.h"
#include "support/vectors.h"

#include <openssl/err.h>
#include <signal.h>

static const struct suite {
    struct hf_cipher_suite suite;
    struct hf_cipher_sizes sizes;
} suites[] = {
    {{ HF_ENCR_AES_GCM_16, 256, HF_INTEG_NONE },       { 36, 0, 8, 1, 16 }   },
    { { HF_ENCR_AES_GCM_16, 128, HF_INTEG_NONE },      { 20, 0, 8, 1, 16 }   },
    { { HF_ENCR_CHACHA20_POLY1305, 0, HF_INTEG_NONE }, { 36, 0, 8, 1, 16 }   },
    { { HF_ENCR_AES_CBC, 256, HF_INTEG_SHA2_256_128 }, { 32, 32, 16, 16, 16 }},
    { { HF_ENCR_AES_CBC, 128, HF_INTEG_SHA2_384_192 }, { 16, 48, 16, 16, 24 }},
    { { HF_ENCR_AES_CBC, 128, HF_INTEG_SHA2_512_256 }, { 16, 64, 16, 16, 32 }},
};

/* A pair of objects with the same random keys. */
struct pair {
    struct hf_cipher *seal, *open;
    struct hf_cipher_sizes sizes;
};

static struct pair make_pair(const struct hf_cipher_suite *suite, uint64_t seed)
{
    struct pair pair = { 0 };
    uint8_t *encr, *integ;

    cr_assert_eq(hf_cipher_sizes(suite, &pair.sizes), HF_OK);
    encr = test_memory(pair.sizes.encr_key);
    integ = test_memory(pair.sizes.integ_key);
    test_random_fill(&seed, encr, pair.sizes.encr_key);
    test_random_fill(&seed, integ, pair.sizes.integ_key);
    cr_assert_eq(hf_cipher_new(suite, HF_SEAL, (hf_bytes){ encr, pair.sizes.encr_key },
                               (hf_bytes){ integ, pair.sizes.integ_key }, &pair.seal),
                 HF_OK);
    cr_assert_eq(hf_cipher_new(suite, HF_OPEN, (hf_bytes){ encr, pair.sizes.encr_key },
                               (hf_bytes){ integ, pair.sizes.integ_key }, &pair.open),
                 HF_OK);
    return pair;
}

static void free_pair(struct pair *pair)
{
    hf_cipher_free(pair->seal);
    hf_cipher_free(pair->open);
}

Test(cipher, sizes_are_those_of_the_registry)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(suites); i++) {
        struct hf_cipher_sizes sizes;

        cr_assert_eq(hf_cipher_sizes(&suites[i].suite, &sizes), HF_OK);
        cr_expect_arr_eq(&sizes, &suites[i].sizes, sizeof sizes);
    }
}

Test(cipher, impossible_suites_are_refused)
{
    static const struct hf_cipher_suite impossible[] = {
        {HF_ENCR_AES_GCM_16,         256, HF_INTEG_SHA2_256_128}, /* an AEAD with a MAC */
        { HF_ENCR_AES_GCM_16,        192, HF_INTEG_NONE        },
        { HF_ENCR_AES_GCM_16,        0,   HF_INTEG_NONE        },
        { HF_ENCR_AES_CBC,           256, HF_INTEG_NONE        }, /* no MAC at all */
        { HF_ENCR_AES_CBC,           256, 2                    }, /* HMAC-SHA1-96 */
        { HF_ENCR_CHACHA20_POLY1305, 256, HF_INTEG_NONE        },
        { HF_ENCR_NONE,              0,   HF_INTEG_SHA2_256_128},
        { 11,                        0,   HF_INTEG_SHA2_256_128}, /* NULL */
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(impossible); i++) {
        struct hf_cipher_sizes sizes = { .encr_key = 77 };
        struct hf_cipher *cipher = NULL;
        hf_bytes key = { test_memory(36), 36 };

        cr_expect_eq(hf_cipher_sizes(&impossible[i], &sizes), HF_ERR_NO_PROPOSAL);
        cr_expect_eq(sizes.encr_key, 77);
        cr_expect_eq(hf_cipher_new(&impossible[i], HF_SEAL, key, key, &cipher), HF_ERR_NO_PROPOSAL);
        cr_expect_null(cipher);
    }
}

/* Seals a message of `len` octets and opens it again; in place or not. */
static void round_trip(struct pair *pair, size_t len, bool in_place, uint64_t seed)
{
    uint8_t *plain = test_memory(len), *sealed = test_memory(len), *opened = test_memory(len);
    uint8_t icv[32] = { 0 }, iv[16], before[28];
    struct hf_cipher_message message = { .before = HF_BYTES_OF(before), .iv = iv };

    test_random_fill(&seed, plain, len);
    test_random_fill(&seed, iv, sizeof iv);
    test_random_fill(&seed, before, sizeof before);
    if (in_place)
        hf_copy(sealed, plain, len);
    cr_assert_eq(hf_cipher_seal(pair->seal, &message, (hf_bytes){ in_place ? sealed : plain, len },
                                sealed, icv),
                 HF_OK);
    if (in_place)
        hf_copy(opened, sealed, len);
    cr_assert_eq(hf_cipher_open(pair->open, &message, (hf_bytes){ in_place ? opened : sealed, len },
                                opened, icv),
                 HF_OK);
    cr_assert(hf_bytes_equal((hf_bytes){ opened, len }, (hf_bytes){ plain, len }));
    if (len >= 16)
        cr_assert_not(hf_bytes_equal((hf_bytes){ sealed, len }, (hf_bytes){ plain, len }));
}

Test(cipher, what_is_sealed_opens_at_every_length_in_place_or_not)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(suites); i++) {
        struct pair pair = make_pair(&suites[i].suite, i);

        for (size_t len = 0; len <= 320; len += pair.sizes.block) {
            round_trip(&pair, len, false, len);
            round_trip(&pair, len, true, len);
        }
        round_trip(&pair, 65520, false, 1);
        free_pair(&pair);
    }
}

/* One sealed message and the places in it that a test may spoil. */
struct message {
    uint8_t before[12], iv[16], sealed[64], icv[32], after[4];
};

static hf_status open_message(struct pair *pair, const struct message *m, uint8_t out[64])
{
    struct hf_cipher_message message = { .before = HF_BYTES_OF(m->before), .iv = m->iv };

    if (pair->sizes.integ_key != 0)
        message.after = HF_BYTES_OF(m->after);
    return hf_cipher_open(pair->open, &message, HF_BYTES_OF(m->sealed), out, m->icv);
}

static struct message seal_message(struct pair *pair)
{
    struct message m = { .before = "before", .iv = "initialisation", .after = "aft" };
    struct hf_cipher_message message = { .before = HF_BYTES_OF(m.before), .iv = m.iv };
    uint8_t plain[64] = "plaintext";

    if (pair->sizes.integ_key != 0)
        message.after = HF_BYTES_OF(m.after);
    cr_assert_eq(hf_cipher_seal(pair->seal, &message, HF_BYTES_OF(plain), m.sealed, m.icv), HF_OK);
    return m;
}

static void expect_every_bit_counts(struct pair *pair, struct message *m, uint8_t *place,
                                    size_t len)
{
    static const uint8_t zeros[64];
    uint8_t out[64];

    for (size_t bit = 0; bit < len * 8; bit++) {
        place[bit / 8] = (uint8_t)(place[bit / 8] ^ 1 << bit % 8);
        memset(out, 0xa5, sizeof out);
        cr_assert_eq(open_message(pair, m, out), HF_ERR_INTEGRITY);
        cr_assert_arr_eq(out, zeros, sizeof out, "nothing unauthentic is left");
        place[bit / 8] = (uint8_t)(place[bit / 8] ^ 1 << bit % 8);
    }
    cr_expect_eq(ERR_peek_error(), 0, "no error stays behind for others");
    cr_expect_eq(open_message(pair, m, out), HF_OK, "the object works on after a forgery");
}

Test(cipher, every_single_flipped_bit_is_noticed)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(suites); i++) {
        struct pair pair = make_pair(&suites[i].suite, i);
        struct message m = seal_message(&pair);

        expect_every_bit_counts(&pair, &m, m.before, sizeof m.before);
        expect_every_bit_counts(&pair, &m, m.iv, pair.sizes.iv);
        expect_every_bit_counts(&pair, &m, m.sealed, sizeof m.sealed);
        expect_every_bit_counts(&pair, &m, m.icv, pair.sizes.icv);
        if (pair.sizes.integ_key != 0)
            expect_every_bit_counts(&pair, &m, m.after, sizeof m.after);
        free_pair(&pair);
    }
}

Test(cipher, another_key_opens_nothing)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(suites); i++) {
        struct pair a = make_pair(&suites[i].suite, 1), b = make_pair(&suites[i].suite, 2);
        struct message m = seal_message(&a);
        uint8_t out[64];

        cr_expect_eq(open_message(&b, &m, out), HF_ERR_INTEGRITY);
        cr_expect_eq(open_message(&a, &m, out), HF_OK);
        free_pair(&a);
        free_pair(&b);
    }
}

/* Published AEAD messages, sealed and opened by the same two objects' kind. */
static void check_aead_file(const char *name, size_t expected_cases)
{
    struct vectors file;
    struct vector_case vector;
    size_t cases = 0;

    vectors_open(&file, name);
    for (; vectors_next(&file, &vector); cases++) {
        const struct hf_algorithm *algorithm =
            hf_algorithm_find_name(hf_bytes_of_string(vector_text(&vector, "encr")));
        struct hf_cipher_suite suite = { algorithm->id, algorithm->key_bits, HF_INTEG_NONE };
        hf_bytes key = vector_bytes(&vector, "key"), plain = vector_bytes(&vector, "plain"),
                 expected = vector_bytes(&vector, "cipher"), icv = vector_bytes(&vector, "icv");
        struct hf_cipher_message message = { .before = vector_bytes(&vector, "before"),
                                             .iv = vector_bytes(&vector, "iv").data };
        struct hf_cipher *seal, *open;
        uint8_t *out = test_memory(plain.len), tag[16];

        cr_assert_eq(hf_cipher_new(&suite, HF_SEAL, key, (hf_bytes){ 0 }, &seal), HF_OK);
        cr_assert_eq(hf_cipher_new(&suite, HF_OPEN, key, (hf_bytes){ 0 }, &open), HF_OK);
        cr_assert_eq(hf_cipher_seal(seal, &message, plain, out, tag), HF_OK);
        cr_expect(hf_bytes_equal((hf_bytes){ out, plain.len }, expected), "line %zu", vector.line);
        cr_expect(hf_bytes_equal(HF_BYTES_OF(tag), icv), "line %zu", vector.line);
        cr_assert_eq(hf_cipher_open(open, &message, expected, out, icv.data), HF_OK);
        cr_expect(hf_bytes_equal((hf_bytes){ out, plain.len }, plain), "line %zu", vector.line);
        hf_cipher_free(seal);
        hf_cipher_free(open);
    }
    cr_expect_eq(cases, expected_cases);
}

Test(cipher, agrees_with_rfc_8439)
{
    check_aead_file("cipher_rfc8439.txt", 2);
}

Test(cipher, agrees_with_rfc_7634)
{
    check_aead_file("cipher_rfc7634.txt", 2);
}

Test(cipher, agrees_with_the_gcm_examples_for_esp)
{
    check_aead_file("cipher_mcgrew.txt", 7);
}

/* The RFC has the encryption alone; the ICV must be the HMAC over all of it, cut to 16 octets. */
static void check_cbc_case(const struct vector_case *vector)
{
    static const struct hf_cipher_suite suite = { HF_ENCR_AES_CBC, 128, HF_INTEG_SHA2_256_128 };
    hf_bytes before = hex("0000432100000001"), after = hex("00000007");
    hf_bytes key = vector_bytes(vector, "key"), iv = vector_bytes(vector, "iv"),
             plain = vector_bytes(vector, "plain"), expected = vector_bytes(vector, "cipher");
    hf_bytes integ_key = { test_memory(32), 32 }, covered[] = { before, iv, expected, after };
    struct hf_cipher_message message = { .before = before, .after = after, .iv = iv.data };
    uint8_t *out = test_memory(plain.len), icv[16];
    struct hf_cipher *seal;
    hf_secret mac;

    cr_assert_eq(hf_cipher_new(&suite, HF_SEAL, key, integ_key, &seal), HF_OK);
    cr_assert_eq(hf_cipher_seal(seal, &message, plain, out, icv), HF_OK);
    hf_cipher_free(seal);
    cr_expect(hf_bytes_equal((hf_bytes){ out, plain.len }, expected), "line %zu", vector->line);
    cr_assert_eq(hf_prf(HF_PRF_HMAC_SHA2_256, integ_key, covered, 4, &mac), HF_OK);
    cr_expect_arr_eq(icv, mac.data, sizeof icv);
}

Test(cipher, agrees_with_rfc_3602)
{
    struct vectors file;
    struct vector_case vector;
    size_t cases = 0;

    vectors_open(&file, "cipher_rfc3602.txt");
    for (; vectors_next(&file, &vector); cases++)
        check_cbc_case(&vector);
    cr_expect_eq(cases, 8);
}

/* With keys of zeros; the ICV shows that the object does its work. */
static hf_status make_and_use(const struct suite *suite, uint8_t icv[32])
{
    static const uint8_t zeros[64];
    hf_bytes encr = { zeros, suite->sizes.encr_key }, integ = { zeros, suite->sizes.integ_key };
    struct hf_cipher *cipher = NULL;
    hf_status status = hf_cipher_new(&suite->suite, HF_SEAL, encr, integ, &cipher);
    uint8_t out[16];

    if (status == HF_OK)
        status = hf_cipher_seal(cipher, &(struct hf_cipher_message){ .iv = zeros },
                                (hf_bytes){ zeros, sizeof out }, out, icv);
    else
        cr_expect_null(cipher);
    hf_cipher_free(cipher);
    return status;
}

struct use {
    const struct suite *suite;
    uint8_t icv[32]; /* what it must be */
};

static bool try_to_use(void *context)
{
    struct use *use = context;
    uint8_t icv[32] = { 0 };

    if (make_and_use(use->suite, icv) != HF_OK)
        return false;
    cr_assert_arr_eq(icv, use->icv, sizeof icv);
    return true;
}

Test(cipher, every_failed_allocation_is_reported_and_leaks_nothing)
{
    cr_assert(test_alloc_covers_openssl());
    cr_assert_eq(hf_crypto_load(&(const struct hf_algorithm *){ NULL }), HF_OK);
    for (size_t i = 0; i < HF_ARRAY_LEN(suites); i++) {
        struct use use = { .suite = &suites[i] };

        cr_assert_eq(make_and_use(use.suite, use.icv), HF_OK);
        cr_expect_gt(test_alloc_each(try_to_use, &use), 1);
    }
}

Test(cipher, a_key_of_the_wrong_size_is_our_own_bug, .signal = SIGABRT)
{
    struct hf_cipher *cipher;

    (void)!hf_cipher_new(&suites[0].suite, HF_SEAL, hex("00"), (hf_bytes){ 0 }, &cipher);
}

Test(cipher, sealing_with_an_opener_is_our_own_bug, .signal = SIGABRT)
{
    struct pair pair = make_pair(&suites[0].suite, 1);
    uint8_t out[32], iv[16] = { 0 };

    (void)!hf_cipher_seal(pair.open, &(struct hf_cipher_message){ .iv = iv }, (hf_bytes){ out, 16 },
                          out, out + 16);
}
