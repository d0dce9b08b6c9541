/* The data plane, control's side: see dataplane.h. */
#include "engine/dataplane/dataplane.h"

#include "engine/dataplane/down.h"
#include "engine/dataplane/up.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SPARE ((size_t)8 * 1024) /* of the ring to the up thread, for commands */

/* A pair of SAs, as control remembers it. `outbound` is ours until it has been put to use. */
struct child {
    uint32_t spi_in, spi_out;
    struct hf_dp_outbound *outbound;
};

struct hf_dataplane {
    struct hf_up up;
    struct hf_down down;
    struct hf_wake wake; /* of the control thread */
    struct hf_watch watch;
    pthread_t up_thread, down_thread;
    bool has_up, has_down;
    struct child children[HF_DOWN_SAS_MAX];
    size_t child_count;
    uint32_t spi_in_use;    /* outbound; 0: none */
    unsigned echoes_owed;   /* threads that have not answered the echo yet */
    struct hf_ring *source; /* ring of the output that is being looked at */
};

static bool start(pthread_t *thread, void *(*body)(void *), void *context)
{
    sigset_t all, before;
    bool started;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for the control thread */
    started = pthread_create(thread, NULL, body, context) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

static hf_status init(struct hf_dataplane *dp)
{
    hf_status wake = hf_wake_init(&dp->wake);
    hf_status up = hf_up_init(&dp->up, &dp->wake, &dp->watch);
    hf_status down = hf_down_init(&dp->down, &dp->wake, &dp->watch);

    return wake != HF_OK ? wake : up != HF_OK ? up : down;
}

/* A thread has further system calls to make before it is in its loop: none may be left when the
 * process is confined. */
static void await_threads(struct hf_dataplane *dp)
{
    struct pollfd wake = { .fd = dp->wake.fd, .events = POLLIN };

    while (!atomic_load(&dp->up.is_running) || !atomic_load(&dp->down.is_running)) {
        (void)poll(&wake, 1, -1);
        hf_wake_take(&dp->wake);
    }
    hf_wake_take(&dp->wake);
}

hf_status hf_dataplane_new(struct hf_dataplane **out)
{
    struct hf_dataplane *dp =
        aligned_alloc(_Alignof(struct hf_dataplane), sizeof(struct hf_dataplane));
    hf_status status;

    if (dp == NULL)
        return HF_ERR_NO_MEMORY;
    memset(dp, 0, sizeof *dp);
    dp->watch.wake = &dp->wake;
    status = init(dp); /* all of it in any case, so that all of it can be cleared */
    if (status == HF_OK) {
        dp->has_up = start(&dp->up_thread, hf_up_run, &dp->up);
        dp->has_down = start(&dp->down_thread, hf_down_run, &dp->down);
        status = dp->has_up && dp->has_down ? HF_OK : HF_ERR_LOCAL_SETUP;
    }
    if (status != HF_OK) {
        hf_dataplane_stop(dp);
        return status;
    }
    await_threads(dp);
    *out = dp;
    return HF_OK;
}

/* The data threads empty their rings in every turn, and what is told here goes with messages of IKE
 * that take round trips: there is room. */
static void command(struct hf_ring *ring, const struct hf_wake *wake,
                    const struct hf_dp_message *message)
{
    struct hf_dp_message *room = hf_ring_reserve(ring, sizeof *message);

    HF_ASSERT(room != NULL);
    *room = *message;
    hf_ring_publish(ring);
    hf_wake_notify(wake);
}

static void tell_up(struct hf_dataplane *dp, const struct hf_dp_message *message)
{
    command(&dp->up.commands, &dp->up.wake, message);
}

static void tell_down(struct hf_dataplane *dp, const struct hf_dp_message *message)
{
    command(&dp->down.commands, &dp->down.wake, message);
}

static void free_outbound(struct hf_dp_outbound *outbound)
{
    if (outbound != NULL)
        hf_esp_outbound_free(outbound->esp);
    free(outbound);
}

static void free_inbound(struct hf_dp_inbound *inbound)
{
    if (inbound != NULL)
        hf_esp_inbound_free(inbound->esp);
    free(inbound);
}

static void drain(struct hf_dataplane *dp)
{
    struct hf_dataplane_output output;

    while (hf_dataplane_next(dp, &output))
        hf_dataplane_release(dp);
}

void hf_dataplane_stop(struct hf_dataplane *dp)
{
    const struct hf_dp_message stop = { .type = HF_DP_STOP };

    if (dp == NULL)
        return;
    if (dp->has_up) {
        tell_up(dp, &stop);
        pthread_join(dp->up_thread, NULL);
    }
    if (dp->has_down) {
        tell_down(dp, &stop);
        pthread_join(dp->down_thread, NULL);
    }
    if (dp->has_up && dp->has_down)
        drain(dp); /* retired SAs are among it */
    for (size_t i = 0; i < dp->child_count; i++)
        free_outbound(dp->children[i].outbound);
    hf_up_clear(&dp->up);
    hf_down_clear(&dp->down);
    hf_wake_clear(&dp->wake);
    free(dp);
}

/* Sends `message` to both threads, each with a duplicate of `fd`. */
static hf_status share_fd(struct hf_dataplane *dp, int fd, struct hf_dp_message message)
{
    int up = fcntl(fd, F_DUPFD_CLOEXEC, 0), down = fcntl(fd, F_DUPFD_CLOEXEC, 0);

    if (up < 0 || down < 0) {
        if (up >= 0)
            close(up);
        if (down >= 0)
            close(down);
        return HF_ERR_LOCAL_SETUP;
    }
    message.fd = up;
    tell_up(dp, &message);
    message.fd = down;
    tell_down(dp, &message);
    return HF_OK;
}

hf_status hf_dataplane_set_underlay(struct hf_dataplane *dp, int fd, const hf_endpoint *gateway)
{
    return share_fd(dp, fd, (struct hf_dp_message){ .type = HF_DP_UNDERLAY, .peer = *gateway });
}

hf_status hf_dataplane_set_tun(struct hf_dataplane *dp, int fd, uint16_t mtu_bytes)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
        return HF_ERR_LOCAL_SETUP;
    return share_fd(dp, fd, (struct hf_dp_message){ .type = HF_DP_TUN, .mtu_bytes = mtu_bytes });
}

