/* The store's files: see store_files.h. */
#include "daemon/store_files.h"

#include "daemon/files.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SECRETS_FILE_MAX (2 * 1024 * 1024)
#define SUFFIX           ".json"
#define FILE_MAX         (HF_PROFILE_TEXT_MAX + sizeof SUFFIX)

/* --- names ------------------------------------------------------------------------------------ */
static bool file_name_of(const char *id, char out[FILE_MAX])
{
    size_t length = strlen(id);

    if (!hf_files_name_is_good(id))
        return false;
    memcpy(out, id, length);
    memcpy(out + length, SUFFIX, sizeof SUFFIX);
    return true;
}

/* The reverse. */
static bool id_of_file_name(const char *name, char out[HF_PROFILE_TEXT_MAX])
{
    size_t length = strlen(name);

    if (!hf_files_name_is_good(name) || length <= strlen(SUFFIX) ||
        strcmp(name + length - strlen(SUFFIX), SUFFIX) != 0)
        return false;
    length -= strlen(SUFFIX);
    memcpy(out, name, length);
    out[length] = '\0';
    return true;
}

static bool owners_folder(const char *folder, hf_owner owner, char out[HF_PATH_MAX])
{
    char name[HF_OWNER_TEXT_MAX];

    return hf_instance_path(folder, hf_owner_format(owner, name), out) == HF_OK;
}

/* --- reading and writing ---------------------------------------------------------------------- */
hf_status hf_store_files_read(const struct hf_store_files *files, const struct hf_profile_ref *ref,
                              hf_buf *out)
{
    char folder[HF_PATH_MAX], name[FILE_MAX];

    if (!file_name_of(ref->id, name) || !owners_folder(files->profiles, ref->owner, folder))
        return HF_ERR_NOT_FOUND;
    return hf_files_read(folder, name, out);
}

hf_status hf_store_files_write(const struct hf_store_files *files, const struct hf_profile_ref *ref,
                               hf_bytes json)
{
    char folder[HF_PATH_MAX], name[FILE_MAX];
    hf_status status = HF_ERR_PROFILE_INVALID;

    if (!file_name_of(ref->id, name) || !owners_folder(files->profiles, ref->owner, folder))
        return status;
    status = hf_files_make_dir(folder);
    return status == HF_OK ? hf_files_write(folder, name, json) : status;
}

hf_status hf_store_files_read_secrets(const struct hf_store_files *files,
                                      const struct hf_profile_ref *ref, struct hf_secrets *secrets,
                                      size_t *out_octets)
{
    hf_buf file = hf_buf_with_max(SECRETS_FILE_MAX);
    char folder[HF_PATH_MAX];
    hf_status status = HF_ERR_NOT_FOUND;

    hf_secrets_clear(secrets);
    if (hf_files_name_is_good(ref->id) && owners_folder(files->secrets, ref->owner, folder))
        status = hf_files_read(folder, ref->id, &file);
    if (status == HF_OK)
        status = hf_secrets_decode(hf_buf_bytes(&file), secrets);
    *out_octets = status == HF_OK ? file.len : 0;
    hf_buf_free(&file);
    return status == HF_ERR_NOT_FOUND ? HF_OK : status;
}

hf_status hf_store_files_write_secrets(const struct hf_store_files *files,
                                       const struct hf_profile_ref *ref,
                                       const struct hf_secrets *secrets, size_t *out_octets)
{
    hf_buf file = hf_buf_with_max(SECRETS_FILE_MAX);
    char folder[HF_PATH_MAX];
    hf_status status = HF_ERR_PROFILE_INVALID;

    if (!hf_files_name_is_good(ref->id) || !owners_folder(files->secrets, ref->owner, folder))
        return status;
    status = hf_secrets_encode(secrets, &file);
    if (status == HF_OK)
        status = hf_files_make_dir(folder);
    if (status == HF_OK)
        status = hf_files_write(folder, ref->id, hf_buf_bytes(&file));
    if (status == HF_OK)
        *out_octets = file.len;
    hf_buf_free(&file);
    return status;
}

void hf_store_files_remove(const struct hf_store_files *files, const struct hf_profile_ref *ref)
{
    char folder[HF_PATH_MAX], name[FILE_MAX];

    if (!file_name_of(ref->id, name))
        return;
    if (owners_folder(files->secrets, ref->owner, folder))
        hf_files_shred(folder, ref->id);
    if (owners_folder(files->profiles, ref->owner, folder))
        hf_files_shred(folder, name);
}

/* --- what is there ---------------------------------------------------------------------------- */
static void scan_owner(const char *folder, hf_owner owner, hf_store_files_each_fn *each,
                       void *context)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;

    if (dir == NULL)
        return;
    while ((entry = readdir(dir)) != NULL) {
        struct hf_profile_ref ref = { .owner = owner };

        if (id_of_file_name(entry->d_name, ref.id))
            each(context, &ref);
    }
    closedir(dir);
}

void hf_store_files_scan(const struct hf_store_files *files, hf_store_files_each_fn *each,
                         void *context)
{
    DIR *dir = opendir(files->profiles);
    const struct dirent *entry;

    if (dir == NULL)
        return;
    while ((entry = readdir(dir)) != NULL) {
        char folder[HF_PATH_MAX];
        hf_owner owner;

        if (hf_owner_parse(hf_bytes_of_string(entry->d_name), &owner) &&
            owners_folder(files->profiles, owner, folder))
            scan_owner(folder, owner, each, context);
    }
    closedir(dir);
}

/* --- the layout without owners ---------------------------------------------------------------- */
/* Moves every regular file from `folder` to `folder`/OWNER. */
static hf_status adopt(const char *folder, unsigned owner)
{
    char to[HF_PATH_MAX], from_path[HF_PATH_MAX], to_path[HF_PATH_MAX];
    hf_status status = HF_OK;
    const struct dirent *entry;
    struct stat file;
    DIR *dir = opendir(folder);

    if (dir == NULL || !owners_folder(folder, (hf_owner)owner, to))
        status = HF_ERR_LOCAL_SETUP;
    while (status == HF_OK && (entry = readdir(dir)) != NULL) {
        if (hf_instance_path(folder, entry->d_name, from_path) != HF_OK ||
            hf_instance_path(to, entry->d_name, to_path) != HF_OK || lstat(from_path, &file) != 0 ||
            !S_ISREG(file.st_mode))
            continue;
        status = hf_files_make_dir(to);
        if (status == HF_OK && rename(from_path, to_path) != 0)
            status = HF_ERR_LOCAL_SETUP;
    }
    if (dir != NULL)
        closedir(dir);
    return status;
}

hf_status hf_store_files_init(struct hf_store_files *files, const char *var, unsigned legacy_owner)
{
    hf_status status = hf_instance_path(var, "profiles", files->profiles);

    if (status == HF_OK)
        status = hf_instance_path(var, "secrets", files->secrets);
    if (status == HF_OK)
        status = hf_files_make_dir(files->profiles);
    if (status == HF_OK)
        status = hf_files_make_dir(files->secrets);
    if (status == HF_OK) /* first, so that no profile stands there without its key */
        status = adopt(files->secrets, legacy_owner);
    if (status == HF_OK)
        status = adopt(files->profiles, legacy_owner);
    return status;
}
