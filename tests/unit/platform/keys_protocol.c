/* Tests of what holdfast-keys is asked and answers (ipc/keys_protocol.h): everything goes through,
 * every cut and every octet too many is refused. */
#include "ipc/keys_protocol.h"

#include "support/test.h"

#include <string.h>

static uint8_t storage[HF_IPC_BODY_MAX];

static hf_bytes finish(const hf_writer *w)
{
    hf_bytes body;

    cr_assert(hf_writer_finish(w, &body));
    return body;
}

static hf_bytes pin_body(void)
{
    hf_writer w = hf_writer_of(storage, sizeof storage);

    hf_keys_pin_encode(&w, hf_bytes_of_string("123456"));
    return finish(&w);
}

static hf_bytes sign_body(void)
{
    static const uint8_t digest[48] = { 1, 2, 3 };
    struct hf_keys_sign sign = { HF_SIG_ECDSA_SHA2_384, HF_BYTES_OF(digest) };
    hf_writer w = hf_writer_of(storage, sizeof storage);

    hf_keys_sign_encode(&w, &sign);
    return finish(&w);
}

static hf_bytes wanted_body(void)
{
    struct hf_keys_pin_wanted wanted = { HF_KEYS_TRIES_LAST, "My card" };
    hf_writer w = hf_writer_of(storage, sizeof storage);

    hf_keys_pin_wanted_encode(&w, &wanted);
    return finish(&w);
}

static hf_bytes opened_body(void)
{
    struct hf_fault fault = hf_fault_make(HF_OK, HF_STAGE_PROFILE);
    struct hf_keys_opened opened = { .type = HF_KEY_ECDSA_P384, .bits = 384, .count = 2 };
    hf_writer w = hf_writer_of(storage, sizeof storage);

    opened.certificates[0] = hf_bytes_of_string("leaf");
    opened.certificates[1] = hf_bytes_of_string("issuer");
    hf_keys_opened_encode(&w, &fault, &opened);
    return finish(&w);
}

static hf_bytes refused_body(void)
{
    struct hf_fault fault = hf_fault_make(HF_ERR_PIN_WRONG, HF_STAGE_PROFILE);
    hf_writer w = hf_writer_of(storage, sizeof storage);

    hf_fault_set_text(fault.offered, hf_bytes_of_string("PIN"));
    hf_fault_set_text(fault.received, hf_bytes_of_string("one try is left"));
    hf_keys_opened_encode(&w, &fault, NULL);
    return finish(&w);
}

static hf_bytes signed_body(void)
{
    hf_writer w = hf_writer_of(storage, sizeof storage);

    hf_keys_signed_encode(&w, HF_OK, hf_bytes_of_string("r and s"));
    return finish(&w);
}

/* Decoding into something that must stay as it is where it fails. */
static hf_status decode_pin(hf_bytes body)
{
    hf_bytes pin = { 0 };
    hf_status status = hf_keys_pin_decode(body, &pin);

    cr_expect((status == HF_OK) == (pin.data != NULL));
    return status;
}

static hf_status decode_sign(hf_bytes body)
{
    struct hf_keys_sign sign = { .scheme = HF_SIG_COUNT };
    hf_status status = hf_keys_sign_decode(body, &sign);

    cr_expect((status == HF_OK) == (sign.scheme != HF_SIG_COUNT));
    return status;
}

static hf_status decode_wanted(hf_bytes body)
{
    struct hf_keys_pin_wanted wanted = { .tries = HF_KEYS_TRIES_COUNT };
    hf_status status = hf_keys_pin_wanted_decode(body, &wanted);

    cr_expect((status == HF_OK) == (wanted.tries != HF_KEYS_TRIES_COUNT));
    return status;
}

static hf_status decode_opened(hf_bytes body)
{
    struct hf_keys_opened opened = { .bits = 77 };
    struct hf_fault fault = hf_fault_make(HF_ERR_INTERNAL, HF_STAGE_NONE);
    hf_status status = hf_keys_opened_decode(body, &fault, &opened);

    cr_expect((status == HF_OK) == (opened.bits != 77));
    cr_expect((status == HF_OK) == (fault.status != HF_ERR_INTERNAL));
    return status;
}

static hf_status decode_signed(hf_bytes body)
{
    hf_status said = HF_ERR_INTERNAL;
    hf_bytes signature = { 0 };
    hf_status status = hf_keys_signed_decode(body, &said, &signature);

    cr_expect((status == HF_OK) == (said != HF_ERR_INTERNAL));
    return status;
}

