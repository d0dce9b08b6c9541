/* Tests of TLS fragments in EAP (eap/tls_fragments.h). RFC 5216, section 2.1.5. */
#include "eap/tls_fragments.h"

#include "support/env.h"
#include "support/hex.h"
#include "support/test.h"

static struct hf_eap_tls_fragment decoded(hf_bytes bytes)
{
    struct hf_eap_tls_fragment fragment;

    if (hf_eap_tls_fragment_decode(bytes, &fragment) != HF_OK)
        test_die("not a fragment");
    return fragment;
}

Test(tls_fragments, each_flag_is_read_and_reserved_bits_are_ignored)
{
    struct hf_eap_tls_fragment f = decoded(hex("c0 00000102 aabb"));

    cr_expect(f.has_length && f.more && !f.start);
    cr_expect_eq(f.length, 0x102);
    cr_expect(hf_bytes_equal(f.data, hex("aabb")));
    f = decoded(hex("20"));
    cr_expect(f.start && !f.more && !f.has_length);
    f = decoded(hex("1f aa"));
    cr_expect(!f.start && !f.more && !f.has_length);
    cr_expect(hf_bytes_equal(f.data, hex("aa")));
}

Test(tls_fragments, every_truncation_of_the_head_is_refused)
{
    hf_bytes whole = hex("c0 00000102");
    struct hf_eap_tls_fragment f = { .length = 77 };

    for (size_t len = 0; len < whole.len; len++)
        cr_expect_eq(hf_eap_tls_fragment_decode(
                         (hf_bytes){ test_copy((hf_bytes){ whole.data, len }), len }, &f),
                     HF_ERR_TRUNCATED);
    cr_expect_eq(f.length, 77);
}

/* Hands the fragments over, up to NULL; the status of the last, and the message it completed. */
static hf_status collect(const char *const *fragments, hf_bytes *out)
{
    static struct hf_eap_tls_inbox inbox;
    hf_status status = HF_OK;
    bool complete = false;

    hf_eap_tls_inbox_free(&inbox);
    inbox = hf_eap_tls_inbox_make(16);
    for (size_t i = 0; status == HF_OK && fragments[i] != NULL; i++) {
        struct hf_eap_tls_fragment fragment = decoded(hex(fragments[i]));

        status = hf_eap_tls_inbox_add(&inbox, &fragment, &complete, out);
        if (status == HF_OK)
            cr_expect_eq(complete, fragments[i + 1] == NULL, "fragment %zu", i);
    }
    return status;
}
#define COLLECT(out, ...) collect((const char *const[]){ __VA_ARGS__, NULL }, out)

Test(tls_fragments, fragments_are_put_together)
{
    hf_bytes message;

    cr_expect_eq(COLLECT(&message, "00 aabbcc"), HF_OK);
    cr_expect(hf_bytes_equal(message, hex("aabbcc")));
    cr_expect_eq(COLLECT(&message, "80 00000003 aabbcc"), HF_OK);
    cr_expect(hf_bytes_equal(message, hex("aabbcc")));
    cr_expect_eq(COLLECT(&message, "c0 00000005 aabb", "40 cc", "00 ddee"), HF_OK);
    cr_expect(hf_bytes_equal(message, hex("aabbccddee")));
    cr_expect_eq(COLLECT(&message, "c0 00000005 aabb", "c0 00000005 cc", "80 00000005 ddee"),
                 HF_OK);
    cr_expect(hf_bytes_equal(message, hex("aabbccddee")));
    cr_expect_eq(COLLECT(&message, "00"), HF_OK);
    cr_expect_eq(message.len, 0);
    cr_expect_eq(COLLECT(&message, "00 000102030405060708090a0b0c0d0e0f"), HF_OK);
    cr_expect_eq(message.len, 16);
}

