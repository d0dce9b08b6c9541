/* Fuzz target: a whole story of client and gateway, with real keys, so that what is changed arrives
 * authentic, behind the Encrypted payload. What must hold is sim_invariants.c's, and that every
 * story comes to its end once the client wants it to.
 *
 * Input: how both sides are | how the gateway misbehaves | how the network is (1 each), then
 * records kind (1) … A kind from 128 on changes what the gateway says (fuzz_ike_changes.h). The
 * others are steps, in their order: kind | argument (1), and what the step itself reads.
 */
#include "fuzz.h"
#include "fuzz_ike_changes.h"

#include <string.h>

#include "scenario/sim.h"
#include "support/hex.h"

#define CHANGES_MAX 16
#define STEPS_MAX   24
#define IS_CHANGE   0x80

struct step {
    uint8_t kind, argument;
    uint16_t offset;
    hf_bytes octets;
};

struct story {
    uint8_t how, misbehaviour, network;
    struct step steps[STEPS_MAX];
    size_t step_count;
    struct fuzz_change changes[CHANGES_MAX];
    size_t change_count;
    unsigned sealed; /* messages so far */
    bool changed;    /* the gateway has said what it did not mean */
    bool spoils_auth;
};

/* The one that is being told. */
static struct story *told;

/* --- the two sides --- */

/* Made once: keys take longer than a story. */
static struct sim_pki *pki_of(bool impostor)
{
    static struct sim_pki *made[2];

    if (made[impostor] == NULL)
        made[impostor] =
            sim_pki_new(&(struct sim_pki_options){ .gateway_from_other_ca = impostor });
    return made[impostor];
}

/* Violations that follow from a message that was changed, where the client keeps to what it was
 * told. */
static bool excuses(const char *violation)
{
    static const char *const following[] = {
        "the cookie is not the first payload",
        "the request with the cookie differs from the one without",
        "IKE_AUTH on an SA that is authenticated",
        "CREATE_CHILD_SA on an SA that is not established",
        "an EAP-TLS response is not valid",
        "data in place of an acknowledgement",
        "an EAP response is not valid",
        "an EAP response is of another type than its request",
        "the answer to the rekey of a child is not valid",
        "the answer to the rekey of the IKE SA is not valid",
        "a packet outside of the traffic selectors",
        "more child SAs than anybody needs",
    };

    for (size_t i = 0; told->changed && i < HF_ARRAY_LEN(following); i++) {
        if (strcmp(violation, following[i]) == 0)
            return true;
    }
    return false;
}

static void before_seal(void *context, uint8_t exchange, struct hf_ikev2_chain_writer *chain)
{
    struct story *story = context;

    if (exchange == HF_IKE_AUTH && story->spoils_auth)
        fuzz_change_spoil_auth(chain);
    for (size_t i = 0; i < story->change_count; i++) {
        if (story->changes[i].message != story->sealed)
            continue;
        fuzz_change_apply(&story->changes[i], chain);
        story->changed = true;
    }
    story->sealed++;
}

/* Those that a few changes of the plaintext do not amount to. */
static const struct sim_impair misbehaviours[] = {
    {0                                             },
    { .clear_error = HF_NOTIFY_INVALID_SYNTAX      },
    { .init_error = HF_NOTIFY_NO_PROPOSAL_CHOSEN   },
    { .auth_error = HF_NOTIFY_AUTHENTICATION_FAILED},
    { .child_error = HF_NOTIFY_TS_UNACCEPTABLE     },
    { .create_error = HF_NOTIFY_TEMPORARY_FAILURE,   .create_error_times = 2 },
    { .create_error = HF_NOTIFY_NO_ADDITIONAL_SAS                                            },
    { .create_error = HF_NOTIFY_CHILD_SA_NOT_FOUND,  .create_error_times = 1 },
    { .no_fragmentation = true                     },
    { .wanted_groups = { 2 }                     },
    { .wrong_final_auth = true                       },
    { .early_success = true                     },
    { .eap_failure = true                        },
    { .other_method = true                          },
    { .eap_before_auth = true                         },
    { .wide_selectors = true                      },
};

