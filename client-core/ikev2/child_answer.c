/* Answering a gateway that asks for a child SA, which is one that replaces another: see child.h. */
#include <string.h>

#include "base/env.h"
#include "ikev2/child.h"
#include "ikev2/child_keys.h"

struct answer {
    struct hf_ikev2_choice choice;
    struct hf_selectors selectors;
    hf_bytes nonce_i;
    struct hf_ikev2_ke ke; /* method HF_KE_NONE: none sent */
    uint8_t nonce_r[HF_IKEV2_CHILD_NONCE_LEN];
};

static hf_status read_exchange(const struct hf_ikev2_chain *chain, struct answer *answer)
{
    const struct hf_ikev2_raw_payload *nonce = hf_ikev2_chain_find(chain, HF_PAYLOAD_NONCE, 0);
    const struct hf_ikev2_raw_payload *ke = hf_ikev2_chain_find(chain, HF_PAYLOAD_KE, 0);
    hf_status status;

    answer->ke.method = HF_KE_NONE;
    if (nonce == NULL)
        return HF_ERR_MALFORMED;
    status = hf_ikev2_nonce_decode(nonce->body, &answer->nonce_i);
    if (status == HF_OK && ke != NULL)
        status = hf_ikev2_ke_decode(ke->body, &answer->ke);
    return status;
}

static hf_status choose(const struct hf_ikev2_policy *policy, const struct hf_ikev2_chain *chain,
                        struct answer *answer)
{
    const struct hf_ikev2_raw_payload *payload = hf_ikev2_chain_find(chain, HF_PAYLOAD_SA, 0);
    struct hf_ikev2_sa_payload theirs;
    hf_status status;

    if (payload == NULL)
        return HF_ERR_MALFORMED;
    status = hf_ikev2_sa_decode(payload->body, &theirs);
    if (status != HF_OK)
        return status;
    return hf_ikev2_proposal_choose(policy, HF_PROTOCOL_ESP, answer->ke.method, &theirs,
                                    &answer->choice);
}

/* What both want: never more than the child had that is being replaced. */
static hf_status narrow(const struct hf_selectors *within, const struct hf_ikev2_chain *chain,
                        struct hf_selectors *out)
{
    struct hf_selectors theirs, common = { 0 };
    hf_status status = hf_ikev2_child_keys_selectors(chain, false, &theirs);

    if (status != HF_OK)
        return status;
    common.local_count = hf_ikev2_narrow_intersect(within->local, within->local_count, theirs.local,
                                                   theirs.local_count, common.local);
    common.remote_count = hf_ikev2_narrow_intersect(
        within->remote, within->remote_count, theirs.remote, theirs.remote_count, common.remote);
    if (common.local_count == 0 || common.remote_count == 0)
        return HF_ERR_TS_REFUSED;
    *out = common;
    return HF_OK;
}

static void add_ke(struct hf_ikev2_chain_writer *reply, const struct hf_ke *ke)
{
    struct hf_ikev2_ke body = { .method = hf_ke_method(ke), .data = hf_ke_public(ke) };

    hf_ikev2_payload_begin(reply, HF_PAYLOAD_KE);
    hf_ikev2_ke_encode(&reply->w, &body);
    hf_ikev2_payload_end(reply);
}

static void add_ts(struct hf_ikev2_chain_writer *reply, uint8_t type, const hf_selector *list,
                   size_t count)
{
    hf_ikev2_payload_begin(reply, type);
    hf_ikev2_narrow_encode(&reply->w, list, count);
    hf_ikev2_payload_end(reply);
}

static void encode(const struct hf_ikev2_child_request *request, const struct answer *answer,
                   const struct hf_ke *ke, struct hf_ikev2_chain_writer *reply)
{
    struct hf_ikev2_sa_payload sa;
    uint8_t spi[4];
    hf_writer w = hf_writer_of(spi, sizeof spi);

    hf_write_u32(&w, request->spi_in);
    hf_ikev2_proposal_answer(&answer->choice, HF_BYTES_OF(spi), &sa);
    hf_ikev2_payload_begin(reply, HF_PAYLOAD_SA);
    hf_ikev2_sa_encode(&reply->w, &sa);
    hf_ikev2_payload_end(reply);
    hf_ikev2_chain_add(reply, HF_PAYLOAD_NONCE, HF_BYTES_OF(answer->nonce_r));
    if (ke != NULL)
        add_ke(reply, ke);
    add_ts(reply, HF_PAYLOAD_TSI, answer->selectors.remote, answer->selectors.remote_count);
    add_ts(reply, HF_PAYLOAD_TSR, answer->selectors.local, answer->selectors.local_count);
}

static hf_status exchange_keys(const struct answer *answer, struct hf_ke **out_ke,
                               hf_secret *out_shared)
{
    hf_status status;

    if (answer->choice.ke == HF_KE_NONE)
        return HF_OK;
    status = hf_ke_new(answer->choice.ke, out_ke);
    if (status != HF_OK)
        return status;
    status = hf_ke_derive(*out_ke, answer->ke.data, out_shared);
    return status == HF_ERR_MALFORMED ? HF_ERR_BAD_KEY_EXCHANGE : status;
}

static hf_status conclude(const struct hf_ikev2_child_request *request, struct answer *answer,
                          struct hf_ikev2_chain_writer *reply, struct hf_ikev2_child *child)
{
    struct hf_ikev2_child_source from = *request->source;
    struct hf_ke *ke = NULL;
    hf_secret shared = { 0 };
    hf_status status = exchange_keys(answer, &ke, &shared);

    from.nonce_i = answer->nonce_i;
    from.nonce_r = HF_BYTES_OF(answer->nonce_r);
    if (status == HF_OK)
        status = hf_ikev2_child_keys_make(&from, &answer->choice, &shared, request->spi_in, false,
                                          child);
    if (status == HF_OK) {
        child->selectors = answer->selectors;
        encode(request, answer, ke, reply);
    }
    hf_secret_clear(&shared);
    hf_ke_free(ke);
    return status;
}

hf_status hf_ikev2_child_answer(const struct hf_ikev2_child_request *request,
                                const struct hf_ikev2_chain *chain,
                                struct hf_ikev2_chain_writer *reply, struct hf_ikev2_child *out,
                                struct hf_ikev2_child_terms *out_terms, uint16_t *out_group)
{
    struct answer answer = { 0 };
    struct hf_ikev2_child child = { 0 };
    hf_status status = read_exchange(chain, &answer);

    *out_group = HF_KE_NONE;
    if (status == HF_OK)
        status = choose(request->policy, chain, &answer);
    if (status == HF_OK)
        status = narrow(request->within, chain, &answer.selectors);
    if (status == HF_OK && answer.choice.ke != answer.ke.method && answer.choice.ke != HF_KE_NONE) {
        *out_group = answer.choice.ke;
        return HF_ERR_BAD_KEY_EXCHANGE;
    }
    if (status == HF_OK && !hf_env_random(request->env, answer.nonce_r, sizeof answer.nonce_r))
        status = HF_ERR_CRYPTO;
    if (status == HF_OK)
        status = conclude(request, &answer, reply, &child);
    if (status == HF_OK) {
        *out = child;
        out_terms->ke = answer.choice.ke;
        hf_ikev2_proposal_describe(&answer.choice, out_terms->text, sizeof out_terms->text);
    }
    hf_cleanse(&child, sizeof child);
    return status;
}
