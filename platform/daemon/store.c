/* Profiles on disk: see store.h. */
#include "daemon/store.h"

#include "daemon/files.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define PROFILES_MAX     256
#define SECRETS_FILE_MAX (2 * 1024 * 1024)
#define SUFFIX           ".json"

struct hf_store {
    char profiles[HF_PATH_MAX], secrets[HF_PATH_MAX];
};

hf_status hf_store_new(const char *var, struct hf_store **out)
{
    struct hf_store *store = calloc(1, sizeof *store);
    hf_status status = HF_ERR_NO_MEMORY;

    if (store == NULL)
        return status;
    status = hf_instance_path(var, "profiles", store->profiles);
    if (status == HF_OK)
        status = hf_instance_path(var, "secrets", store->secrets);
    if (status == HF_OK)
        status = hf_files_make_dir(store->profiles);
    if (status == HF_OK)
        status = hf_files_make_dir(store->secrets);
    if (status != HF_OK) {
        free(store);
        return status;
    }
    *out = store;
    return HF_OK;
}

void hf_store_free(struct hf_store *store)
{
    free(store);
}

static bool file_name_of(const char *id, char out[HF_PROFILE_TEXT_MAX + sizeof SUFFIX])
{
    size_t length = strlen(id);

    if (!hf_files_name_is_good(id))
        return false;
    memcpy(out, id, length);
    memcpy(out + length, SUFFIX, sizeof SUFFIX);
    return true;
}

hf_status hf_store_overlay_secrets(struct hf_secrets *to, const struct hf_secrets *from)
{
    for (size_t i = 0; i < HF_SECRET_NAME_COUNT; i++) {
        if (from->values[i].len == 0)
            continue;
        hf_buf_clear(&to->values[i]);
        if (!hf_buf_append(&to->values[i], hf_buf_bytes(&from->values[i])))
            return HF_ERR_NO_MEMORY;
    }
    return HF_OK;
}

static hf_status load_secrets(struct hf_store *store, const char *id, struct hf_secrets *secrets)
{
    hf_buf file = hf_buf_with_max(SECRETS_FILE_MAX);
    hf_status status = hf_files_read(store->secrets, id, &file);

    if (status == HF_OK) {
        hf_secrets_clear(secrets);
        status = hf_secrets_decode(hf_buf_bytes(&file), secrets);
    }
    hf_buf_free(&file);
    return status == HF_ERR_NOT_FOUND ? HF_OK : status;
}

static hf_status save_secrets(struct hf_store *store, const char *id,
                              const struct hf_secrets *secrets)
{
    struct hf_secrets all;
    hf_buf file = hf_buf_with_max(SECRETS_FILE_MAX);
    hf_status status;

    hf_secrets_init(&all);
    status = load_secrets(store, id, &all);
    if (status == HF_OK)
        status = hf_store_overlay_secrets(&all, secrets);
    if (status == HF_OK)
        status = hf_secrets_encode(&all, &file);
    if (status == HF_OK)
        status = hf_files_write(store->secrets, id, hf_buf_bytes(&file));
    hf_buf_free(&file);
    hf_secrets_clear(&all);
    return status;
}

hf_status hf_store_save(struct hf_store *store, const struct hf_profile *profile,
                        const struct hf_secrets *secrets)
{
    char name[HF_PROFILE_TEXT_MAX + sizeof SUFFIX];
    hf_buf json = hf_buf_with_max(HF_PROFILE_FILE_MAX);
    hf_status status = HF_ERR_PROFILE_INVALID;

    if (!file_name_of(profile->id, name))
        goto done;
    status = hf_profile_encode(profile, &json);
    if (status == HF_OK) /* first, so that no profile stands there without its key */
        status = save_secrets(store, profile->id, secrets);
    if (status == HF_OK)
        status = hf_files_write(store->profiles, name, hf_buf_bytes(&json));
done:
    hf_buf_free(&json);
    return status;
}

static hf_status load_profile(struct hf_store *store, const char *id, struct hf_profile *profile,
                              struct hf_fault *out_fault)
{
    char name[HF_PROFILE_TEXT_MAX + sizeof SUFFIX];
    hf_buf json = hf_buf_with_max(HF_PROFILE_FILE_MAX);
    hf_status status = HF_ERR_NOT_FOUND;

