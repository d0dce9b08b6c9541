/* The life of one IKE SA of the gateway: its message ids, what comes again, what goes out.
 * RFC 7296, sections 2.1 to 2.3; fragments: RFC 7383, section 2.6.1. */
#include "scenario/gateway_internal.h"

#include "crypto/hash.h"
#include "support/hex.h"

#include <stdlib.h>
#include <string.h>

/* --- The table of SAs ------------------------------------------------------------------------ */

/* A free place, if need be that of the oldest SA that is over, else of the oldest. */
static struct gw_sa **find_place(struct sim_gateway *gateway)
{
    struct gw_sa **oldest = NULL, **closed = NULL;

    for (size_t i = 0; i < GW_SAS_MAX; i++) {
        struct gw_sa **place = &gateway->sas[i];

        if (*place == NULL)
            return place;
        if (oldest == NULL || (*place)->born < (*oldest)->born)
            oldest = place;
        if ((*place)->state == GW_CLOSED && (closed == NULL || (*place)->born < (*closed)->born))
            closed = place;
    }
    return closed != NULL ? closed : oldest;
}

struct gw_sa *gw_sa_new(struct sim_gateway *gateway)
{
    struct gw_sa **place = find_place(gateway);
    struct gw_sa *sa = calloc(1, sizeof *sa);

    if (sa == NULL)
        test_die("out of memory");
    gw_sa_free(*place);
    *place = sa;
    sa->gateway = gateway;
    sa->born = gateway->born++;
    hf_fragments_init(&sa->request_fragments);
    hf_fragments_init(&sa->response_fragments);
    return sa;
}

void gw_sa_free(struct gw_sa *sa)
{
    if (sa == NULL)
        return;
    for (size_t i = 0; i < GW_CHILDREN_MAX; i++)
        gw_child_free(sa->children[i]);
    gw_pending_clear(&sa->pending);
    gw_eap_free(sa->eap);
    hf_ikev2_protection_clear(&sa->protection);
    hf_ikev2_keys_clear(&sa->keys);
    hf_ikev2_datagrams_clear(&sa->incoming);
    hf_ikev2_datagrams_clear(&sa->last_request);
    hf_ikev2_datagrams_clear(&sa->answer);
    hf_fragments_clear(&sa->request_fragments);
    hf_fragments_clear(&sa->response_fragments);
    hf_buf_free(&sa->init_request);
    hf_buf_free(&sa->init_answer);
    hf_buf_free(&sa->nonce_i);
    hf_buf_free(&sa->nonce_r);
    hf_buf_free(&sa->first_auth);
    free(sa);
}

struct gw_sa *gw_sa_find(struct sim_gateway *gateway, uint64_t spi_i, uint64_t spi_r)
{
    for (size_t i = 0; i < GW_SAS_MAX; i++) {
        struct gw_sa *sa = gateway->sas[i];

        if (sa != NULL && sa->spi_i == spi_i && sa->spi_r == spi_r)
            return sa;
    }
    return NULL;
}

struct gw_sa *gw_sa_current(const struct sim_gateway *gateway)
{
    struct gw_sa *newest = NULL;

    for (size_t i = 0; i < GW_SAS_MAX; i++) {
        struct gw_sa *sa = gateway->sas[i];

        if (sa != NULL && sa->state == GW_ESTABLISHED &&
            (newest == NULL || sa->born > newest->born))
            newest = sa;
    }
    return newest;
}

void gw_sa_set_keys(struct gw_sa *sa, const struct hf_ikev2_keymat_input *input)
{
    if (hf_ikev2_keymat_derive(&sa->suite, input, &sa->keys) != HF_OK ||
        hf_ikev2_keymat_protect(&sa->suite, &sa->keys, sa->is_initiator, &sa->protection) != HF_OK)
        test_die("the gateway cannot derive keys");
}

/* --- Children -------------------------------------------------------------------------------- */

struct gw_child *gw_sa_child_by_out(struct gw_sa *sa, uint32_t spi_out)
{
    for (size_t i = 0; i < GW_CHILDREN_MAX && sa->children[i] != NULL; i++) {
        if (sa->children[i]->spi_out == spi_out)
            return sa->children[i];
    }
    return NULL;
}

struct gw_child *gw_sa_child_by_in(struct gw_sa *sa, uint32_t spi_in)
{
    for (size_t i = 0; i < GW_CHILDREN_MAX && sa->children[i] != NULL; i++) {
        if (sa->children[i]->spi_in == spi_in)
            return sa->children[i];
    }
    return NULL;
}

struct gw_child *gw_sa_newest_child(const struct gw_sa *sa)
{
    struct gw_child *newest = NULL;

