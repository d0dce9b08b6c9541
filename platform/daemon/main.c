/* holdfastd: decides and remembers, in the name of the user; parses nothing foreign and holds no
 * privilege. See design, section 2. */
#include "daemon/bus_server.h"
#include "daemon/chronicle.h"
#include "daemon/initiative.h"
#include "daemon/policy_files.h"
#include "daemon/session_limits.h"
#include "ipc/names.h"
#include "version.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

struct daemon {
    struct hf_instance instance;
    int lock;
    GMainLoop *loop;
    struct hf_store *store;
    struct hf_trace_log *trace;
    struct hf_log *log;
    struct hf_chronicle *chronicle;
    char *log_dir;
    struct hf_policy_files *policy;
    struct hf_session_limits *limits;
    struct hf_driver *driver;
    struct hf_importer *importer;
    struct hf_manager manager;
    struct hf_peers *peers;
    struct hf_agents *agents;
    struct hf_bus_server *bus;
    struct hf_initiative *initiative;
};

static void usage(FILE *to)
{
    fputs("usage: holdfastd [--root DIR] [--bus system|none] [--owner UID] [--resolv-conf FILE] "
          "[--metrics FILE]\n",
          to);
}

static hf_status read_options(struct hf_instance *instance, int argc, char **argv)
{
    hf_instance_init(instance);
    for (int at = 1; at < argc;) {
        int took = hf_instance_option(instance, argc, argv, at);

        if (took <= 0)
            return HF_ERR_USAGE;
        at += took;
    }
    return hf_instance_finish(instance);
}

/* One daemon for each instance. */
static hf_status take_lock(struct daemon *daemon)
{
    char path[HF_PATH_MAX];
    hf_status status = hf_instance_path(daemon->instance.run, HF_DAEMON_LOCK_NAME, path);

    if (status != HF_OK)
        return status;
    daemon->lock = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (daemon->lock < 0)
        return HF_ERR_LOCAL_SETUP;
    return flock(daemon->lock, LOCK_EX | LOCK_NB) == 0 ? HF_OK : HF_ERR_BUSY;
}

static void state_changed(void *context)
{
    struct daemon *daemon = context;
    struct hf_driver_view *view;

    if (daemon->driver == NULL)
        return;
    view = g_new0(struct hf_driver_view, 1);
    hf_driver_view(daemon->driver, view);
    hf_chronicle_update(daemon->chronicle, view);
    g_free(view);
    if (daemon->bus != NULL)
        hf_bus_server_emit_state(daemon->bus);
}

static void happened(void *context, const char *json)
{
    struct daemon *daemon = context;

    if (daemon->bus != NULL)
        hf_manager_emit_event(&daemon->manager, json);
}

static void secret_wanted(void *context, enum hf_secret_name name)
{
    struct daemon *daemon = context;

    if (daemon->bus != NULL)
        hf_manager_secret_wanted(&daemon->manager, name);
}

static void look_around(void *context)
{
    struct daemon *daemon = context;

    if (daemon->initiative != NULL)
        hf_initiative_wake(daemon->initiative);
}

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

static void open_log(struct daemon *daemon)
{
    struct hf_log_sinks sinks = { .journal = JOURNAL_SOCKET };
    struct hf_chronicle_parts parts = { .run = daemon->instance.run,
                                        .metrics = daemon->instance.metrics[0] == '\0'
                                                       ? NULL
                                                       : daemon->instance.metrics };

    daemon->log_dir = g_build_filename(daemon->instance.var, "log", NULL);
    sinks.directory = daemon->log_dir;
    daemon->log = hf_log_new(&sinks);
    parts.log = daemon->log;
    parts.event = happened;
    parts.context = daemon;
    daemon->chronicle = hf_chronicle_new(&parts);
}

/* --- policy ----------------------------------------------------------------------------------- */
#define LOOK_SECONDS 10 /* limits are in minutes */

