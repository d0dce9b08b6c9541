/* Numbers of the ESP packet (RFC 4303, section 2):
 *   +-------+-------+----+-----------------------------+-----+
 *   |  SPI  |  SEQ  | IV | IP packet | pad | len | next | ICV |
 *   +-------+-------+----+-----------------------------+-----+
 *                          encrypted: a multiple of 4 octets and of the cipher's block */
#ifndef HF_ESP_WIRE_H
#define HF_ESP_WIRE_H

#include "crypto/cipher.h"

#include <holdfast/esp.h>

#define HF_ESP_HEADER_LEN 8
#define HF_ESP_ALIGNMENT  4
#define HF_ESP_IV_MAX     16
#define HF_ESP_ICV_MAX    32
#define HF_ESP_PAD_MAX    255 /* the pad length has one octet */

/* What the Next Header field can say of a tunnel. */
enum hf_esp_next_header {
    HF_ESP_NEXT_IPV4 = 4,
    HF_ESP_NEXT_IPV6 = 41,
    HF_ESP_NEXT_NONE = 59, /* a dummy packet: RFC 4303, section 2.6 */
};

/* What both directions need to know of the suite. */
struct hf_esp_layout {
    size_t iv, icv;
    size_t block; /* of the ciphertext: at least HF_ESP_ALIGNMENT */
    bool is_aead; /* the IV is a counter and the whole sequence number comes first */
    bool esn;
};

/* HF_ERR_NO_PROPOSAL: not a suite of the registry. */
hf_status hf_esp_layout_of(const struct hf_esp_params *params,
                           struct hf_esp_layout *out) HF_MUST_USE;
/* The cipher of one direction. */
hf_status hf_esp_cipher_of(const struct hf_esp_params *params, enum hf_direction direction,
                           struct hf_cipher **out) HF_MUST_USE;

/* Sets what is authenticated and not encrypted: SPI and sequence number, the `header` as it is
 * sent; with ESN also the high half of the number, in the middle for an AEAD (RFC 4106, section 5),
 * else behind the ciphertext (RFC 4303, section 2.2.1). `message` borrows from `header` and
 * `storage`. */
#define HF_ESP_ASSOCIATED_MAX 12
void hf_esp_associate(const struct hf_esp_layout *layout, hf_bytes header, uint64_t sequence,
                      uint8_t storage[HF_ESP_ASSOCIATED_MAX], struct hf_cipher_message *message);

#endif
