/* The EAP server of the tests, with framing of its own: see eap_server.h. */
#include "support/eap_server.h"

#include "base/reader.h"
#include "base/writer.h"
#include "support/hex.h"

#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

enum { REQUEST = 1, RESPONSE, SUCCESS, FAILURE };
enum { IDENTITY = 1, NOTIFICATION, NAK, EAP_TLS = 13 };
enum { FLAG_LENGTH = 0x80, FLAG_MORE = 0x40, FLAG_START = 0x20 };

#define FLIGHT_MAX (1 << 20)

enum stage { BEGIN, ASKED_IDENTITY, NOTIFIED, PROPOSED, STARTED, COMMITTED, OVER };

struct eap_server {
    struct eap_server_config config;
    struct tls_server *tls;
    enum stage stage;
    uint8_t identifier;
    hf_buf incoming; /* fragments of the peer */
    size_t announced;
    hf_buf outgoing; /* a flight of ours, of which `sent` octets are gone */
    size_t sent;
    bool tls_done, tls_failed;
    hf_buf identity;
    uint8_t msk[64];
    const char *violation;
};

struct eap_server *eap_server_new(const struct eap_server_config *config)
{
    struct eap_server *server = calloc(1, sizeof *server);

    if (server == NULL)
        test_die("out of memory");
    server->config = *config;
    if (server->config.fragment_size == 0)
        server->config.fragment_size = 1000;
    server->config.tls.speaks_early = config->early_commitment;
    server->tls = tls_server_new(&server->config.tls);
    server->identifier = 0x42;
    server->incoming = hf_buf_with_max(FLIGHT_MAX);
    server->outgoing = hf_buf_with_max(FLIGHT_MAX);
    server->identity = hf_buf_with_max(4096);
    return server;
}

void eap_server_free(struct eap_server *server)
{
    if (server == NULL)
        return;
    tls_server_free(server->tls);
    hf_buf_free(&server->incoming);
    hf_buf_free(&server->outgoing);
    hf_buf_free(&server->identity);
    free(server);
}

static void violated(struct eap_server *server, const char *what)
{
    if (server->violation == NULL)
        server->violation = what;
}

/* --- packets out --- */

static void put(hf_buf *out, const void *data, size_t len)
{
    if (!hf_buf_append(out, (hf_bytes){ data, len }))
        test_die("EAP server: no room");
}

static void put_header(hf_buf *out, uint8_t code, uint8_t identifier, size_t len)
{
    uint8_t header[4];
    hf_writer w = hf_writer_of(header, sizeof header);

    hf_write_u8(&w, code);
    hf_write_u8(&w, identifier);
    hf_write_u16(&w, (uint16_t)len);
    put(out, header, sizeof header);
}

static enum eap_server_state request(struct eap_server *server, uint8_t type, hf_bytes data,
                                     hf_buf *out)
{
    put_header(out, REQUEST, ++server->identifier, 5 + data.len);
    put(out, &type, 1);
    put(out, data.data, data.len);
    return EAP_SERVER_GOES_ON;
}

static enum eap_server_state finish(struct eap_server *server, bool success, hf_buf *out)
{
    server->stage = OVER;
    put_header(out, success ? SUCCESS : FAILURE, server->identifier, 4);
    return success ? EAP_SERVER_SUCCESS : EAP_SERVER_FAILURE;
}

static enum eap_server_state send_fragment(struct eap_server *server, hf_buf *out)
{
    hf_bytes all = hf_buf_bytes(&server->outgoing);
    size_t left = all.len - server->sent;
    size_t len = left > server->config.fragment_size ? server->config.fragment_size : left;
    bool more = len < left, has_length = server->sent == 0 && more;
    hf_buf data = hf_buf_with_max(FLIGHT_MAX);
    uint8_t storage[5];
    hf_writer w = hf_writer_of(storage, sizeof storage);

