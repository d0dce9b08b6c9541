/* Secrets from where the user says they are: see secrets.h. */
#include "secrets.h"

#include "ipc/channel.h"
#include "output/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define SECRET_MAX (256 * 1024)

/* --- sources ---------------------------------------------------------------------------------- */
static hf_status read_all(int fd, hf_buf *out)
{
    uint8_t chunk[4096];
    hf_status status = HF_OK;

    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            status = HF_ERR_NOT_FOUND;
        else if (got > 0 && !hf_buf_append(out, (hf_bytes){ chunk, (size_t)got }))
            status = HF_ERR_TOO_LARGE;
        if (got <= 0 || status != HF_OK)
            break;
    }
    hf_cleanse(chunk, sizeof chunk);
    return status;
}

static hf_status read_fd(const char *text, hf_buf *out)
{
    char *end;
    long fd;

    errno = 0;
    fd = strtol(text, &end, 10);
    if (*text < '0' || *text > '9' || errno != 0 || *end != '\0' || fd > 65535)
        return HF_ERR_USAGE;
    return read_all((int)fd, out);
}

static hf_status read_file(const char *path, hf_buf *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    hf_status status;

    if (fd < 0)
        return HF_ERR_NOT_FOUND;
    status = read_all(fd, out);
    close(fd);
    return status;
}

static hf_status read_variable(const char *name, hf_buf *out)
{
    const char *value = getenv(name);

    fprintf(stderr,
            "holdfast: a secret in the environment can be read by other processes of yours; "
            "fd:N or file:PATH is safer\n");
    if (value == NULL)
        return HF_ERR_NOT_FOUND;
    return hf_buf_append(out, hf_bytes_of_string(value)) ? HF_OK : HF_ERR_TOO_LARGE;
}

/* What systemd handed to this service (LoadCredential=). */
static hf_status read_credential(const char *name, hf_buf *out)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    char path[HF_PATH_MAX];

    if (folder == NULL || strchr(name, '/') != NULL ||
        hf_instance_path(folder, name, path) != HF_OK)
        return HF_ERR_NOT_FOUND;
    return read_file(path, out);
}

static volatile sig_atomic_t interrupted;

static void note_interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
}

/* One line, without its end. */
static hf_status read_line(int terminal, hf_buf *out)
{
    uint8_t c = 0;

    while (read(terminal, &c, 1) == 1 && c != '\n') {
        if (!hf_buf_append(out, (hf_bytes){ &c, 1 }))
            return HF_ERR_TOO_LARGE;
    }
    if (interrupted)
        return HF_ERR_CANCELLED;
    return c == '\n' && out->len > 0 ? HF_OK : HF_ERR_SECRET_NEEDED;
}

/* Nothing typed is shown, and an interrupt does not leave the terminal so. */
static hf_status read_hidden(int terminal, const char *name, hf_buf *out)
{
    struct sigaction ours = { .sa_handler = note_interrupt },
                     before; /* no SA_RESTART: it ends read */
    struct termios shown, hidden;
    hf_status status;

    if (tcgetattr(terminal, &shown) != 0)
        return HF_ERR_SECRET_NEEDED;
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    interrupted = 0;
    (void)sigaction(SIGINT, &ours, &before);
    (void)tcsetattr(terminal, TCSAFLUSH, &hidden); /* before anybody can type */
    dprintf(terminal, "%s: ", name);
    status = read_line(terminal, out);
    (void)tcsetattr(terminal, TCSAFLUSH, &shown);
    (void)sigaction(SIGINT, &before, NULL);
    dprintf(terminal, "\n");
    return status;
}

static hf_status ask(const struct hf_cli *cli, const char *name, hf_buf *out)
{
    int terminal = cli->non_interactive ? -1 : open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    hf_status status;

    if (terminal < 0)
        return HF_ERR_SECRET_NEEDED;
    status = read_hidden(terminal, name, out);
    close(terminal);
    return status;
}

