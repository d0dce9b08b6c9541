/* The network backend of Linux: see net_linux.h. */
#include "linux/net_linux.h"

#include "common/ruleset.h"
#include "linux/addresses.h"
#include "linux/journal.h"
#include "linux/links.h"
#include "linux/nft.h"
#include "linux/resolv_file.h"
#include "linux/routes.h"
#include "linux/state_file.h"
#include "linux/tun.h"
#include "linux/watch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct net_linux {
    char journal_path[HF_PATH_MAX], resolv_conf[HF_PATH_MAX], resolv_undo[HF_PATH_MAX];
    struct hf_resolv_file resolv;
    unsigned engine_uid;
    struct hf_netlink netlink;
    struct hf_nft *nft;
    struct hf_watch watch;
    int tun;                            /* our duplicate; -1 */
    struct hf_journal journal, written; /* the second: as the file has it */
    struct hf_ruleset ruleset;          /* in force, as far as we know */
    bool is_foreign; /* the table in the kernel is not from our journal: it is kept as it is */
    bool is_lost;    /* the journal could not be read, and there is no table: see is_lost() */
};

/* --- parts -------------------------------------------------------------------------------------
 */

static bool is_blank(const struct hf_journal *journal)
{
    struct hf_sysctls none = hf_sysctls_none();

    return hf_plan_is_empty(&journal->plan) && journal->tun_name[0] == '\0' &&
           memcmp(&journal->sysctls, &none, sizeof none) == 0;
}

/* A host as it was needs no journal; the same need not be written twice. */
static hf_status write_journal(struct net_linux *net)
{
    hf_status status;

    if (hf_journals_equal(&net->journal, &net->written))
        return HF_OK;
    status = is_blank(&net->journal) ? hf_state_file_remove(net->journal_path)
                                     : hf_journal_write(net->journal_path, &net->journal);
    if (status == HF_OK)
        net->written = net->journal;
    return status;
}

static struct hf_ruleset_facts read_facts(struct net_linux *net, const struct hf_plan *plan)
{
    struct hf_ruleset_facts facts = { .engine_uid = net->engine_uid };
    const char *tun_name = plan->tunnel ? plan->tun_name : net->journal.tun_name;
    struct hf_linux_uplinks uplinks;

    /* Without an answer nothing is on-link, so nothing is LAN: closed. */
    if (hf_linux_uplinks_read(&net->netlink, tun_name, &uplinks) != HF_OK)
        return facts;
    facts.on_link_count = uplinks.on_link_count;
    memcpy(facts.on_link, uplinks.on_link, sizeof facts.on_link);
    return facts;
}

static hf_status set_firewall(struct net_linux *net, const struct hf_plan *plan,
                              const struct hf_ruleset_facts *facts)
{
    if (hf_ruleset_make(plan, facts, &net->ruleset) != HF_OK)
        return HF_ERR_FIREWALL;
    return hf_nft_change(net->nft, &net->ruleset);
}

static hf_status set_rules(struct net_linux *net, const struct hf_plan *plan,
                           const struct hf_ruleset_facts *facts)
{
    hf_prefix to_main[HF_RULES_TO_MAIN];
    size_t count = hf_ruleset_lan(plan, facts, to_main);

    for (size_t i = 0; i < plan->excluded_count; i++)
        to_main[count++] = plan->excluded[i];
    return hf_rules_set(&net->netlink, plan, to_main, count);
}

static void close_tun(struct net_linux *net)
{
    if (net->tun >= 0)
        close(net->tun);
    net->tun = -1;
}

static unsigned tun_index(struct net_linux *net)
{
    return hf_linux_link_read(&net->netlink, net->journal.tun_name).index;
}

static hf_status remove_tun(struct net_linux *net)
{
    hf_status status;

    close_tun(net);
    status = hf_tun_remove(&net->netlink, net->journal.tun_name);
    if (status == HF_OK)
        memset(net->journal.tun_name, 0, sizeof net->journal.tun_name);
    return status;
}

/* The device is noted as ours and there. A descriptor whose device somebody deleted is dead; one
 * that an engine of an earlier netd holds cannot be ours, but then the device is there. */
