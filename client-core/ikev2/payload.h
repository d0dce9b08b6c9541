/* Bodies of IKEv2 payloads (RFC 7296, section 3): one decode and one encode each, in
 * payload_<name>.c. A body is everything after the 4-octet generic header, which message.h reads
 * and writes. Decoded values borrow from the body. Reserved fields are written as zero and ignored
 * (section 2.5). On failure outputs are untouched. */
#ifndef HF_IKEV2_PAYLOAD_H
#define HF_IKEV2_PAYLOAD_H

#include "base/address.h"
#include "base/identity.h"
#include "base/reader.h"
#include "base/selector.h"
#include "base/status.h"
#include "base/writer.h"
#include "ikev2/numbers.h"

#define HF_PROPOSALS_MAX  16  /* of one SA payload */
#define HF_TRANSFORMS_MAX 64  /* of one proposal; more are skipped, in order */
#define HF_DELETE_MAX     64  /* SPIs of one DELETE */
#define HF_CONFIG_MAX     128 /* attributes of one CP */

/* --- SA: section 3.3
 * ------------------------------------------------------------------------------------------- */
struct hf_ikev2_transform {
    uint8_t type; /* enum hf_transform_type */
    uint16_t id;
    uint16_t key_bits; /* 0: no Key Length attribute */
};

struct hf_ikev2_proposal {
    uint8_t number;
    uint8_t protocol; /* enum hf_ikev2_protocol */
    hf_bytes spi;     /* 0, 4 or 8 octets */
    size_t transform_count;
    struct hf_ikev2_transform transforms[HF_TRANSFORMS_MAX];
};

struct hf_ikev2_sa_payload {
    size_t count;
    struct hf_ikev2_proposal proposals[HF_PROPOSALS_MAX];
};
/* A transform with an unknown attribute is left out (section 3.3.6); proposals and transforms
 * beyond the bounds are checked and skipped. HF_ERR_MALFORMED: a count or a "last" field lies, or
 * an SPI has a length of its own. */
hf_status hf_ikev2_sa_decode(hf_bytes body, struct hf_ikev2_sa_payload *out) HF_MUST_USE;
void hf_ikev2_sa_encode(hf_writer *w, const struct hf_ikev2_sa_payload *sa);

/* --- KE: section 3.4
 * ------------------------------------------------------------------------------------------- */
struct hf_ikev2_ke {
    uint16_t method;
    hf_bytes data;
};
/* HF_ERR_MALFORMED: no data; its length is checked by hf_ke_derive. */
hf_status hf_ikev2_ke_decode(hf_bytes body, struct hf_ikev2_ke *out) HF_MUST_USE;
void hf_ikev2_ke_encode(hf_writer *w, const struct hf_ikev2_ke *ke);

/* --- IDi, IDr: section 3.5
 * ------------------------------------------------------------------------------------- */
/* The AUTH payload signs the body as it was on the wire (reserved octets included): keep `body` for
 * that. */
/* HF_ERR_MALFORMED: a type not in enum hf_identity_type, or data of the wrong length for it. */
hf_status hf_ikev2_id_decode(hf_bytes body, hf_identity *out) HF_MUST_USE;
void hf_ikev2_id_encode(hf_writer *w, const hf_identity *identity);

/* --- CERT, CERTREQ: sections 3.6, 3.7
 * -------------------------------------------------------------------------- */
enum { HF_CERT_X509_SIGNATURE = 4 };
struct hf_ikev2_cert {
    uint8_t encoding;
    hf_bytes data; /* CERT: the certificate; CERTREQ: SHA-1 hashes, 20 octets each */
};
hf_status hf_ikev2_cert_decode(hf_bytes body, struct hf_ikev2_cert *out) HF_MUST_USE;
void hf_ikev2_cert_encode(hf_writer *w, const struct hf_ikev2_cert *cert);

/* --- AUTH: section 3.8
 * ----------------------------------------------------------------------------------------- */
