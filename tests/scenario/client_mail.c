/* What is under way between the processes, and on the network: see client_world.h. */
#include "scenario/client_world.h"

#include <stdlib.h>

#include "support/dns_answer.h"
#include "support/hex.h"

uint64_t world_roll(struct world *world, uint64_t bound)
{
    return test_random_below(&world->dice, bound);
}

static bool happens(struct world *world, unsigned per_mille)
{
    return world_roll(world, 1000) < per_mille;
}

static hf_duration delay_of(struct world *world, enum world_route route)
{
    if (route < WORLD_ORDERED)
        return world_roll(world, HF_MILLIS(3));
    return HF_MILLIS(10) +
           (happens(world, world->network.reorder) ? world_roll(world, HF_MILLIS(50)) : 0);
}

struct world_mail *world_post(struct world *world, enum world_route route, enum world_word word)
{
    struct world_mail *mail = &world->mail[world->mail_count];
    hf_time at = world->now + delay_of(world, route);

    if (world->mail_count == WORLD_MAIL_MAX)
        world_broken(world, "more under way than there may ever be");
    if (route < WORLD_ORDERED && at < world->last_at[route])
        at = world->last_at[route];
    if (route < WORLD_ORDERED)
        world->last_at[route] = at;
    *mail = (struct world_mail){ .at = at,
                                 .order = world->mail_order++,
                                 .route = route,
                                 .word = word,
                                 .engine = world->engine,
                                 .bytes = hf_buf_with_max(HF_IKE_MESSAGE_MAX + 4) };
    world->mail_count++;
    return mail;
}

static size_t earliest(const struct world *world)
{
    size_t best = 0;

    for (size_t i = 1; i < world->mail_count; i++) {
        const struct world_mail *a = &world->mail[i], *b = &world->mail[best];

        if (a->at < b->at || (a->at == b->at && a->order < b->order))
            best = i;
    }
    return best;
}

hf_time world_mail_due(const struct world *world)
{
    return world->mail_count == 0 ? HF_NEVER : world->mail[earliest(world)].at;
}

struct world_mail world_mail_take(struct world *world)
{
    size_t at = earliest(world);
    struct world_mail mail = world->mail[at];

    world->mail[at] = world->mail[--world->mail_count];
    return mail;
}

void world_mail_clear(struct world_mail *mail)
{
    hf_buf_free(&mail->bytes);
    free(mail->event);
    free(mail->plan);
    free(mail->hints);
}

void world_mail_drop(struct world *world, enum world_route route)
{
    for (size_t i = 0; i < world->mail_count;) {
        if (world->mail[i].route == route) {
            world_mail_clear(&world->mail[i]);
            world->mail[i] = world->mail[--world->mail_count];
        } else {
            i++;
        }
    }
}

bool world_is_under_way(const struct world *world, enum world_route route)
{
    for (size_t i = 0; i < world->mail_count; i++) {
        if (world->mail[i].route == route)
            return true;
    }
    return false;
}

/* --- the network ------------------------------------------------------------------------------ */
static void put_on_wire(struct world *world, enum world_route route, const hf_endpoint *from,
                        const hf_endpoint *to, enum hf_channel channel, hf_bytes bytes)
{
    struct world_mail *mail = world_post(world, route, WORD_DATAGRAM);

    mail->from = *from;
    mail->to = *to;
    mail->channel = channel;
    if (!hf_buf_append(&mail->bytes, bytes))
        test_die("out of memory");
    if (channel == HF_CHANNEL_UNDERLAY && bytes.len != 0 &&
        happens(world, world->network.corrupt) && !sim_damage(&world->dice, &mail->bytes))
        world_mail_clear(&world->mail[--world->mail_count]);
}

static void transmit(struct world *world, enum world_route route, const hf_endpoint *from,
                     const hf_endpoint *to, enum hf_channel channel, hf_bytes bytes)
{
    if (!world->online || (world->silent && channel == HF_CHANNEL_UNDERLAY) ||
        happens(world, world->network.lose))
        return;
    put_on_wire(world, route, from, to, channel, bytes);
    if (happens(world, world->network.duplicate))
        put_on_wire(world, route, from, to, channel, bytes);
}

void world_send_back(struct world *world, const hf_endpoint *from, const hf_endpoint *to,
                     enum hf_channel channel, hf_bytes bytes)
{
    transmit(world, TO_ENGINE_FROM_NETWORK, from, to, channel, bytes);
}

/* Each engine has a port of its own, so that nothing meant for the one before reaches it. */
static hf_endpoint client(const struct world *world)
{
    return (hf_endpoint){
        {HF_FAMILY_V4, { 198, 51, 100, 10 }},
        (uint16_t)(20000 + world->engine % 20000)
    };
}

void world_send(struct world *world, const struct hf_attempt_datagram *datagram)
{
    hf_endpoint from = client(world);
    uint8_t storage[512];

    world_check_wire(world, datagram);
    if (!world_engine_may_send(world, &datagram->to)) {
        world_note(world, "rejected on its way out");
        return;
    }
    if (datagram->channel == HF_CHANNEL_RESOLVER)
        world_send_back(
            world, &datagram->to, &from, HF_CHANNEL_RESOLVER,
            test_dns_answer(datagram->bytes, &world->gateway_config.address, 1, storage));
    else if (hf_address_equal(&datagram->to.address, &world->gateway_config.address))
        transmit(world, TO_GATEWAY_FROM_NETWORK, &from, &datagram->to, HF_CHANNEL_UNDERLAY,
                 datagram->bytes);
}
