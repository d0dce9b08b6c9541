/* Profiles in directories: see profile_files.h. What was made of each file is remembered by the
 * file's hash in var/dropins, so that a start imports only what is new. */
#include "daemon/profile_files.h"

#include "daemon/dropin.h"
#include "daemon/files.h"
#include "ipc/channel.h"

#include <glib.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MEMORY_NAME  "dropins"
#define MEMORY_MAX   (8 * 1024 * 1024)
#define RETRY_MILLIS 500 /* netd is away, or too many imports are under way */

/* A file that is there, or was when we last looked. */
struct known {
    char *path, *sha256;
    char *id; /* what it became; NULL: nothing yet */
    bool seen, waiting, refused;
    hf_buf content; /* while it waits */
};

struct hf_profile_files {
    const struct hf_instance *instance;
    struct hf_store *store;
    struct hf_importer *importer;
    const struct hf_profile_files_events *events;
    void *context;
    char dirs[2][HF_PATH_MAX];
    struct hf_dropin *dropin;
    GHashTable *known;  /* path → struct known */
    GQueue *waiting;    /* of struct known: imported one after the other */
    struct known *busy; /* its import is under way */
    guint timer;
};

static void free_known(gpointer data)
{
    struct known *known = data;

    g_free(known->path);
    g_free(known->sha256);
    g_free(known->id);
    hf_buf_free(&known->content);
    g_free(known);
}

static struct known *known_of(struct hf_profile_files *files, const char *path)
{
    struct known *known = g_hash_table_lookup(files->known, path);

    if (known != NULL)
        return known;
    known = g_new0(struct known, 1);
    known->path = g_strdup(path);
    known->content = hf_buf_with_max(HF_PROFILE_FILE_MAX);
    g_hash_table_insert(files->known, known->path, known);
    return known;
}

static struct hf_profile_ref ref_of(const struct known *known)
{
    struct hf_profile_ref ref = { .owner = HF_OWNER_SYSTEM };

    g_strlcpy(ref.id, known->id, sizeof ref.id);
    return ref;
}

/* --- what is remembered ----------------------------------------------------------------------- */
static void remember(struct hf_profile_files *files)
{
    json_t *object = json_object();
    GHashTableIter iter;
    gpointer value;
    char *text;

    g_hash_table_iter_init(&iter, files->known);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const struct known *known = value;

        if (known->id != NULL)
            json_object_set_new(object, known->path,
                                json_pack("{s:s, s:s}", "sha256",
                                          known->refused ? "" : known->sha256, "id", known->id));
    }
    text = json_dumps(object, JSON_COMPACT);
    if (text == NULL ||
        hf_files_write(files->instance->var, MEMORY_NAME, hf_bytes_of_string(text)) != HF_OK)
        hf_files_remove(files->instance->var, MEMORY_NAME); /* the next start imports all */
    free(text);
    json_decref(object);
}

/* A profile that is not in the store any more is forgotten, and its file imported anew. */
static void recall_one(struct hf_profile_files *files, const char *path, json_t *value)
{
    const char *sha256 = json_string_value(json_object_get(value, "sha256"));
    const char *id = json_string_value(json_object_get(value, "id"));
    struct known *known;
    struct hf_profile_ref ref;

    if (sha256 == NULL || id == NULL)
        return;
    known = known_of(files, path);
    known->sha256 = g_strdup(sha256);
    known->id = g_strdup(id);
    ref = ref_of(known);
    if (hf_store_entry(files->store, &ref) == NULL)
        g_hash_table_remove(files->known, path);
    else
        hf_store_set_origin(files->store, &ref, path);
}

static void recall(struct hf_profile_files *files)
{
    hf_buf file = hf_buf_with_max(MEMORY_MAX);
    json_t *object = NULL, *value;
    const char *path;

    if (hf_files_read(files->instance->var, MEMORY_NAME, &file) == HF_OK)
        object = json_loadb((const char *)file.data, file.len, JSON_REJECT_DUPLICATES, NULL);
    json_object_foreach(object, path, value) recall_one(files, path, value);
    json_decref(object);
    hf_buf_free(&file);
}

/* --- importing -------------------------------------------------------------------------------- */
static void next(struct hf_profile_files *files);

static void refuse(struct hf_profile_files *files, struct known *known,
                   const struct hf_fault *fault)
{
    known->refused = true;
    files->events->refused(files->context, known->path, fault);
}

/* The profile that the file was before, if the new one has another id. */
static void drop_profile(struct hf_profile_files *files, struct known *known)
{
    struct hf_profile_ref ref;
    const struct hf_store_entry *entry;

    if (known->id == NULL)
        return;
    ref = ref_of(known);
    entry = hf_store_entry(files->store, &ref);
    if (entry != NULL && g_strcmp0(entry->origin, known->path) == 0) {
        hf_store_remove(files->store, &ref);
        files->events->gone(files->context, known->path, ref.id);
    }
    g_clear_pointer(&known->id, g_free);
}

static void imported(void *context, const struct hf_fault *fault, const char *id,
                     const char *report)
{
    struct hf_profile_files *files = context;
    struct known *known = files->busy;
    struct hf_profile_ref ref;

    (void)report;
    files->busy = NULL;
    if (fault->status == HF_OK) {
        if (known->id != NULL && strcmp(known->id, id) != 0)
            drop_profile(files, known);
        g_free(known->id);
        known->id = g_strdup(id);
        ref = ref_of(known);
        hf_store_set_origin(files->store, &ref, known->path);
        files->events->kept(files->context, known->path, id);
    } else {
        refuse(files, known, fault);
    }
    if (!known->seen) { /* it was taken away meanwhile */
        drop_profile(files, known);
        g_hash_table_remove(files->known, known->path);
    }
    next(files);
}

