/* What an attempt has to tell, in order: a bounded queue of small items. Values of which only the
 * latest counts (plan, summary, gateway, fault) are kept once. */
#ifndef HF_CONN_ATTEMPT_EVENTS_H
#define HF_CONN_ATTEMPT_EVENTS_H

#include "ikev2/sa.h"
#include <holdfast/attempt.h>

#define HF_ATTEMPT_EVENTS_MAX   32
#define HF_ATTEMPT_CHILDREN_MAX 4

struct hf_attempt_item {
    enum hf_attempt_event_type type;
    enum hf_conn_state state;
    uint32_t spi, peer_spi;
    hf_time at;
    bool is_one_way;
    size_t child; /* HF_ATTEMPT_CHILD_ADD: index */
};

struct hf_attempt_events {
    struct hf_attempt_item items[HF_ATTEMPT_EVENTS_MAX];
    size_t first, count;
    bool overflow; /* sticky: somebody did not fetch; the attempt cannot go on */
    hf_address gateway;
    uint16_t gateway_ports[2];
    struct hf_plan plan;
    struct hf_attempt_summary summary;
    struct hf_fault fault;
    struct {
        bool is_used;
        bool send_now;
        struct hf_esp_params inbound, outbound;
        struct hf_selectors selectors;
    } children[HF_ATTEMPT_CHILDREN_MAX];
};

void hf_attempt_events_push_state(struct hf_attempt_events *events, enum hf_conn_state state);
void hf_attempt_events_push_gateway(struct hf_attempt_events *events, const hf_address *gateway,
                                    const uint16_t ports[2]);
void hf_attempt_events_push_install(struct hf_attempt_events *events, const struct hf_plan *plan);
void hf_attempt_events_push_summary(struct hf_attempt_events *events,
                                    const struct hf_attempt_summary *summary);
/* Takes the place of a proof that nobody has fetched yet. */
void hf_attempt_events_push_proof(struct hf_attempt_events *events, hf_time at);
void hf_attempt_events_push_traffic(struct hf_attempt_events *events, bool is_one_way);
void hf_attempt_events_push_ended(struct hf_attempt_events *events, const struct hf_fault *fault);
/* The keys are held until the event is fetched. */
void hf_attempt_events_push_child_add(struct hf_attempt_events *events,
                                      const struct hf_ikev2_child *child);
void hf_attempt_events_push_child(struct hf_attempt_events *events, enum hf_attempt_event_type type,
                                  const struct hf_ikev2_child *child);
/* One direction of a child SA as esp/ takes it. */
struct hf_esp_params hf_attempt_esp_params(const struct hf_ikev2_child *child, bool inbound);

bool hf_attempt_events_next(struct hf_attempt_events *events, struct hf_attempt_event *out);
void hf_attempt_events_clear(struct hf_attempt_events *events);

#endif
