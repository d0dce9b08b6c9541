/* What every codec of a payload body must do, tried through one signature. */
#ifndef HF_TESTS_UNIT_IKEV2_CODECS_H
#define HF_TESTS_UNIT_IKEV2_CODECS_H

#include "ikev2/payload.h"
#include "support/hex.h"
#include "support/test.h"

struct codec {
    hf_status (*decode)(hf_bytes body, void *out);
    void (*encode)(hf_writer *w, const void *value);
    size_t size; /* of what is decoded to */
};

#define CODEC(name, type)                                                                          \
    static hf_status name##_decode_any(hf_bytes body, void *out)                                   \
    {                                                                                              \
        return hf_ikev2_##name##_decode(body, out);                                                \
    }                                                                                              \
    static void name##_encode_any(hf_writer *w, const void *value)                                 \
    {                                                                                              \
        hf_ikev2_##name##_encode(w, value);                                                        \
    }                                                                                              \
    static const struct codec name##_codec = { name##_decode_any, name##_encode_any, sizeof(type) };

/* Decodes a copy that ends where `body` ends, so that a sanitizer sees a read past it, and expects
 * that a failure leaves the output alone. */
hf_status codec_try(const struct codec *codec, hf_bytes body);
/* Decodes and encodes again; empty when it does not decode. */
hf_bytes codec_round_trip(const struct codec *codec, hf_bytes body);

/* `body` comes out of the encoder as it went into the decoder. */
void expect_round_trip(const struct codec *codec, hf_bytes body);
/* No prefix shorter than `shortest` octets decodes. */
void expect_prefixes_refused(const struct codec *codec, hf_bytes body, size_t shortest);
/* No bit of these octets changes what is decoded. */
void expect_ignored(const struct codec *codec, hf_bytes body, const size_t *octets, size_t count);
/* The body with `len` octets replaced at `offset` is refused with `status`. */
void expect_patch_refused(const struct codec *codec, hf_bytes body, size_t offset, hf_bytes patch,
                          hf_status status);
/* Random changes of `body` either do not decode, or decode to something that encodes to what
 * decodes to the same again. */
void expect_mutations_settle(const struct codec *codec, hf_bytes body, uint64_t seed);

#endif
