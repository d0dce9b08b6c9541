/* Files that an organisation signs, with the signature in a file of its own beside them. */
#ifndef HOLDFAST_SIGNED_FILE_H
#define HOLDFAST_SIGNED_FILE_H

#include "base/fault.h"
#include "base/time.h"

#define HF_SIGNATURE_FILE_MAX (64 * 1024)

/* Is `signature` (CMS, detached; DER, BER or PEM) one over `content`, by a certificate for whom
 * one of `anchors` (certificates in PEM, or one in DER) vouches at `now`? What the certificate is
 * for does not count; MD5 and SHA-1 are refused. `now` 0: the library reads the clock. HF_OK; else
 * HF_ERR_INTEGRITY: it does not fit; HF_ERR_CERT_*: nobody vouches; HF_ERR_CREDENTIAL_INVALID: the
 * anchors cannot be read; HF_ERR_MALFORMED, HF_ERR_TOO_LARGE, HF_ERR_PROFILE_UNSUPPORTED: no such
 * signature; HF_ERR_NO_MEMORY. `why` says it in a few printable words; "" with HF_OK. */
hf_status hf_signed_file_check(hf_bytes content, hf_bytes signature, hf_bytes anchors,
                               hf_wall_clock now, char why[HF_FAULT_TEXT_MAX]) HF_MUST_USE;

#endif
