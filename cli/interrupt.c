/* SIGINT and SIGTERM: see interrupt.h. */
#include "interrupt.h"

#include <glib-unix.h>
#include <signal.h>

static int caught;         /* the signal that nobody has taken yet; 0: none */
static GMainLoop *waiting; /* what it ends */
static gboolean is_catching;

static gboolean note(gpointer data)
{
    caught = GPOINTER_TO_INT(data);
    if (waiting != NULL)
        g_main_loop_quit(waiting);
    return G_SOURCE_CONTINUE;
}

void hf_interrupt_catch(void)
{
    if (is_catching)
        return;
    is_catching = TRUE;
    g_unix_signal_add(SIGINT, note, GINT_TO_POINTER(SIGINT));
    g_unix_signal_add(SIGTERM, note, GINT_TO_POINTER(SIGTERM));
}

int hf_interrupt_run(GMainLoop *loop)
{
    int which;

    hf_interrupt_catch();
    waiting = loop;
    if (caught == 0)
        g_main_loop_run(loop);
    waiting = NULL;
    which = caught;
    caught = 0;
    return which;
}
