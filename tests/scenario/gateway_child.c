/* Child SAs as a responder, and what CREATE_CHILD_SA and INFORMATIONAL ask for. RFC 7296, sections
 * 1.3, 1.4, 2.8 and 2.9. */
#include "scenario/gateway_internal.h"

#include "support/hex.h"

#include <stdlib.h>

/* --- Making a child -------------------------------------------------------------------------- */

static void make_ciphers(struct gw_child *child, const struct hf_ikev2_child_keys *keys,
                         bool started_by_us)
{
    const hf_secret *seal_e = started_by_us ? &keys->encr_i : &keys->encr_r;
    const hf_secret *seal_a = started_by_us ? &keys->integ_i : &keys->integ_r;
    const hf_secret *open_e = started_by_us ? &keys->encr_r : &keys->encr_i;
    const hf_secret *open_a = started_by_us ? &keys->integ_r : &keys->integ_i;

    if (hf_cipher_sizes(&child->suite, &child->sizes) != HF_OK ||
        hf_cipher_new(&child->suite, HF_SEAL, hf_secret_bytes(seal_e), hf_secret_bytes(seal_a),
                      &child->seal) != HF_OK ||
        hf_cipher_new(&child->suite, HF_OPEN, hf_secret_bytes(open_e), hf_secret_bytes(open_a),
                      &child->open) != HF_OK)
        test_die("no ciphers for a child SA");
}

struct gw_child *gw_child_new(struct gw_sa *sa, const struct gw_child_input *input)
{
    struct gw_child *child = calloc(1, sizeof *child);
    struct hf_ikev2_child_keys keys;
    size_t place = 0;

    while (place < GW_CHILDREN_MAX && sa->children[place] != NULL)
        place++;
    if (child == NULL)
        test_die("out of memory");
    if (place == GW_CHILDREN_MAX) {
        gw_violated(sa->gateway, "more child SAs than anybody needs");
        gw_sa_drop_child(sa, sa->children[0]);
        place--;
    }
    child->spi_in = input->spi_in;
    child->spi_out = input->spi_out;
    child->suite = input->choice->suite.cipher;
    child->esn = input->choice->esn;
    child->ke = input->shared == NULL ? 0 : input->choice->suite.ke;
    child->selectors = *input->selectors;
    if (hf_ikev2_keymat_child(sa->suite.prf, &sa->keys.d, input->shared, input->nonce_i,
                              input->nonce_r, &child->suite, &keys) != HF_OK)
        test_die("no keys for a child SA");
    make_ciphers(child, &keys, input->started_by_us);
    hf_cleanse(&keys, sizeof keys);
    sa->children[place] = child;
    sa->gateway->stats.children_created++;
    return child;
}

void gw_child_free(struct gw_child *child)
{
    if (child == NULL)
        return;
    hf_cipher_free(child->seal);
    hf_cipher_free(child->open);
    free(child);
}

/* --- Answering a request for one ------------------------------------------------------------- */

/* A request for a child, taken apart, and what answers it. */
struct negotiation {
    struct gw_call *call;
    bool in_auth;
    struct hf_ikev2_sa_payload sa;
    struct hf_ikev2_ts tsi, tsr;
    struct hf_ikev2_ke ke; /* method 0: none */
    hf_bytes nonce_i, nonce_r;
    bool is_assigned; /* the client asked for inner addresses */
    struct gw_choice choice;
    struct hf_selectors selectors;
    struct hf_ke *own_ke;
    hf_secret shared;
};

static hf_bytes body_of(const struct hf_ikev2_chain *chain, uint8_t type)
{
    const struct hf_ikev2_raw_payload *p = hf_ikev2_chain_find(chain, type, 0);

    return p == NULL ? (hf_bytes){ 0 } : p->body;
}

static bool take_apart(struct negotiation *n, const struct hf_ikev2_chain *chain)
{
    hf_bytes ke = body_of(chain, HF_PAYLOAD_KE);

    n->is_assigned = hf_ikev2_chain_find(chain, HF_PAYLOAD_CP, 0) != NULL || !n->in_auth;
    if (n->in_auth)
        n->nonce_i = hf_buf_bytes(&n->call->sa->nonce_i);
    else if (hf_ikev2_nonce_decode(body_of(chain, HF_PAYLOAD_NONCE), &n->nonce_i) != HF_OK)
        return false;
    if (ke.len != 0 && hf_ikev2_ke_decode(ke, &n->ke) != HF_OK)
        return false;
    return hf_ikev2_sa_decode(body_of(chain, HF_PAYLOAD_SA), &n->sa) == HF_OK &&
           hf_ikev2_ts_decode(body_of(chain, HF_PAYLOAD_TSI), &n->tsi) == HF_OK &&
           hf_ikev2_ts_decode(body_of(chain, HF_PAYLOAD_TSR), &n->tsr) == HF_OK;
}