/* Room is left for commands, which must not be lost. */
void hf_dataplane_send(struct hf_dataplane *dp, const hf_endpoint *to, hf_bytes datagram)
{
    size_t len = sizeof(struct hf_dp_message) + datagram.len;
    struct hf_dp_message *message;

    if (datagram.len > HF_DATAGRAM_MAX || hf_ring_free(&dp->up.commands) < 2 * len + SPARE)
        return;
    message = hf_ring_reserve(&dp->up.commands, len);
    HF_ASSERT(message != NULL);
    *message = (struct hf_dp_message){ .type = HF_DP_SEND, .peer = *to, .len = datagram.len };
    hf_copy(message + 1, datagram.data, datagram.len);
    hf_ring_publish(&dp->up.commands);
    hf_wake_notify(&dp->up.wake);
}

static struct hf_dp_outbound *new_outbound(const struct hf_esp_params *params,
                                           const struct hf_selectors *selectors)
{
    struct hf_dp_outbound *outbound = calloc(1, sizeof *outbound);

    if (outbound == NULL)
        return NULL;
    outbound->spi = params->spi;
    outbound->selectors = *selectors;
    if (hf_esp_outbound_new(params, &outbound->esp) != HF_OK) {
        free(outbound);
        return NULL;
    }
    return outbound;
}

static struct hf_dp_inbound *new_inbound(const struct hf_esp_params *params,
                                         const struct hf_selectors *selectors)
{
    struct hf_dp_inbound *inbound = calloc(1, sizeof *inbound);

    if (inbound == NULL)
        return NULL;
    inbound->spi = params->spi;
    if (hf_esp_inbound_new(params, selectors, &inbound->esp) != HF_OK) {
        free(inbound);
        return NULL;
    }
    return inbound;
}

hf_status hf_dataplane_child_add(struct hf_dataplane *dp, const struct hf_esp_params *inbound,
                                 const struct hf_esp_params *outbound,
                                 const struct hf_selectors *selectors, bool send_now)
{
    struct child child = { .spi_in = inbound->spi, .spi_out = outbound->spi };
    struct hf_dp_inbound *receiver;

    if (dp->child_count == HF_DOWN_SAS_MAX)
        return HF_ERR_BUSY;
    receiver = new_inbound(inbound, selectors);
    child.outbound = new_outbound(outbound, selectors);
    if (receiver == NULL || child.outbound == NULL) {
        free_inbound(receiver);
        free_outbound(child.outbound);
        return HF_ERR_CRYPTO;
    }
    dp->children[dp->child_count++] = child;
    tell_down(dp, &(struct hf_dp_message){ .type = HF_DP_OPEN_WITH, .inbound = receiver });
    if (send_now)
        hf_dataplane_child_send(dp, child.spi_out);
    return HF_OK;
}

void hf_dataplane_child_send(struct hf_dataplane *dp, uint32_t spi_out)
{
    for (size_t i = 0; i < dp->child_count; i++) {
        struct child *child = &dp->children[i];

        if (child->spi_out != spi_out || child->outbound == NULL)
            continue;
        tell_up(dp, &(struct hf_dp_message){ .type = HF_DP_USE, .outbound = child->outbound });
        child->outbound = NULL;
        dp->spi_in_use = spi_out;
        return;
    }
}

void hf_dataplane_child_remove(struct hf_dataplane *dp, uint32_t spi_in)
{
    size_t i = 0;
    struct child child;

    while (i < dp->child_count && dp->children[i].spi_in != spi_in)
        i++;
    if (i == dp->child_count)
        return;
    child = dp->children[i];
    dp->children[i] = dp->children[--dp->child_count];
    tell_down(dp, &(struct hf_dp_message){ .type = HF_DP_FORGET, .spi = spi_in });
    free_outbound(child.outbound);
    if (dp->spi_in_use != child.spi_out)
        return;
    tell_up(dp, &(struct hf_dp_message){ .type = HF_DP_USE });
    dp->spi_in_use = 0;
}

