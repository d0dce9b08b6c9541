/* See fuzz_ike_changes.h. Some changes keep the chain whole (next-payload and length fields follow
 * what was changed), so that they reach what reads the bodies; others break it. */
#include "fuzz_ike_changes.h"

#include "fuzz.h"

#define TEXT_MAX   8192 /* what is sealed at most */
#define HEADER_LEN 4

/* The plaintext while it is changed. */
struct text {
    uint8_t first;
    size_t len;
    uint8_t data[TEXT_MAX];
};

/* A payload, or the end of the chain: type NONE and length 0. */
struct place {
    uint8_t *type; /* the field before it that says what it is */
    size_t at, len;
};

static hf_bytes slice(const struct text *t, size_t at, size_t len)
{
    return hf_bytes_slice((hf_bytes){ t->data, t->len }, at, len);
}

static bool payload_len(const struct text *t, size_t at, size_t *out)
{
    hf_reader r = hf_reader_of((hf_bytes){ t->data, t->len });
    uint16_t len;

    if (!hf_read_skip(&r, at + 2) || !hf_read_u16(&r, &len) || len < HEADER_LEN ||
        len > t->len - at)
        return false;
    *out = len;
    return true;
}

/* The n-th payload, or the end where there are fewer; false where the chain is broken before. */
static bool find(struct text *t, size_t n, struct place *out)
{
    struct place p = { .type = &t->first };

    while (*p.type != HF_PAYLOAD_NONE) {
        if (!payload_len(t, p.at, &p.len))
            return false;
        if (n-- == 0)
            break;
        p.type = &t->data[p.at];
        p.at += p.len;
        p.len = 0;
    }
    *out = p;
    return true;
}

/* Puts `octets` in place of the `cut` at `at`. */
static bool splice(struct text *t, size_t at, size_t cut, hf_bytes octets)
{
    static uint8_t storage[TEXT_MAX];
    hf_writer w = hf_writer_of(storage, sizeof storage);
    hf_bytes done;

    if (at > t->len || cut > t->len - at)
        return false;
    hf_write_bytes(&w, slice(t, 0, at));
    hf_write_bytes(&w, octets);
    hf_write_bytes(&w, slice(t, at + cut, t->len - at - cut));
    if (!hf_writer_finish(&w, &done))
        return false;
    hf_copy(t->data, done.data, done.len);
    t->len = done.len;
    return true;
}

static void set_len(struct text *t, size_t at, size_t len)
{
    hf_writer w = hf_writer_of(t->data + at + 2, 2);

    hf_write_u16(&w, (uint16_t)len);
}

/* The same within the body of a payload, whose length follows. */
static void splice_body(struct text *t, const struct place *p, size_t offset, size_t cut,
                        hf_bytes octets)
{
    size_t body = p->len - HEADER_LEN;

    if (offset > body)
        offset = body;
    if (cut > body - offset)
        cut = body - offset;
    if (splice(t, p->at + HEADER_LEN + offset, cut, octets))
        set_len(t, p->at, p->len - cut + octets.len);
}

/* A payload before the one at `p`, or at the end. */
static void insert(struct text *t, const struct place *p, uint8_t type, hf_bytes body)
{
    uint8_t header[HEADER_LEN] = { *p->type };

    if (!splice(t, p->at, 0, HF_BYTES_OF(header)))
        return;
    *p->type = type;
    set_len(t, p->at, HEADER_LEN);
    splice_body(t, &(struct place){ p->type, p->at, HEADER_LEN }, 0, 0, body);
}

static void drop(struct text *t, const struct place *p)
{
    uint8_t next = t->data[p->at];

    if (splice(t, p->at, p->len, (hf_bytes){ 0 }))
        *p->type = next;
}

static void repeat(struct text *t, const struct place *p)
{
    static uint8_t body[TEXT_MAX];

    hf_copy(body, t->data + p->at + HEADER_LEN, p->len - HEADER_LEN);
    insert(t, p, *p->type, (hf_bytes){ body, p->len - HEADER_LEN });
}

