/* What happens without being asked: see initiative.h. */
#include "daemon/initiative.h"

#include "daemon/logins.h"
#include "daemon/session_limits.h"
#include "linux/facts.h"
#include <holdfast/ondemand.h>

#include <string.h>
#include <time.h>

#define LOOK_SECONDS 10 /* dates and hours are in minutes at best */
/* Behind the store, which reads its files whenever the loop is idle. */
#define PRIORITY     (G_PRIORITY_LOW + 100)
#define LOGINS       "systemd/users"

struct hf_initiative {
    struct hf_manager *manager;
    struct hf_logins *logins;
    guint tick, soon;
    bool began;
    bool has_chosen;
    struct hf_profile_ref chosen; /* is to be up by itself, as far as we are concerned */
    bool has_judged;
    struct hf_profile_ref judged; /* whose on-demand rules were asked last, and about what */
    struct hf_network_facts network;
};

static bool is_same(const struct hf_profile_ref *a, const struct hf_profile_ref *b)
{
    return a->owner == b->owner && strcmp(a->id, b->id) == 0;
}

static void tell(struct hf_initiative *initiative, enum hf_log_event event,
                 const struct hf_profile_ref *ref, const char *reason)
{
    struct hf_log_record record = { .event = event };

    record.values[HF_LOG_FIELD_PROFILE] = ref->id;
    record.values[HF_LOG_FIELD_REASON] = reason;
    hf_chronicle_tell(initiative->manager->chronicle, &record);
}

/* --- profiles that go ------------------------------------------------------------------------- */
static void remove_due(struct hf_initiative *initiative)
{
    struct hf_manager *manager = initiative->manager;
    hf_wall_clock now = (hf_wall_clock)time(NULL);
    const struct hf_store_entry *entry;
    size_t n = 0;

    while ((entry = hf_store_nth(manager->store, n)) != NULL) {
        struct hf_profile_ref ref = entry->ref;

        if (entry->removal_date != 0 && entry->removal_date <= now) {
            hf_manager_forget(manager, &ref);
            tell(initiative, HF_LOG_PROFILE_GONE, &ref, "removal-date");
        }
        if (hf_store_entry(manager->store, &ref) != NULL)
            n++; /* still there: the next one */
    }
}

/* --- what the connection is ------------------------------------------------------------------- */
struct session {
    struct hf_profile_ref ref;
    bool wanted, paused;
};

static struct session session_of(const struct hf_initiative *initiative)
{
    struct hf_driver_view *view = g_new0(struct hf_driver_view, 1);
    struct session session;

    hf_driver_view(initiative->manager->driver, view);
    session.wanted = view->status.wanted;
    session.paused = view->status.resume_at != HF_NEVER;
    session.ref.owner = view->owner;
    hf_copy(session.ref.id, view->status.profile, sizeof session.ref.id);
    g_free(view);
    return session;
}

static bool is_idle(const struct session *session)
{
    return !session->wanted && !session->paused;
}

/* Once somebody asked for protection, no failure of the first attempt may take it away: who can
 * stop packets could. So it is held as of an always-on profile. HF_ERR_POLICY, HF_ERR_NO_DAEMON. */
static hf_status bring_up(struct hf_initiative *initiative, const struct hf_profile_ref *ref,
                          const char *reason)
{
    struct hf_manager *manager = initiative->manager;
    const struct hf_policy *policy = hf_policy_files_policy(manager->policy);
    struct hf_profile profile;
    struct hf_secrets secrets;
    struct hf_fault fault;
    hf_status status;

    hf_profile_init(&profile);
    hf_secrets_init(&secrets);
    status = hf_store_load(manager->store, ref, &profile, &secrets, &fault);
    if (status == HF_OK)
        status = hf_policy_apply(policy, &profile, &fault);
    if (status == HF_OK)
        status = hf_profile_check_connectable(&profile, &fault);
    if (status == HF_OK) {
        profile.auto_connect = true;
        status = hf_driver_connect(manager->driver, ref->owner, &profile, &secrets);
    }
    if (status == HF_OK)
        tell(initiative, HF_LOG_BY_ITSELF, ref, reason);
    else if (status != HF_ERR_NO_DAEMON)
        tell(initiative, HF_LOG_PROFILE_REFUSED, ref, hf_status_code(status));
    hf_profile_clear(&profile);
    hf_secrets_clear(&secrets);
    return status;
}

/* --- profiles that connect by themselves ------------------------------------------------------ */
/* From the least to the most: a device tunnel makes way for every other one. */
enum urge { URGE_NONE, URGE_DEVICE, URGE_LOGIN, URGE_ALWAYS };

static const char *reason_of(enum urge urge)
{
    static const char *const reasons[] = { "", "before login", "login", "auto-connect" };

    return reasons[urge];
}

