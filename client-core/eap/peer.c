/* The EAP peer: who may say what, and when. RFC 3748, sections 4 and 5; RFC 4137, section 4. See
 * peer.h.
 *
 * A Failure ends the conversation even after both sides were content, where RFC 3748, section 4.2
 * would have it discarded: there it could be forged, here EAP runs inside a channel that is
 * authenticated already, and the gateway means it. */
#include "eap/peer.h"

#include "eap/method.h"
#include "eap/packet.h"

#include <stdlib.h>

enum state {
    IDLE,    /* the method has not been asked for */
    RUNNING, /* from its first request on no other is answered (RFC 3748, section 2.1) */
    DONE,    /* the method is content and has an MSK: Success may come */
    REFUSED, /* the method has failed and had a last word to send */
    SUCCEEDED,
    FAILED,
};

struct hf_eap_peer {
    struct hf_eap_config config;
    const struct hf_env *env;
    const struct hf_eap_method *method;
    void *method_state;
    enum state state;
    unsigned requests;
    struct hf_fault fault; /* status HF_OK: none so far */
    hf_buf request;        /* the last one answered, and the answer: for one that comes again */
    hf_buf response;
    uint8_t identifier; /* of that request */
};

hf_status hf_eap_peer_new(const struct hf_eap_config *config, const struct hf_env *env,
                          struct hf_eap_peer **out)
{
    const struct hf_eap_method *method = hf_eap_method_find(config->method);
    struct hf_eap_peer *peer;
    hf_status status;

    if (method == NULL)
        return HF_ERR_EAP_METHOD;
    peer = calloc(1, sizeof *peer);
    if (peer == NULL)
        return HF_ERR_NO_MEMORY;
    *peer = (struct hf_eap_peer){
        .config = *config,
        .env = env,
        .method = method,
        .request = hf_buf_with_max(HF_EAP_PACKET_MAX),
        .response = hf_buf_with_max(HF_EAP_PACKET_MAX),
    };
    status = method->create(&peer->config, env, &peer->method_state);
    if (status != HF_OK) {
        free(peer);
        return status;
    }
    *out = peer;
    return HF_OK;
}

void hf_eap_peer_free(struct hf_eap_peer *peer)
{
    if (peer == NULL)
        return;
    peer->method->destroy(peer->method_state);
    hf_buf_free(&peer->request);
    hf_buf_free(&peer->response);
    free(peer);
}

/* --- outcomes --- */

static void set_fault(struct hf_eap_peer *peer, hf_status status, const char *received)
{
    peer->fault = hf_fault_make(status, HF_STAGE_AUTHENTICATION);
    hf_fault_set_text(peer->fault.offered, hf_bytes_of_string(peer->method->name));
    hf_fault_set_text(peer->fault.received, hf_bytes_of_string(received));
}

static enum hf_eap_result fail(struct hf_eap_peer *peer, hf_status status, const char *received)
{
    set_fault(peer, status, received);
    peer->state = FAILED;
    return HF_EAP_FAILURE;
}

/* Sends type-data as the answer to `request`, and keeps it in case that comes again. */
static enum hf_eap_result respond(struct hf_eap_peer *peer, const struct hf_eap_packet *request,
                                  uint8_t type, hf_bytes data)
{
    struct hf_eap_packet response = {
        .code = HF_EAP_CODE_RESPONSE, .identifier = request->identifier, .type = type, .data = data
    };

    hf_buf_clear(&peer->response);
    if (hf_eap_packet_encode(&response, &peer->response) != HF_OK)
        return fail(peer, HF_ERR_TOO_LARGE, "");
    return HF_EAP_RESPOND;
}

/* --- requests --- */

/* The method that the server wanted is kept: if it does not come round, that was the reason. */
static enum hf_eap_result respond_nak(struct hf_eap_peer *peer, const struct hf_eap_packet *request)
{
    const char *name = hf_eap_method_name(request->type);

