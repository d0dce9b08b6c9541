/* The gateway as a whole: which datagram is for whom, and what goes out. See gateway.h. */
#include "scenario/gateway_internal.h"

#include "base/writer.h"
#include "crypto/algorithms.h"
#include "support/hex.h"

#include <stdlib.h>
#include <string.h>

void gw_random(struct sim_gateway *gateway, void *out, size_t len)
{
    if (!hf_env_random(gateway->env, out, len))
        test_die("the gateway has no randomness");
}

uint32_t gw_random_spi(struct sim_gateway *gateway)
{
    uint32_t spi = 0;

    while (spi < 256) /* reserved: RFC 4303, section 2.1 */
        gw_random(gateway, &spi, sizeof spi);
    return spi;
}

void gw_violated(struct sim_gateway *gateway, const char *what)
{
    const struct sim_impair *impair = &gateway->config.impair;

    if (gateway->violation == NULL && (impair->excuses == NULL || !impair->excuses(what)))
        gateway->violation = what;
}

hf_buf gw_copy(hf_bytes bytes)
{
    hf_buf copy = hf_buf_with_max(bytes.len);

    if (!hf_buf_append(&copy, bytes))
        test_die("out of memory");
    return copy;
}

/* --- Configuration --------------------------------------------------------------------------- */

static hf_address address_of(const char *text)
{
    hf_address address;

    if (!hf_address_parse(hf_bytes_of_string(text), &address))
        test_die("not an address: %s", text);
    return address;
}

static void add_transform(struct sim_suites *suites, uint8_t type, uint16_t id, uint16_t key_bits)
{
    suites->transforms[suites->count++] =
        (struct hf_ikev2_transform){ .type = type, .id = id, .key_bits = key_bits };
}

/* Every row of the registry, in its order, but what the protocol has no use for. */
static void add_registry(struct sim_suites *suites, enum hf_transform_type type)
{
    const struct hf_algorithm *rows[16];
    size_t count = hf_algorithms_of_level(type, HF_LEVEL_DEFAULT, rows, HF_ARRAY_LEN(rows));

    for (size_t i = 0; i < count; i++)
        add_transform(suites, (uint8_t)type, rows[i]->id, rows[i]->key_bits);
}

void sim_gateway_config_default(struct sim_gateway_config *config, const struct sim_pki *pki)
{
    static const hf_bytes name = { (const uint8_t *)SIM_GATEWAY_NAME, sizeof SIM_GATEWAY_NAME - 1 };

    *config = (struct sim_gateway_config){
        .address = address_of("192.0.2.1"),
        .client_auth = SIM_CLIENT_EAP_TLS,
        .pki = pki,
        .request_eap_identity = true,
        .ip4 = {address_of("10.99.0.2"), 32 },
        .ip6 = { address_of("2001:db8:99::2"),                      128 },
        .dns = { address_of("10.99.0.1")},
        .dns_count = 1,
    };
    if (!hf_identity_make(HF_ID_FQDN, name, &config->id))
        test_die("no identity");
    add_registry(&config->ike, HF_TRANSFORM_ENCR);
    add_registry(&config->ike, HF_TRANSFORM_PRF);
    add_registry(&config->ike, HF_TRANSFORM_INTEG);
    add_registry(&config->ike, HF_TRANSFORM_KE);
    add_registry(&config->esp, HF_TRANSFORM_ENCR);
    add_registry(&config->esp, HF_TRANSFORM_INTEG);
    add_registry(&config->esp, HF_TRANSFORM_KE);
    add_transform(&config->esp, HF_TRANSFORM_ESN, 0, 0);
    add_transform(&config->esp, HF_TRANSFORM_ESN, 1, 0);
}

struct sim_gateway *sim_gateway_new(const struct sim_gateway_config *config,
                                    const struct hf_env *env)
{
    struct sim_gateway *gateway = calloc(1, sizeof *gateway);

    if (gateway == NULL)
        test_die("out of memory");
    gateway->config = *config;
    gateway->env = env;
    gw_random(gateway, gateway->cookie_secret, sizeof gateway->cookie_secret);
    return gateway;
}

