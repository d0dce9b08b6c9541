/* The client's side of ESP in a story: what the engine's data plane does with the events of the SA,
 * one packet at a time. See sim.h. */
#include "scenario/sim.h"

#include "support/hex.h"

#define PACKET_LEN 64

static struct hf_esp_params params_of(const struct hf_ikev2_child *child, bool in)
{
    return (struct hf_esp_params){
        .spi = in ? child->spi_in : child->spi_out,
        .encr = child->suite.encr,
        .key_bits = child->suite.key_bits,
        .integ = child->suite.integ,
        .esn = child->esn,
        .encr_key = in ? child->encr_in : child->encr_out,
        .integ_key = in ? child->integ_in : child->integ_out,
    };
}

void sim_traffic_child_up(struct sim_child *child, const struct hf_ikev2_child *keys)
{
    struct hf_esp_params in = params_of(keys, true), out = params_of(keys, false);

    *child = (struct sim_child){ .spi_in = keys->spi_in, .spi_out = keys->spi_out };
    if (hf_esp_inbound_new(&in, &keys->selectors, &child->in) != HF_OK ||
        hf_esp_outbound_new(&out, &child->out) != HF_OK)
        test_die("a child that ESP does not take");
}

void sim_traffic_child_down(struct sim_child *child)
{
    hf_esp_inbound_free(child->in);
    hf_esp_outbound_free(child->out);
    child->in = NULL;
    child->out = NULL;
    child->is_down = true;
}

static struct sim_child *find(struct sim *sim, uint32_t spi_in, uint32_t spi_out)
{
    for (size_t i = sim->child_count; i > 0; i--) {
        struct sim_child *child = &sim->children[i - 1];

        if (!child->is_down && (child->spi_in == spi_in || child->spi_out == spi_out))
            return child;
    }
    return NULL;
}

/* An IPv4 packet of an unused protocol, from the assigned address to a host behind the gateway. */
static void write_packet(const struct sim *sim, uint8_t packet[PACKET_LEN])
{
    static const uint8_t behind_gateway[] = { 10, 1, 2, 3 };
    hf_writer w = hf_writer_of(packet, PACKET_LEN);

    hf_write_u8(&w, 0x45);
    hf_write_u8(&w, 0);
    hf_write_u16(&w, PACKET_LEN);
    hf_write_u32(&w, 0);
    hf_write_u8(&w, 64);
    hf_write_u8(&w, 253); /* for experiments: RFC 3692 */
    hf_write_u16(&w, 0);
    hf_write_bytes(&w, hf_address_bytes(&sim->assigned.ip4.address));
    hf_write_bytes(&w, HF_BYTES_OF(behind_gateway));
    hf_write_u32(&w, (uint32_t)sim->packets_sent);
    hf_write_zeros(&w, PACKET_LEN - w.len);
}

bool sim_send_packet(struct sim *sim)
{
    struct sim_child *child = find(sim, 0, sim->sending);
    uint8_t packet[PACKET_LEN], sealed[PACKET_LEN + HF_ESP_OVERHEAD_MAX];
    struct hf_esp_item item = { .in = HF_BYTES_OF(packet), .out = sealed };
    hf_endpoint to = { sim->gateway_config.address, 4500 };

    if (child == NULL || sim->packets_sent == SIM_PACKETS_MAX)
        return false;
    write_packet(sim, packet);
    if (hf_esp_seal(child->out, &item, 1) != 1)
        test_die("a packet that ESP does not seal");
    sim->packets_sent++;
    sim_transmit(sim, &to, (hf_bytes){ sealed, item.out_len });
    return true;
}

static void note_back(struct sim *sim, hf_bytes packet)
{
    hf_reader r = hf_reader_of(packet);
    uint32_t number;

    if (!hf_read_skip(&r, 20) || !hf_read_u32(&r, &number) || number >= sim->packets_sent ||
        sim->is_back[number])
        return;
    sim->is_back[number] = true;
    sim->packets_back++;
}

bool sim_traffic_handle(struct sim *sim, hf_bytes datagram)
{
    struct hf_esp_item item = { .in = datagram };
    struct sim_child *child;
    uint32_t spi;

    if (hf_udp_classify(datagram) != HF_UDP_ESP || !hf_esp_peek_spi(datagram, &spi))
        return false;
    child = find(sim, spi, 0);
    if (child == NULL) {
        sim->packets_strange++;
        return false; /* or the SA's: a message of IKE_SA_INIT has no marker */
    }
    item.out = test_copy(datagram);
    if (hf_esp_open(child->in, &item, 1) == 1)
        note_back(sim, (hf_bytes){ item.out, item.out_len });
    return true;
}

void sim_send_packets(struct sim *sim, hf_duration interval, hf_duration duration)
{
    for (hf_duration passed = 0; passed < duration; passed += interval) {
        (void)sim_send_packet(sim);
        sim_advance(sim, interval);
    }
}
