/* The state table of an IKEv2 SA: see sa_table.h. */
#include "ikev2/sa_table.h"

#include "ikev2/sa_parts.h"

#define RULE(from, on, act, to)                                                                    \
    {                                                                                              \
        HF_IKEV2_##from, HF_IKEV2_IN_##on, hf_ikev2_sa_##act, #act, HF_IKEV2_##to                  \
    }

/* clang-format off */
static const struct hf_ikev2_rule rules[] = {
    /*    from         on            act                  to           */
    RULE(CREATED,     START,        connect_send_init,   INIT_SENT),
    RULE(INIT_SENT,   RETRY,        connect_send_init,   INIT_SENT),
    RULE(INIT_SENT,   INIT_DONE,    connect_send_auth,   AUTH_SENT),
    RULE(AUTH_SENT,   EAP_REQUEST,  connect_send_eap,    EAP_SENT),
    RULE(AUTH_SENT,   AUTH_DONE,    connect_establish,   TUNNEL),
    RULE(EAP_SENT,    EAP_REQUEST,  connect_send_eap,    EAP_SENT),
    RULE(EAP_SENT,    EAP_SUCCESS,  connect_send_proof,  PROOF_SENT),
    RULE(PROOF_SENT,  AUTH_DONE,    connect_establish,   TUNNEL),
    RULE(TUNNEL,      DISCONNECT,   tunnel_queue_delete, CLOSING),
    RULE(TUNNEL,      PEER_DELETED, end_by_peer,         STATE_ENDED),
    RULE(CLOSING,     DELETED,      end_by_us,           STATE_ENDED),
    RULE(CLOSING,     PEER_DELETED, end_by_us,           STATE_ENDED),
    RULE(CREATED,     DISCONNECT,   end_by_us,           STATE_ENDED),
    RULE(INIT_SENT,   DISCONNECT,   end_by_us,           STATE_ENDED),
    RULE(AUTH_SENT,   DISCONNECT,   end_by_us,           STATE_ENDED),
    RULE(EAP_SENT,    DISCONNECT,   end_by_us,           STATE_ENDED),
    RULE(PROOF_SENT,  DISCONNECT,   end_by_us,           STATE_ENDED),
    RULE(CREATED,     FAULT,        end_by_fault,        STATE_FAILED),
    RULE(INIT_SENT,   FAULT,        end_by_fault,        STATE_FAILED),
    RULE(AUTH_SENT,   FAULT,        end_by_fault,        STATE_FAILED),
    RULE(EAP_SENT,    FAULT,        end_by_fault,        STATE_FAILED),
    RULE(PROOF_SENT,  FAULT,        end_by_fault,        STATE_FAILED),
    RULE(TUNNEL,      FAULT,        end_by_fault,        STATE_FAILED),
    RULE(CLOSING,     FAULT,        end_by_us,           STATE_ENDED),
};
/* clang-format on */

const struct hf_ikev2_rule *hf_ikev2_sa_table_find(enum hf_ikev2_state from, enum hf_ikev2_input on)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(rules); i++) {
        if (rules[i].from == from && rules[i].on == on)
            return &rules[i];
    }
    return NULL;
}

const char *hf_ikev2_sa_table_state_name(enum hf_ikev2_state state)
{
    switch (state) {
    case HF_IKEV2_CREATED:
        return "created";
    case HF_IKEV2_INIT_SENT:
        return "init-sent";
    case HF_IKEV2_AUTH_SENT:
        return "auth-sent";
    case HF_IKEV2_EAP_SENT:
        return "eap-sent";
    case HF_IKEV2_PROOF_SENT:
        return "proof-sent";
    case HF_IKEV2_TUNNEL:
        return "tunnel";
    case HF_IKEV2_CLOSING:
        return "closing";
    case HF_IKEV2_STATE_ENDED:
        return "ended";
    case HF_IKEV2_STATE_FAILED:
        return "failed";
    }
    return "?";
}

const char *hf_ikev2_sa_table_input_name(enum hf_ikev2_input input)
{
    switch (input) {
    case HF_IKEV2_IN_START:
        return "start";
    case HF_IKEV2_IN_RETRY:
        return "retry";
    case HF_IKEV2_IN_INIT_DONE:
        return "init-done";
    case HF_IKEV2_IN_EAP_REQUEST:
        return "eap-request";
    case HF_IKEV2_IN_EAP_SUCCESS:
        return "eap-success";
    case HF_IKEV2_IN_AUTH_DONE:
        return "auth-done";
    case HF_IKEV2_IN_DISCONNECT:
        return "disconnect";
    case HF_IKEV2_IN_DELETED:
        return "deleted";
    case HF_IKEV2_IN_PEER_DELETED:
        return "peer-deleted";
    case HF_IKEV2_IN_FAULT:
        return "fault";
    }
    return "?";
}

bool hf_ikev2_sa_table_is_rest(enum hf_ikev2_state state)
{
    return state == HF_IKEV2_STATE_ENDED || state == HF_IKEV2_STATE_FAILED;
}