enum kind {
    OVERWRITE_TEXT, /* these do not know of payloads … */
    INSERT_TEXT,
    CUT_TEXT, /* as many as the first octet says */
    WHOLE_TEXT,
    ADD, /* … this one takes the end as well, the type is the first octet … */
    DROP,
    REPEAT,
    RETYPE,
    SET_LENGTH,
    SET_FLAGS,
    SET_BODY,
    OVERWRITE_BODY,
    INSERT_BODY,
    CUT_BODY,
    KINDS
};

static bool change_text(enum kind kind, const struct fuzz_change *c, struct text *t)
{
    size_t count = c->octets.len == 0 ? 1 : c->octets.data[0];

    if (kind == OVERWRITE_TEXT)
        (void)splice(t, c->offset, c->octets.len, c->octets);
    else if (kind == INSERT_TEXT)
        (void)splice(t, c->offset, 0, c->octets);
    else if (kind == CUT_TEXT)
        (void)splice(t, c->offset, count, (hf_bytes){ 0 });
    else if (kind == WHOLE_TEXT)
        (void)splice(t, 0, t->len, c->octets);
    else
        return false;
    return true;
}

static void change_payload(enum kind kind, const struct fuzz_change *c, struct text *t,
                           const struct place *p)
{
    uint8_t value = c->octets.len == 0 ? 0 : c->octets.data[0];

    if (kind == DROP)
        drop(t, p);
    else if (kind == REPEAT)
        repeat(t, p);
    else if (kind == RETYPE)
        *p->type = value;
    else if (kind == SET_LENGTH)
        set_len(t, p->at, c->offset);
    else if (kind == SET_FLAGS)
        t->data[p->at + 1] = value;
    else if (kind == SET_BODY)
        splice_body(t, p, 0, SIZE_MAX, c->octets);
    else if (kind == OVERWRITE_BODY)
        splice_body(t, p, c->offset, c->octets.len, c->octets);
    else if (kind == INSERT_BODY)
        splice_body(t, p, c->offset, 0, c->octets);
    else
        splice_body(t, p, c->offset, value, (hf_bytes){ 0 });
}

static void change(const struct fuzz_change *c, struct text *t)
{
    enum kind kind = c->kind % KINDS;
    struct place p;

    if (change_text(kind, c, t) || !find(t, c->payload, &p))
        return;
    if (kind == ADD && c->octets.len != 0)
        insert(t, &p, c->octets.data[0], hf_bytes_slice(c->octets, 1, c->octets.len - 1));
    else if (kind != ADD && p.len != 0)
        change_payload(kind, c, t, &p);
}

bool fuzz_change_read(hf_reader *r, uint8_t kind, struct fuzz_change *out)
{
    struct fuzz_change c = { .kind = kind };
    uint8_t len;

    if (!hf_read_u8(r, &c.message) || !hf_read_u8(r, &c.payload) || !hf_read_u16(r, &c.offset) ||
        !hf_read_u8(r, &len))
        return false;
    if (!hf_read_bytes(r, len, &c.octets))
        c.octets = hf_read_rest(r);
    *out = c;
    return true;
}

void fuzz_change_apply(const struct fuzz_change *c, struct hf_ikev2_chain_writer *chain)
{
    static struct text text;
    hf_bytes whole;

    if (!hf_writer_finish(&chain->w, &whole) || whole.len > TEXT_MAX)
        return;
    text.first = chain->first;
    text.len = whole.len;
    hf_copy(text.data, whole.data, whole.len);
    change(c, &text);
    FUZZ_EXPECT(text.len <= chain->w.capacity);
    chain->first = text.first;
    chain->w.len = text.len;
    hf_copy(chain->w.data, text.data, text.len);
}

void fuzz_change_spoil_auth(struct hf_ikev2_chain_writer *chain)
{
    struct hf_ikev2_chain decoded;
    const struct hf_ikev2_raw_payload *auth;
    uint8_t unsupported;
    hf_bytes whole;

    if (!hf_writer_finish(&chain->w, &whole) ||
        hf_ikev2_chain_decode(chain->first, whole, &decoded, &unsupported) != HF_OK ||
        (auth = hf_ikev2_chain_find(&decoded, HF_PAYLOAD_AUTH, 0)) == NULL)
        return;
    for (size_t i = HEADER_LEN; i < auth->body.len; i++) /* after method and RESERVED */
        chain->w.data[(size_t)(auth->body.data - chain->w.data) + i] ^= 0xff;
}
