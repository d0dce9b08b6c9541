/* Security Association payload: see payload.h. Which proposal is acceptable is decided elsewhere.
 */
#include "ikev2/payload.h"

#include "ikev2/block.h"

#include <string.h>

enum { LAST = 0, MORE_PROPOSALS = 2, MORE_TRANSFORMS = 3 };
enum { ATTRIBUTE_TV = 0x8000, ATTRIBUTE_KEY_LENGTH = 14 };

/* Transform attribute (RFC 7296, section 3.3.5):
 *   +-+-----------------------------+-------------------------------+
 *   |A|       Attribute Type        |  AF=0: Attribute Length       |
 *   |F|                             |  AF=1: Attribute Value        |
 *   +-+-----------------------------+-------------------------------+
 *   |                   AF=0: Attribute Value                       |
 *   +---------------------------------------------------------------+  */
static hf_status read_attributes(hf_reader *r, uint16_t *out_key_bits, bool *out_known)
{
    uint16_t key_bits = 0;
    bool known = true;

    while (r->left != 0) {
        uint16_t type, value;

        if (!hf_read_u16(r, &type) || !hf_read_u16(r, &value))
            return HF_ERR_TRUNCATED;
        if (type == (ATTRIBUTE_TV | ATTRIBUTE_KEY_LENGTH) && key_bits == 0 && value != 0) {
            key_bits = value;
            continue;
        }
        known = false;
        if ((type & ATTRIBUTE_TV) == 0 && !hf_read_skip(r, value))
            return HF_ERR_TRUNCATED;
    }
    *out_key_bits = key_bits;
    *out_known = known;
    return HF_OK;
}

/* Transform substructure (RFC 7296, section 3.3.2):
 *   +---------------+---------------+-------------------------------+
 *   |Last Substruc  |   RESERVED    |        Transform Length       |
 *   +---------------+---------------+-------------------------------+
 *   |Transform Type |   RESERVED    |          Transform ID         |
 *   +---------------+---------------+-------------------------------+
 *   ~                      Transform Attributes                     ~
 *   +---------------------------------------------------------------+  */
static hf_status read_transform(hf_reader *r, struct hf_ikev2_transform *out, bool *out_known,
                                uint8_t *out_more)
{
    struct hf_ikev2_block block;
    hf_status status = hf_ikev2_block_read(r, &block);
    uint8_t type;
    uint16_t id;

    if (status != HF_OK)
        return status;
    if (!hf_read_u8(&block.body, &type) || !hf_read_skip(&block.body, 1) ||
        !hf_read_u16(&block.body, &id))
        return HF_ERR_TRUNCATED;
    *out = (struct hf_ikev2_transform){ .type = type, .id = id };
    *out_more = block.first;
    return read_attributes(&block.body, &out->key_bits, out_known);
}

static hf_status read_transforms(hf_reader *r, uint8_t announced, struct hf_ikev2_proposal *out)
{
    for (size_t i = 0; i < announced; i++) {
        struct hf_ikev2_transform transform;
        bool known;
        uint8_t more;
        hf_status status = read_transform(r, &transform, &known, &more);

        if (status != HF_OK)
            return status;
        if (more != (i + 1u < announced ? MORE_TRANSFORMS : LAST))
            return HF_ERR_MALFORMED;
        /* A transform with an attribute that we do not know is one that we do not know:
         * RFC 7296, section 3.3.6. */
        if (known && out->transform_count < HF_TRANSFORMS_MAX)
            out->transforms[out->transform_count++] = transform;
    }
    return r->left == 0 ? HF_OK : HF_ERR_MALFORMED;
}

/* Proposal substructure (RFC 7296, section 3.3.1):
 *   +---------------+---------------+-------------------------------+
 *   |Last Substruc  |   RESERVED    |         Proposal Length       |
 *   +---------------+---------------+---------------+---------------+
 *   | Proposal Num  |  Protocol ID  |    SPI Size   |Num  Transforms|
 *   +---------------+---------------+---------------+---------------+
 *   ~                        SPI (variable)                         ~
 *   +---------------------------------------------------------------+
 *   ~                        <Transforms>                           ~
 *   +---------------------------------------------------------------+  */
