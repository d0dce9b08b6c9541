/* An engine's socket: see engine_link.h. */
#include "daemon/engine_link.h"

#include "ipc/values.h"

#include <glib-unix.h>
#include <stdlib.h>
#include <unistd.h>

/* Messages taken in one turn of the main loop, so that an engine that floods delays nobody. */
#define TURN_MAX 32

struct hf_engine_link {
    struct hf_engine_link_events events;
    void *context;
    int socket;
    uint32_t pid;
    guint watch;
    bool in_turn, dead; /* freed within its own callback: the turn ends, then the memory goes */
    uint8_t buffer[HF_IPC_BODY_MAX + 16];
};

static bool take_event(struct hf_engine_link *link, hf_reader *r)
{
    struct hf_attempt_event *event = calloc(1, sizeof *event);
    bool good = event != NULL && link->events.event != NULL &&
                hf_engine_event_decode(r, event) == HF_OK && r->left == 0;

    if (good)
        link->events.event(link->context, event);
    free(event);
    return good;
}

static bool take_trace(struct hf_engine_link *link, hf_reader *r)
{
    struct hf_trace_record record;

    if (link->events.trace == NULL || hf_engine_trace_decode(r, &record) != HF_OK || r->left != 0)
        return false;
    link->events.trace(link->context, &record);
    return true;
}

static bool take_counters(struct hf_engine_link *link, hf_reader *r)
{
    struct hf_engine_counters counters;

    if (link->events.counters == NULL || hf_engine_counters_decode(r, &counters) != HF_OK ||
        r->left != 0)
        return false;
    link->events.counters(link->context, &counters);
    return true;
}

/* On success three fds: profile, secrets, report. */
static bool take_imported(struct hf_engine_link *link, hf_reader *r, struct hf_ipc_message *message)
{
    struct hf_engine_imported imported = { .profile = -1, .secrets = -1, .report = -1 };

    if (link->events.imported == NULL || !hf_ipc_read_status(r, &imported.status) ||
        hf_fault_decode(r, &imported.fault) != HF_OK || r->left != 0 ||
        (imported.status == HF_OK && message->fd_count != 3))
        return false;
    if (message->fd_count == 3) {
        imported.profile = message->fds[0];
        imported.secrets = message->fds[1];
        imported.report = message->fds[2];
        message->fd_count = 0;
    }
    link->events.imported(link->context, &imported);
    return true;
}

/* A message that says nothing but its type. */
static bool take_word(struct hf_engine_link *link, void (*tell)(void *context))
{
    if (tell == NULL)
        return false;
    tell(link->context);
    return true;
}

static bool take(struct hf_engine_link *link, struct hf_ipc_message *message)
{
    hf_reader r = hf_reader_of(message->body);

    switch (message->type) {
    case HF_ENGINE_READY:
        return take_word(link, link->events.ready);
    case HF_ENGINE_ECHOED:
        return take_word(link, link->events.echoed);
    case HF_ENGINE_EVENT:
        return take_event(link, &r);
    case HF_ENGINE_TRACE:
        return take_trace(link, &r);
    case HF_ENGINE_COUNTERS:
        return take_counters(link, &r);
    case HF_ENGINE_IMPORTED:
        return take_imported(link, &r, message);
    default:
        return false;
    }
}

/* False: the engine is gone, or said what cannot be. */
static bool take_turn(struct hf_engine_link *link)
{
    for (int i = 0; i < TURN_MAX && !link->dead; i++) {
        struct hf_ipc_message message;
        hf_status status =
            hf_ipc_receive(link->socket, link->buffer, sizeof link->buffer, &message);
        bool good;

        if (status == HF_ERR_BUSY)
            return true;
        if (status != HF_OK)
            return false;
        good = take(link, &message);
        hf_ipc_close_fds(&message);
        if (!good)
            return false;
    }
    return true;
}

static gboolean readable(gint fd, GIOCondition condition, gpointer data)
{
    struct hf_engine_link *link = data;
    bool alive;

    (void)fd;
    (void)condition;
    link->in_turn = true;
    alive = take_turn(link);
    if (!alive && !link->dead)
        link->events.gone(link->context);
    link->in_turn = false;
    if (link->dead) {
        free(link);
        return G_SOURCE_REMOVE;
    }
    if (!alive)
        link->watch = 0;
    return alive ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

hf_status hf_engine_link_new(int fd, uint32_t pid, const struct hf_engine_link_events *events,
                             void *context, struct hf_engine_link **out)
{
    struct hf_engine_link *link = calloc(1, sizeof *link);

    if (link == NULL)
        return HF_ERR_NO_MEMORY;
    link->events = *events;
    link->context = context;
    link->socket = fd;
    link->pid = pid;
    link->watch = g_unix_fd_add(fd, G_IO_IN | G_IO_HUP | G_IO_ERR, readable, link);
    *out = link;
    return HF_OK;
}

void hf_engine_link_free(struct hf_engine_link *link)
{
    if (link == NULL)
        return;
    if (link->watch != 0 && !link->in_turn)
        g_source_remove(link->watch);
    link->watch = 0;
    close(link->socket);
    link->dead = true;
    if (!link->in_turn)
        free(link);
}

uint32_t hf_engine_link_pid(const struct hf_engine_link *link)
{
    return link->pid;
}

hf_status hf_engine_link_send(struct hf_engine_link *link, enum hf_engine_message type,
                              hf_bytes body, const int *fds, size_t fd_count)
{
    struct hf_ipc_message message = { .type = (uint16_t)type, .body = body, .fd_count = fd_count };

    HF_ASSERT(fd_count <= HF_IPC_FDS_MAX);
    for (size_t i = 0; i < fd_count; i++)
        message.fds[i] = fds[i];
    return hf_ipc_send(link->socket, &message);
}
