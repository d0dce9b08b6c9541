/* Payloads that several of the gateway's answers have. */
#include "scenario/gateway_internal.h"

#include "support/hex.h"

void gw_write_error(struct hf_ikev2_chain_writer *w, uint16_t type, hf_bytes data)
{
    hf_ikev2_chain_add_notify(w, 0, (hf_bytes){ 0 }, type, data);
}

void gw_write_sa(struct hf_ikev2_chain_writer *w, const struct hf_ikev2_proposal *proposal)
{
    struct hf_ikev2_sa_payload sa = { .count = 1, .proposals = { *proposal } };

    hf_ikev2_payload_begin(w, HF_PAYLOAD_SA);
    hf_ikev2_sa_encode(&w->w, &sa);
    hf_ikev2_payload_end(w);
}

void gw_write_ke(struct hf_ikev2_chain_writer *w, const struct hf_ke *ke, bool zeros)
{
    struct hf_ikev2_ke payload = { .method = hf_ke_method(ke), .data = hf_ke_public(ke) };

    if (zeros)
        payload.data.data = test_memory(payload.data.len);
    hf_ikev2_payload_begin(w, HF_PAYLOAD_KE);
    hf_ikev2_ke_encode(&w->w, &payload);
    hf_ikev2_payload_end(w);
}

void gw_write_selectors(struct hf_ikev2_chain_writer *w, uint8_t type, const hf_selector *list,
                        size_t count)
{
    struct hf_ikev2_ts ts = { .count = count };

    hf_copy(ts.selectors, list, count * sizeof *list);
    hf_ikev2_payload_begin(w, type);
    hf_ikev2_ts_encode(&w->w, &ts);
    hf_ikev2_payload_end(w);
}

void gw_withhold(struct hf_ikev2_chain_writer *w, uint8_t type)
{
    struct hf_ikev2_chain_writer kept;
    struct hf_ikev2_chain chain;
    hf_bytes written;
    uint8_t unsupported;

    if (type == HF_PAYLOAD_NONE)
        return;
    if (!hf_writer_finish(&w->w, &written))
        test_die("an answer of the gateway is too long");
    written.data = test_copy(written);
    if (hf_ikev2_chain_decode(w->first, written, &chain, &unsupported) != HF_OK)
        test_die("an answer of the gateway does not decode");
    kept = hf_ikev2_chain_begin(w->w.data, w->w.capacity);
    for (size_t i = 0; i < chain.count; i++) {
        if (chain.payloads[i].type != type)
            hf_ikev2_chain_add(&kept, chain.payloads[i].type, chain.payloads[i].body);
    }
    *w = kept;
}
