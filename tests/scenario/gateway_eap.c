/* The gateway's EAP server: Identity, then EAP-TLS with fragments both ways. RFC 3748; RFC 5216;
 * RFC 9190. */
#include "scenario/gateway_internal.h"

#include "support/hex.h"

#include <stdlib.h>

enum code { REQUEST = 1, RESPONSE = 2, SUCCESS = 3, FAILURE = 4 };
enum type { IDENTITY = 1, NAK = 3, MD5_CHALLENGE = 4, TLS = 13 };
enum tls_flag { LENGTH_INCLUDED = 0x80, MORE_FRAGMENTS = 0x40, START = 0x20 };

#define FRAGMENT    ((size_t)1000)
#define MESSAGE_MAX ((size_t)65536)

struct gw_eap {
    struct sim_gateway *gateway;
    uint8_t identifier; /* of our last request */
    uint8_t asked;      /* type of our last request; 0: none */
    struct gw_tls *tls;
    enum gw_tls_state state;
    hf_buf in;  /* fragments of the client's message */
    hf_buf out; /* what is still to be sent of ours */
    size_t out_total;
    uint8_t msk[64];
    bool has_msk;
};

struct gw_eap *gw_eap_new(struct sim_gateway *gateway)
{
    struct gw_eap *eap = calloc(1, sizeof *eap);

    if (eap == NULL)
        test_die("out of memory");
    eap->gateway = gateway;
    eap->in = hf_buf_with_max(MESSAGE_MAX);
    eap->out = hf_buf_with_max(MESSAGE_MAX);
    gw_random(gateway, &eap->identifier, 1);
    return eap;
}

void gw_eap_free(struct gw_eap *eap)
{
    if (eap == NULL)
        return;
    gw_tls_free(eap->tls);
    hf_buf_free(&eap->in);
    hf_buf_free(&eap->out);
    hf_cleanse(eap->msk, sizeof eap->msk);
    free(eap);
}

hf_bytes gw_eap_msk(const struct gw_eap *eap)
{
    return (hf_bytes){ eap->msk, eap->has_msk ? sizeof eap->msk : 0 };
}

/* --- Packets --------------------------------------------------------------------------------- */

/* Code, Identifier, Length, then Type and its data (RFC 3748, section 4). */
static void write_packet(struct gw_eap *eap, uint8_t code, hf_bytes data, hf_buf *out)
{
    uint8_t storage[FRAGMENT + 64];
    hf_writer w = hf_writer_of(storage, sizeof storage);
    hf_write_mark len;
    hf_bytes packet;

    if (code == REQUEST)
        eap->identifier++;
    hf_write_u8(&w, code);
    hf_write_u8(&w, eap->identifier);
    len = hf_write_len16_begin(&w, 0);
    hf_write_bytes(&w, data);
    hf_write_len16_end(&w, len);
    hf_buf_clear(out);
    if (!hf_writer_finish(&w, &packet) || !hf_buf_append(out, packet))
        test_die("an EAP packet of the gateway is too long");
}

static enum gw_eap_result request(struct gw_eap *eap, uint8_t type, hf_bytes data, hf_buf *out)
{
    uint8_t storage[FRAGMENT + 32];
    hf_writer w = hf_writer_of(storage, sizeof storage);
    hf_bytes body;

    hf_write_u8(&w, type);
    hf_write_bytes(&w, data);
    if (!hf_writer_finish(&w, &body))
        test_die("an EAP request of the gateway is too long");
    eap->asked = type;
    write_packet(eap, REQUEST, body, out);
    return GW_EAP_SEND;
}

static enum gw_eap_result succeed(struct gw_eap *eap, hf_buf *out)
{
    write_packet(eap, SUCCESS, (hf_bytes){ 0 }, out);
    return GW_EAP_SUCCESS;
}

static enum gw_eap_result fail(struct gw_eap *eap, hf_buf *out)
{
    write_packet(eap, FAILURE, (hf_bytes){ 0 }, out);
    return GW_EAP_FAILURE;
}

/* --- EAP-TLS: RFC 5216, section 3.1 ---------------------------------------------------------- */

static enum gw_eap_result send_tls(struct gw_eap *eap, hf_buf *out)
{
    uint8_t storage[FRAGMENT + 16];
    hf_writer w = hf_writer_of(storage, sizeof storage);
    bool is_first = eap->out.len == eap->out_total, has_more = eap->out.len > FRAGMENT;
    size_t len = has_more ? FRAGMENT : eap->out.len;
    hf_bytes data;

