/* Tells that the kernel's networking changed, not what: firewall, links, addresses, routes, rules.
 */
#ifndef HF_LINUX_WATCH_H
#define HF_LINUX_WATCH_H

#include "base/status.h"

struct hf_watch {
    int poll, firewall, routing; /* an epoll of the other two */
};

hf_status hf_watch_open(struct hf_watch *watch) HF_MUST_USE;
void hf_watch_close(struct hf_watch *watch);
/* Forgets what was told so far. */
void hf_watch_drain(struct hf_watch *watch);

#endif
