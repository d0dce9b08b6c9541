/* The methods, ours from methods.def and others by name. See method.h. */
#include "eap/method.h"

static const struct hf_eap_method *const methods[] = {
#define HF_EAP_METHOD(name) &hf_eap_method_##name,
#include "eap/methods.def"
#undef HF_EAP_METHOD
};

const struct hf_eap_method *hf_eap_method_find(uint8_t type)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(methods); i++) {
        if (methods[i]->type == type)
            return methods[i];
    }
    return NULL;
}

const char *hf_eap_method_name(uint8_t type)
{
    /* From the registry "EAP Method Types": those that gateways ask for. */
    static const struct {
        uint8_t type;
        const char *name;
    } names[] = {
        {4,   "eap-md5"     },
        { 5,  "eap-otp"     },
        { 6,  "eap-gtc"     },
        { 13, "eap-tls"     },
        { 17, "leap"        },
        { 18, "eap-sim"     },
        { 21, "eap-ttls"    },
        { 23, "eap-aka"     },
        { 25, "peap"        },
        { 26, "eap-mschapv2"},
        { 43, "eap-fast"    },
        { 47, "eap-psk"     },
        { 50, "eap-aka'"    },
        { 52, "eap-pwd"     },
        { 55, "teap"        },
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(names); i++) {
        if (names[i].type == type)
            return names[i].name;
    }
    return NULL;
}
