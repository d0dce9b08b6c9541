/* Fuzz target: an EAP server between honest and mad. The input says, packet by packet, what happens
 * to what an honest EAP-TLS server sends: it passes, is changed, cut, sent again, or something else
 * comes in its place. */
#include "fuzz.h"

#include "base/reader.h"
#include "eap/packet.h"
#include "eap/peer.h"
#include "support/eap_server.h"
#include "support/env.h"
#include "support/hex.h"

#include <openssl/ssl.h>
#include <stdlib.h>

enum step { PASS, CHANGE, CUT, AGAIN, INSTEAD, STEP_COUNT };

#define PACKET_MAX 65536
#define STEPS_MAX  200

/* Made once: keys take longer than all the rest. */
static struct {
    struct hf_trust *trust;
    struct hf_credential credential;
    struct eap_server_config server;
    struct hf_eap_config config;
    struct test_env env;
} made;

static void make(void)
{
    const struct pki_cert *root = pki_root("CN=Root"), *clients = pki_root("CN=Clients");
    const struct pki_cert *user = PKI_ISSUE(clients, .subject = "CN=Anna");

    if (made.trust != NULL)
        return;
    made.server = (struct eap_server_config){
        .tls = {.cert = pki_gateway(root), .client_ca = clients, .tickets = 1},
        .ask_identity = true,
    };
    made.config = (struct hf_eap_config){
        .identity = hf_bytes_of_string("anna@example.com"),
        .method = HF_EAP_TLS,
        .tls = {.min = HF_TLS_1_2, .max = HF_TLS_1_3, .policy.now = PKI_NOW},
    };
    test_env_init(&made.env, 1);
    if (hf_trust_new(&made.trust) != HF_OK ||
        hf_trust_add(made.trust, pki_der(root), NULL) != HF_OK ||
        hf_credential_make(pki_key_der(user), (hf_bytes){ 0 }, pki_der(user), &made.credential) !=
            HF_OK ||
        !hf_identity_make(HF_ID_FQDN, hf_bytes_of_string("gw.example.com"),
                          &made.config.tls.policy.identity))
        test_die("cannot begin");
    made.config.tls.trust = made.trust;
    made.config.tls.credential = &made.credential;
}

struct conversation {
    struct eap_server *server;
    struct hf_eap_peer *peer;
    hf_buf genuine;  /* the server's packet that the peer has not answered yet */
    hf_buf packet;   /* what the peer gets in its place */
    hf_buf response; /* the peer's, of which the server hears when it is to the genuine packet */
    unsigned responses;
    bool server_is_done;
    bool is_over;
};

static uint8_t next_u8(hf_reader *r)
{
    uint8_t value = 0;

    return hf_read_u8(r, &value) ? value : 0;
}

static uint16_t next_u16(hf_reader *r)
{
    uint16_t value = 0;

    return hf_read_u16(r, &value) ? value : 0;
}

static void replace(hf_buf *to, hf_bytes by)
{
    hf_buf_clear(to);
    FUZZ_EXPECT(hf_buf_append(to, by));
}

/* Prepares what the peer gets; true when it is the genuine packet. */
static bool prepare(struct conversation *c, hf_reader *input)
{
    enum step step = (enum step)(next_u8(input) % STEP_COUNT);
    hf_bytes bytes;

    if (step != AGAIN && step != INSTEAD)
        replace(&c->packet, hf_buf_bytes(&c->genuine));
    switch (step) {
    case PASS:
        return true;
    case CHANGE:
        c->packet.data[next_u16(input) % c->packet.len] ^= next_u8(input);
        return true; /* so that the conversation goes on if the peer does not mind */
    case CUT:
        c->packet.len = next_u16(input) % c->packet.len;
        return false;
    case AGAIN:
    case STEP_COUNT:
        return false;
    case INSTEAD:
        if (!hf_read_bytes(input, next_u8(input), &bytes))
            bytes = hf_read_rest(input);
        replace(&c->packet, bytes);
        return false;
    }
    return false;
}

