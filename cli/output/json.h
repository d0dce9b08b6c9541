/* What programs read: one object on stdout. */
#ifndef HF_CLI_OUTPUT_JSON_H
#define HF_CLI_OUTPUT_JSON_H

#include <holdfast/status.h>

#include <jansson.h>

/* Prints the object and releases it. */
void hf_json_print(json_t *object);
/* {"v":1,"ok":false,"code":…,"exit":…,"message":…,"hint":…,"detail":{…}} */
void hf_json_print_fault(const struct hf_fault *fault);

#endif