static bool is_always(const struct hf_initiative *initiative, const struct hf_store_entry *entry)
{
    const struct hf_policy *policy = hf_policy_files_policy(initiative->manager->policy);

    if (hf_policy_is_managed(policy, HF_POLICY_AUTO_CONNECT) ||
        hf_policy_is_managed(policy, HF_POLICY_ALWAYS_ON))
        return hf_policy_flag(policy, HF_POLICY_AUTO_CONNECT, false) ||
               hf_policy_flag(policy, HF_POLICY_ALWAYS_ON, false);
    return entry->auto_connect;
}

static bool is_owner_here(const struct hf_initiative *initiative,
                          const struct hf_store_entry *entry)
{
    if (entry->ref.owner == HF_OWNER_SYSTEM)
        return hf_logins_has_anybody(initiative->logins);
    return hf_logins_has(initiative->logins, (unsigned)entry->ref.owner);
}

/* A user's profile does not come up for others, before he ever was here. */
static bool may_come_up(const struct hf_initiative *initiative, const struct hf_store_entry *entry)
{
    const struct hf_profile_ref *ref = &entry->ref;

    return ref->owner == HF_OWNER_SYSTEM ||
           ref->owner == (hf_owner)initiative->manager->instance->owner_uid ||
           (initiative->has_chosen && is_same(&initiative->chosen, ref)) ||
           is_owner_here(initiative, entry);
}

static enum urge urge_of(const struct hf_initiative *initiative, const struct hf_store_entry *entry)
{
    if (entry == NULL || !entry->good || (entry->required & ~entry->kept) != 0)
        return URGE_NONE;
    if (entry->scope == HF_PROFILE_SCOPE_DEVICE && entry->ref.owner == HF_OWNER_SYSTEM)
        return URGE_DEVICE;
    if (is_always(initiative, entry) && may_come_up(initiative, entry))
        return URGE_ALWAYS;
    return entry->at_login && is_owner_here(initiative, entry) ? URGE_LOGIN : URGE_NONE;
}

/* The first by owner, the system before all, and id. A login does not displace what is always on.
 */
static enum urge choose(const struct hf_initiative *initiative, struct hf_profile_ref *out)
{
    struct hf_store *store = initiative->manager->store;
    const struct hf_store_entry *entry;
    enum urge most = URGE_NONE;

    for (size_t n = 0; (entry = hf_store_nth(store, n)) != NULL; n++) {
        enum urge urge = urge_of(initiative, entry);

        if (urge > most) {
            most = urge;
            *out = entry->ref;
        }
    }
    return most;
}

/* Whatever the daemon before us was at goes on; it is ours where we could have begun it. */
static void begin(struct hf_initiative *initiative, const struct session *session,
                  const struct hf_profile_ref *best, enum urge urge)
{
    const struct hf_store_entry *entry = hf_store_entry(initiative->manager->store, &session->ref);
    bool is_ours = session->wanted && urge_of(initiative, entry) != URGE_NONE;

    initiative->began = true;
    if (is_idle(session))
        return;
    initiative->has_chosen = is_ours || urge != URGE_NONE;
    initiative->chosen = is_ours ? session->ref : *best;
}

static void follow(struct hf_initiative *initiative)
{
    struct session session = session_of(initiative);
    struct hf_profile_ref best = { 0 };
    enum urge urge = choose(initiative, &best);
    bool is_ours;

    if (!initiative->began)
        begin(initiative, &session, &best, urge);
    is_ours =
        initiative->has_chosen && session.wanted && is_same(&session.ref, &initiative->chosen);
    if (urge == URGE_NONE ? !initiative->has_chosen
                          : initiative->has_chosen && is_same(&best, &initiative->chosen))
        return;
    if (urge == URGE_NONE && is_ours) {
        tell(initiative, HF_LOG_BY_ITSELF, &session.ref, "logout");
        hf_driver_disconnect(initiative->manager->driver);
    }
    if (urge != URGE_NONE && (is_ours || is_idle(&session)) &&
        bring_up(initiative, &best, reason_of(urge)) == HF_ERR_NO_DAEMON)
        return; /* later */
    initiative->has_chosen = urge != URGE_NONE;
    initiative->chosen = best;
}

/* --- on demand -------------------------------------------------------------------------------- */
static const struct hf_store_entry *find_demanding(const struct hf_initiative *initiative)
{
    struct hf_store *store = initiative->manager->store;
    const struct hf_store_entry *entry;

    for (size_t n = 0; (entry = hf_store_nth(store, n)) != NULL; n++) {
        if (entry->on_demand && entry->good && (entry->required & ~entry->kept) == 0 &&
            !is_always(initiative, entry) && may_come_up(initiative, entry))
            return entry;
    }
    return NULL;
}

static hf_status ask_rules(struct hf_initiative *initiative, const struct hf_profile_ref *ref,
                           struct hf_ondemand_answer *out)
{
    struct hf_profile profile;
    struct hf_secrets secrets;
    struct hf_fault fault;
    hf_status status;

