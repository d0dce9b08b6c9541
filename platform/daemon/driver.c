/* The supervisor's hands: see driver.h. */
#include "daemon/driver.h"

#include "daemon/clock.h"
#include "daemon/engine_host.h"
#include "daemon/files.h"
#include "daemon/hints.h"
#include "daemon/intent.h"
#include "daemon/key_holder.h"
#include "ipc/names.h"
#include "linux/facts.h"

#include <glib-unix.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define SESSION_NAME "session"
#define SECRETS_MAX  (2 * 1024 * 1024)
#define PLAN_OCTETS  HF_IPC_BODY_MAX

struct hf_driver {
    struct hf_driver_parts parts;
    struct hf_trace trace;
    struct hf_supervisor *supervisor;
    struct hf_netd_link *netd;
    struct hf_engine_host *host;
    struct hf_key_holder *keys;
    struct hf_keys_pin_wanted pin_wanted; /* while the holder wants one from somebody */
    struct hf_attempt_hints hints;        /* of the engine that waits for its key */
    struct hf_facts_monitor *facts;
    guint facts_watch, timer, remember;
    struct hf_hints_lesson lesson; /* what is to be remembered, and is not on disk yet */
    bool met_netd; /* the first HELLO decides whether the daemon before us is to be resumed */
    bool pumping;
    bool has_changed; /* something that others see: they are told when the rest is on its way */
    struct hf_profile profile; /* of the latest connect */
    hf_owner owner;            /* of the profile */
    struct hf_secrets secrets;
    enum hf_family gateway_family; /* of the hole that the engine asked for */
    struct hf_engine_counters counters;
};

static void pump(struct hf_driver *driver);

/* For jitter alone, so the kernel's generator will do; keys are made in the engine. */
static bool fill_random(void *context, uint8_t *out, size_t len)
{
    (void)context;
    return getrandom(out, len, 0) == (ssize_t)len;
}

/* --- the session's secrets -------------------------------------------------------------------- */
static void keep_session(struct hf_driver *driver)
{
    hf_buf file = hf_buf_with_max(SECRETS_MAX);
    struct hf_secrets kept = driver->secrets; /* borrows */

    /* Nobody knows yet whether the token takes it, and a wrong one must not be tried twice. */
    kept.values[HF_SECRET_PIN] = hf_buf_with_max(0);
    /* Without it only a crash of this process would ask for the secrets again. */
    if (hf_secrets_encode(&kept, &file) != HF_OK ||
        hf_files_write(driver->parts.instance->run, SESSION_NAME, hf_buf_bytes(&file)) != HF_OK)
        hf_files_remove(driver->parts.instance->run, SESSION_NAME);
    hf_buf_free(&file);
}

static void load_session(struct hf_driver *driver)
{
    hf_buf file = hf_buf_with_max(SECRETS_MAX);
    struct hf_secrets session;

    hf_secrets_init(&session);
    if (hf_files_read(driver->parts.instance->run, SESSION_NAME, &file) == HF_OK &&
        hf_secrets_decode(hf_buf_bytes(&file), &session) == HF_OK &&
        hf_store_overlay_secrets(&driver->secrets, &session) != HF_OK)
        hf_secrets_clear(&driver->secrets);
    hf_secrets_clear(&session);
    hf_buf_free(&file);
}

/* --- carrying out ----------------------------------------------------------------------------- */
struct apply {
    struct hf_driver *driver;
    uint32_t serial;
};

static void applied(void *context, hf_status status, hf_reader *reader, int fd)
{
    struct apply apply = *(struct apply *)context;

    (void)reader;
    (void)fd;
    free(context);
    hf_supervisor_handle_applied(apply.driver->supervisor, apply.serial, status, hf_clock_now());
    pump(apply.driver);
}

