/* Tests of the engine's side of a key in a token (engine/key.h): what is asked, which answers
 * count, and that one that is late or wrong ends it. */
#include "engine/key.h"

#include "ipc/keys_protocol.h"
#include "support/test.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

/* holdfast-keys, as far as the engine can tell. */
struct helper {
    int socket;
    hf_status answer;
    uint16_t type;
    uint32_t serial_off;
    bool is_cut;
    struct hf_keys_sign asked;
    uint8_t digest[HF_DIGEST_MAX];
    pthread_t thread;
};

static void *answer_once(void *context)
{
    static uint8_t in[HF_IPC_BODY_MAX + 16];
    struct helper *helper = context;
    uint8_t out[64];
    hf_writer w = hf_writer_of(out, sizeof out);
    struct hf_ipc_message message;

    if (hf_ipc_wait(helper->socket, 5000) != HF_OK ||
        hf_ipc_receive(helper->socket, in, sizeof in, &message) != HF_OK ||
        hf_keys_sign_decode(message.body, &helper->asked) != HF_OK)
        return NULL;
    hf_copy(helper->digest, helper->asked.digest.data, helper->asked.digest.len);
    hf_keys_signed_encode(&w, helper->answer, hf_bytes_of_string("signature"));
    message = (struct hf_ipc_message){
        .type = helper->type,
        .serial = message.serial + helper->serial_off,
        .body = {out, w.len - helper->is_cut}
    };
    return hf_ipc_send(helper->socket, &message) == HF_OK ? helper : NULL;
}

static void start(struct hf_engine_key *key, struct helper *helper)
{
    uint8_t body[] = { 0, HF_KEY_ECDSA_P256 };
    int ends[2];
    struct hf_ipc_message message = { .type = 99, .body = HF_BYTES_OF(body), .fd_count = 1 };

    cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
    message.fds[0] = ends[0];
    hf_engine_key_init(key);
    cr_assert(hf_engine_key_take(key, &message));
    cr_assert_eq(message.fd_count, 0);
    *helper = (struct helper){ .socket = ends[1], .type = HF_KEYS_SIGNED };
}

static hf_status sign(struct hf_engine_key *key, struct helper *helper, hf_buf *out)
{
    static const uint8_t digest[32] = { 7 };
    hf_status status;
    void *did;

    cr_assert_eq(pthread_create(&helper->thread, NULL, answer_once, helper), 0);
    status = key->signer.sign(key->signer.context, HF_SIG_ECDSA_SHA2_256, HF_BYTES_OF(digest), out);
    pthread_join(helper->thread, &did);
    cr_expect_not_null(did);
    cr_expect_eq(helper->asked.scheme, HF_SIG_ECDSA_SHA2_256);
    cr_expect_eq(helper->digest[0], 7);
    return status;
}

static void stop(struct hf_engine_key *key, struct helper *helper)
{
    hf_engine_key_clear(key);
    close(helper->socket);
}

Test(engine_key, passes_questions_and_answers_on)
{
    hf_buf out = hf_buf_with_max(HF_SIGNATURE_MAX);
    struct hf_engine_key key;
    struct helper helper;

    start(&key, &helper);
    cr_expect_eq(key.signer.key_type, HF_KEY_ECDSA_P256);
    cr_expect_eq(sign(&key, &helper, &out), HF_OK);
    cr_expect(hf_bytes_equal(hf_buf_bytes(&out), hf_bytes_of_string("signature")));
    helper.answer = HF_ERR_CREDENTIAL_INVALID;
    cr_expect_eq(sign(&key, &helper, &out), HF_ERR_CREDENTIAL_INVALID);
    helper.answer = HF_OK;
    cr_expect_eq(sign(&key, &helper, &out), HF_OK);
    stop(&key, &helper);
    hf_buf_free(&out);
}

static void expect_token_lost(struct hf_engine_key *key, struct helper *helper)
{
    hf_buf out = hf_buf_with_max(HF_SIGNATURE_MAX);

    cr_expect_eq(sign(key, helper, &out), HF_ERR_TOKEN_MISSING);
    cr_expect_eq(out.len, 0);
    cr_expect_eq(key->socket, -1); /* and is not asked again */
    cr_expect_eq(key->signer.sign(key->signer.context, HF_SIG_ECDSA_SHA2_256,
                                  hf_bytes_of_string("12345678901234567890123456789012"), &out),
                 HF_ERR_TOKEN_MISSING);
    stop(key, helper);
    hf_buf_free(&out);
}

Test(engine_key, answers_to_something_else_end_it)
{
    struct hf_engine_key key;
    struct helper helper;

    start(&key, &helper);
    helper.serial_off = 1;
    expect_token_lost(&key, &helper);
    start(&key, &helper);
    helper.type = HF_KEYS_OPENED;
    expect_token_lost(&key, &helper);
    start(&key, &helper);
    helper.is_cut = true;
    expect_token_lost(&key, &helper);
}

Test(engine_key, a_helper_that_is_gone_has_lost_its_token)
{
    hf_buf out = hf_buf_with_max(HF_SIGNATURE_MAX);
    struct hf_engine_key key;
    struct helper helper;

    start(&key, &helper);
    shutdown(helper.socket, SHUT_RDWR);
    cr_expect_eq(key.signer.sign(key.signer.context, HF_SIG_ECDSA_SHA2_256,
                                 hf_bytes_of_string("12345678901234567890123456789012"), &out),
                 HF_ERR_TOKEN_MISSING);
    stop(&key, &helper);
    hf_buf_free(&out);
}

Test(engine_key, takes_one_socket_and_a_known_type)
{
    uint8_t unknown[] = { 0, HF_KEY_TYPE_COUNT }, known[] = { 0, HF_KEY_RSA };
    struct hf_ipc_message message = { .body = HF_BYTES_OF(unknown), .fd_count = 1 };
    struct hf_engine_key key;
    struct helper helper;
    int fd = dup(0);

    cr_assert_geq(fd, 0);
    message.fds[0] = fd;
    hf_engine_key_init(&key);
    cr_expect_not(hf_engine_key_take(&key, &message));
    message.body = HF_BYTES_OF(known);
    message.fd_count = 0;
    cr_expect_not(hf_engine_key_take(&key, &message));
    start(&key, &helper);
    message.fd_count = 1;
    cr_expect_not(hf_engine_key_take(&key, &message)); /* a second one */
    cr_expect_eq(message.fd_count, 1);
    close(fd);
    stop(&key, &helper);
}