static hf_status ensure_tun(struct net_linux *net, const char *name)
{
    hf_status status = HF_OK;

    if (strcmp(net->journal.tun_name, name) != 0) {
        status = remove_tun(net);
        if (status != HF_OK)
            return status;
        memcpy(net->journal.tun_name, name, strlen(name) + 1);
        status = write_journal(net);
    }
    if (tun_index(net) == 0)
        close_tun(net);
    if (status == HF_OK && net->tun < 0)
        status = hf_tun_open(name, &net->tun);
    return status == HF_ERR_BUSY && tun_index(net) != 0 ? HF_OK : status;
}

static hf_status set_link(struct net_linux *net, const struct hf_plan *plan)
{
    hf_prefix addresses[HF_PLAN_ADDRESSES];
    hf_status status = ensure_tun(net, plan->tun_name);
    bool ipv6 = hf_tun_has_ipv6(plan->tun_name);
    unsigned index = tun_index(net);
    size_t count = 0;

    for (size_t i = 0; i < plan->address_count; i++) {
        if (ipv6 || plan->addresses[i].address.family == HF_FAMILY_V4)
            addresses[count++] = plan->addresses[i];
    }
    if (status == HF_OK)
        status = hf_tun_set_up(&net->netlink, plan->tun_name, plan->mtu_bytes);
    if (status == HF_OK)
        status = hf_addresses_set(&net->netlink, index, addresses, count);
    if (status == HF_OK)
        status = hf_routes_set(&net->netlink, index, plan, ipv6);
    return status;
}

/* --- the whole ---------------------------------------------------------------------------------
 */

static hf_status raise_tunnel(struct net_linux *net, const struct hf_plan *plan,
                              const struct hf_ruleset_facts *facts)
{
    hf_status status = hf_sysctls_set();

    if (status == HF_OK)
        status = set_link(net, plan);
    if (status == HF_OK)
        status = set_rules(net, plan, facts);
    if (status != HF_OK)
        return status;
    return plan->resolver_count == 0 ? hf_resolv_file_restore(&net->resolv)
                                     : hf_resolv_file_set(&net->resolv, plan);
}

/* Everything is tried, whatever fails; the first failure is told. */
static hf_status lower_tunnel(struct net_linux *net)
{
    struct hf_plan none = hf_plan_empty();
    hf_status results[] = {
        hf_resolv_file_restore(&net->resolv),
        hf_rules_set(&net->netlink, &none, NULL, 0),
        hf_routes_set(&net->netlink, 0, &none, false),
        remove_tun(net),
    };

    hf_sysctls_restore(&net->journal.sysctls);
    for (size_t i = 0; i < HF_ARRAY_LEN(results); i++) {
        if (results[i] != HF_OK)
            return results[i];
    }
    return HF_OK;
}

/* No engine is at work, so a device without a tunnel is nobody's. */
static bool is_at_rest(const struct hf_plan *plan)
{
    return hf_plan_is_empty(plan) || plan->firewall.state == HF_CONN_DISCONNECTED ||
           plan->firewall.state == HF_CONN_BLOCKED;
}

/* A block stands before anything else moves, and falls when all the rest is done. Without a tunnel
 * in the plan, a device that was only just made for the next one stays. */
static hf_status establish(struct net_linux *net, const struct hf_plan *plan, bool had_tunnel)
{
    struct hf_ruleset_facts facts = read_facts(net, plan);
    hf_status status = HF_OK;

    if (plan->firewall.block)
        status = set_firewall(net, plan, &facts);
    if (status != HF_OK)
        return status;
    if (plan->tunnel)
        status = raise_tunnel(net, plan, &facts);
    else if (had_tunnel || is_at_rest(plan))
        status = lower_tunnel(net);
    if (status == HF_OK && !plan->firewall.block)
        status = set_firewall(net, plan, &facts);
    return status == HF_OK ? hf_nft_confirm(net->nft, &net->ruleset) : status;
}

/* What is about to change is noted first. On the way to an empty plan the one before stays noted
 * until all of it is undone. */
