/* Tests of an instance's options and paths (platform/include/instance.h). */
#include "instance.h"
#include "support/test.h"

#include <string.h>
#include <unistd.h>

/* What hf_instance_option says to up to two words. */
static int take(struct hf_instance *instance, const char *first, const char *second)
{
    char a[64], b[64], program[] = "x";
    char *argv[] = { program, a, b, NULL };
    int argc = second == NULL ? 2 : 3;

    cr_assert_lt(strlen(first), sizeof a);
    memcpy(a, first, strlen(first) + 1);
    if (second != NULL) {
        cr_assert_lt(strlen(second), sizeof b);
        memcpy(b, second, strlen(second) + 1);
    }
    return hf_instance_option(instance, argc, argv, 1);
}

Test(instance, without_options_it_is_the_systems)
{
    struct hf_instance instance;

    hf_instance_init(&instance);
    cr_expect_str_eq(instance.etc, "/etc/holdfast");
    cr_expect_str_eq(instance.run, "/run/holdfast");
    cr_expect_str_eq(instance.var, "/var/lib/holdfast");
    cr_expect_str_eq(instance.resolv_conf, "/etc/resolv.conf");
    cr_expect_eq(instance.bus, HF_BUS_SYSTEM);
    cr_expect_eq(instance.owner_uid, getuid());
}

Test(instance, options_relocate_it)
{
    struct hf_instance instance;

    hf_instance_init(&instance);
    cr_expect_eq(take(&instance, "--root", "/tmp/a"), 2);
    cr_expect_eq(take(&instance, "--bus", "none"), 2);
    cr_expect_eq(take(&instance, "--owner", "1000"), 2);
    cr_expect_eq(take(&instance, "--resolv-conf", "/tmp/r"), 2);
    cr_expect_str_eq(instance.run, "/tmp/a/run/holdfast");
    cr_expect_str_eq(instance.resolv_conf, "/tmp/r");
    cr_expect_eq(instance.bus, HF_BUS_NONE);
    cr_expect_eq(instance.owner_uid, 1000u);
}

Test(instance, other_words_are_left_to_the_caller)
{
    struct hf_instance instance;

    hf_instance_init(&instance);
    cr_expect_eq(take(&instance, "--unblock", NULL), 0);
    cr_expect_eq(take(&instance, "--roots", "/tmp"), 0);
    cr_expect_eq(take(&instance, "", NULL), 0);
}

Test(instance, bad_values_are_refused)
{
    static const struct {
        const char *name, *value;
    } bad[] = {
        {"--root",         NULL                  },
        { "--root",        "tmp"                 },
        { "--root",        ""                    },
        { "--resolv-conf", "resolv.conf"         },
        { "--bus",         "session"             },
        { "--bus",         ""                    },
        { "--owner",       ""                    },
        { "--owner",       "-1"                  },
        { "--owner",       "+1"                  },
        { "--owner",       " 1"                  },
        { "--owner",       "1x"                  },
        { "--owner",       "4294967295"          },
        { "--owner",       "4294967296"          },
        { "--owner",       "99999999999999999999"},
        { "--owner",       "root"                },
    };
    struct hf_instance instance;

    hf_instance_init(&instance);
    for (size_t i = 0; i < HF_ARRAY_LEN(bad); i++)
        cr_expect_eq(take(&instance, bad[i].name, bad[i].value), -1, "%s %s", bad[i].name,
                     bad[i].value == NULL ? "" : bad[i].value);
}

Test(instance, roots_that_are_too_long_are_refused)
{
    char root[HF_PATH_MAX + 1] = "/", program[] = "x", name[] = "--root";
    char *argv[] = { program, name, root, NULL };
    struct hf_instance instance;

    hf_instance_init(&instance);
    memset(root + 1, 'a', sizeof root - 2);
    cr_expect_eq(hf_instance_option(&instance, 3, argv, 1), -1);
}

Test(instance, paths_are_joined_within_their_limit)
{
    char out[HF_PATH_MAX] = "as before", folder[HF_PATH_MAX] = "/";

    cr_assert_eq(hf_instance_path("/run", "a", out), HF_OK);
    cr_expect_str_eq(out, "/run/a");
    memset(folder + 1, 'b', sizeof folder - 3);
    cr_expect_eq(hf_instance_path(folder, "c", out), HF_ERR_TOO_LARGE);
    cr_expect_str_eq(out, "/run/a");
}

Test(instance, nobody_is_root_and_the_two_users_differ)
{
    struct hf_instance instance;

    hf_instance_init(&instance);
    cr_assert_eq(hf_instance_finish(&instance), HF_OK);
    cr_expect_neq(instance.daemon_uid, 0u);
    cr_expect_neq(instance.engine_uid, 0u);
    cr_expect_neq(instance.daemon_uid, instance.engine_uid);
}
