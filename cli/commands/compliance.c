/* holdfast compliance: one flat object about this computer, for the tools that ask for one. */
#include "output/json.h"
#include "output/text.h"
#include "session.h"

#include <stdlib.h>

#define EXIT_NO 20

static void print_lines(json_t *object)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

        printf("%s: ", key);
        hf_text_print(stdout, text == NULL ? "" : text);
        putchar('\n');
        free(text);
    }
}

static int ask(struct hf_cli *cli, struct hf_session *session)
{
    struct hf_fault fault;
    GVariant *reply;
    const char *text;
    json_t *object;
    int exit;

    if (hf_client_call(hf_session_client(session), "Compliance", NULL, NULL, &reply, &fault) !=
        HF_OK)
        return hf_cli_report(cli, &fault);
    g_variant_get(reply, "(&s)", &text);
    object = json_loads(text, 0, NULL);
    g_variant_unref(reply);
    if (object == NULL)
        return hf_cli_report_status(cli, HF_ERR_MALFORMED, "Compliance");
    exit = json_is_true(json_object_get(object, "compliant")) ? 0 : EXIT_NO;
    if (cli->json)
        hf_json_print(json_incref(object));
    else if (!cli->quiet)
        print_lines(object);
    json_decref(object);
    return exit;
}

static int run(struct hf_cli *cli)
{
    return hf_session_run(cli, ask);
}

const struct hf_command hf_command_compliance = {
    .name = "compliance",
    .words = "",
    .help = "whether this computer is as the organisation wants it; exit 20: no",
    .run = run,
};
