/* IKE_SA_INIT as a responder: cookies, groups, NAT detection, keys. RFC 7296,
 * sections 1.2, 2.6, 2.7 and 2.23. */
#include "scenario/gateway_internal.h"

#include "crypto/hash.h"
#include "crypto/signature.h"
#include "ike/nat.h"
#include "support/hex.h"

#define COOKIE_LEN 32

/* An IKE_SA_INIT request, taken apart. */
struct init {
    struct sim_gateway *gateway;
    const struct hf_endpoint *from;
    uint16_t port;
    const struct hf_ike_header *header;
    hf_bytes datagram;
    struct hf_ikev2_chain chain;
    struct hf_ikev2_sa_payload sa;
    struct hf_ikev2_ke ke;
    hf_bytes nonce;
};

static bool take_apart(struct init *in)
{
    const struct hf_ikev2_raw_payload *sa, *ke, *nonce;
    hf_reader r = hf_reader_of(in->datagram);
    uint8_t unsupported;

    if (!hf_read_skip(&r, HF_IKE_HEADER_LEN) ||
        hf_ikev2_chain_decode(in->header->next_payload, hf_read_rest(&r), &in->chain,
                              &unsupported) != HF_OK ||
        !hf_ikev2_chain_is_allowed(&in->chain, false))
        return false;
    sa = hf_ikev2_chain_find(&in->chain, HF_PAYLOAD_SA, 0);
    ke = hf_ikev2_chain_find(&in->chain, HF_PAYLOAD_KE, 0);
    nonce = hf_ikev2_chain_find(&in->chain, HF_PAYLOAD_NONCE, 0);
    return sa != NULL && ke != NULL && nonce != NULL &&
           hf_ikev2_sa_decode(sa->body, &in->sa) == HF_OK &&
           hf_ikev2_ke_decode(ke->body, &in->ke) == HF_OK &&
           hf_ikev2_nonce_decode(nonce->body, &in->nonce) == HF_OK;
}

/* --- Answers without an SA ------------------------------------------------------------------- */

static void send_clear(struct sim_gateway *gateway, const hf_endpoint *to, uint16_t from_port,
                       const struct hf_ike_header *request, uint64_t spi_r,
                       const struct hf_ikev2_chain_writer *chain, hf_buf *out)
{
    struct hf_ike_header header = *request;

    header.spi_r = spi_r;
    header.version = 0x20;
    header.flags = HF_IKE_FLAG_RESPONSE;
    *out = hf_buf_with_max(HF_IKE_MESSAGE_MAX);
    if (hf_ikev2_message_encode(&header, chain, out) != HF_OK)
        test_die("an answer of the gateway is too long");
    gw_send(gateway, from_port, to, true, hf_buf_bytes(out));
}

static void send_notify(const struct init *in, uint16_t type, hf_bytes data)
{
    uint8_t storage[128];
    struct hf_ikev2_chain_writer w = hf_ikev2_chain_begin(storage, sizeof storage);
    hf_buf sent;

    hf_ikev2_chain_add_notify(&w, 0, (hf_bytes){ 0 }, type, data);
    send_clear(in->gateway, in->from, in->port, in->header, 0, &w, &sent);
    hf_buf_free(&sent);
}

void gw_init_send_clear_error(struct sim_gateway *gateway, const hf_endpoint *to,
                              uint16_t from_port, const struct hf_ike_header *request,
                              uint16_t type)
{
    uint8_t storage[16];
    struct hf_ikev2_chain_writer w = hf_ikev2_chain_begin(storage, sizeof storage);
    hf_buf sent;

    hf_ikev2_chain_add_notify(&w, 0, (hf_bytes){ 0 }, type, (hf_bytes){ 0 });
    send_clear(gateway, to, from_port, request, request->spi_r, &w, &sent);
    hf_buf_free(&sent);
}

/* --- Cookies: RFC 7296, section 2.6 ---------------------------------------------------------- */

static void make_cookie(const struct init *in, uint8_t out[COOKIE_LEN])
{
    uint8_t spi[8];
    hf_writer w = hf_writer_of(spi, sizeof spi);
    const hf_bytes parts[] = { HF_BYTES_OF(in->gateway->cookie_secret), in->nonce,
                               hf_address_bytes(&in->from->address), HF_BYTES_OF(spi) };

    hf_write_u64(&w, in->header->spi_i);
    if (hf_hash(HF_HASH_SHA2_256, parts, HF_ARRAY_LEN(parts), out) != HF_OK)
        test_die("no hash");
}

