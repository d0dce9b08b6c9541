/* The floor file and what it forbids: see floor.h. */
#include "netd/floor.h"

#include "common/ruleset.h"
#include "instance.h"
#include "ipc/channel.h"
#include "netd/folders.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const unblock_names[] = {
    [HF_UNBLOCK_ROOT] = "root", [HF_UNBLOCK_HOLDFASTD] = "holdfastd"
};

struct hf_floor hf_floor_none(void)
{
    return (struct hf_floor){ .lock = HF_LOCK_OFF, .unblock = HF_UNBLOCK_HOLDFASTD };
}

struct hf_floor hf_floor_strictest(void)
{
    return (struct hf_floor){
        .lock = HF_LOCK_ALWAYS,
        .unblock = HF_UNBLOCK_ROOT,
        .forbidden = {{ { .family = HF_FAMILY_V4 }, 0 }, { { .family = HF_FAMILY_V6 }, 0 }},
        .forbidden_count = 2,
        .damaged = true,
    };
}

/* --- reading -----------------------------------------------------------------------------------
 */

static hf_bytes trim(hf_bytes text)
{
    while (text.len > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = hf_bytes_slice(text, 1, text.len - 1);
    while (text.len > 0 && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t'))
        text.len--;
    return text;
}

/* What stands before the first `mark`, trimmed; `rest` is what stands behind it. Without a mark it
 * is all, and false. */
static bool cut(hf_bytes *rest, char mark, hf_bytes *out)
{
    const uint8_t *at = rest->len == 0 ? NULL : memchr(rest->data, mark, rest->len);
    size_t length = at == NULL ? rest->len : (size_t)(at - rest->data);

    *out = trim(hf_bytes_slice(*rest, 0, length));
    *rest = hf_bytes_slice(*rest, length + 1, rest->len - length - (at != NULL));
    return at != NULL;
}

/* Which of `names` the value is; `count` for none. */
static size_t find(hf_bytes value, const char *const *names, size_t count)
{
    size_t i = 0;

    while (i < count && !hf_bytes_equal(value, hf_bytes_of_string(names[i])))
        i++;
    return i;
}

static bool take_lock(hf_bytes value, struct hf_floor *out)
{
    const char *const names[] = { hf_lock_mode_name(0), hf_lock_mode_name(1),
                                  hf_lock_mode_name(2) };
    size_t found = find(value, names, HF_ARRAY_LEN(names));

    out->lock = (enum hf_lock_mode)found;
    return found < HF_ARRAY_LEN(names);
}

static bool take_unblock(hf_bytes value, struct hf_floor *out)
{
    size_t found = find(value, unblock_names, HF_ARRAY_LEN(unblock_names));

    out->unblock = (enum hf_floor_unblock)found;
    return found < HF_ARRAY_LEN(unblock_names);
}

static bool take_forbidden(hf_bytes value, struct hf_floor *out)
{
    bool more = value.len > 0;

    while (more) {
        hf_bytes word;

        more = cut(&value, ',', &word);
        if (out->forbidden_count == HF_FLOOR_PREFIXES_MAX ||
            !hf_prefix_parse(word, &out->forbidden[out->forbidden_count++]))
            return false;
    }
    return true;
}

static const struct key {
    const char *name;
    bool (*take)(hf_bytes value, struct hf_floor *out);
} keys[] = {
    {"lock",       take_lock     },
    { "unblock",   take_unblock  },
    { "forbidden", take_forbidden},
};

/* One line; `seen` has a bit for each key that was there. */
static bool take_line(hf_bytes line, struct hf_floor *out, unsigned *seen)
{
    hf_bytes name;

    line = trim(line);
    if (line.len == 0 || line.data[0] == '#')
        return true;
    if (!cut(&line, '=', &name))
        return false;
    for (size_t i = 0; i < HF_ARRAY_LEN(keys); i++) {
        if (!hf_bytes_equal(name, hf_bytes_of_string(keys[i].name)) || (*seen & 1u << i) != 0)
            continue;
        *seen |= 1u << i;
        return keys[i].take(trim(line), out);
    }
    return false;
}

hf_status hf_floor_parse(hf_bytes text, struct hf_floor *out)
{
    struct hf_floor floor = { 0 };
    unsigned seen = 0;
    hf_bytes line;

    if (text.len > HF_FLOOR_FILE_MAX)
        return HF_ERR_MALFORMED;
    while (text.len > 0) {
        if (!cut(&text, '\n', &line) || !take_line(line, &floor, &seen))
            return HF_ERR_MALFORMED;
    }
    if (seen != (1u << HF_ARRAY_LEN(keys)) - 1)
        return HF_ERR_MALFORMED;
    *out = floor;
    return HF_OK;
}

/* HF_ERR_NOT_FOUND: no file. */
static hf_status read_in(int folder, hf_buf *out)
{
    int fd = openat(folder, HF_FLOOR_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    hf_status status = HF_ERR_MALFORMED;

    if (fd < 0)
        return errno == ENOENT ? HF_ERR_NOT_FOUND : HF_ERR_MALFORMED;
    if (hf_folders_is_roots_alone(fd, S_IFREG))
        status = hf_ipc_read_fd(fd, HF_FLOOR_FILE_MAX, out);
    close(fd);
    return status;
}

struct hf_floor hf_floor_read(const char *path)
{
    hf_buf text = hf_buf_with_max(HF_FLOOR_FILE_MAX);
    struct hf_floor floor = hf_floor_strictest();
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    hf_status status = errno == ENOENT ? HF_ERR_NOT_FOUND : HF_ERR_MALFORMED;

    if (folder >= 0)
        status =
            hf_folders_is_roots_alone(folder, S_IFDIR) ? read_in(folder, &text) : HF_ERR_MALFORMED;
    if (folder >= 0)
        close(folder);
    if (status == HF_OK && hf_floor_parse(hf_buf_bytes(&text), &floor) != HF_OK)
        status = HF_ERR_MALFORMED;
    hf_buf_free(&text);
    return status == HF_ERR_NOT_FOUND ? hf_floor_none() : floor;
}

/* --- holding -----------------------------------------------------------------------------------
 */

static bool overlap(const hf_prefix *a, const hf_prefix *b)
{
    const hf_prefix *wide = a->bits <= b->bits ? a : b;

    return hf_prefix_contains(wide, wide == a ? &b->address : &a->address);
}

static bool is_forbidden(const struct hf_floor *floor, const hf_prefix *prefix)
{
    for (size_t i = 0; i < floor->forbidden_count; i++) {
        if (overlap(&floor->forbidden[i], prefix))
            return true;
    }
    return false;
}

static bool is_host_forbidden(const struct hf_floor *floor, const hf_address *host)
{
    return is_forbidden(floor,
                        &(hf_prefix){ *host, (uint8_t)(8 * hf_family_octets(host->family)) });
}

/* Everything, or a half of it, names no network: that is what a full tunnel takes. An exclusion so
 * wide does name them all. */
static bool names_forbidden(const struct hf_floor *floor, const hf_prefix *list, size_t count,
                            uint8_t least_bits)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].bits >= least_bits && is_forbidden(floor, &list[i]))
            return true;
    }
    return false;
}

