/* The outermost element of an XML file, read without parsing it: enough to tell formats apart, in
 * UTF-8 and UTF-16. What is wrong with the file, its importer says. */
#include "profile/import.h"

#include <string.h>

/* How far a comment or a DOCTYPE may put it off. */
#define SEARCH_MAX 65536

/* Characters of the file; those outside ASCII are given as 1. */
struct scan {
    hf_bytes file;
    size_t at, width; /* in octets */
    bool is_big_endian;
};

static struct scan scan_of(hf_bytes file)
{
    static const uint8_t utf8[] = { 0xef, 0xbb, 0xbf };
    struct scan scan = { .file = hf_bytes_slice(file, 0, file.len), .width = 1 };

    if (scan.file.len > SEARCH_MAX)
        scan.file.len = SEARCH_MAX;
    if (file.len >= 2 && file.data[0] + file.data[1] == 0xff + 0xfe &&
        (file.data[0] == 0xff || file.data[0] == 0xfe)) {
        scan.at = scan.width = 2;
        scan.is_big_endian = file.data[0] == 0xfe;
    } else if (hf_bytes_equal(hf_bytes_slice(file, 0, 3), HF_BYTES_OF(utf8))) {
        scan.at = 3;
    }
    return scan;
}

/* The character `n` places ahead; 0 past the end. */
static uint8_t peek(const struct scan *scan, size_t n)
{
    size_t at = scan->at + n * scan->width;
    size_t low = at + (scan->is_big_endian ? 1 : 0), high = at + (scan->is_big_endian ? 0 : 1);

    if (at + scan->width > scan->file.len)
        return 0;
    if (scan->width == 2 && scan->file.data[high] != 0)
        return 1;
    return scan->file.data[low] < 0x80 ? scan->file.data[low] : 1;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool starts_with(const struct scan *scan, const char *text)
{
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (peek(scan, i) != (uint8_t)text[i])
            return false;
    }
    return true;
}

/* Goes past the next `text`; false when there is none. */
static bool skip_past(struct scan *scan, const char *text)
{
    for (; peek(scan, 0) != 0; scan->at += scan->width) {
        if (starts_with(scan, text)) {
            scan->at += strlen(text) * scan->width;
            return true;
        }
    }
    return false;
}

/* One thing that may stand before the outermost element; false when none does. */
static bool skip_prolog(struct scan *scan)
{
    if (starts_with(scan, "<?"))
        return skip_past(scan, "?>");
    if (starts_with(scan, "<!--"))
        return skip_past(scan, "-->");
    return starts_with(scan, "<!DOCTYPE") && skip_past(scan, ">");
}

bool hf_import_root_is(hf_bytes file, const char *name)
{
    struct scan scan = scan_of(file);

    do {
        while (is_space(peek(&scan, 0)))
            scan.at += scan.width;
    } while (skip_prolog(&scan));
    if (!starts_with(&scan, "<"))
        return false;
    scan.at += scan.width;
    return starts_with(&scan, name) &&
           (is_space(peek(&scan, strlen(name))) || peek(&scan, strlen(name)) == '>' ||
            peek(&scan, strlen(name)) == '/');
}
