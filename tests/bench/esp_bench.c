/* What sealing and opening cost beside the bare cipher: for each suite the nanoseconds of a packet
 * through <holdfast/esp.h> and through a loop over OpenSSL's EVP that does the least it can (IV,
 * AAD or MAC, data, tag). Both run over the same buffers, in turns; the best of the rounds counts.
 * Usage: esp_bench [INNER_LENGTH] */
#include "esp/inbound.h"
#include "support/esp_pair.h"
#include "support/hex.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PACKETS                                                                                    \
    256 /* in flight: what a batch of the data plane touches, within the second cache              \
         */
#define ROUNDS 60

struct bench {
    struct esp_pair pair;
    size_t inner_len, sealed_len;
    hf_bytes inner;
    uint8_t *sealed[PACKETS], *opened[PACKETS];
    EVP_CIPHER_CTX *raw[2]; /* indexed by enum hf_direction */
    EVP_MAC_CTX *mac;
};

static double now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void require(bool good)
{
    if (!good)
        test_die("the library failed");
}

static void make_raw(struct bench *b, const struct esp_suite *suite)
{
    const char *name = suite->encr == 28 ? "ChaCha20-Poly1305"
                       : suite->encr == 20
                           ? (suite->key_bits == 256 ? "AES-256-GCM" : "AES-128-GCM")
                           : (suite->key_bits == 256 ? "AES-256-CBC" : "AES-128-CBC");
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    const uint8_t *key = b->pair.params.encr_key.data;

    for (int direction = HF_SEAL; direction <= HF_OPEN; direction++) {
        b->raw[direction] = EVP_CIPHER_CTX_new();
        require(EVP_CipherInit_ex2(b->raw[direction], cipher, key, key, direction == HF_SEAL,
                                   NULL) == 1 &&
                (suite->integ == 0 || EVP_CIPHER_CTX_set_padding(b->raw[direction], 0) == 1));
    }
    EVP_CIPHER_free(cipher);
    if (suite->integ != 0) {
        char digest[8];
        OSSL_PARAM params[2] = {
            OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 6),
            OSSL_PARAM_construct_end(),
        };
        EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);

        (void)snprintf(digest, sizeof digest, "SHA%s",
                       suite->integ == 12   ? "256"
                       : suite->integ == 13 ? "384"
                                            : "512");
        b->mac = EVP_MAC_CTX_new(hmac);
        require(EVP_MAC_init(b->mac, b->pair.params.integ_key.data, b->pair.params.integ_key.len,
                             params) == 1);
        EVP_MAC_free(hmac);
    }
}

static void init(struct bench *b, const struct esp_suite *suite, size_t inner_len)
{
    memset(b, 0, sizeof *b);
    esp_pair_init(&b->pair, suite, false);
    b->inner_len = inner_len;
    b->sealed_len = inner_len + hf_esp_overhead(&b->pair.params, inner_len);
    b->inner = esp_ip_packet(HF_FAMILY_V4, inner_len, 1);
    for (size_t i = 0; i < PACKETS; i++) {
        b->sealed[i] = test_memory(inner_len + HF_ESP_OVERHEAD_MAX);
        b->opened[i] = test_memory(inner_len + HF_ESP_OVERHEAD_MAX);
    }
    make_raw(b, suite);
}

static void clear(struct bench *b)
{
    EVP_MAC_CTX_free(b->mac);
    EVP_CIPHER_CTX_free(b->raw[HF_SEAL]);
    EVP_CIPHER_CTX_free(b->raw[HF_OPEN]);
    esp_pair_clear(&b->pair);
}

static void seal_all(struct bench *b)
{
    for (size_t first = 0; first < PACKETS; first += HF_ESP_BATCH_MAX) {
        struct hf_esp_item items[HF_ESP_BATCH_MAX];

        for (size_t i = 0; i < HF_ESP_BATCH_MAX; i++)
            items[i] = (struct hf_esp_item){ .in = b->inner, .out = b->sealed[first + i] };
        require(hf_esp_seal(b->pair.out, items, HF_ESP_BATCH_MAX) == HF_ESP_BATCH_MAX);
    }
}

static void open_all(struct bench *b)
{
    memset(&b->pair.in->replay, 0, sizeof b->pair.in->replay);
    for (size_t first = 0; first < PACKETS; first += HF_ESP_BATCH_MAX) {
        struct hf_esp_item items[HF_ESP_BATCH_MAX];

        for (size_t i = 0; i < HF_ESP_BATCH_MAX; i++)
            items[i] = (struct hf_esp_item){
                .in = {b->sealed[first + i], b->sealed_len},
                  .out = b->opened[first + i]
            };
        require(hf_esp_open(b->pair.in, items, HF_ESP_BATCH_MAX) == HF_ESP_BATCH_MAX);
    }
}

