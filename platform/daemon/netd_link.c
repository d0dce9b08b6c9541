/* The way to netd: see netd_link.h. */
#include "daemon/netd_link.h"

#include "ipc/values.h"

#include <errno.h>
#include <glib-unix.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PENDING_MAX  32
#define RETRY_MILLIS 100

struct pending {
    uint32_t serial; /* 0: free */
    enum hf_netd_request type;
    hf_netd_reply_fn *reply;
    void *context;
};

struct hf_netd_link {
    char path[sizeof((struct sockaddr_un *)0)->sun_path];
    struct hf_netd_link_events events;
    void *context;
    int socket;
    bool up; /* HELLO was answered */
    guint watch, retry;
    uint32_t serial;
    struct pending pending[PENDING_MAX];
    uint8_t buffer[HF_IPC_BODY_MAX + 16];
};

static void lose(struct hf_netd_link *link);
static gboolean connect_again(gpointer data);

/* --- answers ---------------------------------------------------------------------------------- */
static void answer(struct hf_netd_link *link, const struct hf_ipc_message *message, int fd)
{
    hf_reader r = hf_reader_of(message->body);
    hf_status status;

    for (size_t i = 0; i < PENDING_MAX; i++) {
        struct pending pending = link->pending[i];

        if (pending.serial == 0 || pending.serial != message->serial ||
            (uint16_t)pending.type != message->type)
            continue;
        link->pending[i] = (struct pending){ 0 };
        if (!hf_ipc_read_status(&r, &status))
            status = HF_ERR_MALFORMED;
        pending.reply(pending.context, status, &r, fd);
        return;
    }
    if (fd >= 0)
        close(fd);
}

static void notice(struct hf_netd_link *link, const struct hf_ipc_message *message)
{
    hf_reader r = hf_reader_of(message->body);
    struct hf_netd_notice notice;

    if (hf_netd_notice_decode(&r, &notice) == HF_OK)
        link->events.notice(link->context, &notice);
}

/* No message of netd carries more than one descriptor. */
static void handle_message(struct hf_netd_link *link, struct hf_ipc_message *message)
{
    int fd = message->fd_count == 1 ? message->fds[0] : -1;

    if (message->fd_count > 1)
        hf_ipc_close_fds(message);
    if (message->type == HF_NETD_EVENT) {
        hf_ipc_close_fds(message);
        notice(link, message);
    } else {
        answer(link, message, fd);
    }
}

static gboolean readable(gint fd, GIOCondition condition, gpointer data)
{
    struct hf_netd_link *link = data;
    struct hf_ipc_message message;
    hf_status status = hf_ipc_receive(fd, link->buffer, sizeof link->buffer, &message);

    (void)condition;
    if (status == HF_ERR_BUSY)
        return G_SOURCE_CONTINUE;
    if (status != HF_OK) {
        link->watch = 0;
        lose(link);
        return G_SOURCE_REMOVE;
    }
    handle_message(link, &message);
    return link->watch != 0 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* --- connecting ------------------------------------------------------------------------------- */
static void close_socket(struct hf_netd_link *link)
{
    if (link->watch != 0)
        g_source_remove(link->watch);
    link->watch = 0;
    if (link->socket >= 0)
        close(link->socket);
    link->socket = -1;
}

static void answer_lost(const struct pending lost[PENDING_MAX])
{
    for (size_t i = 0; i < PENDING_MAX; i++) {
        if (lost[i].serial != 0)
            lost[i].reply(lost[i].context, HF_ERR_NO_DAEMON, NULL, -1);
    }
}

static void lose(struct hf_netd_link *link)
{
    bool was_up = link->up;
    struct pending lost[PENDING_MAX];

    close_socket(link);
    link->up = false;
    memcpy(lost, link->pending, sizeof lost);
    memset(link->pending, 0, sizeof link->pending);
    if (link->retry == 0)
        link->retry = g_timeout_add(RETRY_MILLIS, connect_again, link);
    if (was_up)
        link->events.gone(link->context);
    answer_lost(lost);
}

static void hello_answered(void *context, hf_status status, hf_reader *reader, int fd)
{
    struct hf_netd_link *link = context;
    struct hf_netd_hello hello;

    if (fd >= 0)
        close(fd);
    if (status == HF_OK)
        status = hf_netd_hello_decode(reader, &hello);
    if (status != HF_OK || hello.version != HF_NETD_PROTOCOL_VERSION) {
        if (link->socket >= 0) /* else it was lost already, and is tried again */
            lose(link);
        return;
    }
    link->up = true;
    link->events.up(link->context, &hello);
}

static int open_socket(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    unsigned uid;

    if (fd < 0)
        return -1;
    memcpy(address.sun_path, path, strlen(path));
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        hf_ipc_peer_uid(fd, &uid) && uid == 0) /* nobody else may pose as netd */
        return fd;
    close(fd);
    return -1;
}

