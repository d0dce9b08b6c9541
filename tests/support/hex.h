/* Bytes from hexadecimal text, for tests. */
#ifndef HF_TESTS_SUPPORT_HEX_H
#define HF_TESTS_SUPPORT_HEX_H

#include "base/bytes.h"
#include "support/printf.h"

/* hex("00 01:0203"): blanks and colons are skipped, anything else ends the program. The bytes have
 * an allocation of exactly their length, so that a sanitizer sees a read past them; they live until
 * the process ends. */
hf_bytes hex(const char *text);
/* The same with `len` of the characters. */
hf_bytes hex_of(const char *text, size_t len);
/* Writable memory of exactly `len` zero bytes that lives as long. */
uint8_t *test_memory(size_t len);
/* A copy of `bytes`, likewise: to be changed, or to find reads past the end. */
uint8_t *test_copy(hf_bytes bytes);
/* Ends the program with a message on stderr: a broken test, not a failed one. */
_Noreturn void test_die(const char *format, ...) TEST_PRINTF(1, 2);

#endif
