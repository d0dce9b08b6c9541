/* holdfast cert: certificates and keys of profiles. Files are parsed by the service's confined
 * process alone. */
#include "output/json.h"
#include "output/text.h"
#include "profile_file.h"
#include "profiles.h"
#include "secrets.h"

#include <string.h>
#include <unistd.h>

/* --- import ----------------------------------------------------------------------------------- */
static int call_import(struct hf_cli *cli, struct hf_session *session, int fd, int passphrase)
{
    GUnixFDList *fds = g_unix_fd_list_new();
    gint handle = g_unix_fd_list_append(fds, fd, NULL);
    GVariantBuilder options;
    int exit;

    g_variant_builder_init(&options, G_VARIANT_TYPE("a{sv}"));
    if (passphrase >= 0)
        g_variant_builder_add(&options, "{sv}", "key-passphrase",
                              g_variant_new_handle(g_unix_fd_list_append(fds, passphrase, NULL)));
    exit = hf_profiles_call(
        cli, session, cli->words[0],
        &(struct hf_profiles_call){ .method = "ImportCertificate",
                                    .arguments = g_variant_new("(ha{sv})", handle, &options),
                                    .fds = fds });
    g_object_unref(fds);
    return exit;
}

static int import(struct hf_cli *cli, struct hf_session *session)
{
    const char *wrong = "";
    int fd = -1, passphrase = -1, exit;
    hf_status status = hf_profile_file_open(cli->words[1], &fd);

    if (status != HF_OK)
        return hf_cli_report_status(cli, status, cli->words[1]);
    status = hf_cli_secrets_read_one(cli, "key-passphrase", &passphrase, &wrong);
    exit = status == HF_OK ? call_import(cli, session, fd, passphrase)
                           : hf_cli_report_status(cli, status, wrong);
    close(fd);
    if (passphrase >= 0)
        close(passphrase);
    return hf_cli_report_done(cli, exit);
}

static int run_import(struct hf_cli *cli)
{
    if (cli->word_count != 2)
        return hf_cli_report_status(cli, HF_ERR_USAGE, "cert import PROFILE FILE");
    return hf_session_run(cli, import);
}

/* --- list ------------------------------------------------------------------------------------- */
/* Where the key of the profile is, from its native form. */
static const char *location_of(const char *uri, bool kept)
{
    if (strncmp(uri, "pkcs11:", 7) == 0)
        return "pkcs11";
    if (strncmp(uri, "tpm2:", 5) == 0)
        return "tpm";
    return kept ? "file" : "none";
}

static bool keeps(GVariant *names, const char *wanted)
{
    GVariantIter *iter;
    const char *name;
    bool found = false;

    g_variant_get(names, "(as)", &iter);
    while (g_variant_iter_next(iter, "&s", &name))
        found = found || strcmp(name, wanted) == 0;
    g_variant_iter_free(iter);
    return found;
}

static json_t *describe(GVariant *shown, GVariant *names, const char *profile)
{
    const char *text, *uri;
    json_t *native, *row;

    g_variant_get(shown, "(&s)", &text);
    native = json_loads(text, 0, NULL);
    uri = json_string_value(json_object_get(native, "key-uri"));
    row =
        json_pack("{s:s, s:s, s:b, s:s}", "profile", profile, "key",
                  location_of(uri == NULL ? "" : uri, keeps(names, "private-key")), "certificates",
                  keeps(names, "certificates"), "key_uri", uri == NULL ? "" : uri);
    json_decref(native);
    return row;
}

/* NULL: the exit status says why. */
static json_t *look_at(struct hf_cli *cli, struct hf_session *session, const char *profile,
                       int *out_exit)
{
    GVariant *shown = NULL, *names = NULL;
    json_t *row = NULL;

    *out_exit = hf_profiles_call(
        cli, session, profile, &(struct hf_profiles_call){ .method = "Show", .out_reply = &shown });
    if (*out_exit == 0)
        *out_exit = hf_profiles_call(
            cli, session, profile,
            &(struct hf_profiles_call){ .method = "ListSecrets", .out_reply = &names });
    if (*out_exit == 0)
        row = describe(shown, names, profile);
    if (shown != NULL)
        g_variant_unref(shown);
    if (names != NULL)
        g_variant_unref(names);
    return row;
}

