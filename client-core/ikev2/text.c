/* Texts of bounded length: see text.h. */
#include "ikev2/text.h"

#include <string.h>

#include "ikev2/numbers.h"

void hf_ikev2_text_append(char *text, size_t capacity, const char *part)
{
    size_t at = strlen(text);
    size_t room = capacity - 1 - at;
    size_t len = strlen(part) < room ? strlen(part) : room;

    hf_copy(text + at, part, len);
    text[at + len] = '\0';
}

void hf_ikev2_text_append_number(char *text, size_t capacity, unsigned number)
{
    char digits[12];
    size_t at = sizeof digits - 1;

    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0 && at > 0);
    hf_ikev2_text_append(text, capacity, digits + at);
}

void hf_ikev2_text_join(char *text, size_t capacity, const char *separator, const char *part)
{
    if (text[0] != '\0')
        hf_ikev2_text_append(text, capacity, separator);
    hf_ikev2_text_append(text, capacity, part);
}

void hf_ikev2_text_notify(char *text, size_t capacity, unsigned type)
{
    const char *name = hf_ikev2_notify_name(type);

    text[0] = '\0';
    if (name != NULL) {
        hf_ikev2_text_append(text, capacity, name);
        return;
    }
    hf_ikev2_text_append(text, capacity, "notify ");
    hf_ikev2_text_append_number(text, capacity, type);
}
