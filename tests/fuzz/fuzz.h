/* What fuzz targets share. A target is one file that defines LLVMFuzzerTestOneInput: libFuzzer
 * feeds it (-Dfuzz=enabled, clang), and driver.c runs it over the files of its corpus as a test. */
#ifndef HF_TESTS_FUZZ_FUZZ_H
#define HF_TESTS_FUZZ_FUZZ_H

#include "base/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A finding: ends the program, so that libFuzzer keeps the input. */
#define FUZZ_EXPECT(condition) HF_ASSERT(condition)

#endif
