/* Keys and certificates made on the spot for scenarios: one CA, a gateway, a client, and the ways
 * in which a gateway's certificate can be wrong. */
#ifndef HF_SCENARIO_PKI_H
#define HF_SCENARIO_PKI_H

#include "crypto/credential.h"

#define SIM_GATEWAY_NAME "vpn.example.com"
#define SIM_CLIENT_NAME  "alice@example.com"
/* When virtual time begins: 2030-01-01 00:00 UTC. Certificates are valid for a year around it. */
#define SIM_WALL_CLOCK   ((hf_wall_clock)1893456000)

struct sim_pki_options {
    enum hf_key_type ca_key, gateway_key, client_key;
    const char *gateway_name;          /* dNSName; NULL: SIM_GATEWAY_NAME */
    const char *client_name;           /* rfc822Name; NULL: SIM_CLIENT_NAME */
    bool gateway_from_other_ca;        /* signed by a CA that the client does not trust */
    bool gateway_expired;              /* ended a day before SIM_WALL_CLOCK */
    bool gateway_early;                /* begins a day after it */
    bool gateway_has_client_purpose;   /* EKU clientAuth in place of serverAuth */
    bool gateway_sends_ca;             /* the root is in the chain as well */
    bool gateway_through_intermediate; /* an intermediate CA is in the chain */
    bool client_from_other_ca;
};

struct sim_pki {
    hf_buf ca; /* the root, DER */
    struct hf_credential gateway, client;
    hf_buf gateway_key, client_key; /* PKCS#8 DER */
    struct hf_trust *trust;         /* the root: what both sides trust */
};

/* Ends the program when anything fails: that is a broken test. NULL options: all ECDSA P-256. The
 * keys come from OpenSSL's generator, seeded or not. */
struct sim_pki *sim_pki_new(const struct sim_pki_options *options);
void sim_pki_free(struct sim_pki *pki);

#endif
