/* An engine that somebody has taken over: started by netd in the place of holdfast-engine, confined
 * by the same code, it does what its script says, which comes as the secret "psk" of the profile.
 * One step a line:
 *
 *   say TYPE HEX COUNT FDS   a message to holdfastd, so often, each with so many descriptors
 *   raw N                    a packet of N zeros
 *   await TYPE               the next message of that type; its descriptor is kept
 *   call NAME ARGUMENT…      a system call: numbers, @text, #hexadecimal, tun, underlay, resolver
 *   stay                     answers echoes until the end
 *
 * What came of each call goes into the trace, as text "N result errno" of the N-th line. With
 * `--bare` the script comes from standard input, and nothing is confined: what would succeed. */
#include "base/trace.h"
#include "engine/import.h"
#include "engine/sandbox.h"
#include "ipc/engine_protocol.h"

#include <errno.h>
#include <holdfast/attempt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WORDS 9

static int tun = -1, underlay = -1, resolver = -1;
static uint8_t buffer[HF_IPC_BODY_MAX + 16];
static bool bare;

static void say(uint16_t type, hf_bytes body, size_t fds)
{
    struct hf_ipc_message message = { .type = type, .body = body, .fd_count = fds };
    struct pollfd writable = { 0, POLLOUT, 0 };

    for (size_t i = 0; i < fds; i++)
        message.fds[i] = 0;
    while (hf_ipc_send(0, &message) == HF_ERR_BUSY)
        (void)poll(&writable, 1, -1);
}

static void report(unsigned line, const char *call, long result, int error)
{
    struct hf_trace_record record = { .event = HF_TRACE_FAULT };
    char text[HF_TRACE_TEXT_MAX];
    uint8_t body[512];
    hf_writer w = hf_writer_of(body, sizeof body);
    hf_bytes written;

    snprintf(text, sizeof text, "%u %ld %d", line, result, error);
    if (bare) {
        printf("%s %s\n", call, text);
        fflush(stdout);
        return;
    }
    record.fields[0] = hf_trace_text("came", text);
    record.fields[1] = hf_trace_text("call", call);
    hf_engine_trace_encode(&w, &record);
    if (hf_writer_finish(&w, &written))
        say(HF_ENGINE_TRACE, written, 0);
}

static size_t unhex(char *text)
{
    size_t length = strlen(text) / 2;

    for (size_t i = 0; i < length; i++) {
        char pair[3] = { text[2 * i], text[2 * i + 1], '\0' };

        text[i] = (char)strtoul(pair, NULL, 16);
    }
    return length;
}

static long argument(char *word)
{
    if (word == NULL)
        return 0;
    if (word[0] == '#')
        (void)unhex(word + 1);
    if (word[0] == '#' || word[0] == '@')
        return (long)(intptr_t)(word + 1);
    if (strcmp(word, "tun") == 0)
        return tun;
    if (strcmp(word, "underlay") == 0)
        return underlay;
    return strcmp(word, "resolver") == 0 ? resolver : strtol(word, NULL, 0);
}

static void call(unsigned line, char **words)
{
    int number = seccomp_syscall_resolve_name(words[1]);
    long result;

    if (number < 0)
        abort(); /* the script is wrong */
    errno = 0;
    result = syscall(number, argument(words[2]), argument(words[3]), argument(words[4]),
                     argument(words[5]), argument(words[6]), argument(words[7]));
    report(line, words[1], result, errno);
}

static void keep(struct hf_ipc_message *message)
{
    if (message->type == HF_ENGINE_CONFIGURE && message->fd_count == 3)
        resolver = message->fds[2];
    else if (message->fd_count == 1 && message->type == HF_ENGINE_UNDERLAY)
        underlay = message->fds[0];
    else if (message->fd_count == 1)
        tun = message->fds[0];
}