static void write_group(struct hf_ikev2_chain_writer *w, uint16_t group)
{
    uint8_t data[2];
    hf_writer d = hf_writer_of(data, sizeof data);

    hf_write_u16(&d, group);
    gw_write_error(w, HF_NOTIFY_INVALID_KE_PAYLOAD, HF_BYTES_OF(data));
}

static bool agree_on_key(struct negotiation *n)
{
    struct sim_gateway *gateway = n->call->sa->gateway;

    if (n->ke.method == 0)
        return true;
    if (n->choice.suite.ke != n->ke.method) {
        gateway->stats.groups_refused++;
        write_group(n->call->answer, n->choice.suite.ke);
        return false;
    }
    if (hf_ke_new(n->ke.method, &n->own_ke) != HF_OK)
        test_die("no key pair");
    if (hf_ke_derive(n->own_ke, n->ke.data, &n->shared) == HF_OK)
        return true;
    gw_violated(gateway, "the key exchange data in CREATE_CHILD_SA is not valid");
    gw_write_error(n->call->answer, HF_NOTIFY_INVALID_SYNTAX, (hf_bytes){ 0 });
    return false;
}

static bool negotiate(struct negotiation *n)
{
    struct sim_gateway *gateway = n->call->sa->gateway;
    struct hf_ikev2_chain_writer *w = n->call->answer;

    if (!gw_choose(&gateway->config.esp, &n->sa, HF_PROTOCOL_ESP, n->ke.method != 0, n->ke.method,
                   gateway->config.prefer_esn, &n->choice))
        gw_write_error(w, HF_NOTIFY_NO_PROPOSAL_CHOSEN, (hf_bytes){ 0 });
    else if (!gw_narrow(gateway, &n->tsi, &n->tsr, n->is_assigned, &n->selectors))
        gw_write_error(w, HF_NOTIFY_TS_UNACCEPTABLE, (hf_bytes){ 0 });
    else
        return agree_on_key(n);
    return false;
}

static uint32_t spi_of(hf_bytes spi)
{
    hf_reader r = hf_reader_of(spi);
    uint32_t value = 0;

    return hf_read_u32(&r, &value) ? value : 0;
}

/* Writes SA, [Nr, KEr,] TSi, TSr and makes the child. */
static void answer(struct negotiation *n)
{
    struct gw_call *call = n->call;
    struct hf_ikev2_chain_writer *w = call->answer;
    struct gw_child_input input = { .choice = &n->choice,
                                    .spi_out = spi_of(n->choice.answer.spi),
                                    .shared = n->own_ke == NULL ? NULL : &n->shared,
                                    .nonce_i = n->nonce_i,
                                    .nonce_r = n->nonce_r,
                                    .selectors = &n->selectors };
    uint8_t spi[4];
    hf_writer spi_writer = hf_writer_of(spi, sizeof spi);

    input.spi_in = gw_random_spi(call->sa->gateway);
    hf_write_u32(&spi_writer, input.spi_in);
    n->choice.answer.spi = HF_BYTES_OF(spi);
    gw_write_sa(w, &n->choice.answer);
    if (!n->in_auth)
        hf_ikev2_chain_add(w, HF_PAYLOAD_NONCE, n->nonce_r);
    if (n->own_ke != NULL)
        gw_write_ke(w, n->own_ke, call->sa->gateway->config.impair.zero_ke);
    gw_write_selectors(w, HF_PAYLOAD_TSI, n->selectors.remote, n->selectors.remote_count);
    gw_write_selectors(w, HF_PAYLOAD_TSR, n->selectors.local, n->selectors.local_count);
    (void)gw_child_new(call->sa, &input);
}

bool gw_child_answer(struct gw_call *call, const struct gw_child_request *request)
{
    struct negotiation n = { .call = call, .in_auth = request->in_auth };
    uint8_t nonce[GW_NONCE_LEN];
    bool good = false;

    gw_random(call->sa->gateway, nonce, sizeof nonce);
    n.nonce_r = n.in_auth ? hf_buf_bytes(&call->sa->nonce_r) : HF_BYTES_OF(nonce);
    if (!take_apart(&n, request->chain)) {
        gw_violated(call->sa->gateway, "a request for a child SA lacks a payload");
        gw_write_error(call->answer, HF_NOTIFY_INVALID_SYNTAX, (hf_bytes){ 0 });
    } else if (negotiate(&n)) {
        answer(&n);
        good = true;
    }
    hf_ke_free(n.own_ke);
    hf_secret_clear(&n.shared);
    return good;
}

