/* Imports: see importer.h. */
#include "daemon/importer.h"

#include "daemon/engine_link.h"

#include <fcntl.h>
#include <glib.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IMPORTS_MAX    4
#define IMPORTS_OF_ONE 2
#define LIMIT_SECONDS  15
#define REPORT_MAX     (1024 * 1024)
#define SECRETS_MAX    (2 * 1024 * 1024)
#define REQUEST_MAX    4096

struct import {
    struct hf_importer *importer; /* NULL: free */
    struct hf_engine_link *link;
    guint timer;
    uint32_t generation;
    struct hf_import_request asked;
    struct hf_profile_ref credential; /* with asked.is_credential */
    int fds[HF_IPC_FDS_MAX];          /* as hf_import_request_fds says; -1 past them */
    char name[HF_PROFILE_TEXT_MAX];
    bool dry_run;
    hf_owner owner;
    hf_importer_done_fn *done;
    void *context;
};

struct hf_importer {
    struct hf_netd_link *netd;
    struct hf_store *store;
    const struct hf_policy_files *policy;
    struct import imports[IMPORTS_MAX];
};

struct errand {
    struct hf_importer *importer;
    struct import *import;
    uint32_t generation;
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void ignore_reply(void *context, hf_status status, hf_reader *reader, int fd)
{
    (void)context;
    (void)status;
    (void)reader;
    close_fd(&fd);
}

static void kill_process(struct hf_importer *importer, uint32_t pid)
{
    uint8_t body[4];
    hf_writer w = hf_writer_of(body, sizeof body);

    hf_write_u32(&w, pid);
    if (hf_netd_link_request(importer->netd, HF_NETD_KILL_ENGINE, HF_BYTES_OF(body), ignore_reply,
                             NULL) != HF_OK)
        return; /* its socket closes, which ends it as well */
}

static void no_files(struct import *import)
{
    for (size_t i = 0; i < HF_IPC_FDS_MAX; i++)
        import->fds[i] = -1;
}

static void close_files(struct import *import)
{
    for (size_t i = 0; i < HF_IPC_FDS_MAX; i++)
        close_fd(&import->fds[i]);
}

/* Frees the slot. */
static void drop(struct import *import)
{
    if (import->timer != 0)
        g_source_remove(import->timer);
    if (import->link != NULL) {
        kill_process(import->importer, hf_engine_link_pid(import->link));
        hf_engine_link_free(import->link);
    }
    close_files(import);
    *import = (struct import){ .generation = import->generation + 1 };
    no_files(import);
}

static void finish(struct import *import, const struct hf_fault *fault, const char *id,
                   const char *report)
{
    struct import was = *import;

    drop(import);
    was.done(was.context, fault, id, report);
}

static void fail(struct import *import, hf_status status)
{
    struct hf_fault fault = hf_fault_make(status, HF_STAGE_PROFILE);

    finish(import, &fault, NULL, NULL);
}

/* --- what came back --------------------------------------------------------------------------- */
/* Lower-case letters, digits, '.', '_' and '-'; anything else becomes one '-'. */
static void id_of_name(const char *name, char out[HF_PROFILE_TEXT_MAX])
{
    size_t len = 0;

    for (; *name != '\0' && len < 64; name++) {
        char c = (char)g_ascii_tolower(*name);
        bool good = g_ascii_isalnum(c) || ((c == '.' || c == '_') && len > 0);

        if (good)
            out[len++] = c;
        else if (len > 0 && out[len - 1] != '-')
            out[len++] = '-';
    }
    while (len > 0 && out[len - 1] == '-')
        len--;
    out[len] = '\0';
}

static void rename_profile(struct hf_profile *profile, const char *name)
{
    char id[HF_PROFILE_TEXT_MAX];

    if (name[0] == '\0')
        return;
    id_of_name(name, id);
    hf_copy(profile->name, name, strlen(name) + 1);
    if (id[0] != '\0')
        hf_copy(profile->id, id, strlen(id) + 1);
}

static hf_status read_profile(const struct hf_engine_imported *imported, const char *name,
                              struct hf_profile *out, struct hf_fault *fault)
{
    hf_buf json = hf_buf_with_max(HF_PROFILE_FILE_MAX);
    hf_status status = hf_ipc_read_fd(imported->profile, HF_PROFILE_FILE_MAX, &json);

