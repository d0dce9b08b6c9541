/* Limits of a connection: see session_limits.h. */
#include "daemon/session_limits.h"

#include "daemon/clock.h"

#include <glib.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>

#define ADDRESSES_MAX 64

struct hf_session_limits {
    struct hf_driver *driver;
    const struct hf_policy_files *policy;
    const struct hf_session_limits_events *events;
    void *context;
    guint timer;
    hf_time began; /* when the connection that is wanted was first seen to be up; 0: not yet */
};

/* --- where and when --------------------------------------------------------------------------- */
static bool address_of(const struct sockaddr *from, hf_address *out)
{
    const struct sockaddr_in *ip4 = (const void *)from;
    const struct sockaddr_in6 *ip6 = (const void *)from;

    if (from->sa_family == AF_INET)
        return hf_address_of_octets((hf_bytes){ (const uint8_t *)&ip4->sin_addr, 4 }, out);
    return from->sa_family == AF_INET6 &&
           hf_address_of_octets((hf_bytes){ (const uint8_t *)&ip6->sin6_addr, 16 }, out);
}

/* The tunnel's own address proves nothing about where the machine is. */
static bool is_outer(const struct ifaddrs *entry)
{
    return entry->ifa_addr != NULL && (entry->ifa_flags & IFF_LOOPBACK) == 0 &&
           strcmp(entry->ifa_name, HF_TUN_NAME) != 0;
}

static size_t find_addresses(hf_address out[ADDRESSES_MAX])
{
    struct ifaddrs *list;
    size_t count = 0;

    if (getifaddrs(&list) != 0)
        return 0;
    for (const struct ifaddrs *at = list; at != NULL && count < ADDRESSES_MAX; at = at->ifa_next) {
        if (is_outer(at) && address_of(at->ifa_addr, &out[count]))
            count++;
    }
    freeifaddrs(list);
    return count;
}

hf_status hf_session_limits_check_place(const struct hf_policy *policy, struct hf_fault *out_fault)
{
    hf_address addresses[ADDRESSES_MAX];
    struct hf_policy_place place = { .addresses = addresses };
    time_t now = time(NULL);
    struct tm local;

    place.address_count = find_addresses(addresses);
    if (localtime_r(&now, &local) != NULL) {
        place.weekday = (unsigned)local.tm_wday;
        place.minute = (unsigned)(local.tm_hour * 60 + local.tm_min);
    }
    return hf_policy_check_place(policy, &place, out_fault);
}

/* --- how long --------------------------------------------------------------------------------- */
static hf_status exceed(struct hf_fault *fault, const char *key, const char *origin)
{
    *fault = hf_fault_make(HF_ERR_POLICY, HF_STAGE_TUNNEL);
    hf_fault_set_text(fault->offered, hf_bytes_of_string(key));
    hf_fault_set_text(fault->received, hf_bytes_of_string(origin));
    return HF_ERR_POLICY;
}

hf_status hf_session_limits_check_age(const struct hf_policy *policy, hf_duration age,
                                      hf_duration silence, hf_duration idle_limit,
                                      struct hf_fault *out_fault)
{
    hf_duration most = HF_MINUTES(hf_policy_number(policy, HF_POLICY_SESSION_MINUTES_MAX, 0));

    if (most != 0 && age >= most)
        return exceed(out_fault, hf_policy_key_name(HF_POLICY_SESSION_MINUTES_MAX),
                      hf_policy_origin(policy, HF_POLICY_SESSION_MINUTES_MAX));
    if (idle_limit != 0 && silence >= idle_limit)
        return exceed(out_fault, "idle-limit", "the profile, or a policy");
    return HF_OK;
}

/* A tunnel that was lost and made again is one session. */
static hf_duration age_of(struct hf_session_limits *limits,
                          const struct hf_supervisor_status *status, hf_time now)
{
    if (!status->wanted)
        limits->began = 0;
    else if (limits->began == 0 && status->state == HF_CONN_CONNECTED)
        limits->began = now;
    return limits->began == 0 ? 0 : hf_time_since(now, limits->began);
}

static hf_duration silence_of(const struct hf_driver_view *view, hf_duration age, hf_time now)
{
    hf_time last = view->counters.last_received > view->counters.last_sent
                       ? view->counters.last_received
                       : view->counters.last_sent;

    return last == 0 ? age : hf_time_since(now, last);
}

static hf_status check(struct hf_session_limits *limits, const struct hf_driver_view *view,
                       struct hf_fault *fault)
{
    const struct hf_policy *policy = hf_policy_files_policy(limits->policy);
    hf_time now = hf_clock_now();
    hf_duration age = age_of(limits, &view->status, now);
    hf_status status;

    if (!view->status.wanted)
        return HF_OK;
    status = hf_session_limits_check_place(policy, fault);
    if (status != HF_OK || view->status.state != HF_CONN_CONNECTED)
        return status;
    return hf_session_limits_check_age(policy, age, silence_of(view, age, now), view->idle_limit,
                                       fault);
}

static gboolean look(gpointer data)
{
    struct hf_session_limits *limits = data;
    struct hf_driver_view *view = g_new0(struct hf_driver_view, 1);
    struct hf_fault fault;

    hf_driver_view(limits->driver, view);
    if (check(limits, view, &fault) != HF_OK)
        limits->events->exceeded(limits->context, &fault);
    g_free(view);
    return G_SOURCE_CONTINUE;
}

struct hf_session_limits *hf_session_limits_new(struct hf_driver *driver,
                                                const struct hf_policy_files *policy,
                                                unsigned seconds,
                                                const struct hf_session_limits_events *events,
                                                void *context)
{
    struct hf_session_limits *limits = g_new0(struct hf_session_limits, 1);

    *limits = (struct hf_session_limits){
        .driver = driver, .policy = policy, .events = events, .context = context
    };
    limits->timer = g_timeout_add_seconds(seconds, look, limits);
    return limits;
}

void hf_session_limits_free(struct hf_session_limits *limits)
{
    if (limits == NULL)
        return;
    g_source_remove(limits->timer);
    g_free(limits);
}
