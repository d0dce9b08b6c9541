/* Tests of what is told of the connection (daemon/chronicle.h, status_files.h). */
#include "daemon/chronicle.h"
#include "support/test.h"

#include <glib.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char folder[64], metrics[96], told[512];
static struct hf_log *log_;
static struct hf_chronicle *chronicle;
static struct hf_driver_view *view;

static void on_event(void *context, const char *json)
{
    json_t *object = json_loads(json, 0, NULL);
    size_t used = strlen(told);

    (void)context;
    snprintf(told + used, sizeof told - used, "%s ",
             json_string_value(json_object_get(object, "event.code")));
    json_decref(object);
}

static void setup(void)
{
    struct hf_log_sinks sinks = { 0 };
    struct hf_chronicle_parts parts = { .run = folder, .metrics = metrics, .event = on_event };

    memcpy(folder, "/tmp/hf-chronicle-XXXXXX", sizeof "/tmp/hf-chronicle-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    snprintf(metrics, sizeof metrics, "%s/holdfast.prom", folder);
    log_ = hf_log_new(&sinks);
    parts.log = log_;
    chronicle = hf_chronicle_new(&parts);
    view = g_new0(struct hf_driver_view, 1);
    told[0] = '\0';
}

static void teardown(void)
{
    char *command[] = { (char *)"rm", (char *)"-r", folder, NULL };

    hf_chronicle_free(chronicle);
    hf_log_free(log_);
    g_free(view);
    g_spawn_sync(NULL, command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
}

TestSuite(chronicle, .init = setup, .fini = teardown);

static void become(enum hf_conn_state state, hf_status fault, bool blocking)
{
    view->status.state = state;
    view->status.fault = hf_fault_make(fault, HF_STAGE_AUTHENTICATION);
    view->status.blocking = blocking;
    hf_chronicle_update(chronicle, view);
}

static char *content(const char *path)
{
    char *text = NULL;

    cr_assert(g_file_get_contents(path, &text, NULL, NULL), "%s", path);
    return text;
}

Test(chronicle, a_session_is_told_once_for_each_change)
{
    become(HF_CONN_RESOLVING, HF_OK, true);
    become(HF_CONN_CONNECTED, HF_OK, true);
    become(HF_CONN_CONNECTED, HF_OK, true);
    become(HF_CONN_PATH_LOST, HF_OK, true);
    become(HF_CONN_DISCONNECTED, HF_OK, false);
    cr_expect_str_eq(told, "state connected path-lost disconnected unblocked ");
}

Test(chronicle, a_rejection_is_an_event_of_its_own_each_time_another_reason_comes)
{
    become(HF_CONN_FAILED, HF_ERR_AUTH_REJECTED, false);
    become(HF_CONN_FAILED, HF_ERR_PEER_AUTH, false);
    become(HF_CONN_FAILED, HF_ERR_NO_PROPOSAL, false);
    become(HF_CONN_RECONNECTING, HF_ERR_NO_REPLY, true);
    cr_expect_str_eq(told, "auth-failed auth-failed failed state ");
}

Test(chronicle, a_weak_connection_is_named)
{
    view->grade = HF_GRADE_WEAK;
    view->grade_reasons = 1u << HF_GRADE_REASON_weak_hash;
    become(HF_CONN_CONNECTED, HF_OK, true);
    cr_expect_str_eq(told, "connected weak-connection ");
}

Test(chronicle, the_files_are_for_everybody_and_name_nobody)
{
    char path[128], *text;
    struct stat st;
    json_t *object;

    hf_copy(view->status.profile, "office", sizeof "office");
    hf_copy(view->status.summary.gateway_identity, "gw.secret.example", sizeof "gw.secret.example");
    view->counters.octets_in = 77;
    become(HF_CONN_CONNECTED, HF_OK, true);
    become(HF_CONN_RECONNECTING, HF_ERR_PEER_GONE, true);
    snprintf(path, sizeof path, "%s/status.json", folder);
    cr_assert_eq(stat(path, &st), 0);
    cr_expect_eq(st.st_mode & 0777, 0644);
    text = content(path);
    cr_expect(strstr(text, "office") == NULL && strstr(text, "secret") == NULL);
    object = json_loads(text, 0, NULL);
    cr_expect_str_eq(json_string_value(json_object_get(object, "state")), "reconnecting");
    cr_expect_str_eq(json_string_value(json_object_get(object, "code")), "gateway-gone");
    cr_expect(json_is_true(json_object_get(object, "blocking")));
    json_decref(object);
    g_free(text);
    text = content(metrics);
    cr_expect(strstr(text, "\nholdfast_up 0\n") != NULL);
    cr_expect(strstr(text, "\nholdfast_rx_bytes_total 77\n") != NULL);
    cr_expect(strstr(text, "\nholdfast_reconnects_total 1\n") != NULL);
    cr_expect(strstr(text, "holdfast_last_error{code=\"gateway-gone\"} 1\n") != NULL);
    g_free(text);
}
