/* The up thread: see up.h. */
#include "engine/dataplane/up.h"

#include "engine/clock.h"
#include "engine/dataplane/mss.h"
#include "engine/dataplane/tun.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Two datagrams of the largest size, headers included. */
#define COMMANDS_SIZE ((size_t)256 * 1024)
#define ANSWERS_SIZE  ((size_t)16 * 1024)

hf_status hf_up_init(struct hf_up *up, const struct hf_wake *control, struct hf_watch *watch)
{
    hf_status status;

    memset(up, 0, sizeof *up);
    up->control = control;
    up->watch = watch;
    up->underlay = up->tun = up->wake.fd = -1;
    status = hf_ring_init(&up->commands, COMMANDS_SIZE);
    if (status == HF_OK)
        status = hf_ring_init(&up->answers, ANSWERS_SIZE);
    if (status == HF_OK)
        status = hf_wake_init(&up->wake);
    if (status == HF_OK)
        status = hf_buffers_init(&up->plain, HF_SLOT_SIZE, HF_SLOT_SIZE);
    if (status == HF_OK)
        status = hf_buffers_init(&up->sealed, HF_SLOT_SIZE, HF_SLOT_SIZE);
    return status;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void hf_up_clear(struct hf_up *up)
{
    close_fd(&up->underlay);
    close_fd(&up->tun);
    if (up->sa != NULL)
        hf_esp_outbound_free(up->sa->esp);
    free(up->sa);
    hf_buffers_clear(&up->plain);
    hf_buffers_clear(&up->sealed);
    hf_ring_clear(&up->commands);
    hf_ring_clear(&up->answers);
    hf_wake_clear(&up->wake);
}

/* The control thread empties its rings in every turn and asks for at most one answer a command, so
 * there is room. */
static void answer(struct hf_up *up, const struct hf_dp_message *message)
{
    struct hf_dp_message *room = hf_ring_reserve(&up->answers, sizeof *message);

    HF_ASSERT(room != NULL);
    *room = *message;
    hf_ring_publish(&up->answers);
    hf_wake_notify(up->control);
}

/* What control reads of the SA in use it must be able to tell from the one before: the SPI goes
 * first and comes last. */
static void publish_sa(struct hf_up *up, uint32_t spi)
{
    atomic_store(&up->counters.spi, 0);
    atomic_store(&up->counters.sa_octets, 0);
    atomic_store(&up->counters.sa_sequence, 0);
    atomic_store(&up->counters.spi, spi);
}

static void use(struct hf_up *up, struct hf_dp_outbound *sa)
{
    struct hf_dp_outbound *old = up->sa;

    up->sa = sa;
    publish_sa(up, sa == NULL ? 0 : sa->spi);
    if (old != NULL)
        answer(up, &(struct hf_dp_message){ .type = HF_DP_RETIRED_OUTBOUND, .outbound = old });
}

static void set_underlay(struct hf_up *up, const struct hf_dp_message *message)
{
    close_fd(&up->underlay);
    hf_send_batch_reset(&up->batch); /* was meant for another path */
    up->underlay = message->fd;
    up->gateway_len = hf_sockaddr_of(&message->peer, &up->gateway);
}

/* IKE: one datagram, at once. It is not worth waiting for: the core sends it again. */
static void send_ike(struct hf_up *up, const struct hf_dp_message *message)
{
    struct sockaddr_storage to;
    socklen_t to_len = hf_sockaddr_of(&message->peer, &to);

    if (up->underlay < 0 || sendto(up->underlay, message + 1, message->len,
                                   MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&to, to_len) < 0)
        hf_counter_add(&up->counters.unsent, 1);
}

static void obey(struct hf_up *up, const struct hf_dp_message *message)
{
    switch (message->type) {
    case HF_DP_UNDERLAY:
        set_underlay(up, message);
        break;
    case HF_DP_TUN:
        close_fd(&up->tun);
        up->tun = message->fd;
        up->mtu_bytes = message->mtu_bytes;
        break;
    case HF_DP_STOP:
        up->is_stopped = true;
        break;
    case HF_DP_ECHO:
        answer(up, &(struct hf_dp_message){ .type = HF_DP_ECHOED });
        break;
    case HF_DP_SEND:
        send_ike(up, message);
        break;
    case HF_DP_USE:
        use(up, message->outbound);
        break;
    case HF_DP_OPEN_WITH:
    case HF_DP_FORGET:
    case HF_DP_RECEIVED:
    case HF_DP_RETIRED_OUTBOUND:
    case HF_DP_RETIRED_INBOUND:
    case HF_DP_TUN_LOST:
    case HF_DP_ECHOED:
    case HF_DP_FIRST_PACKET:
        HF_ASSERT(false); /* not for this thread */
    }
}

static void take_commands(struct hf_up *up)
{
    hf_bytes record;

    while (!up->is_stopped && hf_ring_peek(&up->commands, &record)) {
        obey(up, (const struct hf_dp_message *)(const void *)record.data);
        hf_ring_release(&up->commands);
    }
}

static bool has_unsent(const struct hf_up *up)
{
    return up->batch.first < up->batch.count;
}

/* Without an SA the packets stay in the device's queue, and leave as soon as there is one. */
static bool may_read(const struct hf_up *up)
{
    return up->tun >= 0 && up->underlay >= 0 && up->sa != NULL;
}

static void lose_tun(struct hf_up *up)
{
    close_fd(&up->tun);
    answer(up, &(struct hf_dp_message){ .type = HF_DP_TUN_LOST });
}

/* Reads until the batch is full or the device empty; packets that do not belong in the tunnel are
 * dropped here. */
static size_t read_batch(struct hf_up *up)
{
    size_t count = 0;

    while (count < HF_ESP_BATCH_MAX) {
        uint8_t *packet = hf_buffers_slot(&up->plain, count);
        size_t len;
        hf_status status = hf_tun_read(up->tun, packet, HF_INNER_MAX, &len);

        if (status == HF_ERR_MALFORMED) {
            hf_counter_add(&up->counters.malformed, 1);
            continue;
        }
        if (status == HF_ERR_LOCAL_SETUP)
            lose_tun(up);
        if (status != HF_OK)
            break;
        if (!hf_selectors_match_outbound(&up->sa->selectors, (hf_bytes){ packet, len })) {
            hf_counter_add(&up->counters.outside_selectors, 1);
            continue;
        }
        (void)hf_mss_clamp(packet, len, up->mtu_bytes);
        up->items[count] = (struct hf_esp_item){
            .in = {packet, len},
              .out = hf_buffers_slot(&up->sealed, count)
        };
        count++;
    }
    return count;
}

/* DSCP is copied out, ECN is not: the far end of the tunnel may be one that does not merge it back
 * (RFC 4301, section 5.1.2.1; RFC 6040, section 4.1, compatibility mode). */
static uint8_t outer_tos(hf_bytes packet)
{
    unsigned version = packet.data[0] >> 4;
    unsigned tos =
        version == 4 ? packet.data[1] : (packet.data[0] & 0x0fu) << 4 | packet.data[1] >> 4;

    return (uint8_t)(tos & 0xfc);
}

static void collect(struct hf_up *up, size_t count)
{
    uint64_t packets = 0, octets = 0;

    hf_send_batch_reset(&up->batch);
    for (size_t i = 0; i < count; i++) {
        const struct hf_esp_item *item = &up->items[i];

        if (item->status != HF_OK)
            continue;
        hf_send_batch_add(&up->batch, &up->gateway, up->gateway_len,
                          (hf_bytes){ item->out, item->out_len }, outer_tos(item->in));
        packets++;
        octets += item->in.len;
    }
    hf_counter_add(&up->counters.unsent, count - packets);
    hf_counter_add(&up->counters.packets, packets);
    hf_counter_add(&up->counters.octets, octets);
    hf_counter_add(&up->counters.sa_octets, octets);
    atomic_store_explicit(&up->counters.sa_sequence, hf_esp_outbound_sequence(up->sa->esp),
                          memory_order_relaxed);
}

static void flush(struct hf_up *up)
{
    struct hf_sent sent = { 0 };

    (void)hf_send_batch_flush(&up->batch, up->underlay, &sent);
    hf_counter_add(&up->counters.unsent, sent.refused);
    if (sent.datagrams == 0)
        return;
    atomic_store_explicit(&up->counters.last_sent, hf_engine_now(), memory_order_relaxed);
    hf_watch_notify(up->watch);
}

/* One batch; true when the device may have more. */
static bool move(struct hf_up *up)
{
    size_t count = read_batch(up);

    if (count == 0)
        return false;
    (void)hf_esp_seal(up->sa->esp, up->items, count);
    collect(up, count);
    flush(up);
    return count == HF_ESP_BATCH_MAX;
}

static void wait(struct hf_up *up)
{
    struct pollfd fds[] = {
        {.fd = up->wake.fd, .events = POLLIN },
        { .fd = -1               },
    };

    if (has_unsent(up))
        fds[1] = (struct pollfd){ .fd = up->underlay, .events = POLLOUT };
    else if (may_read(up))
        fds[1] = (struct pollfd){ .fd = up->tun, .events = POLLIN };
    (void)poll(fds, HF_ARRAY_LEN(fds), -1);
    if (fds[0].revents != 0)
        hf_wake_take(&up->wake);
}

void *hf_up_run(void *context)
{
    struct hf_up *up = context;

    (void)prctl(PR_SET_NAME, "up");
    atomic_store(&up->is_running, true);
    hf_wake_notify(up->control);
    for (;;) {
        bool more = false;

        take_commands(up);
        if (up->is_stopped)
            return NULL;
        if (has_unsent(up))
            flush(up);
        if (!has_unsent(up) && may_read(up))
            more = move(up);
        if (!more)
            wait(up);
    }
}