static const struct {
    hf_bytes (*body)(void);
    hf_status (*decode)(hf_bytes body);
} messages[] = {
    {pin_body,      decode_pin   },
    { sign_body,    decode_sign  },
    { wanted_body,  decode_wanted},
    { opened_body,  decode_opened},
    { refused_body, decode_opened},
    { signed_body,  decode_signed},
};

Test(keys_protocol, every_truncation_is_refused)
{
    for (size_t m = 0; m < HF_ARRAY_LEN(messages); m++) {
        hf_bytes body = messages[m].body();

        cr_expect_eq(messages[m].decode(body), HF_OK, "message %zu", m);
        for (size_t len = 0; len < body.len; len++)
            cr_expect_eq(messages[m].decode(hf_bytes_slice(body, 0, len)), HF_ERR_MALFORMED,
                         "message %zu, %zu octets", m, len);
    }
}

Test(keys_protocol, octets_behind_the_end_are_refused)
{
    for (size_t m = 0; m < HF_ARRAY_LEN(messages); m++) {
        hf_bytes body = messages[m].body();

        storage[body.len] = 0;
        body.len++;
        cr_expect_eq(messages[m].decode(body), HF_ERR_MALFORMED, "message %zu", m);
    }
}

Test(keys_protocol, values_go_through)
{
    struct hf_keys_opened opened;
    struct hf_keys_pin_wanted wanted;
    struct hf_keys_sign sign;
    struct hf_fault fault;
    hf_bytes pin;

    cr_assert_eq(hf_keys_pin_decode(pin_body(), &pin), HF_OK);
    cr_expect(hf_bytes_equal(pin, hf_bytes_of_string("123456")));
    cr_assert_eq(hf_keys_sign_decode(sign_body(), &sign), HF_OK);
    cr_expect_eq(sign.scheme, HF_SIG_ECDSA_SHA2_384);
    cr_expect_eq(sign.digest.len, 48);
    cr_assert_eq(hf_keys_pin_wanted_decode(wanted_body(), &wanted), HF_OK);
    cr_expect_eq(wanted.tries, HF_KEYS_TRIES_LAST);
    cr_expect_str_eq(wanted.label, "My card");
    cr_assert_eq(hf_keys_opened_decode(opened_body(), &fault, &opened), HF_OK);
    cr_expect_eq(opened.type, HF_KEY_ECDSA_P384);
    cr_expect_eq(opened.count, 2);
    cr_expect(hf_bytes_equal(opened.certificates[1], hf_bytes_of_string("issuer")));
    cr_assert_eq(hf_keys_opened_decode(refused_body(), &fault, &opened), HF_OK);
    cr_expect_eq(fault.status, HF_ERR_PIN_WRONG);
    cr_expect_str_eq(fault.received, "one try is left");
}

Test(keys_protocol, enumerators_and_lengths_have_bounds)
{
    static const uint8_t scheme[] = { 0, HF_SIG_COUNT, 0, 1, 9 }, empty[] = { 0, 0, 0, 0 },
                         tries[] = { 0, HF_KEYS_TRIES_COUNT, 0, 0 }, no_pin[] = { 0, 0 },
                         type[] = { 0, 0, 0, HF_KEY_TYPE_COUNT, 0, 0, 0, 0 },
                         chain[] = { 0, 0, 0, 0, 0, 0, 0, HF_KEYS_CHAIN_MAX + 1 };
    uint8_t digest[4 + HF_DIGEST_MAX + 1] = { 0, 0, 0, HF_DIGEST_MAX + 1 };

    cr_expect_eq(decode_sign(HF_BYTES_OF(scheme)), HF_ERR_MALFORMED);
    cr_expect_eq(decode_sign(HF_BYTES_OF(empty)), HF_ERR_MALFORMED);
    cr_expect_eq(decode_sign(HF_BYTES_OF(digest)), HF_ERR_MALFORMED);
    cr_expect_eq(decode_wanted(HF_BYTES_OF(tries)), HF_ERR_MALFORMED);
    cr_expect_eq(decode_pin(HF_BYTES_OF(no_pin)), HF_ERR_MALFORMED);
    cr_expect_eq(decode_opened(HF_BYTES_OF(type)), HF_ERR_MALFORMED);
    cr_expect_eq(decode_opened(HF_BYTES_OF(chain)), HF_ERR_MALFORMED);
}
