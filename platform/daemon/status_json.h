/* What is told about the connection, as JSON: `holdfast status --json` and the bus show the same
 * object. */
#ifndef HF_DAEMON_STATUS_JSON_H
#define HF_DAEMON_STATUS_JSON_H

#include "daemon/driver.h"

/* The object as text, freed with free(); NULL out of memory. */
char *hf_status_json_of(const struct hf_driver_view *view, hf_time now);
/* {"v":…,"state":…,"blocking":…}, likewise: harmless to everybody who uses this computer. */
char *hf_status_json_of_outline(const struct hf_driver_view *view, hf_time now);
/* {"code":…,"stage":…,"offered":…,"received":…,"peer_code":…}, likewise. */
char *hf_status_json_of_fault(const struct hf_fault *fault);

#endif
