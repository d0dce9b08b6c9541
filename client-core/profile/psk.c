/* Secrets that can be guessed or mistyped: see psk.h. */
#include "profile/psk.h"

#include <string.h>

#define SHORT 20 /* characters */
#define FEW   8  /* different ones */

/* What guessing programs try first. */
static const char *const words[] = {
    "password", "passwort", "passw0rd", "secret", "geheim",  "letmein", "welcome",
    "changeme", "qwerty",   "qwertz",   "asdf",   "admin",   "vpn",     "ipsec",
    "l2tp",     "company",  "office",   "test",   "default", "shared",  "monkey",
    "dragon",   "iloveyou", "abcdef",   "12345",  "54321",   "00000",   "11111",
};

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static bool contains(hf_bytes text, hf_bytes word)
{
    for (size_t at = 0; at + word.len <= text.len; at++) {
        size_t i = 0;

        while (i < word.len && lower(text.data[at + i]) == word.data[i])
            i++;
        if (i == word.len)
            return true;
    }
    return false;
}

/* Whether half of it or more is one of the words: "Company-VPN-2024" is no better than "company".
 */
static bool is_dictionary_like(hf_bytes text)
{
    size_t covered = 0;

    for (size_t i = 0; i < HF_ARRAY_LEN(words); i++) {
        if (contains(text, hf_bytes_of_string(words[i])))
            covered += strlen(words[i]);
    }
    return covered != 0 && covered * 2 + 1 >= text.len;
}

static size_t count_different(hf_bytes text)
{
    bool seen[256] = { false };
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++) {
        count += !seen[text.data[i]];
        seen[text.data[i]] = true;
    }
    return count;
}

static bool is_all(hf_bytes text, bool (*is)(uint8_t c))
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is(text.data[i]))
            return false;
    }
    return text.len != 0;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_ascii(uint8_t c)
{
    return c < 0x80;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The worst that can be said; NULL: nothing. */
static const char *weakness(hf_bytes psk)
{
    if (is_dictionary_like(psk))
        return "a secret made of common words: it can be guessed; ask for a random one";
    if (is_all(psk, is_digit))
        return "a secret of digits alone: it can be guessed; ask for a random one";
    if (psk.len < SHORT)
        return "a secret of under 20 characters: it can be guessed; ask for a longer one";
    if (count_different(psk) < FEW)
        return "a secret of few different characters: it can be guessed; ask for a random one";
    return NULL;
}

static hf_status note_spelling(struct hf_import *import, enum hf_secret_name name)
{
    hf_bytes secret = hf_buf_bytes(&import->secrets.values[name]);
    hf_bytes path = hf_bytes_of_string(hf_secret_name_text(name));
    hf_status status = HF_OK;

    if (secret.len == 0)
        return HF_OK;
    if (is_space(secret.data[0]) || is_space(secret.data[secret.len - 1]))
        status = hf_import_note(import, HF_NOTICE_UNSUPPORTED, path,
                                "begins or ends with white space, which is kept: is it meant?");
    if (status == HF_OK && !is_all(secret, is_ascii))
        status = hf_import_note(import, HF_NOTICE_UNSUPPORTED, path,
                                "has characters outside ASCII: the gateway may encode them "
                                "otherwise");
    return status;
}

hf_status hf_psk_note(struct hf_import *import)
{
    hf_bytes psk = hf_buf_bytes(&import->secrets.values[HF_SECRET_PSK]);
    const char *weak = psk.len == 0 ? NULL : weakness(psk);
    hf_status status = HF_OK;

    if (weak != NULL)
        status = hf_import_note(import, HF_NOTICE_UNSAFE,
                                hf_bytes_of_string(hf_secret_name_text(HF_SECRET_PSK)), weak);
    if (status == HF_OK)
        status = note_spelling(import, HF_SECRET_PSK);
    if (status == HF_OK)
        status = note_spelling(import, HF_SECRET_PASSWORD);
    return status;
}
