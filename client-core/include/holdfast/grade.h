/* How good a connection is, and why it is not better: for status, compliance and every interface,
 * from one table (policy/grade.def). */
#ifndef HOLDFAST_GRADE_H
#define HOLDFAST_GRADE_H

#include <holdfast/profile.h>

enum hf_grade { HF_GRADE_STRONG, HF_GRADE_ACCEPTABLE, HF_GRADE_WEAK, HF_GRADE_BROKEN };

enum hf_grade_reason {
#define HF_GRADE(name, code, grade, text) HF_GRADE_REASON_##name,
#include "policy/grade.def"
#undef HF_GRADE
    HF_GRADE_REASON_COUNT,
};

/* The suites as the summary of an attempt names them ("aes256gcm16-prfsha512-x25519"); "" before
 * they are agreed. */
struct hf_grade_facts {
    const struct hf_profile *profile;
    const char *ike_suite, *esp_suite;
};

/* The grade; `out_reasons`, a bit set of 1u << enum hf_grade_reason, says what for. */
enum hf_grade hf_grade_of(const struct hf_grade_facts *facts, uint32_t *out_reasons);

const char *hf_grade_name(enum hf_grade grade); /* "strong", "acceptable", "weak", "broken" */
const char *hf_grade_reason_code(enum hf_grade_reason reason);
const char *hf_grade_reason_text(enum hf_grade_reason reason);
enum hf_grade hf_grade_reason_grade(enum hf_grade_reason reason);

#endif
