/* What an EAP method is to the peer. One is added by a file method_foo.c that fills a
 * `struct hf_eap_method`, and a line in methods.def. */
#ifndef HF_EAP_METHOD_H
#define HF_EAP_METHOD_H

#include "eap/peer.h"

enum hf_eap_step {
    HF_EAP_STEP_CONTINUE, /* `out` is the response; more is to come */
    HF_EAP_STEP_DONE,     /* `out` is the response; there is an MSK and Success may follow */
    HF_EAP_STEP_FAILED,   /* the fault says why; `out`, unless empty, is a last response */
};

struct hf_eap_method {
    uint8_t type;
    const char *name; /* "eap-tls": for faults and traces */
    /* `config` and `env` are borrowed until destroy. On failure nothing is left behind. */
    hf_status (*create)(const struct hf_eap_config *config, const struct hf_env *env,
                        void **out_state);
    void (*destroy)(void *state);
    /* Takes the type-data of a request (never the same one twice) and appends the type-data of the
     * response. Not called again after HF_EAP_STEP_FAILED. */
    enum hf_eap_step (*handle)(void *state, hf_bytes data, hf_buf *out, struct hf_fault *out_fault,
                               hf_time now);
    /* 64 octets after HF_EAP_STEP_DONE. */
    hf_bytes (*msk)(const void *state);
    const char *(*detail)(const void *state); /* "tls1.3" */
};

#define HF_EAP_METHOD(name) extern const struct hf_eap_method hf_eap_method_##name;
#include "eap/methods.def"
#undef HF_EAP_METHOD

/* NULL: we have no such method. */
const struct hf_eap_method *hf_eap_method_find(uint8_t type);
/* "eap-mschapv2": of methods that we do not have as well; NULL for an unknown number. */
const char *hf_eap_method_name(uint8_t type);

#endif
