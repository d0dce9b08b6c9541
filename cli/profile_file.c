/* A profile in a file: see profile_file.h. */
#include "profile_file.h"

#include "ipc/channel.h"
#include "secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_OCTETS_MAX (8 * 1024 * 1024)

/* --- the descriptor --------------------------------------------------------------------------- */
static hf_status read_stream(int fd, hf_buf *out)
{
    uint8_t chunk[16384];

    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return HF_ERR_NOT_FOUND;
        if (got == 0)
            return HF_OK;
        if (!hf_buf_append(out, (hf_bytes){ chunk, (size_t)got }))
            return HF_ERR_PROFILE_INVALID;
    }
}

/* What cannot be read twice (a pipe, a terminal) is put into a sealed piece of memory. */
static hf_status copy_stream(int fd, int *out_fd)
{
    hf_buf content = hf_buf_with_max(FILE_OCTETS_MAX);
    hf_status status = read_stream(fd, &content);
    int copy = status == HF_OK ? hf_ipc_sealed_memfd("profile", hf_buf_bytes(&content)) : -1;

    hf_buf_free(&content);
    if (status != HF_OK)
        return status;
    if (copy < 0)
        return HF_ERR_LOCAL_SETUP;
    *out_fd = copy;
    return HF_OK;
}

hf_status hf_profile_file_open(const char *path, int *out_fd)
{
    int fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                    : open(path, O_RDONLY | O_CLOEXEC);
    struct stat file;
    hf_status status;

    if (fd < 0 || fstat(fd, &file) != 0 || S_ISDIR(file.st_mode)) {
        if (fd >= 0)
            close(fd);
        return HF_ERR_NOT_FOUND;
    }
    status = copy_stream(fd, out_fd);
    close(fd);
    return status;
}

/* --- the call --------------------------------------------------------------------------------- */
/* Moves a descriptor into the list; -1 where that fails. */
static gint append(GUnixFDList *fds, int fd)
{
    gint handle = g_unix_fd_list_append(fds, fd, NULL);

    close(fd);
    return handle;
}

static hf_status attach(const char *path, GUnixFDList *fds, GVariantBuilder *attachments)
{
    char *name = g_path_get_basename(path);
    int fd;
    gint handle;
    hf_status status = hf_profile_file_open(path, &fd);

    if (status == HF_OK) {
        handle = append(fds, fd);
        status = handle < 0 ? HF_ERR_LOCAL_SETUP : HF_OK;
        g_variant_builder_add(attachments, "{sh}", name, handle);
    }
    g_free(name);
    return status;
}

/* Every --with FILE, by its base name: profiles refer to their files so. */
static hf_status attach_all(const struct hf_cli *cli, GUnixFDList *fds, GVariant **out,
                            const char **out_wrong)
{
    GVariantBuilder attachments;
    hf_status status = HF_OK;
    size_t count = 0;

    g_variant_builder_init(&attachments, G_VARIANT_TYPE("a{sh}"));
    for (size_t i = 0; i < cli->option_count && status == HF_OK; i++) {
        if (strcmp(cli->options[i].name, "--with") != 0)
            continue;
        *out_wrong = cli->options[i].value;
        status = count++ == HF_PROFILE_FILE_ATTACHMENTS
                     ? HF_ERR_USAGE
                     : attach(cli->options[i].value, fds, &attachments);
    }
    *out = g_variant_ref_sink(g_variant_builder_end(&attachments));
    return status;
}

static void add_text(GVariantBuilder *options, const char *key, const char *text)
{
    if (text != NULL)
        g_variant_builder_add(options, "{sv}", key, g_variant_new_string(text));
}

static GVariant *options_of(const struct hf_profile_file *file, GVariant *attachments,
                            gint passphrase)
{
    GVariantBuilder options;

    g_variant_builder_init(&options, G_VARIANT_TYPE("a{sv}"));
    add_text(&options, "name", file->name);
    add_text(&options, "pick", file->pick);
    g_variant_builder_add(&options, "{sv}", "dry-run", g_variant_new_boolean(file->dry_run));
    if (file->system)
        g_variant_builder_add(&options, "{sv}", "system", g_variant_new_boolean(TRUE));
    if (g_variant_n_children(attachments) > 0)
        g_variant_builder_add(&options, "{sv}", "attachments", attachments);
    if (passphrase >= 0)
        g_variant_builder_add(&options, "{sv}", "key-passphrase", g_variant_new_handle(passphrase));
    return g_variant_builder_end(&options);
}

static hf_status call_import(struct hf_cli *cli, struct hf_session *session,
                             const struct hf_profile_file *file, int fd, int passphrase,
                             GVariant **out_reply, struct hf_fault *out_fault)
{
    GUnixFDList *fds = g_unix_fd_list_new();
    gint handle = g_unix_fd_list_append(fds, fd, NULL);
    gint passphrase_handle = passphrase < 0 ? -1 : g_unix_fd_list_append(fds, passphrase, NULL);
    GVariant *attachments;
    const char *wrong = "";
    hf_status status = attach_all(cli, fds, &attachments, &wrong);

    *out_fault = hf_fault_make(status, HF_STAGE_PROFILE);
    hf_fault_set_text(out_fault->received, hf_bytes_of_string(wrong));
    if (status == HF_OK)
        status = hf_client_call(
            hf_session_client(session), "Import",
            g_variant_new("(h@a{sv})", handle, options_of(file, attachments, passphrase_handle)),
            fds, out_reply, out_fault);
    g_variant_unref(attachments);
    g_object_unref(fds);
    return status;
}

static hf_status import_with(struct hf_cli *cli, struct hf_session *session,
                             const struct hf_profile_file *file, int fd, GVariant **out_reply,
                             struct hf_fault *out_fault)
{
    const char *wrong = "";
    int passphrase = -1;
    hf_status status = hf_cli_secrets_read_one(cli, "key-passphrase", &passphrase, &wrong);

    *out_fault = hf_fault_make(status, HF_STAGE_PROFILE);
    hf_fault_set_text(out_fault->received, hf_bytes_of_string(wrong));
    if (status != HF_OK)
        return status;
    status = call_import(cli, session, file, fd, passphrase, out_reply, out_fault);
    if (status == HF_ERR_CREDENTIAL_PASSPHRASE && passphrase < 0 &&
        hf_cli_secrets_prompt(cli, "key-passphrase", &passphrase) == HF_OK)
        status = call_import(cli, session, file, fd, passphrase, out_reply, out_fault);
    if (passphrase >= 0)
        close(passphrase);
    return status;
}

int hf_profile_file_import(struct hf_cli *cli, struct hf_session *session,
                           const struct hf_profile_file *file, char **out_id, json_t **out_report)
{
    GVariant *reply;
    struct hf_fault fault;
    const char *id, *report;
    int fd;
    hf_status status = hf_profile_file_open(file->path, &fd);

    *out_id = NULL;
    *out_report = NULL;
    if (status != HF_OK)
        return hf_cli_report_status(cli, status, file->path);
    status = import_with(cli, session, file, fd, &reply, &fault);
    close(fd);
    if (status != HF_OK)
        return hf_cli_report(cli, &fault);
    g_variant_get(reply, "(&s&s)", &id, &report);
    *out_id = g_strdup(id);
    *out_report = json_loads(report, 0, NULL);
    g_variant_unref(reply);
    return 0;
}
