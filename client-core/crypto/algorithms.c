/* Lookups in the registry (algorithms.def). What the library lacks is known after hf_crypto_load
 * (library.c). */
#include "crypto/algorithms.h"

#include "crypto/library.h"

#define LEVEL_DEFAULT (1u << HF_LEVEL_DEFAULT)

static const struct hf_algorithm rows[] = {
#define HF_ALGORITHM(type, id, bits, name, key, salt, iv, block, tag, aead, levels, openssl)       \
    { HF_TRANSFORM_##type, id, bits, name, key, salt, iv, block, tag, aead, levels, openssl },
#include "crypto/algorithms.def"
#undef HF_ALGORITHM
};

static bool missing[HF_ARRAY_LEN(rows)];

const struct hf_algorithm *hf_library_row(size_t index)
{
    return index < HF_ARRAY_LEN(rows) ? &rows[index] : NULL;
}

void hf_library_set_missing(size_t index, bool is_missing)
{
    HF_ASSERT(index < HF_ARRAY_LEN(rows));
    missing[index] = is_missing;
}

const struct hf_algorithm *hf_algorithm_find(enum hf_transform_type type, uint16_t id,
                                             uint16_t key_bits)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        if (rows[i].type == type && rows[i].id == id && rows[i].key_bits == key_bits)
            return &rows[i];
    }
    return NULL;
}

const struct hf_algorithm *hf_algorithm_find_name(hf_bytes name)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        if (hf_bytes_equal(name, hf_bytes_of_string(rows[i].name)))
            return &rows[i];
    }
    return NULL;
}

bool hf_algorithm_is_allowed(const struct hf_algorithm *algorithm, enum hf_level level)
{
    size_t index = (size_t)(algorithm - rows);

    HF_ASSERT(index < HF_ARRAY_LEN(rows));
    return !missing[index] && (algorithm->levels & 1u << level) != 0;
}

size_t hf_algorithms_of_level(enum hf_transform_type type, enum hf_level level,
                              const struct hf_algorithm **out, size_t max)
{
    size_t count = 0;

    for (size_t i = 0; i < HF_ARRAY_LEN(rows) && count < max; i++) {
        if (rows[i].type == type && hf_algorithm_is_allowed(&rows[i], level))
            out[count++] = &rows[i];
    }
    return count;
}
