/* The private key that is in a token: signatures are asked of holdfast-keys, over a socket that
 * holdfastd handed over with the key already open. On the control thread, which waits; the data
 * threads go on. */
#ifndef HF_ENGINE_KEY_H
#define HF_ENGINE_KEY_H

#include "base/signer.h"
#include "ipc/channel.h"

struct hf_engine_key {
    int socket; /* owned; -1: none */
    uint32_t serial;
    struct hf_remote_signer signer; /* for hf_env.key; sign NULL: none */
};

void hf_engine_key_init(struct hf_engine_key *key);
void hf_engine_key_clear(struct hf_engine_key *key);
/* Takes the descriptor out of the message. False: it is malformed, or there is a key already. */
bool hf_engine_key_take(struct hf_engine_key *key, struct hf_ipc_message *message) HF_MUST_USE;

#endif