static void policy_changed(void *context)
{
    static const int priorities[] = { 3, 4, 6, 7 }; /* of logLevel's choices */
    struct daemon *daemon = context;
    struct hf_log_record record = { .event = HF_LOG_POLICY_CHANGED };
    const struct hf_policy *policy;

    if (daemon->policy == NULL)
        return; /* the first reading: open_policy looks when it is done */
    policy = hf_policy_files_policy(daemon->policy);
    hf_log_set_level(daemon->log, priorities[hf_policy_name(policy, HF_POLICY_LOG_LEVEL, 2)]);
    hf_log_set_syslog(daemon->log, hf_policy_text(policy, HF_POLICY_SYSLOG_TARGET));
    hf_chronicle_tell(daemon->chronicle, &record);
    look_around(daemon);
}

static void policy_refused(void *context, const char *file, const struct hf_fault *fault)
{
    struct daemon *daemon = context;
    struct hf_log_record record = { .event = HF_LOG_POLICY_REFUSED };

    fprintf(stderr, "holdfastd: %s: %s (%s)\n", file, hf_status_code(fault->status),
            fault->received);
    record.values[HF_LOG_FIELD_FILE] = file;
    hf_log_set_fault(&record, fault);
    hf_chronicle_tell(daemon->chronicle, &record);
}

static hf_status open_policy(struct daemon *daemon)
{
    static const struct hf_policy_files_events events = { policy_changed, policy_refused };
    hf_status status = hf_policy_files_new(&daemon->instance, &events, daemon, &daemon->policy);

    if (status == HF_OK)
        policy_changed(daemon);
    return status;
}

static void limit_exceeded(void *context, const struct hf_fault *fault)
{
    struct daemon *daemon = context;
    struct hf_log_record record = { .event = HF_LOG_LIMIT };

    hf_log_set_fault(&record, fault);
    hf_chronicle_tell(daemon->chronicle, &record);
    hf_driver_disconnect(daemon->driver);
}

/* --- profiles in directories ------------------------------------------------------------------ */
static void tell_file(struct daemon *daemon, enum hf_log_event event, const char *file,
                      const char *id, const struct hf_fault *fault)
{
    struct hf_log_record record = { .event = event };

    record.values[HF_LOG_FIELD_FILE] = file;
    record.values[HF_LOG_FIELD_PROFILE] = id;
    if (fault != NULL)
        hf_log_set_fault(&record, fault);
    hf_chronicle_tell(daemon->chronicle, &record);
}

static void file_kept(void *context, const char *file, const char *id)
{
    tell_file(context, HF_LOG_PROFILE_KEPT, file, id, NULL);
}

static void file_gone(void *context, const char *file, const char *id)
{
    tell_file(context, HF_LOG_PROFILE_GONE, file, id, NULL);
}

static void file_refused(void *context, const char *file, const struct hf_fault *fault)
{
    fprintf(stderr, "holdfastd: %s: %s (%s)\n", file, hf_status_code(fault->status),
            fault->received);
    tell_file(context, HF_LOG_PROFILE_REFUSED, file, NULL, fault);
}

