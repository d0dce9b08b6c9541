/* Acknowledged requests and dumps: see netlink_socket.h. */
#include "linux/netlink_socket.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#define ANSWER_OCTETS 32768
#define DUMP_TRIES    5
#define DUMP_MAX      (8u << 20)

hf_status hf_netlink_open(struct hf_netlink *netlink, int bus)
{
    int on = 1;

    *netlink = (struct hf_netlink){ .socket = mnl_socket_open2(bus, SOCK_CLOEXEC) };
    if (netlink->socket == NULL)
        return HF_ERR_LOCAL_SETUP;
    if (mnl_socket_bind(netlink->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
        hf_netlink_close(netlink);
        return HF_ERR_LOCAL_SETUP;
    }
    /* Lets the kernel filter dumps; one that cannot sends more, and the callers filter again. */
    (void)mnl_socket_setsockopt(netlink->socket, NETLINK_GET_STRICT_CHK, &on, sizeof on);
    return HF_OK;
}

void hf_netlink_close(struct hf_netlink *netlink)
{
    if (netlink->socket != NULL)
        mnl_socket_close(netlink->socket);
    netlink->socket = NULL;
}

void *hf_netlink_begin(struct hf_netlink_message *message, uint16_t type, uint16_t flags,
                       size_t size)
{
    memset(message->storage, 0, sizeof message->storage);
    message->header = mnl_nlmsg_put_header(message->storage);
    message->header->nlmsg_type = type;
    message->header->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    return mnl_nlmsg_put_extra_header(message->header, size);
}

void hf_netlink_put_address(struct hf_netlink_message *message, uint16_t attribute,
                            const hf_address *address)
{
    hf_bytes octets = hf_address_bytes(address);

    mnl_attr_put(message->header, attribute, octets.len, octets.data);
}

static bool send_message(struct hf_netlink *netlink, struct hf_netlink_message *message)
{
    HF_ASSERT(message->header->nlmsg_len <= sizeof message->storage);
    message->header->nlmsg_seq = ++netlink->sequence;
    return mnl_socket_sendto(netlink->socket, message->header, message->header->nlmsg_len) >= 0;
}

/* What one datagram of the kernel said about the request under way. */
struct progress {
    bool done, interrupted;
    int error;
};

/* The errno in an answer that ends a request: NLMSG_ERROR and NLMSG_DONE both start with one. */
static int error_of(const struct nlmsghdr *answer)
{
    int error;

    if (mnl_nlmsg_get_payload_len(answer) < sizeof error)
        return answer->nlmsg_type == NLMSG_ERROR ? EPROTO : 0;
    memcpy(&error, mnl_nlmsg_get_payload(answer), sizeof error);
    return error < 0 ? -error : 0;
}

static void note_progress(const struct nlmsghdr *answer, struct progress *progress)
{
    if ((answer->nlmsg_flags & NLM_F_DUMP_INTR) != 0)
        progress->interrupted = true;
    if (answer->nlmsg_type == NLMSG_DONE || answer->nlmsg_type == NLMSG_ERROR) {
        progress->done = true;
        progress->error = error_of(answer);
    }
}

static bool is_ours(const struct hf_netlink *netlink, const struct nlmsghdr *answer)
{
    return answer->nlmsg_seq == netlink->sequence &&
           answer->nlmsg_pid == mnl_socket_get_portid(netlink->socket);
}

/* A copy of the whole answer, padded as in the datagram. */
static bool keep(hf_buf *data, const struct nlmsghdr *answer)
{
    uint8_t *at = hf_buf_extend(data, (answer->nlmsg_len + 3u) & ~3u);

    if (at != NULL)
        memcpy(at, answer, answer->nlmsg_len);
    return at != NULL;
}

/* Reads until the kernel says that it is done; data goes to `data` (NULL: dropped). */
static int collect(struct hf_netlink *netlink, hf_buf *data)
{
    _Alignas(struct nlmsghdr) char datagram[ANSWER_OCTETS];
    struct progress progress = { 0 };

    while (!progress.done) {
        ssize_t got = mnl_socket_recvfrom(netlink->socket, datagram, sizeof datagram);
        const struct nlmsghdr *answer = (const struct nlmsghdr *)datagram;
        int left = (int)got;

        if (got < 0 && errno != EINTR)
            return errno;
        for (; got > 0 && mnl_nlmsg_ok(answer, left); answer = mnl_nlmsg_next(answer, &left)) {
            if (!is_ours(netlink, answer))
                continue; /* of a request that was given up */
            note_progress(answer, &progress);
            if (data != NULL && answer->nlmsg_type >= NLMSG_MIN_TYPE && !keep(data, answer))
                progress.error = ENOBUFS;
        }
    }
    return progress.error == 0 && progress.interrupted ? EINTR : progress.error;
}

int hf_netlink_request(struct hf_netlink *netlink, struct hf_netlink_message *message)
{
    message->header->nlmsg_flags |= NLM_F_ACK;
    return send_message(netlink, message) ? collect(netlink, NULL) : errno;
}

int hf_netlink_dump(struct hf_netlink *netlink, struct hf_netlink_message *message,
                    hf_netlink_each *each, void *context)
{
    hf_buf data = hf_buf_with_max(DUMP_MAX);
    const struct nlmsghdr *answer;
    int error = EINTR, left;

    message->header->nlmsg_flags |= NLM_F_DUMP;
    for (int try = 0; try < DUMP_TRIES && error == EINTR; try++) {
        hf_buf_clear(&data);
        error = send_message(netlink, message) ? collect(netlink, &data) : errno;
    }
    if (error == 0) {
        answer = (const struct nlmsghdr *)data.data;
        left = (int)data.len;
        for (; mnl_nlmsg_ok(answer, left); answer = mnl_nlmsg_next(answer, &left))
            each(answer, context);
    }
    hf_buf_free(&data);
    return error;
}

bool hf_netlink_acknowledged(struct hf_netlink *netlink, uint32_t first_sequence)
{
    _Alignas(struct nlmsghdr) char datagram[ANSWER_OCTETS];
    int fd = mnl_socket_get_fd(netlink->socket);
    bool any = false, failed = false;
    ssize_t got;

    while ((got = recv(fd, datagram, sizeof datagram, MSG_DONTWAIT)) > 0) {
        const struct nlmsghdr *answer = (const struct nlmsghdr *)datagram;
        int left = (int)got;

        for (; mnl_nlmsg_ok(answer, left); answer = mnl_nlmsg_next(answer, &left)) {
            struct progress progress = { 0 };

            if (answer->nlmsg_seq < first_sequence)
                continue;
            note_progress(answer, &progress);
            any = any || progress.done;
            failed = failed || progress.error != 0;
        }
    }
    return any && !failed && (got < 0 && errno == EAGAIN);
}

uint8_t hf_netlink_family(enum hf_family family)
{
    return family == HF_FAMILY_V6 ? AF_INET6 : AF_INET;
}

enum hf_family hf_family_of_netlink(uint8_t family)
{
    if (family == AF_INET)
        return HF_FAMILY_V4;
    return family == AF_INET6 ? HF_FAMILY_V6 : HF_FAMILY_NONE;
}

const struct nlattr *hf_netlink_attribute(const struct nlmsghdr *answer, size_t fixed,
                                          uint16_t type)
{
    const struct nlattr *at = mnl_nlmsg_get_payload_offset(answer, fixed);
    const char *end = mnl_nlmsg_get_payload_tail(answer);

    for (; mnl_attr_ok(at, (int)(end - (const char *)at)); at = mnl_attr_next(at)) {
        if (mnl_attr_get_type(at) == type)
            return at;
    }
    return NULL;
}

bool hf_netlink_address(const struct nlmsghdr *answer, size_t fixed, uint16_t type, uint8_t family,
                        hf_address *out)
{
    const struct nlattr *attribute = hf_netlink_attribute(answer, fixed, type);
    size_t octets = hf_family_octets(hf_family_of_netlink(family));

    if (attribute == NULL || octets == 0 || mnl_attr_get_payload_len(attribute) != octets)
        return false;
    return hf_address_of_octets((hf_bytes){ mnl_attr_get_payload(attribute), octets }, out);
}

uint32_t hf_netlink_u32(const struct nlmsghdr *answer, size_t fixed, uint16_t type,
                        uint32_t otherwise)
{
    const struct nlattr *attribute = hf_netlink_attribute(answer, fixed, type);

    if (attribute == NULL || mnl_attr_get_payload_len(attribute) != sizeof(uint32_t))
        return otherwise;
    return mnl_attr_get_u32(attribute);
}
