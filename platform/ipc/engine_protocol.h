/* What holdfastd and an engine tell each other over the engine's socketpair. The daemon treats
 * everything from an engine as hostile: the engine parses the network. */
#ifndef HF_IPC_ENGINE_PROTOCOL_H
#define HF_IPC_ENGINE_PROTOCOL_H

#include "base/reader.h"
#include "base/trace.h"
#include "base/writer.h"
#include "ipc/channel.h"
#include <holdfast/attempt.h>

enum hf_engine_message {
    /* daemon → engine */
    HF_ENGINE_CONFIGURE = 1, /* hints; fds: profile JSON (sealed memfd), secrets (sealed memfd),
                                resolver socket (optional) */
    HF_ENGINE_UNDERLAY,      /* status; fd: underlay socket */
    HF_ENGINE_INSTALLED,     /* status; fd: TUN, unless the engine has it already */
    HF_ENGINE_SECRET,        /* name; fd: value (sealed memfd) */
    HF_ENGINE_DISCONNECT,
    HF_ENGINE_REKEY,       /* u8: 1 = the IKE SA, 0 = the child */
    HF_ENGINE_IMPORT_FILE, /* hf_import_request; fds: as it says */
    HF_ENGINE_ECHO,        /* answer with ECHOED, after both data threads */
    HF_ENGINE_TUN,         /* fd: TUN, for when there is an SA; packets come when the plan does */
    HF_ENGINE_KEY,         /* u16 hf_key_type; fd: holdfast-keys with the profile's key open; before
                              CONFIGURE */
    /* engine → daemon */
    HF_ENGINE_READY = 64, /* confined, waiting for CONFIGURE */
    HF_ENGINE_EVENT,      /* one hf_attempt_event, without keys: CHILD_* stay inside the engine */
    HF_ENGINE_TRACE,      /* one trace record */
    HF_ENGINE_COUNTERS,   /* inner packets and octets both ways, drops by cause; at most once a
                             second, while they change */
    HF_ENGINE_IMPORTED,   /* status, fault; fds: profile JSON, secrets, report JSON (memfds); of a
                             credential the first and last are "{}" */
    HF_ENGINE_ECHOED,     /* all threads are at work */
};

struct hf_engine_counters {
#define HF_ENGINE_COUNTER(name) uint64_t name;
#include "ipc/engine_counters.def"
#undef HF_ENGINE_COUNTER
};

/* Decoders say HF_ERR_MALFORMED to everything that the encoders cannot have written; then `*out` is
 * untouched and the reader stands somewhere. CHILD_* events have no encoding. */
void hf_engine_hints_encode(hf_writer *w, const struct hf_attempt_hints *hints);
hf_status hf_engine_hints_decode(hf_reader *r, struct hf_attempt_hints *out) HF_MUST_USE;
void hf_engine_event_encode(hf_writer *w, const struct hf_attempt_event *event);
hf_status hf_engine_event_decode(hf_reader *r, struct hf_attempt_event *out) HF_MUST_USE;
/* The keys of a decoded record borrow from the reader's bytes. */
void hf_engine_trace_encode(hf_writer *w, const struct hf_trace_record *record);
hf_status hf_engine_trace_decode(hf_reader *r, struct hf_trace_record *out) HF_MUST_USE;
void hf_engine_counters_encode(hf_writer *w, const struct hf_engine_counters *counters);
hf_status hf_engine_counters_decode(hf_reader *r, struct hf_engine_counters *out) HF_MUST_USE;
void hf_fault_encode(hf_writer *w, const struct hf_fault *fault);
hf_status hf_fault_decode(hf_reader *r, struct hf_fault *out) HF_MUST_USE;

#endif
