/* Short texts for people, put together without printf: cut where too long, printable ASCII only. */
#ifndef HF_CRYPTO_TEXT_H
#define HF_CRYPTO_TEXT_H

#include "base/writer.h"

#include <openssl/asn1.h>

/* A writer on `size` octets of text, of which the last is kept for the NUL. */
hf_writer hf_text_of(char *text, size_t size);
void hf_text_add(hf_writer *text, const char *string);
/* Bytes of any origin: what is not printable becomes '?'. */
void hf_text_add_bytes(hf_writer *text, hf_bytes bytes);
/* Decimal, with zeros in front up to `digits`. */
void hf_text_add_number(hf_writer *text, uint64_t number, size_t digits);
/* "2026-11-20 16:00:00 UTC" */
void hf_text_add_time(hf_writer *text, const ASN1_TIME *time);
/* Puts the NUL. */
void hf_text_finish(hf_writer *text);

#endif
