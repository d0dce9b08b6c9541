/* Lines of ipsec.conf(5) and ipsec.secrets(5): see ipsec_file.h. */
#include "profile/ipsec_file.h"

#include <string.h>

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static hf_bytes next_line(hf_bytes *rest)
{
    size_t len = 0;
    hf_bytes line;

    while (len < rest->len && rest->data[len] != '\n')
        len++;
    line = hf_bytes_slice(*rest, 0, len);
    len += len < rest->len;
    *rest = hf_bytes_slice(*rest, len, rest->len - len);
    return line;
}

/* A word, or what stands in quotes; false at the end or before a comment. */
static bool next_word(hf_bytes *rest, hf_bytes *out)
{
    uint8_t quote;
    size_t len = 0;

    *rest = hf_text_trim(*rest);
    if (rest->len == 0 || rest->data[0] == '#')
        return false;
    quote = rest->data[0];
    if (quote == '"' || quote == '\'') {
        for (len = 1; len < rest->len && rest->data[len] != quote;)
            len++;
        *out = hf_bytes_slice(*rest, 1, len - 1);
        len += len < rest->len;
    } else {
        while (len < rest->len && !is_space(rest->data[len]))
            len++;
        *out = hf_bytes_slice(*rest, 0, len);
    }
    *rest = hf_bytes_slice(*rest, len, rest->len - len);
    return true;
}

static bool is(hf_bytes text, const char *word)
{
    return hf_bytes_equal_nocase(text, hf_bytes_of_string(word));
}

hf_bytes hf_ipsec_file_first_word(hf_bytes file)
{
    hf_bytes word = { 0 };

    while (file.len > 0) {
        hf_bytes line = next_line(&file);

        if (next_word(&line, &word) && !is(word, "include"))
            return word;
    }
    return (hf_bytes){ 0 };
}

/* A value ends before a comment; quotes around it are taken off. */
static hf_bytes value_of(hf_bytes text)
{
    size_t len = 0;

    text = hf_text_trim(text);
    if (text.len > 1 && text.data[0] == '"') {
        for (len = 1; len < text.len && text.data[len] != '"';)
            len++;
        return hf_bytes_slice(text, 1, len - 1);
    }
    while (len < text.len && !(text.data[len] == '#' && len > 0 && is_space(text.data[len - 1])))
        len++;
    return hf_text_trim(hf_bytes_slice(text, 0, len));
}

static hf_status add_scalar(struct hf_node *section, hf_bytes key, hf_bytes value)
{
    struct hf_node *node = hf_node_new(section, HF_NODE_SCALAR, key);

    return node != NULL && (value.len == 0 || hf_buf_append(&node->value, value))
               ? HF_OK
               : HF_ERR_TOO_LARGE;
}

static hf_status begin_section(struct hf_node *root, hf_bytes line, struct hf_node **section)
{
    hf_bytes kind, name = { 0 };

    (void)next_word(&line, &kind); /* the line is not empty */
    (void)next_word(&line, &name);
    if (is(kind, "version")) {
        *section = NULL;
        return HF_OK;
    }
    if (!is(kind, "conn") && !is(kind, "ca") && !is(kind, "config") && !is(kind, "include"))
        return HF_ERR_MALFORMED;
    *section = hf_node_new(root, HF_NODE_OBJECT, kind);
    return *section == NULL ? HF_ERR_TOO_LARGE : add_scalar(*section, (hf_bytes){ 0 }, name);
}

static hf_status add_key(struct hf_node *section, hf_bytes line)
{
    size_t equals = 0;

    while (equals < line.len && line.data[equals] != '=')
        equals++;
    if (section == NULL || equals == 0 || equals == line.len)
        return HF_ERR_MALFORMED;
    return add_scalar(section, hf_text_trim(hf_bytes_slice(line, 0, equals)),
                      value_of(hf_bytes_slice(line, equals + 1, line.len - equals - 1)));
}

hf_status hf_ipsec_file_decode(hf_bytes file, struct hf_node **out)
{
    struct hf_node *root = hf_node_new(NULL, HF_NODE_OBJECT, (hf_bytes){ 0 }), *section = NULL;
    hf_status status = root == NULL ? HF_ERR_NO_MEMORY : HF_OK;

    for (size_t lines = 0; status == HF_OK && file.len > 0;) {
        hf_bytes line = next_line(&file), trimmed = hf_text_trim(line);

        if (trimmed.len == 0 || trimmed.data[0] == '#')
            continue;
        if (++lines > HF_NODE_COUNT_MAX / 2)
            status = HF_ERR_TOO_LARGE;
        else
            status = is_space(line.data[0]) ? add_key(section, trimmed)
                                            : begin_section(root, trimmed, &section);
    }
    if (status != HF_OK) {
        hf_node_free(root);
        return status;
    }
    *out = root;
    return HF_OK;
}

/* --- ipsec.secrets ---------------------------------------------------------------------------- */
static bool kind_of(hf_bytes word, enum hf_road_kind *out)
{
    static const struct {
        const char *word;
        enum hf_road_kind kind;
    } kinds[] = {
        {"PSK",    HF_ROAD_IKE},
        { "EAP",   HF_ROAD_EAP},
        { "PPK",   HF_ROAD_PPK},
        { "RSA",   HF_ROAD_KEY},
        { "ECDSA", HF_ROAD_KEY},
        { "PKCS8", HF_ROAD_KEY},
        { "P12",   HF_ROAD_KEY},
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(kinds); i++) {
        if (is(word, kinds[i].word)) {
            *out = kinds[i].kind;
            return true;
        }
    }
    return false;
}

static hf_status add_secret(struct hf_walk *w, hf_bytes line, struct hf_road *road)
{
    struct hf_road_secret secret = { .id_count = 0 }, *added;
    hf_bytes word;

    while (next_word(&line, &word) && !is(word, ":")) {
        if (secret.id_count == HF_ROAD_IDS)
            return hf_walk_note(w, HF_NOTICE_UNSUPPORTED, "eight identities at most");
        secret.ids[secret.id_count++] = word;
    }
    if (!next_word(&line, &word) || !kind_of(word, &secret.kind))
        return hf_walk_note(w, HF_NOTICE_UNSUPPORTED,
                            "a line without a PSK, EAP, RSA, ECDSA or P12");
    if (secret.kind == HF_ROAD_KEY)
        (void)next_word(&line, &secret.file);
    (void)next_word(&line, &secret.value);
    added = hf_road_add_secret(w, road, secret.kind);
    if (added == NULL)
        return hf_walk_note(w, HF_NOTICE_UNSUPPORTED, "32 secrets at most are looked at");
    hf_copy(secret.path, added->path, sizeof secret.path);
    *added = secret;
    return HF_OK;
}

hf_status hf_ipsec_file_secrets(struct hf_walk *w, hf_bytes file, struct hf_road *road)
{
    hf_status status = HF_OK;

    hf_copy(w->path, "ipsec.secrets", sizeof "ipsec.secrets");
    while (status == HF_OK && file.len > 0) {
        hf_bytes line = hf_text_trim(next_line(&file));

        if (line.len != 0 && line.data[0] != '#')
            status = add_secret(w, line, road);
    }
    w->path[0] = '\0';
    return status;
}
