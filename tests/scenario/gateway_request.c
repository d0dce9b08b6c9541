/* What the gateway starts by itself: rekeys, deletions, probes, one at a time. RFC 7296, sections
 * 1.3, 1.4, 2.4 and 2.8. */
#include "scenario/gateway_internal.h"

#include "support/hex.h"

#define FIRST_RESEND HF_SECONDS(1)
#define TRIES_MAX    8

void gw_pending_clear(struct gw_pending *pending)
{
    hf_ikev2_datagrams_clear(&pending->datagrams);
    hf_ke_free(pending->ke);
    *pending = (struct gw_pending){ 0 };
}

/* --- Requests -------------------------------------------------------------------------------- */

static void write_own_ke(struct gw_pending *pending, struct hf_ikev2_chain_writer *w,
                         uint16_t group)
{
    if (hf_ke_new(group, &pending->ke) != HF_OK)
        test_die("no key pair");
    gw_write_ke(w, pending->ke, false);
}

static void write_rekey_child(struct gw_sa *sa, struct gw_child *child,
                              struct hf_ikev2_chain_writer *w)
{
    struct gw_pending *pending = &sa->pending;
    struct hf_ikev2_suite suite = { .cipher = child->suite, .ke = child->ke };
    struct hf_ikev2_proposal proposal;
    uint8_t old_spi[4], new_spi[4];
    hf_writer old_writer = hf_writer_of(old_spi, 4), new_writer = hf_writer_of(new_spi, 4);

    if (suite.ke == 0) /* made in IKE_AUTH: its key exchange was that of the IKE SA */
        suite.ke = sa->suite.ke;
    pending->child_spi = child->spi_in;
    pending->new_child_spi = gw_random_spi(sa->gateway);
    gw_random(sa->gateway, pending->nonce, sizeof pending->nonce);
    hf_write_u32(&old_writer, child->spi_in);
    hf_write_u32(&new_writer, pending->new_child_spi);
    hf_ikev2_chain_add_notify(w, HF_PROTOCOL_ESP, HF_BYTES_OF(old_spi), HF_NOTIFY_REKEY_SA,
                              (hf_bytes){ 0 });
    gw_propose(&suite, HF_PROTOCOL_ESP, child->esn, HF_BYTES_OF(new_spi), &proposal);
    gw_write_sa(w, &proposal);
    hf_ikev2_chain_add(w, HF_PAYLOAD_NONCE, HF_BYTES_OF(pending->nonce));
    write_own_ke(pending, w, suite.ke);
    gw_write_selectors(w, HF_PAYLOAD_TSI, child->selectors.local, child->selectors.local_count);
    gw_write_selectors(w, HF_PAYLOAD_TSR, child->selectors.remote, child->selectors.remote_count);
}

static void write_rekey_ike(struct gw_sa *sa, struct hf_ikev2_chain_writer *w)
{
    struct gw_pending *pending = &sa->pending;
    struct hf_ikev2_proposal proposal;
    uint8_t spi[8];
    hf_writer spi_writer = hf_writer_of(spi, sizeof spi);

    gw_random(sa->gateway, &pending->new_ike_spi, sizeof pending->new_ike_spi);
    gw_random(sa->gateway, pending->nonce, sizeof pending->nonce);
    hf_write_u64(&spi_writer, pending->new_ike_spi);
    gw_propose(&sa->suite, HF_PROTOCOL_IKE, false, HF_BYTES_OF(spi), &proposal);
    gw_write_sa(w, &proposal);
    hf_ikev2_chain_add(w, HF_PAYLOAD_NONCE, HF_BYTES_OF(pending->nonce));
    write_own_ke(pending, w, sa->suite.ke);
}

static void write_delete(struct gw_sa *sa, uint32_t spi, struct hf_ikev2_chain_writer *w)
{
    struct hf_ikev2_delete del = { .protocol = spi == 0 ? HF_PROTOCOL_IKE : HF_PROTOCOL_ESP };

    if (spi != 0)
        del.spis[del.count++] = spi;
    sa->pending.child_spi = spi;
    hf_ikev2_payload_begin(w, HF_PAYLOAD_DELETE);
    hf_ikev2_delete_encode(&w->w, &del);
    hf_ikev2_payload_end(w);
}

