/* Profiles as the daemon has them: see profiles.h. */
#include "profiles.h"

#include "ipc/names.h"

#include <string.h>
#include <unistd.h>

json_t *hf_profiles_list(struct hf_session *session, struct hf_fault *out_fault)
{
    GVariant *reply;
    const char *text;
    json_t *list;

    if (hf_client_call(hf_session_client(session), "ListProfiles", NULL, NULL, &reply, out_fault) !=
        HF_OK)
        return NULL;
    g_variant_get(reply, "(&s)", &text);
    list = json_loads(text, 0, NULL);
    g_variant_unref(reply);
    *out_fault = hf_fault_make(HF_ERR_MALFORMED, HF_STAGE_NONE);
    return list;
}

/* --- which one is meant ----------------------------------------------------------------------- */
static const char *text_in(const json_t *profile, const char *key)
{
    const char *text = json_string_value(json_object_get(profile, key));

    return text == NULL ? "" : text;
}

static bool is_mine(const json_t *profile)
{
    char uid[16];

    g_snprintf(uid, sizeof uid, "%u", (unsigned)getuid());
    return strcmp(text_in(profile, "owner"), uid) == 0;
}

static bool has_key(const json_t *profile, const char *name)
{
    char *key = g_strconcat(text_in(profile, "owner"), "/", text_in(profile, "id"), NULL);
    bool fits = strcmp(key, name) == 0;

    g_free(key);
    return fits;
}

static bool has_own_id(const json_t *profile, const char *name)
{
    return strcmp(text_in(profile, "id"), name) == 0 && is_mine(profile);
}

static bool has_system_id(const json_t *profile, const char *name)
{
    return strcmp(text_in(profile, "id"), name) == 0 &&
           strcmp(text_in(profile, "owner"), "system") == 0;
}

static bool has_id(const json_t *profile, const char *name)
{
    return strcmp(text_in(profile, "id"), name) == 0;
}

static bool has_name(const json_t *profile, const char *name)
{
    return strcmp(text_in(profile, "name"), name) == 0;
}

static bool is_any(const json_t *profile, const char *name)
{
    (void)profile;
    return name[0] == '\0';
}

/* The only one of the list that fits; NULL: none, or several. */
static const json_t *find_only(const json_t *list, const char *name,
                               bool (*fits)(const json_t *profile, const char *name))
{
    const json_t *found = NULL;
    json_t *profile;
    size_t i;

    json_array_foreach((json_t *)list, i, profile)
    {
        if (!fits(profile, name))
            continue;
        if (found != NULL)
            return NULL;
        found = profile;
    }
    return found;
}

/* As the daemon does it for the methods that take a name: the first rule that fits decides. */
static const json_t *find(const json_t *list, const char *name)
{
    static bool (*const rules[])(const json_t *, const char *) = { has_key,       has_own_id,
                                                                   has_system_id, has_id,
                                                                   has_name,      is_any };
    const json_t *found = NULL;

    for (size_t i = 0; found == NULL && i < HF_ARRAY_LEN(rules); i++)
        found = find_only(list, name, rules[i]);
    return found;
}

/* Of the object: see the interface's description. */
static char *path_of(const json_t *profile)
{
    GString *path = g_string_new(HF_BUS_PROFILES_PATH "/");

    g_string_append_printf(path, "%s_", text_in(profile, "owner"));
    for (const char *c = text_in(profile, "id"); *c != '\0'; c++) {
        if (g_ascii_isalnum(*c))
            g_string_append_c(path, *c);
        else
            g_string_append_printf(path, "_%02x", (unsigned)(uint8_t)*c);
    }
    return g_string_free(path, FALSE);
}

/* --- calls ------------------------------------------------------------------------------------ */
/* NULL: the fault says why. */
static char *find_path(struct hf_session *session, const char *name, struct hf_fault *out_fault)
{
    json_t *list = hf_profiles_list(session, out_fault);
    const json_t *profile = find(list, name);
    char *path = profile == NULL ? NULL : path_of(profile);

    if (list != NULL && profile == NULL) {
        *out_fault = hf_fault_make(HF_ERR_NOT_FOUND, HF_STAGE_PROFILE);
        hf_fault_set_text(out_fault->received, hf_bytes_of_string(name));
    }
    json_decref(list);
    return path;
}

static void drop_arguments(GVariant *arguments)
{
    if (arguments != NULL)
        g_variant_unref(g_variant_ref_sink(arguments));
}

int hf_profiles_call(struct hf_cli *cli, struct hf_session *session, const char *name,
                     const struct hf_profiles_call *call)
{
    struct hf_client_target target = { .interface = HF_BUS_PROFILE_INTERFACE };
    GVariant *reply = NULL;
    struct hf_fault fault;
    char *path = find_path(session, name, &fault);
    hf_status status;

    if (path == NULL) {
        drop_arguments(call->arguments);
        return hf_cli_report(cli, &fault);
    }
    target.path = path;
    status = hf_client_call_on(hf_session_client(session), &target, call->method, call->arguments,
                               call->fds, &reply, call->out_fds, &fault);
    g_free(path);
    if (status != HF_OK)
        return hf_cli_report(cli, &fault);
    if (call->out_reply != NULL)
        *call->out_reply = reply;
    else
        g_variant_unref(reply);
    return 0;
}
