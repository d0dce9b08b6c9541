/* The user's keyring: see keyring.h. */
#include "helpers/agent/keyring.h"

#include <libsecret/secret.h>

static const SecretSchema schema = {
    "io.github.holdfastvpn.Holdfast",
    SECRET_SCHEMA_NONE,
    {{ "profile", SECRET_SCHEMA_ATTRIBUTE_STRING },
      { "name", SECRET_SCHEMA_ATTRIBUTE_STRING },
      { NULL, 0 }},
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0
};

/* Words of the keyring go to stderr: they never hold a secret. */
static hf_status fail(GError *error)
{
    g_printerr("holdfast-agent: %s\n", error->message);
    g_error_free(error);
    return HF_ERR_LOCAL_SETUP;
}

hf_status hf_keyring_find(const char *profile, const char *name, hf_buf *out)
{
    GError *error = NULL;
    SecretValue *value = secret_password_lookup_binary_sync(&schema, NULL, &error, "profile",
                                                            profile, "name", name, NULL);
    const char *data;
    hf_status status;
    gsize length;

    if (error != NULL)
        return fail(error);
    if (value == NULL)
        return HF_ERR_NOT_FOUND;
    data = secret_value_get(value, &length);
    hf_buf_clear(out);
    status =
        hf_buf_append(out, (hf_bytes){ (const uint8_t *)data, length }) ? HF_OK : HF_ERR_TOO_LARGE;
    secret_value_unref(value);
    return status;
}

hf_status hf_keyring_keep(const char *profile, const char *name, const char *label, hf_bytes value)
{
    SecretValue *secret =
        secret_value_new((const char *)value.data, (gssize)value.len, "application/octet-stream");
    GError *error = NULL;

    (void)secret_password_store_binary_sync(&schema, SECRET_COLLECTION_DEFAULT, label, secret, NULL,
                                            &error, "profile", profile, "name", name, NULL);
    secret_value_unref(secret);
    return error == NULL ? HF_OK : fail(error);
}

hf_status hf_keyring_forget(const char *profile, const char *name)
{
    GError *error = NULL;

    if (name[0] == '\0')
        (void)secret_password_clear_sync(&schema, NULL, &error, "profile", profile, NULL);
    else
        (void)secret_password_clear_sync(&schema, NULL, &error, "profile", profile, "name", name,
                                         NULL);
    return error == NULL ? HF_OK : fail(error);
}
