/* What a scenario's gateway and client are made of: one CA, a gateway, a client, and the ways in
 * which certificates can be wrong. On top of support/pki.h, in the forms that the product takes. */
#ifndef HF_SCENARIO_PKI_H
#define HF_SCENARIO_PKI_H

#include "crypto/credential.h"
#include "support/pki.h"

#define SIM_GATEWAY_NAME "vpn.example.com"
#define SIM_CLIENT_NAME  "alice@example.com"
/* When virtual time begins. */
#define SIM_WALL_CLOCK   PKI_NOW

struct sim_pki_options {
    enum pki_key gateway_key, client_key;
    const char *gateway_name;          /* dNSName; NULL: SIM_GATEWAY_NAME */
    const char *client_name;           /* rfc822Name; NULL: SIM_CLIENT_NAME */
    const char *gateway_purpose;       /* EKU; NULL: "serverAuth" */
    bool gateway_from_other_ca;        /* signed by a CA that the client does not trust */
    bool gateway_expired;              /* ended a day before SIM_WALL_CLOCK */
    bool gateway_early;                /* begins a day after it */
    bool gateway_sends_ca;             /* the root is in the chain as well */
    bool gateway_through_intermediate; /* an intermediate CA is in the chain */
    bool client_from_other_ca;
};

struct sim_pki {
    hf_bytes ca;            /* the root, DER; lives until the process ends */
    struct hf_trust *trust; /* the root: what both sides trust */
    struct hf_credential gateway, client;
    EVP_PKEY *gateway_key; /* for the TLS server; lives until the process ends */
};

/* Ends the program when anything fails: that is a broken test. NULL options: all ECDSA P-256. The
 * keys come from OpenSSL's generator, seeded or not. */
struct sim_pki *sim_pki_new(const struct sim_pki_options *options);
void sim_pki_free(struct sim_pki *pki);
/* Appends the gateway's signature, PKCS #1 version 1.5 with SHA-1, as only a test may make it: its
 * key is an RSA key. */
void sim_pki_sign_sha1(const struct sim_pki *pki, hf_bytes message, hf_buf *out);

#endif