void sim_gateway_restart(struct sim_gateway *gateway)
{
    for (size_t i = 0; i < GW_SAS_MAX; i++) {
        gw_sa_free(gateway->sas[i]);
        gateway->sas[i] = NULL;
    }
}

void sim_gateway_free(struct sim_gateway *gateway)
{
    if (gateway == NULL)
        return;
    sim_gateway_restart(gateway);
    for (size_t i = 0; i < GW_QUEUE_MAX; i++) {
        hf_buf_free(&gateway->queue[i].bytes);
        hf_buf_free(&gateway->packets[i]);
    }
    hf_buf_free(&gateway->sent);
    hf_buf_free(&gateway->packet);
    hf_buf_free(&gateway->uncookied);
    free(gateway);
}

struct sim_impair *sim_gateway_impair(struct sim_gateway *gateway)
{
    return &gateway->config.impair;
}

/* --- Output ---------------------------------------------------------------------------------- */

void gw_send(struct sim_gateway *gateway, uint16_t from_port, const hf_endpoint *to, bool is_ike,
             hf_bytes bytes)
{
    static const uint8_t marker[HF_IKE_NON_ESP_MARKER_LEN];
    bool is_marked = is_ike && from_port == HF_IKE_NATT_PORT;
    struct gw_output *output;

    if (gateway->config.impair.silent)
        return;
    if (gateway->queue_count == GW_QUEUE_MAX)
        test_die("nobody takes the gateway's datagrams");
    output = &gateway->queue[(gateway->queue_first + gateway->queue_count++) % GW_QUEUE_MAX];
    hf_buf_free(&output->bytes);
    *output = (struct gw_output){
        .from = {gateway->config.address, from_port},
          .to = *to
    };
    output->bytes = hf_buf_with_max(sizeof marker + bytes.len);
    if ((is_marked && !hf_buf_append(&output->bytes, HF_BYTES_OF(marker))) ||
        !hf_buf_append(&output->bytes, bytes))
        test_die("out of memory");
}

bool sim_gateway_next_datagram(struct sim_gateway *gateway, struct sim_datagram *out)
{
    struct gw_output *output = &gateway->queue[gateway->queue_first];

    if (gateway->queue_count == 0)
        return false;
    hf_buf_free(&gateway->sent);
    gateway->sent = output->bytes;
    *out = (struct sim_datagram){ output->from, output->to, hf_buf_bytes(&gateway->sent) };
    *output = (struct gw_output){ 0 };
    gateway->queue_first = (gateway->queue_first + 1) % GW_QUEUE_MAX;
    gateway->queue_count--;
    return true;
}

bool sim_gateway_next_packet(struct sim_gateway *gateway, hf_bytes *out)
{
    if (gateway->packet_count == 0)
        return false;
    hf_buf_free(&gateway->packet);
    gateway->packet = gateway->packets[gateway->packet_first];
    gateway->packets[gateway->packet_first] = (hf_buf){ 0 };
    gateway->packet_first = (gateway->packet_first + 1) % GW_QUEUE_MAX;
    gateway->packet_count--;
    *out = hf_buf_bytes(&gateway->packet);
    return true;
}

/* --- Input ----------------------------------------------------------------------------------- */

static void handle_ike(struct sim_gateway *gateway, const hf_endpoint *from, uint16_t to_port,
                       hf_bytes datagram)
{
    struct hf_ike_header header;
    struct gw_sa *sa;

    if (hf_ike_header_decode(datagram, &header) != HF_OK || header.version >> 4 != 2) {
        gateway->stats.dropped++;
        return;
    }
    if (header.exchange == HF_IKE_SA_INIT) {
        gw_init_handle(gateway, from, to_port, &header, datagram);
        return;
    }
    sa = gw_sa_find(gateway, header.spi_i, header.spi_r);
    if (sa == NULL)
        gateway->stats.dropped++;
    else
        gw_sa_handle(sa, from, to_port, &header, datagram);
}

/* What shares port 4500: RFC 3948, section 2. */
static void handle_natt(struct sim_gateway *gateway, const hf_endpoint *from, hf_bytes datagram)
{
    hf_reader r = hf_reader_of(datagram);
    uint32_t marker;

    if (datagram.len == 1 && datagram.data[0] == 0xff) {
        gateway->stats.keepalives++;
        return;
    }
    if (!hf_read_u32(&r, &marker))
        gateway->stats.dropped++;
    else if (marker == 0)
        handle_ike(gateway, from, HF_IKE_NATT_PORT, hf_read_rest(&r));
    else
        gw_esp_handle(gateway, from, datagram);
}

