/* The status as JSON: see status_json.h. Texts that came from a peer are printable ASCII already.
 */
#include "daemon/status_json.h"

#include <jansson.h>
#include <time.h>

static json_t *address_value(const hf_address *address)
{
    char text[HF_ADDRESS_TEXT_MAX];

    return address->family == HF_FAMILY_NONE ? json_null()
                                             : json_string(hf_address_format(address, text));
}

static json_t *fault_value(const struct hf_fault *fault)
{
    if (fault->status == HF_OK)
        return json_null();
    return json_pack("{s:s, s:s, s:s, s:s, s:I}", "code", hf_status_code(fault->status), "stage",
                     hf_stage_name(fault->stage), "offered", fault->offered, "received",
                     fault->received, "peer_code", (json_int_t)fault->peer_code);
}

static json_t *prefix_list(const hf_prefix *prefixes, size_t count)
{
    json_t *list = json_array();
    char text[HF_PREFIX_TEXT_MAX];

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_string(hf_prefix_format(&prefixes[i], text)));
    return list;
}

static json_t *tunnel_value(const struct hf_plan *plan)
{
    json_t *resolvers, *domains;

    if (!plan->tunnel)
        return json_null();
    resolvers = json_array();
    domains = json_array();
    for (size_t i = 0; i < plan->resolver_count; i++)
        json_array_append_new(resolvers, address_value(&plan->resolvers[i]));
    for (size_t i = 0; i < plan->domain_count; i++)
        json_array_append_new(domains, json_string(plan->domains[i]));
    return json_pack("{s:s, s:i, s:o, s:o, s:o, s:o, s:o}", "interface", plan->tun_name, "mtu",
                     (int)plan->mtu_bytes, "addresses",
                     prefix_list(plan->addresses, plan->address_count), "routes",
                     prefix_list(plan->routes, plan->route_count), "excluded",
                     prefix_list(plan->excluded, plan->excluded_count), "resolvers", resolvers,
                     "domains", domains);
}

static json_t *gateway_value(const struct hf_attempt_summary *summary)
{
    if (summary->gateway.family == HF_FAMILY_NONE)
        return json_null();
    return json_pack("{s:o, s:s, s:s, s:s, s:s, s:I, s:b, s:i}", "address",
                     address_value(&summary->gateway), "identity", summary->gateway_identity,
                     "authentication", summary->authentication, "ike", summary->ike_suite, "esp",
                     summary->esp_suite, "rtt_us", (json_int_t)summary->rtt, "behind_nat",
                     summary->behind_nat, "round_trips", (int)summary->round_trips);
}

static json_t *counters_value(const struct hf_engine_counters *counters)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "packets_in",
                     (json_int_t)counters->packets_in, "octets_in", (json_int_t)counters->octets_in,
                     "packets_out", (json_int_t)counters->packets_out, "octets_out",
                     (json_int_t)counters->octets_out, "replayed", (json_int_t)counters->replayed,
                     "not_authentic", (json_int_t)counters->not_authentic, "malformed",
                     (json_int_t)counters->malformed, "outside_selectors",
                     (json_int_t)counters->outside_selectors, "no_sa", (json_int_t)counters->no_sa);
}

/* Milliseconds from one time to the other; null where there is none. */
static json_t *millis_value(hf_time from, hf_time to)
{
    if (from == 0 || from == HF_NEVER || to == HF_NEVER)
        return json_null();
    return json_integer((json_int_t)(hf_time_since(to, from) / 1000));
}

/* The same moment for people: RFC 3339, in UTC. */
static json_t *moment_value(hf_time now, hf_time at)
{
    time_t when = time(NULL);
    char text[32];
    struct tm utc;

    if (at == HF_NEVER)
        return json_null();
    when += (time_t)(hf_time_since(at, now) / HF_SECONDS(1));
    if (gmtime_r(&when, &utc) == NULL ||
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        return json_null();
    return json_string(text);
}

/* Whether packets come back, apart from what IKE proves; null where there is no tunnel. */
static json_t *traffic_value(const struct hf_driver_view *view)
{
    enum hf_conn_state state = view->status.state;

    if (state != HF_CONN_CONNECTED && state != HF_CONN_PATH_LOST)
        return json_null();
    if (view->status.one_way)
        return json_string("one-way");
    return json_string(view->counters.last_received == 0 ? "none" : "two-way");
}

/* How good the connection is, and what for; null where there is none. */
static json_t *grade_value(const struct hf_driver_view *view)
{
    json_t *reasons;

    if (view->name[0] == '\0')
        return json_null();
    reasons = json_array();
    for (unsigned reason = 0; reason < HF_GRADE_REASON_COUNT; reason++) {
        enum hf_grade_reason row = (enum hf_grade_reason)reason;

        if ((view->grade_reasons >> reason & 1) != 0)
            json_array_append_new(reasons,
                                  json_pack("{s:s, s:s, s:s}", "code", hf_grade_reason_code(row),
                                            "grade", hf_grade_name(hf_grade_reason_grade(row)),
                                            "text", hf_grade_reason_text(row)));
    }
    return json_pack("{s:s, s:o}", "grade", hf_grade_name(view->grade), "reasons", reasons);
}

/* What somebody is asked for; null where nobody is. */
static json_t *input_value(const struct hf_driver_view *view)
{
    if (!view->wants_pin)
        return json_null();
    return json_pack("{s:s, s:s, s:s}", "secret", hf_secret_name_text(HF_SECRET_PIN), "token",
                     view->pin.label, "tries", hf_keys_tries_name(view->pin.tries));
}

char *hf_status_json_of(const struct hf_driver_view *view, hf_time now)
{
    const struct hf_supervisor_status *status = &view->status;
    json_t *object = json_pack(
        "{s:i, s:s, s:s, s:s, s:b, s:b, s:s, s:o, s:o, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:o, "
        "s:o, s:o, s:o, s:o}",
        "v", 1, "state", hf_conn_state_name(status->state), "profile", status->profile, "name",
        view->name, "wanted", status->wanted, "blocking", status->blocking, "lock",
        hf_lock_mode_name(status->lock), "in_state_ms", millis_value(status->since, now),
        "last_proof_ms", millis_value(status->last_proof, now), "last_inbound_ms",
        millis_value(view->counters.last_received, now), "traffic", traffic_value(view), "attempt",
        (int)status->attempt, "next_attempt_ms", millis_value(now, status->next_attempt_at),
        "resume_ms", millis_value(now, status->resume_at), "resume_at",
        moment_value(now, status->resume_at), "grade", grade_value(view), "fault",
        fault_value(&status->fault), "gateway", gateway_value(&status->summary), "tunnel",
        tunnel_value(&status->plan), "counters", counters_value(&view->counters), "input",
        input_value(view));
    char *text = json_dumps(object, JSON_COMPACT);

    json_decref(object);
    return text;
}

char *hf_status_json_of_outline(const struct hf_driver_view *view, hf_time now)
{
    json_t *object =
        json_pack("{s:i, s:s, s:b}", "v", 1, "state", hf_conn_state_name(view->status.state),
                  "blocking", view->status.blocking);
    char *text = json_dumps(object, JSON_COMPACT);

    (void)now;
    json_decref(object);
    return text;
}

char *hf_status_json_of_fault(const struct hf_fault *fault)
{
    json_t *object = fault_value(fault);
    char *text = json_dumps(object, JSON_COMPACT | JSON_ENCODE_ANY);

    json_decref(object);
    return text;
}
