/* Reading replies to IKE_SA_INIT: see init.h. All of it is unprotected, so a reply that is of no
 * use is a hint and never an end (RFC 7296, section 2.21.1; rule A11 of the threat model). */
#include <string.h>

#include "ike/nat.h"
#include "ikev2/init.h"
#include "ikev2/text.h"

/* This many identical answers to our retransmissions, and nothing else, are taken for the truth. */
#define HOPELESS_AFTER 4

static enum hf_ikev2_init_result hint(struct hf_ikev2_init *init, hf_status status,
                                      uint32_t peer_code, const char *received)
{
    bool repeated = init->hint.status == status && init->hint.peer_code == peer_code;

    init->hints = repeated ? init->hints + 1 : 1;
    init->hint = hf_fault_make(status, HF_STAGE_HANDSHAKE);
    init->hint.peer_code = peer_code;
    hf_fault_set_text(init->hint.received, hf_bytes_of_string(received));
    return HF_INIT_IGNORED;
}

static enum hf_ikev2_init_result hint_notify(struct hf_ikev2_init *init, uint16_t type)
{
    char name[64];

    hf_ikev2_text_notify(name, sizeof name, type);
    return hint(init, type == HF_NOTIFY_NO_PROPOSAL_CHOSEN ? HF_ERR_NO_PROPOSAL : HF_ERR_PEER_ERROR,
                type, name);
}

/* RFC 7296, section 2.6. More rounds than HF_IKEV2_COOKIE_ROUNDS are a loop. */
static enum hf_ikev2_init_result take_cookie(struct hf_ikev2_init *init, hf_bytes cookie)
{
    if (cookie.len == 0 || cookie.len > sizeof init->cookie)
        return hint(init, HF_ERR_MALFORMED, HF_NOTIFY_COOKIE, "COOKIE of bad length");
    if (init->cookie_rounds == HF_IKEV2_COOKIE_ROUNDS)
        return hint(init, HF_ERR_PEER_ERROR, HF_NOTIFY_COOKIE, "COOKIE again and again");
    init->cookie_rounds++;
    init->cookie_len = cookie.len;
    hf_copy(init->cookie, cookie.data, cookie.len);
    return HF_INIT_RETRY;
}

static bool was_used(const struct hf_ikev2_init *init, uint16_t group)
{
    for (size_t i = 0; i < init->group_count; i++) {
        if (init->groups[i] == group)
            return true;
    }
    return false;
}

/* RFC 7296, section 1.2: only a group that we offered, once each (rule A9). */
static enum hf_ikev2_init_result take_group(struct hf_ikev2_init *init,
                                            struct hf_ikev2_policy *policy, hf_bytes data)
{
    hf_reader r = hf_reader_of(data);
    uint16_t group;

    if (!hf_read_u16(&r, &group) || !hf_ikev2_policy_allows_ke(policy, group))
        return hint(init, HF_ERR_BAD_KEY_EXCHANGE, HF_NOTIFY_INVALID_KE_PAYLOAD,
                    "INVALID_KE_PAYLOAD for a group that was not offered");
    if (was_used(init, group) || init->group_count == HF_ARRAY_LEN(init->groups))
        return hint(init, HF_ERR_BAD_KEY_EXCHANGE, HF_NOTIFY_INVALID_KE_PAYLOAD,
                    "INVALID_KE_PAYLOAD again and again");
    hf_ikev2_policy_prefer_ke(policy, group); /* the key pair follows when encoding */
    return HF_INIT_RETRY;
}

struct reply {
    struct hf_ikev2_choice choice;
    hf_bytes nonce;
    struct hf_ikev2_ke ke;
};

static hf_status read_choice(const struct hf_ikev2_policy *policy,
                             const struct hf_ikev2_raw_payload *payload,
                             struct hf_ikev2_choice *out)
{
    struct hf_ikev2_sa_payload offered, sa;
    hf_status status = hf_ikev2_sa_decode(payload->body, &sa);

