/* Paths, uids and the options that choose them: see instance.h. */
#include "instance.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Writes `prefix`/`suffix`; false when it does not fit. */
static bool set_path(char out[HF_PATH_MAX], const char *prefix, const char *suffix)
{
    int length = snprintf(out, HF_PATH_MAX, "%s%s", prefix, suffix);

    return length >= 0 && length < HF_PATH_MAX;
}

static bool set_root(struct hf_instance *instance, const char *root)
{
    return set_path(instance->etc, root, "/etc/holdfast") &&
           set_path(instance->lib, root, "/usr/lib/holdfast") &&
           set_path(instance->run, root, "/run/holdfast") &&
           set_path(instance->var, root, "/var/lib/holdfast");
}

void hf_instance_init(struct hf_instance *instance)
{
    *instance = (struct hf_instance){
        .daemon_uid = HF_FALLBACK_UID,
        .daemon_gid = HF_FALLBACK_UID,
        .engine_uid = HF_FALLBACK_ENGINE_UID,
        .engine_gid = HF_FALLBACK_ENGINE_UID,
        .owner_uid = getuid(),
    };
    HF_ASSERT(set_root(instance, "") && set_path(instance->resolv_conf, "/etc/resolv.conf", ""));
}

static bool parse_bus(const char *text, enum hf_bus *out)
{
    if (strcmp(text, "system") != 0 && strcmp(text, "none") != 0)
        return false;
    *out = strcmp(text, "none") == 0 ? HF_BUS_NONE : HF_BUS_SYSTEM;
    return true;
}

static bool parse_uid(const char *text, unsigned *out)
{
    unsigned long value;
    char *end;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    value = strtoul(text, &end, 10);
    if (errno != 0 || *end != '\0' || value >= UINT32_MAX) /* (uid_t)-1 means nobody at all */
        return false;
    *out = (unsigned)value;
    return true;
}

static bool take_option(struct hf_instance *instance, const char *name, const char *value)
{
    if (strcmp(name, "--root") == 0)
        return value[0] == '/' && set_root(instance, value);
    if (strcmp(name, "--resolv-conf") == 0)
        return value[0] == '/' && set_path(instance->resolv_conf, value, "");
    if (strcmp(name, "--metrics") == 0)
        return value[0] == '/' && set_path(instance->metrics, value, "");
    if (strcmp(name, "--bus") == 0)
        return parse_bus(value, &instance->bus);
    return parse_uid(value, &instance->owner_uid);
}

int hf_instance_option(struct hf_instance *instance, int argc, char **argv, int at)
{
    static const char *const names[] = { "--root", "--bus", "--owner", "--resolv-conf",
                                         "--metrics" };

    for (size_t i = 0; i < HF_ARRAY_LEN(names); i++) {
        if (strcmp(argv[at], names[i]) == 0)
            return at + 1 < argc && take_option(instance, names[i], argv[at + 1]) ? 2 : -1;
    }
    return 0;
}

/* Root is never one of ours: a system that says so is broken. */
static bool look_up(const char *name, unsigned *uid, unsigned *gid)
{
    const struct passwd *user = getpwnam(name);

    if (user == NULL)
        return true;
    if (user->pw_uid == 0 || user->pw_gid == 0)
        return false;
    *uid = user->pw_uid;
    *gid = user->pw_gid;
    return true;
}

hf_status hf_instance_finish(struct hf_instance *instance)
{
    if (!look_up("holdfast", &instance->daemon_uid, &instance->daemon_gid) ||
        !look_up("holdfast-engine", &instance->engine_uid, &instance->engine_gid) ||
        instance->daemon_uid == instance->engine_uid)
        return HF_ERR_LOCAL_SETUP;
    return HF_OK;
}

hf_status hf_instance_path(const char *dir, const char *name, char out[HF_PATH_MAX])
{
    char path[HF_PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/%s", dir, name);

    if (length < 0 || length >= HF_PATH_MAX)
        return HF_ERR_TOO_LARGE;
    memcpy(out, path, (size_t)length + 1);
    return HF_OK;
}