    has_length = has_length || (server->config.length_always && all.len != 0);
    hf_write_u8(&w, (uint8_t)((has_length ? FLAG_LENGTH : 0) | (more ? FLAG_MORE : 0)));
    if (has_length)
        hf_write_u32(&w, (uint32_t)all.len);
    put(&data, storage, w.len);
    put(&data, all.data + server->sent, len);
    server->sent += len;
    if (!more) {
        hf_buf_clear(&server->outgoing);
        server->sent = 0;
    }
    request(server, EAP_TLS, hf_buf_bytes(&data), out);
    hf_buf_free(&data);
    return EAP_SERVER_GOES_ON;
}

/* --- TLS --- */

static void derive(struct eap_server *server)
{
    static const uint8_t type[] = { EAP_TLS };
    uint8_t material[128];

    if (tls_server_is_tls13(server->tls))
        tls_server_export(server->tls, "EXPORTER_EAP_TLS_Key_Material", HF_BYTES_OF(type), material,
                          sizeof material);
    else
        tls_server_export(server->tls, "client EAP encryption", (hf_bytes){ 0 }, material,
                          sizeof material);
    memcpy(server->msk, material, sizeof server->msk);
}

static void commit(struct eap_server *server)
{
    static const uint8_t zero[] = { 0 };
    hf_bytes octets = server->config.commitment;

    tls_server_write(server->tls, octets.data == NULL ? HF_BYTES_OF(zero) : octets,
                     &server->outgoing);
    server->stage = COMMITTED;
}

static enum eap_server_state handle_flight(struct eap_server *server, hf_buf *out)
{
    bool first = server->incoming.len != 0 && !server->tls_done;
    enum tls_server_state state =
        tls_server_handle(server->tls, hf_buf_bytes(&server->incoming), &server->outgoing);

    hf_buf_clear(&server->incoming);
    server->tls_failed = state == TLS_SERVER_FAILED;
    if (server->tls_failed)
        return server->outgoing.len != 0 ? send_fragment(server, out) : finish(server, false, out);
    if (state == TLS_SERVER_HANDSHAKING) {
        if (server->config.early_commitment && tls_server_is_tls13(server->tls) && first)
            commit(server);
        return send_fragment(server, out);
    }
    server->tls_done = true;
    derive(server);
    if (!tls_server_is_tls13(server->tls) && server->outgoing.len == 0)
        return finish(server, true, out);
    if (tls_server_is_tls13(server->tls) && server->config.without_commitment &&
        server->outgoing.len == 0)
        return finish(server, true, out);
    if (tls_server_is_tls13(server->tls) && !server->config.without_commitment &&
        !(server->config.tickets_alone && server->outgoing.len != 0))
        commit(server);
    return send_fragment(server, out);
}

/* An empty response: an acknowledgement of our fragment, or of all that we had to say. */
static enum eap_server_state handle_acknowledgement(struct eap_server *server, hf_buf *out)
{
    if (server->sent != 0)
        return send_fragment(server, out);
    if (server->tls_failed)
        return finish(server, false, out);
    if (!server->tls_done) {
        violated(server, "an acknowledgement where a flight was due");
        return finish(server, false, out);
    }
    if (tls_server_is_tls13(server->tls) && server->stage != COMMITTED &&
        !server->config.without_commitment) {
        commit(server);
        return send_fragment(server, out);
    }
    return finish(server, true, out);
}

static enum eap_server_state handle_tls(struct eap_server *server, hf_bytes data, hf_buf *out)
{
    hf_reader r = hf_reader_of(data);
    uint8_t flags = 0;
    uint32_t length = 0;
    hf_bytes rest;

