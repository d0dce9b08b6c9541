/* Fuzz target: a chain of certificates as a gateway sends it, each with two octets of length in
 * front. None of them has a signature that our anchor made, so none may ever be verified by it. */
#include "fuzz.h"

#include "base/reader.h"
#include "crypto/credential.h"
#include "support/pki.h"

static struct {
    struct hf_trust *trust;
    struct hf_certificate_policy policy;
    hf_identity identities[4];
} made;

static void make(void)
{
    static const struct {
        enum hf_identity_type type;
        const char *value;
    } rows[] = {
        {HF_ID_FQDN,         "gw.example.com"                   },
        { HF_ID_RFC822_ADDR, "vpn@example.com"                  },
        { HF_ID_IPV4_ADDR,   "\300\0\2\1"                       },
        { HF_ID_IPV6_ADDR,   " \1\r\270\0\0\0\0\0\0\0\0\0\0\0\7"}
    };
    static const size_t lengths[] = { 14, 15, 4, 16 };

    if (made.trust != NULL)
        return;
    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++)
        FUZZ_EXPECT(hf_identity_make(rows[i].type,
                                     (hf_bytes){ (const uint8_t *)rows[i].value, lengths[i] },
                                     &made.identities[i]));
    made.policy.now = PKI_NOW;
    made.policy.identity = made.identities[0];
    made.policy.allow_common_name = true;
    FUZZ_EXPECT(hf_trust_new(&made.trust) == HF_OK);
    FUZZ_EXPECT(hf_trust_add(made.trust, pki_der(pki_root("CN=Root")), NULL) == HF_OK);
}

static bool is_text(const char text[HF_FAULT_TEXT_MAX])
{
    for (size_t i = 0; i < HF_FAULT_TEXT_MAX; i++) {
        if (text[i] == '\0')
            return true;
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
    }
    return false;
}

static void describe(hf_bytes certificate)
{
    struct hf_certificate_info info;
    char text[HF_FAULT_TEXT_MAX];
    hf_identity identity;

    if (hf_certificate_describe(certificate, &info) == HF_OK)
        FUZZ_EXPECT(is_text(info.subject) && is_text(info.issuer) && is_text(info.names));
    for (size_t i = 0; i < HF_ARRAY_LEN(made.identities); i++)
        (void)hf_certificate_has_identity(certificate, &made.identities[i], true);
    if (hf_certificate_default_identity(certificate, &identity) == HF_OK) {
        /* What is offered as our identity is in the certificate by our own reading. */
        FUZZ_EXPECT(hf_certificate_has_identity(certificate, &identity, false));
        hf_identity_format(&identity, text);
        FUZZ_EXPECT(is_text(text));
    }
}

static hf_status verify(const struct hf_trust *trust, const hf_bytes *chain, size_t count)
{
    struct hf_public_key *key = NULL;
    struct hf_fault fault = { .status = HF_OK };
    hf_status status = hf_certificate_verify(trust, chain, count, &made.policy, &key, &fault);

    FUZZ_EXPECT((status == HF_OK) == (key != NULL) && fault.status == status);
    FUZZ_EXPECT(is_text(fault.offered) && is_text(fault.received));
    hf_public_key_free(key);
    return status;
}

/* Trusting what came, so that purpose and identity are reached. What is verified then has the name
 * that was asked for. */
static void verify_among_themselves(const hf_bytes *chain, size_t count)
{
    struct hf_trust *trust;

    FUZZ_EXPECT(hf_trust_new(&trust) == HF_OK);
    for (size_t i = 0; i < count; i++)
        (void)!hf_trust_add(trust, chain[i], NULL);
    if (verify(trust, chain, count) == HF_OK)
        FUZZ_EXPECT(hf_certificate_has_identity(chain[0], &made.policy.identity, true));
    hf_trust_free(trust);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    hf_reader r = hf_reader_of((hf_bytes){ data, len });
    hf_bytes chain[HF_CHAIN_MAX + 1];
    size_t count = 0;
    uint16_t each;

    make();
    while (count < HF_ARRAY_LEN(chain) && hf_read_u16(&r, &each)) {
        if (!hf_read_bytes(&r, each, &chain[count]))
            chain[count] = hf_read_rest(&r);
        describe(chain[count++]);
    }
    FUZZ_EXPECT(verify(made.trust, chain, count) != HF_OK);
    verify_among_themselves(chain, count);
    return 0;
}
