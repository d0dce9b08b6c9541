/* What holdfast-keys is asked, over the one socket that it was started with. holdfastd opens the
 * key, with a PIN where the token wants one; then the engine has the socket, and nothing but
 * signing is left to ask for. Each side treats the other as hostile. */
#ifndef HF_IPC_KEYS_PROTOCOL_H
#define HF_IPC_KEYS_PROTOCOL_H

#include "base/fault.h"
#include "base/signer.h"
#include "ipc/channel.h"
#include "ipc/values.h"

enum hf_keys_message {
    HF_KEYS_OPEN = 1, /* text: the URI of the key. Once */
    HF_KEYS_PIN,      /* u16 length, octets: one try. Once, after PIN_WANTED */
    HF_KEYS_SIGN,     /* hf_keys_sign; after OPENED */
    /* the answers */
    HF_KEYS_PIN_WANTED = 64, /* hf_keys_pin_wanted */
    HF_KEYS_OPENED,          /* fault; after HF_OK: hf_keys_opened */
    HF_KEYS_SIGNED,          /* status; after HF_OK: u16 length, signature. The serial of SIGN */
};

/* What a token tells of the tries that are left; a number is not to be had (PKCS #11 v2.40,
 * CKF_USER_PIN_COUNT_LOW and CKF_USER_PIN_FINAL_TRY). */
enum hf_keys_tries {
    HF_KEYS_TRIES_ENOUGH,
    HF_KEYS_TRIES_FEW,
    HF_KEYS_TRIES_LAST,
    HF_KEYS_TRIES_COUNT
};

#define HF_KEYS_URI_MAX   256
#define HF_KEYS_LABEL_MAX 64
#define HF_KEYS_PIN_MAX   255
#define HF_KEYS_CHAIN_MAX 8

/* How long the helper works on one request before it gives itself up. A signature's is below what
 * holdfastd lets an engine be silent (daemon/engine_watch.h). */
#define HF_KEYS_OPEN_SECONDS 20
#define HF_KEYS_SIGN_SECONDS 4
#define HF_KEYS_SIGN_MILLIS  5000 /* how long the engine waits */

struct hf_keys_pin_wanted {
    enum hf_keys_tries tries;
    char label[HF_KEYS_LABEL_MAX]; /* the token's, printable */
};

struct hf_keys_opened {
    enum hf_key_type type;
    uint16_t bits;
    size_t count;                             /* 0: the token has no certificate */
    hf_bytes certificates[HF_KEYS_CHAIN_MAX]; /* DER, the key's own first; borrowed */
};

struct hf_keys_sign {
    enum hf_signature_scheme scheme;
    hf_bytes digest; /* 1 to HF_DIGEST_MAX octets; borrowed */
};

/* "enough", "few", "last": stable, for machines. */
const char *hf_keys_tries_name(enum hf_keys_tries tries);

/* Decoders say HF_ERR_MALFORMED to everything that the encoders cannot have written, octets behind
 * the end included; then `*out` is untouched. */
void hf_keys_pin_encode(hf_writer *w, hf_bytes pin);
hf_status hf_keys_pin_decode(hf_bytes body, hf_bytes *out) HF_MUST_USE;
void hf_keys_sign_encode(hf_writer *w, const struct hf_keys_sign *sign);
hf_status hf_keys_sign_decode(hf_bytes body, struct hf_keys_sign *out) HF_MUST_USE;
void hf_keys_pin_wanted_encode(hf_writer *w, const struct hf_keys_pin_wanted *wanted);
hf_status hf_keys_pin_wanted_decode(hf_bytes body, struct hf_keys_pin_wanted *out) HF_MUST_USE;
/* `opened` is written and read only where the fault's status is HF_OK. */
void hf_keys_opened_encode(hf_writer *w, const struct hf_fault *fault,
                           const struct hf_keys_opened *opened);
hf_status hf_keys_opened_decode(hf_bytes body, struct hf_fault *out_fault,
                                struct hf_keys_opened *out) HF_MUST_USE;
void hf_keys_signed_encode(hf_writer *w, hf_status status, hf_bytes signature);
hf_status hf_keys_signed_decode(hf_bytes body, hf_status *out_status,
                                hf_bytes *out_signature) HF_MUST_USE;

#endif
