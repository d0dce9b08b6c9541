/* Conversations: see talk.h. */
#include "talk.h"

#include "eap/packet.h"
#include "support/hex.h"

#include <string.h>

void talk_set_credential(struct talk *talk, const struct pki_cert *user)
{
    hf_credential_clear(&talk->credential);
    if (hf_credential_make(pki_key_der(user), (hf_bytes){ 0 }, pki_pem(user), &talk->credential) !=
        HF_OK)
        test_die("no credential");
    talk->config.tls.credential = &talk->credential;
}

void talk_init(struct talk *talk, int version)
{
    memset(talk, 0, sizeof *talk);
    talk->server_root = pki_root("CN=AAA Root");
    talk->client_root = pki_root("CN=Client Root");
    talk->server_config = (struct eap_server_config){
        .tls = {.cert = pki_gateway(talk->server_root),
                .client_ca = talk->client_root,
                .min = version,
                .max = version,
                .tickets = 2},
    };
    talk->config = (struct hf_eap_config){
        .identity = hf_bytes_of_string("anna@example.com"),
        .method = HF_EAP_TLS,
        .tls = {.min = HF_TLS_1_2, .max = HF_TLS_1_3, .policy.now = PKI_NOW},
    };
    if (hf_trust_new(&talk->trust) != HF_OK ||
        hf_trust_add(talk->trust, pki_der(talk->server_root), NULL) != HF_OK ||
        !hf_identity_make(HF_ID_FQDN, hf_bytes_of_string("gw.example.com"),
                          &talk->config.tls.policy.identity))
        test_die("no trust");
    talk->config.tls.trust = talk->trust;
    talk_set_credential(talk,
                        PKI_ISSUE(talk->client_root, .subject = "CN=Anna", .eku = "clientAuth"));
    test_env_init(&talk->env, 1);
    talk->packet = hf_buf_with_max(1 << 17);
    talk->response = hf_buf_with_max(1 << 16);
}

void talk_begin(struct talk *talk)
{
    talk->server = eap_server_new(&talk->server_config);
    if (hf_eap_peer_new(&talk->config, &talk->env.env, &talk->peer) != HF_OK)
        test_die("no peer");
}

enum hf_eap_result talk_hand(struct talk *talk, hf_bytes packet)
{
    talk->result = hf_eap_peer_handle(talk->peer, packet, &talk->response, &talk->fault, 1);
    return talk->result;
}

bool talk_step(struct talk *talk)
{
    hf_buf_clear(&talk->packet);
    talk->server_state =
        eap_server_next(talk->server, hf_buf_bytes(&talk->response), &talk->packet);
    if (talk->tamper != NULL)
        talk->tamper(talk, talk->rounds, &talk->packet);
    /* A copy of exact length, so that a read past the end is seen. */
    if (talk_hand(talk, (hf_bytes){ test_copy(hf_buf_bytes(&talk->packet)), talk->packet.len }) !=
        HF_EAP_RESPOND)
        return false;
    talk->rounds++;
    return true;
}

void talk_run(struct talk *talk)
{
    talk_begin(talk);
    while (talk_step(talk)) {
        if (talk->rounds > TALK_ROUNDS_MAX)
            test_die("a conversation without end");
    }
}

void talk_clear(struct talk *talk)
{
    hf_eap_peer_free(talk->peer);
    eap_server_free(talk->server);
    hf_credential_clear(&talk->credential);
    hf_trust_free(talk->trust);
    hf_buf_free(&talk->packet);
    hf_buf_free(&talk->response);
}

void talk_put(hf_buf *packet, uint8_t code, uint8_t identifier, uint8_t type, hf_bytes data)
{
    struct hf_eap_packet parts = { (enum hf_eap_code)code, identifier, type, data };

    hf_buf_clear(packet);
    if (hf_eap_packet_encode(&parts, packet) != HF_OK)
        test_die("no such packet");
}
