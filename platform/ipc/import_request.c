/* The body of HF_ENGINE_IMPORT_FILE: see import_request.h. */
#include "ipc/import_request.h"

#include "ipc/values.h"

#include <string.h>

size_t hf_import_request_fds(const struct hf_import_request *request)
{
    return 1 + (size_t)request->has_passphrase + request->attachment_count;
}

static void write_string(hf_writer *w, const char *text)
{
    hf_write_u16(w, (uint16_t)strlen(text));
    hf_write_bytes(w, hf_bytes_of_string(text));
}

/* Any octets but NUL: names are in whatever encoding the user's are. */
static bool read_string(hf_reader *r, char *out, size_t capacity)
{
    uint16_t length;
    hf_bytes text;

    if (!hf_read_u16(r, &length) || length >= capacity || !hf_read_bytes(r, length, &text) ||
        (text.len > 0 && memchr(text.data, '\0', text.len) != NULL))
        return false;
    hf_copy(out, text.data, text.len);
    out[text.len] = '\0';
    return true;
}

void hf_import_request_encode(hf_writer *w, const struct hf_import_request *request)
{
    HF_ASSERT(request->attachment_count <= HF_IMPORT_ATTACHMENTS);
    hf_ipc_write_bool(w, request->is_credential);
    hf_ipc_write_bool(w, request->has_passphrase);
    write_string(w, request->pick);
    hf_ipc_write_below(w, request->attachment_count, HF_IMPORT_ATTACHMENTS + 1);
    for (size_t i = 0; i < request->attachment_count; i++)
        write_string(w, request->names[i]);
}

hf_status hf_import_request_decode(hf_reader *r, struct hf_import_request *out)
{
    struct hf_import_request request = { .attachment_count = 0 };

    if (!hf_ipc_read_bool(r, &request.is_credential) ||
        !hf_ipc_read_bool(r, &request.has_passphrase) ||
        !read_string(r, request.pick, sizeof request.pick) ||
        !hf_ipc_read_below(r, HF_IMPORT_ATTACHMENTS + 1, &request.attachment_count))
        return HF_ERR_MALFORMED;
    for (size_t i = 0; i < request.attachment_count; i++) {
        if (!read_string(r, request.names[i], sizeof request.names[i]) ||
            request.names[i][0] == '\0')
            return HF_ERR_MALFORMED;
    }
    if (r->left != 0)
        return HF_ERR_MALFORMED;
    *out = request;
    return HF_OK;
}