struct hf_ikev2_auth {
    uint8_t method;
    hf_bytes data;
};
/* HF_ERR_MALFORMED: no authentication data. */
hf_status hf_ikev2_auth_decode(hf_bytes body, struct hf_ikev2_auth *out) HF_MUST_USE;
void hf_ikev2_auth_encode(hf_writer *w, const struct hf_ikev2_auth *auth);

/* --- Nonce: section 3.9
 * ---------------------------------------------------------------------------------------- */
/* HF_ERR_MALFORMED unless 16 to 256 octets long. */
hf_status hf_ikev2_nonce_decode(hf_bytes body, hf_bytes *out) HF_MUST_USE;

/* --- Notify: section 3.10
 * -------------------------------------------------------------------------------------- */
struct hf_ikev2_notify {
    uint8_t protocol;
    uint16_t type;
    hf_bytes spi;
    hf_bytes data;
};
/* Protocol and SPI are as they came: gateways disagree on those that mean nothing. */
hf_status hf_ikev2_notify_decode(hf_bytes body, struct hf_ikev2_notify *out) HF_MUST_USE;
void hf_ikev2_notify_encode(hf_writer *w, const struct hf_ikev2_notify *notify);

/* --- Delete: section 3.11
 * -------------------------------------------------------------------------------------- */
struct hf_ikev2_delete {
    uint8_t protocol;
    size_t count;
    uint32_t spis[HF_DELETE_MAX]; /* ESP; empty for the IKE SA */
};
/* HF_ERR_TOO_LARGE: more than HF_DELETE_MAX. HF_ERR_MALFORMED: lengths lie, or SPIs are not of the
 * protocol's size (IKE: none). */
hf_status hf_ikev2_delete_decode(hf_bytes body, struct hf_ikev2_delete *out) HF_MUST_USE;
void hf_ikev2_delete_encode(hf_writer *w, const struct hf_ikev2_delete *del);

/* --- TSi, TSr: section 3.13
 * ------------------------------------------------------------------------------------ */
struct hf_ikev2_ts {
    size_t count;
    hf_selector selectors[HF_SELECTORS_MAX];
};
/* Selectors of unknown type are skipped. HF_ERR_MALFORMED: no other selector, a range that ends
 * before it starts (OPAQUE ports excepted), or a length that lies. HF_ERR_TOO_LARGE: more than
 * HF_SELECTORS_MAX. */
hf_status hf_ikev2_ts_decode(hf_bytes body, struct hf_ikev2_ts *out) HF_MUST_USE;
void hf_ikev2_ts_encode(hf_writer *w, const struct hf_ikev2_ts *ts);

/* --- CP: section 3.15
 * ------------------------------------------------------------------------------------------ */
enum hf_ikev2_config_type { HF_CFG_REQUEST = 1, HF_CFG_REPLY = 2, HF_CFG_SET = 3, HF_CFG_ACK = 4 };
enum hf_ikev2_config_attribute {
    HF_INTERNAL_IP4_ADDRESS = 1,
    HF_INTERNAL_IP4_NETMASK = 2,
    HF_INTERNAL_IP4_DNS = 3,
    HF_INTERNAL_IP4_NBNS = 4,
    HF_APPLICATION_VERSION = 7,
    HF_INTERNAL_IP6_ADDRESS = 8,
    HF_INTERNAL_IP6_DNS = 10,
    HF_INTERNAL_IP4_SUBNET = 13,
    HF_INTERNAL_IP6_SUBNET = 15,
    HF_INTERNAL_DNS_DOMAIN = 25,
    HF_UNITY_DEF_DOMAIN = 28674,
};
struct hf_ikev2_config {
    uint8_t type;
    size_t count;
    struct {
        uint16_t type;
        hf_bytes value;
    } attributes[HF_CONFIG_MAX];
};
/* HF_ERR_TOO_LARGE: more attributes than HF_CONFIG_MAX. */
hf_status hf_ikev2_config_decode(hf_bytes body, struct hf_ikev2_config *out) HF_MUST_USE;
void hf_ikev2_config_encode(hf_writer *w, const struct hf_ikev2_config *config);

#endif
