/* The engine of the connection: see engine_host.h. */
#include "daemon/engine_host.h"

#include "daemon/anchors.h"
#include "daemon/engine_watch.h"
#include "ipc/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECRETS_MAX (2 * 1024 * 1024)
#define HINTS_MAX   2048
#define LEAST_MTU   1280 /* of a TUN that no plan has sized yet */

struct hf_engine_host {
    struct hf_netd_link *netd;
    struct hf_engine_host_events events;
    void *context;
    uint32_t generation; /* of the engine; another one than a request was made for: too late */
    bool requested;      /* netd was asked for a process */
    struct hf_engine_link *link;
    struct hf_engine_watch watch;
    bool ready, configured;
    /* The configuration that waits for it to be ready. */
    bool has_config;
    bool resolver_owed; /* its resolver socket was asked for */
    int profile, secrets, resolver, key;
    enum hf_key_type key_type;
    bool has_tun; /* the engine got it while the gateway is still being asked */
    uint8_t hints[HINTS_MAX];
    size_t hints_len;
};

/* A request to netd on behalf of one engine. */
struct errand {
    struct hf_engine_host *host;
    uint32_t generation;
    enum hf_engine_message message; /* what to tell the engine */
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void drop_config(struct hf_engine_host *host)
{
    close_fd(&host->profile);
    close_fd(&host->secrets);
    close_fd(&host->resolver);
    close_fd(&host->key);
    host->has_config = host->resolver_owed = false;
}

static void ignore_reply(void *context, hf_status status, hf_reader *reader, int fd)
{
    (void)context;
    (void)status;
    (void)reader;
    close_fd(&fd);
}

static void kill_process(struct hf_engine_host *host, uint32_t pid)
{
    uint8_t body[4];
    hf_writer w = hf_writer_of(body, sizeof body);

    hf_write_u32(&w, pid);
    /* Where netd is away, the engine ends because its socket closes. */
    if (hf_netd_link_request(host->netd, HF_NETD_KILL_ENGINE, HF_BYTES_OF(body), ignore_reply,
                             NULL) != HF_OK)
        return;
}

void hf_engine_host_stop(struct hf_engine_host *host)
{
    host->generation++;
    host->requested = host->ready = host->configured = false;
    drop_config(host);
    host->has_tun = false;
    hf_engine_watch_stop(&host->watch);
    if (host->link != NULL) {
        kill_process(host, hf_engine_link_pid(host->link));
        hf_engine_link_free(host->link);
        host->link = NULL;
    }
}

static void lose(struct hf_engine_host *host)
{
    hf_engine_host_stop(host);
    host->events.gone(host->context);
}

/* Asks netd, in the name of the engine there is now. */
static hf_status ask(struct hf_engine_host *host, enum hf_netd_request type, hf_bytes body,
                     hf_netd_reply_fn *reply, enum hf_engine_message message)
{
    struct errand *errand = malloc(sizeof *errand);
    hf_status status = HF_ERR_NO_MEMORY;

    if (errand == NULL)
        return status;
    *errand = (struct errand){ host, host->generation, message };
    status = hf_netd_link_request(host->netd, type, body, reply, errand);
    if (status != HF_OK)
        free(errand);
    return status;
}

/* The errand is over: its host, or NULL when its engine is no more. */
static struct hf_engine_host *end_errand(struct errand *errand, enum hf_engine_message *out_message)
{
    struct hf_engine_host *host = errand->host;
    bool current = errand->generation == host->generation;