static void apply(struct hf_driver *driver, const struct hf_supervisor_action *action)
{
    uint8_t *body = malloc(PLAN_OCTETS);
    struct apply *context = malloc(sizeof *context);
    hf_status status = HF_ERR_NO_MEMORY;
    hf_bytes written;

    if (body != NULL && context != NULL) {
        hf_writer w = hf_writer_of(body, PLAN_OCTETS);

        *context = (struct apply){ driver, action->serial };
        hf_plan_encode(&w, &action->plan);
        status = hf_writer_finish(&w, &written)
                     ? hf_netd_link_request(driver->netd, HF_NETD_APPLY, written, applied, context)
                     : HF_ERR_INTERNAL;
    }
    free(body);
    if (status == HF_OK)
        return;
    free(context);
    hf_supervisor_handle_applied(driver->supervisor, action->serial, HF_ERR_LOCAL_SETUP,
                                 hf_clock_now());
}

static struct hf_profile_ref ref_of(const struct hf_driver *driver, const char *id)
{
    struct hf_profile_ref ref = { .owner = driver->owner };

    hf_copy(ref.id, id, sizeof ref.id);
    return ref;
}

/* Whose process holds the key: the profile's owner's. */
static unsigned keys_uid(const struct hf_driver *driver)
{
    return driver->owner == HF_OWNER_SYSTEM ? driver->parts.instance->owner_uid
                                            : (unsigned)driver->owner;
}

static void start_engine(struct hf_driver *driver, const struct hf_supervisor_action *action)
{
    struct hf_profile_ref ref = ref_of(driver, driver->profile.id);
    struct hf_attempt_hints hints = action->hints;

    hints.wall_clock = (hf_wall_clock)time(NULL);
    hf_hints_load(driver->parts.instance->var, &ref, &hints);
    if (action->name_first)
        hints.last_good_count = 0;
    driver->counters = (struct hf_engine_counters){ 0 };
    if (driver->profile.key_uri[0] == '\0') {
        hf_engine_host_start(driver->host, &driver->profile, &driver->secrets, NULL, &hints);
        return;
    }
    driver->hints = hints;
    hf_key_holder_open(driver->keys, keys_uid(driver), driver->profile.key_uri);
}

/* --- the key in a token ----------------------------------------------------------------------- */
static void say_event(struct hf_driver *driver, const struct hf_attempt_event *event)
{
    hf_supervisor_handle_event(driver->supervisor, event, hf_clock_now());
    pump(driver);
}

/* A PIN that was given beforehand is tried once, but not where that might lock the token: then
 * somebody has to say so who knows that it is the last try. */
static void pin_wanted(void *context, const struct hf_keys_pin_wanted *wanted)
{
    static struct hf_attempt_event event;
    struct hf_driver *driver = context;
    hf_bytes pin = hf_buf_bytes(&driver->secrets.values[HF_SECRET_PIN]);

    if (wanted->tries != HF_KEYS_TRIES_LAST && hf_key_holder_give_pin(driver->keys, pin) == HF_OK)
        return;
    driver->pin_wanted = *wanted;
    event = (struct hf_attempt_event){ .type = HF_ATTEMPT_SECRET_WANTED, .secret = HF_SECRET_PIN };
    say_event(driver, &event);
    /* An agent may have kept a PIN that is wrong by now; a person sees the tries that are left. */
    if (wanted->tries == HF_KEYS_TRIES_ENOUGH)
        driver->parts.wanted(driver->parts.context, HF_SECRET_PIN);
}

static void key_failed(struct hf_driver *driver, const struct hf_fault *fault)
{
    static struct hf_attempt_event event;

    hf_buf_clear(&driver->secrets.values[HF_SECRET_PIN]);
    event = (struct hf_attempt_event){ .type = HF_ATTEMPT_ENDED, .fault = *fault };
    say_event(driver, &event);
}

static void key_done(void *context, const struct hf_fault *fault,
                     const struct hf_keys_opened *opened, int fd)
{
    struct hf_driver *driver = context;
    hf_buf pem = hf_buf_with_max(SECRETS_MAX);
    struct hf_engine_host_key key = { .fd = fd };

    if (fault->status != HF_OK) {
        key_failed(driver, fault);
        return;
    }
    key.type = opened->type;
    if (hf_key_holder_pem(opened, &pem) == HF_OK)
        key.certificates = hf_buf_bytes(&pem);
    hf_engine_host_start(driver->host, &driver->profile, &driver->secrets, &key, &driver->hints);
    hf_buf_free(&pem);
}

