/* Asking for a child SA: see child.h. Answering the gateway is in child_answer.c. */
#include "ikev2/child.h"

#include <string.h>

#include "base/env.h"
#include "ikev2/child_keys.h"

/* SPIs 0 to 255 are reserved (RFC 4303, section 2.1). */
hf_status hf_ikev2_child_draw_spi(const struct hf_env *env, const uint32_t *taken, size_t count,
                                  uint32_t *out)
{
    for (int i = 0; i < 16; i++) {
        uint32_t spi;
        bool used = false;

        if (!hf_env_random(env, &spi, sizeof spi))
            return HF_ERR_CRYPTO;
        for (size_t j = 0; j < count; j++)
            used = used || taken[j] == spi;
        if (spi > 255 && !used) {
            *out = spi;
            return HF_OK;
        }
    }
    return HF_ERR_CRYPTO; /* a generator that repeats itself is broken */
}

hf_status hf_ikev2_child_offer_make(const struct hf_env *env, uint32_t spi_in,
                                    const struct hf_selectors *asked, uint16_t ke,
                                    struct hf_ikev2_child_offer *out)
{
    *out = (struct hf_ikev2_child_offer){ .spi_in = spi_in,
                                          .in_auth = ke == HF_KE_NONE,
                                          .asked = *asked };
    if (out->in_auth)
        return HF_OK;
    if (!hf_env_random(env, out->nonce, sizeof out->nonce))
        return HF_ERR_CRYPTO;
    return hf_ke_new(ke, &out->ke);
}

void hf_ikev2_child_offer_clear(struct hf_ikev2_child_offer *offer)
{
    hf_ke_free(offer->ke);
    hf_cleanse(offer, sizeof *offer);
}

static void offered_proposals(const struct hf_ikev2_child_offer *offer,
                              const struct hf_ikev2_policy *policy, uint8_t spi[4],
                              struct hf_ikev2_sa_payload *out)
{
    hf_writer w = hf_writer_of(spi, 4);

    hf_write_u32(&w, offer->spi_in);
    hf_ikev2_proposal_offer_esp(policy, !offer->in_auth, (hf_bytes){ spi, 4 }, out);
}

static void add_exchange(const struct hf_ikev2_child_offer *offer,
                         struct hf_ikev2_chain_writer *chain)
{
    struct hf_ikev2_ke ke = { .method = hf_ke_method(offer->ke), .data = hf_ke_public(offer->ke) };

    hf_ikev2_chain_add(chain, HF_PAYLOAD_NONCE, HF_BYTES_OF(offer->nonce));
    hf_ikev2_payload_begin(chain, HF_PAYLOAD_KE);
    hf_ikev2_ke_encode(&chain->w, &ke);
    hf_ikev2_payload_end(chain);
}

void hf_ikev2_child_offer_encode(const struct hf_ikev2_child_offer *offer,
                                 const struct hf_ikev2_policy *policy,
                                 struct hf_ikev2_chain_writer *chain)
{
    struct hf_ikev2_sa_payload sa;
    uint8_t spi[4];

    offered_proposals(offer, policy, spi, &sa);
    hf_ikev2_payload_begin(chain, HF_PAYLOAD_SA);
    hf_ikev2_sa_encode(&chain->w, &sa);
    hf_ikev2_payload_end(chain);
    if (!offer->in_auth)
        add_exchange(offer, chain);
    hf_ikev2_payload_begin(chain, HF_PAYLOAD_TSI);
    hf_ikev2_narrow_encode(&chain->w, offer->asked.local, offer->asked.local_count);
    hf_ikev2_payload_end(chain);
    hf_ikev2_payload_begin(chain, HF_PAYLOAD_TSR);
    hf_ikev2_narrow_encode(&chain->w, offer->asked.remote, offer->asked.remote_count);
    hf_ikev2_payload_end(chain);
}

static hf_status accept_choice(const struct hf_ikev2_child_offer *offer,
                               const struct hf_ikev2_policy *policy,
                               const struct hf_ikev2_chain *chain, struct hf_ikev2_choice *out)
{
    const struct hf_ikev2_raw_payload *payload = hf_ikev2_chain_find(chain, HF_PAYLOAD_SA, 0);
    struct hf_ikev2_sa_payload offered, reply;
    uint8_t spi[4];
    hf_status status;

    if (payload == NULL)
        return HF_ERR_MALFORMED;
    status = hf_ikev2_sa_decode(payload->body, &reply);
    if (status != HF_OK)
        return status;
    offered_proposals(offer, policy, spi, &offered);
    return hf_ikev2_proposal_accept(&offered, &reply, out);
}

