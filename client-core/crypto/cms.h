/* Signed files (CMS, RFC 5652, content inside or beside): whether the signature fits, and whether
 * we trust who made it, are two answers. */
#ifndef HF_CRYPTO_CMS_H
#define HF_CRYPTO_CMS_H

#include "crypto/certificate.h"

struct hf_cms_signer {
    char subject[HF_FAULT_TEXT_MAX]; /* printable */
    hf_status trust;                 /* HF_OK: an anchor vouches, at the given time */
    char reason[HF_FAULT_TEXT_MAX];  /* why it is not trusted; printable; "": trusted */
};

/* DER, BER or PEM that claims to be CMS of any kind. */
bool hf_cms_is(hf_bytes file);
/* Verifies every signature with the certificates in the file and yields the content. What the
 * signer's certificate is for does not count: profiles are signed with what their authors have.
 * `now` 0: the library reads the clock. Of several signers the first that is trusted is named, else
 * the first. HF_ERR_INTEGRITY: a signature does not fit. HF_ERR_PROFILE_UNSUPPORTED: CMS of another
 * kind, or the content is elsewhere. HF_ERR_MALFORMED, HF_ERR_TOO_LARGE, HF_ERR_NO_MEMORY. On
 * failure the outputs are untouched. */
hf_status hf_cms_open(hf_bytes file, const struct hf_trust *anchors, hf_wall_clock now,
                      hf_buf *out_content, struct hf_cms_signer *out_signer) HF_MUST_USE;

/* The same of a signature that stands beside what it signs. HF_ERR_PROFILE_UNSUPPORTED: it has
 * content of its own. */
hf_status hf_cms_verify_detached(hf_bytes signature, hf_bytes content,
                                 const struct hf_trust *anchors, hf_wall_clock now,
                                 struct hf_cms_signer *out_signer) HF_MUST_USE;

#endif
