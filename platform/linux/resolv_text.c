/* resolv.conf as text: see resolv_text.h. */
#include "linux/resolv_text.h"

#include <string.h>

static bool add(hf_buf *out, const char *text)
{
    return hf_buf_append(out, hf_bytes_of_string(text));
}

/* Cuts the first line, without its newline, off `rest`; false when nothing is left. */
static bool next_line(hf_bytes *rest, hf_bytes *out)
{
    const uint8_t *end;
    size_t length;

    if (rest->len == 0)
        return false;
    end = memchr(rest->data, '\n', rest->len);
    length = end == NULL ? rest->len : (size_t)(end - rest->data);
    *out = hf_bytes_slice(*rest, 0, length);
    *rest =
        end == NULL ? (hf_bytes){ 0 } : hf_bytes_slice(*rest, length + 1, rest->len - length - 1);
    return true;
}

static bool add_servers(hf_buf *out, const struct hf_plan *plan)
{
    char text[HF_ADDRESS_TEXT_MAX];

    for (size_t i = 0; i < plan->resolver_count; i++) {
        if (!add(out, "nameserver ") || !add(out, hf_address_format(&plan->resolvers[i], text)) ||
            !add(out, "\n"))
            return false;
    }
    return true;
}

static bool add_search(hf_buf *out, const struct hf_plan *plan)
{
    if (plan->domain_count == 0)
        return true;
    if (!add(out, "search"))
        return false;
    for (size_t i = 0; i < plan->domain_count; i++) {
        if (!add(out, " ") || !add(out, plan->domains[i]))
            return false;
    }
    return add(out, "\n");
}

static bool add_replaced(hf_buf *out, hf_bytes replaced)
{
    hf_bytes line;

    while (next_line(&replaced, &line)) {
        if (!add(out, HF_RESOLV_WAS) || !hf_buf_append(out, line) || !add(out, "\n"))
            return false;
    }
    return true;
}

hf_status hf_resolv_text_make(const struct hf_plan *plan, hf_bytes replaced, hf_buf *out)
{
    if (!add(out, HF_RESOLV_MARK) || !add_servers(out, plan) || !add_search(out, plan) ||
        !add_replaced(out, replaced))
        return HF_ERR_TOO_LARGE;
    return HF_OK;
}

static bool starts_with(hf_bytes text, const char *prefix)
{
    hf_bytes wanted = hf_bytes_of_string(prefix);

    return text.len >= wanted.len && hf_bytes_equal(hf_bytes_slice(text, 0, wanted.len), wanted);
}

bool hf_resolv_text_is_ours(hf_bytes text)
{
    return starts_with(text, HF_RESOLV_MARK);
}

hf_status hf_resolv_text_add_note(const char *owner, hf_bytes note, hf_buf *out)
{
    static const uint8_t digits[] = "0123456789abcdef";
    bool good = add(out, HF_RESOLV_NOTE) && add(out, owner) && add(out, " ");

    for (size_t i = 0; good && i < note.len; i++) {
        uint8_t two[] = { digits[note.data[i] >> 4], digits[note.data[i] & 15] };

        good = hf_buf_append(out, HF_BYTES_OF(two));
    }
    return good && add(out, "\n") ? HF_OK : HF_ERR_TOO_LARGE;
}

static bool cut_prefix(hf_bytes *text, const char *prefix)
{
    bool found = starts_with(*text, prefix);

    if (found)
        *text = hf_bytes_slice(*text, strlen(prefix), text->len - strlen(prefix));
    return found;
}

static int digit_of(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool decode(hf_bytes hex, hf_buf *out)
{
    for (size_t i = 0; i + 1 < hex.len; i += 2) {
        int high = digit_of(hex.data[i]), low = digit_of(hex.data[i + 1]);
        uint8_t octet = (uint8_t)(high * 16 + low);

        if (high < 0 || low < 0 || !hf_buf_append(out, (hf_bytes){ &octet, 1 }))
            return false;
    }
    return hex.len % 2 == 0;
}

hf_status hf_resolv_text_note(hf_bytes text, const char *owner, hf_buf *out)
{
    bool ours = hf_resolv_text_is_ours(text);
    hf_bytes line;

    while (ours && next_line(&text, &line)) {
        if (cut_prefix(&line, HF_RESOLV_NOTE) && cut_prefix(&line, owner) &&
            cut_prefix(&line, " ")) /* without its end it is a part */
            return text.data != NULL && decode(line, out) ? HF_OK : HF_ERR_NOT_FOUND;
    }
    return HF_ERR_NOT_FOUND;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static hf_bytes next_word(hf_bytes *line)
{
    size_t from = 0, to;

    while (from < line->len && is_blank(line->data[from]))
        from++;
    to = from;
    while (to < line->len && !is_blank(line->data[to]))
        to++;
    hf_bytes word = hf_bytes_slice(*line, from, to - from);
    *line = hf_bytes_slice(*line, to, line->len - to);
    return word;
}

/* The next line of the network's own file: of `text`, or of the one that it replaced. */
static bool next_of_network(hf_bytes *text, bool ours, hf_bytes *out)
{
    while (next_line(text, out)) {
        if (!ours)
            return true;
        if (starts_with(*out, HF_RESOLV_WAS)) {
            (void)next_word(out);
            return true;
        }
    }
    return false;
}

size_t hf_resolv_text_servers(hf_bytes text, hf_endpoint *out, size_t max)
{
    bool ours = hf_resolv_text_is_ours(text);
    hf_bytes line;
    size_t count = 0;

    while (count < max && next_of_network(&text, ours, &line)) {
        hf_address address;

        if (!hf_bytes_equal(next_word(&line), hf_bytes_of_string("nameserver")) ||
            !hf_address_parse(next_word(&line), &address))
            continue;
        out[count++] = (hf_endpoint){ address, 53 };
    }
    return count;
}

static size_t take_domains(hf_bytes line, char out[][HF_PLAN_DOMAIN_MAX], size_t max)
{
    size_t count = 0;

    for (hf_bytes word = next_word(&line); word.len > 0 && count < max; word = next_word(&line)) {
        if (word.len >= HF_PLAN_DOMAIN_MAX || memchr(word.data, '\0', word.len) != NULL)
            continue;
        hf_copy(out[count], word.data, word.len);
        out[count++][word.len] = '\0';
    }
    return count;
}

size_t hf_resolv_text_domains(hf_bytes text, char out[][HF_PLAN_DOMAIN_MAX], size_t max)
{
    bool ours = hf_resolv_text_is_ours(text);
    hf_bytes line;
    size_t count = 0;

    while (next_of_network(&text, ours, &line)) {
        hf_bytes word = next_word(&line);

        if (hf_bytes_equal(word, hf_bytes_of_string("search")) ||
            hf_bytes_equal(word, hf_bytes_of_string("domain")))
            count = take_domains(line, out, max);
    }
    return count;
}