/* Back to where it was before somebody had to be asked. */
static hf_status give_pin(struct hf_driver *driver, hf_bytes pin)
{
    static const struct hf_attempt_event event = { .type = HF_ATTEMPT_STATE,
                                                   .state = HF_CONN_RESOLVING };
    hf_buf *kept = &driver->secrets.values[HF_SECRET_PIN];
    hf_status status = hf_key_holder_give_pin(driver->keys, pin);

    if (status != HF_OK)
        return status;
    hf_buf_clear(kept);
    if (!hf_buf_append(kept, pin)) /* then the next attempt asks for it again */
        hf_buf_clear(kept);
    say_event(driver, &event);
    return HF_OK;
}

static void end_engine(struct hf_driver *driver)
{
    hf_key_holder_stop(driver->keys);
    hf_engine_host_stop(driver->host);
}

/* Unless another connect or a pause came meanwhile: then they are still to be used. */
static void forget_unwanted(struct hf_driver *driver)
{
    struct hf_supervisor_status status;

    hf_supervisor_status(driver->supervisor, &status);
    if (!status.wanted && status.resume_at == HF_NEVER)
        hf_secrets_clear(&driver->secrets);
}

/* A session that a crash of this process would end in the clear is not begun. */
static void save(struct hf_driver *driver, const struct hf_supervisor_action *action)
{
    const struct hf_instance *instance = driver->parts.instance;
    struct hf_intent intent = { .ref = ref_of(driver, action->profile),
                                .resume_at = action->resume_at };
    struct hf_fault fault;
    hf_status status;

    if (!action->intent_connected && action->resume_at == HF_NEVER) {
        forget_unwanted(driver);
        hf_intent_clear(instance->var);
        hf_files_remove(instance->run, SESSION_NAME);
    } else {
        status = hf_intent_save(instance->var, &intent);
        if (status == HF_OK) {
            keep_session(driver);
            return;
        }
        if (!action->intent_connected)
            return; /* the daemon after us will connect too early, rather than never */
        fprintf(stderr, "holdfastd: giving up, as %s/intent cannot be written\n", instance->var);
        fault = hf_fault_make(status, HF_STAGE_PROFILE);
        hf_supervisor_abandon(driver->supervisor, &fault, hf_clock_now());
    }
}

static gboolean remember_now(gpointer data)
{
    struct hf_driver *driver = data;

    driver->remember = 0;
    hf_hints_flush(&driver->lesson, driver->parts.instance->var);
    return G_SOURCE_REMOVE;
}

/* The disk must not hold up a tunnel that is about to carry its first packet. */
static void remember(struct hf_driver *driver)
{
    struct hf_profile_ref ref = ref_of(driver, driver->profile.id);
    struct hf_supervisor_status status;

    hf_supervisor_status(driver->supervisor, &status);
    if (status.summary.gateway.family != HF_FAMILY_NONE && strcmp(status.profile, ref.id) == 0)
        hf_hints_note(&driver->lesson, &ref, &status.summary);
    if (driver->remember == 0)
        driver->remember = g_idle_add_full(G_PRIORITY_LOW, remember_now, driver, NULL);
}

static void tell_installed(struct hf_driver *driver, hf_status status)
{
    struct hf_supervisor_status now;

    hf_supervisor_status(driver->supervisor, &now);
    hf_engine_host_tell_installed(driver->host, status, now.plan.tun_name, now.plan.mtu_bytes);
}

