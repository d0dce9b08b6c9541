/* Addresses, resolvers and domains that the gateway assigns: see config_reply.h. */
#include "ikev2/config_reply.h"

#include <string.h>

void hf_ikev2_config_reply_ask(const struct hf_ikev2_sa_config *config, hf_writer *w)
{
    static const uint16_t of_ip4[] = { HF_INTERNAL_IP4_ADDRESS, HF_INTERNAL_IP4_DNS };
    static const uint16_t of_ip6[] = { HF_INTERNAL_IP6_ADDRESS, HF_INTERNAL_IP6_DNS };
    struct hf_ikev2_config request = { .type = HF_CFG_REQUEST };

    for (size_t i = 0; config->want_ip4 && i < HF_ARRAY_LEN(of_ip4); i++)
        request.attributes[request.count++].type = of_ip4[i];
    for (size_t i = 0; config->want_ip6 && i < HF_ARRAY_LEN(of_ip6); i++)
        request.attributes[request.count++].type = of_ip6[i];
    request.attributes[request.count++].type = HF_INTERNAL_DNS_DOMAIN; /* RFC 8598, section 3.1 */
    hf_ikev2_config_encode(w, &request);
}

static bool is_label_octet(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* Labels of 1 to 63 letters, digits, hyphens and underscores, none of them at the edge of a label
 * as a hyphen. `text` is in lower case. */
static bool is_host_name(const char *text, size_t len)
{
    size_t label = 0;

    for (size_t i = 0; i <= len; i++) {
        if (i == len || text[i] == '.') {
            if (label == 0 || label > 63 || text[i - 1] == '-')
                return false;
            label = 0;
        } else {
            if (!is_label_octet((uint8_t)text[i]) || (label == 0 && text[i] == '-'))
                return false;
            label++;
        }
    }
    return len != 0;
}

static bool take_domain(struct hf_ikev2_configuration *out, hf_bytes value)
{
    char name[HF_DOMAIN_MAX] = { 0 };

    if (value.len > 1 && value.data[value.len - 1] == '.')
        value.len--;
    if (value.len == 0)
        return true;
    if (value.len >= sizeof name)
        return false;
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.data[i];

        name[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    if (!is_host_name(name, value.len))
        return false;
    if (out->domain_count < HF_IKEV2_DOMAINS_MAX)
        memcpy(out->domains[out->domain_count++], name, sizeof name);
    return true;
}

/* An address of ours or a resolver that could stand in a plan: not special, and not the gateway
 * itself, which must stay reachable outside of the tunnel. */
static bool read_address(const struct hf_ikev2_sa_config *config, hf_bytes octets,
                         enum hf_family family, hf_address *out)
{
    return octets.len == hf_family_octets(family) && hf_address_of_octets(octets, out) &&
           !hf_address_is_special(out) && !hf_address_equal(out, &config->gateway.address);
}

static bool take_address(const struct hf_ikev2_sa_config *config, hf_bytes value,
                         enum hf_family family, hf_prefix *out)
{
    size_t len = hf_family_octets(family);
    hf_address address;

    if (family == HF_FAMILY_V6 && value.len != len + 1) /* a prefix length follows */
        return false;
    if (!read_address(config, hf_bytes_slice(value, 0, len), family, &address) ||
        (family == HF_FAMILY_V4 && value.len != len))
        return false;
    if (out->address.family == HF_FAMILY_NONE) /* the first counts */
        *out = (hf_prefix){ address, (uint8_t)(8 * len) };
    return true;
}

static bool take_resolver(const struct hf_ikev2_sa_config *config, hf_bytes value,
                          enum hf_family family, struct hf_ikev2_configuration *out)
{
    hf_address address;

    if (value.len == 0)
        return true;
    if (!read_address(config, value, family, &address))
        return false;
    if (out->dns_count < HF_IKEV2_DNS_MAX)
        out->dns[out->dns_count++] = address;
    return true;
}

/* Attributes of other types are not for us: ignored (RFC 7296, section 3.15.1). */
static bool take(const struct hf_ikev2_sa_config *config, uint16_t type, hf_bytes value,
                 struct hf_ikev2_configuration *out)
{
    switch (type) {
    case HF_INTERNAL_IP4_ADDRESS:
        return !config->want_ip4 || take_address(config, value, HF_FAMILY_V4, &out->ip4);
    case HF_INTERNAL_IP6_ADDRESS:
        return !config->want_ip6 || take_address(config, value, HF_FAMILY_V6, &out->ip6);
    case HF_INTERNAL_IP4_DNS:
        return !config->want_ip4 || take_resolver(config, value, HF_FAMILY_V4, out);
    case HF_INTERNAL_IP6_DNS:
        return !config->want_ip6 || take_resolver(config, value, HF_FAMILY_V6, out);
    case HF_INTERNAL_DNS_DOMAIN:
    case HF_UNITY_DEF_DOMAIN:
        return take_domain(out, value);
    default:
        return true;
    }
}

static void describe(uint16_t type, hf_bytes value, char text[HF_FAULT_TEXT_MAX])
{
    char address[HF_ADDRESS_TEXT_MAX];
    hf_address parsed;
    size_t len = value.len == 17 ? 16 : value.len;

    if (type != HF_INTERNAL_DNS_DOMAIN && type != HF_UNITY_DEF_DOMAIN &&
        hf_address_of_octets(hf_bytes_slice(value, 0, len), &parsed))
        hf_fault_set_text(text, hf_bytes_of_string(hf_address_format(&parsed, address)));
    else
        hf_fault_set_text(text, value);
}

static hf_status read_attributes(const struct hf_ikev2_sa_config *config, hf_bytes body,
                                 struct hf_ikev2_configuration *out,
                                 char received[HF_FAULT_TEXT_MAX])
{
    struct hf_ikev2_config reply;
    hf_status status = hf_ikev2_config_decode(body, &reply);

    if (status == HF_ERR_TOO_LARGE) {
        hf_fault_set_text(received, hf_bytes_of_string("too many attributes"));
        return HF_ERR_HOSTILE_CONFIG;
    }
    if (status != HF_OK)
        return status;
    if (reply.type != HF_CFG_REPLY)
        return HF_ERR_UNEXPECTED;
    for (size_t i = 0; i < reply.count; i++) {
        if (!take(config, reply.attributes[i].type, reply.attributes[i].value, out)) {
            describe(reply.attributes[i].type, reply.attributes[i].value, received);
            return HF_ERR_HOSTILE_CONFIG;
        }
    }
    return HF_OK;
}

hf_status hf_ikev2_config_reply_read(const struct hf_ikev2_sa_config *config, const hf_bytes *body,
                                     struct hf_ikev2_configuration *out, struct hf_fault *out_fault)
{
    struct hf_ikev2_configuration result = { 0 };
    char received[HF_FAULT_TEXT_MAX] = "";
    hf_status status = HF_OK;

    if (body != NULL)
        status = read_attributes(config, *body, &result, received);
    if (status == HF_OK && (config->want_ip4 || config->want_ip6) &&
        result.ip4.address.family == HF_FAMILY_NONE && result.ip6.address.family == HF_FAMILY_NONE)
        status = HF_ERR_NO_ADDRESS;
    if (status != HF_OK) {
        *out_fault = hf_fault_make(status, HF_STAGE_AUTHENTICATION);
        memcpy(out_fault->received, received, sizeof received);
        return status;
    }
    *out = result;
    return HF_OK;
}
