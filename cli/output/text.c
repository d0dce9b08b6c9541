/* What people read: see text.h. */
#include "output/text.h"

#include "ipc/advice.h"
#include "ipc/client.h"

#include <libintl.h>
#include <string.h>

static bool use_color;

void hf_text_use_color(bool use)
{
    use_color = use;
}

void hf_text_print(FILE *to, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        putc(c < 0x20 || c == 0x7f ? '?' : c, to);
    }
}

static void print_pair(FILE *to, const char *label, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    fprintf(to, "  %-14s ", label);
    hf_text_print(to, text);
    putc('\n', to);
}

void hf_text_print_fault(FILE *to, const struct hf_fault *fault)
{
    const struct hf_advice *advice = hf_advice_of(fault->status);

    fprintf(to, "%s\n%s\n", gettext(advice->title), gettext(advice->sentence));
    print_pair(to, "offered:", fault->offered);
    print_pair(to, "received:", fault->received);
    if (fault->peer_code != 0)
        fprintf(to, "  %-14s %u\n", "peer's code:", fault->peer_code);
    if (advice->step[0] != '\0')
        fprintf(to, "%s\n", gettext(advice->step));
    fprintf(to, "(%s)\n", hf_status_code(fault->status));
}

const char *hf_text_tries(const char *tries)
{
    if (strcmp(tries, "last") == 0)
        return "one try is left: a wrong PIN locks the token";
    if (strcmp(tries, "few") == 0)
        return "few tries are left: wrong PINs were given before";
    return "";
}

const char *hf_text_state(const char *state)
{
    static const struct {
        const char *state, *text;
    } texts[] = {
        {"disconnected",    "Disconnected"                               },
        { "resolving",      "Looking up the gateway"                     },
        { "handshaking",    "Reaching the gateway"                       },
        { "authenticating", "Signing in"                                 },
        { "needs-input",    "Waiting for a secret"                       },
        { "installing",     "Setting up this computer"                   },
        { "connected",      "Connected"                                  },
        { "path-lost",      "The gateway does not answer; still trying"  },
        { "asleep",         "Asleep"                                     },
        { "reconnecting",   "Reconnecting"                               },
        { "blocked",        "Blocked: nothing leaves this computer"      },
        { "portal",         "Waiting for the sign-in page of the network"},
        { "disconnecting",  "Disconnecting"                              },
        { "failed",         "Failed"                                     },
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(texts[i].state, state) == 0)
            return texts[i].text;
    }
    return state;
}

static const char *text_in(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : text;
}

static void print_list(FILE *to, const char *label, const json_t *list)
{
    size_t i;
    json_t *value;

    if (json_array_size(list) == 0)
        return;
    fprintf(to, "  %-14s", label);
    json_array_foreach((json_t *)list, i, value)
    {
        fputs(i == 0 ? " " : ", ", to);
        hf_text_print(to, json_string_value(value) == NULL ? "" : json_string_value(value));
    }
    putc('\n', to);
}

static void print_tunnel(FILE *to, const json_t *status)
{
    const json_t *gateway = json_object_get(status, "gateway");
    const json_t *tunnel = json_object_get(status, "tunnel");

    print_pair(to, "gateway:", text_in(gateway, "identity"));
    print_pair(to, "address:", text_in(gateway, "address"));
    print_pair(to, "signed in by:", text_in(gateway, "authentication"));
    print_pair(to, "IKE:", text_in(gateway, "ike"));
    print_pair(to, "ESP:", text_in(gateway, "esp"));
    print_list(to, "inner address:", json_object_get(tunnel, "addresses"));
    print_list(to, "routes:", json_object_get(tunnel, "routes"));
    print_list(to, "name servers:", json_object_get(tunnel, "resolvers"));
    print_list(to, "domains:", json_object_get(tunnel, "domains"));
}

static void print_age(FILE *to, const char *label, const json_t *millis)
{
    if (json_is_integer(millis))
        fprintf(to, "  %-14s %.1f s ago\n", label, (double)json_integer_value(millis) / 1e3);
}

