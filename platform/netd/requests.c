/* All that netd can be asked: the table, and one handler each. Nothing else is done for anybody. */
#include "ipc/values.h"
#include "linux/net_linux.h"
#include "linux/sockets.h"
#include "netd/netd.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Bits of the two columns. */
enum { DAEMON = 1 << HF_PEER_DAEMON, ROOT = 1 << HF_PEER_ROOT };
enum { BEFORE_HELLO = 1, AFTER_HELLO = 2, ALWAYS = BEFORE_HELLO | AFTER_HELLO };

typedef hf_status handler_fn(struct hf_netd *netd, hf_reader *body, struct hf_netd_reply *reply);

/* Whoever was here before is gone, and so is the use of its engines. */
static hf_status hello(struct hf_netd *netd, hf_reader *body, struct hf_netd_reply *reply)
{
    struct hf_netd_hello hello = { .version = HF_NETD_PROTOCOL_VERSION,
                                   .least_lock = netd->floor.lock,
                                   .floor_damaged = netd->floor.damaged };
    uint16_t version;

    if (!hf_read_u16(body, &version) || body->left != 0)
        return HF_ERR_MALFORMED;
    if (version != HF_NETD_PROTOCOL_VERSION)
        return HF_ERR_UNEXPECTED;
    hf_engines_kill_all(&netd->engines);
    memcpy(hello.boot_id, netd->boot_id, sizeof hello.boot_id);
    (void)netd->net.ops->current(netd->net.self, &hello.plan);
    hf_netd_hello_encode(&reply->body, &hello);
    netd->daemon.greeted = true;
    return HF_OK;
}

static hf_status start_engine(struct hf_netd *netd, hf_reader *body, struct hf_netd_reply *reply)
{
    hf_status status;
    size_t mode;
    pid_t pid;

    if (!hf_ipc_read_below(body, HF_ENGINE_MODE_COUNT, &mode) || body->left != 0)
        return HF_ERR_MALFORMED;
    status = hf_engines_start(&netd->engines, &netd->instance, (enum hf_engine_mode)mode, &pid,
                              &reply->fd);
    if (status == HF_OK)
        hf_write_u32(&reply->body, (uint32_t)pid);
    return status;
}

static hf_status start_keys(struct hf_netd *netd, hf_reader *body, struct hf_netd_reply *reply)
{
    hf_status status;
    uint32_t uid;
    pid_t pid;

    if (!hf_read_u32(body, &uid) || body->left != 0)
        return HF_ERR_MALFORMED;
    status = hf_engines_start_keys(&netd->engines, &netd->instance, uid, &pid, &reply->fd);
    if (status == HF_OK)
        hf_write_u32(&reply->body, (uint32_t)pid);
    return status;
}

static hf_status kill_engine(struct hf_netd *netd, hf_reader *body, struct hf_netd_reply *reply)
{
    uint32_t pid;

    (void)reply;
    if (!hf_read_u32(body, &pid) || body->left != 0)
        return HF_ERR_MALFORMED;
    return hf_engines_kill(&netd->engines, (pid_t)pid);
}

static hf_status make_socket(struct hf_netd *netd, hf_reader *body, struct hf_netd_reply *reply)
{
    uint8_t family;

    if (!hf_read_u8(body, &family) || body->left != 0 ||
        (family != HF_FAMILY_V4 && family != HF_FAMILY_V6))
        return HF_ERR_MALFORMED;
    return hf_socket_marked((enum hf_family)family, netd->instance.engine_uid, &reply->fd);
}

/* Keeps the last few open past the end of their engine: late packets of the gateway then wait in
 * vain, instead of making the kernel tell it that nobody is here. */
static hf_status make_underlay(struct hf_netd *netd, hf_reader *body, struct hf_netd_reply *reply)
{
    hf_status status = make_socket(netd, body, reply);
    int *kept = &netd->kept[netd->kept_next % HF_NETD_KEPT_SOCKETS];

    if (status != HF_OK)
        return status;
    netd->kept_next++;
    if (*kept > 0)
        close(*kept);
    *kept = fcntl(reply->fd, F_DUPFD_CLOEXEC, 3);
    return HF_OK;
}

static void drop_sockets(struct hf_netd *netd)
{
    for (size_t i = 0; i < HF_NETD_KEPT_SOCKETS; i++) {
        if (netd->kept[i] > 0)
            close(netd->kept[i]);
        netd->kept[i] = 0;
    }
}

/* Devices of other programs are not for holdfastd to name: ours are hold0, hold1, … */
static bool is_name_ours(const char *name)
{
    static const char ours[] = "hold";
    size_t digits = strlen(name) < sizeof ours ? 0 : strspn(name + sizeof ours - 1, "0123456789");

    return digits != 0 && strncmp(name, ours, sizeof ours - 1) == 0 &&
           name[sizeof ours - 1 + digits] == '\0';
}

