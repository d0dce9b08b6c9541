/* ESP packets that others made. */
#include "support/vectors.h"
#include "crypto/algorithms.h"
#include "esp/inbound.h"
#include "esp/outbound.h"
#include "support/esp_pair.h"
#include "support/test.h"

#include <stdlib.h>

static struct hf_esp_params params_of(const struct vector_case *vector, hf_bytes packet)
{
    const struct hf_algorithm *encr =
        hf_algorithm_find_name(hf_bytes_of_string(vector_text(vector, "encr")));
    struct hf_esp_params params = { .encr = encr->id,
                                    .key_bits = encr->key_bits,
                                    .esn = vector_number(vector, "esn") != 0 };

    cr_assert(hf_esp_peek_spi(packet, &params.spi));
    cr_assert(hf_secret_set(&params.encr_key, vector_bytes(vector, "key")));
    if (vector_find(vector, "integ") != NULL) {
        params.integ = hf_algorithm_find_name(hf_bytes_of_string(vector_text(vector, "integ")))->id;
        cr_assert(hf_secret_set(&params.integ_key, vector_bytes(vector, "integ_key")));
    }
    return params;
}

/* Sealing again makes the same packet, but for what depends on the IV that the other chose. */
static void check_length(const struct vector_case *vector, const struct hf_esp_params *params,
                         uint64_t sequence)
{
    hf_bytes expected = vector_bytes(vector, "packet"), sealed;
    struct hf_esp_outbound *out;

    cr_assert_eq(hf_esp_outbound_new(params, &out), HF_OK);
    out->sequence = sequence - 1;
    cr_assert_eq(esp_seal_one(out, vector_bytes(vector, "inner"), &sealed), HF_OK);
    cr_expect_eq(sealed.len, expected.len);
    cr_expect(hf_bytes_equal(hf_bytes_slice(sealed, 0, 8), hf_bytes_slice(expected, 0, 8)));
    hf_esp_outbound_free(out);
}

static void check_file(const char *name, size_t expected_cases)
{
    struct hf_selectors selectors = esp_any_selectors();
    struct vectors file;
    struct vector_case vector;
    size_t cases = 0;

    vectors_open(&file, name);
    for (; vectors_next(&file, &vector); cases++) {
        hf_bytes packet = vector_bytes(&vector, "packet"), opened;
        struct hf_esp_params params = params_of(&vector, packet);
        uint64_t sequence = strtoull(vector_text(&vector, "sequence"), NULL, 10);
        struct hf_esp_inbound *in;

        cr_assert_eq(hf_esp_inbound_new(&params, &selectors, &in), HF_OK);
        in->replay.top = sequence - 1;
        cr_assert_eq(esp_open_one(in, packet, &opened), HF_OK, "line %zu", vector.line);
        cr_expect(hf_bytes_equal(opened, vector_bytes(&vector, "inner")), "line %zu", vector.line);
        cr_expect_eq(in->replay.top, sequence);
        hf_esp_inbound_free(in);
        check_length(&vector, &params, sequence);
    }
    cr_expect_eq(cases, expected_cases);
}

Test(vectors, agrees_with_rfc_7634)
{
    check_file("esp_rfc7634.txt", 1);
}

Test(vectors, agrees_with_scapy)
{
    check_file("esp_scapy.txt", 36);
}