static hf_status prepare(struct net_linux *net, const struct hf_plan *plan)
{
    hf_status status;

    if (hf_plan_is_empty(plan))
        return HF_OK;
    if (hf_addresses_conflict(&net->netlink, tun_index(net), plan->addresses, plan->address_count))
        return HF_ERR_ADDRESS_CONFLICT;
    status = hf_resolv_file_prepare(&net->resolv);
    if (plan->resolver_count != 0 && status != HF_OK)
        return status;
    net->journal.plan = *plan;
    if (plan->tunnel) {
        hf_sysctls_save(&net->journal.sysctls);
        if (net->journal.tun_name[0] == '\0')
            memcpy(net->journal.tun_name, plan->tun_name, sizeof net->journal.tun_name);
    }
    return write_journal(net);
}

static hf_status apply(void *self, const struct hf_plan *plan)
{
    struct net_linux *net = self;
    struct hf_plan before = net->journal.plan;
    bool was_foreign = net->is_foreign;
    hf_status status = prepare(net, plan);

    if (status != HF_OK) {
        net->journal.plan = before;
        return status;
    }
    status = establish(net, plan, before.tunnel || was_foreign);
    if (status != HF_OK && !was_foreign)
        (void)establish(net, &before, plan->tunnel);
    net->is_foreign = was_foreign && status != HF_OK;
    net->is_lost = net->is_lost && status != HF_OK;
    net->journal.plan = status == HF_OK ? *plan : before;
    /* Not written, it says more than there is, so it undoes nothing too little. */
    (void)write_journal(net);
    return status;
}

/* Unlike apply with an empty plan, it goes on past what fails: this is the way out. */
static hf_status revert(void *self)
{
    struct net_linux *net = self;
    struct hf_plan empty = hf_plan_empty();
    struct hf_ruleset_facts facts = { 0 };
    hf_status lowered = lower_tunnel(net), opened = set_firewall(net, &empty, &facts);

    net->is_foreign = net->is_lost = false;
    if (opened == HF_OK)
        net->journal.plan = empty;
    opened = opened == HF_OK ? write_journal(net) : opened;
    return lowered == HF_OK ? opened : lowered;
}

static bool current(void *self, struct hf_plan *out)
{
    const struct net_linux *net = self;

    *out = net->journal.plan;
    return !hf_plan_is_empty(out);
}

static void destroy(void *self)
{
    struct net_linux *net = self;

    close_tun(net);
    hf_watch_close(&net->watch);
    hf_netlink_close(&net->netlink);
    hf_nft_close(net->nft);
    free(net);
}

static const struct hf_net_ops ops = {
    .name = "linux-netlink",
    .apply = apply,
    .revert = revert,
    .current = current,
    .destroy = destroy,
};

/* --- starting ----------------------------------------------------------------------------------
 */

/* Whatever the table says, nobody here knows why: it stays, and to others it is a block. */
static void keep_table(struct net_linux *net)
{
    net->is_foreign = true;
    net->journal.plan.firewall.block = true;
    net->journal.plan.firewall.state = HF_CONN_BLOCKED;
}

static void take_up(struct net_linux *net)
{
    bool is_stale = false;
    hf_status status = hf_journal_read(net->journal_path, &net->journal, &is_stale);

    net->written = net->journal;
    if (status == HF_OK && !is_stale) {
        /* If something of it cannot be had again, the rest still stands, and the next plan tells.
         */
        (void)establish(net, &net->journal.plan, net->journal.tun_name[0] != '\0');
        return;
    }
    net->journal = (struct hf_journal){ .sysctls = hf_sysctls_none() };
    if (hf_linux_link_read(&net->netlink, HF_TUN_NAME).is_tun)
        memcpy(net->journal.tun_name, HF_TUN_NAME, sizeof HF_TUN_NAME);
    if (hf_nft_has_table(net->nft))
        keep_table(net);
    else if (status == HF_ERR_MALFORMED)
        net->is_lost = true;
    if (!net->is_foreign && hf_resolv_file_restore(&net->resolv) == HF_OK && !net->is_lost)
        (void)hf_state_file_remove(net->journal_path);
}

static hf_status set_paths(struct net_linux *net, const struct hf_instance *instance)
{
    hf_status status = hf_instance_path(instance->run, "netd/journal", net->journal_path);

    if (status == HF_OK)
        status = hf_instance_path(instance->var, "netd/resolv.conf", net->resolv_undo);
    memcpy(net->resolv_conf, instance->resolv_conf, sizeof net->resolv_conf);
    net->resolv = (struct hf_resolv_file){ net->resolv_conf, net->resolv_undo };
    net->engine_uid = instance->engine_uid;
    return status;
}

