/* Policy files: see policy_files.h. */
#include "daemon/policy_files.h"

#include "daemon/dropin.h"
#include "daemon/files.h"

#include <dirent.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MAX     4096
#define LAST_GOOD_DIR "policies"
#define KEY_LENGTH    65 /* of a kept file: SHA-256 in hex */

struct hf_policy_files {
    const struct hf_instance *instance;
    const struct hf_policy_files_events *events;
    void *context;
    char dirs[HF_POLICY_TIER_COUNT][HF_PATH_MAX];
    char kept[HF_PATH_MAX];
    struct hf_dropin *dropin;
    struct hf_policy *policy, *next; /* in force; being put together */
    GArray *files;                   /* of struct hf_policy_file */
    GHashTable *seen;                /* keys of kept files that belong to a file that is there */
};

/* --- last good versions ------------------------------------------------------------------------
 */
/* Kept under a name that no administrator chooses. */
static void key_of(enum hf_policy_tier tier, const char *name, char out[KEY_LENGTH])
{
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    guchar octet = (guchar)tier;

    g_checksum_update(sum, &octet, 1);
    g_checksum_update(sum, (const guchar *)name, -1);
    hf_copy(out, g_checksum_get_string(sum), KEY_LENGTH);
    g_checksum_free(sum);
}

static void keep(struct hf_policy_files *files, const char *key, hf_bytes content)
{
    hf_buf before = hf_buf_with_max(HF_POLICY_FILE_MAX);
    bool same = hf_files_read(files->kept, key, &before) == HF_OK &&
                hf_bytes_equal(hf_buf_bytes(&before), content);

    if (!same && hf_files_keep_copy(files->kept, key, content) != HF_OK)
        fprintf(stderr, "holdfastd: %s: a policy that holds now cannot be kept\n", files->kept);
    hf_buf_free(&before);
}

static bool merge_kept(struct hf_policy_files *files, enum hf_policy_tier tier, const char *name,
                       const char *key)
{
    hf_buf content = hf_buf_with_max(HF_POLICY_FILE_MAX);
    struct hf_fault fault;
    bool merged = hf_files_read(files->kept, key, &content) == HF_OK &&
                  hf_policy_merge(files->next, tier, name, hf_buf_bytes(&content), &fault) == HF_OK;

    hf_buf_free(&content);
    return merged;
}

/* What belonged to a file that an administrator has taken away holds no longer. */
static void forget_unseen(struct hf_policy_files *files)
{
    DIR *dir = opendir(files->kept);
    struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (hf_files_name_is_good(entry->d_name) &&
            !g_hash_table_contains(files->seen, entry->d_name))
            hf_files_remove(files->kept, entry->d_name);
    }
    if (dir != NULL)
        closedir(dir);
}

/* --- reading ---------------------------------------------------------------------------------- */
static void list(struct hf_policy_files *files, const char *origin,
                 const struct hf_dropin_file *file, hf_status status)
{
    struct hf_policy_file row = { .status = status };
    gsize length = sizeof row.sha256;
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);

    g_strlcpy(row.name, origin, sizeof row.name);
    if (file->content.len > 0)
        g_checksum_update(sum, file->content.data, (gssize)file->content.len);
    g_checksum_get_digest(sum, row.sha256, &length);
    g_checksum_free(sum);
    g_array_append_val(files->files, row);
}

static void refuse(struct hf_policy_files *files, enum hf_policy_tier tier, const char *origin,
                   const char *key, const struct hf_fault *fault)
{
    if (!merge_kept(files, tier, origin, key) && tier == HF_POLICY_TIER_MANAGED)
        hf_policy_fail_closed(files->next, origin);
    files->events->refused(files->context, origin, fault);
}

static void read_file(void *context, const struct hf_dropin_file *file)
{
    static const char *const folders[] = { "policies", "recommended.d", "managed.d" };
    struct hf_policy_files *files = context;
    enum hf_policy_tier tier = (enum hf_policy_tier)file->dir;
    char origin[HF_POLICY_ORIGIN_MAX], key[KEY_LENGTH];
    struct hf_fault fault = hf_fault_make(file->status, HF_STAGE_PROFILE);
    hf_status status = file->status;

    if (files->files->len == FILES_MAX)
        return;
    (void)snprintf(origin, sizeof origin, "%s/%s", folders[tier], file->name);
    key_of(tier, file->name, key);
    g_hash_table_add(files->seen, g_strdup(key));
    if (status == HF_OK)
        status = hf_policy_merge(files->next, tier, origin, file->content, &fault);
    if (status == HF_OK)
        keep(files, key, file->content);
    else
        refuse(files, tier, origin, key, &fault);
    list(files, origin, file, status);
}

