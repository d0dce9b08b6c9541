/* What the profile and its secrets mean to IKE: identities, trust, credential, suites, timers.
 * Checked before the first datagram: what is missing or has expired needs no gateway to be told. */
#ifndef HF_CONN_ATTEMPT_CREDENTIALS_H
#define HF_CONN_ATTEMPT_CREDENTIALS_H

#include "ikev2/sa.h"
#include <holdfast/profile.h>

/* One list of algorithms of the profile, as rows of the registry. */
struct hf_attempt_rows {
    const struct hf_algorithm *rows[HF_PROFILE_ALGORITHMS];
    size_t count;
};

struct hf_attempt_credentials {
    struct hf_trust *trust;
    struct hf_credential credential;
    hf_buf psk;
    hf_identity local_id;
    hf_buf eap_identity;
    struct hf_attempt_rows ike_encr, ike_prf, ike_integ, ike_ke, esp_encr, esp_integ;
    hf_selector remote_ts[HF_PROFILE_PREFIXES];
    size_t remote_ts_count;
};

/* `remote`: the key that the profile's key-uri names; NULL: there is none. `local`: our address,
 * for a pre-shared key without a local identity; family NONE: unknown. HF_ERR_CREDENTIAL_MISSING,
 * _EXPIRED, _PASSPHRASE, _INVALID, HF_ERR_SECRET_NEEDED, HF_ERR_PROFILE_INVALID; the fault names
 * what. On failure `*out` is cleared. */
hf_status hf_attempt_credentials_make(const struct hf_profile *profile,
                                      const struct hf_secrets *secrets,
                                      const struct hf_remote_signer *remote,
                                      const hf_address *local, hf_wall_clock now,
                                      struct hf_attempt_credentials *out,
                                      struct hf_fault *out_fault) HF_MUST_USE;
void hf_attempt_credentials_clear(struct hf_attempt_credentials *credentials);

/* Everything of the SA's configuration that does not depend on where the gateway is: it borrows
 * from `profile` and `credentials`. `gateway` is its name in the profile, which it must prove where
 * the profile has no other identity for it. */
hf_status hf_attempt_credentials_configure(const struct hf_profile *profile,
                                           const struct hf_attempt_credentials *credentials,
                                           const char *gateway, hf_wall_clock now,
                                           struct hf_ikev2_sa_config *out,
                                           struct hf_fault *out_fault) HF_MUST_USE;

#endif
