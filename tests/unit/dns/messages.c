/* See messages.h. */
#include "messages.h"

#include "base/address.h"
#include "support/hex.h"

struct hf_dns_name name_of(const char *text)
{
    struct hf_dns_name name;

    if (hf_dns_name_of_text(hf_bytes_of_string(text), &name) != HF_OK)
        test_die("not a name: %s", text);
    return name;
}

struct answer answer_begin(uint16_t id, uint16_t flags, const char *name, enum hf_dns_type type)
{
    struct answer answer = { .w = hf_writer_of(test_memory(4096), 4096) };
    struct hf_dns_name question = name_of(name);

    hf_write_u16(&answer.w, id);
    hf_write_u16(&answer.w, flags);
    hf_write_u16(&answer.w, 1);
    hf_write_zeros(&answer.w, 6);
    hf_write_bytes(&answer.w, hf_dns_name_bytes(&question));
    hf_write_u16(&answer.w, (uint16_t)type);
    hf_write_u16(&answer.w, HF_DNS_CLASS_IN);
    return answer;
}

void answer_add(struct answer *answer, const char *owner, enum hf_dns_type type, uint32_t ttl,
                hf_bytes data)
{
    struct hf_dns_name name = name_of(owner);
    hf_write_mark len;

    hf_write_bytes(&answer->w, hf_dns_name_bytes(&name));
    hf_write_u16(&answer->w, (uint16_t)type);
    hf_write_u16(&answer->w, HF_DNS_CLASS_IN);
    hf_write_u32(&answer->w, ttl);
    len = hf_write_len16_after(&answer->w);
    hf_write_bytes(&answer->w, data);
    hf_write_len16_end(&answer->w, len);
    answer->records++;
}

void answer_add_address(struct answer *answer, const char *owner, const char *text)
{
    hf_address address;

    if (!hf_address_parse(hf_bytes_of_string(text), &address))
        test_die("not an address: %s", text);
    answer_add(answer, owner, address.family == HF_FAMILY_V4 ? HF_DNS_A : HF_DNS_AAAA, 300,
               hf_address_bytes(&address));
}

void answer_add_alias(struct answer *answer, const char *owner, const char *target)
{
    struct hf_dns_name name = name_of(target);

    answer_add(answer, owner, HF_DNS_CNAME, 300, hf_dns_name_bytes(&name));
}

hf_bytes answer_end(struct answer *answer)
{
    hf_bytes message;

    hf_write_patch_u8(&answer->w, 6, (uint8_t)(answer->records >> 8));
    hf_write_patch_u8(&answer->w, 7, (uint8_t)answer->records);
    if (!hf_writer_finish(&answer->w, &message))
        test_die("an answer is too long");
    /* Ends where its memory ends, so that a sanitizer sees a read past it. */
    return (hf_bytes){ test_copy(message), message.len };
}
