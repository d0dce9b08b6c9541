/* IKE_AUTH as a responder: certificates, shared keys, EAP. RFC 7296, sections 1.2, 2.15 and 2.16;
 * RFC 7427. */
#include "scenario/gateway_internal.h"

#include "crypto/signature.h"
#include "support/hex.h"

static const struct hf_ikev2_raw_payload *find(const struct gw_call *call, uint8_t type)
{
    return hf_ikev2_chain_find(&call->request, type, 0);
}

static void refuse(struct gw_call *call, uint16_t notify)
{
    call->sa->gateway->stats.client_auth_failures += notify == HF_NOTIFY_AUTHENTICATION_FAILED;
    gw_write_error(call->answer, notify, (hf_bytes){ 0 });
    call->dies = true;
}

/* --- The gateway proves itself --------------------------------------------------------------- */

/* Writes IDr and returns its body, which AUTH covers. */
static hf_bytes write_identity(struct gw_call *call)
{
    const struct sim_gateway_config *config = &call->sa->gateway->config;
    const hf_identity *id = config->impair.wrong_identity ? &config->other_id : &config->id;
    hf_writer *w = &call->answer->w;
    size_t start;

    hf_ikev2_payload_begin(call->answer, HF_PAYLOAD_IDR);
    start = w->len;
    hf_ikev2_id_encode(w, id);
    hf_ikev2_payload_end(call->answer);
    return (hf_bytes){ w->data + start, w->len - start };
}

static void write_certificates(struct gw_call *call)
{
    const struct hf_credential *own = &call->sa->gateway->config.pki->gateway;

    for (size_t i = 0; i < own->chain_count; i++) {
        struct hf_ikev2_cert cert = { HF_CERT_X509_SIGNATURE, hf_buf_bytes(&own->chain[i]) };

        hf_ikev2_payload_begin(call->answer, HF_PAYLOAD_CERT);
        hf_ikev2_cert_encode(&call->answer->w, &cert);
        hf_ikev2_payload_end(call->answer);
    }
}

static hf_buf own_octets(const struct gw_sa *sa, hf_bytes id_body)
{
    hf_buf octets = hf_buf_with_max(HF_IKE_MESSAGE_MAX);

    if (hf_ikev2_signed_octets(sa->suite.prf, hf_buf_bytes(&sa->init_answer),
                               hf_buf_bytes(&sa->nonce_i), &sa->keys.pr, id_body, &octets) != HF_OK)
        test_die("no octets to sign");
    return octets;
}

/* sha1WithRSAEncryption behind its length: RFC 7427, sections 3 and A.1.1. */
static const uint8_t sha1_with_rsa[] = { 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48,
                                         0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05, 0x05, 0x00 };

static void sign_with_sha1(const struct sim_gateway_config *config, hf_bytes octets,
                           uint8_t *out_method, hf_buf *out)
{
    *out_method =
        config->impair.sha1_auth == SIM_SHA1_METHOD_1 ? HF_AUTH_RSA_SHA1 : HF_AUTH_SIGNATURE;
    if (*out_method == HF_AUTH_SIGNATURE && !hf_buf_append(out, HF_BYTES_OF(sha1_with_rsa)))
        test_die("out of memory");
    sim_pki_sign_sha1(config->pki, octets, out);
}

static void sign(const struct gw_sa *sa, hf_bytes octets, uint8_t *out_method, hf_buf *out)
{
    const struct sim_gateway_config *config = &sa->gateway->config;
    struct hf_signer signer = hf_private_key_signer(config->pki->gateway.key);
    enum hf_signature_scheme scheme;
    hf_status status;

    if (config->impair.sha1_auth != SIM_SHA1_NONE) {
        sign_with_sha1(config, octets, out_method, out);
        return;
    }
    *out_method = HF_AUTH_SIGNATURE;
    if (config->ecdsa_methods)
        status = hf_signature_sign_ecdsa(&signer, octets, out_method, out);
    else if ((status = hf_signature_choose(signer.key_type, sa->client_hashes, &scheme)) == HF_OK)
        status = hf_signature_sign(&signer, scheme, octets, out);
    if (status != HF_OK)
        test_die("the gateway cannot sign: %s", hf_status_code(status));
}