/* Everything behind the cookie must be what came without it. */
static void check_repeated(const struct init *in)
{
    hf_reader r = hf_reader_of(in->datagram);
    hf_bytes before = hf_buf_bytes(&in->gateway->uncookied);

    if (in->chain.payloads[0].type != HF_PAYLOAD_NOTIFY)
        gw_violated(in->gateway, "the cookie is not the first payload");
    if (!hf_read_skip(&r, HF_IKE_HEADER_LEN + 4) ||
        !hf_read_skip(&r, in->chain.payloads[0].body.len) ||
        !hf_bytes_equal(hf_read_rest(&r), before))
        gw_violated(in->gateway, "the request with the cookie differs from the one without");
}

static bool has_cookie(const struct init *in)
{
    uint8_t expected[COOKIE_LEN];
    struct hf_ikev2_notify notify;
    hf_reader r = hf_reader_of(in->datagram);

    make_cookie(in, expected);
    if (hf_ikev2_chain_notify(&in->chain, HF_NOTIFY_COOKIE, &notify) &&
        hf_bytes_equal(notify.data, HF_BYTES_OF(expected))) {
        if (in->gateway->uncookied.len != 0)
            check_repeated(in);
        hf_buf_free(&in->gateway->uncookied); /* INVALID_KE_PAYLOAD may follow: section 2.6.1 */
        return true;
    }
    hf_buf_free(&in->gateway->uncookied);
    if (hf_read_skip(&r, HF_IKE_HEADER_LEN))
        in->gateway->uncookied = gw_copy(hf_read_rest(&r));
    in->gateway->stats.cookies_demanded++;
    send_notify(in, HF_NOTIFY_COOKIE, HF_BYTES_OF(expected));
    return false;
}

static void send_endless_cookie(const struct init *in)
{
    uint8_t cookie[SIM_COOKIE_MAX];
    size_t len = in->gateway->config.impair.cookie_len;

    if (len > sizeof cookie)
        test_die("a cookie is too long");
    gw_random(in->gateway, cookie, len);
    in->gateway->stats.cookies_demanded++;
    send_notify(in, HF_NOTIFY_COOKIE, (hf_bytes){ cookie, len });
}

/* --- The answer that makes an SA ------------------------------------------------------------- */

static void refuse_group(const struct init *in, uint16_t wanted)
{
    uint8_t data[2];
    hf_writer w = hf_writer_of(data, sizeof data);

    hf_write_u16(&w, wanted);
    in->gateway->stats.groups_refused++;
    send_notify(in, HF_NOTIFY_INVALID_KE_PAYLOAD, HF_BYTES_OF(data));
}

static uint16_t next_wanted_group(const struct sim_gateway *gateway)
{
    const uint16_t *groups = gateway->config.impair.wanted_groups;
    size_t count = 0;

    while (count < SIM_GROUPS_MAX && groups[count] != 0)
        count++;
    return groups[gateway->stats.groups_refused % count];
}

/* One of the two NAT detection notifies of a message matches this endpoint; absent counts as
 * matching. */
static bool matches_nat_hash(const struct init *in, uint16_t type, const hf_endpoint *endpoint)
{
    uint8_t hash[HF_NAT_HASH_LEN];
    bool is_there = false;

    if (hf_ike_nat_hash(in->header->spi_i, in->header->spi_r, endpoint, hash) != HF_OK)
        test_die("no hash");
    for (size_t n = 0;; n++) {
        const struct hf_ikev2_raw_payload *p =
            hf_ikev2_chain_find(&in->chain, HF_PAYLOAD_NOTIFY, n);
        struct hf_ikev2_notify notify;

        if (p == NULL)
            return !is_there;
        if (hf_ikev2_notify_decode(p->body, &notify) != HF_OK || notify.type != type)
            continue;
        is_there = true;
        if (hf_bytes_equal(notify.data, HF_BYTES_OF(hash)))
            return true;
    }
}

