/* CryptographySuite of a ProfileXML: EncryptionMethod, IntegrityCheckMethod and DHGroup are IKE's,
 * the transform constants and PfsGroup are ESP's. With AES-GCM the integrity value is the PRF. */
#include "profile/windows.h"

#include "profile/proposal.h"

#include <string.h>

#define NOT_A_NAME "not a name that we know; the default suites are used"

struct choice {
    const char *windows;
    const char *ours; /* of the registry or proposal.def; NULL: nothing to offer */
};

static const struct choice ciphers[] = {
    {"DES",          "des"        },
    { "DES3",        "3des"       },
    { "3DES",        "3des"       },
    { "AES128",      "aes128"     },
    { "AES192",      "aes192"     },
    { "AES256",      "aes256"     },
    { "AES_GCM_128", "aes128gcm16"},
    { "AES_GCM_192", "aes192gcm16"},
    { "AES_GCM_256", "aes256gcm16"},
    { "GCMAES128",   "aes128gcm16"},
    { "GCMAES192",   "aes192gcm16"},
    { "GCMAES256",   "aes256gcm16"},
    { "None",        "null"       },
};
static const struct choice hashes[] = {
    {"MD5",        "md5"   },
    { "MD596",     "md5"   },
    { "SHA1",      "sha1"  },
    { "SHA196",    "sha1"  },
    { "SHA256",    "sha256"},
    { "SHA256128", "sha256"},
    { "SHA384",    "sha384"},
    { "SHA512",    "sha512"},
    { "GCMAES128", NULL    },
    { "GCMAES192", NULL    },
    { "GCMAES256", NULL    },
    { "None",      NULL    },
};
static const struct choice groups[] = {
    {"Group1",   "modp768"     },
    { "Group2",  "modp1024"    },
    { "Group5",  "modp1536"    },
    { "Group14", "modp2048"    },
    { "Group15", "modp3072"    },
    { "Group16", "modp4096"    },
    { "Group24", "modp2048s256"},
    { "ECP256",  "ecp256"      },
    { "ECP384",  "ecp384"      },
    { "Group19", "ecp256"      },
    { "Group20", "ecp384"      },
    { "Group21", "ecp521"      },
    { "PFS1",    "modp768"     },
    { "PFS2",    "modp1024"    },
    { "PFS2048", "modp2048"    },
    { "PFS24",   "modp2048s256"},
};

static const struct choice *find(const struct choice *choices, size_t count,
                                 const struct hf_node *value)
{
    for (size_t i = 0; i < count; i++) {
        if (hf_node_is_text(value, choices[i].windows))
            return &choices[i];
    }
    return NULL;
}

static hf_status add(struct hf_walk *w, struct hf_profile_algorithms *list,
                     enum hf_transform_type type, const struct choice *choice)
{
    if (choice == NULL)
        return HF_ERR_PROFILE_UNSUPPORTED;
    if (choice->ours == NULL)
        return HF_OK;
    return hf_proposal_add(w->out, hf_bytes_of_string(w->path), list, type,
                           hf_bytes_of_string(choice->ours), NULL);
}

static struct hf_profile_algorithms *list_of(struct hf_walk *w, const struct hf_walk_row *row)
{
    return (struct hf_profile_algorithms *)(void *)((uint8_t *)&w->out->profile + row->offset);
}

static hf_status apply_cipher(struct hf_walk *w, const struct hf_walk_row *row,
                              const struct hf_node *value)
{
    return add(w, list_of(w, row), HF_TRANSFORM_ENCR, find(ciphers, HF_ARRAY_LEN(ciphers), value));
}

static hf_status apply_integrity(struct hf_walk *w, const struct hf_walk_row *row,
                                 const struct hf_node *value)
{
    return add(w, list_of(w, row), HF_TRANSFORM_INTEG, find(hashes, HF_ARRAY_LEN(hashes), value));
}

static hf_status apply_group(struct hf_walk *w, const struct hf_walk_row *row,
                             const struct hf_node *value)
{
    struct hf_windows *windows = w->state;

    if (hf_node_is_text(value, "PFSMM")) {
        windows->pfs_of_ike = true;
        return HF_OK;
    }
    if (hf_node_is_text(value, "None") && row->size != 0) {
        w->out->profile.allow_child_without_pfs = true;
        return hf_walk_note(w, HF_NOTICE_UNSAFE, "rekeys without forward secrecy are allowed");
    }
    return add(w, list_of(w, row), HF_TRANSFORM_KE, find(groups, HF_ARRAY_LEN(groups), value));
}

#define LIST(list) .offset = offsetof(struct hf_profile, list)
static const struct hf_walk_row suite_rows[] = {
    HF_WALK_APPLY("EncryptionMethod", apply_cipher, UNSUPPORTED, NOT_A_NAME, LIST(ike_encryption)),
    HF_WALK_APPLY("IntegrityCheckMethod", apply_integrity, UNSUPPORTED, NOT_A_NAME,
                  LIST(ike_integrity)),
    HF_WALK_APPLY("DHGroup", apply_group, UNSUPPORTED, NOT_A_NAME, LIST(ike_groups)),
    HF_WALK_APPLY("CipherTransformConstants", apply_cipher, UNSUPPORTED, NOT_A_NAME,
                  LIST(esp_encryption)),
    HF_WALK_APPLY("AuthenticationTransformConstants", apply_integrity, UNSUPPORTED, NOT_A_NAME,
                  LIST(esp_integrity)),
    HF_WALK_APPLY("PfsGroup", apply_group, UNSUPPORTED, NOT_A_NAME, LIST(esp_groups), .size = 1),
};
#undef LIST
const struct hf_walk_table hf_windows_suite = HF_WALK_TABLE(suite_rows);

hf_status hf_windows_suite_finish(struct hf_walk *w)
{
    struct hf_profile *profile = &w->out->profile;
    struct hf_windows *windows = w->state;
    hf_bytes path = hf_bytes_of_string("NativeProfile.CryptographySuite.IntegrityCheckMethod");
    hf_status status = HF_OK;

    for (size_t i = 0; status == HF_OK && i < profile->ike_integrity.count; i++) {
        char name[sizeof profile->ike_prf.names[0]] = "prf";

        hf_copy(name + 3, profile->ike_integrity.names[i], sizeof name - 4);
        status = hf_proposal_add(w->out, path, &profile->ike_prf, HF_TRANSFORM_PRF,
                                 hf_bytes_of_string(name), NULL);
    }
    if (windows->pfs_of_ike)
        profile->esp_groups = profile->ike_groups;
    hf_proposal_finish(profile);
    return status;
}
