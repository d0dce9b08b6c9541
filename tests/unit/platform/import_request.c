/* Tests of what an importing engine is asked (ipc/import_request.h). */
#include "ipc/import_request.h"
#include "support/test.h"

#include <string.h>

static struct hf_import_request full(void)
{
    return (struct hf_import_request){
        .has_passphrase = true,
        .pick = "B\xc3\xbcro",
        .names = {"ca.pem", "ipsec.secrets"},
        .attachment_count = 2,
    };
}

static hf_bytes encode(const struct hf_import_request *request, uint8_t *storage, size_t size)
{
    hf_writer w = hf_writer_of(storage, size);
    hf_bytes written;

    hf_import_request_encode(&w, request);
    cr_assert(hf_writer_finish(&w, &written));
    return written;
}

Test(import_request, is_read_as_written)
{
    struct hf_import_request request = full(), read;
    uint8_t storage[1024];
    hf_reader r = hf_reader_of(encode(&request, storage, sizeof storage));

    cr_assert_eq(hf_import_request_decode(&r, &read), HF_OK);
    cr_expect_str_eq(read.pick, request.pick);
    cr_expect(read.has_passphrase && !read.is_credential);
    cr_expect_eq(read.attachment_count, 2);
    cr_expect_str_eq(read.names[1], "ipsec.secrets");
    cr_expect_eq(hf_import_request_fds(&read), 4);
}

Test(import_request, is_refused_when_cut_or_longer)
{
    struct hf_import_request request = full(), read = { .pick = "kept" };
    uint8_t storage[1024];
    hf_bytes whole = encode(&request, storage, sizeof storage);
    hf_reader longer;

    for (size_t n = 0; n < whole.len; n++) {
        hf_reader r = hf_reader_of((hf_bytes){ whole.data, n });

        cr_expect_eq(hf_import_request_decode(&r, &read), HF_ERR_MALFORMED);
    }
    storage[whole.len] = 0;
    longer = hf_reader_of((hf_bytes){ storage, whole.len + 1 });
    cr_expect_eq(hf_import_request_decode(&longer, &read), HF_ERR_MALFORMED);
    cr_expect_str_eq(read.pick, "kept", "failure leaves out alone");
}

Test(import_request, holds_no_more_than_there_is_room_for)
{
    struct hf_import_request request = full(), read;
    uint8_t storage[1024];
    hf_bytes whole;
    hf_reader r;

    whole = encode(&request, storage, sizeof storage);
    storage[2] = 1; /* the length of `pick`: 256 and more */
    r = hf_reader_of(whole);
    cr_expect_eq(hf_import_request_decode(&r, &read), HF_ERR_MALFORMED);
}