/* PSK, which is cheap, three times out of four. */
static enum hf_ikev2_auth_kind auth_of(uint8_t how)
{
    static const enum hf_ikev2_auth_kind kinds[8] = {
        HF_IKEV2_AUTH_PSK, HF_IKEV2_AUTH_PSK, HF_IKEV2_AUTH_PSK,         HF_IKEV2_AUTH_PSK,
        HF_IKEV2_AUTH_PSK, HF_IKEV2_AUTH_PSK, HF_IKEV2_AUTH_CERTIFICATE, HF_IKEV2_AUTH_EAP,
    };

    return kinds[how % 8];
}

static struct sim *set_up(struct story *story)
{
    enum hf_ikev2_auth_kind auth = auth_of(story->how);
    struct sim *sim = sim_new(SEED(1), auth);
    struct sim_impair *impair = &sim->gateway_config.impair;

    sim->impostor = (story->how & 0x08) != 0;
    story->spoils_auth = sim->impostor && auth == HF_IKEV2_AUTH_PSK;
    if (auth != HF_IKEV2_AUTH_PSK)
        sim->pki = pki_of(sim->impostor);
    sim->gateway_config.domain = "corp.example.com";
    sim->network.nat = (story->how & 0x10) != 0;
    sim->gateway_config.demand_cookie = (story->how & 0x20) != 0;
    if ((story->how & 0x40) != 0)
        sim->client.max_datagram = sim->gateway_config.max_datagram = 548;
    if ((story->how & 0x80) != 0) {
        sim->client.child_lifetime = HF_SECONDS(90);
        sim->client.ike_lifetime = HF_SECONDS(200);
        sim->gateway_config.tls_version = 12;
    }
    *impair = misbehaviours[story->misbehaviour % HF_ARRAY_LEN(misbehaviours)];
    /* It does have that child, and is told of no end of it. */
    story->changed = impair->create_error == HF_NOTIFY_CHILD_SA_NOT_FOUND;
    impair->before_seal = before_seal;
    impair->before_seal_context = story;
    impair->excuses = excuses;
    return sim;
}

/* Two bits each. */
static void set_network(struct sim *sim, uint8_t choice)
{
    sim->network.lose = (choice & 3u) * 100;
    sim->network.duplicate = (choice >> 2 & 3u) * 100;
    sim->network.corrupt = (choice >> 4 & 3u) * 100;
    sim->network.reorder = (choice >> 6 & 3u) * 100;
}

/* --- the steps --- */

/* Overwrites an octet of the last datagram that is on its way to the client. */
static void damage_flight(struct sim *sim, const struct step *step)
{
    for (size_t i = sim->flight_count; i > 0; i--) {
        struct sim_flight *flight = &sim->flights[i - 1];

        if (flight->direction != TO_CLIENT || flight->bytes.len == 0)
            continue;
        flight->bytes.data[step->offset % flight->bytes.len] = step->argument;
        told->changed = true;
        return;
    }
}

static void wait_millis(struct sim *sim, const struct step *step)
{
    sim_advance(sim, step->argument * HF_MILLIS(4));
}

static void wait_seconds(struct sim *sim, const struct step *step)
{
    sim_advance(sim, step->argument * HF_SECONDS(1));
}

static void change_network(struct sim *sim, const struct step *step)
{
    set_network(sim, step->argument);
}

static void cut(struct sim *sim, const struct step *step)
{
    sim->cut[TO_GATEWAY] = (step->argument & 1) != 0;
    sim->cut[TO_CLIENT] = (step->argument & 2) != 0;
}

static void inject(struct sim *sim, const struct step *step)
{
    sim_inject(sim, step->argument % 2 == 0 ? 4500 : 500, step->octets);
}

static void use(struct sim *sim, const struct step *step)
{
    hf_ikev2_sa_report_usage(sim->sa, (uint64_t)step->argument << 30,
                             (uint64_t)step->argument << 56, sim->now, sim->now);
}

