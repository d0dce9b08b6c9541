/* Hours and servers of a policy. */
#include "policy/values.h"
#include "support/test.h"

static bool holds(const char *text, unsigned weekday, unsigned hour, unsigned minute)
{
    struct hf_policy_hours hours;

    cr_assert(hf_policy_hours_parse(hf_bytes_of_string(text), &hours), "%s", text);
    return hf_policy_hours_hold(&hours, weekday, hour * 60 + minute);
}

Test(policy_hours, a_span_holds_from_its_start_up_to_its_end)
{
    cr_expect(holds("Mon-Fri 07:00-19:30", 1, 7, 0) && holds("Mon-Fri 07:00-19:30", 5, 19, 29));
    cr_expect(!holds("Mon-Fri 07:00-19:30", 5, 19, 30) && !holds("Mon-Fri 07:00-19:30", 0, 8, 0));
    cr_expect(holds("07:00-24:00", 0, 23, 59) && holds("Sat 09:00-12:00", 6, 9, 0));
}

Test(policy_hours, spans_wrap_over_the_week_and_past_midnight)
{
    cr_expect(holds("Sat-Mon 08:00-09:00", 0, 8, 30) && !holds("Sat-Mon 08:00-09:00", 3, 8, 30));
    cr_expect(holds("Fri 22:00-06:00", 5, 23, 0) && holds("Fri 22:00-06:00", 6, 5, 59));
    cr_expect(!holds("Fri 22:00-06:00", 5, 5, 0) && !holds("Fri 22:00-06:00", 6, 22, 30));
}

Test(policy_hours, what_is_not_a_span_is_refused)
{
    static const char *const bad[] = { "",
                                       "7:00-9:00",
                                       "07:00",
                                       "Mo 07:00-09:00",
                                       "07:00-07:00",
                                       "Mon-Xyz 07:00-09:00",
                                       "Mon07:00-09:00",
                                       "24:01-25:00",
                                       "07:60-08:00",
                                       "-00:00-01:00" };
    struct hf_policy_hours hours;

    for (size_t i = 0; i < HF_ARRAY_LEN(bad); i++)
        cr_expect(!hf_policy_hours_parse(hf_bytes_of_string(bad[i]), &hours), "%s", bad[i]);
}

Test(policy_servers, a_star_matches_below_and_nothing_else)
{
    cr_expect(hf_policy_server_matches("*.example", "a.example"));
    cr_expect(hf_policy_server_matches("*.example", "b.a.EXAMPLE"));
    cr_expect(!hf_policy_server_matches("*.example", "example"));
    cr_expect(!hf_policy_server_matches("*.example", "badexample"));
    cr_expect(hf_policy_server_matches("192.0.2.1", "192.0.2.1"));
    cr_expect(!hf_policy_server_matches("192.0.2.1", "192.0.2.10"));
}
