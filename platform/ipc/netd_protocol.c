/* Bodies of netd's messages: see netd_protocol.h. What is written must be what is read: a list is a
 * count and its entries. */
#include "ipc/netd_protocol.h"

#include "ipc/values.h"

static void write_prefixes(hf_writer *w, const hf_prefix *list, size_t count)
{
    hf_ipc_write_below(w, count, HF_PLAN_ROUTES + 1);
    for (size_t i = 0; i < count; i++)
        hf_ipc_write_prefix(w, &list[i]);
}

static bool read_prefixes(hf_reader *r, size_t max, hf_prefix *list, size_t *count)
{
    if (!hf_ipc_read_below(r, max + 1, count))
        return false;
    for (size_t i = 0; i < *count; i++) {
        if (!hf_ipc_read_prefix(r, &list[i]))
            return false;
    }
    return true;
}

static void write_addresses(hf_writer *w, const hf_address *list, size_t count)
{
    hf_ipc_write_below(w, count, HF_PLAN_RESOLVERS + 1);
    for (size_t i = 0; i < count; i++)
        hf_ipc_write_address(w, &list[i]);
}

static bool read_addresses(hf_reader *r, size_t max, hf_address *list, size_t *count)
{
    if (!hf_ipc_read_below(r, max + 1, count))
        return false;
    for (size_t i = 0; i < *count; i++) {
        if (!hf_ipc_read_address(r, &list[i]))
            return false;
    }
    return true;
}

static void write_firewall(hf_writer *w, const struct hf_plan_firewall *firewall)
{
    hf_ipc_write_bool(w, firewall->block);
    hf_ipc_write_below(w, firewall->mode, HF_LOCK_OFF + 1);
    hf_ipc_write_below(w, firewall->state, HF_CONN_STATE_COUNT);
    hf_ipc_write_bool(w, firewall->allow_lan);
    write_addresses(w, firewall->gateways, firewall->gateway_count);
    hf_ipc_write_below(w, firewall->gateway_port_count, HF_ARRAY_LEN(firewall->gateway_ports) + 1);
    for (size_t i = 0; i < firewall->gateway_port_count; i++)
        hf_write_u16(w, firewall->gateway_ports[i]);
    hf_ipc_write_below(w, firewall->resolver_count, HF_PLAN_ENDPOINTS + 1);
    for (size_t i = 0; i < firewall->resolver_count; i++)
        hf_ipc_write_endpoint(w, &firewall->resolvers[i]);
    write_prefixes(w, firewall->protected_prefixes, firewall->protected_count);
}

static bool read_holes(hf_reader *r, struct hf_plan_firewall *out)
{
    if (!read_addresses(r, HF_PLAN_ENDPOINTS, out->gateways, &out->gateway_count) ||
        !hf_ipc_read_below(r, HF_ARRAY_LEN(out->gateway_ports) + 1, &out->gateway_port_count))
        return false;
    for (size_t i = 0; i < out->gateway_port_count; i++) {
        if (!hf_read_u16(r, &out->gateway_ports[i]))
            return false;
    }
    if (!hf_ipc_read_below(r, HF_PLAN_ENDPOINTS + 1, &out->resolver_count))
        return false;
    for (size_t i = 0; i < out->resolver_count; i++) {
        if (!hf_ipc_read_endpoint(r, &out->resolvers[i]))
            return false;
    }
    return true;
}

static bool read_firewall(hf_reader *r, struct hf_plan_firewall *out)
{
    size_t mode, state;

    if (!hf_ipc_read_bool(r, &out->block) || !hf_ipc_read_below(r, HF_LOCK_OFF + 1, &mode) ||
        !hf_ipc_read_below(r, HF_CONN_STATE_COUNT, &state) ||
        !hf_ipc_read_bool(r, &out->allow_lan) || !read_holes(r, out))
        return false;
    out->mode = (enum hf_lock_mode)mode;
    out->state = (enum hf_conn_state)state;
    return read_prefixes(r, HF_PLAN_ROUTES, out->protected_prefixes, &out->protected_count);
}