/* --- CREATE_CHILD_SA ------------------------------------------------------------------------- */

static void create_child(struct gw_call *call)
{
    struct gw_child_request request = { .chain = &call->request };
    struct hf_ikev2_notify rekey;
    bool is_rekey = hf_ikev2_chain_notify(&call->request, HF_NOTIFY_REKEY_SA, &rekey);

    if (is_rekey && gw_sa_child_by_out(call->sa, spi_of(rekey.spi)) == NULL) {
        hf_ikev2_chain_add_notify(call->answer, rekey.protocol, rekey.spi,
                                  HF_NOTIFY_CHILD_SA_NOT_FOUND, (hf_bytes){ 0 });
        return;
    }
    if (gw_child_answer(call, &request))
        call->sa->gateway->stats.child_rekeys += is_rekey;
}

/* A request to rekey the IKE SA (RFC 7296, section 2.18), taken apart, and what answers it. */
struct ike_rekey {
    struct hf_ikev2_ke ke;
    hf_bytes nonce_i, nonce_r;
    uint64_t spi_i, spi_r;
    struct gw_choice choice;
    struct hf_ke *own_ke;
    hf_secret shared;
};

/* True; or an error notify was written. */
static bool agree_on_rekey(struct gw_call *call, const struct hf_ikev2_sa_payload *offered,
                           struct ike_rekey *rekey)
{
    struct sim_gateway *gateway = call->sa->gateway;
    hf_reader spi;

    if (hf_ikev2_ke_decode(body_of(&call->request, HF_PAYLOAD_KE), &rekey->ke) != HF_OK ||
        hf_ikev2_nonce_decode(body_of(&call->request, HF_PAYLOAD_NONCE), &rekey->nonce_i) != HF_OK)
        gw_violated(gateway, "a request to rekey the IKE SA lacks a payload");
    else if (!gw_choose(&gateway->config.ike, offered, HF_PROTOCOL_IKE, true, rekey->ke.method,
                        false, &rekey->choice)) {
        gw_write_error(call->answer, HF_NOTIFY_NO_PROPOSAL_CHOSEN, (hf_bytes){ 0 });
        return false;
    } else if (rekey->choice.suite.ke != rekey->ke.method) {
        write_group(call->answer, rekey->choice.suite.ke);
        return false;
    } else {
        spi = hf_reader_of(rekey->choice.answer.spi);
        if (hf_read_u64(&spi, &rekey->spi_i) &&
            hf_ke_new(rekey->ke.method, &rekey->own_ke) == HF_OK &&
            hf_ke_derive(rekey->own_ke, rekey->ke.data, &rekey->shared) == HF_OK)
            return true;
        gw_violated(gateway, "a request to rekey the IKE SA is not valid");
    }
    gw_write_error(call->answer, HF_NOTIFY_INVALID_SYNTAX, (hf_bytes){ 0 });
    return false;
}

static void adopt(struct gw_sa *old, const struct ike_rekey *rekey)
{
    struct gw_sa *sa =
        gw_sa_successor(old, &rekey->choice.suite, rekey->spi_i, rekey->spi_r, false);
    struct hf_ikev2_keymat_input input = { .nonce_i = rekey->nonce_i,
                                           .nonce_r = rekey->nonce_r,
                                           .spi_i = rekey->spi_i,
                                           .spi_r = rekey->spi_r,
                                           .shared = &rekey->shared,
                                           .old_d = &old->keys.d,
                                           .old_prf = old->suite.prf };

    gw_sa_set_keys(sa, &input);
    gw_request_start(sa);
}

static void rekey_ike(struct gw_call *call, const struct hf_ikev2_sa_payload *offered)
{
    struct sim_gateway *gateway = call->sa->gateway;
    struct hf_ikev2_chain_writer *w = call->answer;
    struct ike_rekey rekey = { 0 };
    uint8_t nonce[GW_NONCE_LEN], spi[8];
    hf_writer spi_writer = hf_writer_of(spi, sizeof spi);

    if (agree_on_rekey(call, offered, &rekey)) {
        gw_random(gateway, nonce, sizeof nonce);
        gw_random(gateway, &rekey.spi_r, sizeof rekey.spi_r);
        hf_write_u64(&spi_writer, rekey.spi_r);
        rekey.nonce_r = HF_BYTES_OF(nonce);
        rekey.choice.answer.spi = HF_BYTES_OF(spi);
        gw_write_sa(w, &rekey.choice.answer);
        hf_ikev2_chain_add(w, HF_PAYLOAD_NONCE, rekey.nonce_r);
        gw_write_ke(w, rekey.own_ke, gateway->config.impair.zero_ke);
        adopt(call->sa, &rekey);
    }
    hf_secret_clear(&rekey.shared);
    hf_ke_free(rekey.own_ke);
}

