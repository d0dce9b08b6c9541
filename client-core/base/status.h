/* The outcome of everything that can fail, from one table (status.def) that also yields the codes
 * of JSON, D-Bus and the logs and the exit statuses of the command line. */
#ifndef HF_BASE_STATUS_H
#define HF_BASE_STATUS_H

#include "base/bytes.h"

typedef enum hf_status {
#define HF_STATUS(name, code, exit) HF_##name,
#include "base/status.def"
#undef HF_STATUS
    HF_STATUS_COUNT
} hf_status;

/* "no-common-proposal": stable, for machines. */
const char *hf_status_code(hf_status status);
/* Exit status of the command line for this outcome. */
int hf_status_exit(hf_status status);
/* The status with this code; HF_ERR_INTERNAL for a code that is not in the table. */
hf_status hf_status_of_code(hf_bytes code);

#endif
