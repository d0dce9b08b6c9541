/* Opening keys in tokens: see key_holder.h. */
#include "daemon/key_holder.h"

#include <glib-unix.h>
#include <stdlib.h>
#include <unistd.h>

struct hf_key_holder {
    struct hf_netd_link *netd;
    struct hf_key_holder_events events;
    void *context;
    uint32_t generation; /* another one than a request was made for: too late */
    int socket;          /* -1: none */
    guint watch;
    bool wants_pin;
    char uri[HF_KEYS_URI_MAX];
    uint8_t buffer[HF_IPC_BODY_MAX + 16];
};

struct errand {
    struct hf_key_holder *holder;
    uint32_t generation;
};

/* The socket is the caller's now. */
static int detach(struct hf_key_holder *holder)
{
    int fd = holder->socket;

    if (holder->watch != 0)
        g_source_remove(holder->watch);
    holder->watch = 0;
    holder->socket = -1;
    holder->wants_pin = false;
    return fd;
}

void hf_key_holder_stop(struct hf_key_holder *holder)
{
    int fd = detach(holder);

    holder->generation++;
    if (fd >= 0)
        close(fd); /* holdfast-keys ends by that */
}

static void fail(struct hf_key_holder *holder, hf_status status, const char *received)
{
    struct hf_fault fault = hf_fault_make(status, HF_STAGE_PROFILE);

    hf_key_holder_stop(holder);
    hf_fault_set_text(fault.offered, hf_bytes_of_string("key-uri"));
    hf_fault_set_text(fault.received, hf_bytes_of_string(received));
    holder->events.done(holder->context, &fault, NULL, -1);
}

static bool take_pin_wanted(struct hf_key_holder *holder, const struct hf_ipc_message *message)
{
    struct hf_keys_pin_wanted wanted;

    if (holder->wants_pin || hf_keys_pin_wanted_decode(message->body, &wanted) != HF_OK)
        return false;
    holder->wants_pin = true;
    holder->events.pin_wanted(holder->context, &wanted);
    return true;
}

static bool take_opened(struct hf_key_holder *holder, const struct hf_ipc_message *message)
{
    struct hf_keys_opened opened;
    struct hf_fault fault;
    int fd;

    if (hf_keys_opened_decode(message->body, &fault, &opened) != HF_OK)
        return false;
    fd = detach(holder);
    if (fault.status != HF_OK) {
        close(fd);
        fd = -1;
    }
    holder->events.done(holder->context, &fault, fault.status == HF_OK ? &opened : NULL, fd);
    return true;
}

static bool take(struct hf_key_holder *holder, const struct hf_ipc_message *message)
{
    switch (message->type) {
    case HF_KEYS_PIN_WANTED:
        return take_pin_wanted(holder, message);
    case HF_KEYS_OPENED:
        return take_opened(holder, message);
    default:
        return false;
    }
}