static void write_auth(struct gw_call *call, uint8_t method, hf_bytes data, bool is_wrong)
{
    struct hf_ikev2_auth auth = { .method = method, .data = data };
    uint8_t *wrong = is_wrong ? test_copy(data) : NULL;

    if (is_wrong) {
        wrong[data.len / 2] ^= 1;
        auth.data.data = wrong;
    }
    hf_ikev2_payload_begin(call->answer, HF_PAYLOAD_AUTH);
    hf_ikev2_auth_encode(&call->answer->w, &auth);
    hf_ikev2_payload_end(call->answer);
}

static void write_shared_key_auth(struct gw_call *call, hf_bytes key, hf_bytes octets,
                                  bool is_wrong)
{
    hf_secret data;

    if (hf_ikev2_shared_key_auth(call->sa->suite.prf, key, octets, &data) != HF_OK)
        test_die("no AUTH by shared key");
    write_auth(call, HF_AUTH_SHARED_KEY, hf_secret_bytes(&data), is_wrong);
    hf_secret_clear(&data);
}

static void prove(struct gw_call *call)
{
    const struct sim_gateway_config *config = &call->sa->gateway->config;
    hf_buf octets = own_octets(call->sa, write_identity(call));
    hf_buf data = hf_buf_with_max(HF_SIGNATURE_MAX + 64);
    uint8_t method;

    if (config->gateway_auth == SIM_GATEWAY_PSK)
        write_shared_key_auth(call, config->psk, hf_buf_bytes(&octets), config->impair.wrong_auth);
    else {
        write_certificates(call);
        sign(call->sa, hf_buf_bytes(&octets), &method, &data);
        write_auth(call, method, hf_buf_bytes(&data), config->impair.wrong_auth);
    }
    hf_buf_free(&octets);
    hf_buf_free(&data);
}

/* --- The client proves itself ---------------------------------------------------------------- */

/* The body of the IDi that the client sent, from the request that is kept. */
static hf_bytes client_id_body(const struct gw_sa *sa, struct hf_ikev2_chain *chain)
{
    uint8_t unsupported;

    if (hf_ikev2_chain_decode(sa->first_auth_type, hf_buf_bytes(&sa->first_auth), chain,
                              &unsupported) != HF_OK)
        test_die("the first IKE_AUTH request no longer decodes");
    return hf_ikev2_chain_find(chain, HF_PAYLOAD_IDI, 0)->body;
}

static hf_buf client_octets(const struct gw_sa *sa)
{
    struct hf_ikev2_chain chain;
    hf_buf octets = hf_buf_with_max(HF_IKE_MESSAGE_MAX);

    if (hf_ikev2_signed_octets(sa->suite.prf, hf_buf_bytes(&sa->init_request),
                               hf_buf_bytes(&sa->nonce_r), &sa->keys.pi, client_id_body(sa, &chain),
                               &octets) != HF_OK)
        test_die("no octets to verify");
    return octets;
}

static bool verify_shared_key(const struct gw_sa *sa, hf_bytes key,
                              const struct hf_ikev2_auth *auth)
{
    hf_buf octets = client_octets(sa);
    hf_secret expected;
    bool good;

    if (hf_ikev2_shared_key_auth(sa->suite.prf, key, hf_buf_bytes(&octets), &expected) != HF_OK)
        test_die("no AUTH by shared key");
    good = auth->method == HF_AUTH_SHARED_KEY &&
           hf_bytes_equal_ct(auth->data, hf_secret_bytes(&expected));
    hf_secret_clear(&expected);
    hf_buf_free(&octets);
    return good;
}

