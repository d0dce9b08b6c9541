/* Tests of the floor: its file, and what it lets holdfastd do (netd/floor.h). */
#include "netd/floor.h"
#include "support/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WHOLE "lock = always\nunblock = root\nforbidden = 10.20.0.0/16, 2001:db8:20::/48\n"

static hf_status parse(const char *text, struct hf_floor *out)
{
    return hf_floor_parse(hf_bytes_of_string(text), out);
}

static hf_prefix prefix(const char *text)
{
    hf_prefix made;

    cr_assert(hf_prefix_parse(hf_bytes_of_string(text), &made));
    return made;
}

/* --- the text --------------------------------------------------------------------------------- */

Test(floor, says_all_three)
{
    struct hf_floor floor;
    hf_prefix first = prefix("10.20.0.0/16"), second = prefix("2001:db8:20::/48");

    cr_assert_eq(parse(WHOLE, &floor), HF_OK);
    cr_expect_eq(floor.lock, HF_LOCK_ALWAYS);
    cr_expect_eq(floor.unblock, HF_UNBLOCK_ROOT);
    cr_assert_eq(floor.forbidden_count, 2);
    cr_expect(hf_prefix_equal(&floor.forbidden[0], &first));
    cr_expect(hf_prefix_equal(&floor.forbidden[1], &second));
    cr_expect(!floor.damaged);
}

Test(floor, takes_any_order_comments_and_room)
{
    struct hf_floor floor;

    cr_assert_eq(
        parse("# ours\n\n  forbidden =\n\tunblock=holdfastd \n # end\nlock\t=  off\n", &floor),
        HF_OK);
    cr_expect_eq(floor.lock, HF_LOCK_OFF);
    cr_expect_eq(floor.unblock, HF_UNBLOCK_HOLDFASTD);
    cr_expect_eq(floor.forbidden_count, 0);
    cr_expect_eq(parse("lock = session\nunblock = root\nforbidden = 192.0.2.1\n", &floor), HF_OK);
    cr_expect_eq(floor.lock, HF_LOCK_SESSION);
    cr_expect_eq(floor.forbidden[0].bits, 32);
}

Test(floor, every_truncation_is_refused)
{
    for (size_t length = 0; length < strlen(WHOLE); length++) {
        struct hf_floor floor = { .lock = HF_LOCK_OFF, .forbidden_count = 7 };

        cr_expect_eq(hf_floor_parse((hf_bytes){ (const uint8_t *)WHOLE, length }, &floor),
                     HF_ERR_MALFORMED, "%zu octets", length);
        cr_expect_eq(floor.lock, HF_LOCK_OFF);
        cr_expect_eq(floor.forbidden_count, 7);
    }
}

Test(floor, every_changed_octet_of_a_key_or_a_word_is_refused)
{
    static const char text[] = "lock = off\nunblock = root\nforbidden =\n";

    for (size_t at = 0; at + 1 < sizeof text; at++) {
        char changed[sizeof text];
        struct hf_floor floor;

        memcpy(changed, text, sizeof text);
        changed[at] = '%';
        if (text[at] != ' ' || at < 5)
            cr_expect_eq(parse(changed, &floor), HF_ERR_MALFORMED, "%s", changed);
    }
}

Test(floor, what_is_not_said_so_is_refused)
{
    static const char *const texts[] = {
        "lock = always\nunblock = root\n",
        "lock = always\nlock = always\nunblock = root\nforbidden =\n",
        "lock = always\nlock = off\nunblock = root\nforbidden =\n",
        "Lock = always\nunblock = root\nforbidden =\n",
        "lock = Always\nunblock = root\nforbidden =\n",
        "lock = \nunblock = root\nforbidden =\n",
        "lock = always off\nunblock = root\nforbidden =\n",
        "lock = always # for good\nunblock = root\nforbidden =\n",
        "lock = always\nunblock = owner\nforbidden =\n",
        "lock = always\nunblock = root\nforbidden = any\n",
        "lock = always\nunblock = root\nforbidden = 10.0.0.0/33\n",
        "lock = always\nunblock = root\nforbidden = 10.0.0.0/8,\n",
        "lock = always\nunblock = root\nforbidden = ,10.0.0.0/8\n",
        "lock = always\nunblock = root\nforbidden = 10.0.0.0/8 192.0.2.0/24\n",
        "lock = always\nunblock = root\nforbidden =\nmore = yes\n",
        "lock = always\nunblock = root\nforbidden =\nmore\n",
        "lock = always\r\nunblock = root\r\nforbidden =\r\n",
    };
    struct hf_floor floor;

    for (size_t i = 0; i < HF_ARRAY_LEN(texts); i++)
        cr_expect_eq(parse(texts[i], &floor), HF_ERR_MALFORMED, "%s", texts[i]);
    cr_expect_eq(hf_floor_parse((hf_bytes){ (const uint8_t *)WHOLE, sizeof WHOLE }, &floor),
                 HF_ERR_MALFORMED, "a NUL");
}

