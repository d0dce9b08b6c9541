/* holdfast-agent: the secrets agent of a user's session. Started with the session, as its user;
 * ends with holdfastd, to be started again by whoever keeps the session's services. */
#include "helpers/agent/agent.h"
#include "ipc/client.h"
#include "version.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

static void usage(FILE *to)
{
    fputs("usage: holdfast-agent [--root DIR] [--bus system|none]\n", to);
}

static hf_status read_options(struct hf_instance *instance, int argc, char **argv)
{
    hf_instance_init(instance);
    for (int at = 1; at < argc;) {
        int took = hf_instance_option(instance, argc, argv, at);

        if (took <= 0)
            return HF_ERR_USAGE;
        at += took;
    }
    return hf_instance_finish(instance);
}

static void daemon_gone(void *context)
{
    g_main_loop_quit(context);
}

static void state_changed(void *context, const char *status)
{
    (void)context;
    (void)status;
}

static gboolean asked_to_end(gpointer loop)
{
    g_main_loop_quit(loop);
    return G_SOURCE_CONTINUE;
}

static hf_status offer(struct hf_client *client)
{
    struct hf_fault fault;
    GVariant *reply;
    bool is_shared;
    GDBusConnection *connection = hf_client_connection(client, &is_shared);
    hf_status status = hf_agent_export(connection, is_shared);

    if (status == HF_OK)
        status = hf_client_call(client, "RegisterAgent", g_variant_new("(o)", HF_AGENT_PATH), NULL,
                                &reply, &fault);
    if (status == HF_OK)
        g_variant_unref(reply);
    return status;
}

static hf_status serve(const struct hf_instance *instance)
{
    static const struct hf_client_events events = { state_changed, daemon_gone, NULL };
    GMainLoop *loop = g_main_loop_new(NULL, FALSE);
    struct hf_client *client = NULL;
    hf_status status = hf_client_new(instance, &client);

    if (status == HF_OK) {
        hf_client_listen(client, &events, loop);
        status = offer(client);
    }
    if (status == HF_OK) {
        g_unix_signal_add(SIGTERM, asked_to_end, loop);
        g_unix_signal_add(SIGINT, asked_to_end, loop);
        puts("holdfast-agent: ready");
        fflush(stdout);
        g_main_loop_run(loop);
    }
    if (client != NULL)
        hf_client_free(client);
    g_main_loop_unref(loop);
    return status;
}

int main(int argc, char **argv)
{
    struct hf_instance instance;
    hf_status status;

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        usage(stdout);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts("holdfast-agent " HF_VERSION);
        return 0;
    }
    (void)prctl(PR_SET_DUMPABLE, 0); /* secrets pass through: no core files, no ptrace */
    status = read_options(&instance, argc, argv);
    if (status != HF_OK) {
        usage(stderr);
        return hf_status_exit(status);
    }
    status = serve(&instance);
    if (status != HF_OK)
        fprintf(stderr, "holdfast-agent: %s\n", hf_status_code(status));
    return hf_status_exit(status);
}
