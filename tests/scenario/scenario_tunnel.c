/* The life of a tunnel: rekeys and deletes of both sides, silence, lifetimes. */
#include "scenario/sim.h"

#include "support/test.h"

static struct sim *established(uint64_t seed)
{
    struct sim *sim = sim_new(seed, HF_IKEV2_AUTH_PSK);

    sim_establish(sim);
    return sim;
}

static const struct sim_child *child(const struct sim *sim, size_t n)
{
    cr_assert_lt(n, sim->child_count);
    return &sim->children[n];
}

static struct sim_gateway_sa_info info_of(const struct sim *sim)
{
    struct sim_gateway_sa_info info;

    sim_gateway_info(sim->gateway, &info);
    return info;
}

/* One child is there, both sides agree on it, and nothing is left of others. */
static void expect_settled(struct sim *sim)
{
    sim_advance(sim, HF_SECONDS(70));
    cr_expect_eq(sim->events[HF_IKEV2_FAILED] + sim->events[HF_IKEV2_CLOSED], 0);
    cr_expect_eq(sim_live_children(sim), 1);
    cr_expect_eq(info_of(sim).children, 1);
    cr_expect_eq(info_of(sim).child_spi_in, sim->sending);
}

/* --- rekeys that we start --- */

Test(rekey, of_the_child_is_make_before_break)
{
    struct sim *sim = established(SEED(1));

    hf_ikev2_sa_rekey_child(sim->sa, sim->now);
    cr_assert(sim_run_until(sim, HF_IKEV2_CHILD_UP, HF_SECONDS(1)));
    cr_expect_eq(sim->sending, child(sim, 1)->spi_out); /* sent on at once */
    cr_expect_not(child(sim, 0)->is_down);
    cr_expect_neq(info_of(sim).child_ke, 0); /* PFS */
    cr_assert(sim_run_until(sim, HF_IKEV2_CHILD_DOWN, HF_SECONDS(20)));
    cr_expect_geq(sim->now - sim->event_at[HF_IKEV2_CHILD_UP], HF_SECONDS(5));
    cr_expect(child(sim, 0)->is_down);
    cr_expect_not(child(sim, 1)->is_down);
    expect_settled(sim);
    sim_free(sim);
}

Test(rekey, of_the_ike_sa_keeps_the_child)
{
    struct sim *sim = established(SEED(2));
    uint64_t old = info_of(sim).spi_i;

    hf_ikev2_sa_rekey_ike(sim->sa, sim->now);
    cr_assert(sim_run_until(sim, HF_IKEV2_IKE_REKEYED, HF_SECONDS(1)));
    sim_advance(sim, HF_SECONDS(1));
    cr_expect_neq(info_of(sim).spi_i, old);
    cr_expect_eq(sim->child_count, 1);
    hf_ikev2_sa_rekey_child(sim->sa, sim->now); /* on the new one */
    cr_assert(sim_run_until(sim, HF_IKEV2_CHILD_UP, HF_SECONDS(1)));
    expect_settled(sim);
    sim_free(sim);
}

Test(rekey, of_everything_again_and_again)
{
    struct sim *sim = established(SEED(3));

    for (int i = 0; i < 40; i++) {
        hf_ikev2_sa_rekey_child(sim->sa, sim->now);
        cr_assert(sim_run_until(sim, HF_IKEV2_CHILD_UP, HF_SECONDS(2)));
        hf_ikev2_sa_rekey_ike(sim->sa, sim->now);
        cr_assert(sim_run_until(sim, HF_IKEV2_IKE_REKEYED, HF_SECONDS(2)));
        sim_advance(sim, HF_MILLIS(700));
    }
    expect_settled(sim);
    cr_expect_eq(sim_gateway_stats(sim->gateway)->child_rekeys, 40);
    cr_expect_eq(sim_gateway_stats(sim->gateway)->ike_rekeys, 40);
    sim_free(sim);
}

