/* Tests of the ring between two threads (engine/dataplane/ring.h). */
#include "engine/dataplane/ring.h"
#include "support/env.h"
#include "support/test.h"

#include <pthread.h>
#include <sched.h>

static struct hf_ring ring;

static void start(void)
{
    cr_assert_eq(hf_ring_init(&ring, 1024), HF_OK);
}

static bool put(const void *octets, size_t len)
{
    void *room = hf_ring_reserve(&ring, len);

    if (room == NULL)
        return false;
    hf_copy(room, octets, len);
    hf_ring_publish(&ring);
    return true;
}

Test(ring, record_comes_out_as_it_went_in, .init = start)
{
    hf_bytes out;

    cr_expect_not(hf_ring_peek(&ring, &out));
    cr_assert(put("hello", 5));
    cr_assert(hf_ring_peek(&ring, &out));
    cr_expect_eq(out.len, 5);
    cr_expect_arr_eq(out.data, "hello", 5);
    cr_assert(hf_ring_peek(&ring, &out), "peek does not take it");
    hf_ring_release(&ring);
    cr_expect_not(hf_ring_peek(&ring, &out));
    hf_ring_clear(&ring);
}

Test(ring, unpublished_record_is_not_seen, .init = start)
{
    hf_bytes out;

    cr_assert_not_null(hf_ring_reserve(&ring, 8));
    cr_expect_not(hf_ring_peek(&ring, &out));
    hf_ring_publish(&ring);
    cr_expect(hf_ring_peek(&ring, &out));
    hf_ring_clear(&ring);
}

Test(ring, full_ring_refuses_and_goes_on_after_a_release, .init = start)
{
    uint8_t octets[112] = { 0 };
    hf_bytes out;
    size_t held = 0;

    while (put(octets, sizeof octets))
        held++;
    cr_expect_eq(held, 1024 / 128);
    cr_assert(hf_ring_peek(&ring, &out));
    hf_ring_release(&ring);
    cr_expect(put(octets, sizeof octets));
    cr_expect_not(put(octets, sizeof octets));
    hf_ring_clear(&ring);
}

Test(ring, empty_ring_has_room_for_half_its_size_wherever_it_stands, .init = start)
{
    uint8_t octets[1024 / 2 - 16] = { 0 };

    for (size_t step = 0; step < 200; step++) {
        hf_bytes out;

        cr_assert(put(octets, sizeof octets), "after %zu", step);
        cr_assert(hf_ring_peek(&ring, &out));
        cr_assert_eq(out.len, sizeof octets);
        hf_ring_release(&ring);
        cr_assert(put(octets, step % 30)); /* moves the place where the next one starts */
        cr_assert(hf_ring_peek(&ring, &out));
        cr_assert_eq(out.len, step % 30);
        hf_ring_release(&ring);
        cr_assert_eq(hf_ring_free(&ring), 1024);
    }
    hf_ring_clear(&ring);
}

/* Two threads: lengths and contents of the records follow from a seed that both know. */
#define RECORDS 200000

static size_t record(uint64_t *state, uint8_t octets[200])
{
    size_t len = (size_t)test_random_below(state, 200);

    for (size_t i = 0; i < len; i++)
        octets[i] = (uint8_t)(len + i);
    return len;
}

static void *produce(void *context)
{
    uint64_t state = 7;
    uint8_t octets[200];

    (void)context;
    for (size_t i = 0; i < RECORDS; i++) {
        size_t len = record(&state, octets);

        while (!put(octets, len))
            sched_yield();
    }
    return NULL;
}

Test(ring, nothing_is_lost_or_changed_between_two_threads, .init = start)
{
    pthread_t producer;
    uint64_t state = 7;
    uint8_t expected[200];

    cr_assert_eq(pthread_create(&producer, NULL, produce, NULL), 0);
    for (size_t i = 0; i < RECORDS; i++) {
        size_t len = record(&state, expected);
        hf_bytes out;

        while (!hf_ring_peek(&ring, &out))
            sched_yield();
        cr_assert_eq(out.len, len);
        cr_assert(hf_bytes_equal(out, (hf_bytes){ expected, len }));
        hf_ring_release(&ring);
    }
    pthread_join(producer, NULL);
    hf_ring_clear(&ring);
}
