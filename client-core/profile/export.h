/* What the exporters share: the text that grows, and notices for what a format cannot say. */
#ifndef HF_PROFILE_EXPORT_H
#define HF_PROFILE_EXPORT_H

#include "profile/import.h"

#define HF_UUID_TEXT_MAX sizeof "01234567-89ab-cdef-0123-456789abcdef"

struct hf_export {
    const struct hf_profile *profile;
    const struct hf_secrets *secrets; /* NULL: none are asked for */
    hf_buf *out;
    struct hf_import *notices;
    struct hf_fault *fault;
    hf_status status; /* the first failure: what follows it does nothing */
};

typedef void hf_export_encode(struct hf_export *e);
/* Every row of exporters.def. */
hf_export_encode hf_export_native, hf_export_mobileconfig, hf_export_sswan, hf_export_nmconnection;
extern const char *const hf_export_mobileconfig_said[], *const hf_export_sswan_said[],
                                                            *const hf_export_nmconnection_said[];

/* Appends to the file. */
void hf_export_add(struct hf_export *e, const char *text);
void hf_export_add_bytes(struct hf_export *e, hf_bytes bytes);
/* What is lost, or what to know, at a native key. */
void hf_export_note(struct hf_export *e, enum hf_notice_severity severity, const char *key,
                    const char *text);
/* Ends the export: `why` is what the format could say. */
void hf_export_refuse(struct hf_export *e, hf_status status, const char *key, const char *why);
/* The secret, when it is asked for and there; else empty. */
hf_bytes hf_export_secret(const struct hf_export *e, enum hf_secret_name name);
/* The key by which formats know a profile: its source key where that is a UUID, else one made of
 * its id and `part`, always the same. */
void hf_export_uuid(struct hf_export *e, const char *part, char out[HF_UUID_TEXT_MAX]);
/* Proposals as strongSwan writes them ("aes256gcm16-prfsha384-ecp384,aes256-sha256-ecp384"), with
 * `separator` between them; empty when the profile names no cipher. */
void hf_export_proposals(struct hf_export *e, bool is_esp, const char *separator, hf_buf *out);
/* The base64 between the marks of the next PEM block of `*rest`, without line ends, appended to
 * `out`; false when there is none. */
bool hf_export_next_pem(hf_bytes *rest, hf_buf *out);

#endif
