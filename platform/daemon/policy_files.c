/* Policy files: see policy_files.h. */
#include "daemon/policy_files.h"

#include "daemon/dropin.h"
#include "daemon/files.h"
#include "daemon/policy_signature.h"

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
    bool signature_required;         /* by the vendor's files, those too that /etc hides */
};

/* --- last good versions ------------------------------------------------------------------------
 */
/* One file of those that are there. */
struct candidate {
    enum hf_policy_tier tier;
    const char *name;
    char origin[HF_POLICY_ORIGIN_MAX];
    /* Of its last good version, when that was not signed, and when it was. */
    char keys[2][KEY_LENGTH];
};

/* Kept under a name that no administrator chooses. */
static void key_of(enum hf_policy_tier tier, const char *name, bool is_signed, char out[KEY_LENGTH])
{
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    guchar octet = (guchar)(tier | (is_signed ? 0x80 : 0));

    g_checksum_update(sum, &octet, 1);
    g_checksum_update(sum, (const guchar *)name, -1);
    hf_copy(out, g_checksum_get_string(sum), KEY_LENGTH);
    g_checksum_free(sum);
}

static struct candidate candidate_of(struct hf_policy_files *files,
                                     const struct hf_dropin_file *file)
{
    static const char *const folders[] = { "policies", "recommended.d", "managed.d" };
    struct candidate candidate = { .tier = (enum hf_policy_tier)file->dir, .name = file->name };

    (void)snprintf(candidate.origin, sizeof candidate.origin, "%s/%s", folders[candidate.tier],
                   file->name);
    for (int is_signed = 0; is_signed < 2; is_signed++) {
        key_of(candidate.tier, file->name, is_signed != 0, candidate.keys[is_signed]);
        g_hash_table_add(files->seen, g_strdup(candidate.keys[is_signed]));
    }
    return candidate;
}

static void keep(struct hf_policy_files *files, const struct candidate *candidate, bool is_signed,
                 hf_bytes content)
{
    const char *key = candidate->keys[is_signed];
    hf_buf before = hf_buf_with_max(HF_POLICY_FILE_MAX);
    bool same = hf_files_read(files->kept, key, &before) == HF_OK &&
                hf_bytes_equal(hf_buf_bytes(&before), content);

    if (!same && hf_files_keep_copy(files->kept, key, content) != HF_OK)
        fprintf(stderr, "holdfastd: %s: a policy that holds now cannot be kept\n", files->kept);
    hf_files_remove(files->kept, candidate->keys[!is_signed]); /* it is not the last any more */
    hf_buf_free(&before);
}

static bool merge_kept(struct hf_policy_files *files, const struct candidate *candidate,
                       bool is_signed, struct hf_policy *policy)
{
    hf_buf content = hf_buf_with_max(HF_POLICY_FILE_MAX);
    struct hf_fault fault;
    bool merged = hf_files_read(files->kept, candidate->keys[is_signed], &content) == HF_OK &&
                  hf_policy_merge(policy, candidate->tier, candidate->origin,
                                  hf_buf_bytes(&content), &fault) == HF_OK;

    if (merged && is_signed)
        hf_policy_mark_signed(policy, candidate->origin);
    hf_buf_free(&content);
    return merged;
}

/* Where a signature is required, what was good without one is not any longer. */
static bool merge_last_good(struct hf_policy_files *files, const struct candidate *candidate,
                            struct hf_policy *policy)
{
    bool unsigned_counts = !files->signature_required || candidate->tier == HF_POLICY_TIER_VENDOR;

    return merge_kept(files, candidate, true, policy) ||
           (unsigned_counts && merge_kept(files, candidate, false, policy));
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
static void list(struct hf_policy_files *files, const struct candidate *candidate,
                 const struct hf_dropin_file *file, hf_status status, bool is_signed)
{
    struct hf_policy_file row = { .status = status, .is_signed = is_signed };
    gsize length = sizeof row.sha256;
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);