static bool is_refused(struct gw_call *call)
{
    const struct sim_impair *impair = &call->sa->gateway->config.impair;

    if (impair->create_error == 0 ||
        (impair->create_error_times != 0 && call->sa->create_errors >= impair->create_error_times))
        return false;
    call->sa->create_errors++;
    gw_write_error(call->answer, impair->create_error, (hf_bytes){ 0 });
    return true;
}

/* The client's wish crosses one of ours that is under way: RFC 7296, section 2.25.2. */
static bool crosses(const struct gw_sa *sa, uint8_t protocol)
{
    switch (sa->pending.kind) {
    case GW_REKEY_CHILD:
    case GW_DELETE_CHILD:
    case GW_DELETE_OLD_CHILD:
        return protocol == HF_PROTOCOL_IKE;
    case GW_REKEY_IKE:
        return protocol == HF_PROTOCOL_ESP;
    case GW_NOTHING:
    case GW_DELETE_IKE:
    case GW_PROBE:
        break;
    }
    return false;
}

void gw_create_handle(struct gw_call *call)
{
    struct hf_ikev2_sa_payload sa;

    if (call->sa->state != GW_ESTABLISHED) {
        if (call->sa->state != GW_REPLACED)
            gw_violated(call->sa->gateway, "CREATE_CHILD_SA on an SA that is not established");
        gw_write_error(call->answer, HF_NOTIFY_TEMPORARY_FAILURE, (hf_bytes){ 0 });
    } else if (is_refused(call))
        return;
    else if (hf_ikev2_sa_decode(body_of(&call->request, HF_PAYLOAD_SA), &sa) != HF_OK ||
             sa.count == 0) {
        gw_violated(call->sa->gateway, "CREATE_CHILD_SA without a proposal");
        gw_write_error(call->answer, HF_NOTIFY_INVALID_SYNTAX, (hf_bytes){ 0 });
    } else if (crosses(call->sa, sa.proposals[0].protocol))
        gw_write_error(call->answer, HF_NOTIFY_TEMPORARY_FAILURE, (hf_bytes){ 0 });
    else if (sa.proposals[0].protocol == HF_PROTOCOL_IKE)
        rekey_ike(call, &sa);
    else
        create_child(call);
}

/* --- INFORMATIONAL --------------------------------------------------------------------------- */

static void write_delete(struct hf_ikev2_chain_writer *w, const struct hf_ikev2_delete *del)
{
    hf_ikev2_payload_begin(w, HF_PAYLOAD_DELETE);
    hf_ikev2_delete_encode(&w->w, del);
    hf_ikev2_payload_end(w);
}

/* The client names its inbound SPIs; the answer names ours: RFC 7296, section 1.4.1. */
static void delete_children(struct gw_call *call, const struct hf_ikev2_delete *del)
{
    struct hf_ikev2_delete own = { .protocol = HF_PROTOCOL_ESP };

    for (size_t i = 0; i < del->count; i++) {
        struct gw_child *child = gw_sa_child_by_out(call->sa, del->spis[i]);

        if (child == NULL)
            continue; /* deleted by both at once: section 1.4.1 */
        own.spis[own.count++] = child->spi_in;
        gw_sa_drop_child(call->sa, child);
    }
    if (own.count != 0)
        write_delete(call->answer, &own);
}

void gw_informational_handle(struct gw_call *call)
{
    struct sim_gateway *gateway = call->sa->gateway;
    const struct hf_ikev2_raw_payload *p;

    gateway->stats.informational_requests++;
    for (size_t n = 0; (p = hf_ikev2_chain_find(&call->request, HF_PAYLOAD_DELETE, n)) != NULL;
         n++) {
        struct hf_ikev2_delete del;

        if (hf_ikev2_delete_decode(p->body, &del) != HF_OK)
            gw_violated(gateway, "a DELETE does not decode");
        else if (del.protocol == HF_PROTOCOL_IKE) {
            gateway->stats.ike_deletes++;
            call->dies = true;
        } else
            delete_children(call, &del);
    }
    if (call->sa->state == GW_INIT_DONE || call->sa->state == GW_EAP ||
        call->sa->state == GW_EAP_DONE)
        call->dies = true; /* the client gives up: RFC 7296, section 2.21.2 */
}
