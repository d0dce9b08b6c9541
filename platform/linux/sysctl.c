/* Kernel settings of the tunnel: see sysctl.h. They are of this network namespace. */
#include "linux/sysctl.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* src_valid_mark: lets rp_filter see the mark that the answers of the gateway get, else a strict
 * one drops them. arp_ignore: a neighbour must not learn the inner address by asking for it. */
static const struct setting {
    const char *path;
    int least;
} settings[HF_SYSCTLS] = {
    {"net/ipv4/conf/all/src_valid_mark", 1},
    { "net/ipv4/conf/all/arp_ignore",    1},
};

static int open_setting(const char *path, int flags)
{
    char full[256];
    int length = snprintf(full, sizeof full, "/proc/sys/%s", path);

    if (length < 0 || (size_t)length >= sizeof full)
        return -1;
    return open(full, flags | O_CLOEXEC);
}

bool hf_sysctl_read(const char *path, int *out)
{
    char text[32] = { 0 };
    int fd = open_setting(path, O_RDONLY);
    ssize_t got;
    char *end;
    long value;

    if (fd < 0)
        return false;
    got = read(fd, text, sizeof text - 1);
    close(fd);
    if (got <= 0)
        return false;
    value = strtol(text, &end, 10);
    if (end == text || value < 0 || value > INT32_MAX)
        return false;
    *out = (int)value;
    return true;
}

static bool write_setting(const char *path, int value)
{
    char text[16];
    int length = snprintf(text, sizeof text, "%d\n", value), fd = open_setting(path, O_WRONLY);
    bool good;

    if (fd < 0)
        return false;
    good = write(fd, text, (size_t)length) == length;
    close(fd);
    return good;
}

struct hf_sysctls hf_sysctls_none(void)
{
    struct hf_sysctls none;

    for (size_t i = 0; i < HF_SYSCTLS; i++)
        none.before[i] = -1;
    return none;
}

void hf_sysctls_save(struct hf_sysctls *saved)
{
    for (size_t i = 0; i < HF_SYSCTLS; i++) {
        int value;

        if (saved->before[i] < 0 && hf_sysctl_read(settings[i].path, &value) &&
            value < settings[i].least)
            saved->before[i] = value;
    }
}

/* Where rp_filter is strict, answers depend on src_valid_mark. */
static bool is_needed(const struct setting *setting)
{
    int strict = 0;

    return setting == &settings[0] && hf_sysctl_read("net/ipv4/conf/all/rp_filter", &strict) &&
           strict == 1;
}

hf_status hf_sysctls_set(void)
{
    for (size_t i = 0; i < HF_SYSCTLS; i++) {
        int value;

        if (hf_sysctl_read(settings[i].path, &value) && value >= settings[i].least)
            continue;
        /* In a container /proc/sys can be read-only. */
        if (!write_setting(settings[i].path, settings[i].least) && is_needed(&settings[i]))
            return HF_ERR_LOCAL_SETUP;
    }
    return HF_OK;
}

void hf_sysctls_restore(struct hf_sysctls *saved)
{
    for (size_t i = 0; i < HF_SYSCTLS; i++) {
        int value;

        if (saved->before[i] >= 0 && hf_sysctl_read(settings[i].path, &value) &&
            value == settings[i].least)
            (void)write_setting(settings[i].path, saved->before[i]);
    }
    *saved = hf_sysctls_none();
}