/* The client's certificates as they came, leaf first. */
static size_t collect_chain(const struct gw_call *call, hf_bytes chain[HF_CHAIN_MAX])
{
    const struct hf_ikev2_raw_payload *p;
    size_t count = 0;

    while (count < HF_CHAIN_MAX &&
           (p = hf_ikev2_chain_find(&call->request, HF_PAYLOAD_CERT, count)) != NULL) {
        struct hf_ikev2_cert cert;

        if (hf_ikev2_cert_decode(p->body, &cert) != HF_OK)
            break;
        chain[count++] = cert.data;
    }
    return count;
}

static bool verify_signature(struct gw_call *call, const struct hf_ikev2_auth *auth)
{
    struct gw_sa *sa = call->sa;
    struct hf_certificate_policy policy = { .identity = sa->client_id,
                                            .allow_any_purpose = true,
                                            .now = SIM_WALL_CLOCK };
    hf_bytes chain[HF_CHAIN_MAX];
    size_t count = collect_chain(call, chain);
    hf_buf octets = client_octets(sa);
    struct hf_public_key *key = NULL;
    struct hf_fault fault;
    hf_status status =
        hf_certificate_verify(sa->gateway->config.pki->trust, chain, count, &policy, &key, &fault);

    if (status == HF_OK && auth->method == HF_AUTH_SIGNATURE)
        status = hf_signature_verify(key, auth->data, hf_buf_bytes(&octets));
    else if (status == HF_OK)
        status = hf_signature_verify_ecdsa(key, auth->method, auth->data, hf_buf_bytes(&octets));
    hf_public_key_free(key);
    hf_buf_free(&octets);
    return status == HF_OK;
}

static bool is_client_authentic(struct gw_call *call)
{
    const struct sim_gateway_config *config = &call->sa->gateway->config;
    const struct hf_ikev2_raw_payload *p = find(call, HF_PAYLOAD_AUTH);
    struct hf_ikev2_auth auth;

    if (p == NULL || hf_ikev2_auth_decode(p->body, &auth) != HF_OK)
        return false;
    if (config->client_auth == SIM_CLIENT_PSK)
        return verify_shared_key(call->sa, config->psk, &auth);
    return verify_signature(call, &auth);
}

/* --- The end: addresses and the child SA ----------------------------------------------------- */

static void establish(struct gw_call *call)
{
    struct gw_sa *sa = call->sa;
    uint16_t child_error = sa->gateway->config.impair.child_error;
    struct gw_child_request request = { .in_auth = true };
    struct hf_ikev2_chain first;

    (void)client_id_body(sa, &first);
    request.chain = &first;
    if (child_error != 0)
        gw_write_error(call->answer, child_error, (hf_bytes){ 0 });
    else {
        gw_config_answer(call, &first);
        (void)gw_child_answer(call, &request); /* without a child the IKE SA stays all the same */
    }
    sa->state = GW_ESTABLISHED;
    sa->gateway->stats.established++;
}

/* --- EAP: RFC 7296, section 2.16 ------------------------------------------------------------- */

static void go_on_with_eap(struct gw_call *call, hf_bytes packet)
{
    hf_buf out = hf_buf_with_max(HF_IKE_MESSAGE_MAX);

    switch (gw_eap_handle(call->sa->eap, packet, &out)) {
    case GW_EAP_SEND:
        break;
    case GW_EAP_SUCCESS:
        call->sa->state = GW_EAP_DONE;
        break;
    case GW_EAP_FAILURE:
        call->sa->gateway->stats.client_auth_failures++;
        call->dies = true;
        break;
    }
    hf_ikev2_chain_add(call->answer, HF_PAYLOAD_EAP, hf_buf_bytes(&out));
    hf_buf_free(&out);
}

static void handle_eap(struct gw_call *call)
{
    const struct hf_ikev2_raw_payload *eap = find(call, HF_PAYLOAD_EAP);

    if (eap == NULL) {
        refuse(call, HF_NOTIFY_INVALID_SYNTAX);
        return;
    }
    call->sa->gateway->stats.eap_responses++;
    go_on_with_eap(call, eap->body);
}

