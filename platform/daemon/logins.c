/* Who is logged in: see logins.h. */
#include "daemon/logins.h"

#include <gio/gio.h>
#include <string.h>

#define PERSONS_FROM 1000
#define NOBODY       65534
#define FILE_MAX     65536

struct hf_logins {
    char *dir;
    GFileMonitor *monitor;
    hf_logins_changed_fn *changed;
    void *context;
};

static void something_changed(GFileMonitor *monitor, GFile *file, GFile *other,
                              GFileMonitorEvent event, gpointer data)
{
    struct hf_logins *logins = data;

    (void)monitor;
    (void)file;
    (void)other;
    (void)event;
    logins->changed(logins->context);
}

struct hf_logins *hf_logins_new(const char *dir, hf_logins_changed_fn *changed, void *context)
{
    struct hf_logins *logins = g_new0(struct hf_logins, 1);
    GFile *file = g_file_new_for_path(dir);

    logins->dir = g_strdup(dir);
    logins->changed = changed;
    logins->context = context;
    logins->monitor = g_file_monitor_directory(file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
    if (logins->monitor != NULL)
        g_signal_connect(logins->monitor, "changed", G_CALLBACK(something_changed), logins);
    g_object_unref(file);
    return logins;
}

void hf_logins_free(struct hf_logins *logins)
{
    if (logins == NULL)
        return;
    if (logins->monitor != NULL) {
        g_file_monitor_cancel(logins->monitor);
        g_object_unref(logins->monitor);
    }
    g_free(logins->dir);
    g_free(logins);
}

static hf_bytes take_line(hf_bytes *text)
{
    const uint8_t *end = text->len == 0 ? NULL : memchr(text->data, '\n', text->len);
    size_t length = end == NULL ? text->len : (size_t)(end - text->data);
    hf_bytes line = hf_bytes_slice(*text, 0, length);
    size_t taken = end == NULL ? length : length + 1;

    *text = hf_bytes_slice(*text, taken, text->len - taken);
    return line;
}

bool hf_logins_is_session(hf_bytes file)
{
    while (file.len > 0) {
        hf_bytes line = take_line(&file);

        if (hf_bytes_equal(line, hf_bytes_of_string("STATE=active")) ||
            hf_bytes_equal(line, hf_bytes_of_string("STATE=online")))
            return true;
    }
    return false;
}

static bool has_named(const struct hf_logins *logins, const char *name)
{
    char *path = g_build_filename(logins->dir, name, NULL), *text = NULL;
    gsize length = 0;
    bool found = g_file_get_contents(path, &text, &length, NULL) && length <= FILE_MAX &&
                 hf_logins_is_session((hf_bytes){ (const uint8_t *)text, length });

    g_free(text);
    g_free(path);
    return found;
}

bool hf_logins_has(const struct hf_logins *logins, unsigned uid)
{
    char name[16];

    g_snprintf(name, sizeof name, "%u", uid);
    return has_named(logins, name);
}

bool hf_logins_has_anybody(const struct hf_logins *logins)
{
    GDir *dir = g_dir_open(logins->dir, 0, NULL);
    bool found = false;
    const char *name;

    while (dir != NULL && !found && (name = g_dir_read_name(dir)) != NULL) {
        guint64 uid;

        found = g_ascii_string_to_unsigned(name, 10, PERSONS_FROM, UINT32_MAX - 1, &uid, NULL) &&
                uid != NOBODY && has_named(logins, name);
    }
    if (dir != NULL)
        g_dir_close(dir);
    return found;
}
