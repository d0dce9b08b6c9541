/* What programs read: see json.h. */
#include "output/json.h"

#include "ipc/advice.h"

#include <stdio.h>

void hf_json_print(json_t *object)
{
    json_dumpf(object, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(object);
}

void hf_json_print_fault(const struct hf_fault *fault)
{
    const struct hf_advice *advice = hf_advice_of(fault->status);

    hf_json_print(json_pack("{s:i, s:b, s:s, s:i, s:s, s:s, s:{s:s, s:s, s:s, s:I}}", "v", 1, "ok",
                            0, "code", hf_status_code(fault->status), "exit",
                            hf_status_exit(fault->status), "message", advice->sentence, "hint",
                            advice->step, "detail", "stage", hf_stage_name(fault->stage), "offered",
                            fault->offered, "received", fault->received, "peer_code",
                            (json_int_t)fault->peer_code));
}
