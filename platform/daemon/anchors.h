/* The system's CA certificates, for profiles that trust them. Passed on as bytes: the engine parses
 * them, the daemon never does. */
#ifndef HF_DAEMON_ANCHORS_H
#define HF_DAEMON_ANCHORS_H

#include "base/bytes.h"
#include "base/status.h"

/* Where distributions keep the bundle; ends with NULL. */
extern const char *const hf_anchors_paths[];

/* Appends the first file of `paths` (ends with NULL) that can be read, and a new line.
 * HF_ERR_NOT_FOUND: none is a regular file with something in it that we may read. HF_ERR_TOO_LARGE:
 * it does not fit `out`. On failure `*out` is as it was. */
hf_status hf_anchors_append(const char *const *paths, hf_buf *out) HF_MUST_USE;

#endif
