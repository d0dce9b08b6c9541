/* The child SAs that exist beside one another while one replaces the other, and when each is to be
 * sent on, rekeyed, deleted and forgotten (RFC 7296, section 2.8). Keys are not kept here. */
#ifndef HF_IKEV2_CHILDREN_H
#define HF_IKEV2_CHILDREN_H

#include "ikev2/sa.h"

#define HF_IKEV2_CHILDREN_MAX 8

enum hf_ikev2_child_phase {
    HF_CHILD_FREE,
    HF_CHILD_NEXT,     /* by the gateway, in place of another: received on, not yet sent on */
    HF_CHILD_CURRENT,  /* sent on and received on */
    HF_CHILD_REPLACED, /* no longer sent on; somebody has to delete it */
    HF_CHILD_DELETING, /* our DELETE is in flight */
    HF_CHILD_FADING,   /* deleted; received on for a while, because packets overtake one another */
};

struct hf_ikev2_child_entry {
    enum hf_ikev2_child_phase phase;
    uint32_t spi_in, spi_out;
    uint32_t replaces; /* NEXT: spi_out of the one that the gateway means to delete for it */
    uint64_t made_on;  /* NEXT: our SPI of the IKE SA that it was asked for on */
    bool esn;
    struct hf_selectors selectors; /* as negotiated */
    hf_time at;                    /* NEXT: send; REPLACED: delete; FADING: forget */
    hf_time rekey_at, expire_at;   /* CURRENT, NEXT */
    uint64_t rekey_bytes;
};

struct hf_ikev2_children {
    struct hf_ikev2_child_entry entries[HF_IKEV2_CHILDREN_MAX];
};

/* A place for a new child, the fading one that ends first making room where all are taken: its
 * inbound SPI is then in `*out_evicted` (else 0). NULL: no room. */
struct hf_ikev2_child_entry *hf_ikev2_children_add(struct hf_ikev2_children *children,
                                                   const struct hf_ikev2_child *child,
                                                   enum hf_ikev2_child_phase phase,
                                                   uint32_t *out_evicted);
/* The one that is sent on; NULL: none. */
struct hf_ikev2_child_entry *hf_ikev2_children_current(struct hf_ikev2_children *children);
/* The first in this phase; NULL: none. */
struct hf_ikev2_child_entry *hf_ikev2_children_in(struct hf_ikev2_children *children,
                                                  enum hf_ikev2_child_phase phase);
/* By the SPI that the gateway receives on, which is how it names a child. */
struct hf_ikev2_child_entry *hf_ikev2_children_find(struct hf_ikev2_children *children,
                                                    uint32_t spi_out);
/* The one that replaces it, not yet sent on; NULL: none. */
struct hf_ikev2_child_entry *hf_ikev2_children_successor(struct hf_ikev2_children *children,
                                                         const struct hf_ikev2_child_entry *of);
bool hf_ikev2_children_have_room(struct hf_ikev2_children *children);
/* Inbound SPIs in use; returns how many. */
size_t hf_ikev2_children_spis(const struct hf_ikev2_children *children,
                              uint32_t out[HF_IKEV2_CHILDREN_MAX]);

enum hf_ikev2_child_due {
    HF_CHILD_DUE_NOTHING,
    HF_CHILD_DUE_SEND,   /* NEXT: send on it */
    HF_CHILD_DUE_DELETE, /* REPLACED: ask the gateway to delete it */
    HF_CHILD_DUE_FORGET, /* FADING: stop receiving */
    HF_CHILD_DUE_REKEY,
    HF_CHILD_DUE_EXPIRE, /* the hard limit */
};
/* What is due, and for which entry; the caller acts on it before it asks again. */
enum hf_ikev2_child_due hf_ikev2_children_due(struct hf_ikev2_children *children, hf_time now,
                                              struct hf_ikev2_child_entry **out);
hf_time hf_ikev2_children_deadline(const struct hf_ikev2_children *children);

#endif