static hf_status start(struct hf_profile_files *files, struct known *known)
{
    struct hf_importer_request request = { .passphrase = -1, .owner = HF_OWNER_SYSTEM };
    hf_status status = HF_ERR_LOCAL_SETUP;

    request.file = hf_ipc_sealed_memfd("profile", hf_buf_bytes(&known->content));
    if (request.file < 0)
        return status;
    files->busy = known;
    status = hf_importer_start(files->importer, &request, imported, files);
    close(request.file);
    if (status != HF_OK)
        files->busy = NULL;
    return status;
}

static gboolean try_again(gpointer data)
{
    struct hf_profile_files *files = data;

    files->timer = 0;
    next(files);
    return G_SOURCE_REMOVE;
}

static void next(struct hf_profile_files *files)
{
    struct known *known = g_queue_peek_head(files->waiting);
    struct hf_fault fault;
    hf_status status;

    if (files->busy != NULL || files->timer != 0)
        return;
    if (known == NULL) {
        remember(files);
        return;
    }
    status = start(files, known);
    if (status == HF_ERR_NO_DAEMON || status == HF_ERR_BUSY) {
        files->timer = g_timeout_add(RETRY_MILLIS, try_again, files);
        return;
    }
    g_queue_remove(files->waiting, known);
    known->waiting = false;
    hf_buf_free(&known->content);
    if (status != HF_OK) {
        fault = hf_fault_make(status, HF_STAGE_PROFILE);
        refuse(files, known, &fault);
        next(files);
    }
}

/* --- looking ---------------------------------------------------------------------------------- */
static void wait_for_turn(struct hf_profile_files *files, struct known *known, hf_bytes content)
{
    struct hf_fault fault = hf_fault_make(HF_ERR_TOO_LARGE, HF_STAGE_PROFILE);

    hf_buf_clear(&known->content);
    if (!hf_buf_append(&known->content, content)) {
        refuse(files, known, &fault);
        return;
    }
    if (!known->waiting)
        g_queue_push_tail(files->waiting, known);
    known->waiting = true;
}

static void look_at(void *context, const struct hf_dropin_file *file)
{
    struct hf_profile_files *files = context;
    char *path = g_build_filename(files->dirs[file->dir], file->name, NULL);
    struct known *known = known_of(files, path);
    struct hf_fault fault = hf_fault_make(file->status, HF_STAGE_PROFILE);
    char *sha256 = NULL;

    known->seen = true;
    if (file->status == HF_OK)
        sha256 =
            g_compute_checksum_for_data(G_CHECKSUM_SHA256, file->content.data, file->content.len);
    if (file->status != HF_OK && !known->refused)
        refuse(files, known, &fault);
    if (sha256 != NULL && g_strcmp0(sha256, known->sha256) != 0) {
        g_free(known->sha256);
        known->sha256 = g_steal_pointer(&sha256);
        known->refused = false;
        wait_for_turn(files, known, file->content);
    }
    g_free(sha256);
    g_free(path);
}

static gboolean was_taken_away(gpointer path, gpointer value, gpointer data)
{
    struct hf_profile_files *files = data;
    struct known *known = value;

    (void)path;
    if (known->seen || known == files->busy)
        return FALSE;
    g_queue_remove(files->waiting, known);
    drop_profile(files, known);
    return TRUE;
}

void hf_profile_files_reload(struct hf_profile_files *files)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, files->known);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        ((struct known *)value)->seen = false;
    hf_dropin_scan(files->dropin, look_at, files);
    g_hash_table_foreach_remove(files->known, was_taken_away, files);
    next(files);
}

static void changed(void *context)
{
    hf_profile_files_reload(context);
}

/* --- life ------------------------------------------------------------------------------------- */
static hf_status open_dropin(struct hf_profile_files *files)
{
    static const char *const suffixes[] = { ".hfprofile", ".mobileconfig", ".xml",
                                            ".sswan",     ".conf",         ".nmconnection",
                                            ".json",      ".onc",          NULL };
    const struct hf_dropin_dir dirs[] = {
        {files->dirs[0],  false},
        { files->dirs[1], true },
    };
    hf_status status = hf_instance_path(files->instance->lib, "profiles", files->dirs[0]);

    if (status == HF_OK)
        status = hf_instance_path(files->instance->etc, "profiles.d", files->dirs[1]);
    if (status == HF_OK)
        status = hf_dropin_new(dirs, HF_ARRAY_LEN(dirs), suffixes, HF_PROFILE_FILE_MAX,
                               files->instance->admin_uid, changed, files, &files->dropin);
    return status;
}

hf_status hf_profile_files_new(const struct hf_instance *instance, struct hf_store *store,
                               struct hf_importer *importer,
                               const struct hf_profile_files_events *events, void *context,
                               struct hf_profile_files **out)
{
    struct hf_profile_files *files = g_new0(struct hf_profile_files, 1);
    hf_status status;

    files->instance = instance;
    files->store = store;
    files->importer = importer;
    files->events = events;
    files->context = context;
    files->known = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_known);
    files->waiting = g_queue_new();
    status = open_dropin(files);
    if (status != HF_OK) {
        hf_profile_files_free(files);
        return status;
    }
    recall(files);
    hf_profile_files_reload(files);
    *out = files;
    return HF_OK;
}

void hf_profile_files_free(struct hf_profile_files *files)
{
    if (files == NULL)
        return;
    if (files->timer != 0)
        g_source_remove(files->timer);
    hf_dropin_free(files->dropin);
    g_queue_free(files->waiting);
    g_hash_table_unref(files->known);
    g_free(files);
}