    set_fault(peer, HF_ERR_EAP_METHOD, name == NULL ? "another eap method" : name);
    peer->fault.peer_code = request->type;
    return respond(peer, request, HF_EAP_NAK, (hf_bytes){ &peer->method->type, 1 });
}

static enum hf_eap_result handle_method(struct hf_eap_peer *peer,
                                        const struct hf_eap_packet *request, hf_time now)
{
    hf_buf data = hf_buf_with_max(HF_EAP_PACKET_MAX);
    struct hf_fault fault = hf_fault_make(HF_ERR_INTERNAL, HF_STAGE_AUTHENTICATION);
    enum hf_eap_result result;
    enum hf_eap_step step =
        peer->method->handle(peer->method_state, request->data, &data, &fault, now);

    /* A Nak that helped is forgotten. */
    peer->fault = step == HF_EAP_STEP_FAILED ? fault : hf_fault_make(HF_OK, HF_STAGE_NONE);
    peer->state = step == HF_EAP_STEP_CONTINUE ? RUNNING
                  : step == HF_EAP_STEP_DONE   ? DONE
                  : data.len != 0              ? REFUSED
                                               : FAILED;
    if (peer->state == FAILED)
        result = HF_EAP_FAILURE;
    else
        result = respond(peer, request, peer->method->type, hf_buf_bytes(&data));
    hf_buf_free(&data);
    return result;
}

/* Identity, Notification and Nak are the peer's own business; the rest is for the method. What is
 * not expected now is dropped (RFC 4137, section 4.4). */
static enum hf_eap_result handle_type(struct hf_eap_peer *peer, const struct hf_eap_packet *request,
                                      hf_time now)
{
    if (request->type == HF_EAP_NOTIFICATION)
        return peer->state == IDLE || peer->state == RUNNING
                   ? respond(peer, request, HF_EAP_NOTIFICATION, (hf_bytes){ 0 })
                   : HF_EAP_IGNORE;
    if (request->type == peer->method->type)
        return handle_method(peer, request, now);
    if (peer->state != IDLE || request->type == HF_EAP_NAK || request->type == 0)
        return HF_EAP_IGNORE;
    if (request->type == HF_EAP_IDENTITY)
        return respond(peer, request, HF_EAP_IDENTITY, peer->config.identity);
    return respond_nak(peer, request);
}

/* The same octets with the same identifier: sent again, for want of our answer. An identifier that
 * comes again with other octets is a new request of a careless server. */
static bool is_repeated(const struct hf_eap_peer *peer, hf_bytes packet)
{
    return peer->response.len != 0 && hf_bytes_equal(hf_buf_bytes(&peer->request), packet);
}

static enum hf_eap_result remember(struct hf_eap_peer *peer, uint8_t identifier, hf_bytes packet)
{
    hf_buf_clear(&peer->request);
    peer->identifier = identifier;
    return hf_buf_append(&peer->request, packet) ? HF_EAP_RESPOND
                                                 : fail(peer, HF_ERR_TOO_LARGE, "");
}

static enum hf_eap_result handle_request(struct hf_eap_peer *peer, hf_bytes packet,
                                         const struct hf_eap_packet *request, hf_time now)
{
    enum hf_eap_result result;

    if (++peer->requests > HF_EAP_MAX_ROUNDS)
        return fail(peer, HF_ERR_TOO_LARGE, "more requests than a conversation has");
    if (is_repeated(peer, packet))
        return HF_EAP_RESPOND;
    if (peer->state == REFUSED) {
        peer->state = FAILED; /* our last word has been said */
        return HF_EAP_FAILURE;
    }
    result = handle_type(peer, request, now);
    return result == HF_EAP_RESPOND ? remember(peer, request->identifier, packet) : result;
}

/* --- the end --- */

/* The identifier is that of the answer it follows (RFC 3748, section 4.2); some servers count one
 * further. It proves nothing: it only tells an old Success from this one. */