static void write_nat_hash(struct hf_ikev2_chain_writer *w, const struct gw_sa *sa, uint16_t type,
                           const hf_endpoint *endpoint)
{
    uint8_t hash[HF_NAT_HASH_LEN];

    if (hf_ike_nat_hash(sa->spi_i, sa->spi_r, endpoint, hash) != HF_OK)
        test_die("no hash");
    hf_ikev2_chain_add_notify(w, 0, (hf_bytes){ 0 }, type, HF_BYTES_OF(hash));
}

static void write_answer(struct hf_ikev2_chain_writer *w, const struct init *in,
                         const struct gw_sa *sa, const struct gw_choice *choice,
                         const struct hf_ke *ke)
{
    static const uint8_t hashes[] = { 0, HF_SIGHASH_SHA2_256, 0, HF_SIGHASH_SHA2_384,
                                      0, HF_SIGHASH_SHA2_512, 0, HF_SIGHASH_IDENTITY };
    static const uint8_t encoding[] = { HF_CERT_X509_SIGNATURE };
    const struct sim_impair *impair = &in->gateway->config.impair;
    hf_endpoint own = { in->gateway->config.address, in->port };
    struct hf_ikev2_proposal answer = choice->answer;

    if (impair->wrong_proposal)
        answer.transforms[0].key_bits = 192;
    gw_write_sa(w, &answer);
    gw_write_ke(w, ke, impair->zero_ke);
    hf_ikev2_chain_add(w, HF_PAYLOAD_NONCE, hf_buf_bytes(&sa->nonce_r));
    write_nat_hash(w, sa, HF_NOTIFY_NAT_DETECTION_SOURCE_IP, &own);
    write_nat_hash(w, sa, HF_NOTIFY_NAT_DETECTION_DESTINATION_IP, in->from);
    if (!impair->no_fragmentation)
        gw_write_error(w, HF_NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED, (hf_bytes){ 0 });
    gw_write_error(w, HF_NOTIFY_SIGNATURE_HASH_ALGORITHMS, HF_BYTES_OF(hashes));
    if (in->gateway->config.client_auth == SIM_CLIENT_CERTIFICATE)
        hf_ikev2_chain_add(w, HF_PAYLOAD_CERTREQ, HF_BYTES_OF(encoding));
    gw_withhold(w, impair->withhold_in_init);
}

static uint32_t hashes_of(const struct hf_ikev2_chain *chain)
{
    struct hf_ikev2_notify notify;
    uint32_t hashes = 0;
    hf_reader r;
    uint16_t hash;

    if (!hf_ikev2_chain_notify(chain, HF_NOTIFY_SIGNATURE_HASH_ALGORITHMS, &notify))
        return 0;
    r = hf_reader_of(notify.data);
    while (hf_read_u16(&r, &hash))
        hashes |= hash < 32 ? UINT32_C(1) << hash : 0;
    return hashes;
}

static void fill_sa(struct gw_sa *sa, const struct init *in, const struct gw_choice *choice)
{
    hf_endpoint own = { in->gateway->config.address, in->port };
    uint8_t nonce[GW_NONCE_LEN];
    struct hf_ikev2_notify notify;

    sa->state = GW_INIT_DONE;
    sa->spi_i = in->header->spi_i;
    gw_random(in->gateway, &sa->spi_r, sizeof sa->spi_r);
    gw_random(in->gateway, nonce, sizeof nonce);
    sa->suite = choice->suite;
    sa->client = *in->from;
    sa->local_port = in->port;
    sa->nat_client = !matches_nat_hash(in, HF_NOTIFY_NAT_DETECTION_SOURCE_IP, in->from);
    sa->nat_gateway = !matches_nat_hash(in, HF_NOTIFY_NAT_DETECTION_DESTINATION_IP, &own);
    sa->can_fragment =
        hf_ikev2_chain_notify(&in->chain, HF_NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED, &notify) &&
        !in->gateway->config.impair.no_fragmentation;
    sa->client_hashes = hashes_of(&in->chain);
    sa->expected = 1;
    sa->init_request = gw_copy(in->datagram);
    sa->nonce_i = gw_copy(in->nonce);
    sa->nonce_r =
        gw_copy((hf_bytes){ nonce, in->gateway->config.impair.small_nonce ? 8 : sizeof nonce });
}

