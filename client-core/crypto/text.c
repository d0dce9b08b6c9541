/* Short texts: see text.h. */
#include "crypto/text.h"

#include <string.h>

hf_writer hf_text_of(char *text, size_t size)
{
    HF_ASSERT(size != 0);
    return hf_writer_of(text, size - 1);
}

void hf_text_add_bytes(hf_writer *text, hf_bytes bytes)
{
    for (size_t i = 0; i < bytes.len && text->len < text->capacity; i++) {
        uint8_t c = bytes.data[i];

        hf_write_u8(text, c >= 0x20 && c < 0x7f ? c : '?');
    }
}

void hf_text_add(hf_writer *text, const char *string)
{
    hf_text_add_bytes(text, hf_bytes_of_string(string));
}

void hf_text_add_number(hf_writer *text, uint64_t number, size_t digits)
{
    uint8_t reversed[20];
    size_t count = 0;

    do {
        reversed[count++] = (uint8_t)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    for (size_t i = count; i < digits; i++)
        hf_text_add(text, "0");
    while (count != 0)
        hf_text_add_bytes(text, (hf_bytes){ &reversed[--count], 1 });
}

static void add_part(hf_writer *text, int value, size_t digits, const char *behind)
{
    hf_text_add_number(text, value < 0 ? 0 : (uint64_t)value, digits);
    hf_text_add(text, behind);
}

void hf_text_add_time(hf_writer *text, const ASN1_TIME *time)
{
    struct tm parts;

    if (ASN1_TIME_to_tm(time, &parts) != 1) {
        hf_text_add(text, "an unreadable time");
        return;
    }
    add_part(text, parts.tm_year + 1900, 4, "-");
    add_part(text, parts.tm_mon + 1, 2, "-");
    add_part(text, parts.tm_mday, 2, " ");
    add_part(text, parts.tm_hour, 2, ":");
    add_part(text, parts.tm_min, 2, ":");
    add_part(text, parts.tm_sec, 2, " UTC");
}

void hf_text_finish(hf_writer *text)
{
    text->data[text->len] = '\0';
}
