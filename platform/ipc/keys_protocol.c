/* Bodies of the messages to and from holdfast-keys: see keys_protocol.h. */
#include "ipc/keys_protocol.h"

#include "base/reader.h"
#include "base/writer.h"

const char *hf_keys_tries_name(enum hf_keys_tries tries)
{
    static const char *const names[HF_KEYS_TRIES_COUNT] = {
        [HF_KEYS_TRIES_ENOUGH] = "enough",
        [HF_KEYS_TRIES_FEW] = "few",
        [HF_KEYS_TRIES_LAST] = "last",
    };

    HF_ASSERT(tries < HF_KEYS_TRIES_COUNT);
    return names[tries];
}

static void write_octets(hf_writer *w, hf_bytes octets)
{
    hf_write_u16(w, (uint16_t)octets.len);
    hf_write_bytes(w, octets);
}

/* 1 to `max` octets. */
static bool read_octets(hf_reader *r, size_t max, hf_bytes *out)
{
    uint16_t len;

    return hf_read_u16(r, &len) && len != 0 && len <= max && hf_read_bytes(r, len, out);
}

void hf_keys_pin_encode(hf_writer *w, hf_bytes pin)
{
    write_octets(w, pin);
}

hf_status hf_keys_pin_decode(hf_bytes body, hf_bytes *out)
{
    hf_reader r = hf_reader_of(body);
    hf_bytes pin;

    if (!read_octets(&r, HF_KEYS_PIN_MAX, &pin) || r.left != 0)
        return HF_ERR_MALFORMED;
    *out = pin;
    return HF_OK;
}

void hf_keys_sign_encode(hf_writer *w, const struct hf_keys_sign *sign)
{
    hf_ipc_write_below(w, sign->scheme, HF_SIG_COUNT);
    write_octets(w, sign->digest);
}

hf_status hf_keys_sign_decode(hf_bytes body, struct hf_keys_sign *out)
{
    hf_reader r = hf_reader_of(body);
    size_t scheme;
    hf_bytes digest;

    if (!hf_ipc_read_below(&r, HF_SIG_COUNT, &scheme) || !read_octets(&r, HF_DIGEST_MAX, &digest) ||
        r.left != 0)
        return HF_ERR_MALFORMED;
    *out = (struct hf_keys_sign){ (enum hf_signature_scheme)scheme, digest };
    return HF_OK;
}

void hf_keys_pin_wanted_encode(hf_writer *w, const struct hf_keys_pin_wanted *wanted)
{
    hf_ipc_write_below(w, wanted->tries, HF_KEYS_TRIES_COUNT);
    hf_ipc_write_text(w, wanted->label);
}

hf_status hf_keys_pin_wanted_decode(hf_bytes body, struct hf_keys_pin_wanted *out)
{
    hf_reader r = hf_reader_of(body);
    struct hf_keys_pin_wanted wanted;
    size_t tries;

    if (!hf_ipc_read_below(&r, HF_KEYS_TRIES_COUNT, &tries) ||
        !hf_ipc_read_text(&r, wanted.label, sizeof wanted.label) || r.left != 0)
        return HF_ERR_MALFORMED;
    wanted.tries = (enum hf_keys_tries)tries;
    *out = wanted;
    return HF_OK;
}

void hf_keys_opened_encode(hf_writer *w, const struct hf_fault *fault,
                           const struct hf_keys_opened *opened)
{
    hf_ipc_write_status(w, fault->status);
    if (fault->status != HF_OK) {
        hf_ipc_write_text(w, fault->offered);
        hf_ipc_write_text(w, fault->received);
        return;
    }
    hf_ipc_write_below(w, opened->type, HF_KEY_TYPE_COUNT);
    hf_write_u16(w, opened->bits);
    hf_ipc_write_below(w, opened->count, HF_KEYS_CHAIN_MAX + 1);
    for (size_t i = 0; i < opened->count; i++)
        write_octets(w, opened->certificates[i]);
}

static bool read_opened(hf_reader *r, struct hf_keys_opened *opened)
{
    size_t type;

    if (!hf_ipc_read_below(r, HF_KEY_TYPE_COUNT, &type) || !hf_read_u16(r, &opened->bits) ||
        !hf_ipc_read_below(r, HF_KEYS_CHAIN_MAX + 1, &opened->count))
        return false;
    opened->type = (enum hf_key_type)type;
    for (size_t i = 0; i < opened->count; i++) {
        if (!read_octets(r, HF_IPC_BODY_MAX, &opened->certificates[i]))
            return false;
    }
    return true;
}

hf_status hf_keys_opened_decode(hf_bytes body, struct hf_fault *out_fault,
                                struct hf_keys_opened *out)
{
    hf_reader r = hf_reader_of(body);
    struct hf_fault fault = hf_fault_make(HF_OK, HF_STAGE_PROFILE);
    struct hf_keys_opened opened = { 0 };

    if (!hf_ipc_read_status(&r, &fault.status))
        return HF_ERR_MALFORMED;
    if (fault.status == HF_OK ? !read_opened(&r, &opened)
                              : !hf_ipc_read_text(&r, fault.offered, sizeof fault.offered) ||
                                    !hf_ipc_read_text(&r, fault.received, sizeof fault.received))
        return HF_ERR_MALFORMED;
    if (r.left != 0)
        return HF_ERR_MALFORMED;
    *out_fault = fault;
    *out = opened;
    return HF_OK;
}

void hf_keys_signed_encode(hf_writer *w, hf_status status, hf_bytes signature)
{
    hf_ipc_write_status(w, status);
    if (status == HF_OK)
        write_octets(w, signature);
}

hf_status hf_keys_signed_decode(hf_bytes body, hf_status *out_status, hf_bytes *out_signature)
{
    hf_reader r = hf_reader_of(body);
    hf_bytes signature = { 0 };
    hf_status status;

    if (!hf_ipc_read_status(&r, &status) ||
        (status == HF_OK && !read_octets(&r, HF_SIGNATURE_MAX, &signature)) || r.left != 0)
        return HF_ERR_MALFORMED;
    *out_status = status;
    *out_signature = signature;
    return HF_OK;
}