/* Writes the request; false: it makes no sense any more. */
static bool write_request(struct gw_sa *sa, enum gw_request kind, struct hf_ikev2_chain_writer *w)
{
    struct gw_child *newest = gw_sa_newest_child(sa);

    switch (kind) {
    case GW_REKEY_CHILD:
        if (newest != NULL)
            write_rekey_child(sa, newest, w);
        return newest != NULL;
    case GW_REKEY_IKE:
        write_rekey_ike(sa, w);
        return true;
    case GW_DELETE_CHILD:
        if (newest != NULL)
            write_delete(sa, newest->spi_in, w);
        return newest != NULL;
    case GW_DELETE_OLD_CHILD:
        if (gw_sa_child_by_in(sa, sa->old_child_spi) == NULL)
            return false;
        write_delete(sa, sa->old_child_spi, w);
        return true;
    case GW_DELETE_IKE:
        write_delete(sa, 0, w);
        return true;
    case GW_PROBE:
        return true;
    case GW_NOTHING:
        break;
    }
    return false;
}

static uint8_t exchange_of(enum gw_request kind)
{
    return kind == GW_REKEY_CHILD || kind == GW_REKEY_IKE ? HF_CREATE_CHILD_SA : HF_INFORMATIONAL;
}

void gw_request_enqueue(struct gw_sa *sa, enum gw_request kind)
{
    if (sa->queued == GW_REQUESTS_MAX)
        test_die("too many requests of the gateway");
    sa->queue[sa->queued++] = kind;
    gw_request_start(sa);
}

static enum gw_request next_in_queue(struct gw_sa *sa)
{
    enum gw_request kind = sa->queue[0];

    if (sa->queued == 0)
        return GW_NOTHING;
    sa->queued--;
    for (size_t i = 0; i < sa->queued; i++)
        sa->queue[i] = sa->queue[i + 1];
    return kind;
}

void gw_request_start(struct gw_sa *sa)
{
    static uint8_t storage[GW_CHAIN_MAX];
    enum gw_request kind;

    while (sa->pending.kind == GW_NOTHING && (kind = next_in_queue(sa)) != GW_NOTHING) {
        struct hf_ikev2_chain_writer w = hf_ikev2_chain_begin(storage, sizeof storage);

        if (sa->state != GW_ESTABLISHED && sa->state != GW_REPLACED)
            continue;
        if (!write_request(sa, kind, &w)) {
            gw_pending_clear(&sa->pending);
            continue;
        }
        sa->pending.kind = kind;
        sa->pending.resend_at = hf_time_add(sa->gateway->now, FIRST_RESEND);
        gw_sa_seal(sa, exchange_of(kind), sa->next_id, false, &w, &sa->pending.datagrams);
        gw_sa_send(sa, &sa->pending.datagrams);
    }
}

/* A client that is silent for this long is gone: the SA is dropped without a word. */
void gw_request_handle_time(struct gw_sa *sa)
{
    struct gw_pending *pending = &sa->pending;

    if (pending->kind == GW_NOTHING || !hf_time_due(pending->resend_at, sa->gateway->now))
        return;
    if (++pending->tries >= TRIES_MAX) {
        gw_pending_clear(pending);
        sa->state = GW_CLOSED;
        return;
    }
    pending->resend_at = hf_time_add(sa->gateway->now, FIRST_RESEND << pending->tries);
    gw_sa_send(sa, &pending->datagrams);
}

/* --- Answers --------------------------------------------------------------------------------- */

static hf_bytes body_of(const struct hf_ikev2_chain *chain, uint8_t type)
{
    const struct hf_ikev2_raw_payload *p = hf_ikev2_chain_find(chain, type, 0);

    return p == NULL ? (hf_bytes){ 0 } : p->body;
}

/* What an answer to a rekey holds, as far as both kinds share it. */
struct rekey_answer {
    struct hf_ikev2_sa_payload sa;
    struct gw_choice choice;
    hf_bytes nonce;
    hf_secret shared;
};

/* The client picked one of each from the one proposal we made. */
static bool read_rekey_answer(struct gw_sa *sa, const struct hf_ikev2_chain *chain,
                              uint8_t protocol, struct rekey_answer *out)
{
    const struct sim_gateway_config *config = &sa->gateway->config;
    const struct sim_suites *accepted = protocol == HF_PROTOCOL_IKE ? &config->ike : &config->esp;
    struct hf_ikev2_ke ke;

    return hf_ikev2_sa_decode(body_of(chain, HF_PAYLOAD_SA), &out->sa) == HF_OK &&
           out->sa.count == 1 &&
           gw_choose(accepted, &out->sa, protocol, true, 0, false, &out->choice) &&
           hf_ikev2_nonce_decode(body_of(chain, HF_PAYLOAD_NONCE), &out->nonce) == HF_OK &&
           hf_ikev2_ke_decode(body_of(chain, HF_PAYLOAD_KE), &ke) == HF_OK &&
           ke.method == hf_ke_method(sa->pending.ke) &&
           hf_ke_derive(sa->pending.ke, ke.data, &out->shared) == HF_OK;
}

