/* Unprotected messages, and what protected ones are made of: see message.h. Sealing is in
 * message_seal.c, opening in message_open.c. */
#include "ikev2/message.h"

hf_status hf_ikev2_message_encode(const struct hf_ike_header *header,
                                  const struct hf_ikev2_chain_writer *chain, hf_buf *out)
{
    struct hf_ike_header own = *header;
    uint8_t head[HF_IKE_HEADER_LEN];
    hf_writer w = hf_writer_of(head, sizeof head);
    hf_bytes payloads, encoded;

    if (!hf_writer_finish(&chain->w, &payloads) || payloads.len > HF_IKE_MESSAGE_MAX ||
        HF_IKE_HEADER_LEN + payloads.len > out->max)
        return HF_ERR_TOO_LARGE;
    own.next_payload = chain->first;
    own.length = (uint32_t)(HF_IKE_HEADER_LEN + payloads.len);
    hf_ike_header_encode(&w, &own);
    if (!hf_writer_finish(&w, &encoded))
        return HF_ERR_INTERNAL;
    hf_buf_clear(out);
    if (!hf_buf_append(out, encoded) || !hf_buf_append(out, payloads))
        return HF_ERR_NO_MEMORY;
    return HF_OK;
}

void hf_ikev2_protection_clear(struct hf_ikev2_protection *protection)
{
    hf_cipher_free(protection->seal);
    hf_cipher_free(protection->open);
    *protection = (struct hf_ikev2_protection){ 0 };
}

void hf_ikev2_datagrams_clear(struct hf_ikev2_datagrams *datagrams)
{
    for (size_t i = 0; i < datagrams->count; i++)
        hf_buf_free(&datagrams->list[i]);
    *datagrams = (struct hf_ikev2_datagrams){ 0 };
}