    if (status != HF_OK)
        return status;
    hf_ikev2_proposal_offer_ike(policy, (hf_bytes){ 0 }, &offered);
    return hf_ikev2_proposal_accept(&offered, &sa, out);
}

/* SAr1, KEr, Nr: each there once and in order with what we sent. Our own nonce is a reflection
 * (rule A21); our own KE value is refused by hf_ke_derive. */
static hf_status read_reply(const struct hf_ikev2_init *init, const struct hf_ikev2_policy *policy,
                            const struct hf_ikev2_chain *chain, struct reply *out)
{
    const struct hf_ikev2_raw_payload *sa = hf_ikev2_chain_find(chain, HF_PAYLOAD_SA, 0);
    const struct hf_ikev2_raw_payload *ke = hf_ikev2_chain_find(chain, HF_PAYLOAD_KE, 0);
    const struct hf_ikev2_raw_payload *nonce = hf_ikev2_chain_find(chain, HF_PAYLOAD_NONCE, 0);
    hf_status status;

    if (sa == NULL || ke == NULL || nonce == NULL)
        return HF_ERR_MALFORMED;
    status = read_choice(policy, sa, &out->choice);
    if (status == HF_OK)
        status = hf_ikev2_ke_decode(ke->body, &out->ke);
    if (status == HF_OK)
        status = hf_ikev2_nonce_decode(nonce->body, &out->nonce);
    if (status != HF_OK)
        return status;
    if (hf_bytes_equal(out->nonce, HF_BYTES_OF(init->nonce_i)) ||
        out->ke.method != out->choice.ke || out->choice.ke != hf_ke_method(init->ke))
        return HF_ERR_BAD_KEY_EXCHANGE;
    return HF_OK;
}

static void read_hashes(struct hf_ikev2_init *init, const struct hf_ikev2_chain *chain)
{
    struct hf_ikev2_notify notify;
    hf_reader r;
    uint16_t hash;

    init->hashes = 0;
    if (!hf_ikev2_chain_notify(chain, HF_NOTIFY_SIGNATURE_HASH_ALGORITHMS, &notify))
        return;
    r = hf_reader_of(notify.data);
    while (hf_read_u16(&r, &hash)) {
        if (hash < 32)
            init->hashes |= UINT32_C(1) << hash;
    }
}

/* True when some NAT detection payload of this type matches the endpoint (RFC 7296, section 2.23:
 * there may be several of the source). */
static bool nat_matches(const struct hf_ikev2_chain *chain, uint16_t type, uint64_t spi_i,
                        uint64_t spi_r, const hf_endpoint *endpoint)
{
    const struct hf_ikev2_raw_payload *payload;
    struct hf_ikev2_notify notify;
    uint8_t hash[HF_NAT_HASH_LEN];

    if (hf_ike_nat_hash(spi_i, spi_r, endpoint, hash) != HF_OK)
        return false;
    for (size_t i = 0; (payload = hf_ikev2_chain_find(chain, HF_PAYLOAD_NOTIFY, i)) != NULL; i++) {
        if (hf_ikev2_notify_decode(payload->body, &notify) == HF_OK && notify.type == type &&
            hf_bytes_equal(notify.data, HF_BYTES_OF(hash)))
            return true;
    }
    return false;
}

static void read_capabilities(struct hf_ikev2_init *init, const struct hf_ikev2_chain *chain)
{
    const struct hf_ikev2_sa_config *config = init->config;
    struct hf_ikev2_notify notify;

    read_hashes(init, chain);
    init->fragment = hf_ikev2_chain_notify(chain, HF_NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED, &notify);
    if (hf_ikev2_chain_notify(chain, HF_NOTIFY_NAT_DETECTION_SOURCE_IP, &notify))
        init->nat_remote = !nat_matches(chain, HF_NOTIFY_NAT_DETECTION_SOURCE_IP, init->spi_i,
                                        init->spi_r, &config->gateway);
    if (config->local.port != 0 && !hf_address_is_any(&config->local.address) &&
        hf_ikev2_chain_notify(chain, HF_NOTIFY_NAT_DETECTION_DESTINATION_IP, &notify))
        init->nat_local = !nat_matches(chain, HF_NOTIFY_NAT_DETECTION_DESTINATION_IP, init->spi_i,
                                       init->spi_r, &config->local);
}