static void perform(struct hf_driver *driver, const struct hf_supervisor_action *action)
{
    switch (action->type) {
    case HF_SUPERVISOR_PREPARE_ENGINE:
        hf_engine_host_prepare(driver->host);
        return;
    case HF_SUPERVISOR_START_ENGINE:
        start_engine(driver, action);
        return;
    case HF_SUPERVISOR_STOP_ENGINE:
        hf_hints_flush(&driver->lesson, driver->parts.instance->var);
        end_engine(driver);
        return;
    case HF_SUPERVISOR_DISCONNECT_ENGINE:
        hf_hints_flush(&driver->lesson, driver->parts.instance->var);
        hf_key_holder_stop(driver->keys);
        hf_engine_host_disconnect(driver->host);
        return;
    case HF_SUPERVISOR_APPLY:
        apply(driver, action);
        return;
    case HF_SUPERVISOR_UNDERLAY:
        hf_engine_host_tell_underlay(driver->host, action->status, driver->gateway_family);
        if (action->status == HF_OK)
            hf_engine_host_prepare_tun(driver->host, HF_TUN_NAME);
        return;
    case HF_SUPERVISOR_INSTALLED:
        tell_installed(driver, action->status);
        return;
    case HF_SUPERVISOR_STATE:
        driver->has_changed = true;
        return;
    case HF_SUPERVISOR_SAVE:
        save(driver, action);
        return;
    case HF_SUPERVISOR_REMEMBER:
        remember(driver);
        return;
    }
}

static gboolean time_is_due(gpointer data)
{
    struct hf_driver *driver = data;

    driver->timer = 0;
    hf_supervisor_handle_time(driver->supervisor, hf_clock_now());
    pump(driver);
    return G_SOURCE_REMOVE;
}

static void set_timer(struct hf_driver *driver)
{
    hf_time deadline = hf_supervisor_deadline(driver->supervisor), now = hf_clock_now();
    hf_duration wait = hf_time_since(deadline, now);

    if (driver->timer != 0)
        g_source_remove(driver->timer);
    driver->timer = 0;
    if (deadline == HF_NEVER)
        return;
    wait = hf_time_min((wait + 999) / 1000, HF_SECONDS(3600) / 1000); /* looks again every hour */
    driver->timer = g_timeout_add((guint)wait, time_is_due, driver);
}

/* Ends every entry: takes out every action. One may fail at once and call in again;
 * then the loop that is running goes on. */
static void pump(struct hf_driver *driver)
{
    struct hf_supervisor_action *action;

    if (driver->pumping)
        return;
    action = malloc(sizeof *action);
    if (action == NULL)
        abort(); /* out of memory, in the middle of a decision: the next daemon resumes */
    driver->pumping = true;
    while (hf_supervisor_next_action(driver->supervisor, action))
        perform(driver, action);
    driver->pumping = false;
    free(action);
    hf_trace_log_drain(driver->parts.log, "holdfastd", &driver->trace);
    set_timer(driver);
    if (driver->has_changed) {
        driver->has_changed = false;
        driver->parts.changed(driver->parts.context);
    }
}

/* --- the engine ------------------------------------------------------------------------------- */
static bool is_waiting_for_input(const struct hf_driver *driver)
{
    struct hf_supervisor_status status;

    hf_supervisor_status(driver->supervisor, &status);
    return status.state == HF_CONN_NEEDS_INPUT;
}

/* The user is asked once for each time that an answer is begun to be waited for. */
static void engine_event(void *context, const struct hf_attempt_event *event)
{
    struct hf_driver *driver = context;
    bool was_waiting = is_waiting_for_input(driver);

    if (event->type == HF_ATTEMPT_GATEWAY)
        driver->gateway_family = event->gateway.family;
    hf_supervisor_handle_event(driver->supervisor, event, hf_clock_now());
    pump(driver);
    if (event->type == HF_ATTEMPT_SECRET_WANTED && !was_waiting && is_waiting_for_input(driver))
        driver->parts.wanted(driver->parts.context, event->secret);
}

static void engine_trace(void *context, const struct hf_trace_record *record)
{
    struct hf_driver *driver = context;

    hf_trace_log_write(driver->parts.log, "engine", record);
}

static void engine_counters(void *context, const struct hf_engine_counters *counters)
{
    struct hf_driver *driver = context;

    driver->counters = *counters;
}

