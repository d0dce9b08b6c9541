/* Prints what becomes of every key of every foreign format, by the importers' own tables: the table
 * for people who wonder what a file of theirs will do. Fails when a key has two rows, or when one
 * that changes nothing does not say why. */
#include "profile/import.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *format;
    hf_import_row_at *row_at;
} formats[] = {
    {"mobileconfig", hf_mobileconfig_row_at},
    { "profilexml",  hf_windows_row_at     },
    { "sswan",       hf_sswan_row_at       },
    { "onc",         hf_onc_row_at         },
    { "azure",       hf_azure_row_at       },
    { "swanctl",     hf_swanctl_row_at     },
    { "ipsec",       hf_ipsec_row_at       },
};

static const char *outcome(const struct hf_import_row *row)
{
    if (row->is_applied)
        return "applied";
    switch (row->severity) {
    case HF_NOTICE_APPLIED:
        return "applied";
    case HF_NOTICE_HARMLESS:
        return "harmless";
    case HF_NOTICE_UNSUPPORTED:
        return "unsupported";
    case HF_NOTICE_UNSAFE:
        break;
    }
    return "unsafe";
}

static bool is_row_before(hf_import_row_at *row_at, size_t index, const struct hf_import_row *row)
{
    struct hf_import_row other;

    for (size_t i = 0; i < index && row_at(i, &other); i++) {
        if (strcmp(other.group, row->group) == 0 && strcmp(other.key, row->key) == 0)
            return true;
    }
    return false;
}

static size_t check(hf_import_row_at *row_at, size_t index, const struct hf_import_row *row)
{
    if (is_row_before(row_at, index, row)) {
        printf("FAIL: %s %s has two rows\n", row->group, row->key);
        return 1;
    }
    if (!row->is_applied && row->effect[0] == '\0') {
        printf("FAIL: %s %s is not applied and does not say why\n", row->group, row->key);
        return 1;
    }
    return 0;
}

static size_t print_format(const char *format, hf_import_row_at *row_at)
{
    struct hf_import_row row;
    size_t failures = 0, count = 0;

    printf("| format | where | key | what becomes of it | what is said |\n|---|---|---|---|---|\n");
    for (; row_at(count, &row); count++) {
        printf("| %s | %s | `%s` | %s | %s |\n", format, row.group, row.key, outcome(&row),
               row.effect);
        failures += check(row_at, count, &row);
    }
    printf("%s: %zu keys\n", format, count);
    return failures + (count == 0);
}

int main(void)
{
    size_t failures = 0;

    for (size_t i = 0; i < HF_ARRAY_LEN(formats); i++)
        failures += print_format(formats[i].format, formats[i].row_at);
    return failures == 0 ? 0 : 1;
}