static void check_response(const struct conversation *c)
{
    struct hf_eap_packet request, response;

    FUZZ_EXPECT(hf_eap_packet_decode(hf_buf_bytes(&c->packet), &request) == HF_OK);
    FUZZ_EXPECT(hf_eap_packet_decode(hf_buf_bytes(&c->response), &response) == HF_OK);
    FUZZ_EXPECT(request.code == HF_EAP_CODE_REQUEST && response.code == HF_EAP_CODE_RESPONSE);
    FUZZ_EXPECT(response.identifier == request.identifier);
    FUZZ_EXPECT(response.type == request.type || response.type == HF_EAP_NAK);
    FUZZ_EXPECT(c->responses <= HF_EAP_MAX_ROUNDS);
}

/* What must hold whatever the server does. */
static void check_result(struct conversation *c, enum hf_eap_result result,
                         const struct hf_fault *fault)
{
    hf_bytes msk = hf_eap_peer_msk(c->peer);

    FUZZ_EXPECT((result == HF_EAP_RESPOND) == (c->response.len != 0));
    FUZZ_EXPECT((result == HF_EAP_SUCCESS) == (msk.len != 0));
    if (result == HF_EAP_RESPOND)
        check_response(c);
    if (result == HF_EAP_FAILURE)
        FUZZ_EXPECT(fault->status != HF_OK);
    /* Only the server that has the key of the certificate knows the key of the conversation. */
    if (result == HF_EAP_SUCCESS)
        FUZZ_EXPECT(hf_bytes_equal(msk, eap_server_msk(c->server)));
}

/* In memory of exactly the packet's length, so that a sanitizer sees a read past it. */
static enum hf_eap_result hand(struct conversation *c, struct hf_fault *fault)
{
    size_t len = c->packet.len;
    uint8_t *copy = malloc(len == 0 ? 1 : len);
    enum hf_eap_result result;

    FUZZ_EXPECT(copy != NULL);
    hf_copy(copy, c->packet.data, len);
    result = hf_eap_peer_handle(c->peer, (hf_bytes){ copy, len }, &c->response, fault, 1);
    free(copy);
    return result;
}

static void go_on(struct conversation *c, hf_reader *input)
{
    struct hf_fault fault = { .status = HF_OK };
    bool is_genuine = prepare(c, input);
    enum hf_eap_result result = hand(c, &fault);

    c->responses += result == HF_EAP_RESPOND;
    check_result(c, result, &fault);
    c->is_over = result == HF_EAP_SUCCESS || result == HF_EAP_FAILURE;
    if (result != HF_EAP_RESPOND || !is_genuine || c->server_is_done)
        return;
    hf_buf_clear(&c->genuine);
    c->server_is_done =
        eap_server_next(c->server, hf_buf_bytes(&c->response), &c->genuine) != EAP_SERVER_GOES_ON;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    hf_reader input = hf_reader_of((hf_bytes){ data, len });
    struct conversation c = { .genuine = hf_buf_with_max(PACKET_MAX),
                              .packet = hf_buf_with_max(PACKET_MAX),
                              .response = hf_buf_with_max(PACKET_MAX) };
    struct eap_server_config server;
    struct hf_eap_config config;
    uint8_t options = next_u8(&input);

    make();
    server = made.server;
    config = made.config;
    server.tls.min = server.tls.max = (options & 1) != 0 ? TLS1_2_VERSION : TLS1_3_VERSION;
    server.fragment_size = (options & 2) != 0 ? 200 : 2000;
    config.fragment_size = (options & 4) != 0 ? 200 : 2000;
    c.server = eap_server_new(&server);
    FUZZ_EXPECT(hf_eap_peer_new(&config, &made.env.env, &c.peer) == HF_OK);
    eap_server_next(c.server, (hf_bytes){ 0 }, &c.genuine);
    for (unsigned i = 0; input.left != 0 && !c.is_over && i < STEPS_MAX; i++)
        go_on(&c, &input);
    hf_eap_peer_free(c.peer);
    eap_server_free(c.server);
    hf_buf_free(&c.genuine);
    hf_buf_free(&c.packet);
    hf_buf_free(&c.response);
    return 0;
}