static void print_times(FILE *to, const json_t *status)
{
    const json_t *next = json_object_get(status, "next_attempt_ms");

    print_age(to, "last proof:", json_object_get(status, "last_proof_ms"));
    print_age(to, "last packet:", json_object_get(status, "last_inbound_ms"));
    if (strcmp(text_in(status, "traffic"), "one-way") == 0)
        print_pair(to, "traffic:", gettext("the gateway answers, but no traffic comes back"));
    if (json_is_integer(next))
        fprintf(to, "  %-14s in %.1f s\n", "next attempt:", (double)json_integer_value(next) / 1e3);
    print_pair(to, "resumes at:", text_in(status, "resume_at"));
}

static void print_why(FILE *to, const json_t *status)
{
    const json_t *detail = json_object_get(status, "fault");
    struct hf_fault fault;

    if (!json_is_object(detail))
        return;
    fault = hf_client_fault_of(detail);
    hf_text_print_fault(to, &fault);
}

/* How good the connection is; the reasons it is not better. */
static void print_grade(FILE *to, const json_t *grade)
{
    const json_t *reasons = json_object_get(grade, "reasons");
    size_t i;
    json_t *reason;

    print_pair(to, "grade:", text_in(grade, "grade"));
    json_array_foreach((json_t *)reasons, i, reason) print_pair(to, "", text_in(reason, "text"));
}

static void print_state(FILE *to, const char *state)
{
    const char *color = strcmp(state, "connected") == 0 ? "\033[32m"
                        : strcmp(state, "failed") == 0 || strcmp(state, "blocked") == 0
                            ? "\033[31m"
                            : "\033[33m";

    if (!use_color || strcmp(state, "disconnected") == 0)
        fputs(hf_text_state(state), to);
    else
        fprintf(to, "%s%s\033[0m", color, hf_text_state(state));
}

void hf_text_print_status(FILE *to, const json_t *status)
{
    const char *name = text_in(status, "name");
    bool blocking = json_is_true(json_object_get(status, "blocking"));

    print_state(to, text_in(status, "state"));
    if (name[0] != '\0') {
        fputs(": ", to);
        hf_text_print(to, name);
    }
    fprintf(to, "\n  %-14s %s\n", "protection:", blocking ? "on" : "off");
    print_grade(to, json_object_get(status, "grade"));
    print_tunnel(to, status);
    print_times(to, status);
    print_why(to, status);
}

/* --- imports ---------------------------------------------------------------------------------- */
/* Whether the signature fits and whether we trust who made it are two things. */
static void print_signature(FILE *to, const json_t *report)
{
    const char *signature = text_in(report, "signature"), *trust = text_in(report, "signer_trust");

    if (signature[0] == '\0' || strcmp(signature, "none") == 0)
        return;
    print_pair(to, "signature:",
               strcmp(signature, "good") == 0 ? gettext("fits the file")
                                              : gettext("does not fit: the file was changed"));
    print_pair(to, "signed by:", text_in(report, "signer"));
    print_pair(to, "trusted:", trust[0] == '\0' ? gettext("yes") : trust);
}

static bool matters(const char *severity)
{
    return strcmp(severity, "applied") != 0 && strcmp(severity, "harmless") != 0;
}

static void print_notices(FILE *to, const json_t *notices, bool all)
{
    size_t i;
    json_t *notice;

    json_array_foreach((json_t *)notices, i, notice)
    {
        const char *severity = text_in(notice, "severity");

        if (!all && !matters(severity))
            continue;
        fprintf(to, "  %s: ", severity);
        hf_text_print(to, text_in(notice, "path"));
        fputs(": ", to);
        hf_text_print(to, text_in(notice, "text"));
        putc('\n', to);
    }
}

void hf_text_print_report(FILE *to, const json_t *report, bool all)
{
    const json_t *profile = json_object_get(report, "profile");

    print_pair(to, "name:", text_in(profile, "name"));
    print_pair(to, "format:", text_in(report, "format"));
    print_pair(to, "organization:", text_in(profile, "organization"));
    print_pair(to, "consent:", text_in(profile, "consent"));
    print_list(to, "gateways:", json_object_get(profile, "gateways"));
    print_signature(to, report);
    print_list(to, "secrets:", json_object_get(report, "secrets"));
    print_list(to, "missing:", json_object_get(report, "missing"));
    print_list(to, "other VPNs:", json_object_get(report, "others"));
    print_notices(to, json_object_get(report, "notices"), all);
}
