/* holdfast-schema profile|policy: prints the JSON Schema of these files. Part of the build, not
 * installed. */
#include <holdfast/policy.h>
#include <holdfast/profile.h>

#include <stdio.h>
#include <string.h>

#define SCHEMA_MAX (1024 * 1024)

int main(int argc, char **argv)
{
    hf_buf out = hf_buf_with_max(SCHEMA_MAX);
    hf_status status = HF_ERR_USAGE;

    if (argc == 2 && strcmp(argv[1], "profile") == 0)
        status = hf_profile_schema(&out);
    else if (argc == 2 && strcmp(argv[1], "policy") == 0)
        status = hf_policy_schema(&out);
    if (status == HF_OK)
        printf("%.*s\n", (int)out.len, (const char *)out.data);
    else
        fputs("usage: holdfast-schema profile|policy\n", stderr);
    hf_buf_free(&out);
    return status == HF_OK && fflush(stdout) == 0 ? 0 : 1;
}
