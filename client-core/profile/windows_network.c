/* Routes, traffic filters and name resolution rules of a ProfileXML. */
#include "profile/windows.h"

#include "profile/text.h"

#include <string.h>

/* Each key inside is noted by `table`; the values themselves are read by name. */
static hf_status note_keys(struct hf_walk *w, const struct hf_node *value,
                           const struct hf_walk_table *table)
{
    return value->kind == HF_NODE_OBJECT ? hf_walk(w, value, table) : HF_ERR_PROFILE_INVALID;
}

/* --- Route -------------------------------------------------------------------------------------
 */
static const struct hf_walk_row route_rows[] = {
    HF_WALK_NOTE("Address", APPLIED, ""),
    HF_WALK_NOTE("PrefixSize", APPLIED, ""),
    HF_WALK_NOTE("ExclusionRoute", APPLIED, ""),
    HF_WALK_NOTE("Metric", HARMLESS, "the tunnel's routes win, whatever their metric"),
};
const struct hf_walk_table hf_windows_route_table = HF_WALK_TABLE(route_rows);

static bool route_of(const struct hf_node *value, hf_prefix *out)
{
    hf_address address;
    uint32_t bits;

    if (!hf_address_parse(hf_node_text(hf_node_get(value, "Address")), &address) ||
        !hf_node_number(hf_node_get(value, "PrefixSize"), &bits) ||
        bits > hf_family_octets(address.family) * 8)
        return false;
    *out = (hf_prefix){ .address = address, .bits = (uint8_t)bits };
    out->address = hf_prefix_first(out);
    return true;
}

hf_status hf_windows_route(struct hf_walk *w, const struct hf_walk_row *row,
                           const struct hf_node *value)
{
    struct hf_profile *profile = &w->out->profile;
    const struct hf_node *exclusion = hf_node_get(value, "ExclusionRoute");
    bool exclude = false;
    hf_prefix prefix;
    hf_status status = note_keys(w, value, row->inside);

    if (status != HF_OK)
        return status;
    if (!route_of(value, &prefix) || (exclusion != NULL && !hf_node_bool(exclusion, &exclude)))
        return hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, NULL,
                              "Address, PrefixSize and perhaps ExclusionRoute");
    if ((exclude ? profile->exclude_count : profile->include_count) == HF_PROFILE_PREFIXES)
        return hf_walk_refuse(w, HF_ERR_PROFILE_UNSUPPORTED, NULL, "64 routes at most");
    if (exclude)
        profile->exclude[profile->exclude_count++] = prefix;
    else
        profile->include[profile->include_count++] = prefix;
    return HF_OK;
}

/* --- TrafficFilter -----------------------------------------------------------------------------
 */
static hf_status apply_app(struct hf_walk *w, const struct hf_walk_row *row,
                           const struct hf_node *value)
{
    const struct hf_windows *windows = w->state;

    (void)row, (void)value;
    if (windows->lock_down)
        return hf_walk_refuse(
            w, HF_ERR_PROFILE_UNSUPPORTED, NULL,
            "filters by address and port; LockDown with filters by program cannot be kept");
    return HF_ERR_PROFILE_UNSUPPORTED;
}

static hf_status apply_direction(struct hf_walk *w, const struct hf_walk_row *row,
                                 const struct hf_node *value)
{
    struct hf_profile *profile = &w->out->profile;

    (void)row;
    if (!hf_node_is_text(value, "Inbound") && !hf_node_is_text(value, "Outbound"))
        return HF_ERR_PROFILE_INVALID;
    profile->filters[profile->filter_count].inbound = hf_node_is_text(value, "Inbound");
    return HF_OK;
}

static hf_status apply_protocol(struct hf_walk *w, const struct hf_walk_row *row,
                                const struct hf_node *value)
{
    struct hf_profile *profile = &w->out->profile;
    uint32_t protocol;

    (void)row;
    if (!hf_node_number(value, &protocol) || protocol > 255)
        return HF_ERR_PROFILE_INVALID;
    profile->filters[profile->filter_count].protocol = (uint16_t)protocol;
    return HF_OK;
}

static hf_status apply_addresses(struct hf_walk *w, const struct hf_node *value, hf_prefix *list,
                                 size_t *count)
{
    hf_bytes rest = hf_node_text(value), part;
    hf_status status = HF_OK;

    while (status == HF_OK && hf_text_next(&rest, ",;", &part)) {
        if (hf_bytes_equal(part, hf_bytes_of_string("*"))) {
            *count = 0;
            return HF_OK;
        }
        status = hf_walk_add_prefixes(part, list, HF_PROFILE_FILTER_ENTRIES, count);
    }
    if (status == HF_ERR_TOO_LARGE)
        return hf_walk_refuse(w, HF_ERR_PROFILE_UNSUPPORTED, NULL,
                              "8 networks at most in one filter");
    return status;
}

