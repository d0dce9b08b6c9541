/* Where an instance lives and who runs it: the paths below --root, the uids, the marks. The one
 * place for these facts. */
#ifndef HF_PLATFORM_INSTANCE_H
#define HF_PLATFORM_INSTANCE_H

#include "base/bytes.h"
#include "base/status.h"

#define HF_PATH_MAX 4096

/* Used where the system has no `holdfast` and `holdfast-engine` users. */
#define HF_FALLBACK_UID        64720
#define HF_FALLBACK_ENGINE_UID 64721

/* One masked byte of the fwmark: other software keeps its bits. */
#define HF_FWMARK      0x00480000u
#define HF_FWMARK_MASK 0x00ff0000u

/* The routing table, and the priorities of our rules (before main's 32766). */
#define HF_ROUTE_TABLE         18502
#define HF_RULE_PRIORITY_FIRST 18500
#define HF_NFT_TABLE           "holdfast"
#define HF_TUN_NAME            "hold0"

enum hf_bus { HF_BUS_SYSTEM, HF_BUS_NONE };

struct hf_instance {
    char etc[HF_PATH_MAX]; /* ROOT/etc/holdfast */
    char lib[HF_PATH_MAX]; /* ROOT/usr/lib/holdfast: what packages bring */
    char run[HF_PATH_MAX]; /* ROOT/run/holdfast: netd.sock, bus.sock, locks, netd/journal; gone at
                              boot */
    char var[HF_PATH_MAX]; /* ROOT/var/lib/holdfast: profiles, secrets, intent, netd/ */
    char resolv_conf[HF_PATH_MAX];
    char metrics[HF_PATH_MAX]; /* text file for Prometheus; "": none */
    unsigned daemon_uid, daemon_gid;
    unsigned engine_uid, engine_gid;
    unsigned owner_uid; /* who, beside root, may give orders on either bus */
    unsigned admin_uid; /* whose files in etc and lib count: root's */
    enum hf_bus bus;
};

/* Options that holdfastd, holdfast-netd and `holdfast run` share: --root DIR, --bus system|none,
 * --owner UID,
 * --resolv-conf FILE, --metrics FILE. Returns how many of argv it took from `*at` (0: none, so the
 * caller looks itself); -1: bad usage. */
void hf_instance_init(struct hf_instance *instance);
int hf_instance_option(struct hf_instance *instance, int argc, char **argv, int at);
/* Looks up users. Call once after the options. */
hf_status hf_instance_finish(struct hf_instance *instance) HF_MUST_USE;
/* Writes `dir`/`name` to `out`; HF_ERR_TOO_LARGE when it does not fit. */
hf_status hf_instance_path(const char *dir, const char *name, char out[HF_PATH_MAX]) HF_MUST_USE;

#endif