/* The gateway may narrow and nothing else (RFC 7296, section 2.9). */
static hf_status accept_selectors(const struct hf_ikev2_child_offer *offer,
                                  const struct hf_ikev2_chain *chain, struct hf_selectors *out)
{
    hf_status status = hf_ikev2_child_keys_selectors(chain, true, out);

    if (status != HF_OK)
        return status;
    if (!hf_ikev2_narrow_is_within(out->local, out->local_count, offer->asked.local,
                                   offer->asked.local_count) ||
        !hf_ikev2_narrow_is_within(out->remote, out->remote_count, offer->asked.remote,
                                   offer->asked.remote_count))
        return HF_ERR_TS_REFUSED;
    return HF_OK;
}

/* Nonce and, where one was agreed on, key exchange of the answer; inside IKE_AUTH there is neither.
 */
static hf_status accept_exchange(const struct hf_ikev2_child_offer *offer,
                                 const struct hf_ikev2_choice *choice,
                                 const struct hf_ikev2_chain *chain, hf_bytes *out_nonce,
                                 hf_secret *out_shared)
{
    const struct hf_ikev2_raw_payload *nonce = hf_ikev2_chain_find(chain, HF_PAYLOAD_NONCE, 0);
    const struct hf_ikev2_raw_payload *payload = hf_ikev2_chain_find(chain, HF_PAYLOAD_KE, 0);
    struct hf_ikev2_ke ke;
    hf_status status;

    if (offer->in_auth)
        return HF_OK;
    if (nonce == NULL || (payload == NULL) != (choice->ke == HF_KE_NONE))
        return HF_ERR_MALFORMED;
    status = hf_ikev2_nonce_decode(nonce->body, out_nonce);
    if (status != HF_OK || payload == NULL)
        return status;
    status = hf_ikev2_ke_decode(payload->body, &ke);
    if (status != HF_OK)
        return status;
    if (ke.method != choice->ke || ke.method != hf_ke_method(offer->ke))
        return HF_ERR_BAD_KEY_EXCHANGE;
    return hf_ke_derive(offer->ke, ke.data, out_shared);
}

static hf_status accept(const struct hf_ikev2_child_offer *offer,
                        const struct hf_ikev2_policy *policy,
                        const struct hf_ikev2_child_source *source,
                        const struct hf_ikev2_chain *chain, struct hf_ikev2_child *child,
                        struct hf_ikev2_child_terms *terms)
{
    struct hf_ikev2_child_source from = *source;
    struct hf_ikev2_choice choice;
    hf_secret shared = { 0 };
    hf_status status = accept_choice(offer, policy, chain, &choice);

    if (status == HF_OK)
        status = accept_selectors(offer, chain, &child->selectors);
    if (status == HF_OK && !offer->in_auth)
        from.nonce_i = HF_BYTES_OF(offer->nonce);
    if (status == HF_OK)
        status = accept_exchange(offer, &choice, chain, &from.nonce_r, &shared);
    if (status == HF_OK)
        status = hf_ikev2_child_keys_make(&from, &choice, &shared, offer->spi_in, true, child);
    hf_secret_clear(&shared);
    if (status != HF_OK)
        return status;
    child->send_now = true;
    terms->ke = choice.ke;
    hf_ikev2_proposal_describe(&choice, terms->text, sizeof terms->text);
    return HF_OK;
}

hf_status hf_ikev2_child_offer_accept(
    const struct hf_ikev2_child_offer *offer, const struct hf_ikev2_policy *policy,
    const struct hf_ikev2_child_source *source, const struct hf_ikev2_chain *chain,
    struct hf_ikev2_child *out, struct hf_ikev2_child_terms *out_terms, struct hf_fault *out_fault)
{
    struct hf_ikev2_child child = { 0 };
    struct hf_ikev2_child_terms terms = { 0 };
    hf_status status = accept(offer, policy, source, chain, &child, &terms);

    if (status == HF_OK) {
        *out = child;
        *out_terms = terms;
    } else {
        *out_fault = hf_fault_make(status, HF_STAGE_AUTHENTICATION);
        hf_ikev2_policy_describe(policy, HF_PROTOCOL_ESP, out_fault->offered);
    }
    hf_cleanse(&child, sizeof child);
    return status;
}