static hf_status apply_remote(struct hf_walk *w, const struct hf_walk_row *row,
                              const struct hf_node *value)
{
    struct hf_profile_filter *filter = &w->out->profile.filters[w->out->profile.filter_count];

    (void)row;
    return apply_addresses(w, value, filter->remote, &filter->remote_count);
}

static hf_status apply_local(struct hf_walk *w, const struct hf_walk_row *row,
                             const struct hf_node *value)
{
    struct hf_profile_filter *filter = &w->out->profile.filters[w->out->profile.filter_count];

    (void)row;
    return apply_addresses(w, value, filter->local, &filter->local_count);
}

static hf_status apply_ports(struct hf_walk *w, const struct hf_node *value,
                             struct hf_profile_ports *list, size_t *count)
{
    hf_bytes rest = hf_node_text(value), part;

    while (hf_text_next(&rest, ",;", &part)) {
        if (hf_bytes_equal(part, hf_bytes_of_string("*"))) {
            *count = 0;
            return HF_OK;
        }
        if (*count == HF_PROFILE_FILTER_ENTRIES)
            return hf_walk_refuse(w, HF_ERR_PROFILE_UNSUPPORTED, NULL,
                                  "8 port ranges at most in one filter");
        if (!hf_profile_ports_parse(part, &list[*count]))
            return HF_ERR_PROFILE_INVALID;
        (*count)++;
    }
    return HF_OK;
}

static hf_status apply_remote_ports(struct hf_walk *w, const struct hf_walk_row *row,
                                    const struct hf_node *value)
{
    struct hf_profile_filter *filter = &w->out->profile.filters[w->out->profile.filter_count];

    (void)row;
    return apply_ports(w, value, filter->remote_ports, &filter->remote_port_count);
}

static hf_status apply_local_ports(struct hf_walk *w, const struct hf_walk_row *row,
                                   const struct hf_node *value)
{
    struct hf_profile_filter *filter = &w->out->profile.filters[w->out->profile.filter_count];

    (void)row;
    return apply_ports(w, value, filter->local_ports, &filter->local_port_count);
}

#define ADDRESSES "networks, addresses or ranges of addresses"
#define PORTS     "ports or ranges of ports"
static const struct hf_walk_row filter_rows[] = {
    HF_WALK_APPLY("App", apply_app, UNSUPPORTED, "the filter applies to every program"),
    HF_WALK_NOTE("Claims", UNSUPPORTED, "the filter applies to every user"),
    HF_WALK_APPLY("Protocol", apply_protocol, UNSUPPORTED, "0 to 255"),
    HF_WALK_APPLY("LocalPortRanges", apply_local_ports, UNSUPPORTED, PORTS),
    HF_WALK_APPLY("RemotePortRanges", apply_remote_ports, UNSUPPORTED, PORTS),
    HF_WALK_APPLY("LocalAddressRanges", apply_local, UNSUPPORTED, ADDRESSES),
    HF_WALK_APPLY("RemoteAddressRanges", apply_remote, UNSUPPORTED, ADDRESSES),
    HF_WALK_NOTE("RoutingPolicyType", UNSUPPORTED,
                 "routes are those of the profile, for every program"),
    HF_WALK_APPLY("Direction", apply_direction, UNSUPPORTED, "Inbound or Outbound"),
};
const struct hf_walk_table hf_windows_filter_table = HF_WALK_TABLE(filter_rows);

hf_status hf_windows_filter(struct hf_walk *w, const struct hf_walk_row *row,
                            const struct hf_node *value)
{
    struct hf_profile *profile = &w->out->profile;
    hf_status status;

    if (profile->filter_count == HF_PROFILE_FILTERS)
        return hf_walk_refuse(w, HF_ERR_PROFILE_UNSUPPORTED, NULL, "16 traffic filters at most");
    profile->filters[profile->filter_count] = (struct hf_profile_filter){ .inbound = false };
    status = note_keys(w, value, row->inside);
    if (status == HF_OK)
        profile->filter_count++;
    return status;
}

/* --- DomainNameInformation ---------------------------------------------------------------------
 */
static const struct hf_walk_row names_rows[] = {
    HF_WALK_NOTE("DomainName", APPLIED, ""),
    HF_WALK_NOTE("DnsServers", APPLIED, ""),
    HF_WALK_NOTE("WebProxyServers", UNSUPPORTED, "proxies are not set"),
    HF_WALK_APPLY("AutoTrigger", hf_walk_only_off, UNSUPPORTED,
                  "a name that is asked for starts no connection"),
    HF_WALK_APPLY("Persistent", hf_walk_only_off, UNSUPPORTED, "the rule holds while connected"),
};
const struct hf_walk_table hf_windows_names_table = HF_WALK_TABLE(names_rows);

