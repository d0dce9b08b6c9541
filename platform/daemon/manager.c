/* The methods of the bus: see manager.h. */
#include "daemon/manager.h"

#include "daemon/clock.h"
#include "daemon/status_json.h"
#include "ipc/names.h"
#include "version.h"

#include <gio/gunixfdlist.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECRET_MAX (256 * 1024)

struct hf_manager {
    struct hf_driver *driver;
    struct hf_importer *importer;
    struct hf_store *store;
};

/* --- answers ---------------------------------------------------------------------------------- */
static void answer_fault(GDBusMethodInvocation *invocation, const struct hf_fault *fault)
{
    char *name = g_strconcat(HF_BUS_ERROR_PREFIX, hf_status_code(fault->status), NULL);
    char *detail = hf_status_json_of_fault(fault);

    g_strdelimit(name + strlen(HF_BUS_ERROR_PREFIX), "-", '_');
    g_dbus_method_invocation_return_dbus_error(invocation, name, detail == NULL ? "" : detail);
    free(detail);
    g_free(name);
}

static void answer(GDBusMethodInvocation *invocation, hf_status status, const char *received)
{
    struct hf_fault fault = hf_fault_make(status, HF_STAGE_NONE);

    hf_fault_set_text(fault.received, hf_bytes_of_string(received));
    if (status == HF_OK)
        g_dbus_method_invocation_return_value(invocation, NULL);
    else
        answer_fault(invocation, &fault);
}

/* --- descriptors ------------------------------------------------------------------------------ */
/* The descriptor that a handle in the call's arguments means; -1: there is none. */
static int fd_of_handle(GDBusMethodInvocation *invocation, gint32 handle)
{
    GDBusMessage *message = g_dbus_method_invocation_get_message(invocation);
    GUnixFDList *list = g_dbus_message_get_unix_fd_list(message);

    if (list == NULL || handle < 0 || handle >= g_unix_fd_list_get_length(list))
        return -1;
    return g_unix_fd_list_get(list, handle, NULL);
}

static hf_status read_secret(GDBusMethodInvocation *invocation, gint32 handle, hf_buf *out)
{
    int fd = fd_of_handle(invocation, handle);
    hf_status status = fd < 0 ? HF_ERR_USAGE : hf_ipc_read_fd(fd, SECRET_MAX, out);

    if (fd >= 0)
        close(fd);
    return status;
}

static hf_status read_secrets(GDBusMethodInvocation *invocation, GVariant *given,
                              struct hf_secrets *out)
{
    hf_status status = HF_OK;
    GVariantIter iter;
    const char *text;
    gint32 handle;

    g_variant_iter_init(&iter, given);
    while (status == HF_OK && g_variant_iter_next(&iter, "{&sh}", &text, &handle)) {
        enum hf_secret_name name;

        if (!hf_secret_name_of_text(hf_bytes_of_string(text), &name))
            return HF_ERR_USAGE;
        hf_buf_clear(&out->values[name]);
        status = read_secret(invocation, handle, &out->values[name]);
    }
    return status;
}

/* --- methods ---------------------------------------------------------------------------------- */
/* What is missing before a connection can start: a credential that the file should have brought, or
 * a secret that a person could give. */
static hf_status check_secrets(const struct hf_profile *profile, const struct hf_secrets *secrets,
                               struct hf_fault *out_fault)
{
    uint32_t required = hf_profile_required_secrets(profile);
    uint32_t credentials = 1u << HF_SECRET_PRIVATE_KEY | 1u << HF_SECRET_CERTIFICATES;
    uint32_t missing = 0;

    *out_fault = (struct hf_fault){ 0 };
    for (unsigned name = 0; name < HF_SECRET_NAME_COUNT; name++) {
        if ((required >> name & 1) == 0 || secrets->values[name].len > 0)
            continue;
        missing |= 1u << name;
        hf_fault_add_text(out_fault->offered,
                          hf_bytes_of_string(hf_secret_name_text((enum hf_secret_name)name)));
    }
    if (missing == 0)
        return HF_OK;
    out_fault->stage = HF_STAGE_PROFILE;
    out_fault->status =
        (missing & credentials) != 0 ? HF_ERR_CREDENTIAL_MISSING : HF_ERR_SECRET_NEEDED;
    return out_fault->status;
}

static hf_status load(struct hf_manager *manager, const char *wanted, struct hf_profile *profile,
                      struct hf_secrets *secrets, struct hf_fault *out_fault)
{
    char id[HF_PROFILE_TEXT_MAX];
    hf_status status = hf_store_find(manager->store, wanted, id);

