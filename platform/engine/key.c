/* Asking for signatures: see key.h. */
#include "engine/key.h"

#include "ipc/keys_protocol.h"

#include <unistd.h>

#define ANSWER_MAX (HF_SIGNATURE_MAX + 64)

void hf_engine_key_init(struct hf_engine_key *key)
{
    *key = (struct hf_engine_key){ .socket = -1 };
}

void hf_engine_key_clear(struct hf_engine_key *key)
{
    if (key->socket >= 0)
        close(key->socket);
    hf_engine_key_init(key);
}

static hf_status ask(struct hf_engine_key *key, const struct hf_keys_sign *request)
{
    uint8_t storage[HF_DIGEST_MAX + 16];
    hf_writer w = hf_writer_of(storage, sizeof storage);
    struct hf_ipc_message message = { .type = HF_KEYS_SIGN, .serial = ++key->serial };

    hf_keys_sign_encode(&w, request);
    if (!hf_writer_finish(&w, &message.body))
        return HF_ERR_CREDENTIAL_INVALID;
    return hf_ipc_send(key->socket, &message);
}

/* HF_ERR_MALFORMED: not the answer to what was asked. */
static hf_status take_answer(struct hf_engine_key *key, hf_buf *out)
{
    uint8_t storage[ANSWER_MAX];
    struct hf_ipc_message message;
    hf_status status, answer;
    hf_bytes signature;

    status = hf_ipc_wait(key->socket, HF_KEYS_SIGN_MILLIS);
    if (status == HF_OK)
        status = hf_ipc_receive(key->socket, storage, sizeof storage, &message);
    if (status != HF_OK)
        return status;
    hf_ipc_close_fds(&message);
    if (message.type != HF_KEYS_SIGNED || message.serial != key->serial ||
        hf_keys_signed_decode(message.body, &answer, &signature) != HF_OK)
        return HF_ERR_MALFORMED;
    if (answer == HF_OK && !hf_buf_append(out, signature))
        answer = HF_ERR_NO_MEMORY;
    return answer;
}

/* hf_remote_signer.sign. A helper that is gone or silent has lost its token, as far as anybody can
 * tell; it is not asked again, so that a late answer is never taken for another one. */
static hf_status sign(void *context, enum hf_signature_scheme scheme, hf_bytes digest, hf_buf *out)
{
    struct hf_engine_key *key = context;
    struct hf_keys_sign request = { scheme, digest };
    hf_status status = key->socket < 0 ? HF_ERR_NO_DAEMON : ask(key, &request);

    if (status == HF_OK)
        status = take_answer(key, out);
    if (status != HF_ERR_NO_DAEMON && status != HF_ERR_TIMEOUT && status != HF_ERR_MALFORMED &&
        status != HF_ERR_BUSY && status != HF_ERR_INTERNAL)
        return status;
    if (key->socket >= 0)
        close(key->socket);
    key->socket = -1;
    return HF_ERR_TOKEN_MISSING;
}

bool hf_engine_key_take(struct hf_engine_key *key, struct hf_ipc_message *message)
{
    hf_reader r = hf_reader_of(message->body);
    size_t type;

    if (key->signer.sign != NULL || message->fd_count != 1 ||
        !hf_ipc_read_below(&r, HF_KEY_TYPE_COUNT, &type) || r.left != 0)
        return false;
    key->socket = message->fds[0];
    message->fd_count = 0;
    key->signer = (struct hf_remote_signer){ (enum hf_key_type)type, key, sign };
    return true;
}
