/* What to tell people about an outcome: a title, one sentence, the next step, and who can fix it.
 * Shown by the command line and the desktop app alike. The literals are translatable: callers pass
 * them through gettext. */
#ifndef HF_IPC_ADVICE_H
#define HF_IPC_ADVICE_H

#include <holdfast/status.h>

enum hf_fixer {
    HF_FIXER_NOBODY, /* nothing is wrong */
    HF_FIXER_YOU,
    HF_FIXER_NETWORK, /* who runs the network this computer is on */
    HF_FIXER_GATEWAY, /* who runs the VPN gateway */
    HF_FIXER_IT,      /* who made the profile or issued the credential */
    HF_FIXER_MACHINE, /* who administers this computer */
    HF_FIXER_US,      /* it is a fault in Holdfast */
};

struct hf_advice {
    enum hf_fixer fixer;
    const char *title;    /* a few words */
    const char *sentence; /* what happened */
    const char *step;     /* what to do; "" when there is nothing */
};

const struct hf_advice *hf_advice_of(hf_status status);

#endif
