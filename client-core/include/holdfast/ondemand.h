/* On-demand rules: whether a profile wants to be connected on the network that the machine is on.
 * Pure: facts come in, a verdict goes out. */
#ifndef HOLDFAST_ONDEMAND_H
#define HOLDFAST_ONDEMAND_H

#include <holdfast/supervisor.h>

enum hf_ondemand_verdict {
    HF_ONDEMAND_NONE, /* no rule fits */
    HF_ONDEMAND_CONNECT,
    HF_ONDEMAND_DISCONNECT,
    HF_ONDEMAND_IGNORE, /* leave everything as it is */
};
/* Why a rule before the one that decided was passed over though it might have fitted. */
enum hf_ondemand_doubt {
    HF_ONDEMAND_NO_DOUBT,
    HF_ONDEMAND_UNKNOWN_SSID,
    HF_ONDEMAND_UNPROBED, /* nobody asks the URL of a rule */
    HF_ONDEMAND_FAKEABLE, /* it would stop protection by what any network can claim */
};
struct hf_ondemand_answer {
    enum hf_ondemand_verdict verdict;
    size_t rule;                  /* which decided, from 0; without meaning with NONE */
    enum hf_ondemand_doubt doubt; /* the first one */
    size_t doubted;               /* which rule it is about */
};

/* The first enabled rule of the profile that fits `facts` decides. `ssid`: NULL where it is not
 * known, and then no rule that names one fits. `by_admin`: the profile is the system's, whose rules
 * may stop protection by SSID, search domain or resolver; of others such rules are passed over. */
struct hf_ondemand_answer hf_ondemand_decide(const struct hf_profile *profile, bool by_admin,
                                             const struct hf_network_facts *facts,
                                             const char *ssid);
const char *hf_ondemand_verdict_name(enum hf_ondemand_verdict verdict);
/* For the log: "names an SSID, which is not known"; "" for no doubt. */
const char *hf_ondemand_doubt_text(enum hf_ondemand_doubt doubt);

#endif
