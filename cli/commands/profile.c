/* holdfast profile: what there is, and what is in it. `profile import` is import.c. */
#include "ipc/channel.h"
#include "output/json.h"
#include "output/text.h"
#include "profiles.h"

#include <string.h>
#include <unistd.h>

#define FILE_OCTETS_MAX (8 * 1024 * 1024)

/* --- list ------------------------------------------------------------------------------------- */
static void print_profile(const json_t *profile)
{
    static const char *const keys[] = { "id", "name", "protocol", "owner" };

    for (size_t i = 0; i < HF_ARRAY_LEN(keys); i++) {
        const char *text = json_string_value(json_object_get(profile, keys[i]));

        fputs(i == 0 ? "" : "  ", stdout);
        hf_text_print(stdout, text == NULL ? "" : text);
    }
    if (json_array_size(json_object_get(profile, "missing_secrets")) > 0)
        fputs("  (secrets missing)", stdout);
    putchar('\n');
}

static int list(struct hf_cli *cli, struct hf_session *session)
{
    struct hf_fault fault;
    json_t *profiles = hf_profiles_list(session, &fault), *profile;
    size_t i;

    if (profiles == NULL)
        return hf_cli_report(cli, &fault);
    if (cli->json) {
        hf_json_print(json_pack("{s:i, s:b, s:O}", "v", 1, "ok", 1, "profiles", profiles));
    } else {
        json_array_foreach(profiles, i, profile) print_profile(profile);
    }
    json_decref(profiles);
    return 0;
}

static int run_list(struct hf_cli *cli)
{
    return hf_session_run(cli, list);
}

/* --- show ------------------------------------------------------------------------------------- */
/* The native profile; NULL: the exit status says why. */
static json_t *read_native(struct hf_cli *cli, struct hf_session *session, int *out_exit)
{
    GVariant *reply;
    json_t *profile;
    const char *text;

    *out_exit =
        hf_profiles_call(cli, session, cli->words[0],
                         &(struct hf_profiles_call){ .method = "Show", .out_reply = &reply });
    if (*out_exit != 0)
        return NULL;
    g_variant_get(reply, "(&s)", &text);
    profile = json_loads(text, 0, NULL);
    g_variant_unref(reply);
    if (profile == NULL)
        *out_exit = hf_cli_report_status(cli, HF_ERR_MALFORMED, "Show");
    return profile;
}

static int show(struct hf_cli *cli, struct hf_session *session)
{
    int exit;
    json_t *profile = read_native(cli, session, &exit);

    if (profile == NULL)
        return exit;
    if (cli->json) {
        hf_json_print(json_pack("{s:i, s:b, s:O}", "v", 1, "ok", 1, "profile", profile));
    } else {
        json_dumpf(profile, stdout, JSON_INDENT(2)); /* escapes control characters */
        putchar('\n');
    }
    json_decref(profile);
    return 0;
}

static int run_show(struct hf_cli *cli)
{
    if (cli->word_count < 1)
        return hf_cli_report_status(cli, HF_ERR_USAGE, "profile show PROFILE");
    return hf_session_run(cli, show);
}

/* --- export ----------------------------------------------------------------------------------- */
static int print_file(const struct hf_cli *cli, const char *format, int fd)
{
    hf_buf file = hf_buf_with_max(FILE_OCTETS_MAX);
    hf_status status = fd < 0 ? HF_ERR_MALFORMED : hf_ipc_read_fd(fd, FILE_OCTETS_MAX, &file);
    json_t *text = NULL;

    if (status == HF_OK && cli->json) {
        text = json_stringn((const char *)file.data, file.len);
        status = text == NULL ? HF_ERR_MALFORMED : HF_OK;
    }
    if (status == HF_OK && cli->json)
        hf_json_print(
            json_pack("{s:i, s:b, s:s, s:o}", "v", 1, "ok", 1, "format", format, "file", text));
    else if (status == HF_OK)
        (void)fwrite(file.data, 1, file.len, stdout); /* a full disk is noticed at the end */
    hf_buf_free(&file);
    return status == HF_OK ? 0 : hf_cli_report_status(cli, status, "Export");
}

static int export(struct hf_cli *cli, struct hf_session *session)
{
    const char *format = hf_cli_value(cli, "--format");
    gboolean secrets = hf_cli_value(cli, "--with-secrets") != NULL;
    GUnixFDList *fds = NULL;
    int exit, fd;

    if (format == NULL)
        format = "native";
    exit = hf_profiles_call(
        cli, session, cli->words[0],
        &(struct hf_profiles_call){ .method = "Export",
                                    .arguments = g_variant_new("(sb)", format, secrets),
                                    .out_fds = &fds });
    if (exit != 0)
        return exit;
    fd = fds == NULL ? -1 : g_unix_fd_list_get(fds, 0, NULL);
    exit = print_file(cli, format, fd);
    if (fd >= 0)
        close(fd);
    g_clear_object(&fds);
    return exit;
}