    for (size_t i = 0; i < GW_CHILDREN_MAX && sa->children[i] != NULL; i++)
        newest = sa->children[i];
    return newest;
}

void gw_sa_drop_child(struct gw_sa *sa, struct gw_child *child)
{
    size_t kept = 0;

    for (size_t i = 0; i < GW_CHILDREN_MAX; i++) {
        struct gw_child *other = sa->children[i];

        sa->children[i] = NULL;
        if (other != NULL && other != child)
            sa->children[kept++] = other;
    }
    sa->gateway->stats.children_deleted++;
    gw_child_free(child);
}

struct gw_sa *gw_sa_successor(struct gw_sa *old, const struct hf_ikev2_suite *suite, uint64_t spi_i,
                              uint64_t spi_r, bool is_initiator)
{
    struct gw_sa *sa = gw_sa_new(old->gateway);

    sa->state = GW_ESTABLISHED;
    sa->is_initiator = is_initiator;
    sa->spi_i = spi_i;
    sa->spi_r = spi_r;
    sa->suite = *suite;
    sa->client = old->client;
    sa->local_port = old->local_port;
    sa->nat_client = old->nat_client;
    sa->nat_gateway = old->nat_gateway;
    sa->can_fragment = old->can_fragment;
    sa->client_id = old->client_id;
    memcpy(sa->children, old->children, sizeof sa->children);
    memset(old->children, 0, sizeof old->children);
    memcpy(sa->queue, old->queue, sizeof sa->queue); /* what is still to be asked, as well */
    sa->queued = old->queued;
    sa->old_child_spi = old->old_child_spi;
    old->queued = 0;
    old->state = GW_REPLACED;
    old->gateway->stats.ike_rekeys++;
    return sa;
}

/* --- Sending --------------------------------------------------------------------------------- */

void gw_sa_send(struct gw_sa *sa, const struct hf_ikev2_datagrams *datagrams)
{
    for (size_t i = 0; i < datagrams->count; i++)
        gw_send(sa->gateway, sa->local_port, &sa->client, true, hf_buf_bytes(&datagrams->list[i]));
}

void gw_sa_seal(struct gw_sa *sa, uint8_t exchange, uint32_t id, bool is_response,
                struct hf_ikev2_chain_writer *chain, struct hf_ikev2_datagrams *out)
{
    const struct sim_gateway_config *config = &sa->gateway->config;
    struct hf_ike_header header = { .spi_i = sa->spi_i,
                                    .spi_r = sa->spi_r,
                                    .version = 0x20,
                                    .exchange = exchange,
                                    .message_id = id };
    size_t max = config->max_datagram == 0 ? 1232 : config->max_datagram;

    if (is_response)
        header.flags |= HF_IKE_FLAG_RESPONSE;
    if (sa->is_initiator)
        header.flags |= HF_IKE_FLAG_INITIATOR;
    if (config->impair.before_seal != NULL)
        config->impair.before_seal(config->impair.before_seal_context, exchange, chain);
    if (hf_ikev2_message_seal(&sa->protection, &header, chain, sa->can_fragment, max,
                              sa->gateway->env, out) != HF_OK)
        test_die("the gateway cannot seal a message");
}

/* --- What came in ---------------------------------------------------------------------------- */

/* The same IV under the same key with other content would break every AEAD. */
static void check_iv(struct gw_sa *sa, hf_bytes datagram)
{
    struct gw_iv entry = { 0 };
    hf_reader r = hf_reader_of(datagram);
    bool is_fragment;

    if (!hf_read_skip(&r, 16) || r.left == 0)
        return;
    is_fragment = r.at[0] == HF_PAYLOAD_SKF;
    if (!hf_read_skip(&r, HF_IKE_HEADER_LEN - 16 + 4 + (is_fragment ? 4u : 0u)) ||
        !hf_read_copy(&r, entry.iv, sa->protection.sizes.iv) ||
        hf_hash(HF_HASH_SHA1, &datagram, 1, entry.hash) != HF_OK)
        return;
    for (size_t i = 0; i < sa->iv_count; i++) {
        if (memcmp(sa->ivs[i].iv, entry.iv, sizeof entry.iv) != 0)
            continue;
        if (memcmp(sa->ivs[i].hash, entry.hash, sizeof entry.hash) != 0)
            gw_violated(sa->gateway, "an IV was used twice");
        return;
    }
    if (sa->iv_count < GW_IVS_MAX)
        sa->ivs[sa->iv_count++] = entry;
}

