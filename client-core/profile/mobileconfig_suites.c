/* Security association parameters of a .mobileconfig: Apple's names to the algorithm registry's.
 * What is too weak is marked and the default suites are kept. */
#include "profile/mobileconfig.h"
#include "profile/proposal.h"

#include <string.h>

struct choice {
    const char *apple;
    const char *ours; /* name in the algorithm registry */
};

static const struct choice ciphers[] = {
    {"AES-128",           "aes128"          },
    { "AES-256",          "aes256"          },
    { "AES-128-GCM",      "aes128gcm16"     },
    { "AES-256-GCM",      "aes256gcm16"     },
    { "ChaCha20Poly1305", "chacha20poly1305"},
    { "3DES",             "3des"            },
};
static const struct choice hashes[] = {
    {"SHA2-256",  "sha256"},
    { "SHA2-384", "sha384"},
    { "SHA2-512", "sha512"},
    { "SHA1-96",  "sha1"  },
    { "SHA1-160", "sha1"  },
};
static const struct choice prfs[] = {
    {"SHA2-256",  "prfsha256"},
    { "SHA2-384", "prfsha384"},
    { "SHA2-512", "prfsha512"},
    { "SHA1-96",  "prfsha1"  },
    { "SHA1-160", "prfsha1"  },
};
static const struct choice groups[] = {
    {"14",  "modp2048"},
    { "15", "modp3072"},
    { "16", "modp4096"},
    { "19", "ecp256"  },
    { "20", "ecp384"  },
    { "21", "ecp521"  },
    { "31", "x25519"  },
    { "2",  "modp1024"},
};

/* Numbers are compared as numbers: real files write 14, 14.0 and "14". */
static bool is_choice(const struct hf_plist *value, const char *apple)
{
    uint32_t number, wanted = 0;

    if (hf_plist_is_text(value, apple))
        return true;
    for (size_t i = 0; apple[i] >= '0' && apple[i] <= '9'; i++)
        wanted = wanted * 10 + (uint32_t)(apple[i] - '0');
    return value->kind != HF_PLIST_STRING && value->kind != HF_PLIST_BOOL && wanted != 0 &&
           hf_plist_number(value, &number) && number == wanted;
}

static hf_status choose(struct hf_mobileconfig *m, const struct choice *choices, size_t count,
                        const struct hf_plist *value, struct hf_profile_algorithms *out)
{
    for (size_t i = 0; i < count; i++) {
        if (is_choice(value, choices[i].apple)) {
            hf_copy(out->names[0], choices[i].ours, strlen(choices[i].ours) + 1);
            out->count = 1;
            return hf_proposal_is_weak(choices[i].ours)
                       ? hf_mobileconfig_say(m, HF_NOTICE_UNSAFE,
                                             "weak: it is kept, and offered at level legacy alone; "
                                             "whoever runs the gateway should allow better")
                       : HF_OK;
        }
    }
    return HF_ERR_PROFILE_UNSUPPORTED;
}

static hf_status apply_ike_cipher(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return choose(m, ciphers, HF_ARRAY_LEN(ciphers), value, &m->out->profile.ike_encryption);
}

/* Real files name a hash beside an AEAD: for IKE it is the PRF. */
static hf_status apply_ike_hash(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    hf_status status = choose(m, prfs, HF_ARRAY_LEN(prfs), value, &m->out->profile.ike_prf);

    if (status != HF_OK)
        return status;
    return choose(m, hashes, HF_ARRAY_LEN(hashes), value, &m->out->profile.ike_integrity);
}

static hf_status apply_ike_group(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return choose(m, groups, HF_ARRAY_LEN(groups), value, &m->out->profile.ike_groups);
}

static hf_status apply_lifetime(const struct hf_plist *value, hf_duration *out)
{
    uint32_t minutes;

    if (!hf_plist_number(value, &minutes) || minutes < 10 || minutes > 1440)
        return HF_ERR_PROFILE_UNSUPPORTED;
    *out = HF_MINUTES(minutes);
    return HF_OK;
}