void hf_policy_files_reload(struct hf_policy_files *files)
{
    struct hf_policy *empty = NULL, *before = files->policy;

    if (hf_policy_new(&empty) != HF_OK)
        return; /* what is in force stays */
    files->next = empty;
    g_array_set_size(files->files, 0);
    g_hash_table_remove_all(files->seen);
    hf_dropin_scan(files->dropin, read_file, files);
    forget_unseen(files);
    files->policy = files->next;
    files->next = NULL;
    hf_policy_free(before);
    files->events->changed(files->context);
}

static void files_changed(void *context)
{
    hf_policy_files_reload(context);
}

/* --- life ------------------------------------------------------------------------------------- */
static hf_status find_dirs(struct hf_policy_files *files)
{
    char etc[HF_PATH_MAX];
    hf_status status =
        hf_instance_path(files->instance->lib, "policies", files->dirs[HF_POLICY_TIER_VENDOR]);

    if (status == HF_OK)
        status = hf_instance_path(files->instance->etc, "policies", etc);
    if (status == HF_OK)
        status = hf_instance_path(etc, "recommended.d", files->dirs[HF_POLICY_TIER_RECOMMENDED]);
    if (status == HF_OK)
        status = hf_instance_path(etc, "managed.d", files->dirs[HF_POLICY_TIER_MANAGED]);
    if (status == HF_OK)
        status = hf_instance_path(files->instance->var, LAST_GOOD_DIR, files->kept);
    return status == HF_OK ? hf_files_make_dir(files->kept) : status;
}

static hf_status watch(struct hf_policy_files *files)
{
    static const char *const suffixes[] = { ".json", NULL };
    /* In /etc the name of a vendor's file stands in its place; what is managed hides nothing. */
    const struct hf_dropin_dir dirs[] = {
        {files->dirs[HF_POLICY_TIER_VENDOR],       false},
        { files->dirs[HF_POLICY_TIER_RECOMMENDED], true },
        { files->dirs[HF_POLICY_TIER_MANAGED],     false},
    };

    return hf_dropin_new(dirs, HF_ARRAY_LEN(dirs), suffixes, HF_POLICY_FILE_MAX,
                         files->instance->admin_uid, files_changed, files, &files->dropin);
}

hf_status hf_policy_files_new(const struct hf_instance *instance,
                              const struct hf_policy_files_events *events, void *context,
                              struct hf_policy_files **out)
{
    struct hf_policy_files *files = calloc(1, sizeof *files);
    hf_status status = HF_ERR_NO_MEMORY;

    if (files == NULL)
        return status;
    files->instance = instance;
    files->events = events;
    files->context = context;
    files->files = g_array_new(FALSE, TRUE, sizeof(struct hf_policy_file));
    files->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    status = hf_policy_new(&files->policy);
    if (status == HF_OK)
        status = find_dirs(files);
    if (status == HF_OK)
        status = watch(files);
    if (status != HF_OK) {
        hf_policy_files_free(files);
        return status;
    }
    hf_policy_files_reload(files);
    *out = files;
    return HF_OK;
}

void hf_policy_files_free(struct hf_policy_files *files)
{
    if (files == NULL)
        return;
    hf_dropin_free(files->dropin);
    hf_policy_free(files->policy);
    g_array_free(files->files, TRUE);
    g_hash_table_destroy(files->seen);
    free(files);
}

const struct hf_policy *hf_policy_files_policy(const struct hf_policy_files *files)
{
    return files->policy;
}

size_t hf_policy_files_count(const struct hf_policy_files *files)
{
    return files->files->len;
}

const struct hf_policy_file *hf_policy_files_nth(const struct hf_policy_files *files, size_t n)
{
    return &g_array_index(files->files, struct hf_policy_file, n);
}
