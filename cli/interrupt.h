/* SIGINT and SIGTERM: once caught, one that comes at any moment is remembered until somebody takes
 * it, so that none falls between two waits and ends us with work undone. */
#ifndef HF_CLI_INTERRUPT_H
#define HF_CLI_INTERRUPT_H

#include <glib.h>

/* From now on; calling again changes nothing. */
void hf_interrupt_catch(void);
/* One that had come already, which is then taken; 0: none. */
int hf_interrupt_take(void);
/* Runs the loop until it is quit, or until a signal comes or had come already. Returns the signal,
 * which is then taken; 0: the loop was quit. */
int hf_interrupt_run(GMainLoop *loop);

#endif