/* What the client sent does not make a shared secret: RFC 7296, section 2.21.1. */
static bool agree(const struct init *in, const struct hf_ke *ke, hf_secret *out)
{
    if (hf_ke_derive(ke, in->ke.data, out) == HF_OK)
        return true;
    gw_violated(in->gateway, "the key exchange data in IKE_SA_INIT is not valid");
    send_notify(in, HF_NOTIFY_INVALID_SYNTAX, (hf_bytes){ 0 });
    return false;
}

static void accept(const struct init *in, const struct gw_choice *choice)
{
    uint8_t storage[4096];
    struct hf_ikev2_chain_writer w = hf_ikev2_chain_begin(storage, sizeof storage);
    struct hf_ikev2_keymat_input input = { 0 };
    struct gw_sa *sa;
    struct hf_ke *ke;
    hf_secret shared;

    if (hf_ke_new(choice->suite.ke, &ke) != HF_OK)
        test_die("no key pair for group %u", choice->suite.ke);
    if (agree(in, ke, &shared)) {
        sa = gw_sa_new(in->gateway);
        fill_sa(sa, in, choice);
        write_answer(&w, in, sa, choice, ke);
        send_clear(in->gateway, in->from, in->port, in->header, sa->spi_r, &w, &sa->init_answer);
        input = (struct hf_ikev2_keymat_input){ .nonce_i = hf_buf_bytes(&sa->nonce_i),
                                                .nonce_r = hf_buf_bytes(&sa->nonce_r),
                                                .spi_i = sa->spi_i,
                                                .spi_r = sa->spi_r,
                                                .shared = &shared };
        gw_sa_set_keys(sa, &input);
    }
    hf_secret_clear(&shared);
    hf_ke_free(ke);
}

static void negotiate(const struct init *in)
{
    const struct sim_gateway_config *config = &in->gateway->config;
    struct gw_choice choice;

    if (!gw_choose(&config->ike, &in->sa, HF_PROTOCOL_IKE, true, in->ke.method, false, &choice))
        send_notify(in, HF_NOTIFY_NO_PROPOSAL_CHOSEN, (hf_bytes){ 0 });
    else if (config->impair.wanted_groups[0] != 0)
        refuse_group(in, next_wanted_group(in->gateway));
    else if (choice.suite.ke != in->ke.method)
        refuse_group(in, choice.suite.ke);
    else
        accept(in, &choice);
}

/* The same request again: the same answer again. */
static bool is_repeated(const struct init *in)
{
    for (size_t i = 0; i < GW_SAS_MAX; i++) {
        const struct gw_sa *sa = in->gateway->sas[i];

        if (sa == NULL || !hf_bytes_equal(hf_buf_bytes(&sa->init_request), in->datagram))
            continue;
        in->gateway->stats.repeated_requests++;
        gw_send(in->gateway, in->port, in->from, true, hf_buf_bytes(&sa->init_answer));
        return true;
    }
    return false;
}

static void check_header(const struct init *in)
{
    if (in->header->message_id != 0 || in->header->flags != HF_IKE_FLAG_INITIATOR ||
        in->header->version != 0x20)
        gw_violated(in->gateway, "the header of IKE_SA_INIT has other fields than it must");
    if (in->header->spi_i == 0)
        gw_violated(in->gateway, "the initiator's SPI is zero");
}

void gw_init_handle(struct sim_gateway *gateway, const hf_endpoint *from, uint16_t to_port,
                    const struct hf_ike_header *header, hf_bytes datagram)
{
    const struct sim_impair *impair = &gateway->config.impair;
    struct init in = {
        .gateway = gateway, .from = from, .port = to_port, .header = header, .datagram = datagram
    };

    if (header->spi_r != 0 || (header->flags & HF_IKE_FLAG_RESPONSE) != 0 || !take_apart(&in)) {
        gateway->stats.dropped++;
        return;
    }
    gateway->stats.init_requests++;
    if (impair->clear_error != 0)
        gw_init_send_clear_error(gateway, from, to_port, header, impair->clear_error);
    if (is_repeated(&in))
        return;
    check_header(&in);
    if (impair->init_error != 0)
        send_notify(&in, impair->init_error, impair->init_error_data);
    else if (impair->endless_cookies)
        send_endless_cookie(&in);
    else if (!gateway->config.demand_cookie || has_cookie(&in))
        negotiate(&in);
}