    *fault = hf_fault_make(status, HF_STAGE_PROFILE);
    if (status == HF_OK)
        status = hf_profile_decode(hf_buf_bytes(&json), out, fault);
    if (status == HF_OK) {
        rename_profile(out, name);
        status = hf_profile_check(out, fault);
    }
    hf_buf_free(&json);
    return status;
}

static hf_status read_secrets(int fd, struct hf_secrets *out)
{
    hf_buf file = hf_buf_with_max(SECRETS_MAX);
    hf_status status = hf_ipc_read_fd(fd, SECRETS_MAX, &file);

    if (status == HF_OK)
        status = hf_secrets_decode(hf_buf_bytes(&file), out);
    hf_buf_free(&file);
    return status;
}

/* Parsed and printed again: the text goes to people and over the bus. */
static char *read_report(int fd)
{
    hf_buf file = hf_buf_with_max(REPORT_MAX);
    char *text = NULL;

    if (hf_ipc_read_fd(fd, REPORT_MAX, &file) == HF_OK) {
        json_t *report =
            json_loadb((const char *)file.data, file.len, JSON_REJECT_DUPLICATES, NULL);

        text = report == NULL ? NULL : json_dumps(report, JSON_COMPACT);
        json_decref(report);
    }
    hf_buf_free(&file);
    return text;
}

/* What an organisation says of who brings it and of its format; and what it recommends. */
static hf_status bind_policy(const struct import *import, const char *report,
                             struct hf_profile *profile, struct hf_fault *fault)
{
    const struct hf_policy *policy = hf_policy_files_policy(import->importer->policy);
    json_t *object = json_loads(report, 0, NULL);
    const char *format = json_string_value(json_object_get(object, "format"));
    bool by_user = import->owner != HF_OWNER_SYSTEM && import->owner != 0;
    hf_status status = hf_policy_check_import(policy, format == NULL ? "" : format, by_user, fault);

