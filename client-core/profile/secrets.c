/* Named secrets: where they are kept while they travel, and their encoding for a memfd or a file.
 */
#include "base/reader.h"
#include "base/writer.h"
#include <holdfast/profile.h>

#define SECRET_VALUE_MAX (256 * 1024)

static const char magic[] = "HFSECRETS1";

static const char *const names[HF_SECRET_NAME_COUNT] = {
    [HF_SECRET_PRIVATE_KEY] = "private-key",
    [HF_SECRET_CERTIFICATES] = "certificates",
    [HF_SECRET_PSK] = "psk",
    [HF_SECRET_KEY_PASSPHRASE] = "key-passphrase",
    [HF_SECRET_PASSWORD] = "password",
    [HF_SECRET_OTP] = "otp",
    [HF_SECRET_PIN] = "pin",
    [HF_SECRET_PPK] = "ppk",
    [HF_SECRET_USER_KEY] = "user-key",
    [HF_SECRET_USER_CERTIFICATES] = "user-certificates",
};

const char *hf_secret_name_text(enum hf_secret_name name)
{
    HF_ASSERT(name < HF_SECRET_NAME_COUNT);
    return names[name];
}

bool hf_secret_name_of_text(hf_bytes text, enum hf_secret_name *out)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(names); i++) {
        if (hf_bytes_equal(text, hf_bytes_of_string(names[i]))) {
            *out = (enum hf_secret_name)i;
            return true;
        }
    }
    return false;
}

void hf_secrets_init(struct hf_secrets *secrets)
{
    for (size_t i = 0; i < HF_SECRET_NAME_COUNT; i++)
        secrets->values[i] = hf_buf_with_max(SECRET_VALUE_MAX);
}

void hf_secrets_clear(struct hf_secrets *secrets)
{
    for (size_t i = 0; i < HF_SECRET_NAME_COUNT; i++)
        hf_buf_free(&secrets->values[i]);
    hf_secrets_init(secrets);
}

/* One record: name length (1), name, value length (4), value. */
static hf_status append_record(hf_buf *out, const char *name, hf_bytes value)
{
    hf_bytes name_bytes = hf_bytes_of_string(name);
    size_t len = 1 + name_bytes.len + 4 + value.len;
    uint8_t *at = hf_buf_extend(out, len);
    hf_writer w;
    hf_bytes written;

    if (at == NULL)
        return HF_ERR_TOO_LARGE;
    w = hf_writer_of(at, len);
    hf_write_u8(&w, (uint8_t)name_bytes.len);
    hf_write_bytes(&w, name_bytes);
    hf_write_u32(&w, (uint32_t)value.len);
    hf_write_bytes(&w, value);
    HF_ASSERT(hf_writer_finish(&w, &written));
    return HF_OK;
}

hf_status hf_secrets_encode(const struct hf_secrets *secrets, hf_buf *out)
{
    hf_buf_clear(out);
    if (!hf_buf_append(out, hf_bytes_of_string(magic)))
        return HF_ERR_TOO_LARGE;
    for (size_t i = 0; i < HF_SECRET_NAME_COUNT; i++) {
        hf_status status;

        if (secrets->values[i].len == 0)
            continue;
        status = append_record(out, names[i], hf_buf_bytes(&secrets->values[i]));
        if (status != HF_OK)
            return status;
    }
    return HF_OK;
}

static hf_status read_record(hf_reader *r, struct hf_secrets *secrets)
{
    uint8_t name_len;
    uint32_t value_len;
    hf_bytes name, value;
    enum hf_secret_name which;

    if (!hf_read_u8(r, &name_len) || !hf_read_bytes(r, name_len, &name) ||
        !hf_read_u32(r, &value_len) || !hf_read_bytes(r, value_len, &value))
        return HF_ERR_TRUNCATED;
    if (!hf_secret_name_of_text(name, &which) || secrets->values[which].len != 0)
        return HF_ERR_MALFORMED;
    return hf_buf_append(&secrets->values[which], value) ? HF_OK : HF_ERR_TOO_LARGE;
}

hf_status hf_secrets_decode(hf_bytes encoded, struct hf_secrets *out)
{
    hf_reader r = hf_reader_of(encoded);
    struct hf_secrets secrets;
    hf_bytes start;
    hf_status status = HF_OK;

    if (!hf_read_bytes(&r, sizeof magic - 1, &start))
        return HF_ERR_TRUNCATED;
    if (!hf_bytes_equal(start, hf_bytes_of_string(magic)))
        return HF_ERR_MALFORMED;
    hf_secrets_init(&secrets);
    while (status == HF_OK && r.left > 0)
        status = read_record(&r, &secrets);
    if (status != HF_OK) {
        hf_secrets_clear(&secrets);
        return status;
    }
    hf_secrets_clear(out);
    *out = secrets;
    return HF_OK;
}
