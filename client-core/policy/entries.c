/* Entries of a policy's lists: hours and servers. */
#include "policy/values.h"

#include <string.h>

static bool read_digits(hf_bytes text, unsigned max, unsigned *out)
{
    unsigned value = 0;

    if (text.len != 2)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        value = value * 10 + (unsigned)(text.data[i] - '0');
    }
    *out = value;
    return value <= max;
}

/* "07:30"; "24:00" is the end of the day. */
static bool read_minute(hf_bytes text, unsigned *out)
{
    unsigned hour, minute;

    if (text.len != 5 || text.data[2] != ':' ||
        !read_digits(hf_bytes_slice(text, 0, 2), 24, &hour) ||
        !read_digits(hf_bytes_slice(text, 3, 2), 59, &minute))
        return false;
    *out = hour * 60 + minute;
    return *out <= 24 * 60;
}

static bool read_day(hf_bytes text, unsigned *out)
{
    static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };

    for (unsigned i = 0; i < HF_ARRAY_LEN(days); i++) {
        if (hf_bytes_equal_nocase(text, hf_bytes_of_string(days[i]))) {
            *out = i;
            return true;
        }
    }
    return false;
}

/* "Mon-Fri" or "Mon". */
static bool read_days(hf_bytes text, struct hf_policy_hours *hours)
{
    if (text.len == 3 && read_day(text, &hours->first_day)) {
        hours->last_day = hours->first_day;
        return true;
    }
    return text.len == 7 && text.data[3] == '-' &&
           read_day(hf_bytes_slice(text, 0, 3), &hours->first_day) &&
           read_day(hf_bytes_slice(text, 4, 3), &hours->last_day);
}

bool hf_policy_hours_parse(hf_bytes text, struct hf_policy_hours *out)
{
    struct hf_policy_hours hours = { .first_day = 0, .last_day = 6 };
    size_t times = sizeof "00:00-00:00" - 1;
    hf_bytes span;

    if (text.len < times)
        return false;
    span = hf_bytes_slice(text, text.len - times, times);
    if (text.len > times && (text.data[text.len - times - 1] != ' ' ||
                             !read_days(hf_bytes_slice(text, 0, text.len - times - 1), &hours)))
        return false;
    if (span.data[5] != '-' || !read_minute(hf_bytes_slice(span, 0, 5), &hours.from) ||
        !read_minute(hf_bytes_slice(span, 6, 5), &hours.to) || hours.from == hours.to)
        return false;
    *out = hours;
    return true;
}

static bool is_day_within(const struct hf_policy_hours *hours, unsigned day)
{
    if (hours->first_day <= hours->last_day)
        return day >= hours->first_day && day <= hours->last_day;
    return day >= hours->first_day || day <= hours->last_day;
}

bool hf_policy_hours_hold(const struct hf_policy_hours *hours, unsigned weekday, unsigned minute)
{
    if (hours->from < hours->to)
        return is_day_within(hours, weekday) && minute >= hours->from && minute < hours->to;
    /* Past midnight: the hours after it belong to the day before. */
    return (is_day_within(hours, weekday) && minute >= hours->from) ||
           (is_day_within(hours, (weekday + 6) % 7) && minute < hours->to);
}

bool hf_policy_server_matches(const char *pattern, const char *gateway)
{
    hf_bytes name = hf_bytes_of_string(gateway), suffix;

    if (strncmp(pattern, "*.", 2) != 0)
        return hf_bytes_equal_nocase(name, hf_bytes_of_string(pattern));
    suffix = hf_bytes_of_string(pattern + 1);
    return name.len > suffix.len &&
           hf_bytes_equal_nocase(hf_bytes_slice(name, name.len - suffix.len, suffix.len), suffix);
}
