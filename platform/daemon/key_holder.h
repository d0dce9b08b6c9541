/* The key in a token that a profile names: has netd start holdfast-keys as the profile's owner, has
 * the key opened, and gives the socket away, to an engine, once nothing but signing is left to ask
 * for. A PIN goes to the token from here: no engine ever has it. */
#ifndef HF_DAEMON_KEY_HOLDER_H
#define HF_DAEMON_KEY_HOLDER_H

#include "daemon/netd_link.h"
#include "ipc/keys_protocol.h"

struct hf_key_holder;

struct hf_key_holder_events {
    /* Answer with hf_key_holder_give_pin, now or later. */
    void (*pin_wanted)(void *context, const struct hf_keys_pin_wanted *wanted);
    /* The end of opening. `fault` HF_OK: `fd` is the receiver's, `opened` is borrowed. Else: why it
     * did not work, fd -1. */
    void (*done)(void *context, const struct hf_fault *fault, const struct hf_keys_opened *opened,
                 int fd);
};

hf_status hf_key_holder_new(struct hf_netd_link *netd, const struct hf_key_holder_events *events,
                            void *context, struct hf_key_holder **out) HF_MUST_USE;
void hf_key_holder_free(struct hf_key_holder *holder);
/* Opens the key; what was being opened before is given up. Ends in `done`, which may come before
 * this returns. */
void hf_key_holder_open(struct hf_key_holder *holder, unsigned uid, const char *uri);
/* HF_ERR_UNEXPECTED: no PIN is wanted. HF_ERR_USAGE: none of that length. */
hf_status hf_key_holder_give_pin(struct hf_key_holder *holder, hf_bytes pin) HF_MUST_USE;
bool hf_key_holder_wants_pin(const struct hf_key_holder *holder);
/* Gives up, and tells nobody. */
void hf_key_holder_stop(struct hf_key_holder *holder);

/* The certificates as PEM, appended. HF_ERR_TOO_LARGE. */
hf_status hf_key_holder_pem(const struct hf_keys_opened *opened, hf_buf *out) HF_MUST_USE;

#endif
