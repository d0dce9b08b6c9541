/* Byte strings and bounded buffers: see bytes.h. */
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

_Noreturn void hf_assert_failed(const char *condition, const char *file, int line)
{
    /* The core cannot print; a debugger or core file shows these three. */
    volatile const char *where[2] = { condition, file };
    volatile int at = line;

    (void)where[0];
    (void)at;
    abort();
}

hf_bytes hf_bytes_of_string(const char *text)
{
    return (hf_bytes){ (const uint8_t *)text, text == NULL ? 0 : strlen(text) };
}

bool hf_bytes_equal(hf_bytes a, hf_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool hf_bytes_equal_ct(hf_bytes a, hf_bytes b)
{
    volatile uint8_t difference = 0;

    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        difference = (uint8_t)(difference | (a.data[i] ^ b.data[i]));
    return difference == 0;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

bool hf_bytes_equal_nocase(hf_bytes a, hf_bytes b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.data[i]) != lower(b.data[i]))
            return false;
    }
    return true;
}

hf_bytes hf_bytes_slice(hf_bytes bytes, size_t offset, size_t len)
{
    if (offset > bytes.len || len > bytes.len - offset)
        return (hf_bytes){ 0 };
    if (bytes.data == NULL) /* nothing may be added to a null pointer, not even nothing */
        return (hf_bytes){ 0 };
    return (hf_bytes){ bytes.data + offset, len };
}

void hf_copy(void *to, const void *from, size_t len)
{
    if (len != 0)
        memcpy(to, from, len);
}

/* Through a pointer that the compiler has to read each time: it cannot know that this is memset,
 * and so cannot leave it out before a free. */
void hf_cleanse(void *data, size_t len)
{
    static void *(*volatile const overwrite)(void *, int, size_t) = memset;

    if (len != 0)
        (void)overwrite(data, 0, len);
}

hf_buf hf_buf_with_max(size_t max)
{
    return (hf_buf){ .max = max };
}

/* Doubles the capacity up to the maximum. realloc() is not used: it could leave a copy of the
 * content behind. */
static bool reserve(hf_buf *buf, size_t needed)
{
    size_t capacity = buf->capacity < 64 ? 64 : buf->capacity;
    uint8_t *data;

    if (needed <= buf->capacity)
        return true;
    while (capacity < needed)
        capacity = capacity > buf->max / 2 ? buf->max : capacity * 2;
    data = malloc(capacity);
    if (data == NULL)
        return false;
    hf_copy(data, buf->data, buf->len);
    hf_cleanse(buf->data, buf->len);
    free(buf->data);
    buf->data = data;
    buf->capacity = capacity;
    return true;
}

uint8_t *hf_buf_extend(hf_buf *buf, size_t len)
{
    uint8_t *at;

    if (len > buf->max || buf->len > buf->max - len || !reserve(buf, buf->len + len))
        return NULL;
    at = buf->data + buf->len;
    buf->len += len;
    return at;
}

bool hf_buf_append(hf_buf *buf, hf_bytes bytes)
{
    uint8_t *at;

    if (bytes.len == 0)
        return true;
    at = hf_buf_extend(buf, bytes.len);
    if (at == NULL)
        return false;
    hf_copy(at, bytes.data, bytes.len);
    return true;
}

void hf_buf_consume(hf_buf *buf, size_t len)
{
    size_t kept = len >= buf->len ? 0 : buf->len - len;

    if (kept != 0)
        memmove(buf->data, buf->data + len, kept);
    if (buf->len != kept)
        hf_cleanse(buf->data + kept, buf->len - kept);
    buf->len = kept;
}

void hf_buf_clear(hf_buf *buf)
{
    hf_cleanse(buf->data, buf->len);
    buf->len = 0;
}

void hf_buf_free(hf_buf *buf)
{
    hf_buf_clear(buf);
    free(buf->data);
    *buf = hf_buf_with_max(buf->max);
}

hf_bytes hf_buf_bytes(const hf_buf *buf)
{
    return (hf_bytes){ buf->data, buf->len };
}

char *hf_bytes_to_string(hf_bytes bytes)
{
    char *text = malloc(bytes.len + 1);

    if (text == NULL)
        return NULL;
    hf_copy(text, bytes.data, bytes.len);
    text[bytes.len] = '\0';
    return text;
}
