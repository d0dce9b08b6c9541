/* Our side of IKE_SA_INIT: SPI, nonce, key pair, the request. Replies are read in init_reply.c. */
#include "ikev2/init.h"

#include <string.h>

#include "base/env.h"
#include "ike/nat.h"

#define REQUEST_MAX 4096

/* The upper half is never zero, so the message cannot be taken for one behind a non-ESP marker. */
static bool draw_spi(const struct hf_env *env, uint64_t *out)
{
    uint64_t spi;

    do {
        if (!hf_env_random(env, &spi, sizeof spi))
            return false;
    } while (spi >> 32 == 0);
    *out = spi;
    return true;
}

static hf_status use_group(struct hf_ikev2_init *init, uint16_t group)
{
    struct hf_ke *ke;
    hf_status status = hf_ke_new(group, &ke);

    if (status != HF_OK)
        return status;
    hf_ke_free(init->ke);
    init->ke = ke;
    init->groups[init->group_count++] = group;
    return HF_OK;
}

hf_status hf_ikev2_init_start(struct hf_ikev2_init *init, const struct hf_ikev2_sa_config *config,
                              const struct hf_ikev2_policy *policy, const struct hf_env *env)
{
    memset(init, 0, sizeof *init);
    init->config = config;
    init->env = env;
    init->request = hf_buf_with_max(REQUEST_MAX);
    init->reply = hf_buf_with_max(HF_IKE_MESSAGE_MAX);
    init->nonce_r = hf_buf_with_max(256);
    if (!draw_spi(env, &init->spi_i) || !hf_env_random(env, init->nonce_i, sizeof init->nonce_i) ||
        !hf_env_random(env, init->source, sizeof init->source))
        return HF_ERR_CRYPTO;
    return use_group(init, policy->ke.row[0]->id);
}

void hf_ikev2_init_clear(struct hf_ikev2_init *init)
{
    hf_ke_free(init->ke);
    init->ke = NULL;
    hf_buf_free(&init->request);
    hf_buf_free(&init->reply);
    hf_buf_free(&init->nonce_r);
    hf_secret_clear(&init->shared);
}

static void add_ke(struct hf_ikev2_chain_writer *chain, const struct hf_ke *ke)
{
    struct hf_ikev2_ke body = { .method = hf_ke_method(ke), .data = hf_ke_public(ke) };

    hf_ikev2_payload_begin(chain, HF_PAYLOAD_KE);
    hf_ikev2_ke_encode(&chain->w, &body);
    hf_ikev2_payload_end(chain);
}

/* The source hash is random and so never matches: the gateway takes us for behind a NAT and
 * encapsulates in UDP always, which is all that our data plane speaks (RFC 7296, section 2.23
 * allows it). It is drawn once, because a request with a cookie repeats the one without (section
 * 2.6). */
static hf_status add_nat_detection(const struct hf_ikev2_init *init,
                                   struct hf_ikev2_chain_writer *chain)
{
    uint8_t destination[HF_NAT_HASH_LEN];

    if (hf_ike_nat_hash(init->spi_i, 0, &init->config->gateway, destination) != HF_OK)
        return HF_ERR_CRYPTO;
    hf_ikev2_chain_add_notify(chain, HF_PROTOCOL_NONE, (hf_bytes){ 0 },
                              HF_NOTIFY_NAT_DETECTION_SOURCE_IP, HF_BYTES_OF(init->source));
    hf_ikev2_chain_add_notify(chain, HF_PROTOCOL_NONE, (hf_bytes){ 0 },
                              HF_NOTIFY_NAT_DETECTION_DESTINATION_IP, HF_BYTES_OF(destination));
    return HF_OK;
}

static void add_capabilities(struct hf_ikev2_chain_writer *chain)
{
    static const uint8_t hashes[] = { 0, HF_SIGHASH_SHA2_256, 0, HF_SIGHASH_SHA2_384,
                                      0, HF_SIGHASH_SHA2_512, 0, HF_SIGHASH_IDENTITY };

    hf_ikev2_chain_add_notify(chain, HF_PROTOCOL_NONE, (hf_bytes){ 0 },
                              HF_NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED, (hf_bytes){ 0 });
    hf_ikev2_chain_add_notify(chain, HF_PROTOCOL_NONE, (hf_bytes){ 0 },
                              HF_NOTIFY_SIGNATURE_HASH_ALGORITHMS, HF_BYTES_OF(hashes));
}

static hf_status write_chain(struct hf_ikev2_init *init, const struct hf_ikev2_policy *policy,
                             struct hf_ikev2_chain_writer *chain)
{
    struct hf_ikev2_sa_payload sa;
    hf_status status;

    if (init->cookie_len != 0) /* first of all: RFC 7296, section 2.6 */
        hf_ikev2_chain_add_notify(chain, HF_PROTOCOL_NONE, (hf_bytes){ 0 }, HF_NOTIFY_COOKIE,
                                  (hf_bytes){ init->cookie, init->cookie_len });
    hf_ikev2_proposal_offer_ike(policy, (hf_bytes){ 0 }, &sa);
    hf_ikev2_payload_begin(chain, HF_PAYLOAD_SA);
    hf_ikev2_sa_encode(&chain->w, &sa);
    hf_ikev2_payload_end(chain);
    add_ke(chain, init->ke);
    hf_ikev2_chain_add(chain, HF_PAYLOAD_NONCE, HF_BYTES_OF(init->nonce_i));
    status = add_nat_detection(init, chain);
    add_capabilities(chain);
    return status;
}

hf_status hf_ikev2_init_encode(struct hf_ikev2_init *init, const struct hf_ikev2_policy *policy)
{
    uint8_t storage[REQUEST_MAX];
    struct hf_ikev2_chain_writer chain = hf_ikev2_chain_begin(storage, sizeof storage);
    struct hf_ike_header header = {
        .spi_i = init->spi_i,
        .version = 0x20,
        .exchange = HF_IKE_SA_INIT,
        .flags = HF_IKE_FLAG_INITIATOR,
    };
    hf_status status;

    if (hf_ke_method(init->ke) != policy->ke.row[0]->id) { /* after INVALID_KE_PAYLOAD */
        status = use_group(init, policy->ke.row[0]->id);
        if (status != HF_OK)
            return status;
    }
    status = write_chain(init, policy, &chain);
    if (status != HF_OK)
        return status;
    return hf_ikev2_message_encode(&header, &chain, &init->request);
}