static void client_starts(struct sim *sim, const struct step *step)
{
    static void (*const requests[])(struct hf_ikev2_sa *, hf_time) = {
        hf_ikev2_sa_rekey_child,
        hf_ikev2_sa_rekey_ike,
        hf_ikev2_sa_probe,
        hf_ikev2_sa_delete,
    };

    requests[step->argument % HF_ARRAY_LEN(requests)](sim->sa, sim->now);
}

static void gateway_starts(struct sim *sim, const struct step *step)
{
    static bool (*const requests[])(struct sim_gateway *, hf_time) = {
        sim_gateway_rekey_child, sim_gateway_rekey_ike, sim_gateway_delete_child,
        sim_gateway_delete_ike,  sim_gateway_probe,
    };

    (void)requests[step->argument % HF_ARRAY_LEN(requests)](sim->gateway, sim->now);
}

static void restart_gateway(struct sim *sim, const struct step *step)
{
    (void)step;
    sim_gateway_restart(sim->gateway);
}

static void send_packet(struct sim *sim, const struct step *step)
{
    (void)step;
    (void)sim_send_packet(sim);
}

static const struct {
    void (*take)(struct sim *sim, const struct step *step);
    bool has_offset, has_octets;
} kinds[] = {
    {wait_millis,      false, false},
    { wait_seconds,    false, false},
    { client_starts,   false, false},
    { gateway_starts,  false, false},
    { send_packet,     false, false},
    { use,             false, false},
    { damage_flight,   true,  false},
    { inject,          false, true },
    { change_network,  false, false},
    { cut,             false, false},
    { restart_gateway, false, false},
};

/* --- the story --- */

static bool read_step(hf_reader *r, uint8_t kind, struct step *out)
{
    struct step step = { .kind = kind % HF_ARRAY_LEN(kinds) };
    uint8_t len;

    if (!hf_read_u8(r, &step.argument) ||
        (kinds[step.kind].has_offset && !hf_read_u16(r, &step.offset)))
        return false;
    if (kinds[step.kind].has_octets) {
        if (!hf_read_u8(r, &len))
            return false;
        if (!hf_read_bytes(r, len, &step.octets))
            step.octets = hf_read_rest(r);
    }
    *out = step;
    return true;
}

static bool read_story(hf_bytes input, struct story *story)
{
    hf_reader r = hf_reader_of(input);
    uint8_t kind;
    bool more = true;

    memset(story, 0, sizeof *story);
    if (!hf_read_u8(&r, &story->how) || !hf_read_u8(&r, &story->misbehaviour) ||
        !hf_read_u8(&r, &story->network))
        return false;
    while (more && hf_read_u8(&r, &kind)) {
        if ((kind & IS_CHANGE) == 0) {
            more = story->step_count < STEPS_MAX &&
                   read_step(&r, kind, &story->steps[story->step_count]);
            story->step_count += more;
        } else {
            more =
                story->change_count < CHANGES_MAX &&
                fuzz_change_read(&r, kind & (IS_CHANGE - 1), &story->changes[story->change_count]);
            story->change_count += more;
        }
    }
    return true;
}

/* On a network that is good again, the client leaves: that takes as long as a request may go
 * unanswered, at most. */
static void end(struct sim *sim)
{
    sim->network = (struct sim_network){ .nat = sim->network.nat };
    sim->cut[TO_GATEWAY] = sim->cut[TO_CLIENT] = false;
    sim_advance(sim, HF_SECONDS(1));
    hf_ikev2_sa_delete(sim->sa, sim->now);
    sim_advance(sim, HF_SECONDS(60));
    if (sim->events[HF_IKEV2_FAILED] + sim->events[HF_IKEV2_CLOSED] != 1)
        sim_broken(sim, "a story without an end");
}

static void play(struct story *story)
{
    struct sim *sim = set_up(story);

    sim_connect(sim);
    set_network(sim, story->network);
    for (size_t i = 0; i < story->step_count; i++) {
        kinds[story->steps[i].kind].take(sim, &story->steps[i]);
        sim_advance(sim, HF_MILLIS(1));
    }
    end(sim);
    sim->pki = NULL; /* stays for the next story */
    sim_free(sim);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct story story;

    told = &story;
    if (read_story((hf_bytes){ data, len }, &story))
        play(&story);
    return 0;
}