Test(rekey, comes_with_time)
{
    struct sim *sim = sim_new(SEED(4), HF_IKEV2_AUTH_PSK);

    sim->client.child_lifetime = HF_MINUTES(60);
    sim->client.ike_lifetime = HF_MINUTES(240);
    sim_establish(sim);
    sim_advance(sim, HF_MINUTES(60 * 24));
    cr_expect_geq(sim_gateway_stats(sim->gateway)->child_rekeys, 24);
    cr_expect_leq(sim_gateway_stats(sim->gateway)->child_rekeys, 32);
    cr_expect_geq(sim_gateway_stats(sim->gateway)->ike_rekeys, 6);
    cr_expect_leq(sim_gateway_stats(sim->gateway)->ike_rekeys, 8);
    cr_expect_eq(sim_live_children(sim), 1);
    cr_expect_eq(sim->events[HF_IKEV2_FAILED], 0);
    sim_free(sim);
}

Test(rekey, comes_with_volume_and_before_the_sequence_wraps)
{
    struct sim *sim = established(SEED(5));

    hf_ikev2_sa_report_usage(sim->sa, UINT64_C(40) << 30, 1000, sim->now, sim->now);
    cr_expect_not(sim_run_until(sim, HF_IKEV2_CHILD_UP, HF_SECONDS(5)));
    hf_ikev2_sa_report_usage(sim->sa, UINT64_C(64) << 30, 1000, sim->now, sim->now);
    hf_ikev2_sa_report_usage(sim->sa, UINT64_C(64) << 30, 1000, sim->now, sim->now); /* once */
    cr_expect(sim_run_until(sim, HF_IKEV2_CHILD_UP, HF_SECONDS(5)));
    sim_advance(sim, HF_SECONDS(20));
    cr_expect_eq(sim->child_count, 2);
    hf_ikev2_sa_report_usage(sim->sa, 1000, UINT32_C(0xc0000000), sim->now, sim->now);
    cr_expect(sim_run_until(sim, HF_IKEV2_CHILD_UP, HF_SECONDS(5)));
    sim_free(sim);
}

Test(rekey, refused_for_the_moment_is_tried_again)
{
    for (int ike = 0; ike < 2; ike++) {
        struct sim *sim = established(SEED(6));

        sim_gateway_impair(sim->gateway)->create_error = HF_NOTIFY_TEMPORARY_FAILURE;
        sim_gateway_impair(sim->gateway)->create_error_times = 3;
        if (ike == 1)
            hf_ikev2_sa_rekey_ike(sim->sa, sim->now);
        else
            hf_ikev2_sa_rekey_child(sim->sa, sim->now);
        cr_expect(sim_run_until(sim, ike == 1 ? HF_IKEV2_IKE_REKEYED : HF_IKEV2_CHILD_UP,
                                HF_SECONDS(60)));
        expect_settled(sim);
        sim_free(sim);
    }
}

Test(rekey, refused_for_good_ends_the_tunnel_at_its_hard_limit)
{
    struct sim *sim = sim_new(SEED(7), HF_IKEV2_AUTH_PSK);

    sim->client.child_lifetime = HF_MINUTES(10);
    sim_establish(sim);
    sim_gateway_impair(sim->gateway)->create_error = HF_NOTIFY_NO_ADDITIONAL_SAS;
    cr_expect(sim_run_until(sim, HF_IKEV2_FAILED, HF_MINUTES(20)));
    cr_expect_geq(sim->now - SIM_START, HF_MINUTES(10));
    cr_expect_eq(sim->fault.status, HF_ERR_PEER_ERROR);
    cr_expect_eq(sim->fault.stage, HF_STAGE_TUNNEL);
    cr_expect_str_eq(sim->fault.received, "NO_ADDITIONAL_SAS");
    sim_advance(sim, HF_SECONDS(1));
    cr_expect_eq(sim_gateway_stats(sim->gateway)->ike_deletes, 1);
    sim_free(sim);
}

