/* Rekeying the IKE SA: see rekey_ike.h. */
#include "ikev2/rekey_ike.h"

#include "base/env.h"

hf_status hf_ikev2_rekey_ike_start(const struct hf_env *env, uint16_t group,
                                   struct hf_ikev2_rekey_ike *out)
{
    *out = (struct hf_ikev2_rekey_ike){ 0 };
    do {
        if (!hf_env_random(env, &out->spi, sizeof out->spi))
            return HF_ERR_CRYPTO;
    } while (out->spi >> 32 == 0); /* see draw_spi in init.c */
    if (!hf_env_random(env, out->nonce, sizeof out->nonce))
        return HF_ERR_CRYPTO;
    return hf_ke_new(group, &out->ke);
}

void hf_ikev2_rekey_ike_clear(struct hf_ikev2_rekey_ike *rekey)
{
    hf_ke_free(rekey->ke);
    hf_cleanse(rekey, sizeof *rekey);
}

static hf_bytes write_spi(uint64_t spi, uint8_t storage[8])
{
    hf_writer w = hf_writer_of(storage, 8);

    hf_write_u64(&w, spi);
    return (hf_bytes){ storage, 8 };
}

static void encode(const struct hf_ikev2_rekey_ike *rekey, const struct hf_ikev2_sa_payload *sa,
                   struct hf_ikev2_chain_writer *chain)
{
    struct hf_ikev2_ke ke = { .method = hf_ke_method(rekey->ke), .data = hf_ke_public(rekey->ke) };

    hf_ikev2_payload_begin(chain, HF_PAYLOAD_SA);
    hf_ikev2_sa_encode(&chain->w, sa);
    hf_ikev2_payload_end(chain);
    hf_ikev2_chain_add(chain, HF_PAYLOAD_NONCE, HF_BYTES_OF(rekey->nonce));
    hf_ikev2_payload_begin(chain, HF_PAYLOAD_KE);
    hf_ikev2_ke_encode(&chain->w, &ke);
    hf_ikev2_payload_end(chain);
}

void hf_ikev2_rekey_ike_encode(const struct hf_ikev2_rekey_ike *rekey,
                               const struct hf_ikev2_policy *policy,
                               struct hf_ikev2_chain_writer *chain)
{
    struct hf_ikev2_sa_payload sa;
    uint8_t spi[8];

    hf_ikev2_proposal_offer_ike(policy, write_spi(rekey->spi, spi), &sa);
    encode(rekey, &sa, chain);
}

/* SA, nonce and KE of the other side; all three are needed. */
struct peer_part {
    struct hf_ikev2_sa_payload sa;
    hf_bytes nonce;
    struct hf_ikev2_ke ke;
};

static hf_status read_part(const struct hf_ikev2_chain *chain, struct peer_part *out)
{
    const struct hf_ikev2_raw_payload *sa = hf_ikev2_chain_find(chain, HF_PAYLOAD_SA, 0);
    const struct hf_ikev2_raw_payload *nonce = hf_ikev2_chain_find(chain, HF_PAYLOAD_NONCE, 0);
    const struct hf_ikev2_raw_payload *ke = hf_ikev2_chain_find(chain, HF_PAYLOAD_KE, 0);
    hf_status status;

    if (sa == NULL || nonce == NULL || ke == NULL)
        return HF_ERR_MALFORMED;
    status = hf_ikev2_sa_decode(sa->body, &out->sa);
    if (status == HF_OK)
        status = hf_ikev2_nonce_decode(nonce->body, &out->nonce);
    if (status == HF_OK)
        status = hf_ikev2_ke_decode(ke->body, &out->ke);
    return status;
}

static hf_status read_spi(hf_bytes bytes, uint64_t *out)
{
    hf_reader r = hf_reader_of(bytes);
    uint64_t spi;

    if (bytes.len != 8 || !hf_read_u64(&r, &spi) || spi == 0)
        return HF_ERR_MALFORMED;
    *out = spi;
    return HF_OK;
}