/* Opens a datagram; HF_ERR_BUSY and HF_ERR_REPLAY: an authentic fragment. */
static hf_status open_datagram(struct gw_sa *sa, const struct hf_ike_header *header,
                               hf_bytes datagram, struct hf_fragments *fragments, hf_buf *out,
                               uint8_t *out_first)
{
    hf_status status =
        hf_ikev2_message_open(&sa->protection, header, datagram, fragments, out, out_first);

    if (status == HF_OK || status == HF_ERR_BUSY || status == HF_ERR_REPLAY)
        check_iv(sa, datagram);
    else
        sa->gateway->stats.dropped++;
    return status;
}

/* Where the client is now: RFC 7296, section 2.23. */
static void follow(struct gw_sa *sa, const hf_endpoint *from, uint16_t to_port)
{
    sa->client = *from;
    sa->local_port = to_port;
}

static bool is_among(const struct hf_ikev2_datagrams *known, hf_bytes datagram)
{
    for (size_t i = 0; i < known->count; i++) {
        if (hf_bytes_equal(hf_buf_bytes(&known->list[i]), datagram))
            return true;
    }
    return false;
}

static void remember(struct gw_sa *sa, hf_bytes datagram)
{
    struct hf_ikev2_datagrams *incoming = &sa->incoming;

    if (!is_among(incoming, datagram) && incoming->count < HF_IKEV2_DATAGRAMS_MAX)
        incoming->list[incoming->count++] = gw_copy(datagram);
}

/* --- Requests -------------------------------------------------------------------------------- */

static void dispatch(struct gw_call *call)
{
    switch (call->exchange) {
    case HF_IKE_AUTH:
        gw_auth_handle(call);
        break;
    case HF_CREATE_CHILD_SA:
        gw_create_handle(call);
        break;
    case HF_INFORMATIONAL:
        gw_informational_handle(call);
        break;
    default:
        gw_violated(call->sa->gateway, "an exchange that does not exist");
        gw_write_error(call->answer, HF_NOTIFY_INVALID_SYNTAX, (hf_bytes){ 0 });
    }
}

static bool decode_request(struct gw_call *call)
{
    uint8_t unsupported = 0;
    hf_status status =
        hf_ikev2_chain_decode(call->first, call->plaintext, &call->request, &unsupported);

    if (status == HF_ERR_UNSUPPORTED_CRITICAL)
        gw_write_error(call->answer, HF_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD,
                       (hf_bytes){ &unsupported, 1 });
    else if (status != HF_OK || !hf_ikev2_chain_is_allowed(&call->request, true)) {
        gw_violated(call->sa->gateway, "a protected request does not decode");
        gw_write_error(call->answer, HF_NOTIFY_INVALID_SYNTAX, (hf_bytes){ 0 });
    } else
        return true;
    return false;
}

/* What a message of ours leaves out on purpose. */
static uint8_t withheld_of(const struct gw_sa *sa, uint8_t exchange)
{
    const struct sim_impair *impair = &sa->gateway->config.impair;

    if (exchange == HF_IKE_AUTH)
        return impair->withhold_in_auth;
    return exchange == HF_CREATE_CHILD_SA ? impair->withhold_in_child : HF_PAYLOAD_NONE;
}

static void note_errors(struct gw_call *call)
{
    struct hf_ikev2_notify notify;

    if (hf_ikev2_chain_error(&call->request, &notify))
        call->sa->gateway->stats.last_notify_from_client = notify.type;
}

static void answer_request(struct gw_sa *sa, const struct hf_ike_header *header, hf_bytes plaintext,
                           uint8_t first)
{
    static uint8_t storage[GW_CHAIN_MAX];
    struct hf_ikev2_chain_writer w = hf_ikev2_chain_begin(storage, sizeof storage);
    struct gw_call call = {
        .sa = sa, .exchange = header->exchange, .plaintext = plaintext, .first = first, .answer = &w
    };

    if (decode_request(&call)) {
        note_errors(&call);
        dispatch(&call);
    }
    gw_withhold(&w, withheld_of(sa, header->exchange));
    gw_sa_seal(sa, header->exchange, sa->expected, true, &w, &sa->answer);
    sa->expected++;
    hf_ikev2_datagrams_clear(&sa->last_request);
    sa->last_request = sa->incoming;
    sa->incoming = (struct hf_ikev2_datagrams){ 0 };
    gw_sa_send(sa, &sa->answer);
    if (call.dies)
        sa->state = GW_CLOSED;
    else
        gw_request_start(sa);
}