void hf_plan_encode(hf_writer *w, const struct hf_plan *plan)
{
    hf_ipc_write_bool(w, plan->tunnel);
    hf_ipc_write_text(w, plan->tun_name);
    hf_write_u16(w, plan->mtu_bytes);
    write_prefixes(w, plan->addresses, plan->address_count);
    write_prefixes(w, plan->routes, plan->route_count);
    write_prefixes(w, plan->excluded, plan->excluded_count);
    write_addresses(w, plan->resolvers, plan->resolver_count);
    hf_ipc_write_below(w, plan->domain_count, HF_PLAN_DOMAINS + 1);
    for (size_t i = 0; i < plan->domain_count; i++)
        hf_ipc_write_text(w, plan->domains[i]);
    write_firewall(w, &plan->firewall);
}

static bool read_domains(hf_reader *r, struct hf_plan *out)
{
    if (!hf_ipc_read_below(r, HF_PLAN_DOMAINS + 1, &out->domain_count))
        return false;
    for (size_t i = 0; i < out->domain_count; i++) {
        if (!hf_ipc_read_text(r, out->domains[i], sizeof out->domains[i]))
            return false;
    }
    return true;
}

hf_status hf_plan_decode(hf_reader *r, struct hf_plan *out)
{
    hf_reader cursor = *r;
    struct hf_plan plan = { 0 };

    if (!hf_ipc_read_bool(&cursor, &plan.tunnel) ||
        !hf_ipc_read_text(&cursor, plan.tun_name, sizeof plan.tun_name) ||
        !hf_read_u16(&cursor, &plan.mtu_bytes) ||
        !read_prefixes(&cursor, HF_PLAN_ADDRESSES, plan.addresses, &plan.address_count) ||
        !read_prefixes(&cursor, HF_PLAN_ROUTES, plan.routes, &plan.route_count) ||
        !read_prefixes(&cursor, HF_PLAN_ROUTES, plan.excluded, &plan.excluded_count) ||
        !read_addresses(&cursor, HF_PLAN_RESOLVERS, plan.resolvers, &plan.resolver_count) ||
        !read_domains(&cursor, &plan) || !read_firewall(&cursor, &plan.firewall) ||
        hf_plan_check(&plan) != HF_OK)
        return HF_ERR_MALFORMED;
    *out = plan;
    *r = cursor;
    return HF_OK;
}

void hf_netd_hello_encode(hf_writer *w, const struct hf_netd_hello *hello)
{
    hf_write_u16(w, hello->version);
    hf_write_bytes(w, HF_BYTES_OF(hello->boot_id));
    hf_ipc_write_below(w, hello->least_lock, HF_LOCK_OFF + 1);
    hf_ipc_write_bool(w, hello->floor_damaged);
    hf_plan_encode(w, &hello->plan);
}

hf_status hf_netd_hello_decode(hf_reader *r, struct hf_netd_hello *out)
{
    struct hf_netd_hello hello;
    size_t lock;

    if (!hf_read_u16(r, &hello.version) || !hf_read_copy(r, hello.boot_id, sizeof hello.boot_id) ||
        !hf_ipc_read_below(r, HF_LOCK_OFF + 1, &lock) ||
        !hf_ipc_read_bool(r, &hello.floor_damaged) || hf_plan_decode(r, &hello.plan) != HF_OK)
        return HF_ERR_MALFORMED;
    hello.least_lock = (enum hf_lock_mode)lock;
    *out = hello;
    return HF_OK;
}

void hf_netd_notice_encode(hf_writer *w, const struct hf_netd_notice *notice)
{
    hf_ipc_write_below(w, notice->event, HF_NETD_EVENT_COUNT);
    hf_write_u32(w, notice->pid);
    hf_write_u32(w, notice->wait_status);
}

hf_status hf_netd_notice_decode(hf_reader *r, struct hf_netd_notice *out)
{
    struct hf_netd_notice notice;
    size_t event;

    if (!hf_ipc_read_below(r, HF_NETD_EVENT_COUNT, &event) || !hf_read_u32(r, &notice.pid) ||
        !hf_read_u32(r, &notice.wait_status))
        return HF_ERR_MALFORMED;
    notice.event = (enum hf_netd_event)event;
    *out = notice;
    return HF_OK;
}