static hf_status read_source(const struct hf_cli *cli, const char *name, const char *source,
                             hf_buf *out)
{
    if (strcmp(source, "stdin") == 0)
        return read_all(STDIN_FILENO, out);
    if (strcmp(source, "prompt") == 0)
        return ask(cli, name, out);
    if (strncmp(source, "fd:", 3) == 0)
        return read_fd(source + 3, out);
    if (strncmp(source, "file:", 5) == 0)
        return read_file(source + 5, out);
    if (strncmp(source, "env:", 4) == 0)
        return read_variable(source + 4, out);
    if (strncmp(source, "credential:", 11) == 0)
        return read_credential(source + 11, out);
    return HF_ERR_USAGE;
}

/* --- descriptors ------------------------------------------------------------------------------ */
/* A line's end is how the text was written down, not a part of it. */
static hf_bytes without_line_end(hf_bytes secret)
{
    if (secret.len > 0 && secret.data[secret.len - 1] == '\n')
        secret.len--;
    if (secret.len > 0 && secret.data[secret.len - 1] == '\r')
        secret.len--;
    return secret;
}

static hf_status make_fd(const hf_buf *secret, int *out_fd)
{
    int fd = hf_ipc_sealed_memfd("secret", without_line_end(hf_buf_bytes(secret)));

    if (fd < 0)
        return HF_ERR_LOCAL_SETUP;
    *out_fd = fd;
    return HF_OK;
}

static hf_status read_option(const struct hf_cli *cli, const char *name, const char *source,
                             int *out_fd)
{
    hf_buf secret = hf_buf_with_max(SECRET_MAX);
    hf_status status = read_source(cli, name, source, &secret);

    if (status == HF_OK)
        status = make_fd(&secret, out_fd);
    hf_buf_free(&secret);
    return status;
}

hf_status hf_cli_secrets_read_source(const struct hf_cli *cli, const char *name, const char *source,
                                     int *out_fd)
{
    return read_option(cli, name, source, out_fd);
}

hf_status hf_cli_secrets_prompt(const struct hf_cli *cli, const char *name, int *out_fd)
{
    return read_option(cli, name, "prompt", out_fd);
}

/* Splits NAME=SRC; false where it is not that. */
static bool split(const char *option, char name[64], const char **out_source)
{
    const char *equals = strchr(option, '=');

    if (equals == NULL || equals == option || equals - option >= 64)
        return false;
    memcpy(name, option, (size_t)(equals - option));
    name[equals - option] = '\0';
    *out_source = equals + 1;
    return true;
}

static bool is_secret(const struct hf_cli *cli, size_t i)
{
    return strcmp(cli->options[i].name, "--secret") == 0;
}

static hf_status add(const struct hf_cli *cli, const char *option, GUnixFDList *fds,
                     GVariantBuilder *names)
{
    char name[64];
    const char *source;
    int fd, handle;
    hf_status status;

    if (!split(option, name, &source))
        return HF_ERR_USAGE;
    status = read_option(cli, name, source, &fd);
    if (status != HF_OK)
        return status;
    handle = g_unix_fd_list_append(fds, fd, NULL);
    close(fd);
    if (handle < 0)
        return HF_ERR_LOCAL_SETUP;
    g_variant_builder_add(names, "{sh}", name, handle);
    return HF_OK;
}

hf_status hf_cli_secrets_read(const struct hf_cli *cli, GUnixFDList *fds, GVariant **out_names,
                              const char **out_wrong)
{
    GVariantBuilder names;

    g_variant_builder_init(&names, G_VARIANT_TYPE("a{sh}"));
    for (size_t i = 0; i < cli->option_count; i++) {
        hf_status status = is_secret(cli, i) ? add(cli, cli->options[i].value, fds, &names) : HF_OK;

        if (status != HF_OK) {
            *out_wrong = cli->options[i].value;
            g_variant_builder_clear(&names);
            return status;
        }
    }
    *out_names = g_variant_builder_end(&names);
    return HF_OK;
}

hf_status hf_cli_secrets_read_one(struct hf_cli *cli, const char *wanted, int *out_fd,
                                  const char **out_wrong)
{
    for (size_t i = 0; i < cli->option_count; i++) {
        char name[64];
        const char *source;

        if (!is_secret(cli, i))
            continue;
        *out_wrong = cli->options[i].value;
        if (!split(cli->options[i].value, name, &source))
            return HF_ERR_USAGE;
        if (strcmp(name, wanted) != 0)
            continue;
        cli->options[i].name = "";
        return read_option(cli, name, source, out_fd);
    }
    *out_fd = -1;
    return HF_OK;
}