/* The least that one message of `len` octets takes. */
static void raw_one(struct bench *b, enum hf_direction direction, const uint8_t *in, uint8_t *out,
                    size_t len)
{
    static uint8_t iv[16], tag[64];
    OSSL_PARAM params[] = { OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, 16),
                            OSSL_PARAM_construct_end() };
    EVP_CIPHER_CTX *ctx = b->raw[direction];
    size_t mac_len;
    int n;

    iv[11]++;
    require(EVP_CipherInit_ex2(ctx, NULL, NULL, iv, -1, NULL) == 1);
    if (b->mac == NULL)
        require(EVP_CipherUpdate(ctx, NULL, &n, iv, 8) == 1);
    require(EVP_CipherUpdate(ctx, out, &n, in, (int)len) == 1);
    if (b->mac != NULL) {
        const uint8_t *covered = direction == HF_SEAL ? out : in;

        require(EVP_MAC_init(b->mac, NULL, 0, NULL) == 1 &&
                EVP_MAC_update(b->mac, covered, len) == 1 &&
                EVP_MAC_final(b->mac, tag, &mac_len, sizeof tag) == 1);
    } else if (direction == HF_SEAL) {
        require(EVP_EncryptFinal_ex(ctx, out, &n) == 1 &&
                EVP_CIPHER_CTX_get_params(ctx, params) == 1);
    } else { /* the tag is wrong, which costs as much as a right one */
        require(EVP_CIPHER_CTX_set_params(ctx, params) == 1);
        (void)EVP_DecryptFinal_ex(ctx, out, &n);
    }
}

static size_t ciphertext_len(const struct bench *b)
{
    const struct hf_esp_layout *layout = &b->pair.in->layout;

    return b->sealed_len - HF_ESP_HEADER_LEN - layout->iv - layout->icv;
}

static void raw_seal_all(struct bench *b)
{
    for (size_t i = 0; i < PACKETS; i++)
        raw_one(b, HF_SEAL, b->opened[i], b->sealed[i], ciphertext_len(b));
}

static void raw_open_all(struct bench *b)
{
    for (size_t i = 0; i < PACKETS; i++)
        raw_one(b, HF_OPEN, b->sealed[i], b->opened[i], ciphertext_len(b));
}

static void keep_best(double *best, struct bench *b, void (*run)(struct bench *b))
{
    double start, each;

    run(b); /* warms the caches for the one that counts */
    start = now_ns();
    run(b);
    each = (now_ns() - start) / PACKETS;
    if (*best == 0 || each < *best)
        *best = each;
}

static void measure(const struct esp_suite *suite, size_t inner_len)
{
    double seal = 0, open = 0, raw_seal = 0, raw_open = 0;
    struct bench b;

    init(&b, suite, inner_len);
    for (int round = 0; round < ROUNDS; round++) {
        keep_best(&raw_seal, &b, raw_seal_all);
        keep_best(&raw_open, &b, raw_open_all);
        keep_best(&seal, &b, seal_all);
        keep_best(&open, &b, open_all);
    }
    clear(&b);
    printf("%-18s %7.0f %7.0f %6.0f %%   %7.0f %7.0f %6.0f %%\n", suite->name, seal, raw_seal,
           100 * raw_seal / seal, open, raw_open, 100 * raw_open / open);
}

/* One suite's code can slow down another's: after wide vector registers were used, narrow
 * instructions wait for them. A tunnel has one suite. */
static void in_process_of_its_own(const struct esp_suite *suite, size_t inner_len)
{
    int status = 1;
    pid_t pid;

    (void)fflush(stdout);
    pid = fork();
    if (pid == 0) {
        measure(suite, inner_len);
        exit(0);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
        test_die("%s could not be measured", suite->name);
}

int main(int argc, char **argv)
{
    unsigned long inner_len = argc > 1 ? strtoul(argv[1], NULL, 10) : 1438;

    if (inner_len < 20 || inner_len > 65535)
        test_die("usage: esp_bench [INNER_LENGTH] (20 to 65535)");
    printf("%s, inner packets of %lu octets, ns per packet\n", OpenSSL_version(OPENSSL_VERSION),
           inner_len);
    printf("%-18s %7s %7s %8s   %7s %7s %8s\n", "suite", "seal", "bare", "bare/", "open", "bare",
           "bare/");
    for (size_t i = 0; i < ESP_SUITES; i++)
        in_process_of_its_own(&esp_suites[i], inner_len);
    return 0;
}