    g_strlcpy(row.name, candidate->origin, sizeof row.name);
    if (file->content.len > 0)
        g_checksum_update(sum, file->content.data, (gssize)file->content.len);
    g_checksum_get_digest(sum, row.sha256, &length);
    g_checksum_free(sum);
    g_array_append_val(files->files, row);
}

/* Lays the file over `policy` if it can be read, is signed as it has to be, and holds. */
static hf_status merge_file(struct hf_policy_files *files, const struct candidate *candidate,
                            const struct hf_dropin_file *file, struct hf_policy *policy,
                            bool *out_signed, struct hf_fault *fault)
{
    const struct hf_policy_signature_rules rules = {
        .vendor_dir = files->dirs[HF_POLICY_TIER_VENDOR],
        .trusted_uid = files->instance->admin_uid,
        .required = files->signature_required && candidate->tier != HF_POLICY_TIER_VENDOR,
    };
    hf_status status = file->status;

    *fault = hf_fault_make(status, HF_STAGE_PROFILE);
    *out_signed = false;
    if (status == HF_OK)
        status = hf_policy_signature_check(&rules, files->dirs[candidate->tier], candidate->name,
                                           file->content, out_signed, fault);
    if (status == HF_OK)
        status = hf_policy_merge(policy, candidate->tier, candidate->origin, file->content, fault);
    if (status == HF_OK && *out_signed)
        hf_policy_mark_signed(policy, candidate->origin);
    return status;
}

static void read_file(void *context, const struct hf_dropin_file *file)
{
    struct hf_policy_files *files = context;
    struct candidate candidate;
    struct hf_fault fault;
    hf_status status;
    bool is_signed;

    if (files->files->len == FILES_MAX)
        return;
    candidate = candidate_of(files, file);
    status = merge_file(files, &candidate, file, files->next, &is_signed, &fault);
    if (status == HF_OK) {
        keep(files, &candidate, is_signed, file->content);
    } else {
        if (!merge_last_good(files, &candidate, files->next) &&
            candidate.tier == HF_POLICY_TIER_MANAGED)
            hf_policy_fail_closed(files->next, candidate.origin);
        files->events->refused(files->context, candidate.origin, &fault);
    }
    list(files, &candidate, file, status, is_signed);
}

/* --- what the vendor requires ----------------------------------------------------------------- */
struct vendor {
    struct hf_policy_files *files;
    struct hf_policy *policy;
};

static void read_vendors(void *context, const struct hf_dropin_file *file)
{
    struct vendor *vendor = context;
    struct candidate candidate = candidate_of(vendor->files, file);
    struct hf_fault fault;
    bool is_signed;

    if (merge_file(vendor->files, &candidate, file, vendor->policy, &is_signed, &fault) == HF_OK)
        keep(vendor->files, &candidate, is_signed, file->content);
    else if (!merge_last_good(vendor->files, &candidate, vendor->policy))
        return; /* nothing is known of it; where it is not hidden, it is refused below */
}

/* First and by itself: a file in /etc that bears the name of a vendor's would lift it. */
static hf_status find_requirement(struct hf_policy_files *files)
{
    struct vendor vendor = { .files = files };
    hf_status status = hf_policy_new(&vendor.policy);

    if (status != HF_OK)
        return status;
    hf_dropin_scan_all_of(files->dropin, HF_POLICY_TIER_VENDOR, read_vendors, &vendor);
    files->signature_required = hf_policy_flag(vendor.policy, HF_POLICY_REQUIRE_SIGNATURE, false);
    hf_policy_copy_key(files->next, vendor.policy, HF_POLICY_REQUIRE_SIGNATURE);
    hf_policy_free(vendor.policy);
    return HF_OK;
}

void hf_policy_files_reload(struct hf_policy_files *files)
{
    struct hf_policy *before = files->policy;

    if (hf_policy_new(&files->next) != HF_OK)
        return; /* what is in force stays */
    g_hash_table_remove_all(files->seen);
    if (find_requirement(files) != HF_OK) {
        hf_policy_free(files->next);
        files->next = NULL;
        return;
    }
    g_array_set_size(files->files, 0);
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
