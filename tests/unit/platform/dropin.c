/* Tests of the drop-in directories (daemon/dropin.h). */
#include "daemon/dropin.h"
#include "support/test.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64], low[128], high[128], seen[1024];
static struct hf_dropin *dropin;
static GMainLoop *loop;

static void changed(void *context)
{
    (void)context;
    g_main_loop_quit(loop);
}

static void setup(void)
{
    static const char *const suffixes[] = { ".json", NULL };
    struct hf_dropin_dir dirs[2] = {
        {low,   false},
        { high, true }
    };

    memcpy(root, "/tmp/hf-dropin-XXXXXX", sizeof "/tmp/hf-dropin-XXXXXX");
    cr_assert_not_null(mkdtemp(root));
    snprintf(low, sizeof low, "%s/low", root);
    snprintf(high, sizeof high, "%s/high", root);
    cr_assert(mkdir(low, 0755) == 0 && mkdir(high, 0755) == 0);
    loop = g_main_loop_new(NULL, FALSE);
    cr_assert_eq(hf_dropin_new(dirs, 2, suffixes, 100, getuid(), changed, NULL, &dropin), HF_OK);
}

static void teardown(void)
{
    char *command[] = { (char *)"rm", (char *)"-r", root, NULL };

    hf_dropin_free(dropin);
    g_main_loop_unref(loop);
    g_spawn_sync(NULL, command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
}

TestSuite(dropin, .init = setup, .fini = teardown);

static char *path_of(const char *dir, const char *name)
{
    static char path[256];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void put(const char *dir, const char *name, const char *content)
{
    cr_assert(g_file_set_contents(path_of(dir, name), content, -1, NULL));
    cr_assert_eq(chmod(path_of(dir, name), 0644), 0);
}

static void visit(void *context, const struct hf_dropin_file *file)
{
    size_t used = strlen(seen);

    (void)context;
    snprintf(seen + used, sizeof seen - used, "%zu/%s=%s:%.*s ", file->dir, file->name,
             hf_status_code(file->status), (int)file->content.len,
             file->content.len == 0 ? "" : (const char *)file->content.data);
}

static const char *scan(void)
{
    seen[0] = '\0';
    hf_dropin_scan(dropin, visit, NULL);
    return seen;
}

Test(dropin, files_come_by_directory_and_name_and_others_are_left)
{
    put(low, "b.json", "2");
    put(low, "a.json", "1");
    put(low, "readme.txt", "no");
    put(low, ".a.json.new", "no");
    put(high, "0.json", "3");
    cr_expect_str_eq(scan(), "0/a.json=ok:1 0/b.json=ok:2 1/0.json=ok:3 ");
}

Test(dropin, a_later_name_hides_an_earlier_one_and_dev_null_disables_it)
{
    put(low, "a.json", "1");
    put(low, "b.json", "2");
    put(high, "a.json", "3");
    cr_assert_eq(symlink("/dev/null", path_of(high, "b.json")), 0);
    cr_expect_str_eq(scan(), "1/a.json=ok:3 ");
}

Test(dropin, what_others_could_have_written_does_not_count)
{
    put(low, "group.json", "1");
    put(low, "world.json", "1");
    put(high, "target.json", "1");
    cr_assert_eq(chmod(path_of(low, "group.json"), 0664), 0);
    cr_assert_eq(chmod(path_of(low, "world.json"), 0646), 0);
    cr_assert_eq(symlink("../high/target.json", path_of(low, "link.json")), 0);
    cr_assert_eq(mkfifo(path_of(low, "pipe.json"), 0644), 0);
    cr_expect_str_eq(scan(), "0/group.json=not-permitted: 0/link.json=not-permitted: "
                             "0/pipe.json=not-permitted: 0/world.json=not-permitted: "
                             "1/target.json=ok:1 ");
}

Test(dropin, too_much_is_said_to_be_too_much)
{
    char big[102];

    memset(big, 'x', sizeof big - 1);
    big[101] = '\0';
    put(low, "big.json", big);
    cr_expect_str_eq(scan(), "0/big.json=message-too-large: ");
}

static gboolean write_later(gpointer data)
{
    (void)data;
    put(low, "new.json", "1");
    return G_SOURCE_REMOVE;
}

static gboolean too_late(gpointer data)
{
    (void)data;
    cr_assert_fail("no word of the change within 10 s");
    return G_SOURCE_REMOVE;
}

Test(dropin, a_change_is_told)
{
    g_timeout_add(10, write_later, NULL);
    g_timeout_add_seconds(10, too_late, NULL);
    g_main_loop_run(loop);
    cr_expect_str_eq(scan(), "0/new.json=ok:1 ");
}