static void handle_new_request(struct gw_sa *sa, const hf_endpoint *from, uint16_t to_port,
                               const struct hf_ike_header *header, hf_bytes datagram)
{
    const struct sim_impair *impair = &sa->gateway->config.impair;
    hf_buf plaintext = { 0 };
    uint8_t first;
    hf_status status =
        open_datagram(sa, header, datagram, &sa->request_fragments, &plaintext, &first);

    if (status == HF_OK || status == HF_ERR_BUSY || status == HF_ERR_REPLAY) {
        remember(sa, datagram);
        follow(sa, from, to_port);
    }
    if (status == HF_OK && impair->clear_error != 0)
        gw_init_send_clear_error(sa->gateway, from, to_port, header, impair->clear_error);
    if (status == HF_OK && sa->state != GW_CLOSED &&
        !(impair->silent_after_init && sa->state == GW_INIT_DONE))
        answer_request(sa, header, hf_buf_bytes(&plaintext), first);
    hf_buf_free(&plaintext);
}

/* Only the first fragment of a repeated request has the answer sent again: RFC 7383, section
 * 2.6.1. */
static bool asks_again(hf_bytes datagram)
{
    hf_reader r = hf_reader_of(datagram);
    uint16_t number;

    if (!hf_read_skip(&r, 16) || r.left == 0 || r.at[0] != HF_PAYLOAD_SKF)
        return true;
    return hf_read_skip(&r, HF_IKE_HEADER_LEN - 16 + 4) && hf_read_u16(&r, &number) && number == 1;
}

static void handle_repeated_request(struct gw_sa *sa, const hf_endpoint *from, uint16_t to_port,
                                    const struct hf_ike_header *header, hf_bytes datagram)
{
    struct hf_fragments scratch;
    hf_buf plaintext = { 0 };
    uint8_t first;
    hf_status status;

    hf_fragments_init(&scratch);
    status = open_datagram(sa, header, datagram, &scratch, &plaintext, &first);
    hf_fragments_clear(&scratch);
    hf_buf_free(&plaintext);
    if (status != HF_OK && status != HF_ERR_BUSY)
        return;
    if (!is_among(&sa->last_request, datagram))
        gw_violated(sa->gateway, "a request was sent again with other bytes");
    follow(sa, from, to_port);
    if (!asks_again(datagram))
        return;
    sa->gateway->stats.repeated_requests++;
    gw_sa_send(sa, &sa->answer);
}

static void handle_stray_request(struct gw_sa *sa, const struct hf_ike_header *header,
                                 hf_bytes datagram)
{
    struct hf_fragments scratch;
    hf_buf plaintext = { 0 };
    uint8_t first;
    hf_status status;

    hf_fragments_init(&scratch);
    status = open_datagram(sa, header, datagram, &scratch, &plaintext, &first);
    hf_fragments_clear(&scratch);
    hf_buf_free(&plaintext);
    if ((status == HF_OK || status == HF_ERR_BUSY) && header->message_id > sa->expected)
        gw_violated(sa->gateway, "a request came before the answer to the one before");
}

/* --- Answers to our requests ----------------------------------------------------------------- */

static void handle_answer(struct gw_sa *sa, const hf_endpoint *from, uint16_t to_port,
                          const struct hf_ike_header *header, hf_bytes datagram)
{
    struct hf_ikev2_chain chain;
    hf_buf plaintext = { 0 };
    uint8_t first, unsupported;

    if (sa->pending.kind == GW_NOTHING || header->message_id != sa->next_id) {
        sa->gateway->stats.dropped++;
        return;
    }
    if (open_datagram(sa, header, datagram, &sa->response_fragments, &plaintext, &first) == HF_OK) {
        follow(sa, from, to_port);
        if (hf_ikev2_chain_decode(first, hf_buf_bytes(&plaintext), &chain, &unsupported) == HF_OK &&
            hf_ikev2_chain_is_allowed(&chain, true))
            gw_request_handle_answer(sa, &chain, header->exchange);
        else
            gw_violated(sa->gateway, "a protected answer does not decode");
    }
    hf_buf_free(&plaintext);
}

void gw_sa_handle(struct gw_sa *sa, const hf_endpoint *from, uint16_t to_port,
                  const struct hf_ike_header *header, hf_bytes datagram)
{
    bool from_initiator = (header->flags & HF_IKE_FLAG_INITIATOR) != 0;

    if (from_initiator == sa->is_initiator) /* reflected, or forged */
        sa->gateway->stats.dropped++;
    else if ((header->flags & HF_IKE_FLAG_RESPONSE) != 0)
        handle_answer(sa, from, to_port, header, datagram);
    else if (header->message_id == sa->expected)
        handle_new_request(sa, from, to_port, header, datagram);
    else if (header->message_id + 1 == sa->expected && sa->answer.count != 0)
        handle_repeated_request(sa, from, to_port, header, datagram);
    else
        handle_stray_request(sa, header, datagram);
}
