/* Wycheproof's ECDH on P-256. IKE has no compressed points (RFC 5903, section 7), so the one that
 * is "acceptable" is refused. */
#include "crypto/algorithms.h"
#include "support/ke_key.h"
#include "vectors/wycheproof.h"

/* As IKE would send it: without the octet that says "uncompressed". */
static hf_bytes without_prefix(hf_bytes point)
{
    if (point.len == 65 && point.data[0] == 0x04)
        return hf_bytes_slice(point, 1, 64);
    return point;
}

static enum answer check(const json_t *group, const json_t *test)
{
    struct hf_ke *ke = test_ke_of_private(HF_KE_ECP_256, wycheproof_bytes(test, "private"));
    hf_bytes shared = wycheproof_bytes(test, "shared");
    bool right = false;
    hf_status status;
    hf_secret out;

    (void)group;
    if (ke == NULL)
        return ANSWER_WRONG;
    status = hf_ke_derive(ke, without_prefix(wycheproof_bytes(test, "public")), &out);
    if (wycheproof_is(test, "valid"))
        right = status == HF_OK && hf_bytes_equal(hf_secret_bytes(&out), shared);
    else
        right = status == HF_ERR_MALFORMED;
    hf_ke_free(ke);
    return right ? ANSWER_RIGHT : ANSWER_WRONG;
}

int main(void)
{
    return wycheproof_run("ecdh_secp256r1_ecpoint_test.json", check);
}
