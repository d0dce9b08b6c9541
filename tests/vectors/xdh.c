/* Wycheproof's X25519. All that is "acceptable" we accept (values on the twist, not reduced: RFC
 * 7748, section 5), but for secrets of zeros: those we refuse (section 6.1). */
#include "crypto/algorithms.h"
#include "support/ke_key.h"
#include "vectors/wycheproof.h"

static enum answer check(const json_t *group, const json_t *test)
{
    struct hf_ke *ke = test_ke_of_private(HF_KE_X25519, wycheproof_bytes(test, "private"));
    hf_bytes shared = wycheproof_bytes(test, "shared");
    bool right = false;
    hf_status status;
    hf_secret out;

    (void)group;
    if (ke == NULL)
        return ANSWER_WRONG;
    status = hf_ke_derive(ke, wycheproof_bytes(test, "public"), &out);
    if (wycheproof_has_flag(test, "ZeroSharedSecret"))
        right = status == HF_ERR_MALFORMED;
    else if (!wycheproof_is(test, "invalid"))
        right = status == HF_OK && hf_bytes_equal(hf_secret_bytes(&out), shared);
    hf_ke_free(ke);
    return right ? ANSWER_RIGHT : ANSWER_WRONG;
}

int main(void)
{
    return wycheproof_run("x25519_test.json", check);
}
