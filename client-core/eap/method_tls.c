/* EAP-TLS: a TLS handshake in fragments, and keys exported from it. RFC 5216 for TLS 1.2, RFC 9190
 * for TLS 1.3, where the server must say in an encrypted octet of zero that it is content before
 * Success counts. */
#include "eap/method.h"
#include "eap/tls_fragments.h"

#include <stdlib.h>

#define DEFAULT_FRAGMENT 1024
#define KEY_MATERIAL_LEN 128 /* MSK and EMSK; the length goes into the derivation of TLS 1.3 */
#define MSK_LEN          64

enum state {
    WAITING_FOR_START,
    SHAKING_HANDS,
    ESTABLISHED, /* TLS 1.3: our Finished is on its way, the server's last word is not here */
    DONE,
};

struct eap_tls {
    const struct hf_env *env;
    struct hf_tls *tls;
    struct hf_eap_tls_inbox inbox;
    struct hf_eap_tls_outbox outbox;
    enum state state;
    uint8_t msk[MSK_LEN];
};

static void destroy(void *state)
{
    struct eap_tls *self = state;

    if (self == NULL)
        return;
    hf_tls_free(self->tls);
    hf_eap_tls_inbox_free(&self->inbox);
    hf_eap_tls_outbox_free(&self->outbox);
    hf_cleanse(self->msk, sizeof self->msk);
    free(self);
}

static hf_status create(const struct hf_eap_config *config, const struct hf_env *env,
                        void **out_state)
{
    size_t fragment = config->fragment_size == 0 ? DEFAULT_FRAGMENT : config->fragment_size;
    struct eap_tls *self = calloc(1, sizeof *self);
    hf_status status;

    if (self == NULL)
        return HF_ERR_NO_MEMORY;
    self->env = env;
    self->inbox = hf_eap_tls_inbox_make(HF_EAP_MESSAGE_MAX);
    self->outbox = hf_eap_tls_outbox_make(HF_EAP_MESSAGE_MAX, fragment);
    status = hf_tls_new(&config->tls, &self->tls);
    if (status != HF_OK) {
        destroy(self);
        return status;
    }
    *out_state = self;
    return HF_OK;
}

static enum hf_eap_step fail(struct hf_fault *fault, hf_status status, const char *received)
{
    *fault = hf_fault_make(status, HF_STAGE_AUTHENTICATION);
    hf_fault_set_text(fault->offered, hf_bytes_of_string("eap-tls"));
    hf_fault_set_text(fault->received, hf_bytes_of_string(received));
    return HF_EAP_STEP_FAILED;
}

static enum hf_eap_step respond(struct eap_tls *self, enum hf_eap_step step, hf_buf *out,
                                struct hf_fault *fault)
{
    hf_status status = hf_eap_tls_outbox_next(&self->outbox, out);

    return status == HF_OK ? step : fail(fault, status, "a response that does not fit");
}

/* --- keys --- */

static hf_status derive(struct eap_tls *self)
{
    static const uint8_t type[] = { HF_EAP_TLS };
    bool is_tls13 = hf_tls_agreed_version(self->tls) == HF_TLS_1_3;
    uint8_t material[KEY_MATERIAL_LEN];
    hf_status status;

    if (is_tls13) /* RFC 9190, section 2.3 */
        status = hf_tls_export(self->tls, "EXPORTER_EAP_TLS_Key_Material", HF_BYTES_OF(type),
                               material, sizeof material);
    else /* RFC 5216, section 2.3 */
        status = hf_tls_export(self->tls, "client EAP encryption", (hf_bytes){ 0 }, material,
                               sizeof material);
    if (status == HF_OK)
        hf_copy(self->msk, material, sizeof self->msk);
    hf_cleanse(material, sizeof material);
    return status;
}

static enum hf_eap_step finish(struct eap_tls *self, hf_buf *out, struct hf_fault *fault,
                               hf_time now)
{
    hf_status status = derive(self);

    if (status != HF_OK)
        return fail(fault, status, "");
    self->state = DONE;
    HF_TRACE_EVENT(
        self->env->trace, now, HF_TRACE_TLS, hf_trace_text("state", "established"),
        hf_trace_text("version", hf_tls_agreed_version(self->tls) == HF_TLS_1_3 ? "1.3" : "1.2"));
    return respond(self, HF_EAP_STEP_DONE, out, fault);
}

/* --- TLS --- */

/* An alert of ours goes out; after one of the server's there is nothing to say, but it expects an
 * answer (RFC 9190, section 2.1.4). */
static enum hf_eap_step give_up(struct eap_tls *self, hf_buf *out, const struct hf_fault *fault,
                                hf_time now)
{
    HF_TRACE_EVENT(self->env->trace, now, HF_TRACE_TLS, hf_trace_text("state", "failed"),
                   hf_trace_text("status", hf_status_code(fault->status)),
                   hf_trace_number("alert", fault->peer_code));
    if (hf_eap_tls_outbox_next(&self->outbox, out) != HF_OK)
        hf_buf_clear(out);
    return HF_EAP_STEP_FAILED;
}