    if (out_message != NULL)
        *out_message = errand->message;
    free(errand);
    return current ? host : NULL;
}

/* --- configuring ------------------------------------------------------------------------------ */
/* HF_OK where there is none. */
static hf_status send_key(struct hf_engine_host *host)
{
    uint8_t body[2];
    hf_writer w = hf_writer_of(body, sizeof body);

    if (host->key < 0)
        return HF_OK;
    hf_ipc_write_below(&w, host->key_type, HF_KEY_TYPE_COUNT);
    return hf_engine_link_send(host->link, HF_ENGINE_KEY, HF_BYTES_OF(body), &host->key, 1);
}

static void configure_when_ready(struct hf_engine_host *host)
{
    int fds[3] = { host->profile, host->secrets, host->resolver };
    hf_status status;

    if (!host->ready || !host->has_config || host->resolver_owed)
        return;
    status = send_key(host);
    if (status == HF_OK)
        status = hf_engine_link_send(host->link, HF_ENGINE_CONFIGURE,
                                     (hf_bytes){ host->hints, host->hints_len }, fds,
                                     host->resolver >= 0 ? 3 : 2);
    drop_config(host);
    host->configured = true;
    if (status != HF_OK)
        lose(host);
}

static void ready(void *context)
{
    struct hf_engine_host *host = context;

    host->ready = true;
    configure_when_ready(host);
}

static void event(void *context, const struct hf_attempt_event *event)
{
    struct hf_engine_host *host = context;

    host->events.event(host->context, event);
}

static void trace(void *context, const struct hf_trace_record *record)
{
    struct hf_engine_host *host = context;

    host->events.trace(host->context, record);
}

static void counters(void *context, const struct hf_engine_counters *counters)
{
    struct hf_engine_host *host = context;

    host->events.counters(host->context, counters);
}

static void gone(void *context)
{
    lose(context);
}

static void echoed(void *context)
{
    struct hf_engine_host *host = context;

    hf_engine_watch_echoed(&host->watch);
}

/* It does not end by itself: netd kills it, which works on a stopped process too. */
static void hung(void *context)
{
    struct hf_engine_host *host = context;

    fprintf(stderr, "holdfastd: engine %u hangs: replacing it\n",
            (unsigned)hf_engine_link_pid(host->link));
    lose(host);
}

static void process_started(void *context, hf_status status, hf_reader *reader, int fd)
{
    static const struct hf_engine_link_events events = { .ready = ready,
                                                         .event = event,
                                                         .trace = trace,
                                                         .counters = counters,
                                                         .echoed = echoed,
                                                         .gone = gone };
    struct errand *errand = context;
    struct hf_engine_host *asker = errand->host;
    struct hf_engine_host *host = end_errand(errand, NULL);
    uint32_t pid = 0;

    if (status == HF_OK && (fd < 0 || !hf_read_u32(reader, &pid)))
        status = HF_ERR_MALFORMED;
    if (host == NULL) { /* it is not wanted any more */
        if (status == HF_OK)
            kill_process(asker, pid);
        close_fd(&fd);
        return;
    }
    host->requested = false;
    if (status == HF_OK)
        status = hf_engine_link_new(fd, pid, &events, host, &host->link);
    if (status != HF_OK) {
        close_fd(&fd);
        lose(host);
        return;
    }
    hf_engine_watch_start(&host->watch, host->link, HF_ENGINE_WATCH_MILLIS, hung, host);
}

void hf_engine_host_prepare(struct hf_engine_host *host)
{
    uint8_t body[2];
    hf_writer w = hf_writer_of(body, sizeof body);

    if (host->link != NULL || host->requested)
        return;
    hf_write_u16(&w, HF_ENGINE_CONNECT);
    host->requested = ask(host, HF_NETD_START_ENGINE, HF_BYTES_OF(body), process_started,
                          HF_ENGINE_CONFIGURE) == HF_OK;
}

/* Without the socket the engine can still try addresses that it knows. */
static void resolver_made(void *context, hf_status status, hf_reader *reader, int fd)
{
    struct hf_engine_host *host = end_errand(context, NULL);

    (void)status;
    (void)reader;
    if (host == NULL) {
        close_fd(&fd);
        return;
    }
    host->resolver = fd;
    host->resolver_owed = false;
    configure_when_ready(host);
}

static hf_status ask_for_socket(struct hf_engine_host *host, enum hf_netd_request type,
                                enum hf_family family, hf_netd_reply_fn *reply,
                                enum hf_engine_message message)
{
    uint8_t body[1] = { (uint8_t)family };

