/* Fuzz target: a file that somebody wants imported, of any format, and the same file as a key with
 * its certificates. What is accepted is sound: it says what it holds, and can be stored and read
 * again. */
#include "fuzz.h"

#include <holdfast/profile.h>
#include <string.h>

#define ENCODED_MAX (8 << 20)

static bool is_printable(const char *text)
{
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
    }
    return true;
}

static void check_notices(const struct hf_import *in)
{
    FUZZ_EXPECT(in->notice_count <= HF_NOTICES_MAX && in->other_count <= HF_IMPORT_OTHERS);
    for (size_t i = 0; i < in->notice_count; i++)
        FUZZ_EXPECT(is_printable(in->notices[i].path) && is_printable(in->notices[i].text));
    FUZZ_EXPECT(is_printable(in->signer) && is_printable(in->signer_trust));
}

/* What is stored is read again as the same. */
static void check_profile(const struct hf_profile *profile)
{
    hf_buf once = hf_buf_with_max(ENCODED_MAX), again = hf_buf_with_max(ENCODED_MAX);
    struct hf_profile decoded;
    struct hf_fault fault;

    hf_profile_init(&decoded);
    FUZZ_EXPECT(hf_profile_check(profile, &fault) == HF_OK);
    FUZZ_EXPECT(hf_profile_encode(profile, &once) == HF_OK);
    FUZZ_EXPECT(hf_profile_decode(hf_buf_bytes(&once), &decoded, &fault) == HF_OK);
    FUZZ_EXPECT(hf_profile_encode(&decoded, &again) == HF_OK);
    FUZZ_EXPECT(hf_bytes_equal(hf_buf_bytes(&once), hf_buf_bytes(&again)));
    (void)hf_profile_required_secrets(profile);
    hf_profile_clear(&decoded);
    hf_buf_free(&once);
    hf_buf_free(&again);
}

static void check_secrets(const struct hf_secrets *secrets)
{
    hf_buf encoded = hf_buf_with_max(ENCODED_MAX);
    struct hf_secrets decoded;

    hf_secrets_init(&decoded);
    FUZZ_EXPECT(hf_secrets_encode(secrets, &encoded) == HF_OK);
    FUZZ_EXPECT(hf_secrets_decode(hf_buf_bytes(&encoded), &decoded) == HF_OK);
    hf_secrets_clear(&decoded);
    hf_buf_free(&encoded);
}

static void try_import(hf_bytes file)
{
    const struct hf_import_options options = { .passphrase = hf_bytes_of_string("secret"),
                                               .now = 1767225600 };
    hf_buf report = hf_buf_with_max(ENCODED_MAX);
    struct hf_import in;
    struct hf_fault fault;
    hf_status status = hf_import_decode(file, &options, &in, &fault);

    FUZZ_EXPECT(fault.status == status);
    FUZZ_EXPECT(is_printable(fault.received) && is_printable(fault.offered));
    if (status == HF_OK) {
        check_notices(&in);
        check_profile(&in.profile);
        check_secrets(&in.secrets);
        FUZZ_EXPECT(hf_import_report(&in, &report) == HF_OK);
    } else {
        FUZZ_EXPECT(in.notices == NULL && in.profile.gateway_count == 0);
    }
    hf_buf_free(&report);
    hf_import_clear(&in);
}

static void try_credential(hf_bytes file)
{
    struct hf_secrets secrets;
    struct hf_fault fault;

    hf_secrets_init(&secrets);
    if (hf_credential_file_decode(file, hf_bytes_of_string("secret"), &secrets, &fault) == HF_OK)
        check_secrets(&secrets);
    hf_secrets_clear(&secrets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    try_import((hf_bytes){ data, len });
    try_credential((hf_bytes){ data, len });
    return 0;
}
