/* What happens without being asked: profiles that connect by themselves (always, at login, before
 * login, by on-demand rules), and profiles that go at their date. What a user says stands until
 * something changes: a login, the network, the profiles. */
#ifndef HF_DAEMON_INITIATIVE_H
#define HF_DAEMON_INITIATIVE_H

#include "daemon/manager.h"

struct hf_initiative;

/* `manager` is borrowed, with all that it knows. */
struct hf_initiative *hf_initiative_new(struct hf_manager *manager);
void hf_initiative_free(struct hf_initiative *initiative);
/* Something may have changed: looks soon, from the main loop. */
void hf_initiative_wake(struct hf_initiative *initiative);

#endif