    json_decref(object);
    if (status == HF_OK)
        hf_policy_recommend(policy, profile);
    return status;
}

static void keep_credential(struct import *import, const struct hf_engine_imported *imported)
{
    struct hf_profile_ref ref = import->credential;
    struct hf_secrets secrets;
    struct hf_fault fault;
    hf_status status;

    hf_secrets_init(&secrets);
    status = read_secrets(imported->secrets, &secrets);
    if (status == HF_OK)
        status = hf_store_save_secrets(import->importer->store, &ref, &secrets);
    fault = hf_fault_make(status, HF_STAGE_PROFILE);
    finish(import, &fault, ref.id, "{}");
    hf_secrets_clear(&secrets);
}

static void keep(struct import *import, const struct hf_engine_imported *imported)
{
    struct hf_profile profile;
    struct hf_secrets secrets;
    struct hf_fault fault;
    hf_status status;
    char *report = NULL;

    hf_profile_init(&profile);
    hf_secrets_init(&secrets);
    status = read_profile(imported, import->name, &profile, &fault);
    if (status == HF_OK)
        status = read_secrets(imported->secrets, &secrets);
    if (status == HF_OK) {
        report = read_report(imported->report);
        status = report == NULL ? HF_ERR_MALFORMED : HF_OK;
    }
    if (status == HF_OK)
        status = bind_policy(import, report, &profile, &fault);
    if (status == HF_OK && !import->dry_run)
        status = hf_store_save(import->importer->store, import->owner, &profile, &secrets);
    if (status != HF_OK && fault.status == HF_OK)
        fault = hf_fault_make(status, HF_STAGE_PROFILE);
    finish(import, &fault, import->dry_run ? "" : profile.id, report);
    free(report);
    hf_profile_clear(&profile);
    hf_secrets_clear(&secrets);
}

/* --- the engine ------------------------------------------------------------------------------- */
static void ready(void *context)
{
    struct import *import = context;
    uint8_t body[REQUEST_MAX];
    hf_writer w = hf_writer_of(body, sizeof body);
    hf_bytes written;

    hf_import_request_encode(&w, &import->asked);
    if (import->fds[0] < 0 || !hf_writer_finish(&w, &written) ||
        hf_engine_link_send(import->link, HF_ENGINE_IMPORT_FILE, written, import->fds,
                            hf_import_request_fds(&import->asked)) != HF_OK) {
        fail(import, HF_ERR_ENGINE_LOST);
        return;
    }
    close_files(import);
}

static void imported(void *context, struct hf_engine_imported *imported)
{
    struct import *import = context;

    if (imported->status == HF_OK && import->asked.is_credential) {
        keep_credential(import, imported);
    } else if (imported->status == HF_OK) {
        keep(import, imported);
    } else {
        imported->fault.status = imported->status;
        finish(import, &imported->fault, NULL, NULL);
    }
    close_fd(&imported->profile);
    close_fd(&imported->secrets);
    close_fd(&imported->report);
}

static void trace(void *context, const struct hf_trace_record *record)
{
    (void)context;
    (void)record;
}

static void gone(void *context)
{
    fail(context, HF_ERR_ENGINE_LOST);
}

static gboolean too_late(gpointer data)
{
    struct import *import = data;

    import->timer = 0;
    fail(import, HF_ERR_TIMEOUT);
    return G_SOURCE_REMOVE;
}

static void process_started(void *context, hf_status status, hf_reader *reader, int fd)
{
    static const struct hf_engine_link_events events = {
        .ready = ready, .imported = imported, .trace = trace, .gone = gone
    };
    struct errand errand = *(struct errand *)context;
    uint32_t pid = 0;

    free(context);
    if (status == HF_OK && (fd < 0 || !hf_read_u32(reader, &pid)))
        status = HF_ERR_MALFORMED;
    if (errand.generation != errand.import->generation) { /* it came too late */
        if (status == HF_OK)
            kill_process(errand.importer, pid);
        close_fd(&fd);
        return;
    }
    if (status == HF_OK)
        status = hf_engine_link_new(fd, pid, &events, errand.import, &errand.import->link);
    if (status != HF_OK) {
        close_fd(&fd);
        fail(errand.import, status);
    }
}

/* --- life ------------------------------------------------------------------------------------- */
/* Nobody but root and the system takes all the places. */
static bool has_enough(const struct hf_importer *importer, hf_owner owner)
{
    size_t mine = 0;

    for (size_t i = 0; i < IMPORTS_MAX; i++)
        mine += importer->imports[i].importer != NULL && importer->imports[i].owner == owner;
    return owner > 0 && mine >= IMPORTS_OF_ONE;
}

static struct import *free_slot(struct hf_importer *importer)
{
    for (size_t i = 0; i < IMPORTS_MAX; i++) {
        if (importer->imports[i].importer == NULL)
            return &importer->imports[i];
    }
    return NULL;
}

static hf_status ask_for_engine(struct hf_importer *importer, struct import *import)
{
    uint8_t body[2];
    hf_writer w = hf_writer_of(body, sizeof body);
    struct errand *errand = malloc(sizeof *errand);
    hf_status status;

    if (errand == NULL)
        return HF_ERR_NO_MEMORY;
    *errand = (struct errand){ importer, import, import->generation };
    hf_write_u16(&w, HF_ENGINE_IMPORT);
    status = hf_netd_link_request(importer->netd, HF_NETD_START_ENGINE, HF_BYTES_OF(body),
                                  process_started, errand);
    if (status != HF_OK)
        free(errand);
    return status;
}

static int duplicate(int fd)
{
    return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static void take_files(struct import *import, const struct hf_importer_request *request)
{
    size_t count = 0;

    import->asked = request->asked;
    import->asked.has_passphrase = request->passphrase >= 0;
    import->fds[count++] = duplicate(request->file);
    if (request->passphrase >= 0)
        import->fds[count++] = duplicate(request->passphrase);
    for (size_t i = 0; i < request->asked.attachment_count; i++)
        import->fds[count++] = duplicate(request->attachments[i]);
}

hf_status hf_importer_start(struct hf_importer *importer, const struct hf_importer_request *request,
                            hf_importer_done_fn *done, void *context)
{
    struct import *import = free_slot(importer);
    size_t name_len = request->name == NULL ? 0 : strlen(request->name);
    hf_status status;

    if (import == NULL || has_enough(importer, request->owner))
        return HF_ERR_BUSY;
    if (name_len >= sizeof import->name)
        return HF_ERR_USAGE;
    status = ask_for_engine(importer, import);
    if (status != HF_OK)
        return status;
    hf_copy(import->name, request->name, name_len);
    import->importer = importer;
    import->dry_run = request->dry_run;
    import->owner = request->owner;
    import->done = done;
    import->context = context;
    take_files(import, request);
    import->asked.is_credential = request->credential != NULL;
    if (request->credential != NULL)
        import->credential = *request->credential;
    import->timer = g_timeout_add_seconds(LIMIT_SECONDS, too_late, import);
    return HF_OK;
}

hf_status hf_importer_new(struct hf_netd_link *netd, struct hf_store *store,
                          const struct hf_policy_files *policy, struct hf_importer **out)
{
    struct hf_importer *importer = calloc(1, sizeof *importer);

    if (importer == NULL)
        return HF_ERR_NO_MEMORY;
    importer->netd = netd;
    importer->store = store;
    importer->policy = policy;
    for (size_t i = 0; i < IMPORTS_MAX; i++)
        no_files(&importer->imports[i]);
    *out = importer;
    return HF_OK;
}

void hf_importer_stop(struct hf_importer *importer)
{
    for (size_t i = 0; i < IMPORTS_MAX; i++) {
        if (importer->imports[i].importer != NULL)
            drop(&importer->imports[i]);
    }
}

void hf_importer_free(struct hf_importer *importer)
{
    free(importer);
}