    if (file_name_of(id, name))
        status = hf_files_read(store->profiles, name, &json);
    if (status != HF_OK)
        *out_fault = hf_fault_make(status, HF_STAGE_PROFILE);
    else
        status = hf_profile_decode(hf_buf_bytes(&json), profile, out_fault);
    if (status == HF_OK)
        status = hf_profile_check(profile, out_fault);
    hf_buf_free(&json);
    return status;
}

hf_status hf_store_load(struct hf_store *store, const char *id, struct hf_profile *profile,
                        struct hf_secrets *secrets, struct hf_fault *out_fault)
{
    hf_status status = load_profile(store, id, profile, out_fault);

    if (status == HF_OK) {
        status = load_secrets(store, id, secrets);
        if (status != HF_OK)
            *out_fault = hf_fault_make(status, HF_STAGE_PROFILE);
    }
    if (status != HF_OK) {
        hf_profile_clear(profile);
        hf_secrets_clear(secrets);
    }
    return status;
}

static int is_profile(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);

    return length > strlen(SUFFIX) && hf_files_name_is_good(entry->d_name) &&
           strcmp(entry->d_name + length - strlen(SUFFIX), SUFFIX) == 0;
}

/* The id and the name of a file that can be read; false for what cannot. */
static bool describe(struct hf_store *store, const char *file, char out_id[HF_PROFILE_TEXT_MAX],
                     char out_name[HF_PROFILE_TEXT_MAX])
{
    char id[HF_PROFILE_TEXT_MAX] = "";
    struct hf_profile profile;
    struct hf_fault fault;
    bool good;

    memcpy(id, file, strlen(file) - strlen(SUFFIX));
    hf_profile_init(&profile);
    good = load_profile(store, id, &profile, &fault) == HF_OK;
    if (good) {
        memcpy(out_id, id, sizeof id);
        memcpy(out_name, profile.name, sizeof profile.name);
    }
    hf_profile_clear(&profile);
    return good;
}

bool hf_store_nth(struct hf_store *store, size_t n, char out_id[HF_PROFILE_TEXT_MAX],
                  char out_name[HF_PROFILE_TEXT_MAX])
{
    struct dirent **entries = NULL;
    int count = scandir(store->profiles, &entries, is_profile, alphasort);
    size_t at = 0;
    bool found = false;

    for (int i = 0; i < count; i++) {
        if (!found && i < PROFILES_MAX && describe(store, entries[i]->d_name, out_id, out_name))
            found = at++ == n;
        free(entries[i]);
    }
    free(entries);
    return found;
}

/* By its id a profile is found that cannot be used as well: loading it says what is wrong with it.
 */
static bool is_stored(struct hf_store *store, const char *id)
{
    struct hf_profile profile;
    struct hf_fault fault;
    hf_status status;

    if (id[0] == '\0' || strlen(id) >= HF_PROFILE_TEXT_MAX)
        return false;
    hf_profile_init(&profile);
    status = load_profile(store, id, &profile, &fault);
    hf_profile_clear(&profile);
    return status == HF_OK || status == HF_ERR_PROFILE_INVALID;
}

hf_status hf_store_find(struct hf_store *store, const char *text, char out_id[HF_PROFILE_TEXT_MAX])
{
    char id[HF_PROFILE_TEXT_MAX], name[HF_PROFILE_TEXT_MAX], only[HF_PROFILE_TEXT_MAX] = "";
    size_t matches = 0;

    if (is_stored(store, text)) {
        memcpy(out_id, text, strlen(text) + 1);
        return HF_OK;
    }
    for (size_t n = 0; hf_store_nth(store, n, id, name); n++) {
        if (text[0] == '\0' || strcmp(name, text) == 0) {
            memcpy(only, id, sizeof id);
            matches++;
        }
    }
    if (matches != 1)
        return HF_ERR_NOT_FOUND;
    memcpy(out_id, only, sizeof only);
    return HF_OK;
}