Test(tls_fragments, lengths_that_lie_are_refused)
{
    hf_bytes message;

    cr_expect_eq(COLLECT(&message, "80 00000002 aabbcc"), HF_ERR_MALFORMED);
    cr_expect_eq(COLLECT(&message, "80 00000004 aabbcc"), HF_ERR_MALFORMED);
    cr_expect_eq(COLLECT(&message, "80 00000000 aa"), HF_ERR_MALFORMED);
    cr_expect_eq(COLLECT(&message, "c0 00000003 aabbcc"), HF_ERR_MALFORMED); /* nothing is left */
    cr_expect_eq(COLLECT(&message, "c0 00000003 aabbccdd"), HF_ERR_MALFORMED);
    cr_expect_eq(COLLECT(&message, "c0 00000005 aabb", "40 cc", "00 dd"), HF_ERR_MALFORMED);
    cr_expect_eq(COLLECT(&message, "c0 00000005 aabb", "40 cc", "00 ddeeff"), HF_ERR_MALFORMED);
    cr_expect_eq(COLLECT(&message, "c0 00000005 aabb", "c0 00000006 cc"), HF_ERR_MALFORMED);
    cr_expect_eq(COLLECT(&message, "c0 00000000 aa"), HF_ERR_MALFORMED);
}

Test(tls_fragments, a_first_fragment_must_say_the_length)
{
    hf_bytes message;

    cr_expect_eq(COLLECT(&message, "40 aabb"), HF_ERR_MALFORMED);
}

Test(tls_fragments, a_fragment_of_nothing_that_promises_more_is_refused)
{
    hf_bytes message;

    cr_expect_eq(COLLECT(&message, "c0 00000005"), HF_ERR_MALFORMED);
    cr_expect_eq(COLLECT(&message, "c0 00000005 aabb", "40"), HF_ERR_MALFORMED);
}

Test(tls_fragments, more_than_the_maximum_is_refused_at_the_first_fragment)
{
    hf_bytes message;

    cr_expect_eq(COLLECT(&message, "c0 00000011 aa"), HF_ERR_TOO_LARGE);
    cr_expect_eq(COLLECT(&message, "c0 ffffffff aa"), HF_ERR_TOO_LARGE);
    cr_expect_eq(COLLECT(&message, "00 000102030405060708090a0b0c0d0e0f10"), HF_ERR_TOO_LARGE);
}

Test(tls_fragments, a_message_taken_apart_can_be_put_together)
{
    uint64_t seed = 5;

    for (size_t len = 0; len < 200; len++)
        for (size_t size = 1; size < 70; size += 4) {
            struct hf_eap_tls_outbox outbox = hf_eap_tls_outbox_make(256, size);
            struct hf_eap_tls_inbox inbox = hf_eap_tls_inbox_make(256);
            uint8_t bytes[200];
            bool complete = false;
            hf_bytes message = { 0 };
            size_t count = 0;

            test_random_fill(&seed, bytes, len);
            cr_assert(hf_buf_append(&outbox.message, (hf_bytes){ bytes, len }));
            do {
                hf_buf fragment = hf_buf_with_max(256);
                struct hf_eap_tls_fragment f;

                cr_assert_eq(hf_eap_tls_outbox_next(&outbox, &fragment), HF_OK);
                f = decoded(hf_buf_bytes(&fragment));
                cr_assert_leq(f.data.len, size);
                cr_assert_eq(f.has_length, count == 0 && len > size);
                cr_assert_eq(hf_eap_tls_inbox_add(&inbox, &f, &complete, &message), HF_OK);
                cr_assert_eq(complete, !hf_eap_tls_outbox_is_pending(&outbox));
                count++;
                hf_buf_free(&fragment);
            } while (!complete);
            cr_expect_eq(count, len == 0 ? 1 : (len + size - 1) / size);
            cr_expect(hf_bytes_equal(message, (hf_bytes){ bytes, len }));
            hf_eap_tls_outbox_free(&outbox);
            hf_eap_tls_inbox_free(&inbox);
        }
}
