/* The native format as an import: JSON that names a version. */
#include "profile/import.h"

bool hf_native_sniff(hf_bytes file)
{
    return hf_import_first_octet(file) == '{';
}

hf_status hf_native_import(hf_bytes file, const struct hf_import_options *options,
                           struct hf_import *out, struct hf_fault *out_fault)
{
    (void)options;
    return hf_profile_decode(file, &out->profile, out_fault);
}