hf_status hf_net_linux_new(const struct hf_instance *instance, struct hf_net *out)
{
    struct net_linux *net = calloc(1, sizeof *net);
    hf_status status;

    if (net == NULL)
        return HF_ERR_NO_MEMORY;
    net->tun = net->watch.poll = net->watch.firewall = net->watch.routing = -1;
    status = set_paths(net, instance);
    if (status == HF_OK)
        status = hf_netlink_open(&net->netlink, NETLINK_ROUTE);
    if (status == HF_OK)
        status = hf_watch_open(&net->watch);
    if (status == HF_OK)
        status = hf_nft_open(&net->nft);
    if (status != HF_OK) {
        destroy(net);
        return status;
    }
    take_up(net);
    *out = (struct hf_net){ &ops, net };
    return HF_OK;
}

bool hf_net_linux_is_lost(const struct hf_net *self)
{
    const struct net_linux *net = self->self;

    return net->is_lost;
}

/* --- beside the plan ---------------------------------------------------------------------------
 */

/* A first table costs the kernel two milliseconds, for its chains and for following connections:
 * they are spent while the gateway is asked. The plan that comes changes it, an empty one removes
 * it. */
static void prepare_firewall(struct net_linux *net, const char *tun_name)
{
    struct hf_ruleset_facts facts = read_facts(net, &net->journal.plan);
    struct hf_ruleset *open = calloc(1, sizeof *open);

    if (open != NULL && hf_ruleset_make_open(tun_name, &facts, open) == HF_OK &&
        hf_nft_change(net->nft, open) == HF_OK)
        (void)(hf_nft_confirm(net->nft, open) == HF_OK); /* if not, the plan does all of it */
    free(open);
}

hf_status hf_net_linux_tun(const struct hf_net *self, const char *name, uint16_t mtu, int *out_fd)
{
    struct net_linux *net = self->self;
    hf_status status;
    int fd;

    if (net->journal.plan.tunnel && strcmp(net->journal.plan.tun_name, name) != 0)
        return HF_ERR_UNEXPECTED;
    status = ensure_tun(net, name);
    if (status == HF_OK) /* synced to the disk now, while the gateway is asked, not in its plan */
        (void)(hf_resolv_file_prepare(&net->resolv) == HF_OK);
    if (status == HF_OK)
        status = hf_tun_set_up(&net->netlink, name, mtu);
    if (status != HF_OK)
        return status;
    if (net->tun < 0)
        return HF_ERR_BUSY;
    fd = fcntl(net->tun, F_DUPFD_CLOEXEC, 0);
    if (fd < 0)
        return HF_ERR_LOCAL_SETUP;
    *out_fd = fd;
    if (hf_plan_is_empty(&net->journal.plan) && !net->is_foreign)
        prepare_firewall(net, name);
    return HF_OK;
}

int hf_net_linux_events(const struct hf_net *self)
{
    const struct net_linux *net = self->self;

    return net->watch.poll;
}

static bool check_firewall(struct net_linux *net, const struct hf_ruleset_facts *facts)
{
    struct hf_ruleset *wanted = calloc(1, sizeof *wanted);
    bool lost = false;

    if (wanted != NULL && hf_ruleset_make(&net->journal.plan, facts, wanted) == HF_OK &&
        !hf_nft_holds(net->nft, wanted)) {
        lost = !hf_nft_holds(net->nft, &net->ruleset);
        if (hf_nft_apply(net->nft, wanted) == HF_OK)
            net->ruleset = *wanted;
    }
    free(wanted);
    return lost;
}

bool hf_net_linux_check(const struct hf_net *self)
{
    struct net_linux *net = self->self;
    const struct hf_plan *plan = &net->journal.plan;
    struct hf_ruleset_facts facts;
    bool lost;

    hf_watch_drain(&net->watch);
    if (hf_plan_is_empty(plan) || net->is_foreign)
        return false;
    facts = read_facts(net, plan);
    lost = check_firewall(net, &facts);
    if (plan->tunnel && (set_link(net, plan) != HF_OK || set_rules(net, plan, &facts) != HF_OK))
        lost = true; /* and could not be put back: told, so that somebody asks */
    return lost;
}
