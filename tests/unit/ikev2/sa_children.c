/* The table of child SAs, and the queues around it (ikev2/children.h, tasks.h, liveness.h,
 * events.h, outbox.h). */
#include "ikev2/children.h"

#include "ikev2/events.h"
#include "ikev2/liveness.h"
#include "ikev2/outbox.h"
#include "ikev2/tasks.h"
#include "support/hex.h"
#include "support/test.h"

static struct hf_ikev2_child child(uint32_t spi)
{
    return (struct hf_ikev2_child){ .spi_in = spi, .spi_out = spi + 1000 };
}

static struct hf_ikev2_child_entry *add(struct hf_ikev2_children *children, uint32_t spi,
                                        enum hf_ikev2_child_phase phase)
{
    struct hf_ikev2_child new = child(spi);
    uint32_t evicted;

    return hf_ikev2_children_add(children, &new, phase, &evicted);
}

Test(children, are_found_by_the_spi_that_the_gateway_receives_on)
{
    static struct hf_ikev2_children children;
    struct hf_ikev2_child_entry *first = add(&children, 1, HF_CHILD_CURRENT);

    cr_expect_eq(hf_ikev2_children_find(&children, 1001), first);
    cr_expect_null(hf_ikev2_children_find(&children, 1));
    cr_expect_null(hf_ikev2_children_find(&children, 0)); /* a free entry is not found */
    cr_expect_eq(hf_ikev2_children_current(&children), first);
}

Test(children, have_each_due_thing_in_its_phase)
{
    static const struct {
        enum hf_ikev2_child_phase phase;
        enum hf_ikev2_child_due due;
    } cases[] = {
        {HF_CHILD_NEXT,      HF_CHILD_DUE_SEND   },
        { HF_CHILD_REPLACED, HF_CHILD_DUE_DELETE },
        { HF_CHILD_FADING,   HF_CHILD_DUE_FORGET },
        { HF_CHILD_CURRENT,  HF_CHILD_DUE_NOTHING},
        { HF_CHILD_DELETING, HF_CHILD_DUE_NOTHING},
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(cases); i++) {
        static struct hf_ikev2_children children;
        struct hf_ikev2_child_entry *entry = add(&children, 1, cases[i].phase), *found;

        entry->at = 50;
        cr_expect_eq(hf_ikev2_children_due(&children, 49, &found), HF_CHILD_DUE_NOTHING);
        cr_expect_eq(hf_ikev2_children_due(&children, 50, &found), cases[i].due);
        cr_expect_eq(hf_ikev2_children_deadline(&children),
                     cases[i].due == HF_CHILD_DUE_NOTHING ? HF_NEVER : 50);
        entry->phase = HF_CHILD_FREE;
    }
}

Test(children, are_rekeyed_before_they_expire)
{
    static struct hf_ikev2_children children;
    struct hf_ikev2_child_entry *entry = add(&children, 1, HF_CHILD_CURRENT), *found;

    entry->rekey_at = 10;
    entry->expire_at = 20;
    cr_expect_eq(hf_ikev2_children_deadline(&children), 10);
    cr_expect_eq(hf_ikev2_children_due(&children, 10, &found), HF_CHILD_DUE_REKEY);
    cr_expect_eq(hf_ikev2_children_due(&children, 20, &found), HF_CHILD_DUE_EXPIRE);
    cr_expect_eq(found, entry);
}

Test(children, make_room_by_the_fading_one_that_ends_first)
{
    static struct hf_ikev2_children children;
    struct hf_ikev2_child new = child(100);
    uint32_t evicted, spis[HF_IKEV2_CHILDREN_MAX];

    for (uint32_t i = 1; i <= HF_IKEV2_CHILDREN_MAX; i++)
        add(&children, i, HF_CHILD_CURRENT);
    cr_expect_not(hf_ikev2_children_have_room(&children));
    cr_expect_null(hf_ikev2_children_add(&children, &new, HF_CHILD_NEXT, &evicted));
    children.entries[2].phase = children.entries[5].phase = HF_CHILD_FADING;
    children.entries[2].at = 9;
    children.entries[5].at = 8;
    cr_expect(hf_ikev2_children_have_room(&children));
    cr_expect_eq(hf_ikev2_children_add(&children, &new, HF_CHILD_NEXT, &evicted),
                 &children.entries[5]);
    cr_expect_eq(evicted, 6);
    cr_expect_eq(hf_ikev2_children_spis(&children, spis), HF_IKEV2_CHILDREN_MAX);
}

Test(children, know_who_replaces_whom)
{
    static struct hf_ikev2_children children;
    struct hf_ikev2_child_entry *old = add(&children, 1, HF_CHILD_CURRENT);
    struct hf_ikev2_child_entry *next = add(&children, 2, HF_CHILD_NEXT);

    cr_expect_null(hf_ikev2_children_successor(&children, old));
    next->replaces = old->spi_out;
    cr_expect_eq(hf_ikev2_children_successor(&children, old), next);
    next->phase = HF_CHILD_CURRENT; /* sent on already */
    cr_expect_null(hf_ikev2_children_successor(&children, old));
}

