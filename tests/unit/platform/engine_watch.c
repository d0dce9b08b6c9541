/* Tests of the watch over an engine that may hang (daemon/engine_watch.h), with a bare socket as
 * the engine. */
#include "daemon/engine_watch.h"
#include "support/test.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define INTERVAL_MILLIS 20

struct bench {
    struct hf_engine_watch watch;
    struct hf_engine_link *link;
    int engine;
    unsigned hung, gone;
    uint8_t buffer[64];
};

static void echoed(void *context)
{
    hf_engine_watch_echoed(&((struct bench *)context)->watch);
}

static void gone(void *context)
{
    ((struct bench *)context)->gone++;
}

static void hung(void *context)
{
    struct bench *bench = context;

    bench->hung++;
    hf_engine_watch_stop(&bench->watch);
}

static void bench_init(struct bench *bench)
{
    static const struct hf_engine_link_events events = { .echoed = echoed, .gone = gone };
    int ends[2];

    memset(bench, 0, sizeof *bench);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
    bench->engine = ends[1];
    cr_assert_eq(hf_engine_link_new(ends[0], 1, &events, bench, &bench->link), HF_OK);
    hf_engine_watch_start(&bench->watch, bench->link, INTERVAL_MILLIS, hung, bench);
}

static void bench_end(struct bench *bench)
{
    hf_engine_watch_stop(&bench->watch);
    hf_engine_link_free(bench->link);
    close(bench->engine);
}

/* The number of echoes that the engine has been asked for since the last look. */
static unsigned asked(struct bench *bench)
{
    struct hf_ipc_message message;
    unsigned count = 0;

    while (hf_ipc_receive(bench->engine, bench->buffer, sizeof bench->buffer, &message) == HF_OK) {
        cr_assert_eq(message.type, HF_ENGINE_ECHO);
        count++;
    }
    return count;
}

static gboolean tick(gpointer data)
{
    (*(unsigned *)data)++;
    return G_SOURCE_CONTINUE;
}

/* Turns the main loop for so many intervals; the engine answers after each if it is alive. */
static unsigned run(struct bench *bench, unsigned intervals, bool is_alive)
{
    unsigned ticks = 0, echoes = 0;
    guint timer = g_timeout_add(INTERVAL_MILLIS, tick, &ticks);

    while (ticks < intervals && bench->hung == 0) {
        unsigned more;

        g_main_context_iteration(NULL, TRUE);
        more = asked(bench);
        echoes += more;
        for (unsigned i = 0; is_alive && i < more; i++) {
            struct hf_ipc_message message = { .type = HF_ENGINE_ECHOED };

            cr_assert_eq(hf_ipc_send(bench->engine, &message), HF_OK);
        }
    }
    g_source_remove(timer);
    return echoes;
}

Test(engine_watch, lets_an_engine_be_that_answers)
{
    struct bench bench;

    bench_init(&bench);
    cr_expect_gt(run(&bench, 5 * HF_ENGINE_WATCH_MISSES, true), HF_ENGINE_WATCH_MISSES);
    cr_expect_eq(bench.hung, 0);
    bench_end(&bench);
}

Test(engine_watch, tells_once_of_an_engine_that_does_not)
{
    struct bench bench;

    bench_init(&bench);
    cr_expect_eq(run(&bench, 100, false), 1, "one echo is asked for, not one an interval");
    cr_expect_eq(bench.hung, 1);
    bench.hung = 0;
    (void)run(&bench, 2 * HF_ENGINE_WATCH_MISSES, false);
    cr_expect_eq(bench.hung, 0);
    bench_end(&bench);
}

Test(engine_watch, forgives_an_answer_before_the_last_interval)
{
    struct hf_ipc_message message = { .type = HF_ENGINE_ECHOED };
    struct bench bench;

    bench_init(&bench);
    while (bench.watch.owed < HF_ENGINE_WATCH_MISSES)
        g_main_context_iteration(NULL, TRUE);
    cr_assert_eq(hf_ipc_send(bench.engine, &message), HF_OK);
    while (bench.watch.owed != 0)
        g_main_context_iteration(NULL, TRUE);
    cr_expect_eq(bench.hung, 0);
    bench_end(&bench);
}

Test(engine_watch, counts_an_engine_whose_socket_is_full)
{
    struct hf_ipc_message junk = { .type = HF_ENGINE_ECHO };
    struct bench bench;

    bench_init(&bench);
    while (hf_engine_link_send(bench.link, HF_ENGINE_ECHO, junk.body, NULL, 0) == HF_OK)
        ;
    while (bench.hung == 0)
        g_main_context_iteration(NULL, TRUE);
    cr_expect_eq(bench.gone, 0);
    bench_end(&bench);
}
