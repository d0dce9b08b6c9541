/* Hexadecimal text and memory for tests: see hex.h. */
#include "support/hex.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Keeps every block reachable, so that the leak check is about the code under test. Blocks are not
 * in the list themselves: their end must be the end of their allocation. */
static struct block {
    struct block *next;
    uint8_t *data;
} * blocks;

_Noreturn void test_die(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputc('\n', stderr);
    exit(99);
}

uint8_t *test_memory(size_t len)
{
    struct block *block = malloc(sizeof *block);
    uint8_t *data = malloc(len);

    if (block == NULL || (data == NULL && len != 0))
        test_die("out of memory");
    *block = (struct block){ blocks, data };
    blocks = block;
    if (len != 0)
        memset(data, 0, len);
    return data;
}

uint8_t *test_copy(hf_bytes bytes)
{
    uint8_t *data = test_memory(bytes.len);

    hf_copy(data, bytes.data, bytes.len);
    return data;
}

static unsigned digit_of(char c)
{
    int lower = tolower((unsigned char)c);

    if (!isxdigit((unsigned char)c))
        test_die("'%c' is not hexadecimal", c);
    return (unsigned)(lower <= '9' ? lower - '0' : lower - 'a' + 10);
}

hf_bytes hex_of(const char *text, size_t len)
{
    uint8_t *scratch = malloc(len + 1);
    size_t digits = 0;
    hf_bytes bytes;

    if (scratch == NULL)
        test_die("out of memory");
    for (size_t i = 0; i < len; i++) {
        if (text[i] == ':' || isspace((unsigned char)text[i]))
            continue;
        if (digits % 2 == 0)
            scratch[digits / 2] = (uint8_t)(digit_of(text[i]) << 4);
        else
            scratch[digits / 2] = (uint8_t)(scratch[digits / 2] | digit_of(text[i]));
        digits++;
    }
    if (digits % 2 != 0)
        test_die("an odd number of hexadecimal digits");
    bytes.len = digits / 2;
    bytes.data = test_copy((hf_bytes){ scratch, digits / 2 });
    free(scratch);
    return bytes;
}

hf_bytes hex(const char *text)
{
    return hex_of(text, strlen(text));
}