static bool read_selectors(const struct hf_ikev2_chain *chain, struct hf_selectors *out)
{
    struct hf_ikev2_ts tsi, tsr;

    if (hf_ikev2_ts_decode(body_of(chain, HF_PAYLOAD_TSI), &tsi) != HF_OK ||
        hf_ikev2_ts_decode(body_of(chain, HF_PAYLOAD_TSR), &tsr) != HF_OK)
        return false;
    *out = (struct hf_selectors){ .local_count = tsi.count, .remote_count = tsr.count };
    hf_copy(out->local, tsi.selectors, tsi.count * sizeof *out->local);
    hf_copy(out->remote, tsr.selectors, tsr.count * sizeof *out->remote);
    return true;
}

static void finish_rekey_child(struct gw_sa *sa, const struct hf_ikev2_chain *chain)
{
    struct rekey_answer answer = { 0 };
    struct hf_selectors selectors;
    struct gw_child_input input = { .choice = &answer.choice,
                                    .spi_in = sa->pending.new_child_spi,
                                    .shared = &answer.shared,
                                    .nonce_i = HF_BYTES_OF(sa->pending.nonce),
                                    .started_by_us = true,
                                    .selectors = &selectors };
    hf_reader spi;

    if (!read_rekey_answer(sa, chain, HF_PROTOCOL_ESP, &answer) ||
        !read_selectors(chain, &selectors)) {
        gw_violated(sa->gateway, "the answer to the rekey of a child is not valid");
        return;
    }
    spi = hf_reader_of(answer.sa.proposals[0].spi);
    if (!hf_read_u32(&spi, &input.spi_out))
        gw_violated(sa->gateway, "the answer to the rekey of a child has no SPI");
    else {
        input.nonce_r = answer.nonce;
        (void)gw_child_new(sa, &input);
        sa->gateway->stats.child_rekeys++;
        sa->old_child_spi = sa->pending.child_spi;
        gw_request_enqueue(sa, GW_DELETE_OLD_CHILD);
    }
    hf_secret_clear(&answer.shared);
}

static void finish_rekey_ike(struct gw_sa *sa, const struct hf_ikev2_chain *chain)
{
    struct rekey_answer answer = { 0 };
    struct hf_ikev2_keymat_input input = { .nonce_i = HF_BYTES_OF(sa->pending.nonce),
                                           .spi_i = sa->pending.new_ike_spi,
                                           .shared = &answer.shared,
                                           .old_d = &sa->keys.d,
                                           .old_prf = sa->suite.prf };
    hf_reader spi;

    if (!read_rekey_answer(sa, chain, HF_PROTOCOL_IKE, &answer)) {
        gw_violated(sa->gateway, "the answer to the rekey of the IKE SA is not valid");
        return;
    }
    spi = hf_reader_of(answer.sa.proposals[0].spi);
    if (!hf_read_u64(&spi, &input.spi_r))
        gw_violated(sa->gateway, "the answer to the rekey of the IKE SA has no SPI");
    else {
        struct gw_sa *next =
            gw_sa_successor(sa, &answer.choice.suite, input.spi_i, input.spi_r, true);

        input.nonce_r = answer.nonce;
        gw_sa_set_keys(next, &input);
        gw_request_start(next);
        gw_request_enqueue(sa, GW_DELETE_IKE);
    }
    hf_secret_clear(&answer.shared);
}

/* The answer to a DELETE names the client's side of the child; ours goes either way. */
static void finish_delete_child(struct gw_sa *sa)
{
    struct gw_child *child = gw_sa_child_by_in(sa, sa->pending.child_spi);

    if (child != NULL)
        gw_sa_drop_child(sa, child);
}

static void finish(struct gw_sa *sa, const struct hf_ikev2_chain *chain)
{
    switch (sa->pending.kind) {
    case GW_REKEY_CHILD:
        finish_rekey_child(sa, chain);
        break;
    case GW_REKEY_IKE:
        finish_rekey_ike(sa, chain);
        break;
    case GW_DELETE_CHILD:
    case GW_DELETE_OLD_CHILD:
        finish_delete_child(sa);
        break;
    case GW_DELETE_IKE:
        sa->state = GW_CLOSED;
        break;
    case GW_PROBE:
        sa->gateway->stats.probes_answered++;
        break;
    case GW_NOTHING:
        break;
    }
}

void gw_request_handle_answer(struct gw_sa *sa, const struct hf_ikev2_chain *chain,
                              uint8_t exchange)
{
    struct hf_ikev2_notify error;

    if (exchange != exchange_of(sa->pending.kind))
        gw_violated(sa->gateway, "an answer of another exchange than its request");
    else if (hf_ikev2_chain_error(chain, &error))
        sa->gateway->stats.last_notify_from_client = error.type;
    else
        finish(sa, chain);
    gw_pending_clear(&sa->pending);
    sa->next_id++;
    gw_request_start(sa);
}