void hf_dataplane_echo(struct hf_dataplane *dp)
{
    const struct hf_dp_message echo = { .type = HF_DP_ECHO };

    if (dp->echoes_owed != 0)
        return;
    dp->echoes_owed = 2;
    tell_up(dp, &echo);
    tell_down(dp, &echo);
}

int hf_dataplane_fd(const struct hf_dataplane *dp)
{
    return dp->wake.fd;
}

void hf_dataplane_take_wake(struct hf_dataplane *dp)
{
    hf_wake_take(&dp->wake);
}

/* Deals with what is for this side alone; false: it is for the caller. */
static bool settle(struct hf_dataplane *dp, const struct hf_dp_message *message)
{
    switch (message->type) {
    case HF_DP_RETIRED_OUTBOUND:
        free_outbound(message->outbound);
        return true;
    case HF_DP_RETIRED_INBOUND:
        free_inbound(message->inbound);
        return true;
    case HF_DP_ECHOED:
        dp->echoes_owed--;
        return dp->echoes_owed != 0;
    case HF_DP_RECEIVED:
    case HF_DP_TUN_LOST:
    case HF_DP_FIRST_PACKET:
        return false;
    case HF_DP_UNDERLAY:
    case HF_DP_TUN:
    case HF_DP_STOP:
    case HF_DP_ECHO:
    case HF_DP_SEND:
    case HF_DP_USE:
    case HF_DP_OPEN_WITH:
    case HF_DP_FORGET:
        break;
    }
    HF_ASSERT(false); /* no answer of a data thread */
    return true;
}

static enum hf_dataplane_output_type output_type(enum hf_dp_message_type type)
{
    return type == HF_DP_RECEIVED   ? HF_DATAPLANE_DATAGRAM
           : type == HF_DP_TUN_LOST ? HF_DATAPLANE_TUN_LOST
           : type == HF_DP_ECHOED   ? HF_DATAPLANE_ECHOED
                                    : HF_DATAPLANE_FIRST_PACKET;
}

static bool next_of(struct hf_dataplane *dp, struct hf_ring *ring, struct hf_dataplane_output *out)
{
    const struct hf_dp_message *message;
    hf_bytes record;

    while (hf_ring_peek(ring, &record)) {
        message = (const struct hf_dp_message *)(const void *)record.data;
        if (settle(dp, message)) {
            hf_ring_release(ring);
            continue;
        }
        *out = (struct hf_dataplane_output){
            .type = output_type(message->type),
            .from = message->peer,
            .spi = message->spi,
            .datagram = {(const uint8_t *)(message + 1), message->len},
        };
        dp->source = ring;
        return true;
    }
    return false;
}

bool hf_dataplane_next(struct hf_dataplane *dp, struct hf_dataplane_output *out)
{
    return next_of(dp, &dp->up.answers, out) || next_of(dp, &dp->down.answers, out);
}

void hf_dataplane_release(struct hf_dataplane *dp)
{
    hf_ring_release(dp->source);
}

void hf_dataplane_counters(const struct hf_dataplane *dp, struct hf_engine_counters *out)
{
    const struct hf_up_counters *up = &dp->up.counters;
    const struct hf_down_counters *down = &dp->down.counters;

    *out = (struct hf_engine_counters){
        .packets_in = hf_counter_get(&down->packets),
        .octets_in = hf_counter_get(&down->octets),
        .packets_out = hf_counter_get(&up->packets),
        .octets_out = hf_counter_get(&up->octets),
        .replayed = hf_counter_get(&down->replayed),
        .not_authentic = hf_counter_get(&down->not_authentic),
        .malformed = hf_counter_get(&down->malformed) + hf_counter_get(&up->malformed),
        .outside_selectors =
            hf_counter_get(&down->outside_selectors) + hf_counter_get(&up->outside_selectors),
        .no_sa = hf_counter_get(&down->no_sa),
        .foreign = hf_counter_get(&down->foreign),
        .unsent = hf_counter_get(&up->unsent),
        .undelivered = hf_counter_get(&down->undelivered),
        .last_received = hf_counter_get(&down->last_received),
        .last_sent = hf_counter_get(&up->last_sent),
    };
}

bool hf_dataplane_usage(const struct hf_dataplane *dp, uint64_t *out_octets, uint64_t *out_sequence)
{
    const struct hf_up_counters *up = &dp->up.counters;
    uint64_t octets, sequence;

    if (dp->spi_in_use == 0 || atomic_load(&up->spi) != dp->spi_in_use)
        return false;
    octets = atomic_load(&up->sa_octets);
    sequence = atomic_load(&up->sa_sequence);
    if (atomic_load(&up->spi) != dp->spi_in_use)
        return false;
    *out_octets = octets;
    *out_sequence = sequence;
    return true;
}

void hf_dataplane_watch(struct hf_dataplane *dp)
{
    hf_watch_arm(&dp->watch);
}
