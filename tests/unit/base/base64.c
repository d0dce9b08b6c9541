/* Tests of base64 (base/base64.h); vectors of RFC 4648, section 10. */
#include "base/base64.h"
#include "support/test.h"

#include <string.h>

static void expect(const char *text, const char *wanted)
{
    hf_buf out = hf_buf_with_max(100);

    cr_expect(hf_base64_decode(hf_bytes_of_string(text), &out), "%s", text);
    cr_expect(hf_bytes_equal(hf_buf_bytes(&out), hf_bytes_of_string(wanted)), "%s", text);
    hf_buf_free(&out);
}

Test(base64, vectors_of_the_rfc)
{
    expect("", "");
    expect("Zg==", "f");
    expect("Zm8=", "fo");
    expect("Zm9v", "foo");
    expect("Zm9vYg==", "foob");
    expect("Zm9vYmE=", "fooba");
    expect("Zm9vYmFy", "foobar");
}

Test(base64, what_people_write)
{
    expect(" Zm9v\r\n\tYmFy ", "foobar");
    expect("Zm9vYg", "foob");
    expect("Pz8_", "???");
    expect("Pz8/", "???");
    expect("fn5-", "~~~");
}

Test(base64, what_is_none_leaves_the_buffer_alone)
{
    static const char *const bad[] = { "Z", "Zm9vY", "Zm9v!", "Zm\x80v" };
    hf_buf out = hf_buf_with_max(5);

    cr_assert(hf_buf_append(&out, hf_bytes_of_string("ab")));
    for (size_t i = 0; i < HF_ARRAY_LEN(bad); i++)
        cr_expect(!hf_base64_decode(hf_bytes_of_string(bad[i]), &out), "%s", bad[i]);
    cr_expect(!hf_base64_decode(hf_bytes_of_string("Zm9vYmFy"), &out)); /* does not fit */
    cr_expect(hf_bytes_equal(hf_buf_bytes(&out), hf_bytes_of_string("ab")));
    hf_buf_free(&out);
}
