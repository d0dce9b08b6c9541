/* Base64 (RFC 4648, sections 4 and 5), as files of people write it. */
#ifndef HF_BASE_BASE64_H
#define HF_BASE_BASE64_H

#include "base/bytes.h"

/* Appends what `text` stands for; both alphabets are taken, white space is skipped, '=' ends the
 * data and may be missing. False, with `out` as it was, for another octet, a lone digit at the end
 * or what does not fit. */
bool hf_base64_decode(hf_bytes text, hf_buf *out) HF_MUST_USE;

#endif
