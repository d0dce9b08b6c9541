/* Requests to the kernel's routing (NETLINK_ROUTE): one at a time, each acknowledged; dumps that a
 * change interrupts are taken again. */
#ifndef HF_LINUX_RTNL_H
#define HF_LINUX_RTNL_H

#include "base/address.h"
#include "base/status.h"

#include <libmnl/libmnl.h>

#define HF_RTNL_MESSAGE_MAX 1024

struct hf_rtnl {
    struct mnl_socket *socket;
    uint32_t sequence;
};

/* A request under construction. */
struct hf_rtnl_message {
    _Alignas(struct nlmsghdr) char storage[HF_RTNL_MESSAGE_MAX];
    struct nlmsghdr *header;
};

hf_status hf_rtnl_open(struct hf_rtnl *rtnl) HF_MUST_USE;
void hf_rtnl_close(struct hf_rtnl *rtnl);
/* Starts `message` and returns its zeroed fixed part of `size` octets. */
void *hf_rtnl_begin(struct hf_rtnl_message *message, uint16_t type, uint16_t flags, size_t size);
void hf_rtnl_put_address(struct hf_rtnl_message *message, uint16_t attribute,
                         const hf_address *address);
/* Sends it and waits for the acknowledgement: 0, or the kernel's errno. */
int hf_rtnl_request(struct hf_rtnl *rtnl, struct hf_rtnl_message *message);
/* Sends a dump request and, once all of it is there, calls `each` for every answer: 0 or an errno.
 */
typedef void hf_rtnl_each(const struct nlmsghdr *answer, void *context);
int hf_rtnl_dump(struct hf_rtnl *rtnl, struct hf_rtnl_message *message, hf_rtnl_each *each,
                 void *context);

/* AF_INET or AF_INET6, and back (HF_FAMILY_NONE for others). */
uint8_t hf_rtnl_family(enum hf_family family);
enum hf_family hf_family_of_rtnl(uint8_t family);
/* The attribute of this type behind the `fixed` octets of the answer's own structure; NULL: none.
 */
const struct nlattr *hf_rtnl_attribute(const struct nlmsghdr *answer, size_t fixed, uint16_t type);
/* The address in such an attribute, when it is there and has the family's length. */
bool hf_rtnl_address(const struct nlmsghdr *answer, size_t fixed, uint16_t type, uint8_t family,
                     hf_address *out) HF_MUST_USE;
/* A number of 32 bits; `otherwise` when it is not there. */
uint32_t hf_rtnl_u32(const struct nlmsghdr *answer, size_t fixed, uint16_t type,
                     uint32_t otherwise);

#endif
