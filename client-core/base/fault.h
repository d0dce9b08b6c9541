/* Why something failed, for people and for machines: at which stage, with which status, what was
 * offered, what came back. The sentence that explains it is in platform/ipc/advice.def. */
#ifndef HF_BASE_FAULT_H
#define HF_BASE_FAULT_H

#include "base/status.h"

enum hf_stage {
    HF_STAGE_NONE,
    HF_STAGE_PROFILE,        /* reading the profile or its credentials */
    HF_STAGE_RESOLVE,        /* the gateway's name */
    HF_STAGE_HANDSHAKE,      /* IKE_SA_INIT */
    HF_STAGE_AUTHENTICATION, /* IKE_AUTH, EAP */
    HF_STAGE_INSTALL,        /* TUN, addresses, routes, DNS, firewall */
    HF_STAGE_TUNNEL,         /* the established tunnel */
};

#define HF_FAULT_TEXT_MAX 256

struct hf_fault {
    hf_status status; /* HF_OK: no fault */
    enum hf_stage stage;
    uint32_t peer_code; /* notify type, EAP code or TLS alert that the peer sent; 0: none */
    char offered[HF_FAULT_TEXT_MAX];  /* what we offered or expected; "" when it does not apply */
    char received[HF_FAULT_TEXT_MAX]; /* what came back; printable ASCII, other bytes as '?' */
};

/* "resolve", "handshake", …: stable, for machines. */
const char *hf_stage_name(enum hf_stage stage);
struct hf_fault hf_fault_make(hf_status status, enum hf_stage stage);
/* Sets one of the two texts from bytes of any origin: cut to fit, made printable. */
void hf_fault_set_text(char text[HF_FAULT_TEXT_MAX], hf_bytes bytes);
/* Appends, with ", " between entries. */
void hf_fault_add_text(char text[HF_FAULT_TEXT_MAX], hf_bytes bytes);

#endif
