/* Error notifies as faults: see refusal.h. RFC 7296, section 3.10.1. */
#include "ikev2/refusal.h"

#include "ikev2/text.h"

static const struct meaning {
    uint16_t type;
    hf_status status;
} meanings[] = {
    {HF_NOTIFY_NO_PROPOSAL_CHOSEN,        HF_ERR_NO_PROPOSAL     },
    { HF_NOTIFY_INVALID_KE_PAYLOAD,       HF_ERR_BAD_KEY_EXCHANGE},
    { HF_NOTIFY_AUTHENTICATION_FAILED,    HF_ERR_AUTH_REJECTED   },
    { HF_NOTIFY_SINGLE_PAIR_REQUIRED,     HF_ERR_TS_REFUSED      },
    { HF_NOTIFY_TS_UNACCEPTABLE,          HF_ERR_TS_REFUSED      },
    { HF_NOTIFY_INTERNAL_ADDRESS_FAILURE, HF_ERR_NO_ADDRESS      },
    { HF_NOTIFY_FAILED_CP_REQUIRED,       HF_ERR_NO_ADDRESS      },
};

static hf_status status_of(uint16_t type)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(meanings); i++) {
        if (meanings[i].type == type)
            return meanings[i].status;
    }
    return HF_ERR_PEER_ERROR;
}

struct hf_fault hf_ikev2_refusal_fault(uint16_t notify_type, enum hf_stage stage)
{
    struct hf_fault fault = hf_fault_make(status_of(notify_type), stage);

    fault.peer_code = notify_type;
    hf_ikev2_text_notify(fault.received, sizeof fault.received, notify_type);
    return fault;
}
