/* Taking in what people hand over: profiles, and certificates for one that lacks them. */
#include "daemon/call.h"

#include <string.h>
#include <unistd.h>

hf_call_handler_fn hf_manager_import, hf_profile_object_import_certificate;

static void import_done(void *context, const struct hf_fault *fault, const char *id,
                        const char *report)
{
    struct hf_call *call = context;

    if (fault->status == HF_OK)
        hf_call_return(call, g_variant_new("(ss)", id, report));
    else
        hf_call_fail(call, fault);
}

static hf_status add_attachment(const struct hf_call *call, const char *name, gint32 handle,
                                struct hf_importer_request *request)
{
    size_t n = request->asked.attachment_count;
    size_t length = strlen(name);

    if (n == HF_IMPORT_ATTACHMENTS || length == 0 || length >= HF_PROFILE_WORD_MAX)
        return HF_ERR_USAGE;
    request->attachments[n] = hf_call_fd(call, handle);
    if (request->attachments[n] < 0)
        return HF_ERR_USAGE;
    hf_copy(request->asked.names[n], name, length + 1);
    request->asked.attachment_count++;
    return HF_OK;
}

static hf_status add_attachments(const struct hf_call *call, GVariant *options,
                                 struct hf_importer_request *request)
{
    hf_status status = HF_OK;
    GVariantIter *iter;
    const char *name;
    gint32 handle;

    if (!g_variant_lookup(options, "attachments", "a{sh}", &iter))
        return HF_OK;
    while (status == HF_OK && g_variant_iter_next(iter, "{&sh}", &name, &handle))
        status = add_attachment(call, name, handle, request);
    g_variant_iter_free(iter);
    return status;
}

static hf_status read_options(const struct hf_call *call, GVariant *options,
                              struct hf_importer_request *request)
{
    gboolean dry_run = FALSE, system = FALSE;
    const char *pick = "";
    gint32 handle;

    (void)g_variant_lookup(options, "name", "&s", &request->name);
    (void)g_variant_lookup(options, "pick", "&s", &pick);
    (void)g_variant_lookup(options, "dry-run", "b", &dry_run);
    (void)g_variant_lookup(options, "system", "b", &system);
    if (g_variant_lookup(options, "key-passphrase", "h", &handle))
        request->passphrase = hf_call_fd(call, handle);
    if (strlen(pick) >= sizeof request->asked.pick)
        return HF_ERR_USAGE;
    hf_copy(request->asked.pick, pick, strlen(pick) + 1);
    request->dry_run = dry_run;
    request->owner = system ? HF_OWNER_SYSTEM : (hf_owner)call->peer->uid;
    return add_attachments(call, options, request);
}

static void close_files(struct hf_importer_request *request)
{
    if (request->file >= 0)
        close(request->file);
    if (request->passphrase >= 0)
        close(request->passphrase);
    for (size_t i = 0; i < request->asked.attachment_count; i++)
        close(request->attachments[i]);
}

/* Of a profile, or of a certificate for the one that is the call's target. */
static void start_import(struct hf_call *call, const struct hf_profile_ref *credential,
                         hf_importer_done_fn *done)
{
    struct hf_importer_request request = { .passphrase = -1, .credential = credential };
    hf_status status = HF_ERR_USAGE;
    GVariant *options;
    gint32 handle;

    g_variant_get(call->arguments, "(h@a{sv})", &handle, &options);
    request.file = hf_call_fd(call, handle);
    if (request.file >= 0)
        status = read_options(call, options, &request);
    if (status == HF_OK)
        status = hf_importer_start(call->manager->importer, &request, done, call);
    close_files(&request);
    if (status != HF_OK)
        hf_call_answer(call, status, "");
    g_variant_unref(options);
}

void hf_manager_import(struct hf_call *call)
{
    start_import(call, NULL, import_done);
}

static void certificate_done(void *context, const struct hf_fault *fault, const char *id,
                             const char *report)
{
    struct hf_call *call = context;

    (void)id;
    (void)report;
    if (fault->status == HF_OK)
        hf_call_return(call, NULL);
    else
        hf_call_fail(call, fault);
}

void hf_profile_object_import_certificate(struct hf_call *call)
{
    start_import(call, &call->ref, certificate_done);
}
