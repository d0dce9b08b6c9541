/* What must hold in every story, whatever its seed (design, section 4): see sim.h. */
#include "scenario/sim.h"

#include <stdio.h>
#include <stdlib.h>

#include "ikev2/children.h"

_Noreturn void sim_broken(const struct sim *sim, const char *what)
{
    fprintf(stderr, "seed %llu, %llu ms: %s\nfault: %s (%s), offered: %s, received: %s\n%.*s\n",
            (unsigned long long)sim->seed, (unsigned long long)((sim->now - SIM_START) / 1000),
            what, hf_status_code(sim->fault.status), hf_stage_name(sim->fault.stage),
            sim->fault.offered, sim->fault.received, (int)sim->trace.len,
            sim->trace.data == NULL ? "" : (const char *)sim->trace.data);
    abort();
}

static void hold(const struct sim *sim, bool holds, const char *what)
{
    if (!holds)
        sim_broken(sim, what);
}

static const struct sim_child *find(const struct sim *sim, uint32_t spi_in, uint32_t spi_out)
{
    for (size_t i = 0; i < sim->child_count; i++) {
        const struct sim_child *child = &sim->children[i];

        if (!child->is_down && (child->spi_in == spi_in || child->spi_out == spi_out))
            return child;
    }
    return NULL;
}

static void check_child_up(const struct sim *sim, const struct hf_ikev2_child *child)
{
    hold(sim, sim->events[HF_IKEV2_CONFIGURED] != 0, "a child before the configuration");
    hold(sim, sim->child_count < SIM_CHILDREN_MAX, "more children than a story may have");
    hold(sim, find(sim, child->spi_in, 0) == NULL, "an inbound SPI is used twice");
    hold(sim, child->encr_in.len != 0 && child->encr_out.len != 0, "a child without keys");
    hold(sim, !hf_secret_equal(&child->encr_in, &child->encr_out), "one key for both ways");
    hold(sim, child->selectors.local_count != 0 && child->selectors.remote_count != 0,
         "a child without selectors");
    hold(sim, sim_live_children(sim) < HF_IKEV2_CHILDREN_MAX, "children pile up");
}

/* Invariant 1: nothing of a tunnel before the gateway is verified, and an impostor never is. */
void sim_check_event(struct sim *sim, const struct hf_ikev2_event *event)
{
    bool verified = sim->events[HF_IKEV2_PEER_VERIFIED] != 0;

    hold(sim, sim->events[HF_IKEV2_FAILED] + sim->events[HF_IKEV2_CLOSED] == 0,
         "an event after the end");
    switch (event->type) {
    case HF_IKEV2_PEER_VERIFIED:
        hold(sim, !verified && !sim->impostor, "an impostor is taken for the gateway");
        break;
    case HF_IKEV2_CONFIGURED:
    case HF_IKEV2_ESTABLISHED:
        hold(sim, verified, "a tunnel before the gateway is verified");
        break;
    case HF_IKEV2_CHILD_UP:
        hold(sim, verified, "a child before the gateway is verified");
        check_child_up(sim, &event->child);
        break;
    case HF_IKEV2_CHILD_SEND:
        hold(sim, find(sim, 0, event->child.spi_out) != NULL, "sending on a child that is not");
        break;
    case HF_IKEV2_CHILD_DOWN:
        hold(sim, find(sim, event->child.spi_in, 0) != NULL, "a child goes down that is not up");
        break;
    case HF_IKEV2_FAILED:
        hold(sim, event->fault.status != HF_OK, "a failure without a reason");
        hold(sim, event->fault.stage != HF_STAGE_NONE, "a failure without a stage");
        break;
    case HF_IKEV2_AUTHENTICATING:
    case HF_IKEV2_IKE_REKEYED:
    case HF_IKEV2_PROOF:
    case HF_IKEV2_UNANSWERED:
    case HF_IKEV2_CLOSED:
        break;
    }
}

/* Rule A13: nobody talks us into talking to another host. */
void sim_check_datagram(struct sim *sim, const hf_endpoint *to)
{
    hold(sim, hf_address_equal(&to->address, &sim->gateway_config.address),
         "a datagram to another host than the gateway");
}

/* Invariants 2, 4, 6 and the gateway's own observations. */
void sim_check_step(struct sim *sim)
{
    bool ended = sim->events[HF_IKEV2_FAILED] + sim->events[HF_IKEV2_CLOSED] != 0;
    const char *violation = sim_gateway_violation(sim->gateway);
    static hf_time last;
    static unsigned standing_still;

    hold(sim, violation == NULL, violation);
    hold(sim, (hf_ikev2_sa_deadline(sim->sa) == HF_NEVER) == ended,
         "a state without a timer, or a timer in a state of rest");
    hold(sim,
         sim->events[HF_IKEV2_PEER_VERIFIED] != 0 ||
             sim_gateway_stats(sim->gateway)->eap_responses == 0,
         "an EAP response before the gateway is verified");
    standing_still = sim->now == last ? standing_still + 1 : 0;
    last = sim->now;
    hold(sim, standing_still < 2000, "time stands still");
}
