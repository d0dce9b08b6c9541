/* Traffic selectors asked for and narrowed (ikev2/narrow.h). */
#include "ikev2/narrow.h"

#include "support/test.h"

static hf_selector of(const char *prefix)
{
    hf_prefix parsed;

    cr_assert(hf_prefix_parse(hf_bytes_of_string(prefix), &parsed));
    return hf_selector_of_prefix(&parsed);
}

static hf_prefix assigned(const char *address)
{
    hf_prefix prefix;

    cr_assert(hf_prefix_parse(hf_bytes_of_string(address), &prefix));
    return prefix;
}

Test(narrow, asks_for_everything_of_the_wanted_families)
{
    struct hf_ikev2_sa_config config = { .want_ip4 = true };
    struct hf_selectors asked;

    hf_ikev2_narrow_request(&config, &asked);
    cr_assert_eq(asked.local_count, 1);
    cr_assert_eq(asked.remote_count, 1);
    cr_expect_eq(asked.local[0].first.family, HF_FAMILY_V4);
    config.want_ip6 = true;
    hf_ikev2_narrow_request(&config, &asked);
    cr_expect_eq(asked.local_count, 2);
    cr_expect_eq(asked.remote_count, 2);
}

Test(narrow, asks_for_the_profiles_remote_networks)
{
    hf_selector networks[] = { of("10.1.0.0/16"), of("2001:db8::/32") };
    struct hf_ikev2_sa_config config = { .want_ip4 = true,
                                         .remote_ts = networks,
                                         .remote_ts_count = 2 };
    struct hf_selectors asked;

    hf_ikev2_narrow_request(&config, &asked);
    cr_assert_eq(asked.remote_count, 2);
    cr_expect(hf_selector_equal(&asked.remote[0], &networks[0]));
    cr_expect(hf_selector_equal(&asked.remote[1], &networks[1]));
}

Test(narrow, takes_a_subset_and_nothing_else)
{
    hf_selector asked[] = { of("10.0.0.0/8"), of("192.0.2.0/24") };
    hf_selector inside[] = { of("10.1.0.0/16"), of("192.0.2.7/32"), of("10.0.0.0/8") };
    hf_selector wider[] = { of("10.1.0.0/16"), of("192.0.0.0/16") };

    cr_expect(hf_ikev2_narrow_is_within(inside, 3, asked, 2));
    cr_expect_not(hf_ikev2_narrow_is_within(wider, 2, asked, 2));
    cr_expect_not(hf_ikev2_narrow_is_within(inside, 0, asked, 2)); /* nothing left */
    cr_expect_not(hf_ikev2_narrow_is_within(inside, 1, asked, 0));
}

Test(narrow, intersects_addresses_protocols_and_ports)
{
    hf_selector a = of("10.0.0.0/8"), b = of("10.1.0.0/16"), out[HF_SELECTORS_MAX];

    a.protocol = 6;
    a.first_port = 100;
    b.last_port = 200;
    cr_assert_eq(hf_ikev2_narrow_intersect(&a, 1, &b, 1, out), 1);
    cr_expect(hf_address_equal(&out[0].first, &b.first));
    cr_expect(hf_address_equal(&out[0].last, &b.last));
    cr_expect_eq(out[0].protocol, 6);
    cr_expect_eq(out[0].first_port, 100);
    cr_expect_eq(out[0].last_port, 200);
    b.protocol = 17;
    cr_expect_eq(hf_ikev2_narrow_intersect(&a, 1, &b, 1, out), 0);
    b.protocol = 0;
    b.last_port = 99;
    cr_expect_eq(hf_ikev2_narrow_intersect(&a, 1, &b, 1, out), 0);
    b = of("11.0.0.0/8");
    cr_expect_eq(hf_ikev2_narrow_intersect(&a, 1, &b, 1, out), 0);
    b = of("2001:db8::/32");
    cr_expect_eq(hf_ikev2_narrow_intersect(&a, 1, &b, 1, out), 0);
}

Test(narrow, many_by_many_stays_within_the_bound)
{
    hf_selector many[HF_SELECTORS_MAX], out[HF_SELECTORS_MAX];

    for (size_t i = 0; i < HF_SELECTORS_MAX; i++)
        many[i] = hf_selector_any(HF_FAMILY_V4);
    cr_expect_eq(hf_ikev2_narrow_intersect(many, HF_SELECTORS_MAX, many, HF_SELECTORS_MAX, out),
                 HF_SELECTORS_MAX);
}

Test(narrow, cuts_the_local_side_to_the_assigned_addresses)
{
    struct hf_selectors selectors = { .local_count = 2 };
    struct hf_ikev2_configuration config = { .ip4 = assigned("10.99.0.2") };
    hf_selector host = of("10.99.0.2/32");

    selectors.local[0] = hf_selector_any(HF_FAMILY_V4);
    selectors.local[1] = hf_selector_any(HF_FAMILY_V6);
    cr_assert(hf_ikev2_narrow_to_assigned(&selectors, &config));
    cr_assert_eq(selectors.local_count, 1);
    cr_expect(hf_selector_equal(&selectors.local[0], &host));
}

Test(narrow, refuses_selectors_without_the_assigned_address)
{
    struct hf_selectors selectors = { .local_count = 1 };
    struct hf_ikev2_configuration config = { .ip4 = assigned("10.99.0.2") }, none = { 0 };

    selectors.local[0] = of("10.98.0.0/16");
    cr_expect_not(hf_ikev2_narrow_to_assigned(&selectors, &config));
    cr_expect(hf_ikev2_narrow_to_assigned(&selectors, &none)); /* no address was asked for */
    cr_expect_eq(selectors.local_count, 1);
}