static int run_export(struct hf_cli *cli)
{
    if (cli->word_count < 1)
        return hf_cli_report_status(cli, HF_ERR_USAGE, "profile export PROFILE");
    return hf_session_run(cli, export);
}

/* --- set -------------------------------------------------------------------------------------- */
/* What is no JSON is a text; nothing at all takes the key out. */
static json_t *value_of(const char *text)
{
    json_t *value;

    if (text[0] == '\0')
        return json_null();
    value = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    return value == NULL ? json_string(text) : value;
}

/* "ike.lifetime": the daemon knows the group, which is changed as a whole. Takes `value`. */
static json_t *put_in_group(const json_t *profile, const char *group, const char *key,
                            json_t *value)
{
    json_t *object = json_copy(json_object_get(profile, group));

    if (object == NULL)
        object = json_object();
    if (json_is_null(value))
        (void)json_object_del(object, key);
    else
        (void)json_object_set(object, key, value);
    json_decref(value);
    return object;
}

static int call_set(struct hf_cli *cli, struct hf_session *session, const char *key, json_t *value)
{
    char *text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    int exit;

    json_decref(value);
    if (text == NULL)
        return hf_cli_report_status(cli, HF_ERR_USAGE, key);
    exit = hf_profiles_call(cli, session, cli->words[0],
                            &(struct hf_profiles_call){
                                .method = "Set", .arguments = g_variant_new("(ss)", key, text) });
    free(text);
    return exit;
}

static int set_one(struct hf_cli *cli, struct hf_session *session, char **pair)
{
    char *dot = strchr(pair[0], '.');
    json_t *profile;
    int exit;

    if (dot == NULL)
        return call_set(cli, session, pair[0], value_of(pair[1]));
    profile = read_native(cli, session, &exit);
    if (profile == NULL)
        return exit;
    *dot = '\0';
    exit =
        call_set(cli, session, pair[0], put_in_group(profile, pair[0], dot + 1, value_of(pair[1])));
    json_decref(profile);
    return exit;
}

static int set(struct hf_cli *cli, struct hf_session *session)
{
    int exit = 0;

    for (size_t i = 1; exit == 0 && i < cli->word_count; i++) {
        char **pair = g_strsplit(cli->words[i], "=", 2);

        exit = pair[0] == NULL || pair[1] == NULL || pair[0][0] == '\0'
                   ? hf_cli_report_status(cli, HF_ERR_USAGE, cli->words[i])
                   : set_one(cli, session, pair);
        g_strfreev(pair);
    }
    return hf_cli_report_done(cli, exit);
}

static int run_set(struct hf_cli *cli)
{
    if (cli->word_count < 2)
        return hf_cli_report_status(cli, HF_ERR_USAGE, "profile set PROFILE KEY=VALUE…");
    return hf_session_run(cli, set);
}

/* --- remove ----------------------------------------------------------------------------------- */
static int remove_one(struct hf_cli *cli, struct hf_session *session)
{
    return hf_cli_report_done(cli,
                              hf_profiles_call(cli, session, cli->words[0],
                                               &(struct hf_profiles_call){ .method = "Remove" }));
}

static int run_remove(struct hf_cli *cli)
{
    if (cli->word_count < 1)
        return hf_cli_report_status(cli, HF_ERR_USAGE, "profile remove PROFILE");
    return hf_session_run(cli, remove_one);
}

/* --- the verbs -------------------------------------------------------------------------------- */
static const struct hf_cli_option export_options[] = {
    {"--format",        "native|mobileconfig|sswan|nmconnection", "the format; native by default"                },
    { "--with-secrets", NULL,                                     "with the secrets that are kept, in clear text"},
    { NULL,             NULL,                                     NULL                                           },
};

static const struct hf_command verb_list = {
    .name = "list", .words = "", .help = "the profiles that you can use", .run = run_list
};
static const struct hf_command verb_show = { .name = "show",
                                             .words = "PROFILE",
                                             .max_words = 1,
                                             .help = "the profile as native JSON",
                                             .run = run_show };
static const struct hf_command verb_export = { .name = "export",
                                               .words = "PROFILE",
                                               .max_words = 1,
                                               .help = "write the profile to standard output",
                                               .options = export_options,
                                               .run = run_export };
static const struct hf_command verb_set = { .name = "set",
                                            .words = "PROFILE KEY=VALUE…",
                                            .max_words = HF_CLI_WORDS_MAX,
                                            .help = "change keys: JSON or text; KEY= takes one out",
                                            .run = run_set };
static const struct hf_command verb_remove = { .name = "remove",
                                               .words = "PROFILE",
                                               .max_words = 1,
                                               .help = "remove the profile and its secrets",
                                               .run = run_remove };

static const struct hf_command *const verbs[] = { &verb_list,   &hf_command_import, &verb_show,
                                                  &verb_export, &verb_set,          &verb_remove,
                                                  NULL };

const struct hf_command hf_command_profile = {
    .name = "profile",
    .words = "VERB",
    .help = "profiles: what there is and what is in it",
    .verbs = verbs,
};
