/* The policy on the bus: what holds and who said so, whether a file would, and what an organisation
 * asks about this machine. */
#include "daemon/call.h"
#include "daemon/compliance.h"

#include <stdlib.h>

hf_call_handler_fn hf_manager_policy, hf_manager_check_policy, hf_manager_reload,
    hf_manager_compliance;

static void answer_text(struct hf_call *call, hf_status status, const hf_buf *text)
{
    char *string;

    if (status != HF_OK) {
        hf_call_answer(call, status, "");
        return;
    }
    string = g_strndup((const char *)text->data, text->len);
    hf_call_return(call, g_variant_new("(s)", string));
    g_free(string);
}

void hf_manager_policy(struct hf_call *call)
{
    hf_buf text = hf_buf_with_max(HF_PROFILE_FILE_MAX);
    hf_status status = hf_policy_list(hf_policy_files_policy(call->manager->policy), &text);

    answer_text(call, status, &text);
    hf_buf_free(&text);
}

/* As a managed file by itself, so that what it says is what is listed. */
static hf_status check(hf_bytes file, hf_buf *out, struct hf_fault *fault)
{
    struct hf_policy *policy;
    hf_status status = hf_policy_new(&policy);

    *fault = hf_fault_make(status, HF_STAGE_NONE);
    if (status != HF_OK)
        return status;
    status = hf_policy_merge(policy, HF_POLICY_TIER_MANAGED, "the file", file, fault);
    if (status == HF_OK)
        status = hf_policy_list(policy, out);
    hf_policy_free(policy);
    return status;
}

void hf_manager_check_policy(struct hf_call *call)
{
    hf_buf file = hf_buf_with_max(HF_POLICY_FILE_MAX);
    hf_buf text = hf_buf_with_max(HF_PROFILE_FILE_MAX);
    struct hf_fault fault;
    hf_status status;
    gint32 handle;

    g_variant_get(call->arguments, "(h)", &handle);
    status = hf_call_read(call, handle, HF_POLICY_FILE_MAX, &file);
    fault = hf_fault_make(status, HF_STAGE_NONE);
    if (status == HF_OK)
        status = check(hf_buf_bytes(&file), &text, &fault);
    if (status == HF_OK)
        answer_text(call, status, &text);
    else
        hf_call_fail(call, &fault);
    hf_buf_free(&file);
    hf_buf_free(&text);
}

void hf_manager_reload(struct hf_call *call)
{
    hf_policy_files_reload(call->manager->policy);
    hf_profile_files_reload(call->manager->profile_files);
    hf_call_answer(call, HF_OK, "");
}

void hf_manager_compliance(struct hf_call *call)
{
    struct hf_driver_view *view = g_new0(struct hf_driver_view, 1);
    char *text;

    hf_driver_view(call->manager->driver, view);
    if (!hf_manager_shows_session_to(call->manager, call->peer->uid))
        hf_compliance_hide(view);
    text = hf_compliance_json(view, call->manager->policy);
    if (text == NULL)
        hf_call_answer(call, HF_ERR_NO_MEMORY, "");
    else
        hf_call_return(call, g_variant_new("(s)", text));
    free(text);
    g_free(view);
}