Test(tasks, go_by_urgency_and_not_before_their_time)
{
    struct hf_ikev2_tasks tasks;

    hf_ikev2_tasks_init(&tasks);
    cr_expect_eq(hf_ikev2_tasks_deadline(&tasks, HF_TASKS_ALL), HF_NEVER);
    hf_ikev2_tasks_add(&tasks, HF_TASK_PROBE, 5);
    hf_ikev2_tasks_add(&tasks, HF_TASK_REKEY_CHILD, 5);
    hf_ikev2_tasks_add(&tasks, HF_TASK_REKEY_IKE, 5);
    hf_ikev2_tasks_add(&tasks, HF_TASK_DELETE_IKE, 9);
    hf_ikev2_tasks_add(&tasks, HF_TASK_DELETE_IKE, 12); /* later: no effect */
    cr_expect_eq(hf_ikev2_tasks_deadline(&tasks, HF_TASKS_ALL), 5);
    cr_expect_eq(hf_ikev2_tasks_take(&tasks, HF_TASKS_ALL, 4), HF_TASK_NONE);
    cr_expect_eq(hf_ikev2_tasks_take(&tasks, HF_TASKS_ALL, 5), HF_TASK_REKEY_IKE);
    cr_expect_eq(hf_ikev2_tasks_take(&tasks, HF_TASKS_ALL, 9), HF_TASK_DELETE_IKE);
    cr_expect_eq(hf_ikev2_tasks_take(&tasks, HF_TASKS_ALL, 9), HF_TASK_REKEY_CHILD);
    cr_expect_eq(hf_ikev2_tasks_take(&tasks, 1u << HF_TASK_REKEY_CHILD, 9), HF_TASK_NONE);
    cr_expect_eq(hf_ikev2_tasks_deadline(&tasks, 1u << HF_TASK_REKEY_CHILD), HF_NEVER);
    cr_expect_eq(hf_ikev2_tasks_deadline(&tasks, 1u << HF_TASK_PROBE), 5);
    hf_ikev2_tasks_cancel(&tasks, HF_TASK_PROBE);
    cr_expect_eq(hf_ikev2_tasks_take(&tasks, HF_TASKS_ALL, 9), HF_TASK_NONE);
}

Test(liveness, keepalives_follow_silence_of_ours)
{
    struct hf_ikev2_liveness liveness;

    hf_ikev2_liveness_init(&liveness, 0, 0, 0);
    cr_expect_not(hf_ikev2_liveness_keepalive_due(&liveness, HF_SECONDS(20) - 1));
    cr_expect(hf_ikev2_liveness_keepalive_due(&liveness, HF_SECONDS(20)));
    hf_ikev2_liveness_sent(&liveness, HF_SECONDS(15));
    hf_ikev2_liveness_sent(&liveness, HF_SECONDS(3)); /* an older report changes nothing */
    cr_expect_not(hf_ikev2_liveness_keepalive_due(&liveness, HF_SECONDS(20)));
    cr_expect_eq(hf_ikev2_liveness_deadline(&liveness, false), HF_SECONDS(35));
}

Test(liveness, probes_follow_silence_of_the_gateway)
{
    struct hf_ikev2_liveness liveness;

    hf_ikev2_liveness_init(&liveness, HF_SECONDS(1000), HF_SECONDS(30), 0);
    cr_expect(hf_ikev2_liveness_probe_due(&liveness, HF_SECONDS(30)));
    hf_ikev2_liveness_heard(&liveness, HF_SECONDS(29));
    cr_expect_not(hf_ikev2_liveness_probe_due(&liveness, HF_SECONDS(30)));
    cr_expect_eq(hf_ikev2_liveness_deadline(&liveness, false), HF_SECONDS(59));
    cr_expect_eq(hf_ikev2_liveness_deadline(&liveness, true), HF_SECONDS(1000));
}

Test(liveness, hints_make_us_ask_every_10_s_at_most)
{
    struct hf_ikev2_liveness liveness;
    unsigned asked = 0;

    hf_ikev2_liveness_init(&liveness, 0, 0, 0);
    for (hf_time now = HF_SECONDS(1); now < HF_SECONDS(31); now += HF_MILLIS(10))
        asked += hf_ikev2_liveness_hint(&liveness, now);
    cr_expect_eq(asked, 3);
}

Test(events, keep_their_order_and_always_tell_the_end)
{
    static struct hf_ikev2_events events;
    struct hf_ikev2_event event;

    for (int i = 0; i < HF_IKEV2_EVENTS_MAX + 5; i++)
        hf_ikev2_events_add(&events, HF_IKEV2_CHILD_DOWN)->child.spi_in = (uint32_t)i;
    hf_ikev2_events_add(&events, HF_IKEV2_FAILED);
    for (uint32_t i = 0; i < HF_IKEV2_EVENTS_MAX - 1; i++) {
        cr_assert(hf_ikev2_events_next(&events, &event));
        cr_expect_eq(event.child.spi_in, i);
    }
    cr_assert(hf_ikev2_events_next(&events, &event));
    cr_expect_eq(event.type, HF_IKEV2_FAILED);
    cr_expect_not(hf_ikev2_events_next(&events, &event));
}

Test(outbox, puts_the_marker_in_front_and_drops_what_does_not_fit)
{
    static struct hf_ikev2_outbox outbox;
    const hf_endpoint to = { .port = 4500 };
    struct hf_ikev2_datagram out;

    hf_ikev2_outbox_add(&outbox, &to, true, hex("0102"));
    hf_ikev2_outbox_add(&outbox, &to, false, hex("ff"));
    cr_assert(hf_ikev2_outbox_next(&outbox, &out));
    cr_expect(hf_bytes_equal(out.bytes, hex("000000000102")));
    cr_expect_eq(out.to.port, 4500);
    cr_assert(hf_ikev2_outbox_next(&outbox, &out));
    cr_expect(hf_bytes_equal(out.bytes, hex("ff")));
    cr_expect_not(hf_ikev2_outbox_next(&outbox, &out));
    for (size_t i = 0; i < HF_IKEV2_OUTBOX_MAX + 3; i++)
        hf_ikev2_outbox_add(&outbox, &to, false, hex("aa"));
    cr_expect_eq(outbox.count, HF_IKEV2_OUTBOX_MAX);
    hf_ikev2_outbox_clear(&outbox);
    cr_expect_eq(outbox.count, 0);
}
