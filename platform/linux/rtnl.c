/* Acknowledged rtnetlink requests and dumps: see rtnl.h. */
#include "linux/rtnl.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#define ANSWER_OCTETS 32768
#define DUMP_TRIES    5
#define DUMP_MAX      (8u << 20)

hf_status hf_rtnl_open(struct hf_rtnl *rtnl)
{
    int on = 1;

    *rtnl = (struct hf_rtnl){ .socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC) };
    if (rtnl->socket == NULL)
        return HF_ERR_LOCAL_SETUP;
    if (mnl_socket_bind(rtnl->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
        hf_rtnl_close(rtnl);
        return HF_ERR_LOCAL_SETUP;
    }
    /* Lets the kernel filter dumps; one that cannot sends more, and the callers filter again. */
    (void)mnl_socket_setsockopt(rtnl->socket, NETLINK_GET_STRICT_CHK, &on, sizeof on);
    return HF_OK;
}

void hf_rtnl_close(struct hf_rtnl *rtnl)
{
    if (rtnl->socket != NULL)
        mnl_socket_close(rtnl->socket);
    rtnl->socket = NULL;
}

void *hf_rtnl_begin(struct hf_rtnl_message *message, uint16_t type, uint16_t flags, size_t size)
{
    memset(message->storage, 0, sizeof message->storage);
    message->header = mnl_nlmsg_put_header(message->storage);
    message->header->nlmsg_type = type;
    message->header->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    return mnl_nlmsg_put_extra_header(message->header, size);
}

void hf_rtnl_put_address(struct hf_rtnl_message *message, uint16_t attribute,
                         const hf_address *address)
{
    hf_bytes octets = hf_address_bytes(address);

    mnl_attr_put(message->header, attribute, octets.len, octets.data);
}

static bool send_message(struct hf_rtnl *rtnl, struct hf_rtnl_message *message)
{
    HF_ASSERT(message->header->nlmsg_len <= sizeof message->storage);
    message->header->nlmsg_seq = ++rtnl->sequence;
    return mnl_socket_sendto(rtnl->socket, message->header, message->header->nlmsg_len) >= 0;
}

/* What one datagram of the kernel said about the request under way. */
struct progress {
    bool done, interrupted;
    int error;
};

static void note_progress(const struct nlmsghdr *answer, struct progress *progress)
{
    const struct nlmsgerr *error = mnl_nlmsg_get_payload(answer);

    if ((answer->nlmsg_flags & NLM_F_DUMP_INTR) != 0)
        progress->interrupted = true;
    if (answer->nlmsg_type == NLMSG_DONE)
        progress->done = true;
    if (answer->nlmsg_type == NLMSG_ERROR) {
        progress->done = true;
        progress->error =
            mnl_nlmsg_get_payload_len(answer) < sizeof *error ? EPROTO : -error->error;
    }
}

static bool is_ours(const struct hf_rtnl *rtnl, const struct nlmsghdr *answer)
{
    return answer->nlmsg_seq == rtnl->sequence &&
           answer->nlmsg_pid == mnl_socket_get_portid(rtnl->socket);
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
static int collect(struct hf_rtnl *rtnl, hf_buf *data)
{
    _Alignas(struct nlmsghdr) char datagram[ANSWER_OCTETS];
    struct progress progress = { 0 };

    while (!progress.done) {
        ssize_t got = mnl_socket_recvfrom(rtnl->socket, datagram, sizeof datagram);
        const struct nlmsghdr *answer = (const struct nlmsghdr *)datagram;
        int left = (int)got;

        if (got < 0 && errno != EINTR)
            return errno;
        for (; got > 0 && mnl_nlmsg_ok(answer, left); answer = mnl_nlmsg_next(answer, &left)) {
            if (!is_ours(rtnl, answer))
                continue; /* of a request that was given up */
            note_progress(answer, &progress);
            if (data != NULL && answer->nlmsg_type >= NLMSG_MIN_TYPE && !keep(data, answer))
                progress.error = ENOBUFS;
        }
    }
    return progress.error == 0 && progress.interrupted ? EINTR : progress.error;
}

int hf_rtnl_request(struct hf_rtnl *rtnl, struct hf_rtnl_message *message)
{
    message->header->nlmsg_flags |= NLM_F_ACK;
    return send_message(rtnl, message) ? collect(rtnl, NULL) : errno;
}

int hf_rtnl_dump(struct hf_rtnl *rtnl, struct hf_rtnl_message *message, hf_rtnl_each *each,
                 void *context)
{
    hf_buf data = hf_buf_with_max(DUMP_MAX);
    const struct nlmsghdr *answer;
    int error = EINTR, left;

    message->header->nlmsg_flags |= NLM_F_DUMP;
    for (int try = 0; try < DUMP_TRIES && error == EINTR; try++) {
        hf_buf_clear(&data);
        error = send_message(rtnl, message) ? collect(rtnl, &data) : errno;
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

uint8_t hf_rtnl_family(enum hf_family family)
{
    return family == HF_FAMILY_V6 ? AF_INET6 : AF_INET;
}

enum hf_family hf_family_of_rtnl(uint8_t family)
{
    if (family == AF_INET)
        return HF_FAMILY_V4;
    return family == AF_INET6 ? HF_FAMILY_V6 : HF_FAMILY_NONE;
}

const struct nlattr *hf_rtnl_attribute(const struct nlmsghdr *answer, size_t fixed, uint16_t type)
{
    const struct nlattr *at = mnl_nlmsg_get_payload_offset(answer, fixed);
    const char *end = mnl_nlmsg_get_payload_tail(answer);

    for (; mnl_attr_ok(at, (int)(end - (const char *)at)); at = mnl_attr_next(at)) {
        if (mnl_attr_get_type(at) == type)
            return at;
    }
    return NULL;
}

bool hf_rtnl_address(const struct nlmsghdr *answer, size_t fixed, uint16_t type, uint8_t family,
                     hf_address *out)
{
    const struct nlattr *attribute = hf_rtnl_attribute(answer, fixed, type);
    size_t octets = hf_family_octets(hf_family_of_rtnl(family));

    if (attribute == NULL || octets == 0 || mnl_attr_get_payload_len(attribute) != octets)
        return false;
    return hf_address_of_octets((hf_bytes){ mnl_attr_get_payload(attribute), octets }, out);
}

uint32_t hf_rtnl_u32(const struct nlmsghdr *answer, size_t fixed, uint16_t type, uint32_t otherwise)
{
    const struct nlattr *attribute = hf_rtnl_attribute(answer, fixed, type);

    if (attribute == NULL || mnl_attr_get_payload_len(attribute) != sizeof(uint32_t))
        return otherwise;
    return mnl_attr_get_u32(attribute);
}