static hf_status read_proposal(hf_reader *r, struct hf_ikev2_proposal *out, uint8_t *out_more)
{
    struct hf_ikev2_block block;
    hf_status status = hf_ikev2_block_read(r, &block);
    uint8_t spi_len, transforms;

    if (status != HF_OK)
        return status;
    memset(out, 0, sizeof *out);
    if (!hf_read_u8(&block.body, &out->number) || !hf_read_u8(&block.body, &out->protocol) ||
        !hf_read_u8(&block.body, &spi_len) || !hf_read_u8(&block.body, &transforms) ||
        !hf_read_bytes(&block.body, spi_len, &out->spi))
        return HF_ERR_TRUNCATED;
    if (spi_len != 0 && spi_len != 4 && spi_len != 8)
        return HF_ERR_MALFORMED;
    *out_more = block.first;
    return read_transforms(&block.body, transforms, out);
}

hf_status hf_ikev2_sa_decode(hf_bytes body, struct hf_ikev2_sa_payload *out)
{
    hf_reader r = hf_reader_of(body);
    struct hf_ikev2_sa_payload sa = { 0 };

    if (body.len == 0)
        return HF_ERR_TRUNCATED;
    while (r.left != 0) {
        struct hf_ikev2_proposal proposal;
        uint8_t more;
        hf_status status = read_proposal(&r, &proposal, &more);

        if (status != HF_OK)
            return status;
        if (more != (r.left != 0 ? MORE_PROPOSALS : LAST))
            return HF_ERR_MALFORMED;
        if (sa.count < HF_PROPOSALS_MAX)
            sa.proposals[sa.count++] = proposal;
    }
    *out = sa;
    return HF_OK;
}

static void write_transform(hf_writer *w, const struct hf_ikev2_transform *transform, bool is_last)
{
    size_t from = w->len;
    hf_write_mark len;

    hf_write_u8(w, is_last ? LAST : MORE_TRANSFORMS);
    hf_write_u8(w, 0); /* RESERVED */
    len = hf_write_len16_begin(w, from);
    hf_write_u8(w, transform->type);
    hf_write_u8(w, 0); /* RESERVED */
    hf_write_u16(w, transform->id);
    if (transform->key_bits != 0) {
        hf_write_u16(w, ATTRIBUTE_TV | ATTRIBUTE_KEY_LENGTH);
        hf_write_u16(w, transform->key_bits);
    }
    hf_write_len16_end(w, len);
}

static void write_proposal(hf_writer *w, const struct hf_ikev2_proposal *proposal, bool is_last)
{
    size_t from = w->len;
    hf_write_mark len;

    HF_ASSERT(proposal->transform_count <= HF_TRANSFORMS_MAX && proposal->spi.len <= 8);
    hf_write_u8(w, is_last ? LAST : MORE_PROPOSALS);
    hf_write_u8(w, 0); /* RESERVED */
    len = hf_write_len16_begin(w, from);
    hf_write_u8(w, proposal->number);
    hf_write_u8(w, proposal->protocol);
    hf_write_u8(w, (uint8_t)proposal->spi.len);
    hf_write_u8(w, (uint8_t)proposal->transform_count);
    hf_write_bytes(w, proposal->spi);
    for (size_t i = 0; i < proposal->transform_count; i++)
        write_transform(w, &proposal->transforms[i], i + 1 == proposal->transform_count);
    hf_write_len16_end(w, len);
}

void hf_ikev2_sa_encode(hf_writer *w, const struct hf_ikev2_sa_payload *sa)
{
    HF_ASSERT(sa->count <= HF_PROPOSALS_MAX);
    for (size_t i = 0; i < sa->count; i++)
        write_proposal(w, &sa->proposals[i], i + 1 == sa->count);
}