/* The new channel, whose initiator is the side that started the rekey. */
static hf_status make_channel(const struct hf_ikev2_rekey_ike *own, const struct peer_part *peer,
                              const struct hf_ikev2_choice *choice,
                              const struct hf_ikev2_channel *old, bool we_started,
                              struct hf_ikev2_channel **out)
{
    hf_secret shared = { 0 };
    hf_bytes nonce = HF_BYTES_OF(own->nonce);
    uint64_t peer_spi;
    struct hf_ikev2_channel_setup setup = {
        .suite = hf_ikev2_proposal_suite(choice),
        .keymat = {.shared = &shared, .old_d = &old->keys.d, .old_prf = old->suite.prf},
        .is_initiator = we_started,
        .fragment = old->fragment,
        .max_datagram = old->max_datagram,
        .rtt = old->window.rtt,
    };
    hf_status status = read_spi(choice->spi, &peer_spi);

    if (status == HF_OK && peer_spi == own->spi) /* our own, reflected (rule A21) */
        status = HF_ERR_MALFORMED;
    if (status == HF_OK)
        status = hf_ke_derive(own->ke, peer->ke.data, &shared);
    if (status == HF_OK) {
        setup.keymat.nonce_i = we_started ? nonce : peer->nonce;
        setup.keymat.nonce_r = we_started ? peer->nonce : nonce;
        setup.keymat.spi_i = we_started ? own->spi : peer_spi;
        setup.keymat.spi_r = we_started ? peer_spi : own->spi;
        status = hf_ikev2_channel_new(&setup, out);
    }
    if (status == HF_OK)
        hf_ikev2_channel_forget_auth_keys(*out); /* nobody authenticates again */
    hf_secret_clear(&shared);
    return status;
}

hf_status hf_ikev2_rekey_ike_accept(const struct hf_ikev2_rekey_ike *rekey,
                                    const struct hf_ikev2_policy *policy,
                                    const struct hf_ikev2_channel *old,
                                    const struct hf_ikev2_chain *chain,
                                    struct hf_ikev2_channel **out,
                                    struct hf_ikev2_choice *out_choice)
{
    struct hf_ikev2_sa_payload offered;
    struct hf_ikev2_choice choice;
    struct peer_part peer;
    uint8_t spi[8];
    hf_status status = read_part(chain, &peer);

    if (status != HF_OK)
        return status;
    hf_ikev2_proposal_offer_ike(policy, write_spi(rekey->spi, spi), &offered);
    status = hf_ikev2_proposal_accept(&offered, &peer.sa, &choice);
    if (status != HF_OK)
        return status;
    if (peer.ke.method != choice.ke || choice.ke != hf_ke_method(rekey->ke))
        return HF_ERR_BAD_KEY_EXCHANGE;
    status = make_channel(rekey, &peer, &choice, old, true, out);
    if (status == HF_OK)
        *out_choice = choice;
    return status;
}

static hf_status choose(const struct hf_ikev2_policy *policy, const struct peer_part *peer,
                        struct hf_ikev2_choice *out, uint16_t *out_group)
{
    hf_status status =
        hf_ikev2_proposal_choose(policy, HF_PROTOCOL_IKE, peer->ke.method, &peer->sa, out);

    if (status == HF_OK && out->ke != peer->ke.method) {
        *out_group = out->ke;
        return HF_ERR_BAD_KEY_EXCHANGE;
    }
    return status;
}

hf_status hf_ikev2_rekey_ike_answer(const struct hf_env *env, const struct hf_ikev2_policy *policy,
                                    const struct hf_ikev2_channel *old,
                                    const struct hf_ikev2_chain *chain,
                                    struct hf_ikev2_chain_writer *reply,
                                    struct hf_ikev2_channel **out,
                                    struct hf_ikev2_choice *out_choice, uint16_t *out_group)
{
    struct hf_ikev2_rekey_ike own = { 0 };
    struct hf_ikev2_sa_payload sa;
    struct hf_ikev2_choice choice;
    struct peer_part peer;
    uint8_t spi[8];
    hf_status status = read_part(chain, &peer);

    *out_group = HF_KE_NONE;
    if (status == HF_OK)
        status = choose(policy, &peer, &choice, out_group);
    if (status == HF_OK)
        status = hf_ikev2_rekey_ike_start(env, choice.ke, &own);
    if (status == HF_OK)
        status = make_channel(&own, &peer, &choice, old, false, out);
    if (status == HF_OK) {
        hf_ikev2_proposal_answer(&choice, write_spi(own.spi, spi), &sa);
        encode(&own, &sa, reply);
        *out_choice = choice;
    }
    hf_ikev2_rekey_ike_clear(&own);
    return status;
}
