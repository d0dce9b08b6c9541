/* Length-prefixed blocks: see block.h. */
#include "ikev2/block.h"

hf_status hf_ikev2_block_read(hf_reader *r, struct hf_ikev2_block *out)
{
    hf_reader head = *r;
    struct hf_ikev2_block block;
    uint16_t len;

    if (!hf_read_u8(&head, &block.first) || !hf_read_u8(&head, &block.second) ||
        !hf_read_u16(&head, &len) || !hf_read_nested(r, len, &block.body))
        return HF_ERR_TRUNCATED;
    if (!hf_read_skip(&block.body, 4)) /* the head itself, which the length counts */
        return HF_ERR_MALFORMED;
    *out = block;
    return HF_OK;
}