static bool follows_our_answer(const struct hf_eap_peer *peer, uint8_t identifier)
{
    return identifier == peer->identifier || identifier == (uint8_t)(peer->identifier + 1);
}

/* CVE-2021-45079: Success counts only when the method has authenticated the server. */
static enum hf_eap_result handle_success(struct hf_eap_peer *peer, uint8_t identifier)
{
    if (peer->state == DONE) {
        if (!follows_our_answer(peer, identifier))
            return HF_EAP_IGNORE;
        peer->state = SUCCEEDED;
        return HF_EAP_SUCCESS;
    }
    if (peer->state == REFUSED) {
        peer->state = FAILED; /* with the method's own fault */
        return HF_EAP_FAILURE;
    }
    return fail(peer, HF_ERR_PEER_AUTH, "EAP-Success before the method was done");
}

static enum hf_eap_result handle_failure(struct hf_eap_peer *peer)
{
    if (peer->fault.status == HF_OK) {
        set_fault(peer, HF_ERR_EAP_REJECTED, "EAP-Failure");
        peer->fault.peer_code = HF_EAP_CODE_FAILURE;
    }
    peer->state = FAILED;
    return HF_EAP_FAILURE;
}

static void trace(const struct hf_eap_peer *peer, const struct hf_eap_packet *packet, hf_time now)
{
    static const char *const codes[] = { [HF_EAP_CODE_REQUEST] = "request",
                                         [HF_EAP_CODE_RESPONSE] = "response",
                                         [HF_EAP_CODE_SUCCESS] = "success",
                                         [HF_EAP_CODE_FAILURE] = "failure" };

    HF_TRACE_EVENT(peer->env->trace, now, HF_TRACE_EAP, hf_trace_text("code", codes[packet->code]),
                   hf_trace_number("id", packet->identifier), hf_trace_number("type", packet->type),
                   hf_trace_number("len", packet->data.len));
}

static enum hf_eap_result handle(struct hf_eap_peer *peer, hf_bytes bytes, hf_time now)
{
    struct hf_eap_packet packet;

    if (peer->state == FAILED)
        return HF_EAP_FAILURE;
    if (peer->state == SUCCEEDED || hf_eap_packet_decode(bytes, &packet) != HF_OK)
        return HF_EAP_IGNORE;
    trace(peer, &packet, now);
    switch (packet.code) {
    case HF_EAP_CODE_REQUEST:
        return handle_request(peer, bytes, &packet, now);
    case HF_EAP_CODE_SUCCESS:
        return handle_success(peer, packet.identifier);
    case HF_EAP_CODE_FAILURE:
        return handle_failure(peer);
    case HF_EAP_CODE_RESPONSE:
        break; /* we are the ones who respond */
    }
    return HF_EAP_IGNORE;
}

enum hf_eap_result hf_eap_peer_handle(struct hf_eap_peer *peer, hf_bytes packet, hf_buf *out,
                                      struct hf_fault *out_fault, hf_time now)
{
    enum hf_eap_result result = handle(peer, packet, now);

    hf_buf_clear(out);
    if (result == HF_EAP_RESPOND && !hf_buf_append(out, hf_buf_bytes(&peer->response)))
        result = fail(peer, HF_ERR_TOO_LARGE, "");
    if (result == HF_EAP_FAILURE)
        *out_fault = peer->fault;
    return result;
}

const struct hf_fault *hf_eap_peer_fault(const struct hf_eap_peer *peer)
{
    return peer->state == REFUSED || peer->state == FAILED ? &peer->fault : NULL;
}

hf_bytes hf_eap_peer_msk(const struct hf_eap_peer *peer)
{
    return peer->state == SUCCEEDED ? peer->method->msk(peer->method_state) : (hf_bytes){ 0 };
}

const char *hf_eap_peer_detail(const struct hf_eap_peer *peer)
{
    return peer->state == DONE || peer->state == SUCCEEDED
               ? peer->method->detail(peer->method_state)
               : NULL;
}
