/* The configuration that the gateway assigns (ikev2/config_reply.h; rule A14). */
#include "ikev2/config_reply.h"

#include "support/hex.h"
#include "support/test.h"

#include <string.h>

static struct hf_ikev2_sa_config wants(void)
{
    struct hf_ikev2_sa_config config = { .want_ip4 = true, .want_ip6 = true };

    cr_assert(hf_address_parse(hf_bytes_of_string("192.0.2.1"), &config.gateway.address));
    return config;
}

struct attribute {
    uint16_t type;
    const char *value; /* hexadecimal */
};

static hf_bytes encode(uint8_t type, const struct attribute *attributes, size_t count)
{
    static uint8_t storage[4096];
    hf_writer w = hf_writer_of(storage, sizeof storage);
    struct hf_ikev2_config config = { .type = type, .count = count };
    hf_bytes body;

    for (size_t i = 0; i < count; i++) {
        config.attributes[i].type = attributes[i].type;
        config.attributes[i].value = hex(attributes[i].value);
    }
    hf_ikev2_config_encode(&w, &config);
    cr_assert(hf_writer_finish(&w, &body));
    return body;
}

static hf_status take(const struct attribute *attributes, size_t count,
                      struct hf_ikev2_configuration *out, struct hf_fault *fault)
{
    struct hf_ikev2_sa_config config = wants();
    hf_bytes body = encode(HF_CFG_REPLY, attributes, count);

    return hf_ikev2_config_reply_read(&config, &body, out, fault);
}

#define ADDRESS                                                                                    \
    {                                                                                              \
        HF_INTERNAL_IP4_ADDRESS, "0a630002"                                                        \
    }

Test(config_reply, takes_addresses_resolvers_and_domains)
{
    static const struct attribute attributes[] = {
        ADDRESS,
        {HF_INTERNAL_IP4_NETMASK,  "ffffff00"                                  },
        { HF_INTERNAL_IP6_ADDRESS, "2001 0db8 0099 0000 0000 0000 0000 0002 40"},
        { HF_INTERNAL_IP4_DNS,     "0a630001"                                  },
        { HF_INTERNAL_IP6_DNS,     "20010db8009900000000000000000001"          },
        { HF_INTERNAL_DNS_DOMAIN,  "436f72702e4578616d706c65"                  }, /* Corp.Example */
        { HF_UNITY_DEF_DOMAIN,     "612e622e"                                  }, /* a.b. */
        { 23456,                   "0a630001"                                  }, /* a vendor's */
    };
    struct hf_ikev2_configuration out;
    struct hf_fault fault;
    char text[HF_PREFIX_TEXT_MAX];

    cr_assert_eq(take(attributes, HF_ARRAY_LEN(attributes), &out, &fault), HF_OK);
    cr_expect_str_eq(hf_prefix_format(&out.ip4, text), "10.99.0.2/32");
    cr_expect_str_eq(hf_prefix_format(&out.ip6, text), "2001:db8:99::2/128");
    cr_expect_eq(out.dns_count, 2);
    cr_expect_eq(out.domain_count, 2);
    cr_expect_str_eq(out.domains[0], "corp.example");
    cr_expect_str_eq(out.domains[1], "a.b");
}

Test(config_reply, refuses_what_no_honest_gateway_assigns)
{
    static const struct {
        struct attribute attribute;
        const char *received;
    } hostile[] = {
        {{ HF_INTERNAL_IP4_ADDRESS, "00000001" },                            "0.0.0.1"        },
        { { HF_INTERNAL_IP4_ADDRESS, "7f000001" },                           "127.0.0.1"      },
        { { HF_INTERNAL_IP4_ADDRESS, "a9fe0001" },                           "169.254.0.1"    },
        { { HF_INTERNAL_IP4_ADDRESS, "e0000001" },                           "224.0.0.1"      },
        { { HF_INTERNAL_IP4_ADDRESS, "ffffffff" },                           "255.255.255.255"},
        { { HF_INTERNAL_IP4_ADDRESS, "c0000201" },                           "192.0.2.1"      }, /* itself */
        { { HF_INTERNAL_IP4_ADDRESS, "0a6300" },                             "?c?"            },
        { { HF_INTERNAL_IP6_ADDRESS, "0000000000000000000000000000000180" }, "::1"            },
        { { HF_INTERNAL_IP6_ADDRESS, "fe80000000000000000000000000000180" }, "fe80::1"        },
        { { HF_INTERNAL_IP4_DNS, "7f000035" },                               "127.0.0.53"     },
        { { HF_INTERNAL_IP6_DNS, "ff020000000000000000000000000001" },       "ff02::1"        },
        { { HF_INTERNAL_DNS_DOMAIN, "612e2e62" },                            "a..b"           },
        { { HF_INTERNAL_DNS_DOMAIN, "2e" },                                  "."              },
        { { HF_INTERNAL_DNS_DOMAIN, "61200a62" },                            "a ?b"           },
        { { HF_INTERNAL_DNS_DOMAIN, "2d61" },                                "-a"             },
        { { HF_UNITY_DEF_DOMAIN, "612d" },                                   "a-"             },
        { { HF_INTERNAL_DNS_DOMAIN, "6100" },                                "a?"             },
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(hostile); i++) {
        struct attribute attributes[] = { ADDRESS, hostile[i].attribute };
        struct hf_ikev2_configuration out = { .dns_count = 77 };
        struct hf_fault fault = { 0 };

        cr_expect_eq(take(attributes, 2, &out, &fault), HF_ERR_HOSTILE_CONFIG, "case %zu", i);
        cr_expect_eq(fault.status, HF_ERR_HOSTILE_CONFIG);
        cr_expect_str_eq(fault.received, hostile[i].received);
        cr_expect_eq(out.dns_count, 77); /* failure leaves out alone */
    }
}