/* --- parts ------------------------------------------------------------------------------------ */
static hf_status open_parts(struct daemon *daemon)
{
    static const struct hf_session_limits_events limits = { limit_exceeded };
    static const struct hf_profile_files_events files = { file_kept, file_gone, file_refused };
    struct hf_driver_parts parts = { .instance = &daemon->instance,
                                     .changed = state_changed,
                                     .wanted = secret_wanted,
                                     .noticed = look_around,
                                     .context = daemon };
    char trace[HF_PATH_MAX];
    hf_status status = hf_instance_path(daemon->instance.run, HF_TRACE_NAME, trace);

    if (status == HF_OK)
        status = hf_store_new(daemon->instance.var, daemon->instance.owner_uid, &daemon->store);
    if (status != HF_OK)
        return status;
    daemon->trace = hf_trace_log_new(trace);
    open_log(daemon);
    status = open_policy(daemon);
    if (status != HF_OK)
        return status;
    parts.policy = daemon->policy;
    parts.store = daemon->store;
    parts.log = daemon->trace;
    status = hf_driver_new(&parts, &daemon->driver);
    if (status == HF_OK)
        status = hf_importer_new(hf_driver_netd(daemon->driver), daemon->store, daemon->policy,
                                 &daemon->importer);
    if (status != HF_OK)
        return status;
    daemon->peers = hf_peers_new(daemon->instance.owner_uid);
    daemon->agents = hf_agents_new();
    daemon->manager = (struct hf_manager){ .instance = &daemon->instance,
                                           .driver = daemon->driver,
                                           .importer = daemon->importer,
                                           .store = daemon->store,
                                           .peers = daemon->peers,
                                           .policy = daemon->policy,
                                           .chronicle = daemon->chronicle,
                                           .agents = daemon->agents,
                                           .store_changed = look_around,
                                           .context = daemon };
    daemon->limits =
        hf_session_limits_new(daemon->driver, daemon->policy, LOOK_SECONDS, &limits, daemon);
    hf_manager_init(&daemon->manager);
    status = hf_profile_files_new(&daemon->instance, daemon->store, daemon->importer, &files,
                                  daemon, &daemon->manager.profile_files);
    if (status != HF_OK)
        return status;
    daemon->initiative = hf_initiative_new(&daemon->manager);
    return hf_bus_server_new(&daemon->instance, &daemon->manager, &daemon->bus);
}

static void close_parts(struct daemon *daemon)
{
    hf_bus_server_free(daemon->bus);
    daemon->bus = NULL;
    hf_initiative_free(daemon->initiative);
    daemon->initiative = NULL;
    if (daemon->importer != NULL)
        hf_importer_stop(daemon->importer);
    hf_profile_files_free(daemon->manager.profile_files);
    hf_session_limits_free(daemon->limits);
    hf_driver_free(daemon->driver);
    daemon->driver = NULL;
    hf_importer_free(daemon->importer);
    hf_agents_free(daemon->agents);
    hf_peers_free(daemon->peers);
    hf_trace_log_free(daemon->trace);
    hf_policy_files_free(daemon->policy);
    hf_chronicle_free(daemon->chronicle);
    hf_log_free(daemon->log);
    g_free(daemon->log_dir);
    hf_store_free(daemon->store);
}

static gboolean asked_to_end(gpointer data)
{
    g_main_loop_quit(data);
    return G_SOURCE_CONTINUE;
}

/* The block and the intent outlive this process on purpose: an upgrade opens no gap. */
static int run(struct daemon *daemon)
{
    hf_status status = open_parts(daemon);

    if (status == HF_OK) {
        daemon->loop = g_main_loop_new(NULL, FALSE);
        g_unix_signal_add(SIGTERM, asked_to_end, daemon->loop);
        g_unix_signal_add(SIGINT, asked_to_end, daemon->loop);
        g_main_loop_run(daemon->loop);
        g_main_loop_unref(daemon->loop);
    } else {
        fprintf(stderr, "holdfastd: cannot start: %s\n", hf_status_code(status));
    }
    close_parts(daemon);
    return hf_status_exit(status);
}

int main(int argc, char **argv)
{
    static struct daemon daemon = { .lock = -1 };
    hf_status status;

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        usage(stdout);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts("holdfastd " HF_VERSION);
        return 0;
    }
    if (read_options(&daemon.instance, argc, argv) != HF_OK) {
        usage(stderr);
        return hf_status_exit(HF_ERR_USAGE);
    }
    umask(0077);
    (void)prctl(PR_SET_DUMPABLE, 0); /* secrets pass through: no core files, no ptrace */
    signal(SIGPIPE, SIG_IGN);
    status = take_lock(&daemon);
    if (status != HF_OK) {
        fprintf(stderr, "holdfastd: %s: %s\n", daemon.instance.run,
                status == HF_ERR_BUSY ? "another holdfastd serves this instance"
                                      : "cannot write there");
        return hf_status_exit(status);
    }
    return run(&daemon);
}