static void engine_gone(void *context)
{
    struct hf_driver *driver = context;

    hf_key_holder_stop(driver->keys);
    hf_supervisor_handle_engine_gone(driver->supervisor, hf_clock_now());
    pump(driver);
}

/* --- netd ------------------------------------------------------------------------------------- */
static hf_status resume(struct hf_driver *driver, const struct hf_plan *in_force)
{
    struct hf_intent intent;
    struct hf_fault fault;
    hf_status status =
        hf_intent_read(driver->parts.instance->var, driver->parts.instance->owner_uid, &intent);

    if (status != HF_OK)
        return status;
    driver->owner = intent.ref.owner;
    if (hf_store_load(driver->parts.store, &intent.ref, &driver->profile, &driver->secrets,
                      &fault) != HF_OK ||
        hf_policy_apply(hf_policy_files_policy(driver->parts.policy), &driver->profile, &fault) !=
            HF_OK)
        return HF_ERR_PROFILE_INVALID;
    load_session(driver);
    if (intent.resume_at == HF_NEVER)
        hf_supervisor_resume(driver->supervisor, &driver->profile, in_force, hf_clock_now());
    else
        hf_supervisor_stay_paused(driver->supervisor, &driver->profile, in_force, intent.resume_at,
                                  hf_clock_now());
    return HF_OK;
}

static void keep_block(struct hf_driver *driver, const struct hf_plan *in_force, hf_status why)
{
    struct hf_fault fault = hf_fault_make(HF_ERR_INTENT_LOST, HF_STAGE_NONE);

    fprintf(stderr,
            "holdfastd: the block stays: what was wanted cannot be read (%s): see the profile and "
            "%s/intent\n",
            hf_status_code(why), driver->parts.instance->var);
    hf_fault_set_text(fault.received, hf_bytes_of_string(hf_status_code(why)));
    hf_supervisor_keep(driver->supervisor, in_force, &fault, hf_clock_now());
}

/* A plan that nobody wants any more is what a daemon left that died while disconnecting. Where
 * nobody can tell, it stays in force until somebody says what is wanted now. */
static void meet_netd(struct hf_driver *driver, const struct hf_plan *in_force)
{
    hf_status status = resume(driver, in_force);

    if (status == HF_OK || hf_plan_is_empty(in_force))
        return;
    if (status == HF_ERR_NOT_FOUND)
        hf_supervisor_handle_netd_back(driver->supervisor, in_force, hf_clock_now());
    else
        keep_block(driver, in_force, status);
}

static void netd_up(void *context, const struct hf_netd_hello *hello)
{
    struct hf_driver *driver = context;

    HF_TRACE_EVENT(&driver->trace, hf_clock_now(), HF_TRACE_FLOOR,
                   hf_trace_text("lock", hf_lock_mode_name(hello->least_lock)),
                   hf_trace_number("damaged", hello->floor_damaged));
    hf_supervisor_handle_floor(driver->supervisor, hello->least_lock);
    if (driver->met_netd)
        hf_supervisor_handle_netd_back(driver->supervisor, &hello->plan, hf_clock_now());
    else
        meet_netd(driver, &hello->plan);
    driver->met_netd = true;
    pump(driver);
    driver->parts.noticed(driver->parts.context);
}

static void netd_gone(void *context)
{
    struct hf_driver *driver = context;

    hf_supervisor_handle_netd_gone(driver->supervisor, hf_clock_now());
    pump(driver);
}

static void netd_notice(void *context, const struct hf_netd_notice *notice)
{
    struct hf_driver *driver = context;

    switch (notice->event) {
    case HF_NETD_ENGINE_EXITED: /* its socket says so too, after what it still had to say */
    case HF_NETD_TABLE_LOST:    /* netd has put it back */
    case HF_NETD_EVENT_COUNT:
        return;
    case HF_NETD_UNBLOCKED: /* root did it behind our back: want it so */
        hf_driver_unblock(driver);
        return;
    }
}

