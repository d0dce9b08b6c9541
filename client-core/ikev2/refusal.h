/* What an error notify of an authentic message means for the user: the one table from notify types
 * to statuses. */
#ifndef HF_IKEV2_REFUSAL_H
#define HF_IKEV2_REFUSAL_H

#include "base/fault.h"
#include "ikev2/payload.h"

struct hf_fault hf_ikev2_refusal_fault(uint16_t notify_type, enum hf_stage stage);

#endif
