/* The states of a connection, one enum for the core, the wire, the bus and the user interfaces. */
#ifndef HOLDFAST_STATE_H
#define HOLDFAST_STATE_H

enum hf_conn_state {
#define HF_CONN_STATE(name, text) HF_CONN_##name,
#include <holdfast/state.def>
#undef HF_CONN_STATE
    HF_CONN_STATE_COUNT
};

/* "path-lost"; defined in conn/state.c. */
const char *hf_conn_state_name(enum hf_conn_state state);

#endif
