/* Drop-in directories: see dropin.h. */
#include "daemon/dropin.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEBOUNCE_MS  500
#define SUFFIXES_MAX 8

struct hf_dropin {
    struct hf_dropin_dir dirs[HF_DROPIN_DIRS];
    size_t count;
    const char *suffixes[SUFFIXES_MAX + 1];
    size_t max_octets;
    unsigned trusted_uid;
    GFileMonitor *monitors[HF_DROPIN_DIRS];
    guint timer;
    hf_dropin_changed_fn *changed;
    void *context;
};

/* --- watching --------------------------------------------------------------------------------- */
static gboolean settled(gpointer data)
{
    struct hf_dropin *dropin = data;

    dropin->timer = 0;
    dropin->changed(dropin->context);
    return G_SOURCE_REMOVE;
}

static void something_changed(GFileMonitor *monitor, GFile *file, GFile *other,
                              GFileMonitorEvent event, gpointer data)
{
    struct hf_dropin *dropin = data;

    (void)monitor;
    (void)file;
    (void)other;
    (void)event;
    if (dropin->timer != 0)
        g_source_remove(dropin->timer);
    dropin->timer = g_timeout_add(DEBOUNCE_MS, settled, dropin);
}

/* Without a monitor the files are read once; reloading still works by request. */
static void watch(struct hf_dropin *dropin, size_t n)
{
    GFile *dir = g_file_new_for_path(dropin->dirs[n].path);

    dropin->monitors[n] = g_file_monitor_directory(dir, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
    if (dropin->monitors[n] != NULL)
        g_signal_connect(dropin->monitors[n], "changed", G_CALLBACK(something_changed), dropin);
    g_object_unref(dir);
}

hf_status hf_dropin_new(const struct hf_dropin_dir *dirs, size_t count, const char *const *suffixes,
                        size_t max_octets, unsigned trusted_uid, hf_dropin_changed_fn *changed,
                        void *context, struct hf_dropin **out)
{
    struct hf_dropin *dropin = calloc(1, sizeof *dropin);

    if (dropin == NULL)
        return HF_ERR_NO_MEMORY;
    HF_ASSERT(count <= HF_DROPIN_DIRS);
    for (size_t i = 0; suffixes[i] != NULL; i++) {
        HF_ASSERT(i < SUFFIXES_MAX);
        dropin->suffixes[i] = suffixes[i];
    }
    dropin->count = count;
    dropin->max_octets = max_octets;
    dropin->trusted_uid = trusted_uid;
    dropin->changed = changed;
    dropin->context = context;
    for (size_t i = 0; i < count; i++) {
        dropin->dirs[i] = dirs[i];
        watch(dropin, i);
    }
    *out = dropin;
    return HF_OK;
}

void hf_dropin_free(struct hf_dropin *dropin)
{
    if (dropin == NULL)
        return;
    if (dropin->timer != 0)
        g_source_remove(dropin->timer);
    for (size_t i = 0; i < dropin->count; i++) {
        if (dropin->monitors[i] != NULL) {
            g_signal_handlers_disconnect_by_data(dropin->monitors[i], dropin);
            g_object_unref(dropin->monitors[i]);
        }
    }
    free(dropin);
}

/* --- reading ---------------------------------------------------------------------------------- */
static bool has_suffix(const struct hf_dropin *dropin, const char *name)
{
    for (size_t i = 0; dropin->suffixes[i] != NULL; i++) {
        if (g_str_has_suffix(name, dropin->suffixes[i]))
            return true;
    }
    return false;
}

static bool is_disabled(int dir, const char *name)
{
    char target[sizeof "/dev/null"];
    ssize_t length = readlinkat(dir, name, target, sizeof target);

    return length == sizeof target - 1 && memcmp(target, "/dev/null", sizeof target - 1) == 0;
}

static bool is_hidden(const struct hf_dropin *dropin, size_t dir, const char *name)
{
    for (size_t later = dir + 1; later < dropin->count; later++) {
        struct stat st;
        int at;
        bool there;

        if (!dropin->dirs[later].hides)
            continue;
        at = open(dropin->dirs[later].path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        there = at >= 0 && fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
        if (at >= 0)
            close(at);
        if (there)
            return true;
    }
    return false;
}

static hf_status read_content(int fd, size_t max, hf_buf *out)
{
    uint8_t chunk[4096];
    ssize_t got;

    while ((got = read(fd, chunk, sizeof chunk)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return HF_ERR_LOCAL_SETUP;
        if (out->len + (size_t)got > max || !hf_buf_append(out, (hf_bytes){ chunk, (size_t)got }))
            return HF_ERR_TOO_LARGE;
    }
    return HF_OK;
}

/* What is looked at is what is read: one descriptor. */
static hf_status read_trusted(int dir, const char *name, unsigned trusted_uid, size_t max,
                              hf_buf *out)
{
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    hf_status status = HF_ERR_DENIED;
    struct stat st;

    if (fd < 0)
        return errno == ELOOP    ? HF_ERR_DENIED
               : errno == ENOENT ? HF_ERR_NOT_FOUND
                                 : HF_ERR_LOCAL_SETUP;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == trusted_uid &&
        (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
        status = read_content(fd, max, out);
    close(fd);
    return status;
}

hf_status hf_dropin_read(const char *dir, const char *name, unsigned trusted_uid, hf_buf *out)
{
    int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    hf_status status = HF_ERR_NOT_FOUND;

    if (at < 0)
        return errno == ENOENT ? status : HF_ERR_LOCAL_SETUP;
    hf_buf_clear(out);
    status = read_trusted(at, name, trusted_uid, out->max, out);
    if (status != HF_OK)
        hf_buf_clear(out);
    close(at);
    return status;
}

static void visit_file(struct hf_dropin *dropin, size_t n, int dir, const char *name,
                       hf_dropin_visit_fn *visit, void *context)
{
    hf_buf content = hf_buf_with_max(dropin->max_octets);
    struct hf_dropin_file file = { .dir = n, .name = name };

    file.status = read_trusted(dir, name, dropin->trusted_uid, dropin->max_octets, &content);
    if (file.status == HF_ERR_NOT_FOUND) /* gone since it was listed */
        file.status = HF_ERR_LOCAL_SETUP;
    if (file.status == HF_OK)
        file.content = hf_buf_bytes(&content);
    visit(context, &file);
    hf_buf_free(&content);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void scan_dir(struct hf_dropin *dropin, size_t n, bool with_hidden,
                     hf_dropin_visit_fn *visit, void *context)
{
    int dir = open(dropin->dirs[n].path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct dirent **entries = NULL;
    int count = dir < 0 ? -1 : scandirat(dir, ".", &entries, NULL, by_name);

    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;

        if (name[0] != '.' && has_suffix(dropin, name) && !is_disabled(dir, name) &&
            (with_hidden || !is_hidden(dropin, n, name)))
            visit_file(dropin, n, dir, name, visit, context);
        free(entries[i]);
    }
    free(entries);
    if (dir >= 0)
        close(dir);
}

void hf_dropin_scan(struct hf_dropin *dropin, hf_dropin_visit_fn *visit, void *context)
{
    for (size_t i = 0; i < dropin->count; i++)
        scan_dir(dropin, i, false, visit, context);
}

void hf_dropin_scan_all_of(struct hf_dropin *dropin, size_t n, hf_dropin_visit_fn *visit,
                           void *context)
{
    HF_ASSERT(n < dropin->count);
    scan_dir(dropin, n, true, visit, context);
}
