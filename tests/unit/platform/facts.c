/* Tests of the facts monitor (linux/facts.h), in a network namespace of the test's own. Without the
 * right to make one, the tests that change links are skipped. */
#include "linux/facts.h"
#include "ipc/channel.h"
#include "linux/netlink_socket.h"
#include "support/test.h"

#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[32], file[64], other[64];
static struct hf_netlink netlink;

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    cr_assert_not_null(f);
    cr_assert_geq(fputs(text, f), 0);
    cr_assert_eq(fclose(f), 0);
}

static void set_up(void)
{
    if (unshare(CLONE_NEWNET) != 0)
        cr_skip_test("needs root, for a network namespace");
    snprintf(folder, sizeof folder, "/tmp/hf-facts-XXXX%s", "XX");
    cr_assert_not_null(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/resolv.conf", folder);
    snprintf(other, sizeof other, "%s/other", folder);
    write_file(file, "nameserver 192.0.2.53\n");
    cr_assert_eq(hf_netlink_open(&netlink, NETLINK_ROUTE), HF_OK);
}

static void tear_down(struct hf_facts_monitor *monitor)
{
    hf_facts_monitor_free(monitor);
    hf_netlink_close(&netlink);
    unlink(file);
    unlink(other);
    rmdir(folder);
}

/* A pair of links, both up. */
static void add_pair(const char *a, const char *b)
{
    struct hf_netlink_message m;
    struct ifinfomsg *info;
    struct nlattr *outer, *inner, *peer;

    info = hf_netlink_begin(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *info);
    info->ifi_flags = info->ifi_change = IFF_UP;
    mnl_attr_put_strz(m.header, IFLA_IFNAME, a);
    outer = mnl_attr_nest_start(m.header, IFLA_LINKINFO);
    mnl_attr_put_strz(m.header, IFLA_INFO_KIND, "veth");
    inner = mnl_attr_nest_start(m.header, IFLA_INFO_DATA);
    peer = mnl_attr_nest_start(m.header, VETH_INFO_PEER);
    mnl_nlmsg_put_extra_header(m.header, sizeof *info);
    mnl_attr_put_strz(m.header, IFLA_IFNAME, b);
    mnl_attr_nest_end(m.header, peer);
    mnl_attr_nest_end(m.header, inner);
    mnl_attr_nest_end(m.header, outer);
    cr_assert_eq(hf_netlink_request(&netlink, &m), 0);
    info = hf_netlink_begin(&m, RTM_NEWLINK, 0, sizeof *info);
    info->ifi_flags = info->ifi_change = IFF_UP;
    mnl_attr_put_strz(m.header, IFLA_IFNAME, b);
    cr_assert_eq(hf_netlink_request(&netlink, &m), 0);
}

static void add_address(const char *link, const char *text, uint8_t bits)
{
    struct hf_netlink_message m;
    struct ifaddrmsg *info = hf_netlink_begin(&m, RTM_NEWADDR, NLM_F_CREATE, sizeof *info);
    hf_address address;

    cr_assert(hf_address_parse(hf_bytes_of_string(text), &address));
    info->ifa_family = hf_netlink_family(address.family);
    info->ifa_prefixlen = bits;
    info->ifa_index = if_nametoindex(link);
    hf_netlink_put_address(&m, IFA_LOCAL, &address);
    hf_netlink_put_address(&m, IFA_ADDRESS, &address);
    cr_assert_eq(hf_netlink_request(&netlink, &m), 0);
}

static struct hf_facts_monitor *monitor_new(void)
{
    struct hf_facts_monitor *monitor = NULL;

    cr_assert_eq(hf_facts_monitor_new(file, "hold0", &monitor), HF_OK);
    return monitor;
}

static bool has_on_link(const struct hf_facts_monitor *monitor, const char *text)
{
    const struct hf_network_facts *facts = hf_facts_monitor_facts(monitor);
    hf_prefix prefix;

    cr_assert(hf_prefix_parse(hf_bytes_of_string(text), &prefix));
    for (size_t i = 0; i < facts->on_link_count; i++) {
        if (hf_prefix_equal(&facts->on_link[i], &prefix))
            return true;
    }
    return false;
}

/* Events that end in the facts becoming what is wanted; the kernel sends several. */
static bool changes(struct hf_facts_monitor *monitor)
{
    while (hf_ipc_wait(hf_facts_monitor_fd(monitor), 2000) == HF_OK) {
        if (hf_facts_monitor_handle(monitor))
            return true;
    }
    return false;
}

static bool first_server_is(const struct hf_facts_monitor *monitor, const char *text)
{
    const struct hf_network_facts *facts = hf_facts_monitor_facts(monitor);
    hf_address address;

    cr_assert(hf_address_parse(hf_bytes_of_string(text), &address));
    return facts->resolver_count == 1 && hf_address_equal(&facts->resolvers[0].address, &address);
}

Test(facts, a_host_without_links_is_offline, .init = set_up)
{
    struct hf_facts_monitor *monitor = monitor_new();

    cr_expect_not(hf_facts_monitor_facts(monitor)->online);
    cr_expect_eq(hf_facts_monitor_facts(monitor)->on_link_count, 0);
    cr_expect(first_server_is(monitor, "192.0.2.53"));
    tear_down(monitor);
}

Test(facts, an_address_on_a_link_makes_it_online, .init = set_up)
{
    struct hf_facts_monitor *monitor = monitor_new();

    add_pair("a0", "a1");
    add_address("a0", "192.0.2.7", 24);
    cr_expect(changes(monitor));
    while (!hf_facts_monitor_facts(monitor)->online && changes(monitor))
        ;
    cr_expect(hf_facts_monitor_facts(monitor)->online);
    cr_expect(has_on_link(monitor, "192.0.2.0/24"));
    tear_down(monitor);
}

Test(facts, our_own_link_and_loopback_are_no_uplinks, .init = set_up)
{
    struct hf_facts_monitor *monitor;

    add_pair("hold0", "a1");
    add_address("hold0", "10.9.0.2", 24);
    add_address("lo", "198.51.100.1", 32);
    monitor = monitor_new();
    cr_expect_not(hf_facts_monitor_facts(monitor)->online);
    cr_expect_not(has_on_link(monitor, "10.9.0.0/24"));
    cr_expect_not(has_on_link(monitor, "198.51.100.1/32"));
    tear_down(monitor);
}

Test(facts, more_addresses_than_fit_are_left_out, .init = set_up)
{
    struct hf_facts_monitor *monitor;

    add_pair("a0", "a1");
    for (int i = 0; i < HF_PLAN_ROUTES; i++) {
        char text[HF_ADDRESS_TEXT_MAX];

        snprintf(text, sizeof text, "198.51.%d.1", i);
        add_address("a0", text, 24);
    }
    monitor = monitor_new();
    cr_expect_eq(hf_facts_monitor_facts(monitor)->on_link_count, 16);
    cr_expect(hf_facts_monitor_facts(monitor)->online);
    tear_down(monitor);
}

Test(facts, a_replaced_and_a_rewritten_resolver_file_is_noticed, .init = set_up)
{
    struct hf_facts_monitor *monitor = monitor_new();

    write_file(other, "nameserver 192.0.2.54\n");
    cr_assert_eq(rename(other, file), 0);
    cr_expect(changes(monitor));
    cr_expect(first_server_is(monitor, "192.0.2.54"));
    write_file(file, "nameserver 192.0.2.55\n");
    while (!first_server_is(monitor, "192.0.2.55") && changes(monitor))
        ;
    cr_expect(first_server_is(monitor, "192.0.2.55"));
    tear_down(monitor);
}

Test(facts, what_is_written_into_a_file_beside_it_wakes_nobody, .init = set_up)
{
    struct hf_facts_monitor *monitor;
    struct pollfd events = { .events = POLLIN };

    write_file(other, "one\n");
    monitor = monitor_new();
    events.fd = hf_facts_monitor_fd(monitor);
    while (poll(&events, 1, 50) > 0)
        (void)hf_facts_monitor_handle(monitor);
    write_file(other, "two\n");
    cr_expect_eq(poll(&events, 1, 50), 0);
    tear_down(monitor);
}

Test(facts, servers_on_this_host_are_left_out, .init = set_up)
{
    struct hf_facts_monitor *monitor;

    write_file(file, "nameserver 127.0.0.1\nnameserver ::1\nnameserver 192.0.2.53\n"
                     "nameserver 2001:db8::53\n");
    monitor = monitor_new();
    cr_expect_eq(hf_facts_monitor_facts(monitor)->resolver_count, 2);
    tear_down(monitor);
}

static void add_default_route(const char *link, const char *router)
{
    struct hf_netlink_message m;
    struct rtmsg *route = hf_netlink_begin(&m, RTM_NEWROUTE, NLM_F_CREATE, sizeof *route);
    hf_address address;

    cr_assert(hf_address_parse(hf_bytes_of_string(router), &address));
    route->rtm_family = AF_INET;
    route->rtm_table = RT_TABLE_MAIN;
    route->rtm_protocol = RTPROT_STATIC;
    route->rtm_type = RTN_UNICAST;
    mnl_attr_put(m.header, RTA_GATEWAY, 4, address.octets);
    mnl_attr_put_u32(m.header, RTA_OIF, if_nametoindex(link));
    cr_assert_eq(hf_netlink_request(&netlink, &m), 0);
}

Test(facts, the_interface_is_that_of_the_default_route, .init = set_up)
{
    struct hf_facts_monitor *monitor;

    add_pair("a0", "b0");
    add_address("a0", "192.0.2.2", 24);
    monitor = monitor_new();
    cr_expect_eq(hf_facts_monitor_facts(monitor)->interface, HF_INTERFACE_ANY);
    while (hf_facts_monitor_handle(monitor))
        ;
    add_default_route("a0", "192.0.2.1");
    cr_expect(changes(monitor), "a route wakes it");
    cr_expect_eq(hf_facts_monitor_facts(monitor)->interface, HF_INTERFACE_ETHERNET);
    tear_down(monitor);
}

Test(facts, a_search_domain_is_noticed, .init = set_up)
{
    struct hf_facts_monitor *monitor = monitor_new();

    write_file(other, "search corp.example\nnameserver 192.0.2.53\n");
    cr_assert_eq(rename(other, file), 0);
    cr_expect(changes(monitor));
    cr_assert_eq(hf_facts_monitor_facts(monitor)->domain_count, 1);
    cr_expect_str_eq(hf_facts_monitor_facts(monitor)->domains[0], "corp.example");
    tear_down(monitor);
}

Test(facts, nothing_changed_is_said_so, .init = set_up)
{
    struct hf_facts_monitor *monitor = monitor_new();

    cr_expect_not(hf_facts_monitor_handle(monitor));
    tear_down(monitor);
}