/* The end of the daemon's end is the end. */
static void await(uint16_t type, struct hf_ipc_message *out)
{
    for (;;) {
        struct pollfd readable = { 0, POLLIN, 0 };
        hf_status status = hf_ipc_receive(0, buffer, sizeof buffer, out);

        if (status == HF_ERR_BUSY)
            (void)poll(&readable, 1, -1);
        else if (status != HF_OK)
            _exit(0);
        else if (out->type == HF_ENGINE_ECHO)
            say(HF_ENGINE_ECHOED, (hf_bytes){ 0 }, 0);
        else
            keep(out);
        if (status == HF_OK && out->type == type)
            return;
    }
}

static void perform(unsigned line, char **words)
{
    struct hf_ipc_message message;

    if (strcmp(words[0], "say") == 0) {
        hf_bytes body = { (uint8_t *)words[2], unhex(words[2]) };

        for (long i = strtol(words[3], NULL, 10); i > 0; i--)
            say((uint16_t)strtoul(words[1], NULL, 10), body, strtoul(words[4], NULL, 10));
    } else if (strcmp(words[0], "raw") == 0) {
        static const uint8_t zeros[1 << 17];

        report(line, "raw", (long)write(0, zeros, strtoul(words[1], NULL, 10)), errno);
    } else if (strcmp(words[0], "await") == 0) {
        await((uint16_t)strtoul(words[1], NULL, 10), &message);
    } else if (strcmp(words[0], "call") == 0) {
        call(line, words);
    } else {
        await(0, &message);
    }
}

static void run(char *script)
{
    char *end_of_line, *line = strtok_r(script, "\n", &end_of_line);

    for (unsigned number = 1; line != NULL; number++) {
        char *words[WORDS] = { NULL }, *rest;
        size_t count = 0;

        for (char *word = strtok_r(line, " ", &rest); word != NULL && count < WORDS;
             word = strtok_r(NULL, " ", &rest))
            words[count++] = word;
        perform(number, words);
        line = strtok_r(NULL, "\n", &end_of_line);
    }
}

static char *given_script(void)
{
    static struct hf_secrets secrets;
    struct hf_ipc_message message;
    hf_buf file = hf_buf_with_max(HF_IPC_BODY_MAX * 8);

    say(HF_ENGINE_READY, (hf_bytes){ 0 }, 0);
    await(HF_ENGINE_CONFIGURE, &message);
    hf_secrets_init(&secrets);
    if (hf_ipc_read_fd(message.fds[1], HF_IPC_BODY_MAX * 8, &file) != HF_OK ||
        hf_secrets_decode(hf_buf_bytes(&file), &secrets) != HF_OK ||
        !hf_buf_append(&secrets.values[HF_SECRET_PSK], (hf_bytes){ (const uint8_t *)"", 1 }))
        _exit(1);
    return (char *)secrets.values[HF_SECRET_PSK].data;
}

int main(int argc, char **argv)
{
    static char script[65536];
    const struct hf_sandbox_call *const lists[] = { hf_sandbox_calls, hf_sandbox_build_calls,
                                                    hf_sandbox_import_calls };
    bool import = argc == 2 && strcmp(argv[1], "--import") == 0;

    bare = argc == 2 && strcmp(argv[1], "--bare") == 0;
    if (bare) {
        if (fread(script, 1, sizeof script - 1, stdin) == 0)
            return EXIT_FAILURE;
        run(script);
        return EXIT_SUCCESS;
    }
    if (close_range(4, ~0u, 0) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
        hf_core_load() != HF_OK)
        return EXIT_FAILURE;
    if (import)
        hf_import_load();
    if (hf_sandbox_confine(3) != NULL || hf_sandbox_lock(lists, import ? 3 : 2) != NULL)
        return EXIT_FAILURE;
    if (import)
        return hf_engine_import(0) == HF_OK ? EXIT_SUCCESS : EXIT_FAILURE;
    run(given_script());
    return EXIT_SUCCESS;
}