static hf_status finish(struct hf_ikev2_init *init, const struct hf_ike_header *header,
                        hf_bytes message, const struct hf_ikev2_chain *chain,
                        const struct reply *reply)
{
    hf_status status = hf_ke_derive(init->ke, reply->ke.data, &init->shared);

    if (status != HF_OK)
        return status == HF_ERR_MALFORMED ? HF_ERR_BAD_KEY_EXCHANGE : status;
    hf_buf_clear(&init->nonce_r);
    hf_buf_clear(&init->reply);
    if (!hf_buf_append(&init->nonce_r, reply->nonce) || !hf_buf_append(&init->reply, message))
        return HF_ERR_NO_MEMORY;
    init->spi_r = header->spi_r;
    init->choice = reply->choice;
    init->choice.spi = (hf_bytes){ 0 };
    read_capabilities(init, chain);
    return HF_OK;
}

static enum hf_ikev2_init_result take_reply(struct hf_ikev2_init *init,
                                            const struct hf_ikev2_policy *policy,
                                            const struct hf_ike_header *header, hf_bytes message,
                                            const struct hf_ikev2_chain *chain)
{
    struct reply reply;
    hf_status status = HF_ERR_UNEXPECTED;

    if (header->spi_r != 0 && header->spi_r != init->spi_i)
        status = read_reply(init, policy, chain, &reply);
    if (status == HF_OK)
        status = finish(init, header, message, chain, &reply);
    if (status != HF_OK)
        return hint(init, status, 0, "an IKE_SA_INIT reply of no use");
    return HF_INIT_DONE;
}

enum hf_ikev2_init_result hf_ikev2_init_handle(struct hf_ikev2_init *init,
                                               struct hf_ikev2_policy *policy,
                                               const struct hf_ike_header *header, hf_bytes message)
{
    struct hf_ikev2_chain chain;
    struct hf_ikev2_notify notify;
    hf_reader r = hf_reader_of(message);
    uint8_t unsupported;

    if (header->version >> 4 != 2 || header->exchange != HF_IKE_SA_INIT ||
        header->message_id != 0 || header->spi_i != init->spi_i ||
        (header->flags & (HF_IKE_FLAG_RESPONSE | HF_IKE_FLAG_INITIATOR)) != HF_IKE_FLAG_RESPONSE ||
        !hf_read_skip(&r, HF_IKE_HEADER_LEN) ||
        hf_ikev2_chain_decode(header->next_payload, hf_read_rest(&r), &chain, &unsupported) !=
            HF_OK)
        return HF_INIT_IGNORED;
    if (hf_ikev2_chain_notify(&chain, HF_NOTIFY_COOKIE, &notify))
        return take_cookie(init, notify.data);
    if (hf_ikev2_chain_notify(&chain, HF_NOTIFY_INVALID_KE_PAYLOAD, &notify))
        return take_group(init, policy, notify.data);
    if (hf_ikev2_chain_error(&chain, &notify))
        return hint_notify(init, notify.type);
    return take_reply(init, policy, header, message, &chain);
}

struct hf_fault hf_ikev2_init_fault(const struct hf_ikev2_init *init,
                                    const struct hf_ikev2_policy *policy)
{
    struct hf_fault fault = init->hint.status != HF_OK
                                ? init->hint
                                : hf_fault_make(HF_ERR_NO_REPLY, HF_STAGE_HANDSHAKE);

    if (fault.status != HF_ERR_NO_REPLY)
        hf_ikev2_policy_describe(policy, HF_PROTOCOL_IKE, fault.offered);
    return fault;
}

bool hf_ikev2_init_is_hopeless(const struct hf_ikev2_init *init)
{
    return init->hint.status == HF_ERR_NO_PROPOSAL && init->hints >= HOPELESS_AFTER;
}