void sim_gateway_handle_datagram(struct sim_gateway *gateway, const hf_endpoint *from,
                                 uint16_t to_port, hf_bytes datagram, hf_time now)
{
    gateway->now = now;
    if (to_port == HF_IKE_PORT)
        handle_ike(gateway, from, to_port, datagram);
    else if (to_port == HF_IKE_NATT_PORT)
        handle_natt(gateway, from, datagram);
    else
        gateway->stats.dropped++;
}

void sim_gateway_handle_time(struct sim_gateway *gateway, hf_time now)
{
    gateway->now = now;
    for (size_t i = 0; i < GW_SAS_MAX; i++) {
        if (gateway->sas[i] != NULL)
            gw_request_handle_time(gateway->sas[i]);
    }
}

hf_time sim_gateway_deadline(const struct sim_gateway *gateway)
{
    hf_time deadline = HF_NEVER;

    for (size_t i = 0; i < GW_SAS_MAX; i++) {
        const struct gw_sa *sa = gateway->sas[i];

        if (sa != NULL && sa->pending.kind != GW_NOTHING)
            deadline = hf_time_min(deadline, sa->pending.resend_at);
    }
    return deadline;
}

/* --- What tests start and see ---------------------------------------------------------------- */

static bool enqueue(struct sim_gateway *gateway, enum gw_request kind, hf_time now)
{
    struct gw_sa *sa = gw_sa_current(gateway);

    gateway->now = now;
    if (sa == NULL)
        return false;
    gw_request_enqueue(sa, kind);
    return true;
}

bool sim_gateway_rekey_child(struct sim_gateway *gateway, hf_time now)
{
    return enqueue(gateway, GW_REKEY_CHILD, now);
}

bool sim_gateway_rekey_ike(struct sim_gateway *gateway, hf_time now)
{
    return enqueue(gateway, GW_REKEY_IKE, now);
}

bool sim_gateway_delete_child(struct sim_gateway *gateway, hf_time now)
{
    return enqueue(gateway, GW_DELETE_CHILD, now);
}

bool sim_gateway_delete_ike(struct sim_gateway *gateway, hf_time now)
{
    return enqueue(gateway, GW_DELETE_IKE, now);
}

bool sim_gateway_probe(struct sim_gateway *gateway, hf_time now)
{
    return enqueue(gateway, GW_PROBE, now);
}

bool sim_gateway_send_packet(struct sim_gateway *gateway, hf_bytes packet)
{
    struct gw_sa *sa = gw_sa_current(gateway);
    struct gw_child *child = sa == NULL ? NULL : gw_sa_newest_child(sa);

    return child != NULL && gw_esp_send(sa, child, packet);
}

const struct sim_gateway_stats *sim_gateway_stats(const struct sim_gateway *gateway)
{
    return &gateway->stats;
}

const char *sim_gateway_violation(const struct sim_gateway *gateway)
{
    return gateway->violation;
}

void sim_gateway_info(const struct sim_gateway *gateway, struct sim_gateway_sa_info *out)
{
    const struct gw_sa *sa = gw_sa_current(gateway);
    const struct gw_child *child = sa == NULL ? NULL : gw_sa_newest_child(sa);

    memset(out, 0, sizeof *out);
    if (sa == NULL)
        return;
    out->is_established = true;
    out->spi_i = sa->spi_i;
    out->spi_r = sa->spi_r;
    out->suite = sa->suite;
    out->client_id = sa->client_id;
    out->client = sa->client;
    out->nat_client = sa->nat_client;
    out->nat_gateway = sa->nat_gateway;
    while (out->children < GW_CHILDREN_MAX && sa->children[out->children] != NULL)
        out->children++;
    if (child == NULL)
        return;
    out->child_spi_in = child->spi_in;
    out->child_spi_out = child->spi_out;
    out->child_suite = child->suite;
    out->child_esn = child->esn;
    out->child_ke = child->ke;
    out->child_selectors = child->selectors;
}
