/* The floor: what an administrator lays down in one file of root's, and holdfastd cannot change,
 * not even one that somebody else has taken over. */
#ifndef HF_NETD_FLOOR_H
#define HF_NETD_FLOOR_H

#include <holdfast/plan.h>

#define HF_FLOOR_NAME         "floor"
#define HF_FLOOR_FILE_MAX     4096
#define HF_FLOOR_PREFIXES_MAX 32

enum hf_floor_unblock { HF_UNBLOCK_ROOT, HF_UNBLOCK_HOLDFASTD };

struct hf_floor {
    enum hf_lock_mode lock; /* no weaker one is put in force */
    enum hf_floor_unblock unblock;
    hf_prefix forbidden[HF_FLOOR_PREFIXES_MAX]; /* no plan names a part of these */
    size_t forbidden_count;
    bool damaged; /* there is a file, but not one to believe: the strictest floor is in force */
};

/* Without a file: nothing is laid down. */
struct hf_floor hf_floor_none(void);
/* What counts where the file cannot be believed: a lock always, root alone may lift it, and every
 * network is forbidden, so there is no tunnel either. */
struct hf_floor hf_floor_strictest(void);
/* Three lines, each once and in any order, and nothing else but empty lines and comments (`#`):
 *   lock = session | always | off
 *   unblock = root | holdfastd
 *   forbidden = PREFIX, PREFIX, …      (may be empty)
 * HF_ERR_MALFORMED: anything else, also a last line without its end; `*out` is untouched. */
hf_status hf_floor_parse(hf_bytes text, struct hf_floor *out) HF_MUST_USE;
/* Reads `folder`/floor. A file or folder that others than root can change, a link, or anything
 * malformed is the strictest floor. */
struct hf_floor hf_floor_read(const char *folder);
/* May holdfastd go from the plan `now` to `wanted`? HF_ERR_FORBIDDEN: no.
 * - No tunnel without a lock, and no lock weaker than the floor's.
 * - Where root alone may unblock, a lock that is in force stays, without gaps: no split, no
 *   exclusions. The same holds for the first one. */
hf_status hf_floor_check(const struct hf_floor *floor, const struct hf_plan *now,
                         const struct hf_plan *wanted) HF_MUST_USE;
/* What is in force where the floor wants a lock and nobody has one: everything is blocked. */
struct hf_plan hf_floor_block(const struct hf_floor *floor);

#endif