Test(rekey, of_a_child_that_the_gateway_lost_makes_a_new_one)
{
    struct sim *sim = established(SEED(8));

    sim_gateway_impair(sim->gateway)->create_error = HF_NOTIFY_CHILD_SA_NOT_FOUND;
    sim_gateway_impair(sim->gateway)->create_error_times = 1;
    hf_ikev2_sa_rekey_child(sim->sa, sim->now);
    cr_expect(sim_run_until(sim, HF_IKEV2_CHILD_UP, HF_SECONDS(5)));
    cr_expect(child(sim, 0)->is_down);
    cr_expect_not(child(sim, 1)->is_down);
    sim_free(sim);
}

/* A gateway that demands another group for children than for itself. */
Test(rekey, goes_to_the_group_that_the_gateway_wants)
{
    struct sim *sim = sim_new(SEED(9), HF_IKEV2_AUTH_PSK);
    struct sim_suites *esp = &sim->gateway_config.esp;
    size_t kept = 0;

    for (size_t i = 0; i < esp->count; i++) {
        if (esp->transforms[i].type != HF_TRANSFORM_KE || esp->transforms[i].id == HF_KE_MODP_2048)
            esp->transforms[kept++] = esp->transforms[i];
    }
    esp->count = kept;
    sim_establish(sim);
    hf_ikev2_sa_rekey_child(sim->sa, sim->now);
    cr_expect(sim_run_until(sim, HF_IKEV2_CHILD_UP, HF_SECONDS(5)));
    cr_expect_eq(info_of(sim).child_ke, HF_KE_MODP_2048);
    expect_settled(sim);
    sim_free(sim);
}

/* --- what the gateway starts --- */

Test(gateway, rekeys_the_child)
{
    struct sim *sim = established(SEED(20));

    cr_assert(sim_gateway_rekey_child(sim->gateway, sim->now));
    cr_assert(sim_run_until(sim, HF_IKEV2_CHILD_UP, HF_SECONDS(1)));
    cr_expect_eq(sim->sending, child(sim, 0)->spi_out); /* not before the DELETE of the old */
    cr_assert(sim_run_until(sim, HF_IKEV2_CHILD_SEND, HF_SECONDS(4)));
    cr_expect_eq(sim->sending, child(sim, 1)->spi_out);
    expect_settled(sim);
    cr_expect_geq(sim->event_at[HF_IKEV2_CHILD_DOWN] - sim->event_at[HF_IKEV2_CHILD_SEND],
                  HF_SECONDS(5));
    sim_free(sim);
}

Test(gateway, rekeys_the_child_and_its_delete_is_late)
{
    struct sim *sim = established(SEED(21));

    cr_assert(sim_gateway_rekey_child(sim->gateway, sim->now));
    cr_assert(sim_run_until(sim, HF_IKEV2_CHILD_UP, HF_SECONDS(1)));
    sim->cut[TO_CLIENT] = true;
    cr_expect(sim_run_until(sim, HF_IKEV2_CHILD_SEND, HF_SECONDS(121))); /* by itself */
    cr_expect_geq(sim->now - sim->event_at[HF_IKEV2_CHILD_UP], HF_SECONDS(120));
    sim->cut[TO_CLIENT] = false;
    expect_settled(sim);
    sim_free(sim);
}

Test(gateway, rekeys_the_child_and_sends_on_it)
{
    struct sim *sim = established(SEED(21));

    cr_assert(sim_gateway_rekey_child(sim->gateway, sim->now));
    cr_assert(sim_run_until(sim, HF_IKEV2_CHILD_UP, HF_SECONDS(1)));
    sim->cut[TO_CLIENT] = true;
    hf_ikev2_sa_report_received(sim->sa, child(sim, 0)->spi_in, sim->now, sim->now);
    cr_expect_eq(sim->sending, child(sim, 0)->spi_out);
    hf_ikev2_sa_report_received(sim->sa, child(sim, 1)->spi_in, sim->now, sim->now);
    cr_expect(sim_run_until(sim, HF_IKEV2_CHILD_SEND, HF_MILLIS(1)));
    sim->cut[TO_CLIENT] = false;
    expect_settled(sim);
    sim_free(sim);
}

