/* Fuzz target: an answer of a name server. The id and the question are those that the answer names,
 * so that changes reach the records. */
#include "dns/answer.h"
#include "fuzz.h"

/* The question of the message, as far as there is one. */
static bool read_question(hf_bytes message, uint16_t *out_id, struct hf_dns_name *out_name,
                          uint16_t *out_type)
{
    hf_reader r = hf_reader_of(message);

    return hf_read_u16(&r, out_id) && hf_read_skip(&r, HF_DNS_HEADER_LEN - 2) &&
           hf_dns_name_read(message, &r, out_name) == HF_OK && hf_read_u16(&r, out_type);
}

static void check(const struct hf_dns_answer *answer, enum hf_dns_type type)
{
    FUZZ_EXPECT(answer->count <= HF_DNS_ADDRESSES_MAX);
    FUZZ_EXPECT((answer->outcome == HF_DNS_ADDRESSES) == (answer->count != 0));
    FUZZ_EXPECT(answer->ttl <= INT32_MAX);
    for (size_t i = 0; i < answer->count; i++)
        FUZZ_EXPECT(answer->addresses[i].family ==
                    (type == HF_DNS_A ? HF_FAMILY_V4 : HF_FAMILY_V6));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    hf_bytes message = { data, len };
    struct hf_dns_answer answer;
    struct hf_dns_name name;
    uint16_t id, number;
    enum hf_dns_type type;

    if (!read_question(message, &id, &name, &number))
        return 0;
    FUZZ_EXPECT(name.len != 0 && name.len <= HF_DNS_NAME_MAX && name.data[name.len - 1] == 0);
    type = number == HF_DNS_AAAA ? HF_DNS_AAAA : HF_DNS_A;
    if (hf_dns_answer_decode(message, id, &name, type, &answer) == HF_OK)
        check(&answer, type);
    return 0;
}
