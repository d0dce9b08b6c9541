/* An IKE SA's protected channel: see channel.h. */
#include "ikev2/channel.h"

#include <stdlib.h>

static struct hf_ikev2_channel *allocate(const struct hf_ikev2_channel_setup *setup)
{
    struct hf_ikev2_channel *channel = calloc(1, sizeof *channel);

    if (channel == NULL)
        return NULL;
    channel->spi_i = setup->keymat.spi_i;
    channel->spi_r = setup->keymat.spi_r;
    channel->is_initiator = setup->is_initiator;
    channel->fragment = setup->fragment;
    channel->max_datagram = setup->max_datagram;
    channel->suite = setup->suite;
    hf_fragments_init(&channel->requests);
    hf_fragments_init(&channel->responses);
    hf_ikev2_window_init(&channel->window, setup->rtt);
    return channel;
}

hf_status hf_ikev2_channel_new(const struct hf_ikev2_channel_setup *setup,
                               struct hf_ikev2_channel **out)
{
    struct hf_ikev2_channel *channel = allocate(setup);
    hf_status status;

    if (channel == NULL)
        return HF_ERR_NO_MEMORY;
    status = hf_ikev2_keymat_derive(&setup->suite, &setup->keymat, &channel->keys);
    if (status == HF_OK)
        status = hf_ikev2_keymat_protect(&setup->suite, &channel->keys, setup->is_initiator,
                                         &channel->protection);
    if (status != HF_OK) {
        hf_ikev2_channel_free(channel);
        return status;
    }
    *out = channel;
    return HF_OK;
}

void hf_ikev2_channel_free(struct hf_ikev2_channel *channel)
{
    if (channel == NULL)
        return;
    hf_ikev2_window_clear(&channel->window);
    hf_fragments_clear(&channel->requests);
    hf_fragments_clear(&channel->responses);
    hf_ikev2_protection_clear(&channel->protection);
    hf_ikev2_keys_clear(&channel->keys);
    free(channel);
}

void hf_ikev2_channel_forget_auth_keys(struct hf_ikev2_channel *channel)
{
    struct hf_ikev2_keys *keys = &channel->keys;
    hf_secret *used[] = { &keys->ai, &keys->ar, &keys->ei, &keys->er, &keys->pi, &keys->pr };

    for (size_t i = 0; i < HF_ARRAY_LEN(used); i++)
        hf_secret_clear(used[i]);
}

uint64_t hf_ikev2_channel_own_spi(const struct hf_ikev2_channel *channel)
{
    return channel->is_initiator ? channel->spi_i : channel->spi_r;
}

bool hf_ikev2_channel_owns(const struct hf_ikev2_channel *channel,
                           const struct hf_ike_header *header)
{
    bool from_initiator = (header->flags & HF_IKE_FLAG_INITIATOR) != 0;

    return header->spi_i == channel->spi_i && header->spi_r == channel->spi_r &&
           from_initiator != channel->is_initiator;
}

static struct hf_ike_header header_for(const struct hf_ikev2_channel *channel, uint8_t exchange,
                                       uint8_t response, uint32_t message_id)
{
    uint8_t initiator = channel->is_initiator ? HF_IKE_FLAG_INITIATOR : 0;

    return (struct hf_ike_header){
        .spi_i = channel->spi_i,
        .spi_r = channel->spi_r,
        .version = 0x20,
        .exchange = exchange,
        .flags = initiator | response,
        .message_id = message_id,
    };
}

hf_status hf_ikev2_channel_request(struct hf_ikev2_channel *channel, uint8_t exchange,
                                   const struct hf_ikev2_chain_writer *chain,
                                   const struct hf_env *env, hf_time now)
{
    struct hf_ike_header header = header_for(channel, exchange, 0, channel->window.next_id);
    hf_status status;

    HF_ASSERT(!channel->window.waiting);
    hf_ikev2_datagrams_clear(&channel->window.request);
    status = hf_ikev2_message_seal(&channel->protection, &header, chain, channel->fragment,
                                   channel->max_datagram, env, &channel->window.request);
    if (status == HF_OK)
        hf_ikev2_window_started(&channel->window, exchange, now);
    return status;
}

hf_status hf_ikev2_channel_respond(struct hf_ikev2_channel *channel, uint8_t exchange,
                                   const struct hf_ikev2_chain_writer *chain,
                                   const struct hf_env *env)
{
    struct hf_ike_header header =
        header_for(channel, exchange, HF_IKE_FLAG_RESPONSE, channel->window.peer_next_id);
    hf_status status;

    hf_ikev2_datagrams_clear(&channel->window.response);
    status = hf_ikev2_message_seal(&channel->protection, &header, chain, channel->fragment,
                                   channel->max_datagram, env, &channel->window.response);
    if (status == HF_OK)
        hf_ikev2_window_responded(&channel->window);
    return status;
}

hf_status hf_ikev2_channel_open(struct hf_ikev2_channel *channel,
                                const struct hf_ike_header *header, hf_bytes datagram, hf_buf *out,
                                uint8_t *out_first)
{
    bool is_response = (header->flags & HF_IKE_FLAG_RESPONSE) != 0;

    return hf_ikev2_message_open(&channel->protection, header, datagram,
                                 is_response ? &channel->responses : &channel->requests, out,
                                 out_first);
}

/* Encrypted Fragment payload: next payload, flags, length, then Fragment Number (RFC 7383,
 * section 2.5). */
bool hf_ikev2_channel_is_first(const struct hf_ike_header *header, hf_bytes datagram)
{
    hf_reader r = hf_reader_of(datagram);
    uint16_t number;

    if (header->next_payload != HF_PAYLOAD_SKF)
        return true;
    return hf_read_skip(&r, HF_IKE_HEADER_LEN + 4) && hf_read_u16(&r, &number) && number == 1;
}