/* As long as the gateway asks again it does not have our answer, and so not the child. */
Test(gateway, rekeys_the_child_and_our_answer_is_lost)
{
    struct sim *sim = established(SEED(21));

    cr_assert(sim_gateway_rekey_child(sim->gateway, sim->now));
    sim->cut[TO_GATEWAY] = true;
    cr_assert(sim_run_until(sim, HF_IKEV2_CHILD_UP, HF_SECONDS(1)));
    sim_advance(sim, HF_SECONDS(60));
    cr_expect_eq(sim->events[HF_IKEV2_CHILD_SEND], 0);
    sim->cut[TO_GATEWAY] = false;
    expect_settled(sim);
    sim_free(sim);
}

Test(gateway, rekeys_the_ike_sa)
{
    struct sim *sim = established(SEED(22));

    cr_assert(sim_gateway_rekey_ike(sim->gateway, sim->now));
    cr_assert(sim_run_until(sim, HF_IKEV2_IKE_REKEYED, HF_SECONDS(1)));
    sim_advance(sim, HF_SECONDS(1));
    hf_ikev2_sa_rekey_child(sim->sa, sim->now); /* we are the responder of that SA now */
    cr_assert(sim_run_until(sim, HF_IKEV2_CHILD_UP, HF_SECONDS(1)));
    hf_ikev2_sa_rekey_ike(sim->sa, sim->now); /* … and its initiator again */
    cr_assert(sim_run_until(sim, HF_IKEV2_IKE_REKEYED, HF_SECONDS(1)));
    expect_settled(sim);
    sim_free(sim);
}

Test(gateway, rekeys_right_after_the_set_up)
{
    struct sim *sim = sim_new(SEED(23), HF_IKEV2_AUTH_PSK);

    sim_connect(sim);
    cr_assert(sim_run_until(sim, HF_IKEV2_ESTABLISHED, HF_SECONDS(1)));
    cr_assert(sim_gateway_rekey_ike(sim->gateway, sim->now));
    cr_assert(sim_gateway_rekey_child(sim->gateway, sim->now));
    cr_assert(sim_run_until(sim, HF_IKEV2_IKE_REKEYED, HF_SECONDS(5)));
    expect_settled(sim);
    sim_free(sim);
}

Test(gateway, asks_whether_we_are_there)
{
    struct sim *sim = established(SEED(24));

    cr_assert(sim_gateway_probe(sim->gateway, sim->now));
    cr_expect(sim_run_until(sim, HF_IKEV2_PROOF, HF_SECONDS(1)));
    sim_advance(sim, HF_SECONDS(1));
    cr_expect_eq(sim_gateway_stats(sim->gateway)->probes_answered, 1);
    sim_free(sim);
}

Test(gateway, gets_the_same_answer_to_the_same_question)
{
    struct sim *sim = established(SEED(25));
    size_t before = sim->sent_count;

    sim->network.duplicate = 1000;
    cr_assert(sim_gateway_probe(sim->gateway, sim->now));
    sim_advance(sim, HF_SECONDS(1));
    cr_assert_eq(sim->sent_count, before + 2);
    cr_expect(hf_bytes_equal(sim_sent(sim, before), sim_sent(sim, before + 1)));
    cr_expect_eq(sim->events[HF_IKEV2_PROOF], 1);
    sim_free(sim);
}

Test(gateway, deletes_the_child_and_gets_a_new_one)
{
    struct sim *sim = established(SEED(26));

    cr_assert(sim_gateway_delete_child(sim->gateway, sim->now));
    cr_assert(sim_run_until(sim, HF_IKEV2_CHILD_DOWN, HF_SECONDS(1)));
    cr_assert(sim_run_until(sim, HF_IKEV2_CHILD_UP, HF_SECONDS(1)));
    cr_expect_neq(info_of(sim).child_ke, 0);
    expect_settled(sim);
    sim_free(sim);
}

Test(gateway, deletes_the_child_and_wants_no_other)
{
    struct sim *sim = established(SEED(27));

    sim_gateway_impair(sim->gateway)->create_error = HF_NOTIFY_NO_ADDITIONAL_SAS;
    cr_assert(sim_gateway_delete_child(sim->gateway, sim->now));
    cr_assert(sim_run_until(sim, HF_IKEV2_FAILED, HF_SECONDS(1)));
    cr_expect_eq(sim->fault.status, HF_ERR_PEER_GONE);
    sim_free(sim);
}

