/* The control thread's loop in the mode `connect`. */
#ifndef HF_ENGINE_CONTROL_H
#define HF_ENGINE_CONTROL_H

#include "engine/dataplane/dataplane.h"

struct hf_control;

/* Everything that needs the system at large is got here, before confinement. `daemon` is borrowed,
 * `dataplane` is owned from now on. */
hf_status hf_control_new(int daemon, struct hf_dataplane *dataplane,
                         struct hf_control **out) HF_MUST_USE;
/* Works until the attempt has ended or holdfastd is gone, and frees everything. HF_OK: in order. */
hf_status hf_control_run(struct hf_control *control) HF_MUST_USE;

#endif