static bool add_servers(const struct hf_node *value, struct hf_profile_split *split, bool *out_cut)
{
    hf_bytes rest = hf_node_text(hf_node_get(value, "DnsServers")), part;

    while (hf_text_next(&rest, ",; ", &part)) {
        hf_address address;

        if (!hf_address_parse(part, &address))
            return false;
        *out_cut |= split->resolver_count == HF_ARRAY_LEN(split->resolvers);
        if (split->resolver_count < HF_ARRAY_LEN(split->resolvers))
            split->resolvers[split->resolver_count++] = address;
    }
    return true;
}

/* A rule for ".": the servers answer for every name. */
static hf_status take_all_names(struct hf_walk *w, const struct hf_profile_split *split)
{
    struct hf_profile *profile = &w->out->profile;

    for (size_t i = 0; i < split->resolver_count; i++) {
        if (profile->resolver_count < HF_PROFILE_RESOLVERS)
            profile->resolvers[profile->resolver_count++] = split->resolvers[i];
    }
    return hf_walk_note(w, HF_NOTICE_APPLIED, "every name is asked there");
}

/* "a.example;b.example" is two rules in files of the field; the schema has one name. */
hf_status hf_windows_names(struct hf_walk *w, const struct hf_walk_row *row,
                           const struct hf_node *value)
{
    struct hf_profile *profile = &w->out->profile;
    struct hf_profile_split split = { .resolver_count = 0 };
    hf_bytes name = hf_node_text(hf_node_get(value, "DomainName"));
    bool is_cut = false;
    hf_status status = note_keys(w, value, row->inside);

    if (status == HF_OK && !add_servers(value, &split, &is_cut))
        return hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, NULL,
                              "DnsServers: addresses with commas between");
    if (status == HF_OK && is_cut)
        status = hf_walk_note(w, HF_NOTICE_UNSUPPORTED, "the first four servers are used");
    if (status != HF_OK)
        return status;
    if (split.resolver_count == 0)
        return hf_walk_note(w, HF_NOTICE_UNSUPPORTED,
                            "names cannot be kept out of the tunnel one by one");
    if (hf_bytes_equal(name, hf_bytes_of_string(".")))
        return take_all_names(w, &split);
    split.exact = name.len > 0 && name.data[0] != '.';
    if (!split.exact && name.len > 0)
        name = hf_bytes_slice(name, 1, name.len - 1);
    if (!hf_text_is_host_name(name) || !hf_text_copy(name, split.domain, sizeof split.domain))
        return hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, NULL,
                              "DomainName: a name, or a suffix with a dot in front");
    if (profile->split_count == HF_PROFILE_SPLITS)
        return hf_walk_note(w, HF_NOTICE_UNSUPPORTED, "16 rules at most");
    profile->splits[profile->split_count++] = split;
    return HF_OK;
}

/* In a full tunnel every name is asked inside it, so a rule's servers can only be further
 * resolvers. */
static hf_status join_names(struct hf_walk *w)
{
    struct hf_profile *profile = &w->out->profile;

    for (size_t i = 0; i < profile->split_count; i++) {
        for (size_t k = 0; k < profile->splits[i].resolver_count; k++) {
            bool known = false;

            for (size_t n = 0; n < profile->resolver_count; n++)
                known |= hf_address_equal(&profile->resolvers[n], &profile->splits[i].resolvers[k]);
            if (!known && profile->resolver_count < HF_PROFILE_RESOLVERS)
                profile->resolvers[profile->resolver_count++] = profile->splits[i].resolvers[k];
        }
    }
    profile->split_count = 0;
    return hf_walk_note_key(
        w, "DomainNameInformation", HF_NOTICE_UNSUPPORTED,
        "all traffic goes through the tunnel: these servers answer for every name");
}

hf_status hf_windows_network_finish(struct hf_walk *w)
{
    struct hf_profile *profile = &w->out->profile;
    const struct hf_windows *windows = w->state;
    hf_status status = HF_OK;

    profile->split = windows->split;
    if (!windows->split && profile->include_count != 0) {
        profile->include_count = 0;
        status = hf_walk_note_key(w, "Route", HF_NOTICE_HARMLESS,
                                  "all traffic goes through the tunnel already");
    }
    if (status == HF_OK && !windows->split && profile->split_count != 0)
        status = join_names(w);
    if (status == HF_OK && windows->split && !windows->no_class_route &&
        profile->include_count != 0)
        status = hf_walk_note_key(
            w, "NativeProfile.DisableClassBasedDefaultRoute", HF_NOTICE_UNSUPPORTED,
            "no route is made up from the class of the inner address: list it if it is needed");
    return status;
}
