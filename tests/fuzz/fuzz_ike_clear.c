/* Fuzz target: an unprotected IKE datagram, as anybody may send it. */
#include "fuzz.h"
#include "fuzz_ike_bodies.h"

#include <string.h>

static void try_datagram(hf_bytes datagram)
{
    uint8_t head[HF_IKE_HEADER_LEN];
    hf_writer w = hf_writer_of(head, sizeof head);
    hf_reader r = hf_reader_of(datagram);
    struct hf_ike_header header;

    if (hf_ike_header_decode(datagram, &header) != HF_OK)
        return;
    hf_ike_header_encode(&w, &header);
    FUZZ_EXPECT(memcmp(head, datagram.data, sizeof head) == 0);
    FUZZ_EXPECT(hf_read_skip(&r, HF_IKE_HEADER_LEN));
    fuzz_ike_chain(header.next_payload, hf_read_rest(&r));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint8_t fitted[HF_IKE_MESSAGE_MAX];
    hf_writer length = hf_writer_of(fitted + 24, 4);

    try_datagram((hf_bytes){ data, len });
    if (len < HF_IKE_HEADER_LEN || len > sizeof fitted)
        return 0;
    /* Once more with a length that is true, so that changes of size reach the payloads. */
    hf_copy(fitted, data, len);
    hf_write_u32(&length, (uint32_t)len);
    try_datagram((hf_bytes){ fitted, len });
    return 0;
}
