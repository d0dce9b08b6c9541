/* The down thread: see down.h. */
#include "engine/dataplane/down.h"

#include "engine/clock.h"
#include "engine/dataplane/mss.h"
#include "engine/dataplane/tun.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define COMMANDS_SIZE ((size_t)16 * 1024)
#define ANSWERS_SIZE  ((size_t)256 * 1024)
#define ANSWERS_SPARE ((size_t)8 * 1024) /* for what is no datagram */

/* Whole datagrams fit, since IKE may come in one that IP has fragmented; of each slot only what an
 * ESP packet takes is backed by memory from the start. */
#define RECEIVE_SLOT_SIZE (HF_SLOT_HEAD + 65536 + HF_SLOT_SIZE)

#define IKE_PORT 500

static void prepare_receive(struct hf_down *down)
{
    for (size_t i = 0; i < HF_ESP_BATCH_MAX; i++) {
        down->payload[i] = (struct iovec){ hf_buffers_slot(&down->received, i), HF_DATAGRAM_MAX };
        down->messages[i].msg_hdr = (struct msghdr){ .msg_name = &down->from[i],
                                                     .msg_namelen = sizeof down->from[i],
                                                     .msg_iov = &down->payload[i],
                                                     .msg_iovlen = 1 };
    }
}

hf_status hf_down_init(struct hf_down *down, const struct hf_wake *control, struct hf_watch *watch)
{
    hf_status status;

    memset(down, 0, sizeof *down);
    down->control = control;
    down->watch = watch;
    down->underlay = down->tun = down->wake.fd = -1;
    status = hf_ring_init(&down->commands, COMMANDS_SIZE);
    if (status == HF_OK)
        status = hf_ring_init(&down->answers, ANSWERS_SIZE);
    if (status == HF_OK)
        status = hf_wake_init(&down->wake);
    if (status == HF_OK)
        status = hf_buffers_init(&down->received, RECEIVE_SLOT_SIZE, HF_SLOT_SIZE);
    if (status == HF_OK)
        status = hf_buffers_init(&down->opened, HF_SLOT_SIZE, HF_SLOT_SIZE);
    if (status == HF_OK)
        prepare_receive(down);
    return status;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void hf_down_clear(struct hf_down *down)
{
    close_fd(&down->underlay);
    close_fd(&down->tun);
    for (size_t i = 0; i < down->sa_count; i++) {
        hf_esp_inbound_free(down->sas[i]->esp);
        free(down->sas[i]);
    }
    hf_buffers_clear(&down->received);
    hf_buffers_clear(&down->opened);
    hf_ring_clear(&down->commands);
    hf_ring_clear(&down->answers);
    hf_wake_clear(&down->wake);
}

static void answer(struct hf_down *down, const struct hf_dp_message *message)
{
    struct hf_dp_message *room = hf_ring_reserve(&down->answers, sizeof *message);

    HF_ASSERT(room != NULL); /* the datagrams of IKE leave some: see pass_to_control */
    *room = *message;
    hf_ring_publish(&down->answers);
    hf_wake_notify(down->control);
}

static void retire(struct hf_down *down, size_t i)
{
    struct hf_dp_message message = { .type = HF_DP_RETIRED_INBOUND, .inbound = down->sas[i] };

    down->sas[i] = down->sas[--down->sa_count];
    answer(down, &message);
}

static void forget(struct hf_down *down, uint32_t spi)
{
    for (size_t i = 0; i < down->sa_count; i++) {
        if (down->sas[i]->spi == spi) {
            retire(down, i);
            return;
        }
    }
}

static void obey(struct hf_down *down, const struct hf_dp_message *message)
{
    switch (message->type) {
    case HF_DP_UNDERLAY:
        close_fd(&down->underlay);
        down->underlay = message->fd;
        down->gateway = message->peer.address;
        break;
    case HF_DP_TUN:
        close_fd(&down->tun);
        down->tun = message->fd;
        down->mtu_bytes = message->mtu_bytes;
        break;
    case HF_DP_STOP:
        down->is_stopped = true;
        break;
    case HF_DP_ECHO:
        answer(down, &(struct hf_dp_message){ .type = HF_DP_ECHOED });
        break;
    case HF_DP_OPEN_WITH:
        HF_ASSERT(down->sa_count < HF_DOWN_SAS_MAX); /* control keeps no more */
        down->sas[down->sa_count++] = message->inbound;
        break;
    case HF_DP_FORGET:
        forget(down, message->spi);
        break;
    case HF_DP_SEND:
    case HF_DP_USE:
    case HF_DP_RECEIVED:
    case HF_DP_RETIRED_OUTBOUND:
    case HF_DP_RETIRED_INBOUND:
    case HF_DP_TUN_LOST:
    case HF_DP_ECHOED:
    case HF_DP_FIRST_PACKET:
        HF_ASSERT(false); /* not for this thread */
    }
}

static void take_commands(struct hf_down *down)
{
    hf_bytes record;

    while (!down->is_stopped && hf_ring_peek(&down->commands, &record)) {
        obey(down, (const struct hf_dp_message *)(const void *)record.data);
        hf_ring_release(&down->commands);
    }
}

/* A flood of IKE ends here: what does not fit is dropped, and room for what this thread itself has
 * to tell is left. */
static void pass_to_control(struct hf_down *down, const hf_endpoint *from, hf_bytes datagram)
{
    size_t len = sizeof(struct hf_dp_message) + datagram.len;
    struct hf_dp_message *message = NULL;

    if (hf_ring_free(&down->answers) >= 2 * len + ANSWERS_SPARE)
        message = hf_ring_reserve(&down->answers, len);
    if (message == NULL) {
        hf_counter_add(&down->counters.undelivered, 1);
        return;
    }
    *message = (struct hf_dp_message){ .type = HF_DP_RECEIVED, .peer = *from, .len = datagram.len };
    hf_copy(message + 1, datagram.data, datagram.len);
    hf_ring_publish(&down->answers);
    hf_wake_notify(down->control);
}

static struct hf_dp_inbound *find_sa(const struct hf_down *down, uint32_t spi)
{
    for (size_t i = 0; i < down->sa_count; i++) {
        if (down->sas[i]->spi == spi)
            return down->sas[i];
    }
    return NULL;
}

static void count_refused(struct hf_down *down, hf_status why)
{
    struct hf_down_counters *counters = &down->counters;

    hf_counter_add(why == HF_ERR_REPLAY      ? &counters->replayed
                   : why == HF_ERR_INTEGRITY ? &counters->not_authentic
                   : why == HF_ERR_DENIED    ? &counters->outside_selectors
                                             : &counters->malformed,
                   1);
}

/* An authentic packet without content is a dummy (RFC 4303, section 2.6). */
static void deliver(struct hf_down *down, const struct hf_esp_item *item)
{
    if (item->out_len == 0)
        return;
    (void)hf_mss_clamp(item->out, item->out_len, down->mtu_bytes);
    if (down->tun < 0 || hf_tun_write(down->tun, item->out, item->out_len) != HF_OK) {
        hf_counter_add(&down->counters.undelivered, 1);
        return;
    }
    hf_counter_add(&down->counters.packets, 1);
    hf_counter_add(&down->counters.octets, item->out_len);
}

/* The gateway sends with this SA, which is how it may confirm one that it made (RFC 7296,
 * section 2.8). */
static void note_first(struct hf_down *down, struct hf_dp_inbound *sa)
{
    if (!sa->has_received)
        answer(down, &(struct hf_dp_message){ .type = HF_DP_FIRST_PACKET, .spi = sa->spi });
    sa->has_received = true;
}

static void note_proof(struct hf_down *down)
{
    atomic_store_explicit(&down->counters.last_received, hf_engine_now(), memory_order_relaxed);
    hf_watch_notify(down->watch);
}

/* Opens `count` collected packets of one SA and delivers what is authentic. */
static void open_run(struct hf_down *down, struct hf_dp_inbound *sa, size_t count)
{
    if (count == 0)
        return;
    if (hf_esp_open(sa->esp, down->items, count) != 0) {
        note_first(down, sa);
        note_proof(down);
    }
    for (size_t i = 0; i < count; i++) {
        if (down->items[i].status == HF_OK)
            deliver(down, &down->items[i]);
        else
            count_refused(down, down->items[i].status);
    }
}

/* Before the switch of ports IKE has no marker: what comes from port 500 is nothing else (RFC 7296,
 * section 2.23). */
static enum hf_udp_kind classify(const hf_endpoint *from, hf_bytes datagram)
{
    return from->port == IKE_PORT ? HF_UDP_IKE : hf_udp_classify(datagram);
}

/* The SA of an ESP packet that can be opened; NULL: counted and dropped. */
static struct hf_dp_inbound *sa_of_packet(struct hf_down *down, hf_bytes packet)
{
    struct hf_dp_inbound *sa;
    uint32_t spi;

    if (!hf_esp_peek_spi(packet, &spi) || packet.len > HF_INNER_MAX + HF_ESP_OVERHEAD_MAX) {
        hf_counter_add(&down->counters.malformed, 1);
        return NULL;
    }
    sa = find_sa(down, spi);
    if (sa == NULL)
        hf_counter_add(&down->counters.no_sa, 1);
    return sa;
}

/* What is not ESP is dealt with here; an ESP packet's SA is returned. */
static struct hf_dp_inbound *sort(struct hf_down *down, size_t i, hf_bytes datagram)
{
    hf_endpoint from;

    if (!hf_sockaddr_endpoint(&down->from[i], &from) ||
        !hf_address_equal(&from.address, &down->gateway)) {
        hf_counter_add(&down->counters.foreign, 1);
        return NULL;
    }
    switch (classify(&from, datagram)) {
    case HF_UDP_ESP:
        return sa_of_packet(down, datagram);
    case HF_UDP_IKE:
        pass_to_control(down, &from, datagram);
        break;
    case HF_UDP_GARBAGE:
        hf_counter_add(&down->counters.malformed, 1);
        break;
    case HF_UDP_KEEPALIVE:
        break;
    }
    return NULL;
}

/* Packets of one SA are opened together; a packet of another SA ends the run before it. */
static void handle_batch(struct hf_down *down, size_t received)
{
    struct hf_dp_inbound *current = NULL;
    size_t count = 0;

    for (size_t i = 0; i < received; i++) {
        hf_bytes datagram = { hf_buffers_slot(&down->received, i), down->messages[i].msg_len };
        struct hf_dp_inbound *sa = sort(down, i, datagram);

        if (sa == NULL)
            continue;
        if (sa != current) {
            open_run(down, current, count);
            count = 0;
            current = sa;
        }
        down->items[count] =
            (struct hf_esp_item){ .in = datagram, .out = hf_buffers_slot(&down->opened, count) };
        count++;
    }
    open_run(down, current, count);
}

/* One batch; true when the socket may have more. */
static bool move(struct hf_down *down)
{
    int received;

    for (size_t i = 0; i < HF_ESP_BATCH_MAX; i++)
        down->messages[i].msg_hdr.msg_namelen = sizeof down->from[i];
    received = recvmmsg(down->underlay, down->messages, HF_ESP_BATCH_MAX, MSG_DONTWAIT, NULL);
    if (received <= 0)
        return false;    /* none there, or an error of the socket that is cleared by being told */
    take_commands(down); /* an SA that was given before the gateway could send on it is there now */
    handle_batch(down, (size_t)received);
    return received == HF_ESP_BATCH_MAX;
}

static void wait(struct hf_down *down)
{
    struct pollfd fds[] = {
        {.fd = down->wake.fd,   .events = POLLIN},
        { .fd = down->underlay, .events = POLLIN},
    };

    (void)poll(fds, HF_ARRAY_LEN(fds), -1);
    if (fds[0].revents != 0)
        hf_wake_take(&down->wake);
}

void *hf_down_run(void *context)
{
    struct hf_down *down = context;

    (void)prctl(PR_SET_NAME, "down");
    atomic_store(&down->is_running, true);
    hf_wake_notify(down->control);
    for (;;) {
        bool more = false;

        take_commands(down);
        if (down->is_stopped)
            return NULL;
        if (down->underlay >= 0)
            more = move(down);
        if (!more)
            wait(down);
    }
}