/* --- facts ------------------------------------------------------------------------------------ */
static gboolean facts_changed(gint fd, GIOCondition condition, gpointer data)
{
    struct hf_driver *driver = data;

    (void)fd;
    (void)condition;
    if (hf_facts_monitor_handle(driver->facts)) {
        hf_supervisor_handle_facts(driver->supervisor, hf_facts_monitor_facts(driver->facts),
                                   hf_clock_now());
        pump(driver);
        driver->parts.noticed(driver->parts.context);
    }
    return G_SOURCE_CONTINUE;
}

static hf_status watch_facts(struct hf_driver *driver)
{
    hf_status status =
        hf_facts_monitor_new(driver->parts.instance->resolv_conf, HF_TUN_NAME, &driver->facts);

    if (status != HF_OK)
        return status;
    driver->facts_watch = g_unix_fd_add_full(G_PRIORITY_LOW, hf_facts_monitor_fd(driver->facts),
                                             G_IO_IN, facts_changed, driver, NULL);
    hf_supervisor_handle_facts(driver->supervisor, hf_facts_monitor_facts(driver->facts),
                               hf_clock_now());
    return HF_OK;
}

/* --- life ------------------------------------------------------------------------------------- */
static hf_status open_parts(struct hf_driver *driver)
{
    static const struct hf_netd_link_events netd_events = { netd_up, netd_gone, netd_notice };
    static const struct hf_engine_host_events host_events = { engine_event, engine_trace,
                                                              engine_counters, engine_gone };
    static const struct hf_key_holder_events key_events = { pin_wanted, key_done };
    struct hf_env env = { .random = fill_random, .trace = &driver->trace };
    char socket[HF_PATH_MAX];
    hf_status status = hf_supervisor_new(&env, HF_TUN_NAME, &driver->supervisor);

    if (status == HF_OK)
        status = hf_instance_path(driver->parts.instance->run, HF_NETD_SOCKET_NAME, socket);
    if (status == HF_OK)
        status = hf_netd_link_new(socket, &netd_events, driver, &driver->netd);
    if (status == HF_OK)
        status = hf_engine_host_new(driver->netd, &host_events, driver, &driver->host);
    if (status == HF_OK)
        status = hf_key_holder_new(driver->netd, &key_events, driver, &driver->keys);
    if (status == HF_OK)
        status = watch_facts(driver);
    return status;
}

hf_status hf_driver_new(const struct hf_driver_parts *parts, struct hf_driver **out)
{
    struct hf_driver *driver = calloc(1, sizeof *driver);
    hf_status status;

    if (driver == NULL)
        return HF_ERR_NO_MEMORY;
    driver->parts = *parts;
    hf_profile_init(&driver->profile);
    hf_secrets_init(&driver->secrets);
    status = open_parts(driver);
    if (status != HF_OK) {
        hf_driver_free(driver);
        return status;
    }
    pump(driver);
    *out = driver;
    return HF_OK;
}

void hf_driver_free(struct hf_driver *driver)
{
    if (driver == NULL)
        return;
    driver->pumping = true; /* nothing more is carried out */
    if (driver->timer != 0)
        g_source_remove(driver->timer);
    if (driver->facts_watch != 0)
        g_source_remove(driver->facts_watch);
    if (driver->remember != 0)
        g_source_remove(driver->remember);
    hf_hints_flush(&driver->lesson, driver->parts.instance->var);
    if (driver->host != NULL)
        hf_engine_host_stop(driver->host);
    if (driver->keys != NULL)
        hf_key_holder_stop(driver->keys);
    hf_netd_link_free(driver->netd);
    hf_key_holder_free(driver->keys);
    hf_engine_host_free(driver->host);
    hf_facts_monitor_free(driver->facts);
    hf_supervisor_free(driver->supervisor);
    hf_profile_clear(&driver->profile);
    hf_secrets_clear(&driver->secrets);
    free(driver);
}

struct hf_netd_link *hf_driver_netd(struct hf_driver *driver)
{
    return driver->netd;
}

/* --- intent ----------------------------------------------------------------------------------- */
hf_status hf_driver_connect(struct hf_driver *driver, hf_owner owner, struct hf_profile *profile,
                            struct hf_secrets *secrets)
{
    bool is_another;

