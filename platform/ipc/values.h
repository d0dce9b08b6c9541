/* The base values of message bodies: addresses, texts, flags and enumerations as octets. Whoever
 * reads them does not trust the writer: every enumerator, length and character is checked. */
#ifndef HF_IPC_VALUES_H
#define HF_IPC_VALUES_H

#include "base/address.h"
#include "base/reader.h"
#include "base/status.h"
#include "base/writer.h"

/* Family, then the address's octets (none for HF_FAMILY_NONE). */
void hf_ipc_write_address(hf_writer *w, const hf_address *address);
bool hf_ipc_read_address(hf_reader *r, hf_address *out) HF_MUST_USE;
/* Address, then bits: no more of them than the family has. */
void hf_ipc_write_prefix(hf_writer *w, const hf_prefix *prefix);
bool hf_ipc_read_prefix(hf_reader *r, hf_prefix *out) HF_MUST_USE;
void hf_ipc_write_endpoint(hf_writer *w, const hf_endpoint *endpoint);
bool hf_ipc_read_endpoint(hf_reader *r, hf_endpoint *out) HF_MUST_USE;
/* One octet, 0 or 1. */
void hf_ipc_write_bool(hf_writer *w, bool value);
bool hf_ipc_read_bool(hf_reader *r, bool *out) HF_MUST_USE;
/* A 16-bit number below `bound`: a count, or an enumerator of an enum that starts at 0. */
void hf_ipc_write_below(hf_writer *w, size_t value, size_t bound);
bool hf_ipc_read_below(hf_reader *r, size_t bound, size_t *out) HF_MUST_USE;
void hf_ipc_write_status(hf_writer *w, hf_status status);
bool hf_ipc_read_status(hf_reader *r, hf_status *out) HF_MUST_USE;
/* 16-bit length and printable ASCII. Reading refuses what does not fit `capacity` with its NUL, and
 * any other character. */
void hf_ipc_write_text(hf_writer *w, const char *text);
bool hf_ipc_read_text(hf_reader *r, char *out, size_t capacity) HF_MUST_USE;

#endif
