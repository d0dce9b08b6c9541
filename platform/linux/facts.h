/* What the network is like, watched: links and addresses from the kernel, name servers from the
 * resolver file. Needs no privilege. */
#ifndef HF_LINUX_FACTS_H
#define HF_LINUX_FACTS_H

#include <holdfast/supervisor.h>

struct hf_facts_monitor;

/* `resolv_conf`: the file to read, /etc/resolv.conf by default; `tun_name`: the link that is ours.
 * HF_ERR_LOCAL_SETUP: the kernel refuses. */
hf_status hf_facts_monitor_new(const char *resolv_conf, const char *tun_name,
                               struct hf_facts_monitor **out) HF_MUST_USE;
void hf_facts_monitor_free(struct hf_facts_monitor *monitor);
/* Becomes readable when something may have changed; then call handle. */
int hf_facts_monitor_fd(const struct hf_facts_monitor *monitor);
/* Reads everything anew (so that lost events cost nothing). True when the facts differ from those
 * before. */
bool hf_facts_monitor_handle(struct hf_facts_monitor *monitor);
bool hf_facts_equal(const struct hf_network_facts *a, const struct hf_network_facts *b);
const struct hf_network_facts *hf_facts_monitor_facts(const struct hf_facts_monitor *monitor);

#endif
