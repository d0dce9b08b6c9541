/* SIGINT and SIGTERM: see interrupt.h. The handler itself remembers, so that a signal counts from
 * the moment it comes and not from when the main loop hears of it. */
#include "interrupt.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static volatile sig_atomic_t caught; /* the signal that nobody has taken yet; 0: none */
static int bell = -1;                /* wakes the main loop */
static GMainLoop *waiting;           /* what it ends */

static void note(int signal)
{
    uint64_t one = 1;
    ssize_t written;

    caught = signal;
    written = write(bell, &one, sizeof one);
    (void)written;
}

static gboolean rung(gint fd, GIOCondition condition, gpointer data)
{
    uint64_t count;
    ssize_t got = read(fd, &count, sizeof count);

    (void)got;
    (void)condition;
    (void)data;
    if (waiting != NULL)
        g_main_loop_quit(waiting);
    return G_SOURCE_CONTINUE;
}

void hf_interrupt_catch(void)
{
    struct sigaction action = { .sa_handler = note, .sa_flags = SA_RESTART };

    if (bell >= 0)
        return;
    bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (bell < 0)
        return; /* a signal then ends us at once */
    g_unix_fd_add(bell, G_IO_IN, rung, NULL);
    sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

int hf_interrupt_take(void)
{
    int which = caught;

    caught = 0;
    return which;
}

int hf_interrupt_run(GMainLoop *loop)
{
    hf_interrupt_catch();
    waiting = loop;
    if (caught == 0)
        g_main_loop_run(loop);
    waiting = NULL;
    return hf_interrupt_take();
}