Test(floor, is_bounded)
{
    char text[HF_FLOOR_FILE_MAX + 64] = "lock = off\nunblock = root\nforbidden = 10.0.0.0/8";
    struct hf_floor floor;

    for (int i = 1; i < HF_FLOOR_PREFIXES_MAX; i++)
        strcat(text, ", 10.0.0.0/8");
    strcat(text, "\n");
    cr_assert_eq(parse(text, &floor), HF_OK);
    cr_expect_eq(floor.forbidden_count, HF_FLOOR_PREFIXES_MAX);
    text[strlen(text) - 1] = '\0';
    strcat(text, ", 10.0.0.0/8\n");
    cr_expect_eq(parse(text, &floor), HF_ERR_MALFORMED);
    memset(text, '\n', sizeof text);
    memcpy(text, WHOLE, strlen(WHOLE));
    cr_expect_eq(hf_floor_parse((hf_bytes){ (uint8_t *)text, HF_FLOOR_FILE_MAX }, &floor), HF_OK);
    cr_expect_eq(hf_floor_parse((hf_bytes){ (uint8_t *)text, HF_FLOOR_FILE_MAX + 1 }, &floor),
                 HF_ERR_MALFORMED);
}

/* --- the file --------------------------------------------------------------------------------- */

static void write_floor(const char *folder, const char *text, char path[64])
{
    FILE *file;

    snprintf(path, 64, "%s/floor", folder);
    file = fopen(path, "w");
    cr_assert(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

Test(floor, without_a_file_nothing_is_laid_down)
{
    char folder[] = "/tmp/hf-floor-XXXXXX";
    struct hf_floor floor;

    cr_assert(mkdtemp(folder) != NULL);
    floor = hf_floor_read("/nonexistent/holdfast");
    cr_expect(floor.lock == HF_LOCK_OFF && floor.unblock == HF_UNBLOCK_HOLDFASTD && !floor.damaged);
    if (geteuid() == 0) { /* else the folder is another's */
        floor = hf_floor_read(folder);
        cr_expect(floor.lock == HF_LOCK_OFF && !floor.damaged);
    }
    rmdir(folder);
}

static void expect_strictest(const char *folder)
{
    struct hf_floor floor = hf_floor_read(folder);

    cr_expect(floor.damaged && floor.lock == HF_LOCK_ALWAYS && floor.unblock == HF_UNBLOCK_ROOT);
    cr_expect_eq(floor.forbidden_count, 2);
}

/* As root: a file of root's that others can change. As anybody else: a file that is not root's. */
Test(floor, file_that_others_can_change_is_not_believed)
{
    static const mode_t modes[] = { 0664, 0646, 0666 };
    char folder[] = "/tmp/hf-floor-XXXXXX", path[64];

    cr_assert(mkdtemp(folder) != NULL);
    write_floor(folder, "lock = off\nunblock = holdfastd\nforbidden =\n", path);
    for (size_t i = 0; i < HF_ARRAY_LEN(modes); i++) {
        cr_assert_eq(chmod(path, modes[i]), 0);
        expect_strictest(folder);
    }
    cr_assert_eq(chmod(path, 0644), 0);
    if (geteuid() == 0)
        cr_expect(!hf_floor_read(folder).damaged);
    cr_assert_eq(chmod(folder, 0777), 0);
    expect_strictest(folder);
    unlink(path);
    expect_strictest(folder);
    rmdir(folder);
}

Test(floor, what_is_no_file_is_not_believed)
{
    char folder[] = "/tmp/hf-floor-XXXXXX", path[64];

    cr_assert(mkdtemp(folder) != NULL);
    write_floor(folder, "lock = off\n", path);
    expect_strictest(folder);
    unlink(path);
    cr_assert_eq(symlink("/dev/null", path), 0);
    expect_strictest(folder);
    unlink(path);
    cr_assert_eq(mkdir(path, 0700), 0);
    expect_strictest(folder);
    rmdir(path);
    cr_assert_eq(mkfifo(path, 0600), 0);
    expect_strictest(folder);
    unlink(path);
    rmdir(folder);
}

/* --- what it allows --------------------------------------------------------------------------- */

static struct hf_plan blocking(enum hf_lock_mode mode)
{
    struct hf_plan plan = hf_plan_empty();

    plan.firewall.block = true;
    plan.firewall.mode = mode;
    plan.firewall.state = HF_CONN_CONNECTED;
    return plan;
}

static struct hf_plan tunnel(bool block, enum hf_lock_mode mode)
{
    struct hf_plan plan = blocking(mode);

    plan.firewall.block = block;
    plan.tunnel = true;
    plan.route_count = 2;
    plan.routes[0] = prefix("0.0.0.0/0");
    plan.routes[1] = prefix("8000::/1");
    return plan;
}

static bool allows(enum hf_lock_mode lock, enum hf_floor_unblock unblock, const struct hf_plan *now,
                   const struct hf_plan *wanted)
{
    struct hf_floor floor = { .lock = lock, .unblock = unblock };
    hf_status status = hf_floor_check(&floor, now, wanted);

    cr_assert(status == HF_OK || status == HF_ERR_FORBIDDEN);
    return status == HF_OK;
}

Test(floor, no_weaker_lock_than_its_own)
{
    static const enum hf_lock_mode modes[] = { HF_LOCK_OFF, HF_LOCK_SESSION, HF_LOCK_ALWAYS };
    struct hf_plan empty = hf_plan_empty();

    for (size_t floor = 0; floor < 3; floor++) {
        for (size_t mode = 0; mode < 3; mode++) {
            struct hf_plan plan = blocking(modes[mode]), with = tunnel(true, modes[mode]);

            cr_expect_eq(allows(modes[floor], HF_UNBLOCK_HOLDFASTD, &empty, &plan), mode >= floor);
            cr_expect_eq(allows(modes[floor], HF_UNBLOCK_HOLDFASTD, &empty, &with), mode >= floor);
            with.firewall.block = false;
            cr_expect_eq(allows(modes[floor], HF_UNBLOCK_HOLDFASTD, &empty, &with), floor == 0);
        }
    }
}

Test(floor, only_root_lifts_a_lock_where_it_says_so)
{
    struct hf_plan empty = hf_plan_empty(), locked = blocking(HF_LOCK_ALWAYS);
    struct hf_plan open = tunnel(false, HF_LOCK_OFF);

    cr_expect(allows(HF_LOCK_ALWAYS, HF_UNBLOCK_HOLDFASTD, &locked, &empty));
    cr_expect(!allows(HF_LOCK_ALWAYS, HF_UNBLOCK_ROOT, &locked, &empty));
    cr_expect(!allows(HF_LOCK_SESSION, HF_UNBLOCK_ROOT, &locked, &empty));
    cr_expect(!allows(HF_LOCK_OFF, HF_UNBLOCK_ROOT, &locked, &empty));
    cr_expect(!allows(HF_LOCK_OFF, HF_UNBLOCK_ROOT, &locked, &open));
    cr_expect(allows(HF_LOCK_OFF, HF_UNBLOCK_ROOT, &empty, &open));
    cr_expect(allows(HF_LOCK_ALWAYS, HF_UNBLOCK_ROOT, &empty, &empty)); /* root lifted it */
}

Test(floor, a_lock_that_root_alone_lifts_has_no_gaps)
{
    struct hf_plan locked = blocking(HF_LOCK_SESSION), split = locked, excluding = locked;

    split.firewall.protected_count = 1;
    split.firewall.protected_prefixes[0] = prefix("198.51.100.1/32");
    excluding.excluded_count = 1;
    excluding.excluded[0] = prefix("128.0.0.0/1");
    cr_expect(!allows(HF_LOCK_SESSION, HF_UNBLOCK_ROOT, &locked, &split));
    cr_expect(!allows(HF_LOCK_SESSION, HF_UNBLOCK_ROOT, &locked, &excluding));
    cr_expect(allows(HF_LOCK_SESSION, HF_UNBLOCK_HOLDFASTD, &locked, &split));
    cr_expect(allows(HF_LOCK_SESSION, HF_UNBLOCK_HOLDFASTD, &locked, &excluding));
}

static void name_route(struct hf_plan *plan, hf_prefix network)
{
    plan->routes[plan->route_count++] = network;
}

static void name_excluded(struct hf_plan *plan, hf_prefix network)
{
    plan->excluded[plan->excluded_count++] = network;
}

static void name_protected(struct hf_plan *plan, hf_prefix network)
{
    plan->firewall.protected_prefixes[plan->firewall.protected_count++] = network;
}

static void name_gateway(struct hf_plan *plan, hf_prefix network)
{
    plan->firewall.gateways[plan->firewall.gateway_count++] = hf_prefix_last(&network);
}

static void name_resolver(struct hf_plan *plan, hf_prefix network)
{
    plan->firewall.resolvers[plan->firewall.resolver_count++] =
        (hf_endpoint){ hf_prefix_last(&network), 53 };
}

static void name_address(struct hf_plan *plan, hf_prefix network)
{
    plan->addresses[plan->address_count++] = network;
}

Test(floor, no_plan_names_a_forbidden_network)
{
    static void (*const name[])(struct hf_plan *, hf_prefix) = {
        name_route, name_excluded, name_protected, name_gateway, name_resolver, name_address,
    };
    static const char *const within[] = { "10.20.0.0/16", "10.20.30.0/24", "10.20.0.1/32",
                                          "2001:db8:20:1::/64" };
    static const char *const beside[] = { "10.21.0.0/16", "192.0.2.0/24", "2001:db8:21::/48" };
    struct hf_plan empty = hf_plan_empty();
    struct hf_floor floor;

    cr_assert_eq(parse(WHOLE, &floor), HF_OK);
    floor.unblock = HF_UNBLOCK_HOLDFASTD;
    for (size_t i = 0; i < HF_ARRAY_LEN(name); i++) {
        for (size_t j = 0; j < HF_ARRAY_LEN(within); j++) {
            struct hf_plan plan = tunnel(true, HF_LOCK_ALWAYS);

            name[i](&plan, prefix(within[j]));
            cr_expect_eq(hf_floor_check(&floor, &empty, &plan), HF_ERR_FORBIDDEN, "%zu %s", i,
                         within[j]);
        }
        for (size_t j = 0; j < HF_ARRAY_LEN(beside); j++) {
            struct hf_plan plan = tunnel(true, HF_LOCK_ALWAYS);

            name[i](&plan, prefix(beside[j]));
            cr_expect_eq(hf_floor_check(&floor, &empty, &plan), HF_OK, "%zu %s", i, beside[j]);
        }
    }
}

Test(floor, what_covers_a_forbidden_network_names_it_unless_it_is_a_full_tunnel)
{
    struct hf_plan empty = hf_plan_empty(), plan = tunnel(true, HF_LOCK_ALWAYS);
    struct hf_floor floor;

    cr_assert_eq(parse(WHOLE, &floor), HF_OK);
    floor.unblock = HF_UNBLOCK_HOLDFASTD;
    cr_expect_eq(hf_floor_check(&floor, &empty, &plan), HF_OK);
    name_route(&plan, prefix("0.0.0.0/2"));
    cr_expect_eq(hf_floor_check(&floor, &empty, &plan), HF_ERR_FORBIDDEN);
    plan = tunnel(true, HF_LOCK_ALWAYS);
    name_excluded(&plan, prefix("0.0.0.0/1"));
    cr_expect_eq(hf_floor_check(&floor, &empty, &plan), HF_ERR_FORBIDDEN);
}

Test(floor, lan_is_not_allowed_where_a_part_of_it_is_forbidden)
{
    struct hf_plan empty = hf_plan_empty(), plan = blocking(HF_LOCK_ALWAYS);
    struct hf_floor floor = { .lock = HF_LOCK_ALWAYS, .forbidden_count = 1 };

    plan.firewall.allow_lan = true;
    floor.forbidden[0] = prefix("198.51.100.0/24");
    cr_expect_eq(hf_floor_check(&floor, &empty, &plan), HF_OK);
    floor.forbidden[0] = prefix("10.20.0.0/16");
    cr_expect_eq(hf_floor_check(&floor, &empty, &plan), HF_ERR_FORBIDDEN);
    floor.forbidden[0] = prefix("0.0.0.0/0");
    cr_expect_eq(hf_floor_check(&floor, &empty, &plan), HF_ERR_FORBIDDEN);
}

Test(floor, strictest_allows_a_block_and_nothing_else)
{
    struct hf_floor floor = hf_floor_strictest();
    struct hf_plan block = hf_floor_block(&floor), plan = block, empty = hf_plan_empty();

    cr_expect_eq(hf_floor_check(&floor, &block, &block), HF_OK);
    cr_expect_eq(hf_floor_check(&floor, &block, &empty), HF_ERR_FORBIDDEN);
    name_gateway(&plan, prefix("192.0.2.2/32"));
    cr_expect_eq(hf_floor_check(&floor, &block, &plan), HF_ERR_FORBIDDEN);
    plan = block;
    name_address(&plan, prefix("2001:db8::2/128"));
    cr_expect_eq(hf_floor_check(&floor, &block, &plan), HF_ERR_FORBIDDEN);
    plan = block;
    plan.firewall.allow_lan = true;
    cr_expect_eq(hf_floor_check(&floor, &block, &plan), HF_ERR_FORBIDDEN);
}
