/* Answers to address queries: see answer.h. */
#include "dns/answer.h"

enum flag { RESPONSE = 0x8000, OPCODE = 0x7800, TRUNCATED = 0x0200, RCODE = 0x000f };
enum rcode { NO_ERROR = 0, NAME_ERROR = 3 };

/* --- Header and question --------------------------------------------------------------------- */

struct head {
    uint16_t id, flags, questions, answers;
};

static bool read_head(hf_reader *r, struct head *out)
{
    return hf_read_u16(r, &out->id) && hf_read_u16(r, &out->flags) &&
           hf_read_u16(r, &out->questions) && hf_read_u16(r, &out->answers) && hf_read_skip(r, 4);
}

/* The question comes back as it was sent: an answer to another one is not for us. */
static hf_status check_question(hf_bytes datagram, hf_reader *r, const struct hf_dns_name *name,
                                enum hf_dns_type type)
{
    struct hf_dns_name asked;
    uint16_t asked_type, asked_class;
    hf_status status = hf_dns_name_read(datagram, r, &asked);

    if (status != HF_OK)
        return status;
    if (!hf_read_u16(r, &asked_type) || !hf_read_u16(r, &asked_class))
        return HF_ERR_TRUNCATED;
    if (!hf_dns_name_equal(&asked, name) || asked_type != type || asked_class != HF_DNS_CLASS_IN)
        return HF_ERR_UNEXPECTED;
    return HF_OK;
}

/* --- Records --------------------------------------------------------------------------------- */

struct record {
    struct hf_dns_name owner;
    uint16_t type, class, len;
    uint32_t ttl;
    hf_reader data; /* to the end of the datagram: names in it need their place in the whole */
    hf_reader behind;
};

/* Resource record (RFC 1035, section 4.1.3):
 *   +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
 *   /                      NAME                     /
 *   |                      TYPE                     |
 *   |                     CLASS                     |
 *   |                      TTL                      |
 *   |                                               |
 *   |                   RDLENGTH                    |
 *   /                     RDATA                     /
 *   +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+  */
static hf_status read_record(hf_bytes datagram, hf_reader *r, struct record *out)
{
    hf_status status = hf_dns_name_read(datagram, r, &out->owner);

    if (status != HF_OK)
        return status;
    if (!hf_read_u16(r, &out->type) || !hf_read_u16(r, &out->class) || !hf_read_u32(r, &out->ttl) ||
        !hf_read_u16(r, &out->len))
        return HF_ERR_TRUNCATED;
    out->data = *r;
    if (!hf_read_skip(r, out->len))
        return HF_ERR_TRUNCATED;
    out->behind = *r;
    return HF_OK;
}

/* --- Addresses and aliases ------------------------------------------------------------------- */

/* A walk through the answer section for one name. */
struct search {
    hf_bytes datagram;
    hf_reader records;
    size_t count;
    enum hf_dns_type type;
    struct hf_dns_name name; /* whose records count now */
    bool has_alias;
    struct hf_dns_name alias;
    struct hf_dns_answer answer;
};

/* A TTL with its highest bit set is none: RFC 2181, section 8. */
static void use_ttl(struct search *s, uint32_t ttl)
{
    if (ttl > INT32_MAX)
        ttl = 0;
    if (ttl < s->answer.ttl)
        s->answer.ttl = ttl;
}

static hf_status take_address(struct search *s, const struct record *record)
{
    hf_reader data = record->data;
    hf_bytes octets;

    if (record->len != hf_family_octets(s->type == HF_DNS_A ? HF_FAMILY_V4 : HF_FAMILY_V6) ||
        !hf_read_bytes(&data, record->len, &octets))
        return HF_ERR_MALFORMED;
    if (s->answer.count == HF_DNS_ADDRESSES_MAX)
        return HF_OK;
    if (!hf_address_of_octets(octets, &s->answer.addresses[s->answer.count]))
        return HF_ERR_MALFORMED;
    s->answer.count++;
    use_ttl(s, record->ttl);
    return HF_OK;
}

static hf_status take_alias(struct search *s, const struct record *record)
{
    hf_reader data = record->data;
    hf_status status = hf_dns_name_read(s->datagram, &data, &s->alias);

    if (status != HF_OK)
        return status;
    if (data.left != record->behind.left)
        return HF_ERR_MALFORMED;
    s->has_alias = true;
    use_ttl(s, record->ttl);
    return HF_OK;
}

/* Once through the records, for `s->name`. */
static hf_status look_through(struct search *s)
{
    hf_reader r = s->records;

    s->has_alias = false;
    for (size_t i = 0; i < s->count; i++) {
        struct record record;
        hf_status status = read_record(s->datagram, &r, &record);

        if (status == HF_OK && record.class == HF_DNS_CLASS_IN &&
            hf_dns_name_equal(&record.owner, &s->name)) {
            if (record.type == s->type)
                status = take_address(s, &record);
            else if (record.type == HF_DNS_CNAME && !s->has_alias)
                status = take_alias(s, &record);
        }
        if (status != HF_OK)
            return status;
    }
    return HF_OK;
}

/* An alias leads to another name, whose records may stand before or behind its own. */
static hf_status find_addresses(struct search *s)
{
    for (size_t aliases = 0; aliases <= HF_DNS_ALIASES_MAX; aliases++) {
        hf_status status = look_through(s);

        if (status != HF_OK || s->answer.count != 0 || !s->has_alias)
            return status;
        s->name = s->alias;
    }
    return HF_ERR_MALFORMED; /* a loop, or longer than anybody needs */
}

static enum hf_dns_outcome outcome_of(uint16_t flags, size_t addresses)
{
    if ((flags & RCODE) == NAME_ERROR)
        return HF_DNS_NO_NAME;
    if ((flags & RCODE) != NO_ERROR)
        return HF_DNS_SERVER_FAILED;
    if (addresses != 0)
        return HF_DNS_ADDRESSES; /* any of them will do, also where others were cut off */
    return (flags & TRUNCATED) != 0 ? HF_DNS_SERVER_FAILED : HF_DNS_NO_DATA;
}

hf_status hf_dns_answer_decode(hf_bytes datagram, uint16_t id, const struct hf_dns_name *name,
                               enum hf_dns_type type, struct hf_dns_answer *out)
{
    struct search s = {
        .datagram = datagram, .type = type, .name = *name, .answer = { .ttl = UINT32_MAX }
    };
    hf_reader r = hf_reader_of(datagram);
    struct head head;
    hf_status status;

    if (!read_head(&r, &head))
        return HF_ERR_TRUNCATED;
    if (head.id != id || (head.flags & (RESPONSE | OPCODE)) != RESPONSE || head.questions != 1)
        return HF_ERR_UNEXPECTED;
    status = check_question(datagram, &r, name, type);
    if (status != HF_OK)
        return status;
    s.records = r;
    s.count = head.answers < HF_DNS_RECORDS_MAX ? head.answers : HF_DNS_RECORDS_MAX;
    if ((head.flags & RCODE) == NO_ERROR)
        status = find_addresses(&s);
    if (status != HF_OK)
        return status;
    s.answer.outcome = outcome_of(head.flags, s.answer.count);
    if (s.answer.ttl == UINT32_MAX)
        s.answer.ttl = 0;
    *out = s.answer;
    return HF_OK;
}