    if (!hf_read_u8(&r, &flags) || ((flags & FLAG_LENGTH) != 0 && !hf_read_u32(&r, &length)) ||
        (flags & (uint8_t) ~(FLAG_LENGTH | FLAG_MORE)) != 0)
        violated(server, "flags that a response does not have");
    if ((flags & FLAG_MORE) != 0 && server->incoming.len == 0 && (flags & FLAG_LENGTH) == 0)
        violated(server, "a first fragment without a length");
    if ((flags & FLAG_LENGTH) != 0)
        server->announced = length;
    rest = hf_read_rest(&r);
    if (rest.len == 0 && (flags & FLAG_MORE) == 0)
        return handle_acknowledgement(server, out);
    if (server->sent != 0)
        violated(server, "data in place of an acknowledgement");
    put(&server->incoming, rest.data, rest.len);
    if ((flags & FLAG_MORE) != 0) {
        uint8_t no_flags = 0;

        return request(server, EAP_TLS, (hf_bytes){ &no_flags, 1 }, out);
    }
    if (server->announced != 0 && server->announced != server->incoming.len)
        violated(server, "a length that is not that of the message");
    server->announced = 0;
    return handle_flight(server, out);
}

/* --- before the method --- */

static enum eap_server_state next_stage(struct eap_server *server, hf_buf *out)
{
    static const uint8_t challenge[] = {
        16, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
    };
    uint8_t start = FLAG_START;

    if (server->stage < ASKED_IDENTITY && server->config.ask_identity) {
        server->stage = ASKED_IDENTITY;
        return request(server, IDENTITY, (hf_bytes){ 0 }, out);
    }
    if (server->stage < NOTIFIED && server->config.notification != NULL) {
        server->stage = NOTIFIED;
        return request(server, NOTIFICATION, hf_bytes_of_string(server->config.notification), out);
    }
    if (server->stage < PROPOSED && server->config.unwelcome_method != 0) {
        server->stage = PROPOSED;
        return request(server, server->config.unwelcome_method, HF_BYTES_OF(challenge), out);
    }
    server->stage = STARTED;
    return request(server, EAP_TLS, (hf_bytes){ &start, 1 }, out);
}

static void check_type(struct eap_server *server, uint8_t type, hf_bytes data)
{
    static const uint8_t wanted[] = { EAP_TLS };

    if (server->stage == ASKED_IDENTITY) {
        if (type != IDENTITY)
            violated(server, "no identity");
        put(&server->identity, data.data, data.len);
    }
    if (server->stage == NOTIFIED && (type != NOTIFICATION || data.len != 0))
        violated(server, "no acknowledgement of the notification");
    if (server->stage == PROPOSED && (type != NAK || !hf_bytes_equal(data, HF_BYTES_OF(wanted))))
        violated(server, "no Nak that asks for EAP-TLS");
    if (server->stage >= STARTED && type != EAP_TLS)
        violated(server, "a response of another type");
}

enum eap_server_state eap_server_next(struct eap_server *server, hf_bytes response, hf_buf *out)
{
    hf_reader r = hf_reader_of(response);
    uint8_t code, identifier, type;
    uint16_t len;

    if (server->stage == BEGIN)
        return next_stage(server, out);
    if (!hf_read_u8(&r, &code) || !hf_read_u8(&r, &identifier) || !hf_read_u16(&r, &len) ||
        !hf_read_u8(&r, &type) || code != RESPONSE || len != response.len)
        test_die("the peer's packet is none");
    if (identifier != server->identifier)
        violated(server, "a response to another request");
    check_type(server, type, (hf_bytes){ r.at, r.left });
    if (server->stage == PROPOSED && !server->config.gives_in)
        return finish(server, false, out);
    if (server->stage < STARTED)
        return next_stage(server, out);
    return handle_tls(server, hf_read_rest(&r), out);
}

hf_bytes eap_server_msk(const struct eap_server *server)
{
    return HF_BYTES_OF(server->msk);
}

hf_bytes eap_server_identity(const struct eap_server *server)
{
    return hf_buf_bytes(&server->identity);
}

const char *eap_server_violation(const struct eap_server *server)
{
    return server->violation;
}

const struct tls_server *eap_server_tls(const struct eap_server *server)
{
    return server->tls;
}