static hf_status apply_ike_lifetime(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return apply_lifetime(value, &m->out->profile.ike_lifetime);
}

static hf_status apply_esp_cipher(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return choose(m, ciphers, HF_ARRAY_LEN(ciphers), value, &m->out->profile.esp_encryption);
}

static hf_status apply_esp_hash(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return choose(m, hashes, HF_ARRAY_LEN(hashes), value, &m->out->profile.esp_integrity);
}

static hf_status apply_esp_lifetime(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    return apply_lifetime(value, &m->out->profile.child_lifetime);
}

#define WEAK "not offered: too weak or unknown; the default suites are used"

static const struct hf_mobileconfig_key ike_keys[] = {
    {"EncryptionAlgorithm", HF_PLIST_STRING,  apply_ike_cipher,   HF_NOTICE_UNSAFE,      WEAK},
    { "IntegrityAlgorithm", HF_PLIST_STRING,  apply_ike_hash,     HF_NOTICE_UNSAFE,      WEAK},
    { "DiffieHellmanGroup", HF_PLIST_INTEGER, apply_ike_group,    HF_NOTICE_UNSAFE,      WEAK},
    { "LifeTimeInMinutes",  HF_PLIST_INTEGER, apply_ike_lifetime, HF_NOTICE_UNSUPPORTED,
     "10 to 1440"                                                                            },
};
const struct hf_mobileconfig_table hf_mobileconfig_ike_suite =
    HF_MOBILECONFIG_TABLE("IKEv2.IKESecurityAssociationParameters", ike_keys, NULL);

static const struct hf_mobileconfig_key esp_keys[] = {
    {"EncryptionAlgorithm", HF_PLIST_STRING,  apply_esp_cipher,   HF_NOTICE_UNSAFE,      WEAK},
    { "IntegrityAlgorithm", HF_PLIST_STRING,  apply_esp_hash,     HF_NOTICE_UNSAFE,      WEAK},
    { "DiffieHellmanGroup", HF_PLIST_INTEGER, NULL,               HF_NOTICE_HARMLESS,
     "rekeys use the group of the IKE SA first"                                              },
    { "LifeTimeInMinutes",  HF_PLIST_INTEGER, apply_esp_lifetime, HF_NOTICE_UNSUPPORTED,
     "10 to 1440"                                                                            },
};
const struct hf_mobileconfig_table hf_mobileconfig_esp_suite =
    HF_MOBILECONFIG_TABLE("IKEv2.ChildSecurityAssociationParameters", esp_keys, NULL);

hf_status hf_mobileconfig_ike_parameters(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    hf_status status = hf_mobileconfig_walk(m, value, "IKESecurityAssociationParameters",
                                            &hf_mobileconfig_ike_suite);

    hf_proposal_finish(&m->out->profile);
    return status;
}

hf_status hf_mobileconfig_child_parameters(struct hf_mobileconfig *m, const struct hf_plist *value)
{
    hf_status status = hf_mobileconfig_walk(m, value, "ChildSecurityAssociationParameters",
                                            &hf_mobileconfig_esp_suite);

    hf_proposal_finish(&m->out->profile);
    return status;
}

hf_status hf_mobileconfig_inherit(struct hf_mobileconfig *m, const struct hf_plist *dict)
{
    struct hf_profile *profile = &m->out->profile;

    if (hf_plist_get(dict, "ChildSecurityAssociationParameters") != NULL ||
        profile->ike_encryption.count == 0)
        return HF_OK;
    profile->esp_encryption = profile->ike_encryption;
    profile->esp_integrity = profile->ike_integrity;
    return hf_mobileconfig_note(m, HF_NOTICE_APPLIED, "ChildSecurityAssociationParameters",
                                "not in the file: the algorithms of IKE");
}
