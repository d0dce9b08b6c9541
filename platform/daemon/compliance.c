/* Compliance: see compliance.h. */
#include "daemon/compliance.h"

#include "version.h"

#include <glib.h>
#include <jansson.h>
#include <string.h>

void hf_compliance_hide(struct hf_driver_view *view)
{
    view->name[0] = '\0';
    view->status.profile[0] = '\0';
    memset(&view->status.summary, 0, sizeof view->status.summary);
    memset(&view->status.plan, 0, sizeof view->status.plan);
    view->grade_reasons = 0;
}

static char *hex_of(const uint8_t sum[32])
{
    char *text = g_malloc(65);

    for (size_t i = 0; i < 32; i++)
        g_snprintf(text + 2 * i, 3, "%02x", sum[i]);
    return text;
}

/* Of the files' hashes, in their order: two machines with the same files have the same. */
static char *policy_hash(const struct hf_policy_files *files)
{
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    char *text;

    for (size_t i = 0; i < hf_policy_files_count(files); i++)
        g_checksum_update(sum, hf_policy_files_nth(files, i)->sha256, 32);
    text = g_strdup(g_checksum_get_string(sum));
    g_checksum_free(sum);
    return text;
}

static json_t *files_value(const struct hf_policy_files *files, bool *out_good)
{
    json_t *list = json_array();

    *out_good = true;
    for (size_t i = 0; i < hf_policy_files_count(files); i++) {
        const struct hf_policy_file *file = hf_policy_files_nth(files, i);
        char *sum = hex_of(file->sha256);

        *out_good = *out_good && file->status == HF_OK;
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:b}", "path", file->name,
                                                    "sha256", sum, "ok", file->status == HF_OK,
                                                    "signed", file->is_signed));
        g_free(sum);
    }
    return list;
}

static json_t *reasons_value(const struct hf_driver_view *view)
{
    json_t *list = json_array();

    for (unsigned reason = 0; reason < HF_GRADE_REASON_COUNT; reason++) {
        if ((view->grade_reasons >> reason & 1) != 0)
            (void)json_array_append_new(
                list, json_string(hf_grade_reason_code((enum hf_grade_reason)reason)));
    }
    return list;
}

char *hf_compliance_json(const struct hf_driver_view *view, const struct hf_policy_files *files)
{
    const struct hf_supervisor_status *status = &view->status;
    bool connected = status->state == HF_CONN_CONNECTED, files_good;
    bool locked = status->lock == HF_LOCK_OFF || status->blocking;
    json_t *list = files_value(files, &files_good), *object;
    char *hash = policy_hash(files), *text;

    object = json_pack(
        "{s:i, s:b, s:b, s:b, s:b, s:s, s:s, s:s, s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:o, s:o}", "v",
        1, "compliant", connected && locked && files_good && view->grade < HF_GRADE_WEAK,
        "connected", connected, "kill_switch_active", status->blocking, "policy_ok", files_good,
        "version", HF_VERSION, "policy_hash", hash, "state", hf_conn_state_name(status->state),
        "kill_switch", hf_lock_mode_name(status->lock), "profile", status->profile, "grade",
        connected ? hf_grade_name(view->grade) : NULL, "cipher",
        connected && status->summary.esp_suite[0] != '\0' ? status->summary.esp_suite : NULL,
        "server_identity",
        connected && status->summary.gateway_identity[0] != '\0' ? status->summary.gateway_identity
                                                                 : NULL,
        "last_error", status->fault.status == HF_OK ? NULL : hf_status_code(status->fault.status),
        "grade_reasons", reasons_value(view), "policy_files", list);
    text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    g_free(hash);
    return text;
}
