/* Lookups in the status table: see status.def. */
#include "base/status.h"

static const struct row {
    const char *code;
    int exit;
} rows[] = {
#define HF_STATUS(name, code, exit) { code, exit },
#include "base/status.def"
#undef HF_STATUS
};

const char *hf_status_code(hf_status status)
{
    HF_ASSERT((size_t)status < HF_ARRAY_LEN(rows));
    return rows[status].code;
}

int hf_status_exit(hf_status status)
{
    HF_ASSERT((size_t)status < HF_ARRAY_LEN(rows));
    return rows[status].exit;
}

hf_status hf_status_of_code(hf_bytes code)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++) {
        if (hf_bytes_equal(code, hf_bytes_of_string(rows[i].code)))
            return (hf_status)i;
    }
    return HF_ERR_INTERNAL;
}
