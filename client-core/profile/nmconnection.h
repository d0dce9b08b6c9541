/* What the parts of the NetworkManager importer share. */
#ifndef HF_PROFILE_NMCONNECTION_H
#define HF_PROFILE_NMCONNECTION_H

#include "profile/attachment.h"

/* Keys whose meaning hangs together, gathered by the walk and settled after it. Texts borrow from
 * the file's tree. */
struct hf_nm {
    bool is_l2tp;
    hf_bytes method, user_auth; /* strongswan; l2tp: "password", "tls" */
    hf_bytes certificate, key, user_certificate,
        user_key; /* paths; the first two are the machine's */
    hf_bytes password, key_password, user_key_password;
    uint32_t refused; /* l2tp: methods that may not be used, a bit set by the rows of nm_l2tp.c */
    bool ike_named, proposal_off;
    hf_bytes ike, esp;
};

extern const struct hf_walk_table hf_nm_strongswan_table, hf_nm_l2tp_table;
/* After the walk. */
hf_status hf_nm_strongswan_finish(struct hf_walk *w) HF_MUST_USE;
hf_status hf_nm_l2tp_finish(struct hf_walk *w) HF_MUST_USE;

/* Rows: keeps the text in the member of struct hf_nm at the row's offset. */
hf_walk_apply hf_nm_keep;
#define HF_NM_KEEP(key_name, member)                                                               \
    {                                                                                              \
        .key = key_name, .apply = hf_nm_keep, .severity = HF_NOTICE_UNSUPPORTED, .text = "a text", \
        .offset = offsetof(struct hf_nm, member)                                                   \
    }
/* Rows: a certificate file, into the profile's trust; a host; a number, into the uint16_t of the
 * profile at the row's offset. */
hf_walk_apply hf_nm_trust, hf_nm_gateway, hf_nm_number;

#endif