/* The name and the MTU pass the same check as in a plan. */
static hf_status make_tun(struct hf_netd *netd, hf_reader *body, struct hf_netd_reply *reply)
{
    struct hf_plan plan = { .tunnel = true, .address_count = 1 };

    plan.addresses[0] = (hf_prefix){
        {HF_FAMILY_V4, { 10, 0, 0, 1 }},
        32
    };
    if (!hf_ipc_read_text(body, plan.tun_name, sizeof plan.tun_name) ||
        !hf_read_u16(body, &plan.mtu_bytes) || body->left != 0 || hf_plan_check(&plan) != HF_OK ||
        !is_name_ours(plan.tun_name))
        return HF_ERR_MALFORMED;
    return hf_net_linux_tun(&netd->net, plan.tun_name, plan.mtu_bytes, &reply->fd);
}

static hf_status apply(struct hf_netd *netd, hf_reader *body, struct hf_netd_reply *reply)
{
    struct hf_plan plan, now;
    hf_status status;

    (void)reply;
    if (hf_plan_decode(body, &plan) != HF_OK || body->left != 0 ||
        (plan.tunnel && !is_name_ours(plan.tun_name)))
        return HF_ERR_MALFORMED;
    (void)netd->net.ops->current(netd->net.self, &now);
    status = hf_floor_check(&netd->floor, &now, &plan);
    if (status == HF_OK)
        status = netd->net.ops->apply(netd->net.self, &plan);
    if (status == HF_OK && hf_plan_is_empty(&plan))
        drop_sockets(netd);
    return status;
}

static hf_status unblock(struct hf_netd *netd, hf_reader *body, struct hf_netd_reply *reply)
{
    struct hf_netd_notice notice = { .event = HF_NETD_UNBLOCKED };
    hf_status status;

    (void)reply;
    if (body->left != 0)
        return HF_ERR_MALFORMED;
    drop_sockets(netd);
    status = netd->net.ops->revert(netd->net.self);
    hf_netd_tell(netd, &notice);
    return status;
}

/* A plan that the floor does not allow is one of an earlier floor. A state that cannot be read may
 * have been a lock. */
hf_status hf_netd_lay_floor(struct hf_netd *netd)
{
    struct hf_plan now, block;
    bool wanted;

    netd->floor = hf_floor_read(netd->instance.etc);
    if (netd->floor.damaged)
        fprintf(stderr,
                "holdfast-netd: %s/" HF_FLOOR_NAME ": malformed, or not root's alone to change: "
                "everything is blocked until it is put right (then: SIGHUP)\n",
                netd->instance.etc);
    (void)netd->net.ops->current(netd->net.self, &now);
    if (now.firewall.block) /* it blocks no less for what was to end it */
        now.firewall.mode = netd->floor.lock;
    wanted = netd->floor.lock == HF_LOCK_ALWAYS ||
             (netd->floor.lock == HF_LOCK_SESSION && hf_net_linux_is_lost(&netd->net));
    if ((now.firewall.block || !wanted) && hf_floor_check(&netd->floor, &now, &now) == HF_OK)
        return HF_OK;
    block = hf_floor_block(&netd->floor);
    return netd->net.ops->apply(netd->net.self, &block);
}

static const struct request {
    enum hf_netd_request type;
    unsigned asked_by, allowed_while;
    size_t body_max;
    handler_fn *handler;
} requests[] = {
  /* request                  asked by  allowed while  body at most      handler       */
    {HF_NETD_HELLO,            DAEMON, BEFORE_HELLO, 2,               hello        },
    { HF_NETD_START_ENGINE,    DAEMON, AFTER_HELLO,  2,               start_engine },
    { HF_NETD_KILL_ENGINE,     DAEMON, AFTER_HELLO,  4,               kill_engine  },
    { HF_NETD_UNDERLAY_SOCKET, DAEMON, AFTER_HELLO,  1,               make_underlay},
    { HF_NETD_RESOLVER_SOCKET, DAEMON, AFTER_HELLO,  1,               make_socket  },
    { HF_NETD_TUN,             DAEMON, AFTER_HELLO,  32,              make_tun     },
    { HF_NETD_APPLY,           DAEMON, AFTER_HELLO,  HF_IPC_BODY_MAX, apply        },
    { HF_NETD_START_KEYS,      DAEMON, AFTER_HELLO,  4,               start_keys   },
    { HF_NETD_UNBLOCK,         ROOT,   ALWAYS,       0,               unblock      },
};

static const struct request *find(uint16_t type)
{
    for (size_t i = 0; i < HF_ARRAY_LEN(requests); i++) {
        if (requests[i].type == type)
            return &requests[i];
    }
    return NULL;
}

hf_status hf_netd_carry_out(struct hf_netd *netd, struct hf_netd_peer *peer,
                            const struct hf_ipc_message *message, struct hf_netd_reply *reply)
{
    const struct request *request = find(message->type);
    hf_reader body = hf_reader_of(message->body);

    if (request == NULL)
        return HF_ERR_UNEXPECTED;
    if ((request->asked_by & 1u << peer->kind) == 0)
        return HF_ERR_DENIED;
    if ((request->allowed_while & (peer->greeted ? AFTER_HELLO : BEFORE_HELLO)) == 0)
        return HF_ERR_UNEXPECTED;
    if (message->body.len > request->body_max)
        return HF_ERR_TOO_LARGE;
    if (message->fd_count != 0)
        return HF_ERR_MALFORMED;
    return request->handler(netd, &body, reply);
}