    hf_write_u8(&w, (uint8_t)((is_first && has_more ? LENGTH_INCLUDED : 0) |
                              (has_more ? MORE_FRAGMENTS : 0)));
    if (is_first && has_more)
        hf_write_u32(&w, (uint32_t)eap->out_total);
    hf_write_bytes(&w, hf_bytes_slice(hf_buf_bytes(&eap->out), 0, len));
    if (!hf_writer_finish(&w, &data))
        test_die("an EAP-TLS fragment of the gateway is too long");
    hf_buf_consume(&eap->out, len);
    return request(eap, TLS, data, out);
}

/* The client's message is whole: TLS takes it. */
static enum gw_eap_result run_tls(struct gw_eap *eap, hf_buf *out)
{
    if (eap->state == GW_TLS_GOES_ON) {
        eap->state = gw_tls_handle(eap->tls, hf_buf_bytes(&eap->in), &eap->out);
        eap->out_total = eap->out.len;
    } else if (eap->in.len != 0 && eap->state == GW_TLS_DONE)
        eap->state = GW_TLS_FAILED; /* an alert of the client, or more than it may say */
    hf_buf_clear(&eap->in);
    if (eap->out.len != 0 || eap->state == GW_TLS_GOES_ON)
        return send_tls(eap, out);
    if (eap->state == GW_TLS_FAILED)
        return fail(eap, out);
    gw_tls_msk(eap->tls, eap->msk);
    eap->has_msk = true;
    return succeed(eap, out);
}

static enum gw_eap_result handle_tls(struct gw_eap *eap, hf_bytes data, hf_buf *out)
{
    static const uint8_t acknowledgement[] = { 0 };
    hf_reader r = hf_reader_of(data);
    uint8_t flags;

    if (!hf_read_u8(&r, &flags) || ((flags & LENGTH_INCLUDED) != 0 && !hf_read_skip(&r, 4)) ||
        !hf_buf_append(&eap->in, hf_read_rest(&r))) {
        gw_violated(eap->gateway, "an EAP-TLS response is not valid");
        return fail(eap, out);
    }
    if ((flags & MORE_FRAGMENTS) != 0)
        return request(eap, TLS, HF_BYTES_OF(acknowledgement), out);
    if (eap->out.len != 0) { /* it acknowledges a fragment of ours */
        if (eap->in.len != 0)
            gw_violated(eap->gateway, "data in place of an acknowledgement");
        return send_tls(eap, out);
    }
    return run_tls(eap, out);
}

static enum gw_eap_result start_method(struct gw_eap *eap, hf_buf *out)
{
    static const uint8_t challenge[] = { 4, 1, 2, 3, 4 }, start[] = { START };
    const struct sim_gateway_config *config = &eap->gateway->config;

    if (config->impair.early_success)
        return succeed(eap, out);
    if (config->impair.eap_failure)
        return fail(eap, out);
    if (config->impair.other_method)
        return request(eap, MD5_CHALLENGE, HF_BYTES_OF(challenge), out);
    eap->tls = gw_tls_new(config->pki, config->tls_version);
    return request(eap, TLS, HF_BYTES_OF(start), out);
}

/* --- Responses ------------------------------------------------------------------------------- */

static bool read_response(const struct gw_eap *eap, hf_bytes packet, uint8_t *out_type,
                          hf_bytes *out_data)
{
    hf_reader r = hf_reader_of(packet);
    uint8_t code, identifier;
    uint16_t len;

    if (!hf_read_u8(&r, &code) || !hf_read_u8(&r, &identifier) || !hf_read_u16(&r, &len) ||
        !hf_read_u8(&r, out_type) || code != RESPONSE || identifier != eap->identifier ||
        len != packet.len)
        return false;
    *out_data = hf_read_rest(&r);
    return true;
}

enum gw_eap_result gw_eap_handle(struct gw_eap *eap, hf_bytes packet, hf_buf *out)
{
    hf_bytes data;
    uint8_t type;

    if (eap->asked == 0)
        return eap->gateway->config.request_eap_identity
                   ? request(eap, IDENTITY, (hf_bytes){ 0 }, out)
                   : start_method(eap, out);
    if (!read_response(eap, packet, &type, &data)) {
        gw_violated(eap->gateway, "an EAP response is not valid");
        return fail(eap, out);
    }
    if (type == NAK)
        return fail(eap, out);
    if (type != eap->asked) {
        gw_violated(eap->gateway, "an EAP response is of another type than its request");
        return fail(eap, out);
    }
    if (type == IDENTITY)
        return start_method(eap, out);
    return type == TLS ? handle_tls(eap, data, out) : fail(eap, out);
}