/* The one octet of application data that TLS 1.3 calls for, and nothing else ever. It counts only
 * after our Finished was sent: a server can encrypt before it has seen that, and is not to say that
 * it is content (RFC 9190, section 2.5). */
static bool is_commitment(const struct eap_tls *self, hf_bytes received)
{
    static const uint8_t zero[] = { 0x00 };

    return self->state == ESTABLISHED && hf_tls_agreed_version(self->tls) == HF_TLS_1_3 &&
           hf_bytes_equal(received, HF_BYTES_OF(zero));
}

static enum hf_eap_step go_on(struct eap_tls *self, hf_buf *out, struct hf_fault *fault,
                              hf_time now)
{
    hf_bytes received = hf_tls_received(self->tls);

    if (received.len != 0) {
        if (!is_commitment(self, received))
            return fail(fault, HF_ERR_UNEXPECTED, "application data in place of a handshake");
        return finish(self, out, fault, now);
    }
    if (hf_tls_agreed_version(self->tls) == HF_TLS_1_2)
        return finish(self, out, fault, now);
    self->state = ESTABLISHED;
    return respond(self, HF_EAP_STEP_CONTINUE, out, fault);
}

static enum hf_eap_step feed(struct eap_tls *self, hf_bytes message, hf_buf *out,
                             struct hf_fault *fault, hf_time now)
{
    switch (hf_tls_handle(self->tls, message, &self->outbox.message, fault)) {
    case HF_TLS_FAILED:
        return give_up(self, out, fault, now);
    case HF_TLS_HANDSHAKING:
        self->state = SHAKING_HANDS;
        return respond(self, HF_EAP_STEP_CONTINUE, out, fault);
    case HF_TLS_ESTABLISHED:
        break;
    }
    if (self->state == DONE) /* TLS 1.2: it might have been an alert */
        return respond(self, HF_EAP_STEP_DONE, out, fault);
    return go_on(self, out, fault, now);
}

/* --- requests --- */

static enum hf_eap_step start(struct eap_tls *self, const struct hf_eap_tls_fragment *fragment,
                              hf_buf *out, struct hf_fault *fault, hf_time now)
{
    if (!fragment->start || fragment->more || fragment->data.len != 0)
        return fail(fault, HF_ERR_UNEXPECTED, "a first request that is no Start");
    return feed(self, (hf_bytes){ 0 }, out, fault, now);
}

/* Every request must bring data, or acknowledge a fragment of ours: a conversation moves on or
 * ends. */
static enum hf_eap_step receive(struct eap_tls *self, const struct hf_eap_tls_fragment *fragment,
                                hf_buf *out, struct hf_fault *fault, hf_time now)
{
    bool is_complete = false;
    hf_bytes message;
    hf_status status = hf_eap_tls_inbox_add(&self->inbox, fragment, &is_complete, &message);

    if (status != HF_OK)
        return fail(fault, status, "fragments that do not fit together");
    if (!is_complete)
        return respond(self, HF_EAP_STEP_CONTINUE, out, fault);
    if (message.len == 0)
        return fail(fault, HF_ERR_UNEXPECTED, "an acknowledgement of nothing");
    return feed(self, message, out, fault, now);
}

static enum hf_eap_step handle(void *state, hf_bytes data, hf_buf *out, struct hf_fault *out_fault,
                               hf_time now)
{
    struct eap_tls *self = state;
    struct hf_eap_tls_fragment fragment;

    if (hf_eap_tls_fragment_decode(data, &fragment) != HF_OK)
        return fail(out_fault, HF_ERR_MALFORMED, "a request without flags or length");
    if (self->state == WAITING_FOR_START)
        return start(self, &fragment, out, out_fault, now);
    if (fragment.start)
        return fail(out_fault, HF_ERR_UNEXPECTED, "a second Start");
    if (hf_eap_tls_outbox_is_pending(&self->outbox)) {
        if (fragment.data.len != 0 || fragment.more)
            return fail(out_fault, HF_ERR_UNEXPECTED, "data in place of an acknowledgement");
        return respond(self, HF_EAP_STEP_CONTINUE, out, out_fault);
    }
    if (self->state == DONE && hf_tls_agreed_version(self->tls) == HF_TLS_1_3)
        return fail(out_fault, HF_ERR_UNEXPECTED, "a request after the protected success");
    return receive(self, &fragment, out, out_fault, now);
}

static hf_bytes msk(const void *state)
{
    const struct eap_tls *self = state;

    return self->state == DONE ? HF_BYTES_OF(self->msk) : (hf_bytes){ 0 };
}

static const char *detail(const void *state)
{
    const struct eap_tls *self = state;

    if (self->state != DONE)
        return NULL;
    return hf_tls_agreed_version(self->tls) == HF_TLS_1_3 ? "tls1.3" : "tls1.2";
}

const struct hf_eap_method hf_eap_method_tls = {
    .type = HF_EAP_TLS,
    .name = "eap-tls",
    .create = create,
    .destroy = destroy,
    .handle = handle,
    .msk = msk,
    .detail = detail,
};
