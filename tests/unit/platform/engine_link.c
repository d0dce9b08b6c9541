/* Tests of what the daemon takes from an engine (daemon/engine_link.h): every message is checked,
 * and one that cannot be ends the engine. */
#include "daemon/engine_link.h"
#include "ipc/values.h"
#include "support/test.h"

#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The daemon's side, counting; the engine's side is a bare socket. */
struct bench {
    struct hf_engine_link *link;
    int engine;
    unsigned ready, events, traces, gone;
    enum hf_conn_state state;
    bool end_in_callback;
};

static void ready(void *context)
{
    ((struct bench *)context)->ready++;
}

static void event(void *context, const struct hf_attempt_event *event)
{
    struct bench *bench = context;

    bench->events++;
    bench->state = event->state;
    if (bench->end_in_callback) {
        hf_engine_link_free(bench->link);
        bench->link = NULL;
    }
}

static void trace(void *context, const struct hf_trace_record *record)
{
    (void)record;
    ((struct bench *)context)->traces++;
}

static void gone(void *context)
{
    ((struct bench *)context)->gone++;
}

static void bench_init(struct bench *bench)
{
    static const struct hf_engine_link_events events = {
        .ready = ready, .event = event, .trace = trace, .gone = gone
    };
    int ends[2];

    memset(bench, 0, sizeof *bench);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    bench->engine = ends[1];
    cr_assert_eq(hf_engine_link_new(ends[0], 1, &events, bench, &bench->link), HF_OK);
}

static void bench_end(struct bench *bench)
{
    hf_engine_link_free(bench->link);
    if (bench->engine >= 0)
        close(bench->engine);
}

static void turn(void)
{
    while (g_main_context_iteration(NULL, FALSE))
        ;
}

static void say(struct bench *bench, uint16_t type, hf_bytes body)
{
    struct hf_ipc_message message = { .type = type, .body = body };

    cr_assert_eq(hf_ipc_send(bench->engine, &message), HF_OK);
}

static void say_state(struct bench *bench, enum hf_conn_state state)
{
    struct hf_attempt_event event = { .type = HF_ATTEMPT_STATE, .state = state };
    uint8_t body[64];
    hf_writer w = hf_writer_of(body, sizeof body);

    hf_engine_event_encode(&w, &event);
    say(bench, HF_ENGINE_EVENT, (hf_bytes){ body, w.len });
}

Test(engine_link, takes_events_in_order)
{
    struct bench bench;

    bench_init(&bench);
    say(&bench, HF_ENGINE_READY, (hf_bytes){ 0 });
    say_state(&bench, HF_CONN_RESOLVING);
    say_state(&bench, HF_CONN_AUTHENTICATING);
    turn();
    cr_expect_eq(bench.ready, 1);
    cr_expect_eq(bench.events, 2);
    cr_expect_eq(bench.state, HF_CONN_AUTHENTICATING);
    cr_expect_eq(bench.gone, 0);
    bench_end(&bench);
}

Test(engine_link, hears_the_last_words_before_the_end)
{
    struct bench bench;

    bench_init(&bench);
    say_state(&bench, HF_CONN_AUTHENTICATING);
    close(bench.engine);
    bench.engine = -1;
    turn();
    cr_expect_eq(bench.events, 1);
    cr_expect_eq(bench.gone, 1);
    bench_end(&bench);
}

Test(engine_link, ends_an_engine_that_says_what_cannot_be)
{
    static const uint8_t junk[] = { 0xff, 0xff, 0xff };
    static const uint16_t types[] = { 0,
                                      HF_ENGINE_CONFIGURE,
                                      HF_ENGINE_EVENT,
                                      HF_ENGINE_TRACE,
                                      HF_ENGINE_COUNTERS,
                                      HF_ENGINE_IMPORTED,
                                      HF_ENGINE_ECHOED, /* was not asked for here */
                                      999 };

    for (size_t i = 0; i < HF_ARRAY_LEN(types); i++) {
        struct bench bench;

        bench_init(&bench);
        say(&bench, types[i], HF_BYTES_OF(junk));
        say_state(&bench, HF_CONN_RESOLVING);
        turn();
        cr_expect_eq(bench.gone, 1, "type %u", types[i]);
        cr_expect_eq(bench.events, 0, "type %u", types[i]);
        bench_end(&bench);
    }
}

Test(engine_link, ends_an_engine_that_adds_to_an_event)
{
    struct hf_attempt_event event = { .type = HF_ATTEMPT_STATE, .state = HF_CONN_RESOLVING };
    uint8_t body[64] = { 0 };
    hf_writer w = hf_writer_of(body, sizeof body);
    struct bench bench;

    bench_init(&bench);
    hf_engine_event_encode(&w, &event);
    say(&bench, HF_ENGINE_EVENT, (hf_bytes){ body, w.len + 1 });
    turn();
    cr_expect_eq(bench.gone, 1);
    bench_end(&bench);
}

Test(engine_link, can_be_freed_by_what_it_calls)
{
    struct bench bench;

    bench_init(&bench);
    bench.end_in_callback = true;
    say_state(&bench, HF_CONN_RESOLVING);
    say_state(&bench, HF_CONN_AUTHENTICATING);
    turn();
    cr_expect_eq(bench.events, 1, "nothing is heard after the end");
    cr_expect_eq(bench.gone, 0);
    bench_end(&bench);
}

Test(engine_link, closes_descriptors_that_nobody_asked_for)
{
    struct hf_ipc_message message = { .type = HF_ENGINE_READY, .fd_count = 1 };
    struct bench bench;
    int pipes[2];
    char c;

    bench_init(&bench);
    cr_assert_eq(pipe(pipes), 0);
    message.fds[0] = pipes[1];
    cr_assert_eq(hf_ipc_send(bench.engine, &message), HF_OK);
    close(pipes[1]);
    turn();
    cr_expect_eq(read(pipes[0], &c, 1), 0, "the other end is closed everywhere");
    close(pipes[0]);
    bench_end(&bench);
}
