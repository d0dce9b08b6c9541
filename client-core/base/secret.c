/* Bounded secrets: see secret.h. */
#include "base/secret.h"

bool hf_secret_set(hf_secret *out, hf_bytes bytes)
{
    if (bytes.len > sizeof out->data)
        return false;
    hf_secret_clear(out);
    hf_copy(out->data, bytes.data, bytes.len);
    out->len = bytes.len;
    return true;
}

hf_bytes hf_secret_bytes(const hf_secret *secret)
{
    return (hf_bytes){ secret->data, secret->len };
}

bool hf_secret_equal(const hf_secret *a, const hf_secret *b)
{
    return hf_bytes_equal_ct(hf_secret_bytes(a), hf_secret_bytes(b));
}

void hf_secret_clear(hf_secret *secret)
{
    hf_cleanse(secret->data, sizeof secret->data);
    secret->len = 0;
}
