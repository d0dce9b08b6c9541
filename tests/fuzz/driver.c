/* Runs a fuzz target over files: each argument is a file, or a directory whose files are taken.
 * Every input is tried as it is and cut off at each length, so that a small corpus covers every
 * truncation.
 */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { INPUT_MAX = 1 << 20 };

static size_t inputs;

/* In memory of exactly the input's length, so that a sanitizer sees a read past it. */
static void run_once(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len == 0 ? 1 : len);

    if (copy == NULL)
        abort();
    hf_copy(copy, data, len);
    (void)LLVMFuzzerTestOneInput(copy, len);
    free(copy);
    inputs++;
}

static bool run_file(const char *path)
{
    static uint8_t data[INPUT_MAX];
    FILE *file = fopen(path, "rb");
    size_t len;

    if (file == NULL) {
        perror(path);
        return false;
    }
    len = fread(data, 1, sizeof data, file);
    (void)fclose(file);
    for (size_t n = 0; n <= len; n++)
        run_once(data, n);
    return true;
}

static bool run_directory(const char *path)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    bool good = true;

    if (directory == NULL) {
        perror(path);
        return false;
    }
    while (good && (entry = readdir(directory)) != NULL) {
        char file[4096];

        if (entry->d_name[0] == '.')
            continue;
        good = (size_t)snprintf(file, sizeof file, "%s/%s", path, entry->d_name) < sizeof file &&
               run_file(file);
    }
    (void)closedir(directory);
    return good;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct stat status;
        bool is_directory = stat(argv[i], &status) == 0 && S_ISDIR(status.st_mode);

        if (!(is_directory ? run_directory(argv[i]) : run_file(argv[i])))
            return 1;
    }
    printf("%zu inputs\n", inputs);
    return inputs == 0; /* a test without inputs is no test */
}
