/* Reads and runs Wycheproof files: see wycheproof.h. */
#include "vectors/wycheproof.h"

#include "support/hex.h"
#include "support/vectors.h"

#include <stdio.h>
#include <string.h>

static const json_t *member(const json_t *object, const char *name, json_type type)
{
    const json_t *value = json_object_get(object, name);

    if (value == NULL || json_typeof(value) != type)
        test_die("no member \"%s\"", name);
    return value;
}

const char *wycheproof_text(const json_t *object, const char *name)
{
    return json_string_value(member(object, name, JSON_STRING));
}

hf_bytes wycheproof_bytes(const json_t *object, const char *name)
{
    return hex(wycheproof_text(object, name));
}

long long wycheproof_number(const json_t *object, const char *name)
{
    return json_integer_value(member(object, name, JSON_INTEGER));
}

bool wycheproof_has_flag(const json_t *test, const char *flag)
{
    const json_t *flags = member(test, "flags", JSON_ARRAY), *value;
    size_t i;

    json_array_foreach(flags, i, value)
    {
        if (strcmp(json_string_value(value), flag) == 0)
            return true;
    }
    return false;
}

bool wycheproof_is(const json_t *test, const char *result)
{
    return strcmp(wycheproof_text(test, "result"), result) == 0;
}

struct count {
    size_t right, wrong, not_ours;
};

static void answer(const char *file, const json_t *test, enum answer given, struct count *count)
{
    switch (given) {
    case ANSWER_RIGHT:
        count->right++;
        break;
    case ANSWER_NOT_OURS:
        count->not_ours++;
        break;
    case ANSWER_WRONG:
        count->wrong++;
        printf("%s: test %lld (%s, \"%s\"): wrong answer\n", file, wycheproof_number(test, "tcId"),
               wycheproof_text(test, "result"), wycheproof_text(test, "comment"));
        break;
    }
}

int wycheproof_run(const char *file, enum answer (*check)(const json_t *group, const json_t *test))
{
    char name[128];
    struct count count = { 0 };
    const json_t *group, *test;
    json_error_t error;
    const char *path;
    json_t *root;
    size_t i, j;

    (void)snprintf(name, sizeof name, "wycheproof/%s", file);
    path = test_external_path(name);
    if (path == NULL) {
        printf("skipped: HOLDFAST_VECTORS does not name the external vectors\n");
        return 77;
    }
    root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL)
        test_die("%s: %s", path, error.text);
    json_array_foreach(member(root, "testGroups", JSON_ARRAY), i, group)
    {
        json_array_foreach(member(group, "tests", JSON_ARRAY), j, test)
            answer(file, test, check(group, test), &count);
    }
    printf("%s: %zu right, %zu wrong, %zu not ours\n", file, count.right, count.wrong,
           count.not_ours);
    json_decref(root);
    return count.wrong != 0 || count.right == 0;
}

int wycheproof_join(int a, int b)
{
    if (a == 1 || b == 1)
        return 1;
    return a != 0 ? a : b;
}