Test(gateway, says_goodbye)
{
    struct sim *sim = established(SEED(28));

    cr_assert(sim_gateway_delete_ike(sim->gateway, sim->now));
    cr_assert(sim_run_until(sim, HF_IKEV2_CLOSED, HF_SECONDS(1)));
    cr_expect_eq(sim->fault.status, HF_ERR_PEER_GONE);
    sim_advance(sim, HF_SECONDS(1));
    cr_expect_eq(sim->events[HF_IKEV2_CLOSED], 1);
    sim_free(sim);
}

/* What the gateway puts into its messages beside what belongs there. */
struct extra {
    uint8_t type;
    bool critical, lying_length;
};

static void add_extra(void *context, uint8_t exchange, struct hf_ikev2_chain_writer *chain)
{
    const struct extra *extra = context;
    size_t start = chain->w.len;

    (void)exchange;
    hf_ikev2_chain_add(chain, extra->type, HF_BYTES_OF(((const uint8_t[]){ 1, 2, 3, 4 })));
    if (extra->critical)
        hf_write_patch_u8(&chain->w, start + 1, 0x80);
    if (extra->lying_length)
        hf_write_patch_u8(&chain->w, start + 3, 200);
}

static struct sim *with_extra(uint64_t seed, const struct extra *extra)
{
    struct sim *sim = established(seed);

    sim_gateway_impair(sim->gateway)->before_seal_context = (void *)(uintptr_t)extra;
    sim_gateway_impair(sim->gateway)->before_seal = add_extra;
    return sim;
}

Test(gateway, asks_with_payloads_that_nobody_knows) /* RFC 7296, section 2.5 */
{
    static const struct {
        struct extra extra;
        uint16_t answer;
    } cases[] = {
        {{ .type = 200 },                        0                                     },
        { { .type = HF_PAYLOAD_VENDOR },         0                                     },
        { { .type = 200, .critical = true },     HF_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD},
        { { .type = 200, .lying_length = true }, HF_NOTIFY_INVALID_SYNTAX              },
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(cases); i++) {
        struct sim *sim = with_extra(SEED(50) + i, &cases[i].extra);

        cr_assert(sim_gateway_probe(sim->gateway, sim->now));
        sim_advance(sim, HF_SECONDS(1));
        cr_expect_eq(sim_gateway_stats(sim->gateway)->last_notify_from_client, cases[i].answer);
        cr_expect_eq(sim->events[HF_IKEV2_FAILED] + sim->events[HF_IKEV2_CLOSED], 0);
        sim_free(sim);
    }
}

/* An answer that cannot be read leaves nothing to go on with. */
Test(gateway, answers_what_cannot_be_read)
{
    static const struct extra lying = { .type = 200, .lying_length = true };
    struct sim *sim = with_extra(SEED(55), &lying);

    hf_ikev2_sa_probe(sim->sa, sim->now);
    cr_assert(sim_run_until(sim, HF_IKEV2_FAILED, HF_SECONDS(1)));
    cr_expect_neq(sim->fault.status, HF_ERR_PEER_GONE);
    sim_advance(sim, HF_SECONDS(1));
    cr_expect_eq(sim_gateway_stats(sim->gateway)->ike_deletes, 1);
    sim_free(sim);
}

/* Randomness that fails ends what asked for it, and nothing leaves that should have been random. */
Test(rekey, without_randomness_ends_the_tunnel)
{
    struct sim *sim = established(SEED(56));
    size_t before = sim->sent_count;

    sim->client_env.fails = true;
    hf_ikev2_sa_rekey_child(sim->sa, sim->now);
    cr_expect(sim_run_until(sim, HF_IKEV2_FAILED, HF_SECONDS(1)));
    cr_expect_eq(sim->fault.status, HF_ERR_CRYPTO);
    cr_expect_eq(sim->sent_count, before);
    sim_free(sim);
}

