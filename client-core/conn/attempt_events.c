/* The queue of events: see attempt_events.h. */
#include "conn/attempt_events.h"

#include <string.h>

static struct hf_attempt_item *push(struct hf_attempt_events *events,
                                    enum hf_attempt_event_type type)
{
    struct hf_attempt_item *item;

    if (events->count == HF_ATTEMPT_EVENTS_MAX) {
        events->overflow = true;
        return NULL;
    }
    item = &events->items[(events->first + events->count++) % HF_ATTEMPT_EVENTS_MAX];
    *item = (struct hf_attempt_item){ .type = type };
    return item;
}

void hf_attempt_events_push_state(struct hf_attempt_events *events, enum hf_conn_state state)
{
    struct hf_attempt_item *item = push(events, HF_ATTEMPT_STATE);

    if (item != NULL)
        item->state = state;
}

void hf_attempt_events_push_gateway(struct hf_attempt_events *events, const hf_address *gateway,
                                    const uint16_t ports[2])
{
    events->gateway = *gateway;
    memcpy(events->gateway_ports, ports, sizeof events->gateway_ports);
    (void)push(events, HF_ATTEMPT_GATEWAY);
}

void hf_attempt_events_push_install(struct hf_attempt_events *events, const struct hf_plan *plan)
{
    events->plan = *plan;
    (void)push(events, HF_ATTEMPT_INSTALL);
}

void hf_attempt_events_push_summary(struct hf_attempt_events *events,
                                    const struct hf_attempt_summary *summary)
{
    events->summary = *summary;
    (void)push(events, HF_ATTEMPT_SUMMARY);
}

void hf_attempt_events_push_proof(struct hf_attempt_events *events, hf_time at)
{
    struct hf_attempt_item *item = NULL;

    for (size_t i = 0; i < events->count && item == NULL; i++) {
        struct hf_attempt_item *old = &events->items[(events->first + i) % HF_ATTEMPT_EVENTS_MAX];

        item = old->type == HF_ATTEMPT_PROOF ? old : NULL;
    }
    if (item == NULL)
        item = push(events, HF_ATTEMPT_PROOF);
    if (item != NULL)
        item->at = at;
}

void hf_attempt_events_push_traffic(struct hf_attempt_events *events, bool is_one_way)
{
    struct hf_attempt_item *item = push(events, HF_ATTEMPT_TRAFFIC);

    if (item != NULL)
        item->is_one_way = is_one_way;
}

void hf_attempt_events_push_ended(struct hf_attempt_events *events, const struct hf_fault *fault)
{
    events->fault = *fault;
    (void)push(events, HF_ATTEMPT_ENDED);
}

struct hf_esp_params hf_attempt_esp_params(const struct hf_ikev2_child *child, bool inbound)
{
    return (struct hf_esp_params){
        .spi = inbound ? child->spi_in : child->spi_out,
        .encr = child->suite.encr,
        .key_bits = child->suite.key_bits,
        .integ = child->suite.integ,
        .esn = child->esn,
        .encr_key = inbound ? child->encr_in : child->encr_out,
        .integ_key = inbound ? child->integ_in : child->integ_out,
    };
}

static size_t free_child(const struct hf_attempt_events *events)
{
    size_t i = 0;

    while (i < HF_ATTEMPT_CHILDREN_MAX && events->children[i].is_used)
        i++;
    return i;
}

void hf_attempt_events_push_child_add(struct hf_attempt_events *events,
                                      const struct hf_ikev2_child *child)
{
    size_t index = free_child(events);
    struct hf_attempt_item *item =
        index == HF_ATTEMPT_CHILDREN_MAX ? NULL : push(events, HF_ATTEMPT_CHILD_ADD);

    if (item == NULL) {
        events->overflow = true;
        return;
    }
    item->spi = child->spi_in;
    item->peer_spi = child->spi_out;
    item->child = index;
    events->children[index].is_used = true;
    events->children[index].send_now = child->send_now;
    events->children[index].inbound = hf_attempt_esp_params(child, true);
    events->children[index].outbound = hf_attempt_esp_params(child, false);
    events->children[index].selectors = child->selectors;
}

void hf_attempt_events_push_child(struct hf_attempt_events *events, enum hf_attempt_event_type type,
                                  const struct hf_ikev2_child *child)
{
    struct hf_attempt_item *item = push(events, type);

    if (item == NULL)
        return;
    item->spi = child->spi_in;
    item->peer_spi = child->spi_out;
}

static void take_child(struct hf_attempt_events *events, size_t index, struct hf_attempt_event *out)
{
    out->inbound = events->children[index].inbound;
    out->outbound = events->children[index].outbound;
    out->selectors = events->children[index].selectors;
    out->send_now = events->children[index].send_now;
    hf_cleanse(&events->children[index], sizeof events->children[index]);
}

static void fill(struct hf_attempt_events *events, const struct hf_attempt_item *item,
                 struct hf_attempt_event *out)
{
    switch (item->type) {
    case HF_ATTEMPT_GATEWAY:
        out->gateway = events->gateway;
        memcpy(out->gateway_ports, events->gateway_ports, sizeof out->gateway_ports);
        break;
    case HF_ATTEMPT_INSTALL:
        out->plan = events->plan;
        break;
    case HF_ATTEMPT_CHILD_ADD:
        take_child(events, item->child, out);
        break;
    case HF_ATTEMPT_SUMMARY:
        out->summary = events->summary;
        break;
    case HF_ATTEMPT_ENDED:
        out->fault = events->fault;
        break;
    case HF_ATTEMPT_STATE:
    case HF_ATTEMPT_CHILD_SEND:
    case HF_ATTEMPT_CHILD_REMOVE:
    case HF_ATTEMPT_PROOF:
    case HF_ATTEMPT_TRAFFIC:
    case HF_ATTEMPT_SECRET_WANTED:
        break; /* all that they say is in the item */
    }
}

bool hf_attempt_events_next(struct hf_attempt_events *events, struct hf_attempt_event *out)
{
    struct hf_attempt_item item;

    if (events->count == 0)
        return false;
    item = events->items[events->first];
    events->first = (events->first + 1) % HF_ATTEMPT_EVENTS_MAX;
    events->count--;
    memset(out, 0, sizeof *out);
    out->type = item.type;
    out->state = item.state;
    out->spi = item.spi;
    out->peer_spi = item.peer_spi;
    out->at = item.at;
    out->is_one_way = item.is_one_way;
    fill(events, &item, out);
    return true;
}

void hf_attempt_events_clear(struct hf_attempt_events *events)
{
    hf_cleanse(events, sizeof *events);
}
