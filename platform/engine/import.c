/* Importing: see import.h. */
#include "engine/import.h"

#include "engine/report.h"

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

static hf_status encode(const struct hf_import *import, struct parts *parts)
{
    static const char *const names[] = { "profile", "secrets", "report" };
    hf_status status = hf_profile_encode(&import->profile, &parts->encoded[PROFILE]);

    if (status == HF_OK)
        status = hf_secrets_encode(&import->secrets, &parts->encoded[SECRETS]);
    if (status == HF_OK)
        status = hf_import_report(import, &parts->encoded[REPORT]);
    for (size_t i = 0; i < PART_COUNT && status == HF_OK; i++) {
        parts->fds[i] = hf_ipc_sealed_memfd(names[i], hf_buf_bytes(&parts->encoded[i]));
        if (parts->fds[i] < 0)
            status = HF_ERR_LOCAL_SETUP;
    }
    return status;
}

/* The file, and the passphrase where the user gave one. */
static hf_status read_input(const struct hf_ipc_message *message, hf_buf *file, hf_buf *passphrase)
{
    hf_status status = hf_ipc_read_fd(message->fds[0], HF_PROFILE_FILE_MAX, file);

    if (status == HF_OK && message->fd_count == 2)
        status = hf_ipc_read_fd(message->fds[1], PASSPHRASE_MAX, passphrase);
    return status;
}

static hf_status import_file(const struct hf_ipc_message *message, struct parts *parts,
                             struct hf_fault *out_fault)
{
    hf_buf file = hf_buf_with_max(HF_PROFILE_FILE_MAX);
    hf_buf passphrase = hf_buf_with_max(PASSPHRASE_MAX);
    struct hf_import_options options = { .now = (hf_wall_clock)time(NULL) };
    struct hf_import import;
    hf_status status = read_input(message, &file, &passphrase);

    *out_fault = hf_fault_make(status, HF_STAGE_PROFILE);
    options.passphrase = hf_buf_bytes(&passphrase);
    if (status == HF_OK)
        status = hf_import_decode(hf_buf_bytes(&file), &options, &import, out_fault);
    if (status == HF_OK) {
        status = encode(&import, parts);
        *out_fault = hf_fault_make(status, HF_STAGE_PROFILE);
        hf_import_clear(&import);
    }
    hf_buf_free(&file);
    hf_buf_free(&passphrase);
    return status;
}

static hf_status answer(int daemon, const struct hf_ipc_message *message)
{
    struct parts parts = no_parts();
    struct hf_fault fault;
    hf_status status;

    if (message->type != HF_ENGINE_IMPORT_FILE || message->fd_count < 1 || message->fd_count > 2 ||
        message->body.len != 0)
        return HF_ERR_MALFORMED;
    status = import_file(message, &parts, &fault);
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
