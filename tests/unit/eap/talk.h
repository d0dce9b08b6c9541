/* A conversation between our EAP peer and a server in memory: for the tests of this folder. */
#ifndef HF_TESTS_UNIT_EAP_TALK_H
#define HF_TESTS_UNIT_EAP_TALK_H

#include "eap/peer.h"
#include "support/eap_server.h"
#include "support/env.h"

#define TALK_ROUNDS_MAX 300

struct talk {
    const struct pki_cert *server_root, *client_root;
    struct eap_server_config server_config;
    struct hf_eap_config config;
    struct hf_credential credential;
    struct hf_trust *trust;
    struct test_env env;
    struct eap_server *server;
    struct hf_eap_peer *peer;
    /* May change the server's packet before the peer sees it; rounds count from 0. */
    void (*tamper)(struct talk *talk, unsigned round, hf_buf *packet);
    unsigned at;      /* for the tamperer */
    hf_bytes instead; /* likewise */
    /* What came of it. */
    enum hf_eap_result result;
    struct hf_fault fault;
    unsigned rounds; /* responses sent */
    enum eap_server_state server_state;
    hf_buf packet, response;
};

/* Both sides as they should be, for one TLS version or for both (0); a test changes what it is
 * about. */
void talk_init(struct talk *talk, int version);
/* Begins: makes peer and server. */
void talk_begin(struct talk *talk);
/* One packet to the peer and its answer to the server; false when the peer did not answer. */
bool talk_step(struct talk *talk);
/* All of it, until the peer does not answer. */
void talk_run(struct talk *talk);
void talk_clear(struct talk *talk);
/* Hands the peer a packet of the test's own. */
enum hf_eap_result talk_hand(struct talk *talk, hf_bytes packet);
/* Replaces the client's certificate. */
void talk_set_credential(struct talk *talk, const struct pki_cert *user);
/* Replaces a packet by one of these parts; `type` 0: Success and Failure. */
void talk_put(hf_buf *packet, uint8_t code, uint8_t identifier, uint8_t type, hf_bytes data);

#endif
