/* Names of IKEv2's numbers, for traces and faults: see numbers.h. */
#include "ikev2/numbers.h"

#include "base/bytes.h"

struct name {
    unsigned number;
    const char *text;
};

#define NOTIFY(name)                                                                               \
    {                                                                                              \
        HF_NOTIFY_##name, #name                                                                    \
    }
#define EXCHANGE(name)                                                                             \
    {                                                                                              \
        HF_##name, #name                                                                           \
    }

static const struct name notifies[] = {
    NOTIFY(UNSUPPORTED_CRITICAL_PAYLOAD),
    NOTIFY(INVALID_IKE_SPI),
    NOTIFY(INVALID_MAJOR_VERSION),
    NOTIFY(INVALID_SYNTAX),
    NOTIFY(INVALID_MESSAGE_ID),
    NOTIFY(INVALID_SPI),
    NOTIFY(NO_PROPOSAL_CHOSEN),
    NOTIFY(INVALID_KE_PAYLOAD),
    NOTIFY(AUTHENTICATION_FAILED),
    NOTIFY(SINGLE_PAIR_REQUIRED),
    NOTIFY(NO_ADDITIONAL_SAS),
    NOTIFY(INTERNAL_ADDRESS_FAILURE),
    NOTIFY(FAILED_CP_REQUIRED),
    NOTIFY(TS_UNACCEPTABLE),
    NOTIFY(INVALID_SELECTORS),
    NOTIFY(TEMPORARY_FAILURE),
    NOTIFY(CHILD_SA_NOT_FOUND),
    NOTIFY(INITIAL_CONTACT),
    NOTIFY(SET_WINDOW_SIZE),
    NOTIFY(ADDITIONAL_TS_POSSIBLE),
    NOTIFY(IPCOMP_SUPPORTED),
    NOTIFY(NAT_DETECTION_SOURCE_IP),
    NOTIFY(NAT_DETECTION_DESTINATION_IP),
    NOTIFY(COOKIE),
    NOTIFY(USE_TRANSPORT_MODE),
    NOTIFY(HTTP_CERT_LOOKUP_SUPPORTED),
    NOTIFY(REKEY_SA),
    NOTIFY(ESP_TFC_PADDING_NOT_SUPPORTED),
    NOTIFY(NON_FIRST_FRAGMENTS_ALSO),
    NOTIFY(MOBIKE_SUPPORTED),
    NOTIFY(EAP_ONLY_AUTHENTICATION),
    NOTIFY(IKEV2_FRAGMENTATION_SUPPORTED),
    NOTIFY(SIGNATURE_HASH_ALGORITHMS),
};

static const struct name exchanges[] = {
    EXCHANGE(IKE_SA_INIT),
    EXCHANGE(IKE_AUTH),
    EXCHANGE(CREATE_CHILD_SA),
    EXCHANGE(INFORMATIONAL),
};

static const char *find(const struct name *names, size_t count, unsigned number)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i].number == number)
            return names[i].text;
    }
    return NULL;
}

const char *hf_ikev2_notify_name(unsigned type)
{
    return find(notifies, HF_ARRAY_LEN(notifies), type);
}

const char *hf_ikev2_exchange_name(unsigned exchange)
{
    return find(exchanges, HF_ARRAY_LEN(exchanges), exchange);
}
