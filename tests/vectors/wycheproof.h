/* Runs a file of Project Wycheproof (below HOLDFAST_VECTORS/wycheproof): every test is answered,
 * and what is not ours is counted as such. */
#ifndef HF_TESTS_VECTORS_WYCHEPROOF_H
#define HF_TESTS_VECTORS_WYCHEPROOF_H

#include "base/bytes.h"

#include <jansson.h>

enum answer { ANSWER_RIGHT, ANSWER_WRONG, ANSWER_NOT_OURS };

/* Exit status: 0, 1 when an answer was wrong or nothing was ours, 77 (skipped) without the
 * collection. Prints one line, and one for each wrong answer. */
int wycheproof_run(const char *file, enum answer (*check)(const json_t *group, const json_t *test));
/* The first of these that is not 0, a failure before a skip. */
int wycheproof_join(int a, int b);

/* Members that must be there. */
hf_bytes wycheproof_bytes(const json_t *object, const char *name);
const char *wycheproof_text(const json_t *object, const char *name);
long long wycheproof_number(const json_t *object, const char *name);
bool wycheproof_has_flag(const json_t *test, const char *flag);
/* The result is "valid"; "acceptable" is for the caller to decide. */
bool wycheproof_is(const json_t *test, const char *result);

#endif
