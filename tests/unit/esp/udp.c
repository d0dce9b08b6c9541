/* Tests of what arrives on port 4500 (holdfast/esp.h). */
#include "support/hex.h"
#include "support/test.h"

#include <holdfast/esp.h>

Test(udp, datagrams_are_told_apart)
{
    static const struct {
        const char *datagram;
        enum hf_udp_kind kind;
    } rows[] = {
        {"",                            HF_UDP_GARBAGE  },
        { "ff",                         HF_UDP_KEEPALIVE},
        { "fe",                         HF_UDP_GARBAGE  },
        { "ffff",                       HF_UDP_GARBAGE  },
        { "00000000",                   HF_UDP_GARBAGE  },
        { "00000001 000000",            HF_UDP_GARBAGE  },
        { "00000001 00000000",          HF_UDP_ESP      },
        { "ffffffff ffffffff ffff",     HF_UDP_ESP      },
        { "00000000 0102030405060708 0000000000000000 21202208 "
          "00000000 000000",   HF_UDP_GARBAGE  },
        { "00000000 0102030405060708 0000000000000000 21202208 "
          "00000000 0000001c", HF_UDP_IKE      },
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(rows); i++)
        cr_expect_eq(hf_udp_classify(hex(rows[i].datagram)), rows[i].kind, "%s", rows[i].datagram);
}

Test(udp, every_truncation_is_read_within_its_bounds)
{
    hf_bytes whole = hex("00000000 0102030405060708 0000000000000000 21202208 00000000 0000001c");

    for (size_t len = 0; len <= whole.len; len++) {
        hf_bytes cut = { test_copy(hf_bytes_slice(whole, 0, len)), len };

        cr_expect_eq(hf_udp_classify(cut), len == whole.len ? HF_UDP_IKE : HF_UDP_GARBAGE);
    }
}

Test(udp, the_spi_is_the_first_four_octets_of_a_packet_that_can_be_one)
{
    hf_bytes whole = hex("0102030405060708");

    for (size_t len = 0; len <= whole.len; len++) {
        hf_bytes cut = { test_copy(hf_bytes_slice(whole, 0, len)), len };
        uint32_t spi = 77;

        cr_expect_eq(hf_esp_peek_spi(cut, &spi), len == whole.len);
        cr_expect_eq(spi, len == whole.len ? 0x01020304 : 77);
    }
}