static hf_status say_hello(struct hf_netd_link *link)
{
    uint8_t version[2];
    hf_writer w = hf_writer_of(version, sizeof version);

    hf_write_u16(&w, HF_NETD_PROTOCOL_VERSION);
    return hf_netd_link_request(link, HF_NETD_HELLO, HF_BYTES_OF(version), hello_answered, link);
}

static gboolean connect_again(gpointer data)
{
    struct hf_netd_link *link = data;

    link->retry = 0;
    link->socket = open_socket(link->path);
    if (link->socket >= 0 && say_hello(link) == HF_OK) {
        /* Its answers first: engines and users wait for them. */
        link->watch = g_unix_fd_add_full(G_PRIORITY_HIGH, link->socket,
                                         G_IO_IN | G_IO_HUP | G_IO_ERR, readable, link, NULL);
    } else {
        close_socket(link);
        link->retry = g_timeout_add(RETRY_MILLIS, connect_again, link);
    }
    return G_SOURCE_REMOVE;
}

hf_status hf_netd_link_new(const char *path, const struct hf_netd_link_events *events,
                           void *context, struct hf_netd_link **out)
{
    struct hf_netd_link *link;

    if (strlen(path) >= sizeof link->path)
        return HF_ERR_USAGE;
    link = calloc(1, sizeof *link);
    if (link == NULL)
        return HF_ERR_NO_MEMORY;
    memcpy(link->path, path, strlen(path));
    link->events = *events;
    link->context = context;
    link->socket = -1;
    link->retry = g_timeout_add(0, connect_again, link);
    *out = link;
    return HF_OK;
}

void hf_netd_link_free(struct hf_netd_link *link)
{
    if (link == NULL)
        return;
    close_socket(link);
    if (link->retry != 0)
        g_source_remove(link->retry);
    answer_lost(link->pending);
    free(link);
}

bool hf_netd_link_is_up(const struct hf_netd_link *link)
{
    return link->up;
}

/* --- requests --------------------------------------------------------------------------------- */
static struct pending *free_slot(struct hf_netd_link *link)
{
    for (size_t i = 0; i < PENDING_MAX; i++) {
        if (link->pending[i].serial == 0)
            return &link->pending[i];
    }
    return NULL;
}

hf_status hf_netd_link_request(struct hf_netd_link *link, enum hf_netd_request type, hf_bytes body,
                               hf_netd_reply_fn *reply, void *context)
{
    struct pending *slot = free_slot(link);
    struct hf_ipc_message message = { .type = (uint16_t)type, .body = body };
    hf_status status;

    if (link->socket < 0 || (!link->up && type != HF_NETD_HELLO))
        return HF_ERR_NO_DAEMON;
    if (slot == NULL)
        return HF_ERR_BUSY;
    link->serial = link->serial == UINT32_MAX ? 1 : link->serial + 1; /* 0 is for events */
    message.serial = link->serial;
    status = hf_ipc_send(link->socket, &message);
    if (status == HF_OK)
        *slot = (struct pending){ link->serial, type, reply, context };
    return status;
}
