/* Importing: see import.h. */
#include "engine/import.h"

#include "engine/report.h"
#include "ipc/import_request.h"

#include <time.h>
#include <unistd.h>

#define PASSPHRASE_MAX 4096
#define SECRETS_MAX    ((size_t)HF_SECRET_NAME_COUNT * 256 * 1024 + 64)
#define REPORT_MAX     ((size_t)1024 * 1024)
/* A daemon that starts us has a file for us. */
#define PATIENCE_MS    30000

enum part { PROFILE, SECRETS, REPORT, PART_COUNT };

/* The parts of an import, as what is passed on. */
struct parts {
    hf_buf encoded[PART_COUNT];
    int fds[PART_COUNT];
};

static struct parts no_parts(void)
{
    return (struct parts){
        .encoded = {hf_buf_with_max(HF_PROFILE_FILE_MAX), hf_buf_with_max(SECRETS_MAX),
                    hf_buf_with_max(REPORT_MAX)                                           },
        .fds = { -1,                                  -1,                           -1}
    };
}

static void clear_parts(struct parts *parts)
{
    for (size_t i = 0; i < PART_COUNT; i++) {
        hf_buf_free(&parts->encoded[i]);
        if (parts->fds[i] >= 0)
            close(parts->fds[i]);
    }
}

static hf_status seal(struct parts *parts)
{
    static const char *const names[] = { "profile", "secrets", "report" };

    for (size_t i = 0; i < PART_COUNT; i++) {
        parts->fds[i] = hf_ipc_sealed_memfd(names[i], hf_buf_bytes(&parts->encoded[i]));
        if (parts->fds[i] < 0)
            return HF_ERR_LOCAL_SETUP;
    }
    return HF_OK;
}

static hf_status encode(const struct hf_import *import, struct parts *parts)
{
    hf_status status = hf_profile_encode(&import->profile, &parts->encoded[PROFILE]);

    if (status == HF_OK)
        status = hf_secrets_encode(&import->secrets, &parts->encoded[SECRETS]);
    if (status == HF_OK)
        status = hf_import_report(import, &parts->encoded[REPORT]);
    return status == HF_OK ? seal(parts) : status;
}

/* What was handed over, in memory. */
struct input {
    struct hf_import_request request;
    hf_buf file, passphrase, attachments[HF_IMPORT_ATTACHMENTS];
};

static void clear_input(struct input *input)
{
    hf_buf_free(&input->file);
    hf_buf_free(&input->passphrase);
    for (size_t i = 0; i < HF_IMPORT_ATTACHMENTS; i++)
        hf_buf_free(&input->attachments[i]);
}

static hf_status read_input(const struct hf_ipc_message *message, struct input *input)
{
    const int *fd = message->fds;
    hf_status status;

    input->file = hf_buf_with_max(HF_PROFILE_FILE_MAX);
    input->passphrase = hf_buf_with_max(PASSPHRASE_MAX);
    for (size_t i = 0; i < HF_IMPORT_ATTACHMENTS; i++)
        input->attachments[i] = hf_buf_with_max(HF_PROFILE_FILE_MAX);
    status = hf_ipc_read_fd(*fd++, HF_PROFILE_FILE_MAX, &input->file);
    if (status == HF_OK && input->request.has_passphrase)
        status = hf_ipc_read_fd(*fd++, PASSPHRASE_MAX, &input->passphrase);
    for (size_t i = 0; i < input->request.attachment_count && status == HF_OK; i++)
        status = hf_ipc_read_fd(*fd++, HF_PROFILE_FILE_MAX, &input->attachments[i]);
    return status;
}

static hf_status import_profile(const struct input *input, struct parts *parts,
                                struct hf_fault *out_fault)
{
    struct hf_import_attachment attachments[HF_IMPORT_ATTACHMENTS] = { 0 };
    struct hf_import_options options = { .now = (hf_wall_clock)time(NULL),
                                         .passphrase = hf_buf_bytes(&input->passphrase),
                                         .pick = hf_bytes_of_string(input->request.pick),
                                         .attachments = attachments,
                                         .attachment_count = input->request.attachment_count };
    struct hf_import import;
    hf_status status;

    for (size_t i = 0; i < input->request.attachment_count; i++) {
        hf_copy(attachments[i].name, input->request.names[i], sizeof attachments[i].name);
        attachments[i].file = hf_buf_bytes(&input->attachments[i]);
    }
    status = hf_import_decode(hf_buf_bytes(&input->file), &options, &import, out_fault);
    if (status == HF_OK) {
        status = encode(&import, parts);
        *out_fault = hf_fault_make(status, HF_STAGE_PROFILE);
        hf_import_clear(&import);
    }
    return status;
}

static hf_status import_credential(const struct input *input, struct parts *parts,
                                   struct hf_fault *out_fault)
{
    const hf_bytes nothing = hf_bytes_of_string("{}");
    struct hf_secrets secrets;
    hf_status status;

    hf_secrets_init(&secrets);
    status = hf_credential_file_decode(hf_buf_bytes(&input->file), hf_buf_bytes(&input->passphrase),
                                       &secrets, out_fault);
    if (status != HF_OK)
        return status;
    status = hf_secrets_encode(&secrets, &parts->encoded[SECRETS]);
    if (status == HF_OK && (!hf_buf_append(&parts->encoded[PROFILE], nothing) ||
                            !hf_buf_append(&parts->encoded[REPORT], nothing)))
        status = HF_ERR_NO_MEMORY;
    if (status == HF_OK)
        status = seal(parts);
    *out_fault = hf_fault_make(status, HF_STAGE_PROFILE);
    hf_secrets_clear(&secrets);
    return status;
}

static hf_status import_file(const struct hf_ipc_message *message,
                             const struct hf_import_request *request, struct parts *parts,
                             struct hf_fault *out_fault)
{
    struct input input = { .request = *request };
    hf_status status = read_input(message, &input);

    *out_fault = hf_fault_make(status, HF_STAGE_PROFILE);
    if (status == HF_OK)
        status = request->is_credential ? import_credential(&input, parts, out_fault)
                                        : import_profile(&input, parts, out_fault);
    clear_input(&input);
    return status;
}

static hf_status answer(int daemon, const struct hf_ipc_message *message)
{
    hf_reader r = hf_reader_of(message->body);
    struct parts parts = no_parts();
    struct hf_import_request request;
    struct hf_fault fault;
    hf_status status;

    if (message->type != HF_ENGINE_IMPORT_FILE || hf_import_request_decode(&r, &request) != HF_OK ||
        message->fd_count != hf_import_request_fds(&request))
        return HF_ERR_MALFORMED;
    status = import_file(message, &request, &parts, &fault);
    if (status != HF_OK && fault.status == HF_OK)
        fault.status = status;
    status = hf_report_imported(daemon, &fault, parts.fds, status == HF_OK ? PART_COUNT : 0);
    clear_parts(&parts);
    return status;
}

hf_status hf_engine_import(int daemon)
{
    static uint8_t buffer[HF_IPC_BODY_MAX + 16];
    struct hf_ipc_message message;
    hf_status status = hf_report_ready(daemon);

    if (status == HF_OK)
        status = hf_ipc_wait(daemon, PATIENCE_MS);
    if (status == HF_OK)
        status = hf_ipc_receive(daemon, buffer, sizeof buffer, &message);
    if (status != HF_OK)
        return status;
    status = answer(daemon, &message);
    hf_ipc_close_fds(&message);
    return status;
}
