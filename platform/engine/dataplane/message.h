/* What the control thread and the two data threads tell each other through their rings. Ownership
 * of what a message points to, or of its fd, moves with it. */
#ifndef HF_ENGINE_MESSAGE_H
#define HF_ENGINE_MESSAGE_H

#include <holdfast/esp.h>

#define HF_DATAGRAM_MAX 65535

/* One direction of a child SA, in the hands of exactly one thread. */
struct hf_dp_outbound {
    struct hf_esp_outbound *esp;
    struct hf_selectors selectors;
    uint32_t spi;
};
struct hf_dp_inbound {
    struct hf_esp_inbound *esp;
    uint32_t spi;
    bool has_received;
};

enum hf_dp_message_type {
    /* control → both */
    HF_DP_UNDERLAY, /* `fd`, `peer`: the gateway's address and its port for ESP */
    HF_DP_TUN,      /* `fd`, `mtu_bytes` */
    HF_DP_STOP,
    HF_DP_ECHO, /* answer with HF_DP_ECHOED */
    /* control → up */
    HF_DP_SEND, /* `peer` and `len` octets behind the message: a datagram of IKE */
    HF_DP_USE,  /* `outbound` (may be NULL): seal with this one; the old one comes back */
    /* control → down */
    HF_DP_OPEN_WITH, /* `inbound` */
    HF_DP_FORGET,    /* `spi`: the inbound SA comes back */
    /* up or down → control */
    HF_DP_RECEIVED, /* `peer` and `len` octets behind the message: a datagram of IKE */
    HF_DP_RETIRED_OUTBOUND,
    HF_DP_RETIRED_INBOUND,
    HF_DP_TUN_LOST, /* the TUN device is gone */
    HF_DP_ECHOED,
    HF_DP_FIRST_PACKET, /* `spi`: of the inbound SA that opened its first packet */
};

struct hf_dp_message {
    enum hf_dp_message_type type;
    int fd;
    hf_endpoint peer;
    uint32_t spi;
    uint16_t mtu_bytes;
    size_t len;
    struct hf_dp_outbound *outbound;
    struct hf_dp_inbound *inbound;
};

#endif
