/* The table of child SAs: see children.h. */
#include "ikev2/children.h"

#include <string.h>

static struct hf_ikev2_child_entry *make_room(struct hf_ikev2_children *children,
                                              uint32_t *out_evicted)
{
    struct hf_ikev2_child_entry *unused = hf_ikev2_children_in(children, HF_CHILD_FREE);
    struct hf_ikev2_child_entry *oldest = NULL;

    *out_evicted = 0;
    if (unused != NULL)
        return unused;
    for (size_t i = 0; i < HF_IKEV2_CHILDREN_MAX; i++) {
        struct hf_ikev2_child_entry *entry = &children->entries[i];

        if (entry->phase == HF_CHILD_FADING && (oldest == NULL || entry->at < oldest->at))
            oldest = entry;
    }
    if (oldest != NULL)
        *out_evicted = oldest->spi_in;
    return oldest;
}

struct hf_ikev2_child_entry *hf_ikev2_children_add(struct hf_ikev2_children *children,
                                                   const struct hf_ikev2_child *child,
                                                   enum hf_ikev2_child_phase phase,
                                                   uint32_t *out_evicted)
{
    struct hf_ikev2_child_entry *entry = make_room(children, out_evicted);

    if (entry == NULL)
        return NULL;
    memset(entry, 0, sizeof *entry);
    entry->phase = phase;
    entry->spi_in = child->spi_in;
    entry->spi_out = child->spi_out;
    entry->esn = child->esn;
    entry->selectors = child->selectors;
    entry->at = entry->rekey_at = entry->expire_at = HF_NEVER;
    entry->rekey_bytes = UINT64_MAX;
    return entry;
}

struct hf_ikev2_child_entry *hf_ikev2_children_in(struct hf_ikev2_children *children,
                                                  enum hf_ikev2_child_phase phase)
{
    for (size_t i = 0; i < HF_IKEV2_CHILDREN_MAX; i++) {
        if (children->entries[i].phase == phase)
            return &children->entries[i];
    }
    return NULL;
}

struct hf_ikev2_child_entry *hf_ikev2_children_current(struct hf_ikev2_children *children)
{
    return hf_ikev2_children_in(children, HF_CHILD_CURRENT);
}

struct hf_ikev2_child_entry *hf_ikev2_children_find(struct hf_ikev2_children *children,
                                                    uint32_t spi_out)
{
    for (size_t i = 0; i < HF_IKEV2_CHILDREN_MAX; i++) {
        struct hf_ikev2_child_entry *entry = &children->entries[i];

        if (entry->phase != HF_CHILD_FREE && entry->spi_out == spi_out)
            return entry;
    }
    return NULL;
}

struct hf_ikev2_child_entry *hf_ikev2_children_successor(struct hf_ikev2_children *children,
                                                         const struct hf_ikev2_child_entry *of)
{
    for (size_t i = 0; i < HF_IKEV2_CHILDREN_MAX; i++) {
        struct hf_ikev2_child_entry *entry = &children->entries[i];

        if (entry->phase == HF_CHILD_NEXT && entry->replaces == of->spi_out)
            return entry;
    }
    return NULL;
}

bool hf_ikev2_children_have_room(struct hf_ikev2_children *children)
{
    return hf_ikev2_children_in(children, HF_CHILD_FREE) != NULL ||
           hf_ikev2_children_in(children, HF_CHILD_FADING) != NULL;
}

size_t hf_ikev2_children_spis(const struct hf_ikev2_children *children,
                              uint32_t out[HF_IKEV2_CHILDREN_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < HF_IKEV2_CHILDREN_MAX; i++) {
        if (children->entries[i].phase != HF_CHILD_FREE)
            out[count++] = children->entries[i].spi_in;
    }
    return count;
}

static enum hf_ikev2_child_due due(const struct hf_ikev2_child_entry *entry, hf_time now)
{
    bool at = hf_time_due(entry->at, now);

    switch (entry->phase) {
    case HF_CHILD_NEXT:
        return at ? HF_CHILD_DUE_SEND : HF_CHILD_DUE_NOTHING;
    case HF_CHILD_REPLACED:
        return at ? HF_CHILD_DUE_DELETE : HF_CHILD_DUE_NOTHING;
    case HF_CHILD_FADING:
        return at ? HF_CHILD_DUE_FORGET : HF_CHILD_DUE_NOTHING;
    case HF_CHILD_CURRENT:
        if (hf_time_due(entry->expire_at, now))
            return HF_CHILD_DUE_EXPIRE;
        return hf_time_due(entry->rekey_at, now) ? HF_CHILD_DUE_REKEY : HF_CHILD_DUE_NOTHING;
    case HF_CHILD_FREE:
    case HF_CHILD_DELETING:
        break;
    }
    return HF_CHILD_DUE_NOTHING;
}

enum hf_ikev2_child_due hf_ikev2_children_due(struct hf_ikev2_children *children, hf_time now,
                                              struct hf_ikev2_child_entry **out)
{
    for (size_t i = 0; i < HF_IKEV2_CHILDREN_MAX; i++) {
        enum hf_ikev2_child_due what = due(&children->entries[i], now);

        if (what != HF_CHILD_DUE_NOTHING) {
            *out = &children->entries[i];
            return what;
        }
    }
    return HF_CHILD_DUE_NOTHING;
}

static hf_time deadline_of(const struct hf_ikev2_child_entry *entry)
{
    switch (entry->phase) {
    case HF_CHILD_CURRENT:
        return hf_time_min(entry->rekey_at, entry->expire_at);
    case HF_CHILD_NEXT:
    case HF_CHILD_REPLACED:
    case HF_CHILD_FADING:
        return entry->at;
    case HF_CHILD_FREE:
    case HF_CHILD_DELETING:
        break;
    }
    return HF_NEVER;
}

hf_time hf_ikev2_children_deadline(const struct hf_ikev2_children *children)
{
    hf_time deadline = HF_NEVER;

    for (size_t i = 0; i < HF_IKEV2_CHILDREN_MAX; i++)
        deadline = hf_time_min(deadline, deadline_of(&children->entries[i]));
    return deadline;
}