    hf_profile_init(&profile);
    hf_secrets_init(&secrets);
    status = hf_store_load(initiative->manager->store, ref, &profile, &secrets, &fault);
    if (status == HF_OK)
        *out =
            hf_ondemand_decide(&profile, ref->owner == HF_OWNER_SYSTEM, &initiative->network, NULL);
    hf_profile_clear(&profile);
    hf_secrets_clear(&secrets);
    return status;
}

static void tell_doubt(struct hf_initiative *initiative, const struct hf_profile_ref *ref,
                       const struct hf_ondemand_answer *answer)
{
    char text[128];

    if (answer->doubt == HF_ONDEMAND_NO_DOUBT)
        return;
    g_snprintf(text, sizeof text, "rule %zu is passed over: it %s", answer->doubted + 1,
               hf_ondemand_doubt_text(answer->doubt));
    tell(initiative, HF_LOG_STATE, ref, text);
}

static void obey(struct hf_initiative *initiative, const struct hf_profile_ref *ref,
                 const struct hf_ondemand_answer *answer)
{
    struct session session = session_of(initiative);
    char text[64];

    g_snprintf(text, sizeof text, "rule %zu: %s", answer->rule + 1,
               hf_ondemand_verdict_name(answer->verdict));
    if (answer->verdict == HF_ONDEMAND_CONNECT && is_idle(&session)) {
        if (bring_up(initiative, ref, text) == HF_ERR_NO_DAEMON)
            initiative->has_judged = false; /* later */
    } else if (answer->verdict == HF_ONDEMAND_DISCONNECT && session.wanted &&
               is_same(&session.ref, ref)) {
        tell(initiative, HF_LOG_BY_ITSELF, ref, text);
        hf_driver_disconnect(initiative->manager->driver);
    }
}

static void judge(struct hf_initiative *initiative)
{
    const struct hf_network_facts *facts = hf_driver_facts(initiative->manager->driver);
    const struct hf_store_entry *entry = find_demanding(initiative);
    struct hf_ondemand_answer answer;

    if (entry == NULL || !facts->online ||
        (initiative->has_judged && is_same(&initiative->judged, &entry->ref) &&
         hf_facts_equal(&initiative->network, facts)))
        return;
    initiative->has_judged = true;
    initiative->judged = entry->ref;
    initiative->network = *facts;
    if (ask_rules(initiative, &initiative->judged, &answer) != HF_OK)
        return;
    tell_doubt(initiative, &initiative->judged, &answer);
    obey(initiative, &initiative->judged, &answer);
}

/* --- when to look ----------------------------------------------------------------------------- */
/* Out of hours, or away from where a tunnel is allowed, nothing is chosen: so it will be again. */
static void look(struct hf_initiative *initiative)
{
    const struct hf_policy *policy = hf_policy_files_policy(initiative->manager->policy);
    struct hf_fault fault;

    if (!hf_driver_is_ready(initiative->manager->driver))
        return; /* nor is a profile removed under a connection that is yet to be taken up again */
    remove_due(initiative);
    if (hf_session_limits_check_place(policy, &fault) != HF_OK) {
        initiative->has_chosen = initiative->has_judged = false;
        return;
    }
    follow(initiative);
    judge(initiative);
}

static gboolean look_soon(gpointer data)
{
    struct hf_initiative *initiative = data;

    initiative->soon = 0;
    look(initiative);
    return G_SOURCE_REMOVE;
}

static gboolean look_now_and_then(gpointer data)
{
    look(data);
    return G_SOURCE_CONTINUE;
}

void hf_initiative_wake(struct hf_initiative *initiative)
{
    if (initiative->soon == 0)
        initiative->soon = g_idle_add_full(PRIORITY, look_soon, initiative, NULL);
}

static void logins_changed(void *context)
{
    hf_initiative_wake(context);
}

struct hf_initiative *hf_initiative_new(struct hf_manager *manager)
{
    struct hf_initiative *initiative = g_new0(struct hf_initiative, 1);
    char *run = g_path_get_dirname(manager->instance->run);
    char *dir = g_build_filename(run, LOGINS, NULL);

    initiative->manager = manager;
    initiative->logins = hf_logins_new(dir, logins_changed, initiative);
    initiative->tick =
        g_timeout_add_seconds_full(PRIORITY, LOOK_SECONDS, look_now_and_then, initiative, NULL);
    hf_initiative_wake(initiative);
    g_free(dir);
    g_free(run);
    return initiative;
}

void hf_initiative_free(struct hf_initiative *initiative)
{
    if (initiative == NULL)
        return;
    g_source_remove(initiative->tick);
    if (initiative->soon != 0)
        g_source_remove(initiative->soon);
    hf_logins_free(initiative->logins);
    g_free(initiative);
}