    *out_fault = hf_fault_make(status, HF_STAGE_PROFILE);
    hf_fault_set_text(out_fault->received, hf_bytes_of_string(wanted));
    if (status == HF_OK)
        status = hf_store_load(manager->store, id, profile, secrets, out_fault);
    return status;
}

static void connect_profile(struct hf_manager *manager, GVariant *parameters,
                            GDBusMethodInvocation *invocation)
{
    struct hf_profile profile;
    struct hf_secrets secrets;
    struct hf_fault fault;
    hf_status status;
    const char *wanted;
    GVariant *given;

    g_variant_get(parameters, "(&s@a{sh}@a{sv})", &wanted, &given, NULL);
    hf_profile_init(&profile);
    hf_secrets_init(&secrets);
    status = load(manager, wanted, &profile, &secrets, &fault);
    if (status == HF_OK) {
        status = read_secrets(invocation, given, &secrets);
        fault = hf_fault_make(status, HF_STAGE_PROFILE);
    }
    if (status == HF_OK)
        status = check_secrets(&profile, &secrets, &fault);
    if (status == HF_ERR_CREDENTIAL_MISSING || status == HF_ERR_PROFILE_INVALID)
        hf_driver_refuse(manager->driver, &fault);
    if (status == HF_OK) {
        status = hf_driver_connect(manager->driver, &profile, &secrets);
        fault = hf_fault_make(status, HF_STAGE_NONE);
    }
    if (status == HF_OK)
        g_dbus_method_invocation_return_value(invocation, NULL);
    else
        answer_fault(invocation, &fault);
    hf_profile_clear(&profile);
    hf_secrets_clear(&secrets);
    g_variant_unref(given);
}

static void give_secret(struct hf_manager *manager, GVariant *parameters,
                        GDBusMethodInvocation *invocation)
{
    hf_buf value = hf_buf_with_max(SECRET_MAX);
    enum hf_secret_name name;
    hf_status status = HF_ERR_USAGE;
    const char *text;
    gint32 handle;

    g_variant_get(parameters, "(&sh)", &text, &handle);
    if (hf_secret_name_of_text(hf_bytes_of_string(text), &name))
        status = read_secret(invocation, handle, &value);
    if (status == HF_OK)
        status = hf_driver_give_secret(manager->driver, name, hf_buf_bytes(&value));
    hf_buf_free(&value);
    answer(invocation, status, text);
}

static void import_done(void *context, const struct hf_fault *fault, const char *id,
                        const char *report)
{
    GDBusMethodInvocation *invocation = context;

    if (fault->status == HF_OK)
        g_dbus_method_invocation_return_value(invocation, g_variant_new("(ss)", id, report));
    else
        answer_fault(invocation, fault);
}

static void import_file(struct hf_manager *manager, GVariant *parameters,
                        GDBusMethodInvocation *invocation)
{
    struct hf_importer_request request = { .passphrase = -1 };
    hf_status status = HF_ERR_USAGE;
    gboolean dry_run = FALSE;
    GVariant *options;
    gint32 handle;

    g_variant_get(parameters, "(h@a{sv})", &handle, &options);
    request.file = fd_of_handle(invocation, handle);
    (void)g_variant_lookup(options, "name", "&s", &request.name);
    (void)g_variant_lookup(options, "dry-run", "b", &dry_run);
    if (g_variant_lookup(options, "key-passphrase", "h", &handle))
        request.passphrase = fd_of_handle(invocation, handle);
    request.dry_run = dry_run;
    if (request.file >= 0)
        status = hf_importer_start(manager->importer, &request, import_done, invocation);
    if (request.file >= 0)
        close(request.file);
    if (request.passphrase >= 0)
        close(request.passphrase);
    if (status != HF_OK)
        answer(invocation, status, "");
    g_variant_unref(options);
}

static void list_profiles(struct hf_manager *manager, GVariant *parameters,
                          GDBusMethodInvocation *invocation)
{
    char id[HF_PROFILE_TEXT_MAX], name[HF_PROFILE_TEXT_MAX];
    json_t *list = json_array();
    char *text;

    (void)parameters;
    for (size_t n = 0; hf_store_nth(manager->store, n, id, name); n++)
        json_array_append_new(list, json_pack("{s:s, s:s}", "id", id, "name", name));
    text = json_dumps(list, JSON_COMPACT);
    g_dbus_method_invocation_return_value(invocation,
                                          g_variant_new("(s)", text == NULL ? "[]" : text));
    free(text);
    json_decref(list);
}