    return ask(host, type, HF_BYTES_OF(body), reply, message);
}

/* There is one socket for queries, so the resolvers of one family are used: the first one's. */
static void keep_one_family(struct hf_attempt_hints *hints)
{
    enum hf_family family = hints->resolvers[0].address.family;
    size_t kept = 0;

    for (size_t i = 0; i < hints->resolver_count; i++) {
        if (hints->resolvers[i].address.family == family)
            hints->resolvers[kept++] = hints->resolvers[i];
    }
    hints->resolver_count = kept;
}

/* With the system's CAs behind its own where it trusts them. A system without any is no failure
 * here: the gateway's certificate will find nobody who vouches for it, and the fault says so. */
static hf_status encode_profile(const struct hf_profile *profile, hf_buf *out)
{
    struct hf_profile whole = *profile; /* shares everything but `trust` */
    hf_status status;

    if (!profile->system_trust)
        return hf_profile_encode(profile, out);
    whole.trust = hf_buf_with_max(HF_PROFILE_TRUST_MAX);
    if (!hf_buf_append(&whole.trust, hf_buf_bytes(&profile->trust)) ||
        !hf_buf_append(&whole.trust, hf_bytes_of_string("\n")))
        status = HF_ERR_TOO_LARGE;
    else if ((status = hf_anchors_append(hf_anchors_paths, &whole.trust)) == HF_OK ||
             status == HF_ERR_NOT_FOUND)
        status = hf_profile_encode(&whole, out);
    hf_buf_free(&whole.trust);
    return status;
}

/* What an engine may know: no PIN, which the token has seen already; and the token's certificates
 * before those that were stored, which may be of their issuers. */
static hf_status encode_secrets(const struct hf_secrets *secrets,
                                const struct hf_engine_host_key *key, hf_buf *out)
{
    struct hf_secrets shown = *secrets; /* borrows */
    hf_buf certificates = hf_buf_with_max(SECRETS_MAX);
    hf_status status = HF_ERR_TOO_LARGE;

    shown.values[HF_SECRET_PIN] = hf_buf_with_max(0);
    if (key != NULL) {
        if (!hf_buf_append(&certificates, key->certificates) ||
            !hf_buf_append(&certificates, hf_buf_bytes(&secrets->values[HF_SECRET_CERTIFICATES])))
            goto done;
        shown.values[HF_SECRET_CERTIFICATES] = certificates;
    }
    status = hf_secrets_encode(&shown, out);
done:
    hf_buf_free(&certificates);
    return status;
}

static hf_status encode_config(struct hf_engine_host *host, const struct hf_profile *profile,
                               const struct hf_secrets *secrets,
                               const struct hf_engine_host_key *key,
                               const struct hf_attempt_hints *hints)
{
    hf_buf json = hf_buf_with_max(HF_PROFILE_FILE_MAX), hidden = hf_buf_with_max(SECRETS_MAX);
    hf_writer w = hf_writer_of(host->hints, sizeof host->hints);
    hf_bytes written;
    hf_status status = encode_profile(profile, &json);

    if (status == HF_OK)
        status = encode_secrets(secrets, key, &hidden);
    if (status == HF_OK) {
        host->profile = hf_ipc_sealed_memfd("profile", hf_buf_bytes(&json));
        host->secrets = hf_ipc_sealed_memfd("secrets", hf_buf_bytes(&hidden));
        hf_engine_hints_encode(&w, hints);
        if (host->profile < 0 || host->secrets < 0 || !hf_writer_finish(&w, &written))
            status = HF_ERR_LOCAL_SETUP;
        else
            host->hints_len = written.len;
    }
    hf_buf_free(&json);
    hf_buf_free(&hidden);
    return status;
}

void hf_engine_host_start(struct hf_engine_host *host, const struct hf_profile *profile,
                          const struct hf_secrets *secrets, const struct hf_engine_host_key *key,
                          const struct hf_attempt_hints *given)
{
    struct hf_attempt_hints hints = *given;

    keep_one_family(&hints);
    hf_engine_host_prepare(host);
    drop_config(host);
    if (key != NULL) {
        host->key = key->fd;
        host->key_type = key->type;
    }
    if ((host->link == NULL && !host->requested) ||
        encode_config(host, profile, secrets, key, &hints) != HF_OK) {
        lose(host);
        return;
    }
    host->has_config = true;
    host->resolver_owed =
        hints.resolver_count > 0 &&
        ask_for_socket(host, HF_NETD_RESOLVER_SOCKET, hints.resolvers[0].address.family,
                       resolver_made, HF_ENGINE_CONFIGURE) == HF_OK;
    configure_when_ready(host);
}

/* --- telling ---------------------------------------------------------------------------------- */
static void tell(struct hf_engine_host *host, enum hf_engine_message message, hf_status status,
                 int fd)
{
    uint8_t body[8];
    hf_writer w = hf_writer_of(body, sizeof body);

    if (host->link == NULL)
        return;
    hf_ipc_write_status(&w, status);
    if (hf_engine_link_send(host->link, message, (hf_bytes){ w.data, w.len }, &fd,
                            fd >= 0 ? 1 : 0) != HF_OK)
        lose(host);
}

static void fd_made(void *context, hf_status status, hf_reader *reader, int fd)
{
    enum hf_engine_message message;
    struct hf_engine_host *host = end_errand(context, &message);

    (void)reader;
    if (status == HF_OK && fd < 0)
        status = HF_ERR_LOCAL_SETUP;
    if (host != NULL)
        tell(host, message, status, fd);
    close_fd(&fd);
}

void hf_engine_host_tell_underlay(struct hf_engine_host *host, hf_status status,
                                  enum hf_family family)
{
    if (status == HF_OK)
        status = ask_for_socket(host, HF_NETD_UNDERLAY_SOCKET, family, fd_made, HF_ENGINE_UNDERLAY);
    if (status != HF_OK)
        tell(host, HF_ENGINE_UNDERLAY, status, -1);
}

static hf_status ask_for_tun(struct hf_engine_host *host, const char *tun_name, uint16_t mtu_bytes,
                             hf_netd_reply_fn *reply)
{
    uint8_t body[64];
    hf_writer w = hf_writer_of(body, sizeof body);
    hf_bytes written;

    hf_ipc_write_text(&w, tun_name);
    hf_write_u16(&w, mtu_bytes);
    return hf_writer_finish(&w, &written)
               ? ask(host, HF_NETD_TUN, written, reply, HF_ENGINE_INSTALLED)
               : HF_ERR_INTERNAL;
}

static void tun_made(void *context, hf_status status, hf_reader *reader, int fd)
{
    struct hf_engine_host *host = end_errand(context, NULL);

    (void)reader;
    if (host == NULL || host->link == NULL ||
        status != HF_OK) { /* then it is asked for again, when it is needed */
        close_fd(&fd);
        return;
    }
    /* One that has ended meanwhile has said why, and that is to be read first. */
    host->has_tun =
        hf_engine_link_send(host->link, HF_ENGINE_TUN, (hf_bytes){ 0 }, &fd, 1) == HF_OK;
    close_fd(&fd);
}

void hf_engine_host_prepare_tun(struct hf_engine_host *host, const char *tun_name)
{
    (void)(ask_for_tun(host, tun_name, LEAST_MTU, tun_made) == HF_OK); /* as above */
}

void hf_engine_host_tell_installed(struct hf_engine_host *host, hf_status status,
                                   const char *tun_name, uint16_t mtu_bytes)
{
    if (status == HF_OK && !host->has_tun) {
        status = ask_for_tun(host, tun_name, mtu_bytes, fd_made);
        if (status == HF_OK)
            return;
    }
    tell(host, HF_ENGINE_INSTALLED, status, -1);
}

void hf_engine_host_disconnect(struct hf_engine_host *host)
{
    /* An engine that was told nothing has nobody to say goodbye to. */
    if (host->link == NULL || !host->configured ||
        hf_engine_link_send(host->link, HF_ENGINE_DISCONNECT, (hf_bytes){ 0 }, NULL, 0) != HF_OK)
        lose(host);
}

hf_status hf_engine_host_rekey(struct hf_engine_host *host, bool ike)
{
    uint8_t body[1] = { ike };

    if (host->link == NULL || !host->configured)
        return HF_ERR_NOT_CONNECTED;
    return hf_engine_link_send(host->link, HF_ENGINE_REKEY, HF_BYTES_OF(body), NULL, 0);
}

hf_status hf_engine_host_give_secret(struct hf_engine_host *host, enum hf_secret_name name,
                                     hf_bytes value)
{
    uint8_t body[8];
    hf_writer w = hf_writer_of(body, sizeof body);
    hf_status status;
    int fd;

    if (host->link == NULL || !host->configured)
        return HF_ERR_NOT_CONNECTED;
    fd = hf_ipc_sealed_memfd("secret", value);
    if (fd < 0)
        return HF_ERR_LOCAL_SETUP;
    hf_ipc_write_below(&w, name, HF_SECRET_NAME_COUNT);
    status = hf_engine_link_send(host->link, HF_ENGINE_SECRET, (hf_bytes){ w.data, w.len }, &fd, 1);
    close(fd);
    return status;
}

/* --- life ------------------------------------------------------------------------------------- */
hf_status hf_engine_host_new(struct hf_netd_link *netd, const struct hf_engine_host_events *events,
                             void *context, struct hf_engine_host **out)
{
    struct hf_engine_host *host = calloc(1, sizeof *host);

    if (host == NULL)
        return HF_ERR_NO_MEMORY;
    host->netd = netd;
    host->events = *events;
    host->context = context;
    host->profile = host->secrets = host->resolver = host->key = -1;
    *out = host;
    return HF_OK;
}

void hf_engine_host_free(struct hf_engine_host *host)
{
    if (host == NULL)
        return;
    hf_engine_host_stop(host);
    free(host);
}