/* Both at once: nobody fails, and one child is left (RFC 7296, section 2.25). */
Test(collision, of_rekeys_settles)
{
    for (int kind = 0; kind < 4; kind++) {
        for (hf_duration lead = 0; lead <= HF_MILLIS(40); lead += HF_MILLIS(5)) {
            struct sim *sim = established(SEED(30) + lead);

            if (kind % 2 == 0)
                hf_ikev2_sa_rekey_child(sim->sa, sim->now);
            else
                hf_ikev2_sa_rekey_ike(sim->sa, sim->now);
            sim_advance(sim, lead);
            if (kind / 2 == 0)
                cr_assert(sim_gateway_rekey_child(sim->gateway, sim->now));
            else
                cr_assert(sim_gateway_rekey_ike(sim->gateway, sim->now));
            expect_settled(sim);
            sim_free(sim);
        }
    }
}

/* --- silence --- */

Test(silence, of_the_gateway_is_told_and_then_final)
{
    struct sim *sim = established(SEED(40));

    sim_gateway_impair(sim->gateway)->silent = true;
    hf_ikev2_sa_probe(sim->sa, sim->now);
    cr_assert(sim_run_until(sim, HF_IKEV2_UNANSWERED, HF_SECONDS(5)));
    cr_assert(sim_run_until(sim, HF_IKEV2_FAILED, HF_SECONDS(40)));
    cr_expect_eq(sim->fault.status, HF_ERR_PEER_GONE);
    cr_expect_eq(sim->fault.stage, HF_STAGE_TUNNEL);
    cr_expect_eq(sim->events[HF_IKEV2_UNANSWERED], 1);
    sim_free(sim);
}

Test(silence, that_ends_in_time_is_forgiven)
{
    struct sim *sim = established(SEED(41));

    sim_gateway_impair(sim->gateway)->silent = true;
    hf_ikev2_sa_probe(sim->sa, sim->now);
    sim_advance(sim, HF_SECONDS(30));
    sim_gateway_impair(sim->gateway)->silent = false;
    cr_expect(sim_run_until(sim, HF_IKEV2_PROOF, HF_SECONDS(3)));
    sim_advance(sim, HF_SECONDS(60));
    cr_expect_eq(sim->events[HF_IKEV2_FAILED], 0);
    sim_free(sim);
}

Test(silence, is_noticed_by_liveness_checks)
{
    struct sim *sim = sim_new(SEED(42), HF_IKEV2_AUTH_PSK);

    sim->client.liveness = HF_SECONDS(30);
    sim_establish(sim);
    sim_advance(sim, HF_SECONDS(95));
    cr_expect_eq(sim->events[HF_IKEV2_PROOF], 3);
    sim_gateway_impair(sim->gateway)->silent = true;
    cr_expect(sim_run_until(sim, HF_IKEV2_UNANSWERED, HF_SECONDS(36)));
    sim_free(sim);
}

Test(silence, of_ours_is_broken_by_keepalives)
{
    struct sim *sim = established(SEED(43));

    sim_advance(sim, HF_SECONDS(101));
    cr_expect_eq(sim_gateway_stats(sim->gateway)->keepalives, 5);
    hf_ikev2_sa_report_usage(sim->sa, 1, 1, sim->now, sim->now); /* the data plane sent */
    sim_advance(sim, HF_SECONDS(19));
    cr_expect_eq(sim_gateway_stats(sim->gateway)->keepalives, 5);
    sim_free(sim);
}

/* A gateway that lost its memory says so unprotected: that is a reason to ask, not to give up. */
Test(silence, of_a_gateway_that_restarted)
{
    struct sim *sim = established(SEED(44));

    sim_gateway_restart(sim->gateway);
    hf_ikev2_sa_probe(sim->sa, sim->now);
    cr_expect(sim_run_until(sim, HF_IKEV2_UNANSWERED, HF_SECONDS(6)));
    cr_expect(sim_run_until(sim, HF_IKEV2_FAILED, HF_SECONDS(40)));
    cr_expect_eq(sim->fault.status, HF_ERR_PEER_GONE);
    sim_free(sim);
}