    if (!hf_netd_link_is_up(driver->netd)) {
        hf_profile_clear(profile);
        hf_secrets_clear(secrets);
        return HF_ERR_NO_DAEMON;
    }
    is_another = driver->owner != owner;
    hf_profile_clear(&driver->profile);
    hf_secrets_clear(&driver->secrets);
    driver->owner = owner;
    driver->profile = *profile;
    driver->secrets = *secrets;
    hf_profile_init(profile);
    hf_secrets_init(secrets);
    if (is_another) /* two owners' profiles may have one id */
        hf_supervisor_reconnect(driver->supervisor, &driver->profile, hf_clock_now());
    else
        hf_supervisor_connect(driver->supervisor, &driver->profile, hf_clock_now());
    pump(driver);
    return HF_OK;
}

void hf_driver_refuse(struct hf_driver *driver, const struct hf_fault *fault)
{
    hf_supervisor_refuse(driver->supervisor, fault, hf_clock_now());
    pump(driver);
}

void hf_driver_disconnect(struct hf_driver *driver)
{
    hf_supervisor_disconnect(driver->supervisor, hf_clock_now());
    pump(driver);
}

void hf_driver_forget(struct hf_driver *driver, const struct hf_profile_ref *ref)
{
    if (driver->owner != ref->owner || strcmp(driver->profile.id, ref->id) != 0)
        return;
    hf_driver_disconnect(driver);
    hf_secrets_clear(&driver->secrets);
    hf_secrets_init(&driver->secrets);
}

bool hf_driver_is_ready(const struct hf_driver *driver)
{
    return driver->met_netd && hf_netd_link_is_up(driver->netd);
}

const struct hf_network_facts *hf_driver_facts(const struct hf_driver *driver)
{
    return hf_facts_monitor_facts(driver->facts);
}

hf_status hf_driver_pause(struct hf_driver *driver, hf_duration duration)
{
    hf_time now = hf_clock_now();
    bool paused = hf_supervisor_pause(driver->supervisor, hf_time_add(now, duration), now);

    pump(driver);
    return paused ? HF_OK : HF_ERR_NOT_CONNECTED;
}

void hf_driver_unblock(struct hf_driver *driver)
{
    hf_supervisor_unblock(driver->supervisor, hf_clock_now());
    pump(driver);
}

hf_status hf_driver_reconnect(struct hf_driver *driver)
{
    struct hf_supervisor_status status;

    hf_supervisor_status(driver->supervisor, &status);
    if (!status.wanted)
        return HF_ERR_NOT_CONNECTED;
    hf_supervisor_reconnect(driver->supervisor, &driver->profile, hf_clock_now());
    pump(driver);
    return HF_OK;
}

hf_status hf_driver_rekey(struct hf_driver *driver, bool ike)
{
    return hf_engine_host_rekey(driver->host, ike);
}

hf_status hf_driver_give_secret(struct hf_driver *driver, enum hf_secret_name name, hf_bytes value)
{
    if (name == HF_SECRET_PIN) /* never an engine's */
        return give_pin(driver, value);
    return hf_engine_host_give_secret(driver->host, name, value);
}

void hf_driver_view(const struct hf_driver *driver, struct hf_driver_view *out)
{
    struct hf_grade_facts facts = { .profile = &driver->profile };

    *out = (struct hf_driver_view){ .owner = driver->owner,
                                    .counters = driver->counters,
                                    .wants_pin = hf_key_holder_wants_pin(driver->keys),
                                    .pin = driver->pin_wanted };
    hf_supervisor_status(driver->supervisor, &out->status);
    if (strcmp(out->status.profile, driver->profile.id) != 0)
        return;
    hf_copy(out->name, driver->profile.name, sizeof out->name);
    out->idle_limit = driver->profile.idle_limit;
    facts.ike_suite = out->status.summary.ike_suite;
    facts.esp_suite = out->status.summary.esp_suite;
    out->grade = hf_grade_of(&facts, &out->grade_reasons);
}
