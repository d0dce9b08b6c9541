/* The IKE_SA_INIT exchange of the initiator (RFC 7296, sections 1.2, 2.6, 2.23): makes the request,
 * and makes sense of replies that anybody on the path could have sent. Nothing here is believed
 * beyond what the keys derived from it prove later. */
#ifndef HF_IKEV2_INIT_H
#define HF_IKEV2_INIT_H

#include "crypto/ke.h"
#include "ikev2/proposal.h"

#define HF_IKEV2_NONCE_LEN      32
#define HF_IKEV2_COOKIE_MAX     64
#define HF_IKEV2_COOKIE_ROUNDS  2
#define HF_IKEV2_KE_RETRIES_MAX 3

struct hf_ikev2_init {
    const struct hf_ikev2_sa_config *config;
    const struct hf_env *env;
    uint64_t spi_i;
    uint8_t nonce_i[HF_IKEV2_NONCE_LEN];
    uint8_t source[20]; /* in place of the hash of our address: see add_nat_detection */
    struct hf_ke *ke;
    uint16_t groups[HF_IKEV2_KE_RETRIES_MAX + 1]; /* used so far, the last is in use */
    size_t group_count;
    uint8_t cookie[HF_IKEV2_COOKIE_MAX];
    size_t cookie_len;
    unsigned cookie_rounds;
    hf_buf request;       /* as sent last: AUTH covers it */
    struct hf_fault hint; /* what an unprotected reply claimed (rule A11); HF_OK: nothing */
    unsigned hints;       /* how many replies in a row claimed it */

    /* Once done: */
    uint64_t spi_r;
    hf_buf nonce_r;
    hf_buf reply; /* as received: the gateway's AUTH covers it */
    struct hf_ikev2_choice choice;
    hf_secret shared;
    uint32_t hashes; /* of SIGNATURE_HASH_ALGORITHMS: bit set of 1u << enum hf_signature_hash */
    bool fragment;   /* the gateway announced RFC 7383 */
    bool nat_local, nat_remote;
};

/* Draws SPI, nonce and the first key pair. On failure `out` can still be cleared. */
hf_status hf_ikev2_init_start(struct hf_ikev2_init *init, const struct hf_ikev2_sa_config *config,
                              const struct hf_ikev2_policy *policy,
                              const struct hf_env *env) HF_MUST_USE;
void hf_ikev2_init_clear(struct hf_ikev2_init *init);
/* Writes the request into `init->request`. */
hf_status hf_ikev2_init_encode(struct hf_ikev2_init *init,
                               const struct hf_ikev2_policy *policy) HF_MUST_USE;

enum hf_ikev2_init_result {
    HF_INIT_IGNORED, /* not a usable reply; `hint` may have changed */
    HF_INIT_RETRY,   /* COOKIE or INVALID_KE_PAYLOAD: encode again and send */
    HF_INIT_DONE,
};
/* Takes a reply whose header was decoded and carries our SPI. */
enum hf_ikev2_init_result hf_ikev2_init_handle(struct hf_ikev2_init *init,
                                               struct hf_ikev2_policy *policy,
                                               const struct hf_ike_header *header,
                                               hf_bytes message);
/* What ends the attempt when no usable reply came in time: the hint, else HF_ERR_NO_REPLY. */
struct hf_fault hf_ikev2_init_fault(const struct hf_ikev2_init *init,
                                    const struct hf_ikev2_policy *policy);
/* The gateway keeps saying NO_PROPOSAL_CHOSEN and nothing else: waiting longer is of no use. */
bool hf_ikev2_init_is_hopeless(const struct hf_ikev2_init *init);

#endif