static json_t *look_at_all(struct hf_cli *cli, struct hf_session *session, const json_t *profiles,
                           int *out_exit)
{
    json_t *rows = json_array(), *profile;
    size_t i;

    *out_exit = 0;
    json_array_foreach((json_t *)profiles, i, profile)
    {
        char *key = g_strconcat(json_string_value(json_object_get(profile, "owner")), "/",
                                json_string_value(json_object_get(profile, "id")), NULL);

        if (*out_exit == 0)
            json_array_append_new(rows, look_at(cli, session, key, out_exit));
        g_free(key);
    }
    return rows;
}

static void print_rows(const struct hf_cli *cli, const json_t *rows)
{
    json_t *row;
    size_t i;

    if (cli->json) {
        hf_json_print(json_pack("{s:i, s:b, s:O}", "v", 1, "ok", 1, "certificates", rows));
        return;
    }
    json_array_foreach((json_t *)rows, i, row)
    {
        hf_text_print(stdout, json_string_value(json_object_get(row, "profile")));
        printf("  key: %s  certificates: %s\n", json_string_value(json_object_get(row, "key")),
               json_is_true(json_object_get(row, "certificates")) ? "kept" : "none");
    }
}

static int list(struct hf_cli *cli, struct hf_session *session)
{
    struct hf_fault fault;
    json_t *profiles = hf_profiles_list(session, &fault), *rows;
    int exit;

    if (profiles == NULL)
        return hf_cli_report(cli, &fault);
    rows = look_at_all(cli, session, profiles, &exit);
    if (exit == 0)
        print_rows(cli, rows);
    json_decref(rows);
    json_decref(profiles);
    return exit;
}

static int run_list(struct hf_cli *cli)
{
    return hf_session_run(cli, list);
}

/* --- remove ----------------------------------------------------------------------------------- */
static int remove_one(struct hf_cli *cli, struct hf_session *session)
{
    static const char *const names[] = { "private-key", "certificates" };
    int exit = 0;

    for (size_t i = 0; exit == 0 && i < HF_ARRAY_LEN(names); i++)
        exit = hf_profiles_call(
            cli, session, cli->words[0],
            &(struct hf_profiles_call){ .method = "ClearSecret",
                                        .arguments = g_variant_new("(s)", names[i]) });
    return hf_cli_report_done(cli, exit);
}

static int run_remove(struct hf_cli *cli)
{
    if (cli->word_count != 1)
        return hf_cli_report_status(cli, HF_ERR_USAGE, "cert remove PROFILE");
    return hf_session_run(cli, remove_one);
}

/* --- the verbs -------------------------------------------------------------------------------- */
static const struct hf_cli_option import_options[] = {
    HF_CLI_SECRET_OPTION,
    {NULL, NULL, NULL},
};

static const struct hf_command verb_list = {
    .name = "list", .words = "", .help = "where the keys of the profiles are", .run = run_list
};
static const struct hf_command verb_import = {
    .name = "import",
    .words = "PROFILE FILE|-",
    .max_words = 2,
    .help = "give a profile the key and certificates of a PKCS#12 or PEM file",
    .options = import_options,
    .run = run_import
};
static const struct hf_command verb_remove = { .name = "remove",
                                               .words = "PROFILE",
                                               .max_words = 1,
                                               .help = "forget a profile's key and certificates",
                                               .run = run_remove };
static const struct hf_command *const verbs[] = { &verb_list, &verb_import, &verb_remove, NULL };

const struct hf_command hf_command_cert = {
    .name = "cert",
    .words = "VERB",
    .help = "keys and certificates of profiles",
    .verbs = verbs,
};
