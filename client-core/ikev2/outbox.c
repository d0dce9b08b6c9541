/* The queue of outgoing datagrams: see outbox.h. */
#include "ikev2/outbox.h"

void hf_ikev2_outbox_clear(struct hf_ikev2_outbox *outbox)
{
    for (; outbox->count > 0; outbox->count--) {
        hf_buf_free(&outbox->slots[outbox->first].bytes);
        outbox->first = (outbox->first + 1) % HF_IKEV2_OUTBOX_MAX;
    }
    hf_buf_free(&outbox->lent);
}

void hf_ikev2_outbox_add(struct hf_ikev2_outbox *outbox, const hf_endpoint *to, bool marker,
                         hf_bytes datagram)
{
    static const uint8_t zeros[HF_IKE_NON_ESP_MARKER_LEN];
    size_t at = (outbox->first + outbox->count) % HF_IKEV2_OUTBOX_MAX;
    hf_buf bytes = hf_buf_with_max(HF_IKE_MESSAGE_MAX + sizeof zeros);

    if (outbox->count == HF_IKEV2_OUTBOX_MAX ||
        (marker && !hf_buf_append(&bytes, HF_BYTES_OF(zeros))) ||
        !hf_buf_append(&bytes, datagram)) {
        hf_buf_free(&bytes);
        return;
    }
    outbox->slots[at].to = *to;
    outbox->slots[at].bytes = bytes;
    outbox->count++;
}

void hf_ikev2_outbox_add_all(struct hf_ikev2_outbox *outbox, const hf_endpoint *to, bool marker,
                             const struct hf_ikev2_datagrams *datagrams)
{
    for (size_t i = 0; i < datagrams->count; i++)
        hf_ikev2_outbox_add(outbox, to, marker, hf_buf_bytes(&datagrams->list[i]));
}

bool hf_ikev2_outbox_next(struct hf_ikev2_outbox *outbox, struct hf_ikev2_datagram *out)
{
    hf_buf_free(&outbox->lent);
    if (outbox->count == 0)
        return false;
    outbox->lent = outbox->slots[outbox->first].bytes;
    out->to = outbox->slots[outbox->first].to;
    out->bytes = hf_buf_bytes(&outbox->lent);
    outbox->first = (outbox->first + 1) % HF_IKEV2_OUTBOX_MAX;
    outbox->count--;
    return true;
}
