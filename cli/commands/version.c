/* holdfast version: ours, and that of the daemon where one answers. */
#include "version.h"

#include "output/json.h"
#include "output/text.h"
#include "session.h"

/* Borrowed from `*out_reply`; NULL where no daemon answers. */
static const char *ask_daemon(struct hf_cli *cli, GVariant **out_reply)
{
    struct hf_client *client;
    struct hf_fault fault;
    const char *version = NULL;

    if (hf_client_new(&cli->instance, &client) != HF_OK)
        return NULL;
    if (hf_client_call(client, "Version", NULL, NULL, out_reply, &fault) == HF_OK)
        g_variant_get(*out_reply, "(&s)", &version);
    hf_client_free(client);
    return version;
}

static int run(struct hf_cli *cli)
{
    GVariant *reply = NULL;
    const char *daemon = ask_daemon(cli, &reply);

    if (cli->json) {
        hf_json_print(
            json_pack("{s:i, s:s, s:s?}", "v", 1, "version", HF_VERSION, "daemon", daemon));
    } else {
        puts("holdfast " HF_VERSION);
        if (daemon != NULL) {
            fputs("holdfastd ", stdout);
            hf_text_print(stdout, daemon);
            putchar('\n');
        }
    }
    if (reply != NULL)
        g_variant_unref(reply);
    return 0;
}

const struct hf_command hf_command_version = {
    .name = "version",
    .words = "",
    .help = "say which version this is",
    .run = run,
};
