/* The methods of a profile's object. The call's target is there and the caller sees it. */
#include "daemon/call.h"
#include "daemon/hints.h"
#include "ipc/channel.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VALUE_MAX (256 * 1024) /* of Set */

hf_call_handler_fn hf_profile_object_show, hf_profile_object_export, hf_profile_object_set,
    hf_profile_object_remove, hf_profile_object_set_secret, hf_profile_object_clear_secret,
    hf_profile_object_list_secrets;

/* --- reading ---------------------------------------------------------------------------------- */
/* In a format of exporters.def, read and written again, so that what comes out is what would be
 * used. */
static hf_status encode(struct hf_call *call, const char *format, bool with_secrets, hf_buf *out,
                        struct hf_fault *fault)
{
    struct hf_import notices;
    struct hf_profile profile;
    struct hf_secrets secrets;
    hf_status status;

    hf_profile_init(&profile);
    hf_secrets_init(&secrets);
    status = hf_store_load(call->manager->store, &call->ref, &profile, &secrets, fault);
    if (status == HF_OK) {
        status = hf_profile_export(&profile, with_secrets ? &secrets : NULL, format, out, &notices,
                                   fault);
        hf_import_clear(&notices);
    }
    hf_profile_clear(&profile);
    hf_secrets_clear(&secrets);
    return status;
}

void hf_profile_object_show(struct hf_call *call)
{
    hf_buf json = hf_buf_with_max(HF_PROFILE_FILE_MAX);
    struct hf_fault fault;
    char *text;

    if (encode(call, "native", false, &json, &fault) != HF_OK) {
        hf_call_fail(call, &fault);
    } else {
        text = g_strndup((const char *)json.data, json.len);
        hf_call_return(call, g_variant_new("(s)", text));
        g_free(text);
    }
    hf_buf_free(&json);
}

void hf_profile_object_export(struct hf_call *call)
{
    hf_buf file = hf_buf_with_max(HF_PROFILE_FILE_MAX);
    struct hf_fault fault;
    const char *format;
    gboolean secrets;
    int fd = -1;

    g_variant_get(call->arguments, "(&sb)", &format, &secrets);
    if (encode(call, format, secrets, &file, &fault) == HF_OK) {
        fd = hf_ipc_sealed_memfd("profile", hf_buf_bytes(&file));
        fault = hf_fault_make(HF_ERR_LOCAL_SETUP, HF_STAGE_PROFILE);
    }
    if (fd < 0)
        hf_call_fail(call, &fault);
    else
        hf_call_return_fd(call, g_variant_new("(h)", 0), fd);
    if (fd >= 0)
        close(fd);
    hf_buf_free(&file);
}

/* --- changing --------------------------------------------------------------------------------- */
/* The stored JSON with one key changed; NULL: it is no JSON, or the value is none. */
static char *change(struct hf_call *call, const char *key, const char *value)
{
    hf_buf file = hf_buf_with_max(HF_PROFILE_FILE_MAX);
    json_t *object = NULL, *now = NULL;
    char *text = NULL;

    if (hf_store_read(call->manager->store, &call->ref, &file) == HF_OK)
        object = json_loadb((const char *)file.data, file.len, JSON_REJECT_DUPLICATES, NULL);
    now = strlen(value) > VALUE_MAX
              ? NULL
              : json_loads(value, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    if (json_is_object(object) && now != NULL) {
        if (json_is_null(now))
            (void)json_object_del(object, key);
        else
            (void)json_object_set(object, key, now);
        text = json_dumps(object, JSON_INDENT(2));
    }
    json_decref(object);
    json_decref(now);
    hf_buf_free(&file);
    return text;
}

/* The id is the file's name and the object's path; it stays. */
static hf_status keep(struct hf_call *call, const char *text, struct hf_fault *fault)
{
    struct hf_profile profile;
    struct hf_secrets none;
    hf_status status;

    hf_profile_init(&profile);
    hf_secrets_init(&none);
    status = hf_profile_decode(hf_bytes_of_string(text), &profile, fault);
    if (status == HF_OK)
        status = hf_profile_check(&profile, fault);
    if (status == HF_OK) {
        status = strcmp(profile.id, call->ref.id) != 0
                     ? HF_ERR_USAGE
                     : hf_store_save(call->manager->store, call->ref.owner, &profile, &none);
        *fault = hf_fault_make(status, HF_STAGE_PROFILE);
    }
    hf_profile_clear(&profile);
    return status;
}

void hf_profile_object_set(struct hf_call *call)
{
    struct hf_fault fault = hf_fault_make(HF_ERR_USAGE, HF_STAGE_PROFILE);
    const char *key, *value;
    char *text;

    if (hf_call_is_locked(call, &call->ref, "edit")) {
        hf_call_answer(call, HF_ERR_DENIED, "edit");
        return;
    }
    g_variant_get(call->arguments, "(&s&s)", &key, &value);
    hf_fault_set_text(fault.received, hf_bytes_of_string(key));
    text = change(call, key, value);
    if (text == NULL || keep(call, text, &fault) != HF_OK)
        hf_call_fail(call, &fault);
    else
        hf_call_return(call, NULL);
    free(text);
}

void hf_profile_object_remove(struct hf_call *call)
{
    if (!hf_call_may_remove(call))
        return;
    hf_hints_forget(call->manager->instance->var, &call->ref);
    hf_store_remove(call->manager->store, &call->ref);
    hf_call_answer(call, HF_OK, "");
}

/* --- secrets ---------------------------------------------------------------------------------- */
void hf_profile_object_set_secret(struct hf_call *call)
{
    struct hf_secrets secrets;
    enum hf_secret_name name;
    hf_status status = HF_ERR_USAGE;
    const char *text;
    gint32 handle;

    hf_secrets_init(&secrets);
    g_variant_get(call->arguments, "(&sh)", &text, &handle);
    if (hf_secret_name_of_text(hf_bytes_of_string(text), &name))
        status = hf_call_read(call, handle, HF_CALL_SECRET_MAX, &secrets.values[name]);
    if (status == HF_OK)
        status = hf_store_save_secrets(call->manager->store, &call->ref, &secrets);
    hf_secrets_clear(&secrets);
    hf_call_answer(call, status, text);
}

void hf_profile_object_clear_secret(struct hf_call *call)
{
    hf_status status = HF_ERR_USAGE;
    enum hf_secret_name name;
    const char *text;

    g_variant_get(call->arguments, "(&s)", &text);
    if (text[0] == '\0')
        status = hf_store_clear_secrets(call->manager->store, &call->ref, UINT32_MAX);
    else if (hf_secret_name_of_text(hf_bytes_of_string(text), &name))
        status = hf_store_clear_secrets(call->manager->store, &call->ref, 1u << name);
    hf_call_answer(call, status, text);
}

void hf_profile_object_list_secrets(struct hf_call *call)
{
    const struct hf_store_entry *entry = hf_store_entry(call->manager->store, &call->ref);
    GVariantBuilder names;

    g_variant_builder_init(&names, G_VARIANT_TYPE("as"));
    for (unsigned name = 0; name < HF_SECRET_NAME_COUNT; name++) {
        if ((entry->kept >> name & 1) != 0)
            g_variant_builder_add(&names, "s", hf_secret_name_text((enum hf_secret_name)name));
    }
    hf_call_return(call, g_variant_new("(as)", &names));
}
