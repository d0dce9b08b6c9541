/* The session: see session.h. */
#include "engine/session.h"

#include "engine/dataplane/underlay.h"
#include "engine/report.h"
#include "instance.h"
#include "ipc/values.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SECRETS_MAX        ((size_t)HF_SECRET_NAME_COUNT * 256 * 1024 + 64)
#define SECRET_MAX         ((size_t)256 * 1024)
#define RESOLVER_TURN      16 /* datagrams in one turn */
#define RESOLVER_REPLY_MAX 4096
#define COUNT_INTERVAL     HF_MILLIS(250) /* bounds how late unanswered traffic is noticed */
#define REPORT_INTERVAL    HF_SECONDS(1)

void hf_session_init(struct hf_session *session, int daemon, struct hf_dataplane *dataplane)
{
    memset(session, 0, sizeof *session);
    session->daemon = daemon;
    session->resolver = session->tun = -1;
    session->dataplane = dataplane;
    session->count_at = HF_NEVER;
    session->env = (struct hf_env){ .random = hf_core_random, .trace = &session->trace };
    hf_engine_key_init(&session->key);
    hf_profile_init(&session->profile);
    hf_secrets_init(&session->secrets);
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void hf_session_clear(struct hf_session *session)
{
    hf_attempt_free(session->attempt);
    hf_profile_clear(&session->profile);
    hf_secrets_clear(&session->secrets);
    hf_engine_key_clear(&session->key);
    close_fd(&session->resolver);
    close_fd(&session->tun);
    session->attempt = NULL;
}

static void tell(struct hf_session *session, const struct hf_attempt_event *event)
{
    if (!session->is_broken && hf_report_event(session->daemon, event) != HF_OK)
        session->is_broken = true;
}

/* Ends the session for a reason that the attempt does not know of. */
static void end(struct hf_session *session, const struct hf_fault *fault)
{
    static struct hf_attempt_event event;

    event = (struct hf_attempt_event){ .type = HF_ATTEMPT_ENDED, .fault = *fault };
    tell(session, &event);
    session->is_over = true;
}

static void end_with(struct hf_session *session, hf_status status, enum hf_stage stage)
{
    struct hf_fault fault = hf_fault_make(status, stage);

    end(session, &fault);
}

/* The gateway's port for ESP: the second of two, or the only one (RFC 3948, section 2.1). */
static void take_gateway(struct hf_session *session, const struct hf_attempt_event *event)
{
    session->gateway.address = event->gateway;
    session->gateway.port =
        event->gateway_ports[1] != 0 ? event->gateway_ports[1] : event->gateway_ports[0];
}

static void take_child(struct hf_session *session, struct hf_attempt_event *event)
{
    hf_status status = hf_dataplane_child_add(session->dataplane, &event->inbound, &event->outbound,
                                              &event->selectors, event->send_now);

    hf_cleanse(&event->inbound, sizeof event->inbound);
    hf_cleanse(&event->outbound, sizeof event->outbound);
    if (status != HF_OK)
        end_with(session, status, HF_STAGE_TUNNEL);
}

/* Gives the device to the data threads when there is one and its MTU is known: then the gateway is
 * verified and there is an SA. What may go into the device is for the firewall and the routes to
 * say: until the plan is in force, nothing. */
static void give_tun(struct hf_session *session)
{
    if (session->tun < 0 || session->mtu_bytes == 0)
        return;
    if (!session->has_tun)
        session->has_tun =
            hf_dataplane_set_tun(session->dataplane, session->tun, session->mtu_bytes) == HF_OK;
    close_fd(&session->tun);
}

static void ask_for_plan(struct hf_session *session, struct hf_attempt_event *event)
{
    session->mtu_bytes = event->plan.mtu_bytes;
    memcpy(event->plan.tun_name, HF_TUN_NAME, sizeof HF_TUN_NAME);
    tell(session, event);
    give_tun(session);
}

static bool has_moved(const struct hf_session *session, const struct hf_engine_counters *now)
{
    return memcmp(&session->counted, now, sizeof *now) != 0;
}

static void report(struct hf_session *session, hf_time now)
{
    session->is_unreported = false;
    session->report_at = hf_time_add(now, REPORT_INTERVAL);
    if (!session->is_broken && hf_report_counters(session->daemon, &session->counted) != HF_OK)
        session->is_broken = true;
}

static void use_counters(struct hf_session *session, const struct hf_engine_counters *counters,
                         hf_time now)
{
    struct hf_attempt_usage usage = { .last_sent = counters->last_sent,
                                      .last_received = counters->last_received,
                                      .sent_after = session->counted_until };

    session->counted = *counters;
    session->count_at = hf_time_add(now, COUNT_INTERVAL);
    session->counted_until = now;
    session->is_unreported = true;
    if (hf_time_due(session->report_at, now))
        report(session, now);
    if (!hf_dataplane_usage(session->dataplane, &usage.child_bytes_out, &usage.child_sequence_out))
        usage.child_bytes_out = usage.child_sequence_out =
            0; /* a new SA: nothing to speak of yet */
    hf_attempt_handle_usage(session->attempt, &usage, now);
}

/* At short intervals while there is traffic; one without any ends it, until the next packet wakes
 * us. */
static void count(struct hf_session *session, hf_time now)
{
    struct hf_engine_counters counters;

    hf_dataplane_counters(session->dataplane, &counters);
    if (!has_moved(session, &counters)) {
        if (session->is_unreported)
            report(session, now);
        session->count_at = HF_NEVER;
        session->counted_until = 0; /* the first packet will wake us at once */
        hf_dataplane_watch(session->dataplane);
        hf_dataplane_counters(session->dataplane, &counters);
    }
    if (has_moved(session, &counters))
        use_counters(session, &counters, now);
}

/* A query that cannot leave is asked again by its timer. */
static void ask_resolver(struct hf_session *session, const struct hf_attempt_datagram *query)
{
    struct sockaddr_storage to;
    socklen_t to_len = hf_sockaddr_of(&query->to, &to);

    if (session->resolver >= 0)
        (void)sendto(session->resolver, query->bytes.data, query->bytes.len,
                     MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&to, to_len);
}

static void send_datagrams(struct hf_session *session)
{
    struct hf_attempt_datagram datagram;

    while (hf_attempt_next_datagram(session->attempt, &datagram)) {
        switch (datagram.channel) {
        case HF_CHANNEL_RESOLVER:
            ask_resolver(session, &datagram);
            break;
        case HF_CHANNEL_UNDERLAY:
            hf_dataplane_send(session->dataplane, &datagram.to, datagram.bytes);
            break;
        }
    }
}

static void obey(struct hf_session *session, struct hf_attempt_event *event, hf_time now)
{
    switch (event->type) {
    case HF_ATTEMPT_GATEWAY:
        take_gateway(session, event);
        tell(session, event);
        break;
    case HF_ATTEMPT_INSTALL:
        ask_for_plan(session, event);
        break;
    case HF_ATTEMPT_CHILD_ADD:
        take_child(session, event);
        break;
    case HF_ATTEMPT_CHILD_SEND:
        hf_dataplane_child_send(session->dataplane, event->peer_spi);
        break;
    case HF_ATTEMPT_CHILD_REMOVE:
        hf_dataplane_child_remove(session->dataplane, event->spi);
        break;
    case HF_ATTEMPT_STATE:
        if (event->state == HF_CONN_AUTHENTICATING)
            send_datagrams(session); /* no SA to receive on yet: the gateway need not wait */
        tell(session, event);
        if (event->state == HF_CONN_CONNECTED)
            count(session, now);
        break;
    case HF_ATTEMPT_ENDED:
        tell(session, event);
        session->is_over = true;
        break;
    case HF_ATTEMPT_SUMMARY:
    case HF_ATTEMPT_PROOF:
    case HF_ATTEMPT_TRAFFIC:
    case HF_ATTEMPT_SECRET_WANTED:
        tell(session, event);
        break;
    }
}

static void send_traces(struct hf_session *session)
{
    struct hf_trace_record record;

    while (hf_trace_next(&session->trace, &record)) {
        if (!session->is_broken)
            hf_report_trace(session->daemon, &record);
    }
}

/* Carries out everything that the attempt wants. Events go first: an SA must be there to receive on
 * before the datagram leaves that makes the gateway send on it. Nothing is sent after the end. */
static void drain(struct hf_session *session, hf_time now)
{
    static struct hf_attempt_event event; /* large, and there is one control thread */

    if (session->attempt == NULL)
        return;
    while (hf_attempt_next_event(session->attempt, &event)) {
        if (event.type == HF_ATTEMPT_ENDED)
            send_datagrams(session);
        obey(session, &event, now);
    }
    send_datagrams(session);
    send_traces(session);
}

static hf_status read_configuration(struct hf_session *session, const int *fds,
                                    struct hf_fault *out_fault)
{
    hf_buf json = hf_buf_with_max(HF_PROFILE_FILE_MAX), secrets = hf_buf_with_max(SECRETS_MAX);
    hf_status status = hf_ipc_read_fd(fds[0], HF_PROFILE_FILE_MAX, &json);

    *out_fault = hf_fault_make(status, HF_STAGE_PROFILE);
    if (status == HF_OK)
        status = hf_profile_decode(hf_buf_bytes(&json), &session->profile, out_fault);
    if (status == HF_OK)
        status = hf_ipc_read_fd(fds[1], SECRETS_MAX, &secrets);
    if (status == HF_OK)
        status = hf_secrets_decode(hf_buf_bytes(&secrets), &session->secrets);
    if (status != HF_OK && out_fault->status == HF_OK)
        *out_fault = hf_fault_make(status, HF_STAGE_PROFILE);
    hf_buf_free(&json);
    hf_buf_free(&secrets);
    return status;
}

/* Profile, secrets and, where there is one, the socket to the resolvers. */
static bool configure(struct hf_session *session, struct hf_ipc_message *message, hf_time now)
{
    hf_reader r = hf_reader_of(message->body);
    struct hf_attempt_hints hints;
    struct hf_fault fault;

    if (session->attempt != NULL || message->fd_count < 2 || message->fd_count > 3 ||
        hf_engine_hints_decode(&r, &hints) != HF_OK || r.left != 0)
        return false;
    if (message->fd_count == 3) {
        session->resolver = message->fds[2];
        message->fd_count = 2;
    }
    if (read_configuration(session, message->fds, &fault) != HF_OK ||
        hf_attempt_new(&session->profile, &session->secrets, &hints, &session->env,
                       &session->attempt, &fault) != HF_OK) {
        end(session, &fault);
        return true;
    }
    hf_attempt_start(session->attempt, now);
    return true;
}

/* A status, and an fd where it is HF_OK and one is owed. */
static bool read_answer(struct hf_session *session, const struct hf_ipc_message *message,
                        bool is_owed, hf_status *out)
{
    hf_reader r = hf_reader_of(message->body);

    return session->attempt != NULL && hf_ipc_read_status(&r, out) && r.left == 0 &&
           message->fd_count <= (*out == HF_OK ? 1u : 0u) &&
           (message->fd_count == 1 || *out != HF_OK || !is_owed);
}

static void keep_tun(struct hf_session *session, struct hf_ipc_message *message)
{
    close_fd(&session->tun);
    session->tun = message->fds[0];
    message->fd_count = 0;
    give_tun(session);
}

static bool take_underlay(struct hf_session *session, struct hf_ipc_message *message, hf_time now)
{
    hf_status status;

    if (!read_answer(session, message, true, &status))
        return false;
    if (status == HF_OK)
        status = hf_dataplane_set_underlay(session->dataplane, message->fds[0], &session->gateway);
    hf_attempt_handle_underlay(session->attempt, status, now);
    return true;
}

/* Ahead of the plan, or when it is asked for; another one, for the next gateway, is the same. */
static bool take_tun(struct hf_session *session, struct hf_ipc_message *message)
{
    if (session->attempt == NULL || message->fd_count != 1 || message->body.len != 0)
        return false;
    keep_tun(session, message);
    return true;
}

static bool take_installed(struct hf_session *session, struct hf_ipc_message *message, hf_time now)
{
    hf_status status;

    if (!read_answer(session, message, !session->has_tun, &status))
        return false;
    if (message->fd_count == 1)
        keep_tun(session, message);
    if (status == HF_OK && !session->has_tun)
        status = HF_ERR_LOCAL_SETUP;
    hf_attempt_handle_installed(session->attempt, status, now);
    return true;
}

static bool take_secret(struct hf_session *session, struct hf_ipc_message *message, hf_time now)
{
    hf_reader r = hf_reader_of(message->body);
    hf_buf value = hf_buf_with_max(SECRET_MAX);
    size_t name;

    if (session->attempt == NULL || message->fd_count != 1 ||
        !hf_ipc_read_below(&r, HF_SECRET_NAME_COUNT, &name) || r.left != 0)
        return false;
    if (hf_ipc_read_fd(message->fds[0], SECRET_MAX, &value) == HF_OK)
        hf_attempt_handle_secret(session->attempt, (enum hf_secret_name)name, hf_buf_bytes(&value),
                                 now);
    hf_buf_free(&value);
    return true;
}

/* Before there is an attempt there is nobody to part from. */
static bool disconnect(struct hf_session *session, hf_time now)
{
    if (session->attempt == NULL)
        end_with(session, HF_OK, HF_STAGE_NONE);
    else
        hf_attempt_disconnect(session->attempt, now);
    return true;
}

static bool rekey(struct hf_session *session, const struct hf_ipc_message *message, hf_time now)
{
    hf_reader r = hf_reader_of(message->body);
    bool ike;

    if (session->attempt == NULL || !hf_ipc_read_bool(&r, &ike) || r.left != 0)
        return false;
    hf_attempt_rekey(session->attempt, ike, now);
    return true;
}

/* Before the attempt, which asks for the key when it is made. */
static bool take_key(struct hf_session *session, struct hf_ipc_message *message)
{
    if (session->attempt != NULL || !hf_engine_key_take(&session->key, message))
        return false;
    session->env.key = &session->key.signer;
    return true;
}

static bool handle(struct hf_session *session, struct hf_ipc_message *message, hf_time now)
{
    switch (message->type) {
    case HF_ENGINE_CONFIGURE:
        return configure(session, message, now);
    case HF_ENGINE_UNDERLAY:
        return take_underlay(session, message, now);
    case HF_ENGINE_INSTALLED:
        return take_installed(session, message, now);
    case HF_ENGINE_TUN:
        return take_tun(session, message);
    case HF_ENGINE_KEY:
        return take_key(session, message);
    case HF_ENGINE_SECRET:
        return take_secret(session, message, now);
    case HF_ENGINE_DISCONNECT:
        return disconnect(session, now);
    case HF_ENGINE_REKEY:
        return rekey(session, message, now);
    case HF_ENGINE_ECHO: /* answered when both data threads have */
        hf_dataplane_echo(session->dataplane);
        return true;
    default:
        return false;
    }
}

void hf_session_handle_message(struct hf_session *session, struct hf_ipc_message *message,
                               hf_time now)
{
    if (!handle(session, message, now))
        session->is_broken = true; /* not a holdfastd that we know how to work for */
    drain(session, now);
}

void hf_session_handle_dataplane(struct hf_session *session, hf_time now)
{
    struct hf_dataplane_output output;

    hf_dataplane_take_wake(session->dataplane);
    while (hf_dataplane_next(session->dataplane, &output)) {
        switch (output.type) {
        case HF_DATAPLANE_DATAGRAM:
            if (session->attempt != NULL)
                hf_attempt_handle_datagram(session->attempt, HF_CHANNEL_UNDERLAY, &output.from,
                                           output.datagram, now);
            break;
        case HF_DATAPLANE_TUN_LOST:
            end_with(session, HF_ERR_LOCAL_SETUP, HF_STAGE_TUNNEL);
            break;
        case HF_DATAPLANE_FIRST_PACKET:
            if (session->attempt != NULL)
                hf_attempt_handle_first_packet(session->attempt, output.spi, now);
            break;
        case HF_DATAPLANE_ECHOED:
            if (!session->is_broken && hf_report_echoed(session->daemon) != HF_OK)
                session->is_broken = true;
            break;
        }
        hf_dataplane_release(session->dataplane);
        drain(session, now);
    }
    if (session->attempt != NULL && session->count_at == HF_NEVER)
        count(session, now);
    drain(session, now);
}

void hf_session_handle_resolver(struct hf_session *session, hf_time now)
{
    for (size_t i = 0; i < RESOLVER_TURN && session->attempt != NULL; i++) {
        uint8_t reply[RESOLVER_REPLY_MAX];
        struct sockaddr_storage address;
        socklen_t len = sizeof address;
        hf_endpoint from;
        ssize_t got = recvfrom(session->resolver, reply, sizeof reply, MSG_DONTWAIT,
                               (struct sockaddr *)&address, &len);

        if (got < 0)
            break;
        if (hf_sockaddr_endpoint(&address, &from))
            hf_attempt_handle_datagram(session->attempt, HF_CHANNEL_RESOLVER, &from,
                                       (hf_bytes){ reply, (size_t)got }, now);
    }
    drain(session, now);
}

void hf_session_handle_time(struct hf_session *session, hf_time now)
{
    if (session->attempt == NULL)
        return;
    if (hf_time_due(session->count_at, now))
        count(session, now);
    if (hf_time_due(hf_attempt_deadline(session->attempt), now))
        hf_attempt_handle_time(session->attempt, now);
    drain(session, now);
}

void hf_session_leave(struct hf_session *session, hf_time now)
{
    session->is_broken = true;
    if (session->attempt == NULL)
        return;
    hf_attempt_disconnect(session->attempt, now);
    send_datagrams(session);
}

hf_time hf_session_deadline(const struct hf_session *session)
{
    if (session->attempt == NULL)
        return HF_NEVER;
    return hf_time_min(session->count_at, hf_attempt_deadline(session->attempt));
}
