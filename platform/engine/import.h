/* The mode `import`: one file of a foreign format in, a profile with its secrets out. */
#ifndef HF_ENGINE_IMPORT_H
#define HF_ENGINE_IMPORT_H

#include "base/status.h"

/* Serves one HF_ENGINE_IMPORT_FILE of `daemon`. HF_OK: answered, whatever the answer. */
hf_status hf_engine_import(int daemon) HF_MUST_USE;

#endif
