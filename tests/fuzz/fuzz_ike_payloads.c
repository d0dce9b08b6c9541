/* Fuzz target: what comes out of an SK payload. The first octet is the type of the first payload,
 * the rest the chain; the rest is also tried as one body of every type. */
#include "fuzz.h"
#include "fuzz_ike_bodies.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    hf_reader r = hf_reader_of((hf_bytes){ data, len });
    uint8_t first;

    if (!hf_read_u8(&r, &first))
        return 0;
    fuzz_ike_chain(first, (hf_bytes){ r.at, r.left });
    fuzz_ike_body_as_all((hf_bytes){ r.at, r.left });
    return 0;
}
