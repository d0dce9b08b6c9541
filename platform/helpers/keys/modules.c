/* Loading PKCS #11 modules: see modules.h. */
#include "helpers/keys/modules.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONF_MAX      65536
#define VARIABLES_MAX 32

/* --- root's configuration --------------------------------------------------------------------- */
static hf_status add_module(struct hf_keys_modules *modules, const char *path)
{
    CK_FUNCTION_LIST *module;

    if (path[0] != '/' || modules->own_count == HF_KEYS_MODULES_MAX)
        return HF_ERR_LOCAL_SETUP;
    module = p11_kit_module_load(path, 0);
    if (module == NULL) {
        fprintf(stderr, "holdfast-keys: %s cannot be loaded\n", path);
        return HF_OK; /* one that is not installed does not take the others with it */
    }
    if (p11_kit_module_initialize(module) != CKR_OK) {
        fprintf(stderr, "holdfast-keys: %s cannot be initialised\n", path);
        p11_kit_module_release(module);
        return HF_OK;
    }
    modules->own[modules->own_count++] = module;
    return HF_OK;
}

/* For modules that are configured so. The process has one thread, and the variables that it was
 * started with stay in front. */
static hf_status add_variable(const char *assignment)
{
    static char *variables[VARIABLES_MAX + 1];
    static size_t count;

    if (strchr(assignment, '=') == NULL || assignment[0] == '=')
        return HF_ERR_LOCAL_SETUP;
    while (environ != variables && count < VARIABLES_MAX && environ[count] != NULL) {
        variables[count] = environ[count];
        count++;
    }
    if (count == VARIABLES_MAX)
        return HF_ERR_LOCAL_SETUP;
    variables[count] = strdup(assignment);
    if (variables[count] == NULL)
        return HF_ERR_NO_MEMORY;
    count++;
    environ = variables;
    return HF_OK;
}

static char *trimmed(char *text)
{
    char *end;

    while (isspace((unsigned char)*text))
        text++;
    end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1]))
        *--end = '\0';
    return text;
}

/* Variables come first, wherever they stand: modules read them when they are loaded. */
enum pass { VARIABLES, MODULES };

static hf_status take_line(struct hf_keys_modules *modules, char *line, enum pass pass)
{
    char *text = trimmed(line), *value;

    if (*text == '\0' || *text == '#')
        return HF_OK;
    value = strchr(text, '=');
    if (value == NULL)
        return HF_ERR_LOCAL_SETUP;
    *value++ = '\0';
    if (strcmp(trimmed(text), "module") == 0)
        return pass == MODULES ? add_module(modules, trimmed(value)) : HF_OK;
    if (strcmp(trimmed(text), "environment") == 0)
        return pass == VARIABLES ? add_variable(trimmed(value)) : HF_OK;
    return HF_ERR_LOCAL_SETUP;
}

static hf_status take_lines(struct hf_keys_modules *modules, const char *conf, enum pass pass)
{
    char *copy = strdup(conf), *rest = copy, *line;
    hf_status status = copy == NULL ? HF_ERR_NO_MEMORY : HF_OK;

    while (status == HF_OK && (line = strsep(&rest, "\n")) != NULL)
        status = take_line(modules, line, pass);
    free(copy);
    return status;
}

/* Whoever can change this file chooses what code runs with a user's PIN. */
static bool is_roots_alone(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == 0 &&
           (st.st_mode & (S_IWGRP | S_IWOTH)) == 0 && st.st_size < CONF_MAX;
}

/* "" where there is none. */
static hf_status read_conf(const char *etc, char conf[CONF_MAX])
{
    char path[4096];
    ssize_t got = -1;
    int fd;

    conf[0] = '\0';
    if (snprintf(path, sizeof path, "%s/" HF_KEYS_CONF_NAME, etc) >= (int)sizeof path)
        return HF_ERR_LOCAL_SETUP;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT ? HF_OK : HF_ERR_LOCAL_SETUP;
    if (is_roots_alone(fd))
        got = read(fd, conf, CONF_MAX - 1);
    close(fd);
    if (got < 0) {
        fprintf(stderr, "holdfast-keys: %s: not root's alone to change, or not readable\n", path);
        return HF_ERR_LOCAL_SETUP;
    }
    conf[got] = '\0';
    return HF_OK;
}

/* --- loading ---------------------------------------------------------------------------------- */
hf_status hf_keys_modules_load(const char *etc, struct hf_keys_modules *out)
{
    static char conf[CONF_MAX];
    struct hf_keys_modules modules = { 0 };
    hf_status status = read_conf(etc, conf);

    if (status == HF_OK)
        status = take_lines(&modules, conf, VARIABLES);
    if (status == HF_OK)
        status = take_lines(&modules, conf, MODULES);
    if (status == HF_OK && modules.own_count == 0) {
        modules.registered = p11_kit_modules_load_and_initialize(0);
        if (modules.registered == NULL || modules.registered[0] == NULL)
            status = HF_ERR_LOCAL_SETUP;
    }
    if (status != HF_OK) {
        hf_keys_modules_unload(&modules);
        return status;
    }
    *out = modules;
    return HF_OK;
}

void hf_keys_modules_unload(struct hf_keys_modules *modules)
{
    if (modules->registered != NULL)
        p11_kit_modules_finalize_and_release(modules->registered);
    for (size_t i = 0; i < modules->own_count; i++) {
        (void)p11_kit_module_finalize(modules->own[i]);
        p11_kit_module_release(modules->own[i]);
    }
    *modules = (struct hf_keys_modules){ 0 };
}

CK_FUNCTION_LIST **hf_keys_modules_list(struct hf_keys_modules *modules)
{
    return modules->registered != NULL ? modules->registered : modules->own;
}
