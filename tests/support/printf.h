/* The attribute of functions that take a format. On Windows gcc means Microsoft's old printf() by
 * "printf", which knows no %zu; <stdio.h> says which one is linked. */
#ifndef HF_TESTS_SUPPORT_PRINTF_H
#define HF_TESTS_SUPPORT_PRINTF_H

#include <stdio.h>

#ifdef __MINGW_PRINTF_FORMAT
#define TEST_PRINTF(format_, first) __attribute__((format(__MINGW_PRINTF_FORMAT, format_, first)))
#else
#define TEST_PRINTF(format_, first) __attribute__((format(printf, format_, first)))
#endif

#endif
