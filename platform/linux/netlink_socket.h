/* Requests to the kernel over netlink: one at a time, each acknowledged; dumps that a change
 * interrupts are taken again. (The name avoids <linux/netlink.h>, which a file of that name here
 * would hide.) */
#ifndef HF_LINUX_NETLINK_SOCKET_H
#define HF_LINUX_NETLINK_SOCKET_H

#include "base/address.h"
#include "base/status.h"

#include <libmnl/libmnl.h>

#define HF_NETLINK_MESSAGE_MAX 1024

struct hf_netlink {
    struct mnl_socket *socket;
    uint32_t sequence;
};

/* A request under construction. */
struct hf_netlink_message {
    _Alignas(struct nlmsghdr) char storage[HF_NETLINK_MESSAGE_MAX];
    struct nlmsghdr *header;
};

/* `bus`: NETLINK_ROUTE or NETLINK_NETFILTER. HF_ERR_LOCAL_SETUP: the kernel has no such bus. */
hf_status hf_netlink_open(struct hf_netlink *netlink, int bus) HF_MUST_USE;
void hf_netlink_close(struct hf_netlink *netlink);
/* Starts `message` and returns its zeroed fixed part of `size` octets. */
void *hf_netlink_begin(struct hf_netlink_message *message, uint16_t type, uint16_t flags,
                       size_t size);
void hf_netlink_put_address(struct hf_netlink_message *message, uint16_t attribute,
                            const hf_address *address);
/* Sends it and waits for the acknowledgement: 0, or the kernel's errno. */
int hf_netlink_request(struct hf_netlink *netlink, struct hf_netlink_message *message);
/* Sends a dump request and, once all of it is there, calls `each` for every answer: 0 or an errno.
 */
typedef void hf_netlink_each(const struct nlmsghdr *answer, void *context);
int hf_netlink_dump(struct hf_netlink *netlink, struct hf_netlink_message *message,
                    hf_netlink_each *each, void *context);

/* Reads all answers there are to requests from `sequence` on without waiting: false when one of
 * them is an error, or there is none at all. For batches, whose answers are complete when sending
 * returns. */
bool hf_netlink_acknowledged(struct hf_netlink *netlink, uint32_t first_sequence) HF_MUST_USE;

/* AF_INET or AF_INET6, and back (HF_FAMILY_NONE for others). */
uint8_t hf_netlink_family(enum hf_family family);
enum hf_family hf_family_of_netlink(uint8_t family);
/* The attribute of this type behind the `fixed` octets of the answer's own structure; NULL: none.
 */
const struct nlattr *hf_netlink_attribute(const struct nlmsghdr *answer, size_t fixed,
                                          uint16_t type);
/* The address in such an attribute, when it is there and has the family's length. */
bool hf_netlink_address(const struct nlmsghdr *answer, size_t fixed, uint16_t type, uint8_t family,
                        hf_address *out) HF_MUST_USE;
/* A number of 32 bits; `otherwise` when it is not there. */
uint32_t hf_netlink_u32(const struct nlmsghdr *answer, size_t fixed, uint16_t type,
                        uint32_t otherwise);

#endif
