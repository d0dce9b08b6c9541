/* The table of advice.def. */
#include "ipc/advice.h"

#define N_(text) text /* marks a literal for translation */

const struct hf_advice *hf_advice_of(hf_status status)
{
    static const struct hf_advice rows[HF_STATUS_COUNT] = {
#define HF_ADVICE(name, fixer, title, sentence, step)                                              \
    [HF_##name] = { HF_FIXER_##fixer, title, sentence, step },
#include "ipc/advice.def"
#undef HF_ADVICE
    };

    HF_ASSERT((size_t)status < HF_ARRAY_LEN(rows));
    return &rows[status];
}
