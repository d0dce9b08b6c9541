/* holdfast-keys: a key in a token, for one connection. Started by holdfast-netd as the user who
 * owns the profile, with one socket: ipc/keys_protocol.h. It never tries a PIN that it was not just
 * given, and ends with its socket. */
#include "helpers/keys/token.h"

#include "base/writer.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOCKET 0

enum state { NEW, WANTS_PIN, OPEN, OVER };

struct helper {
    enum state state;
    const char *etc; /* the instance's folder */
    struct hf_keys_modules modules;
    struct hf_token token;
    uint8_t in[HF_IPC_BODY_MAX + 16], out[HF_IPC_BODY_MAX];
};

/* A module that hangs cannot be told to stop: the whole process goes, which its socket tells. */
static void limit(unsigned seconds)
{
    (void)alarm(seconds);
}

static void say(struct helper *helper, enum hf_keys_message type, uint32_t serial, hf_writer *w)
{
    struct hf_ipc_message message = { .type = (uint16_t)type, .serial = serial };

    if (!hf_writer_finish(w, &message.body) || hf_ipc_send(SOCKET, &message) != HF_OK)
        helper->state = OVER;
}

static void say_opened(struct helper *helper, uint32_t serial, const struct hf_fault *fault)
{
    hf_writer w = hf_writer_of(helper->out, sizeof helper->out);
    struct hf_keys_opened opened = { .type = helper->token.type,
                                     .bits = helper->token.bits,
                                     .count = helper->token.chain_count };

    for (size_t i = 0; i < opened.count; i++)
        opened.certificates[i] = hf_buf_bytes(&helper->token.chain[i]);
    hf_keys_opened_encode(&w, fault, &opened);
    helper->state = fault->status == HF_OK ? OPEN : OVER;
    say(helper, HF_KEYS_OPENED, serial, &w);
}

static void ask_for_pin(struct helper *helper, uint32_t serial)
{
    hf_writer w = hf_writer_of(helper->out, sizeof helper->out);
    struct hf_keys_pin_wanted wanted;

    hf_token_describe(&helper->token, &wanted);
    hf_keys_pin_wanted_encode(&w, &wanted);
    helper->state = WANTS_PIN;
    say(helper, HF_KEYS_PIN_WANTED, serial, &w);
}

static bool load_modules(struct helper *helper, struct hf_fault *out_fault)
{
    hf_status status = hf_keys_modules_load(helper->etc, &helper->modules);

    if (status == HF_OK)
        return true;
    *out_fault = hf_fault_make(status, HF_STAGE_PROFILE);
    hf_fault_set_text(out_fault->offered, hf_bytes_of_string(HF_KEYS_CONF_NAME));
    hf_fault_set_text(out_fault->received, hf_bytes_of_string("no PKCS #11 module can be used"));
    return false;
}

static bool open_key(struct helper *helper, const struct hf_ipc_message *message)
{
    hf_reader r = hf_reader_of(message->body);
    struct hf_fault fault = hf_fault_make(HF_OK, HF_STAGE_PROFILE);
    char uri[HF_KEYS_URI_MAX];

    if (helper->state != NEW || !hf_ipc_read_text(&r, uri, sizeof uri) || r.left != 0)
        return false;
    if (load_modules(helper, &fault) &&
        hf_token_find(&helper->modules, uri, &helper->token, &fault) == HF_OK &&
        hf_token_wants_pin(&helper->token)) {
        ask_for_pin(helper, message->serial);
        return true;
    }
    if (fault.status == HF_OK)
        (void)(hf_token_open(&helper->token, (hf_bytes){ 0 }, &fault) == HF_OK);
    say_opened(helper, message->serial, &fault);
    return true;
}

static bool take_pin(struct helper *helper, const struct hf_ipc_message *message)
{
    struct hf_fault fault = hf_fault_make(HF_OK, HF_STAGE_PROFILE);
    hf_bytes pin;

    if (helper->state != WANTS_PIN || hf_keys_pin_decode(message->body, &pin) != HF_OK)
        return false;
    (void)(hf_token_open(&helper->token, pin, &fault) == HF_OK); /* the fault says the same */
    hf_cleanse(helper->in, sizeof helper->in);
    say_opened(helper, message->serial, &fault);
    return true;
}

static bool sign(struct helper *helper, const struct hf_ipc_message *message)
{
    hf_writer w = hf_writer_of(helper->out, sizeof helper->out);
    hf_buf signature = hf_buf_with_max(HF_SIGNATURE_MAX);
    struct hf_keys_sign request;
    hf_status status;

    if (helper->state != OPEN || hf_keys_sign_decode(message->body, &request) != HF_OK)
        return false;
    status = hf_token_sign(&helper->token, &request, &signature);
    hf_keys_signed_encode(&w, status, hf_buf_bytes(&signature));
    hf_buf_free(&signature);
    say(helper, HF_KEYS_SIGNED, message->serial, &w);
    return true;
}

static bool handle(struct helper *helper, const struct hf_ipc_message *message)
{
    if (message->fd_count != 0)
        return false;
    switch (message->type) {
    case HF_KEYS_OPEN:
        limit(HF_KEYS_OPEN_SECONDS);
        return open_key(helper, message);
    case HF_KEYS_PIN:
        limit(HF_KEYS_OPEN_SECONDS);
        return take_pin(helper, message);
    case HF_KEYS_SIGN:
        limit(HF_KEYS_SIGN_SECONDS);
        return sign(helper, message);
    default:
        return false;
    }
}

/* Until the other side goes, or says what cannot be said then. */
static void serve(struct helper *helper)
{
    while (helper->state != OVER) {
        struct hf_ipc_message message;
        bool good;

        if (hf_ipc_wait(SOCKET, -1) != HF_OK ||
            hf_ipc_receive(SOCKET, helper->in, sizeof helper->in, &message) != HF_OK)
            return;
        good = handle(helper, &message);
        limit(0);
        hf_ipc_close_fds(&message);
        if (!good)
            return;
    }
}

static bool is_socket(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

int main(int argc, char **argv)
{
    static struct helper helper;

    if (argc != 2 || !is_socket(SOCKET)) {
        fputs("holdfast-keys: it is started by holdfast-netd, and not by hand\n", stderr);
        return EXIT_FAILURE;
    }
    /* Not for other processes of the user to look into, and not in a core file. */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return EXIT_FAILURE;
    helper.etc = argv[1];
    serve(&helper);
    hf_token_clear(&helper.token);
    hf_keys_modules_unload(&helper.modules);
    return EXIT_SUCCESS;
}
