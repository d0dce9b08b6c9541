/* One key in one PKCS #11 token: found by URI (RFC 7512), opened with a PIN, signed with. */
#ifndef HF_HELPERS_KEYS_TOKEN_H
#define HF_HELPERS_KEYS_TOKEN_H

#include "helpers/keys/modules.h"
#include "ipc/keys_protocol.h"

#include <p11-kit/uri.h>

struct hf_token {
    P11KitUri *uri; /* owned */
    CK_FUNCTION_LIST *module;
    CK_SLOT_ID slot;
    CK_TOKEN_INFO info;
    CK_SESSION_HANDLE session; /* 0: none */
    CK_OBJECT_HANDLE key;
    enum hf_key_type type;
    uint16_t bits;
    hf_buf chain[HF_KEYS_CHAIN_MAX]; /* DER, the key's own certificate first; owned */
    size_t chain_count;
};

/* Finds the one token that the URI names. A URI that brings a PIN, or says which file to load or to
 * read, is refused: a profile may not. HF_ERR_CREDENTIAL_INVALID: such a URI, one that is
 * malformed, or one that fits several tokens. HF_ERR_TOKEN_MISSING; HF_ERR_PIN_LOCKED. `*out` is
 * zero before and cleared by the caller in every case. */
hf_status hf_token_find(struct hf_keys_modules *modules, const char *uri, struct hf_token *out,
                        struct hf_fault *out_fault) HF_MUST_USE;
void hf_token_clear(struct hf_token *token);
bool hf_token_wants_pin(const struct hf_token *token);
void hf_token_describe(const struct hf_token *token, struct hf_keys_pin_wanted *out);
/* One try, where the token wants a PIN; then the key and its certificates are looked up.
 * HF_ERR_PIN_WRONG, HF_ERR_PIN_LOCKED, HF_ERR_CREDENTIAL_MISSING (no such key),
 * HF_ERR_CREDENTIAL_INVALID (several, or of a type that is not supported). */
hf_status hf_token_open(struct hf_token *token, hf_bytes pin,
                        struct hf_fault *out_fault) HF_MUST_USE;
/* HF_ERR_TOKEN_MISSING: it was taken away. HF_ERR_CREDENTIAL_INVALID: it refuses. token_sign.c. */
hf_status hf_token_sign(struct hf_token *token, const struct hf_keys_sign *request,
                        hf_buf *out) HF_MUST_USE;
/* What a function of a module said, as one of our statuses. */
hf_status hf_token_status(CK_RV rv);

#endif
