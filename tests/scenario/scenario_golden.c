/* One story told whole, against tests/golden/ikev2_story.trace: connecting over a network that
 * loses something, rekeys of both sides, goodbye. HOLDFAST_UPDATE_GOLDEN=1 writes it anew. */
#include "scenario/sim.h"

#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

static struct sim *tell(void)
{
    struct sim *sim = sim_new(SEED(2026), HF_IKEV2_AUTH_PSK);

    sim->gateway_config.demand_cookie = true;
    sim_drop_next(sim, TO_GATEWAY);
    sim_establish(sim);
    hf_ikev2_sa_rekey_child(sim->sa, sim->now);
    sim_advance(sim, HF_SECONDS(8));
    cr_assert(sim_gateway_rekey_child(sim->gateway, sim->now));
    sim_advance(sim, HF_SECONDS(8));
    sim_drop_next(sim, TO_CLIENT);
    hf_ikev2_sa_rekey_ike(sim->sa, sim->now);
    sim_advance(sim, HF_SECONDS(2));
    cr_assert(sim_gateway_rekey_ike(sim->gateway, sim->now));
    sim_advance(sim, HF_SECONDS(2));
    hf_ikev2_sa_delete(sim->sa, sim->now);
    cr_assert(sim_run_until(sim, HF_IKEV2_CLOSED, HF_SECONDS(1)));
    return sim;
}

Test(golden, story_is_the_one_that_the_file_tells)
{
    static char golden[65536];
    struct sim *sim = tell();
    FILE *file;
    size_t len;

    if (getenv("HOLDFAST_UPDATE_GOLDEN") != NULL) {
        file = fopen(TEST_GOLDEN "/ikev2_story.trace", "w");
        cr_assert_not_null(file);
        cr_assert_eq(fwrite(sim->trace.data, 1, sim->trace.len, file), sim->trace.len);
        fclose(file);
    }
    file = fopen(TEST_GOLDEN "/ikev2_story.trace", "r");
    cr_assert_not_null(file);
    len = fread(golden, 1, sizeof golden, file);
    fclose(file);
    cr_expect(hf_bytes_equal((hf_bytes){ (const uint8_t *)golden, len }, hf_buf_bytes(&sim->trace)),
              "HOLDFAST_UPDATE_GOLDEN=1 and git diff show what changed");
    sim_free(sim);
}