/* The client's AUTH over the key that EAP made, and ours. */
static void handle_eap_auth(struct gw_call *call)
{
    const struct hf_ikev2_raw_payload *p = find(call, HF_PAYLOAD_AUTH);
    const struct sim_impair *impair = &call->sa->gateway->config.impair;
    hf_bytes msk = gw_eap_msk(call->sa->eap);
    uint8_t id_storage[HF_IDENTITY_MAX + 4];
    hf_writer id = hf_writer_of(id_storage, sizeof id_storage);
    struct hf_ikev2_auth auth;
    hf_bytes id_body;
    hf_buf octets;

    if (p == NULL || hf_ikev2_auth_decode(p->body, &auth) != HF_OK ||
        !verify_shared_key(call->sa, msk, &auth)) {
        refuse(call, HF_NOTIFY_AUTHENTICATION_FAILED);
        return;
    }
    hf_ikev2_id_encode(&id, impair->wrong_identity ? &call->sa->gateway->config.other_id
                                                   : &call->sa->gateway->config.id);
    if (!hf_writer_finish(&id, &id_body))
        test_die("no identity");
    octets = own_octets(call->sa, id_body);
    write_shared_key_auth(call, msk, hf_buf_bytes(&octets), impair->wrong_final_auth);
    hf_buf_free(&octets);
    establish(call);
}

/* --- The first request ----------------------------------------------------------------------- */

static bool keep_first_request(struct gw_call *call)
{
    const struct hf_ikev2_raw_payload *id = find(call, HF_PAYLOAD_IDI);
    struct gw_sa *sa = call->sa;

    if (id == NULL || hf_ikev2_id_decode(id->body, &sa->client_id) != HF_OK ||
        find(call, HF_PAYLOAD_SA) == NULL || find(call, HF_PAYLOAD_TSI) == NULL ||
        find(call, HF_PAYLOAD_TSR) == NULL) {
        gw_violated(sa->gateway, "the first IKE_AUTH request lacks a payload");
        return false;
    }
    sa->first_auth = gw_copy(call->plaintext);
    sa->first_auth_type = call->first;
    return true;
}

static void start_eap(struct gw_call *call)
{
    if (find(call, HF_PAYLOAD_AUTH) != NULL)
        gw_violated(call->sa->gateway, "AUTH in the request that asks for EAP");
    if (!call->sa->gateway->config.impair.eap_before_auth)
        prove(call);
    call->sa->state = GW_EAP;
    call->sa->eap = gw_eap_new(call->sa->gateway);
    go_on_with_eap(call, (hf_bytes){ 0 });
}

static void handle_first(struct gw_call *call)
{
    const struct sim_gateway_config *config = &call->sa->gateway->config;

    if (!keep_first_request(call))
        refuse(call, HF_NOTIFY_INVALID_SYNTAX);
    else if (config->impair.auth_error != 0)
        refuse(call, config->impair.auth_error);
    else if (config->client_auth == SIM_CLIENT_EAP_TLS)
        start_eap(call);
    else if (!is_client_authentic(call))
        refuse(call, HF_NOTIFY_AUTHENTICATION_FAILED);
    else {
        prove(call);
        establish(call);
    }
}

void gw_auth_handle(struct gw_call *call)
{
    call->sa->gateway->stats.auth_requests++;
    switch (call->sa->state) {
    case GW_INIT_DONE:
        handle_first(call);
        break;
    case GW_EAP:
        handle_eap(call);
        break;
    case GW_EAP_DONE:
        handle_eap_auth(call);
        break;
    case GW_ESTABLISHED:
    case GW_REPLACED:
    case GW_CLOSED:
        gw_violated(call->sa->gateway, "IKE_AUTH on an SA that is authenticated");
        refuse(call, HF_NOTIFY_INVALID_SYNTAX);
    }
}
