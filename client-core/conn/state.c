/* Names of the states: see <holdfast/state.h>. */
#include "base/bytes.h"
#include <holdfast/state.h>

const char *hf_conn_state_name(enum hf_conn_state state)
{
    static const char *const names[] = {
#define HF_CONN_STATE(name, text) [HF_CONN_##name] = text,
#include <holdfast/state.def>
#undef HF_CONN_STATE
    };

    HF_ASSERT((size_t)state < HF_ARRAY_LEN(names));
    return names[state];
}
