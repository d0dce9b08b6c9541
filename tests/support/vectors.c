/* Reads vector files: see vectors.h. */
#include "support/vectors.h"

#include "support/hex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

hf_bytes test_read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    long size;
    uint8_t *data;

    if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0 ||
        fseek(file, 0, SEEK_SET) != 0)
        test_die("%s cannot be read", path);
    data = test_memory((size_t)size + 1);
    if (fread(data, 1, (size_t)size, file) != (size_t)size)
        test_die("%s cannot be read whole", path);
    (void)fclose(file);
    return (hf_bytes){ data, (size_t)size };
}

static const char *join(const char *directory, const char *name)
{
    size_t size = strlen(directory) + strlen(name) + 2;
    char *path = (char *)test_memory(size);

    (void)snprintf(path, size, "%s/%s", directory, name);
    return path;
}

const char *test_external_path(const char *name)
{
    const char *directory = getenv("HOLDFAST_VECTORS");

    return directory == NULL || directory[0] == '\0' ? NULL : join(directory, name);
}

static void open_path(struct vectors *vectors, const char *path)
{
    hf_bytes text = test_read_file(path);

    if (strncmp((const char *)text.data, "# Source: ", 10) != 0)
        test_die("%s does not begin with its source", path);
    *vectors = (struct vectors){ .file = path, .at = (char *)(uintptr_t)text.data };
    vectors->current.file = path;
}

void vectors_open(struct vectors *vectors, const char *name)
{
    open_path(vectors, join(TEST_VECTORS, name));
}

bool vectors_open_external(struct vectors *vectors, const char *name)
{
    const char *path = test_external_path(name);

    if (path == NULL)
        return false;
    open_path(vectors, path);
    return true;
}

/* The next line without its end and the blanks there; NULL when there is none. */
static char *next_line(struct vectors *vectors)
{
    char *line = vectors->at, *end;
    size_t len;

    if (line == NULL)
        return NULL;
    end = strchr(line, '\n');
    vectors->at = end == NULL || end[1] == '\0' ? NULL : end + 1;
    vectors->line++;
    len = end == NULL ? strlen(line) : (size_t)(end - line);
    while (len > 0 && strchr(" \t\r", line[len - 1]) != NULL)
        len--;
    line[len] = '\0';
    return line;
}

static void add_field(struct vectors *vectors, char *line)
{
    struct vector_case *current = &vectors->current;
    char *separator = strstr(line, " =");
    const char *value = "";

    if (current->count == VECTOR_FIELDS)
        test_die("%s:%zu: too many fields", vectors->file, vectors->line);
    if (separator != NULL) {
        *separator = '\0';
        value = separator + 2 + strspn(separator + 2, " ");
    }
    if (current->count == current->parameters)
        current->line = vectors->line;
    current->fields[current->count++] = (struct vector_field){ line, value };
}

static void add_parameter(struct vectors *vectors, char *line)
{
    char *end = strchr(line, ']');

    if (end == NULL)
        test_die("%s:%zu: no closing bracket", vectors->file, vectors->line);
    *end = '\0';
    if (!vectors->parameters_follow_case)
        vectors->current.parameters = vectors->current.count = 0;
    vectors->parameters_follow_case = true;
    add_field(vectors, line + 1);
    vectors->current.parameters = vectors->current.count;
}

/* Hands out what has been gathered, if anything, and begins the next case. */
static bool take_case(struct vectors *vectors, struct vector_case *out)
{
    struct vector_case *current = &vectors->current;

    if (current->count == current->parameters)
        return false;
    *out = *current;
    current->count = current->parameters;
    return true;
}

bool vectors_next(struct vectors *vectors, struct vector_case *out)
{
    char *line;

    while ((line = next_line(vectors)) != NULL) {
        if (line[0] == '#')
            continue;
        if (line[0] == '\0') {
            if (take_case(vectors, out))
                return true;
        } else if (line[0] == '[') {
            add_parameter(vectors, line);
        } else {
            vectors->parameters_follow_case = false;
            add_field(vectors, line);
        }
    }
    return take_case(vectors, out);
}

const char *vector_find(const struct vector_case *vector, const char *name)
{
    for (size_t i = 0; i < vector->count; i++) {
        if (strcmp(vector->fields[i].name, name) == 0)
            return vector->fields[i].value;
    }
    return NULL;
}

const char *vector_text(const struct vector_case *vector, const char *name)
{
    const char *value = vector_find(vector, name);

    if (value == NULL)
        test_die("%s:%zu: no field \"%s\"", vector->file, vector->line, name);
    return value;
}

hf_bytes vector_bytes(const struct vector_case *vector, const char *name)
{
    return hex(vector_text(vector, name));
}

unsigned long vector_number(const struct vector_case *vector, const char *name)
{
    const char *value = vector_text(vector, name);
    char *end;
    unsigned long number = strtoul(value, &end, 10);

    if (end == value || *end != '\0')
        test_die("%s:%zu: \"%s\" is not a number", vector->file, vector->line, value);
    return number;
}