static bool opens_lan(const struct hf_floor *floor, const struct hf_plan *plan)
{
    for (size_t i = 0; i < floor->forbidden_count; i++) {
        struct hf_ruleset_facts facts = { .on_link = { floor->forbidden[i] }, .on_link_count = 1 };
        hf_prefix lan[HF_LAN_MAX];

        if (hf_ruleset_lan(plan, &facts, lan) > 0)
            return true;
    }
    return false;
}

static bool touches_forbidden(const struct hf_floor *floor, const struct hf_plan *plan)
{
    const struct hf_plan_firewall *firewall = &plan->firewall;

    for (size_t i = 0; i < plan->address_count; i++) {
        if (is_host_forbidden(floor, &plan->addresses[i].address))
            return true;
    }
    for (size_t i = 0; i < firewall->gateway_count; i++) {
        if (is_host_forbidden(floor, &firewall->gateways[i]))
            return true;
    }
    for (size_t i = 0; i < firewall->resolver_count; i++) {
        if (is_host_forbidden(floor, &firewall->resolvers[i].address))
            return true;
    }
    return names_forbidden(floor, plan->routes, plan->route_count, 2) ||
           names_forbidden(floor, plan->excluded, plan->excluded_count, 0) ||
           names_forbidden(floor, firewall->protected_prefixes, firewall->protected_count, 2) ||
           opens_lan(floor, plan);
}

static bool is_locked_enough(const struct hf_floor *floor, const struct hf_plan *now,
                             const struct hf_plan *wanted)
{
    bool roots = floor->unblock == HF_UNBLOCK_ROOT;

    if (wanted->firewall.block)
        return !hf_lock_mode_is_weaker(wanted->firewall.mode, floor->lock) &&
               !(roots && (wanted->excluded_count > 0 || wanted->firewall.protected_count > 0));
    if (wanted->tunnel && floor->lock != HF_LOCK_OFF)
        return false;
    return !(roots && now->firewall.block);
}

hf_status hf_floor_check(const struct hf_floor *floor, const struct hf_plan *now,
                         const struct hf_plan *wanted)
{
    return is_locked_enough(floor, now, wanted) && !touches_forbidden(floor, wanted)
               ? HF_OK
               : HF_ERR_FORBIDDEN;
}

struct hf_plan hf_floor_block(const struct hf_floor *floor)
{
    struct hf_plan plan = hf_plan_empty();

    plan.firewall.block = true;
    plan.firewall.mode = floor->lock;
    plan.firewall.state = HF_CONN_BLOCKED;
    return plan;
}
