/* What an organisation asks of a machine, as one flat JSON object: scalars first, since the tools
 * that read it compare scalars. */
#ifndef HF_DAEMON_COMPLIANCE_H
#define HF_DAEMON_COMPLIANCE_H

#include "daemon/driver.h"
#include "daemon/policy_files.h"

/* Takes out what is the business of the profile's owner alone. */
void hf_compliance_hide(struct hf_driver_view *view);
/* Freed with free(); NULL out of memory. "compliant": protected as policy wants it, by a connection
 * that is not weak, and every policy file is in force. */
char *hf_compliance_json(const struct hf_driver_view *view, const struct hf_policy_files *files);

#endif
