/* The states of an IKEv2 SA as initiator and what leads from one to another: the one table. What is
 * done on the way is in sa_connect.c and sa_tunnel.c. */
#ifndef HF_IKEV2_SA_TABLE_H
#define HF_IKEV2_SA_TABLE_H

#include "base/time.h"

enum hf_ikev2_state {
    HF_IKEV2_CREATED,
    HF_IKEV2_INIT_SENT,   /* IKE_SA_INIT is out */
    HF_IKEV2_AUTH_SENT,   /* the first IKE_AUTH is out; the gateway has proved nothing yet */
    HF_IKEV2_EAP_SENT,    /* the gateway is verified; EAP goes on */
    HF_IKEV2_PROOF_SENT,  /* EAP is done; AUTH by its key is out */
    HF_IKEV2_TUNNEL,      /* established */
    HF_IKEV2_CLOSING,     /* we want to end it */
    HF_IKEV2_STATE_ENDED, /* rest: deleted by one of both sides */
    HF_IKEV2_STATE_FAILED /* rest: the fault was told */
};
#define HF_IKEV2_STATE_COUNT (HF_IKEV2_STATE_FAILED + 1)

enum hf_ikev2_input {
    HF_IKEV2_IN_START,
    HF_IKEV2_IN_RETRY,        /* COOKIE or INVALID_KE_PAYLOAD */
    HF_IKEV2_IN_INIT_DONE,    /* a usable reply to IKE_SA_INIT */
    HF_IKEV2_IN_EAP_REQUEST,  /* after the gateway's proof, or in the middle of EAP */
    HF_IKEV2_IN_EAP_SUCCESS,  /* the EAP method is done */
    HF_IKEV2_IN_AUTH_DONE,    /* both sides proved themselves and the child is there */
    HF_IKEV2_IN_DISCONNECT,   /* the caller wants to end it */
    HF_IKEV2_IN_DELETED,      /* our DELETE was answered, or time is up for it */
    HF_IKEV2_IN_PEER_DELETED, /* the gateway's DELETE came */
    HF_IKEV2_IN_FAULT,
};
#define HF_IKEV2_INPUT_COUNT (HF_IKEV2_IN_FAULT + 1)

struct hf_ikev2_sa;

struct hf_ikev2_rule {
    enum hf_ikev2_state from;
    enum hf_ikev2_input on;
    void (*act)(struct hf_ikev2_sa *sa, hf_time now);
    const char *action; /* its name */
    enum hf_ikev2_state to;
};

/* NULL: the input means nothing in this state. */
const struct hf_ikev2_rule *hf_ikev2_sa_table_find(enum hf_ikev2_state from,
                                                   enum hf_ikev2_input on);
const char *hf_ikev2_sa_table_state_name(enum hf_ikev2_state state);
const char *hf_ikev2_sa_table_input_name(enum hf_ikev2_input input);
bool hf_ikev2_sa_table_is_rest(enum hf_ikev2_state state);

#endif