static void disconnect_profile(struct hf_manager *manager, GVariant *parameters,
                               GDBusMethodInvocation *invocation)
{
    (void)parameters;
    hf_driver_disconnect(manager->driver);
    answer(invocation, HF_OK, "");
}

static void unblock(struct hf_manager *manager, GVariant *parameters,
                    GDBusMethodInvocation *invocation)
{
    (void)parameters;
    hf_driver_unblock(manager->driver);
    answer(invocation, HF_OK, "");
}

typedef char *describe_fn(const struct hf_driver_view *view, hf_time now);

static GVariant *describe(struct hf_manager *manager, describe_fn *as_json)
{
    struct hf_driver_view *view = g_new0(struct hf_driver_view, 1);
    GVariant *state = NULL;
    char *text;

    hf_driver_view(manager->driver, view);
    text = as_json(view, hf_clock_now());
    if (text != NULL)
        state = g_variant_new("(s)", text);
    free(text);
    g_free(view);
    return state;
}

GVariant *hf_manager_state(struct hf_manager *manager)
{
    return describe(manager, hf_status_json_of);
}

GVariant *hf_manager_outline(struct hf_manager *manager)
{
    return describe(manager, hf_status_json_of_outline);
}

static void answer_state(GDBusMethodInvocation *invocation, GVariant *state)
{
    if (state == NULL)
        answer(invocation, HF_ERR_NO_MEMORY, "");
    else
        g_dbus_method_invocation_return_value(invocation, state);
}

static void status(struct hf_manager *manager, GVariant *parameters,
                   GDBusMethodInvocation *invocation)
{
    (void)parameters;
    answer_state(invocation, hf_manager_state(manager));
}

static void outline(struct hf_manager *manager, GVariant *parameters,
                    GDBusMethodInvocation *invocation)
{
    (void)parameters;
    answer_state(invocation, hf_manager_outline(manager));
}

static void version(struct hf_manager *manager, GVariant *parameters,
                    GDBusMethodInvocation *invocation)
{
    (void)manager;
    (void)parameters;
    g_dbus_method_invocation_return_value(invocation, g_variant_new("(s)", HF_VERSION));
}

static void rekey(struct hf_manager *manager, GVariant *parameters,
                  GDBusMethodInvocation *invocation)
{
    gboolean ike;

    g_variant_get(parameters, "(b)", &ike);
    answer(invocation, hf_driver_rekey(manager->driver, ike), "");
}

/* --- the table: what may be asked, and by whom --------------------------------------------------
 */
typedef void handle_fn(struct hf_manager *manager, GVariant *parameters,
                       GDBusMethodInvocation *invocation);

static const struct method {
    const char *name;
    handle_fn *handle;
    handle_fn *for_others; /* NULL: denied to who is neither root nor the owner */
} methods[] = {
    {"Import",        import_file,        NULL   },
    { "ListProfiles", list_profiles,      NULL   },
    { "Connect",      connect_profile,    NULL   },
    { "GiveSecret",   give_secret,        NULL   },
    { "Disconnect",   disconnect_profile, NULL   },
    { "Unblock",      unblock,            NULL   },
    { "Status",       status,             outline},
    { "Version",      version,            version},
    { "Rekey",        rekey,              NULL   },
};

void hf_manager_call(struct hf_manager *manager, GDBusMethodInvocation *invocation, bool privileged)
{
    const char *name = g_dbus_method_invocation_get_method_name(invocation);
    handle_fn *handle;

    for (size_t i = 0; i < HF_ARRAY_LEN(methods); i++) {
        if (strcmp(methods[i].name, name) != 0)
            continue;
        handle = privileged ? methods[i].handle : methods[i].for_others;
        if (handle != NULL)
            handle(manager, g_dbus_method_invocation_get_parameters(invocation), invocation);
        else
            answer(invocation, HF_ERR_DENIED, name);
        return;
    }
    answer(invocation, HF_ERR_USAGE, name);
}

hf_status hf_manager_new(struct hf_driver *driver, struct hf_importer *importer,
                         struct hf_store *store, struct hf_manager **out)
{
    struct hf_manager *manager = calloc(1, sizeof *manager);

    if (manager == NULL)
        return HF_ERR_NO_MEMORY;
    *manager = (struct hf_manager){ driver, importer, store };
    *out = manager;
    return HF_OK;
}

void hf_manager_free(struct hf_manager *manager)
{
    free(manager);
}