Test(config_reply, keeps_the_first_of_too_many)
{
    struct attribute attributes[HF_IKEV2_DNS_MAX + HF_IKEV2_DOMAINS_MAX + 6];
    struct hf_ikev2_configuration out;
    struct hf_fault fault;
    size_t count = 0;

    attributes[count++] = (struct attribute)ADDRESS;
    attributes[count++] = (struct attribute){ HF_INTERNAL_IP4_ADDRESS, "0a630003" };
    for (size_t i = 0; i < HF_IKEV2_DNS_MAX + 2; i++)
        attributes[count++] = (struct attribute){ HF_INTERNAL_IP4_DNS, "0a630001" };
    for (size_t i = 0; i < HF_IKEV2_DOMAINS_MAX + 2; i++)
        attributes[count++] = (struct attribute){ HF_INTERNAL_DNS_DOMAIN, "6162" };
    cr_assert_eq(take(attributes, count, &out, &fault), HF_OK);
    cr_expect_eq(out.dns_count, HF_IKEV2_DNS_MAX);
    cr_expect_eq(out.domain_count, HF_IKEV2_DOMAINS_MAX);
    cr_expect_eq(out.ip4.address.octets[3], 2);
}

Test(config_reply, without_an_address_is_a_fault_of_its_own)
{
    static const struct attribute only_dns[] = {
        {HF_INTERNAL_IP4_DNS, "0a630001"}
    };
    struct hf_ikev2_sa_config config = wants();
    struct hf_ikev2_configuration out;
    struct hf_fault fault;

    cr_expect_eq(take(only_dns, 1, &out, &fault), HF_ERR_NO_ADDRESS);
    cr_expect_eq(hf_ikev2_config_reply_read(&config, NULL, &out, &fault), HF_ERR_NO_ADDRESS);
    config.want_ip4 = config.want_ip6 = false;
    cr_expect_eq(hf_ikev2_config_reply_read(&config, NULL, &out, &fault), HF_OK);
    cr_expect_eq(out.ip4.address.family, HF_FAMILY_NONE);
}

Test(config_reply, leaves_out_families_that_nobody_asked_for)
{
    static const struct attribute attributes[] = {
        ADDRESS,
        {HF_INTERNAL_IP6_ADDRESS, "0000000000000000000000000000000180"},
        { HF_INTERNAL_IP6_DNS,    "ff020000000000000000000000000001"  },
    };
    struct hf_ikev2_sa_config config = wants();
    hf_bytes body = encode(HF_CFG_REPLY, attributes, HF_ARRAY_LEN(attributes));
    struct hf_ikev2_configuration out;
    struct hf_fault fault;

    config.want_ip6 = false;
    cr_assert_eq(hf_ikev2_config_reply_read(&config, &body, &out, &fault), HF_OK);
    cr_expect_eq(out.ip6.address.family, HF_FAMILY_NONE);
    cr_expect_eq(out.dns_count, 0);
}

Test(config_reply, must_be_a_reply)
{
    static const struct attribute attributes[] = { ADDRESS };
    struct hf_ikev2_sa_config config = wants();
    struct hf_ikev2_configuration out;
    struct hf_fault fault;

    for (uint8_t type = 0; type < 6; type++) {
        hf_bytes body = encode(type, attributes, 1);
        hf_status status = hf_ikev2_config_reply_read(&config, &body, &out, &fault);

        cr_expect_eq(status == HF_OK, type == HF_CFG_REPLY);
    }
}

Test(config_reply, request_asks_for_the_wanted_families)
{
    struct hf_ikev2_sa_config config = wants();
    struct hf_ikev2_config request;
    uint8_t storage[256];
    hf_bytes body;

    for (int families = 1; families < 4; families++) {
        hf_writer w = hf_writer_of(storage, sizeof storage);

        config.want_ip4 = (families & 1) != 0;
        config.want_ip6 = (families & 2) != 0;
        hf_ikev2_config_reply_ask(&config, &w);
        cr_assert(hf_writer_finish(&w, &body));
        cr_assert_eq(hf_ikev2_config_decode(body, &request), HF_OK);
        cr_expect_eq(request.type, HF_CFG_REQUEST);
        cr_expect_eq(request.count, families == 3 ? 5 : 3);
    }
}