static gboolean readable(gint fd, GIOCondition condition, gpointer data)
{
    struct hf_key_holder *holder = data;
    struct hf_ipc_message message;
    guint watch = holder->watch;
    hf_status status;

    (void)condition;
    status = hf_ipc_receive(fd, holder->buffer, sizeof holder->buffer, &message);
    if (status == HF_ERR_BUSY)
        return G_SOURCE_CONTINUE;
    if (status == HF_OK)
        hf_ipc_close_fds(&message);
    if (status != HF_OK)
        fail(holder, HF_ERR_TOKEN_MISSING, "holdfast-keys ended");
    else if (!take(holder, &message))
        fail(holder, HF_ERR_INTERNAL, "holdfast-keys said what it cannot say");
    return holder->watch == watch ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static hf_status ask_to_open(struct hf_key_holder *holder)
{
    uint8_t body[HF_KEYS_URI_MAX + 2];
    hf_writer w = hf_writer_of(body, sizeof body);
    struct hf_ipc_message message = { .type = HF_KEYS_OPEN };

    hf_ipc_write_text(&w, holder->uri);
    return hf_writer_finish(&w, &message.body) ? hf_ipc_send(holder->socket, &message)
                                               : HF_ERR_INTERNAL;
}

static void started(void *context, hf_status status, hf_reader *reader, int fd)
{
    struct errand *errand = context;
    struct hf_key_holder *holder = errand->holder;
    bool is_current = errand->generation == holder->generation;

    (void)reader; /* the process ends with its socket, so nobody needs its number */
    free(errand);
    if (!is_current) {
        if (fd >= 0)
            close(fd);
        return;
    }
    if (status != HF_OK || fd < 0) {
        fail(holder, status != HF_OK ? status : HF_ERR_LOCAL_SETUP, "holdfast-keys did not start");
        return;
    }
    holder->socket = fd;
    holder->watch = g_unix_fd_add(fd, G_IO_IN | G_IO_HUP | G_IO_ERR, readable, holder);
    status = ask_to_open(holder);
    if (status != HF_OK)
        fail(holder, status, "holdfast-keys cannot be asked");
}

void hf_key_holder_open(struct hf_key_holder *holder, unsigned uid, const char *uri)
{
    uint8_t body[4];
    hf_writer w = hf_writer_of(body, sizeof body);
    struct errand *errand = malloc(sizeof *errand);
    hf_status status = HF_ERR_NO_MEMORY;

    hf_key_holder_stop(holder);
    g_strlcpy(holder->uri, uri, sizeof holder->uri);
    hf_write_u32(&w, uid);
    if (errand != NULL) {
        *errand = (struct errand){ holder, holder->generation };
        status = hf_netd_link_request(holder->netd, HF_NETD_START_KEYS, HF_BYTES_OF(body), started,
                                      errand);
    }
    if (status == HF_OK)
        return;
    free(errand);
    fail(holder, status, "holdfast-keys did not start");
}

hf_status hf_key_holder_give_pin(struct hf_key_holder *holder, hf_bytes pin)
{
    uint8_t body[HF_KEYS_PIN_MAX + 2];
    hf_writer w = hf_writer_of(body, sizeof body);
    struct hf_ipc_message message = { .type = HF_KEYS_PIN };
    hf_status status = HF_ERR_INTERNAL;

    if (!holder->wants_pin)
        return HF_ERR_UNEXPECTED;
    if (pin.len == 0 || pin.len > HF_KEYS_PIN_MAX)
        return HF_ERR_USAGE;
    hf_keys_pin_encode(&w, pin);
    if (hf_writer_finish(&w, &message.body))
        status = hf_ipc_send(holder->socket, &message);
    hf_cleanse(body, sizeof body);
    holder->wants_pin = false;
    return status;
}

bool hf_key_holder_wants_pin(const struct hf_key_holder *holder)
{
    return holder->wants_pin;
}

static bool append_pem(hf_bytes der, hf_buf *out)
{
    char *text = g_base64_encode(der.data, der.len);
    hf_bytes left = hf_bytes_of_string(text);
    bool good = hf_buf_append(out, hf_bytes_of_string("-----BEGIN CERTIFICATE-----\n"));

    while (good && left.len > 0) { /* RFC 7468, section 2: lines of 64 */
        size_t len = left.len < 64 ? left.len : 64;

        good = hf_buf_append(out, hf_bytes_slice(left, 0, len)) &&
               hf_buf_append(out, hf_bytes_of_string("\n"));
        left = hf_bytes_slice(left, len, left.len - len);
    }
    g_free(text);
    return good && hf_buf_append(out, hf_bytes_of_string("-----END CERTIFICATE-----\n"));
}

hf_status hf_key_holder_pem(const struct hf_keys_opened *opened, hf_buf *out)
{
    for (size_t i = 0; i < opened->count; i++) {
        if (!append_pem(opened->certificates[i], out))
            return HF_ERR_TOO_LARGE;
    }
    return HF_OK;
}

hf_status hf_key_holder_new(struct hf_netd_link *netd, const struct hf_key_holder_events *events,
                            void *context, struct hf_key_holder **out)
{
    struct hf_key_holder *holder = calloc(1, sizeof *holder);

    if (holder == NULL)
        return HF_ERR_NO_MEMORY;
    holder->netd = netd;
    holder->events = *events;
    holder->context = context;
    holder->socket = -1;
    *out = holder;
    return HF_OK;
}

void hf_key_holder_free(struct hf_key_holder *holder)
{
    if (holder == NULL)
        return;
    hf_key_holder_stop(holder);
    free(holder);
}
