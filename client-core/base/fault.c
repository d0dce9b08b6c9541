/* Faults: see fault.h. */
#include "base/fault.h"

#include <string.h>

const char *hf_stage_name(enum hf_stage stage)
{
    static const char *const names[] = {
        [HF_STAGE_NONE] = "none",
        [HF_STAGE_PROFILE] = "profile",
        [HF_STAGE_RESOLVE] = "resolve",
        [HF_STAGE_HANDSHAKE] = "handshake",
        [HF_STAGE_AUTHENTICATION] = "authentication",
        [HF_STAGE_INSTALL] = "install",
        [HF_STAGE_TUNNEL] = "tunnel",
    };

    HF_ASSERT((size_t)stage < HF_ARRAY_LEN(names));
    return names[stage];
}

struct hf_fault hf_fault_make(hf_status status, enum hf_stage stage)
{
    return (struct hf_fault){ .status = status, .stage = stage };
}

static void append(char text[HF_FAULT_TEXT_MAX], size_t at, hf_bytes bytes)
{
    for (size_t i = 0; i < bytes.len && at + 1 < HF_FAULT_TEXT_MAX; i++) {
        uint8_t c = bytes.data[i];

        text[at++] = c >= 0x20 && c < 0x7f ? (char)c : '?';
    }
    text[at] = '\0';
}

void hf_fault_set_text(char text[HF_FAULT_TEXT_MAX], hf_bytes bytes)
{
    append(text, 0, bytes);
}

void hf_fault_add_text(char text[HF_FAULT_TEXT_MAX], hf_bytes bytes)
{
    if (text[0] != '\0')
        append(text, strlen(text), hf_bytes_of_string(", "));
    append(text, strlen(text), bytes);
}
