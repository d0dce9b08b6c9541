/* Many seeds of one kind of story: scenario-seeds KIND COUNT [FIRST]. What must hold in every story
 * is in sim_invariants.c; what must hold for most of them, like a connection within 60 s under 30 %
 * loss, is counted here. Ends with status 1 when a share is too small. */
#include "scenario/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/hex.h"

/* --- connecting on a bad network (QUIC's interoperability profiles L30 and C30) --- */

struct tally {
    uint64_t count, connected;
    hf_duration *times;
};

static int compare(const void *a, const void *b)
{
    hf_duration x = *(const hf_duration *)a, y = *(const hf_duration *)b;

    return x < y ? -1 : x > y;
}

static double percentile(const struct tally *tally, unsigned percent)
{
    size_t at = (size_t)(tally->connected * percent / 100);

    if (tally->connected == 0)
        return 0;
    if (at >= tally->connected)
        at = (size_t)tally->connected - 1;
    return (double)tally->times[at] / 1e6;
}

/* EAP-TLS with RSA certificates through an intermediate, and IKE fragments for links of 576. */
static struct sim *connecting(uint64_t seed, const struct sim_network *network)
{
    struct sim *sim = sim_new(seed, HF_IKEV2_AUTH_EAP);

    sim->network = *network;
    sim->client.max_datagram = sim->gateway_config.max_datagram = 548;
    sim->pki_options.gateway_key = sim->pki_options.client_key = PKI_RSA_2048;
    sim->pki_options.gateway_through_intermediate = true;
    sim_connect(sim);
    return sim;
}

static bool connect_all(const char *what, uint64_t first, uint64_t count,
                        const struct sim_network *network, double wanted)
{
    struct tally tally = { .count = count, .times = calloc(count, sizeof *tally.times) };
    double share;

    if (tally.times == NULL)
        test_die("out of memory");
    for (uint64_t seed = first; seed < first + count; seed++) {
        struct sim *sim = connecting(seed, network);

        if (sim_run_until(sim, HF_IKEV2_ESTABLISHED, HF_SECONDS(60)))
            tally.times[tally.connected++] = sim->now - SIM_START;
        sim_free(sim);
    }
    qsort(tally.times, tally.connected, sizeof *tally.times, compare);
    share = count == 0 ? 0 : 100.0 * (double)tally.connected / (double)count;
    printf("%s: %llu of %llu connected within 60 s (%.1f %%), p50 %.1f s, p95 %.1f s, p99 %.1f s\n",
           what, (unsigned long long)tally.connected, (unsigned long long)count, share,
           percentile(&tally, 50), percentile(&tally, 95), percentile(&tally, 99));
    free(tally.times);
    return share >= wanted;
}

static bool run_loss(uint64_t first, uint64_t count)
{
    const struct sim_network network = { .lose = 300, .delay = HF_MILLIS(20) };

    return connect_all("30 % loss, EAP-TLS in fragments", first, count, &network, 99);
}

static bool run_corruption(uint64_t first, uint64_t count)
{
    const struct sim_network network = { .corrupt = 300, .delay = HF_MILLIS(20) };

    return connect_all("30 % corruption, EAP-TLS in fragments", first, count, &network, 99);
}

/* --- everything at once --- */

/* Something that one of both sides may want to do. */
static void act(struct sim *sim, uint64_t *dice)
{
    switch (test_random_below(dice, 9)) {
    case 0:
        hf_ikev2_sa_rekey_child(sim->sa, sim->now);
        break;
    case 1:
        hf_ikev2_sa_rekey_ike(sim->sa, sim->now);
        break;
    case 2:
        hf_ikev2_sa_probe(sim->sa, sim->now);
        break;
    case 3:
        (void)sim_gateway_rekey_child(sim->gateway, sim->now);
        break;
    case 4:
        (void)sim_gateway_rekey_ike(sim->gateway, sim->now);
        break;
    case 5:
        (void)sim_gateway_probe(sim->gateway, sim->now);
        break;
    case 6:
        (void)sim_gateway_delete_child(sim->gateway, sim->now);
        break;
    case 7:
        hf_ikev2_sa_report_usage(sim->sa, UINT64_C(64) << 30, 1, sim->now, sim->now);
        break;
    case 8:
        sim->network.lose = (unsigned)test_random_below(dice, 300);
        break;
    }
}

/* Both sides agree on what there is, once the network is good again. */
static bool is_settled(struct sim *sim)
{
    struct sim_gateway_sa_info info;

    sim_gateway_info(sim->gateway, &info);
    return info.is_established && info.children == 1 && sim_live_children(sim) == 1 &&
           info.child_spi_in == sim->sending;
}

static void tell_unsettled(const struct sim *sim)
{
    struct sim_gateway_sa_info info;

    sim_gateway_info(sim->gateway, &info);
    printf(
        "seed %llu does not settle: %s; children: ours %zu, sent on %08x; the gateway's %zu, the "
        "newest %08x\n",
        (unsigned long long)sim->seed, hf_status_code(sim->fault.status), sim_live_children(sim),
        sim->sending, info.children, info.child_spi_in);
}

static bool chaos(uint64_t seed)
{
    uint64_t dice = seed * 77;
    struct sim *sim = sim_new(seed, HF_IKEV2_AUTH_PSK);
    bool settled;

    sim->network = (struct sim_network){ .lose = (unsigned)test_random_below(&dice, 300),
                                         .duplicate = (unsigned)test_random_below(&dice, 300),
                                         .corrupt = (unsigned)test_random_below(&dice, 200),
                                         .reorder = (unsigned)test_random_below(&dice, 500),
                                         .nat = test_random_below(&dice, 2) == 1 };
    sim_connect(sim);
    if (!sim_run_until(sim, HF_IKEV2_ESTABLISHED, HF_SECONDS(60))) {
        sim_free(sim);
        return true; /* counted by the other kinds */
    }
    for (int i = 0; i < 30; i++) {
        act(sim, &dice);
        sim_advance(sim, test_random_below(&dice, HF_SECONDS(3)));
    }
    sim->network = (struct sim_network){ .nat = sim->network.nat };
    sim_advance(sim, HF_MINUTES(5));
    settled = sim->events[HF_IKEV2_FAILED] + sim->events[HF_IKEV2_CLOSED] == 0 && is_settled(sim);
    if (!settled)
        tell_unsettled(sim);
    sim_free(sim);
    return settled;
}

static bool run_chaos(uint64_t first, uint64_t count)
{
    uint64_t settled = 0;

    for (uint64_t seed = first; seed < first + count; seed++)
        settled += chaos(seed);
    printf("rekeys, deletes and probes of both sides on a bad network: %llu of %llu settled\n",
           (unsigned long long)settled, (unsigned long long)count);
    return settled == count;
}

static const struct kind {
    const char *name;
    bool (*run)(uint64_t first, uint64_t count);
} kinds[] = {
    {"loss",        run_loss      },
    { "corruption", run_corruption},
    { "chaos",      run_chaos     },
};

int main(int argc, char **argv)
{
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    uint64_t first = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;

    for (size_t i = 0; argc > 2 && i < HF_ARRAY_LEN(kinds); i++) {
        if (strcmp(argv[1], kinds[i].name) == 0)
            return kinds[i].run(first, count) ? 0 : 1;
    }
    fprintf(stderr, "usage: scenario-seeds loss|corruption|chaos COUNT [FIRST]\n");
    return 2;
}
