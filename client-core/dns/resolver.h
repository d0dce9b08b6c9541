/* Finds the addresses of the gateway's name: a machine of datagrams and time. It asks for A and
 * AAAA at once, goes on to the next resolver when one is silent or fails, and takes no answer but
 * to what it asked, from whom it asked. It has no cache: the caller remembers the last good
 * addresses. */
#ifndef HF_DNS_RESOLVER_H
#define HF_DNS_RESOLVER_H

#include "base/env.h"
#include "dns/answer.h"

#define HF_DNS_RESOLVERS_MAX 4
#define HF_DNS_PORT          53
/* Silence after which the next resolver is asked: in the first round, and in later ones. */
#define HF_DNS_FIRST_WAIT    HF_SECONDS(1)
#define HF_DNS_LATER_WAIT    HF_SECONDS(2)
#define HF_DNS_TOTAL_WAIT    HF_SECONDS(10)
/* How long an address of one family waits for those of the other: IPv4 is preferred outside, so a
 * lone IPv6 address waits until IPv4 has been asked for twice. */
#define HF_DNS_WAIT_FOR_V6   HF_MILLIS(200)
#define HF_DNS_WAIT_FOR_V4   HF_MILLIS(1500)

struct hf_dns_resolver_config {
    hf_bytes name;                               /* borrowed during init alone */
    hf_endpoint resolvers[HF_DNS_RESOLVERS_MAX]; /* in order of preference; port 0 means 53 */
    size_t resolver_count;
    bool allow_loopback; /* take 127/8 and ::1 for an answer: tests on one host */
};

struct hf_dns_datagram {
    hf_endpoint to;
    hf_bytes bytes; /* borrowed until the next call on the resolver */
};

/* Addresses that the name has, IPv4 first, each once, in the server's order. */
struct hf_dns_result {
    size_t count;
    hf_address addresses[HF_DNS_ADDRESSES_MAX];
    uint32_t ttl; /* seconds */
};

/* One of the two questions. */
struct hf_dns_question {
    enum hf_dns_type type;
    bool is_answered; /* with addresses, or with the news that there are none */
    bool to_send;     /* a datagram to `resolver` is due */
    size_t resolver;  /* whom we ask now */
    size_t asked;     /* how many times we asked */
    hf_time next_try;
    uint16_t ids[HF_DNS_RESOLVERS_MAX];
    bool was_asked[HF_DNS_RESOLVERS_MAX];
    struct hf_dns_answer answer;
};

struct hf_dns_resolver {
    const struct hf_env *env;
    struct hf_dns_resolver_config config;
    struct hf_dns_name name;
    struct hf_dns_question questions[2]; /* A, AAAA */
    hf_time give_up;
    hf_time settle; /* when one family's addresses stop waiting for the other's */
    bool is_done;
    hf_status status;
    uint8_t storage[HF_DNS_QUERY_MAX];
};

/* Starts; the queries are then to be fetched with next_datagram. `env` is borrowed. HF_ERR_USAGE:
 * not a host name, or no resolver. HF_ERR_CRYPTO: no randomness. There is nothing to clear. */
hf_status hf_dns_resolver_init(struct hf_dns_resolver *resolver,
                               const struct hf_dns_resolver_config *config,
                               const struct hf_env *env, hf_time now) HF_MUST_USE;
/* Anything that is not the answer to a query of ours changes nothing. */
void hf_dns_resolver_handle_datagram(struct hf_dns_resolver *resolver, const hf_endpoint *from,
                                     hf_bytes datagram, hf_time now);
void hf_dns_resolver_handle_time(struct hf_dns_resolver *resolver, hf_time now);
/* HF_NEVER once there is a result. */
hf_time hf_dns_resolver_deadline(const struct hf_dns_resolver *resolver);
bool hf_dns_resolver_next_datagram(struct hf_dns_resolver *resolver, struct hf_dns_datagram *out);
/* HF_ERR_BUSY: not done yet. HF_OK: at least one address. HF_ERR_NAME_NOT_FOUND: the name does not
 * exist or has no address that can be used. HF_ERR_NAME_TIMEOUT: no resolver gave an answer.
 * HF_ERR_CRYPTO: no randomness. */
hf_status hf_dns_resolver_result(const struct hf_dns_resolver *resolver,
                                 struct hf_dns_result *out) HF_MUST_USE;

#endif
