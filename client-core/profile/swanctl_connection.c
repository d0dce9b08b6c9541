/* One connection of swanctl.conf. */
#include "profile/proposal.h"
#include "profile/swanctl.h"

#include "profile/text.h"

#include <string.h>

/* --- general ---------------------------------------------------------------------------------- */
static hf_status apply_duration(struct hf_walk *w, const struct hf_walk_row *row,
                                const struct hf_node *value)
{
    return hf_road_duration(hf_node_text(value),
                            (hf_duration *)(void *)((uint8_t *)&w->out->profile + row->offset))
               ? HF_OK
               : HF_ERR_PROFILE_INVALID;
}

/* `offset` of these rows: which of the two lists. */
static hf_status apply_proposals(struct hf_walk *w, const struct hf_walk_row *row,
                                 const struct hf_node *value)
{
    size_t notices = w->out->notice_count;
    hf_status status = hf_proposal_decode(w->out, (enum hf_proposal_protocol)row->offset,
                                          hf_bytes_of_string(w->path), hf_node_text(value));

    if (status == HF_OK && w->out->notice_count != notices)
        return hf_walk_note(w, HF_NOTICE_APPLIED, "");
    return status;
}

#define DURATION(name, member)                                                                     \
    HF_WALK_APPLY(name, apply_duration, UNSAFE, "a time: 4h, 30m, 10s",                            \
                  .offset = offsetof(struct hf_profile, member))

/* --- local, remote ---------------------------------------------------------------------------- */
/* Rows: a text of the round that was begun last; `size` tells the side. */
static struct hf_road_round *round_of(struct hf_walk *w, const struct hf_walk_row *row)
{
    struct hf_swanctl *swanctl = w->state;
    struct hf_road_side *side = row->size == 0 ? &swanctl->road.local : &swanctl->road.remote;

    return &side->rounds[side->count - 1];
}

static hf_status keep(struct hf_walk *w, const struct hf_walk_row *row, const struct hf_node *value)
{
    *(hf_bytes *)(void *)((uint8_t *)round_of(w, row) + row->offset) = hf_node_text(value);
    return HF_OK;
}

static hf_status apply_round(struct hf_walk *w, const struct hf_walk_row *row,
                             const struct hf_node *value)
{
    return hf_node_number(value, &round_of(w, row)->number) ? HF_OK : HF_ERR_PROFILE_INVALID;
}

static hf_status apply_certs(struct hf_walk *w, const struct hf_walk_row *row,
                             const struct hf_node *value)
{
    struct hf_road_round *round = round_of(w, row);
    hf_bytes rest = hf_node_text(value), path;

    while (hf_text_next(&rest, ",", &path)) {
        if (round->cert_count == HF_ROAD_CERTS)
            return hf_walk_note(w, HF_NOTICE_UNSUPPORTED, "the first four are used");
        round->certs[round->cert_count++] = path;
    }
    return HF_OK;
}

static hf_status apply_revocation(struct hf_walk *w, const struct hf_walk_row *row,
                                  const struct hf_node *value)
{
    (void)row;
    w->out->profile.revocation =
        hf_node_is_text(value, "strict") ? HF_PROFILE_REVOCATION_HARD : HF_PROFILE_REVOCATION_SOFT;
    if (hf_node_is_text(value, "ifuri"))
        return hf_walk_note(w, HF_NOTICE_UNSUPPORTED,
                            "taken as relaxed: no answer does not end the attempt");
    return hf_node_is_text(value, "strict") || hf_node_is_text(value, "relaxed")
               ? HF_OK
               : HF_ERR_PROFILE_INVALID;
}

#define LOCAL(name, member)                                                                        \
    HF_WALK_APPLY(name, keep, UNSUPPORTED, "a text",                                               \
                  .offset = offsetof(struct hf_road_round, member), .size = 0)
#define REMOTE(name, member)                                                                       \
    HF_WALK_APPLY(name, keep, UNSUPPORTED, "a text",                                               \
                  .offset = offsetof(struct hf_road_round, member), .size = 1)
#define TOKEN "name the key: \"profile set key-uri=pkcs11:...\""

static const struct hf_walk_row local_cert_rows[] = {
    HF_WALK_APPLY("file", apply_certs, UNSUPPORTED, "a path", .size = 0),
    HF_WALK_NOTE("handle", UNSUPPORTED, TOKEN),
    HF_WALK_NOTE("slot", UNSUPPORTED, TOKEN),
    HF_WALK_NOTE("module", UNSUPPORTED, TOKEN),
};
static const struct hf_walk_table local_cert_table = HF_WALK_NAMED(local_cert_rows, "local*.cert*");
static const struct hf_walk_row local_rows[] = {
    HF_WALK_APPLY("round", apply_round, UNSAFE, "a number", .size = 0),
    LOCAL("auth", auth),
    LOCAL("id", id),
    LOCAL("eap_id", eap_id),
    LOCAL("aaa_id", aaa_id),
    HF_WALK_NOTE("xauth_id", UNSUPPORTED, "XAUTH belongs to version 1"),
    HF_WALK_APPLY("certs", apply_certs, UNSUPPORTED, "paths", .size = 0),
    HF_WALK_INSIDE("cert*", &local_cert_table),
    HF_WALK_NOTE("pubkeys", UNSUPPORTED, "keys without certificates are not used"),
};
static const struct hf_walk_table local_table = HF_WALK_NAMED(local_rows, "local*");

static const struct hf_walk_row remote_cert_rows[] = {
    HF_WALK_APPLY("file", hf_swanctl_trust, UNSUPPORTED, HF_ATTACHMENT_MISSING),
    HF_WALK_NOTE("handle", UNSUPPORTED, "certificates of gateways are taken from files"),
    HF_WALK_NOTE("slot", UNSUPPORTED, "certificates of gateways are taken from files"),
    HF_WALK_NOTE("module", UNSUPPORTED, "certificates of gateways are taken from files"),
};
static const struct hf_walk_table remote_cert_table =
    HF_WALK_NAMED(remote_cert_rows, "remote*.cert*");
static const struct hf_walk_row remote_rows[] = {
    HF_WALK_APPLY("round", apply_round, UNSAFE, "a number", .size = 1),
    REMOTE("auth", auth),
    REMOTE("id", id),
    HF_WALK_NOTE("eap_id", HARMLESS, "names the user to a gateway"),
    HF_WALK_NOTE("groups", HARMLESS, "sorts the users of a gateway"),
    HF_WALK_NOTE("cert_policy", UNSUPPORTED, "policies of certificates are not asked for"),
    HF_WALK_APPLY("certs", apply_certs, UNSUPPORTED, "paths", .size = 1),
    HF_WALK_APPLY("cacerts", hf_swanctl_trust, UNSUPPORTED, HF_ATTACHMENT_MISSING),
    HF_WALK_NOTE("ca_id", UNSUPPORTED, "the CAs themselves are named, not their subjects"),
    HF_WALK_INSIDE("cacert*", &remote_cert_table),
    HF_WALK_INSIDE("cert*", &remote_cert_table),
    HF_WALK_NOTE("pubkeys", UNSUPPORTED, "keys without certificates are not trusted"),
    HF_WALK_APPLY("revocation", apply_revocation, UNSAFE, "strict, ifuri or relaxed"),
};
static const struct hf_walk_table remote_table = HF_WALK_NAMED(remote_rows, "remote*");

/* `size` of these rows: which side. */
static hf_status apply_side(struct hf_walk *w, const struct hf_walk_row *row,
                            const struct hf_node *value)
{
    struct hf_swanctl *swanctl = w->state;

    if (value->kind != HF_NODE_OBJECT)
        return HF_ERR_PROFILE_INVALID;
    if (hf_road_begin(w, row->size == 0 ? &swanctl->road.local : &swanctl->road.remote) == NULL)
        return hf_walk_refuse(w, HF_ERR_PROFILE_UNSUPPORTED, NULL, "two rounds at most");
    return hf_walk(w, value, row->inside);
}

/* --- children --------------------------------------------------------------------------------- */
static hf_status apply_selectors(struct hf_walk *w, const struct hf_walk_row *row,
                                 const struct hf_node *value)
{
    (void)row;
    return hf_road_selectors(w, hf_node_text(value));
}

static hf_status apply_local_selectors(struct hf_walk *w, const struct hf_walk_row *row,
                                       const struct hf_node *value)
{
    (void)w, (void)row;
    return hf_node_is_text(value, "dynamic") ? HF_OK : HF_ERR_PROFILE_UNSUPPORTED;
}

static hf_status apply_start(struct hf_walk *w, const struct hf_walk_row *row,
                             const struct hf_node *value)
{
    (void)row;
    w->out->profile.at_login = hf_node_is_text(value, "start");
    return w->out->profile.at_login || hf_node_is_text(value, "none") ? HF_OK
                                                                      : HF_ERR_PROFILE_UNSUPPORTED;
}

static hf_status apply_mode(struct hf_walk *w, const struct hf_walk_row *row,
                            const struct hf_node *value)
{
    (void)row;
    return hf_node_is_text(value, "tunnel")
               ? HF_OK
               : hf_walk_refuse(w, HF_ERR_PROFILE_UNSUPPORTED, NULL, "a tunnel");
}

#define LIFE    "follows from rekey_time"
#define KERNEL  "a setting of strongSwan's kernel interface"
#define ANEW    "a lost tunnel is always made anew"
#define NOTHING "a device of its own carries the tunnel"
static const struct hf_walk_row child_rows[] = {
    HF_WALK_NOTE("ah_proposals", UNSUPPORTED, "AH does not encrypt and is not used"),
    HF_WALK_APPLY("esp_proposals", apply_proposals, UNSAFE, "proposals", .offset = HF_PROPOSAL_ESP),
    HF_WALK_NOTE("sha256_96", UNSUPPORTED, "the cut of an old draft is not used"),
    HF_WALK_APPLY("local_ts", apply_local_selectors, UNSUPPORTED, "our side is the inner address"),
    HF_WALK_APPLY("remote_ts", apply_selectors, UNSAFE, "networks"),
    DURATION("rekey_time", child_lifetime),
    HF_WALK_NOTE("life_time", HARMLESS, LIFE),
    HF_WALK_NOTE("rand_time", HARMLESS, LIFE),
    HF_WALK_NOTE("rekey_bytes", HARMLESS, "keys change long before their limit"),
    HF_WALK_NOTE("life_bytes", HARMLESS, "keys change long before their limit"),
    HF_WALK_NOTE("rand_bytes", HARMLESS, "keys change long before their limit"),
    HF_WALK_NOTE("rekey_packets", HARMLESS, "keys change long before their limit"),
    HF_WALK_NOTE("life_packets", HARMLESS, "keys change long before their limit"),
    HF_WALK_NOTE("rand_packets", HARMLESS, "keys change long before their limit"),
    HF_WALK_NOTE("updown", UNSAFE, "no program of a profile is ever run"),
    HF_WALK_NOTE("hostaccess", HARMLESS, "a parameter of updown"),
    HF_WALK_APPLY("mode", apply_mode, UNSAFE, "a tunnel"),
    HF_WALK_NOTE("policies", UNSUPPORTED, "routes and the block are always set"),
    HF_WALK_NOTE("policies_fwd_out", HARMLESS, KERNEL),
    HF_WALK_NOTE("dpd_action", HARMLESS, ANEW),
    HF_WALK_APPLY("ipcomp", hf_walk_only_off, UNSUPPORTED, "compression inside encryption"),
    DURATION("inactivity", idle_limit),
    HF_WALK_NOTE("reqid", HARMLESS, KERNEL),
    HF_WALK_NOTE("priority", HARMLESS, KERNEL),
    HF_WALK_NOTE("interface", HARMLESS, NOTHING),
    HF_WALK_NOTE("mark_in", HARMLESS, NOTHING),
    HF_WALK_NOTE("mark_in_sa", HARMLESS, NOTHING),
    HF_WALK_NOTE("mark_out", HARMLESS, NOTHING),
    HF_WALK_NOTE("set_mark_in", HARMLESS, NOTHING),
    HF_WALK_NOTE("set_mark_out", HARMLESS, NOTHING),
    HF_WALK_NOTE("if_id_in", HARMLESS, NOTHING),
    HF_WALK_NOTE("if_id_out", HARMLESS, NOTHING),
    HF_WALK_NOTE("label", UNSUPPORTED, "security labels are not used"),
    HF_WALK_NOTE("label_mode", HARMLESS, "security labels are not used"),
    HF_WALK_NOTE("tfc_padding", UNSUPPORTED, "packets keep their sizes"),
    HF_WALK_NOTE("replay_window", HARMLESS, "the window is Holdfast's own"),
    HF_WALK_NOTE("hw_offload", HARMLESS, KERNEL),
    HF_WALK_NOTE("copy_df", HARMLESS, KERNEL),
    HF_WALK_NOTE("copy_ecn", HARMLESS, KERNEL),
    HF_WALK_NOTE("copy_dscp", HARMLESS, KERNEL),
    HF_WALK_APPLY("start_action", apply_start, UNSUPPORTED, "connects when it is asked to"),
    HF_WALK_NOTE("close_action", HARMLESS, ANEW),
};
static const struct hf_walk_table child_table = HF_WALK_NAMED(child_rows, "children.*");

/* Shunts ("pass", "drop") are policies beside the tunnel, not children of it. */
static hf_status apply_child(struct hf_walk *w, const struct hf_walk_row *row,
                             const struct hf_node *value)
{
    const struct hf_node *mode = hf_node_get(value, "mode");
    struct hf_swanctl *swanctl = w->state;

    if (value->kind != HF_NODE_OBJECT)
        return HF_ERR_PROFILE_INVALID;
    if (hf_node_is_text(mode, "pass") || hf_node_is_text(mode, "drop"))
        return HF_ERR_PROFILE_UNSUPPORTED;
    swanctl->children++;
    return hf_walk(w, value, row->inside);
}

static const struct hf_walk_row children_rows[] = {
    {.key = "*",
     .apply = apply_child,
     .severity = HF_NOTICE_UNSUPPORTED,
     .text = "a policy beside the tunnel: see the keys exclude and allow-lan",
     .inside = &child_table},
};
static const struct hf_walk_table children_table = HF_WALK_NAMED(children_rows, "children");

/* --- the connection --------------------------------------------------------------------------- */
static hf_status apply_version(struct hf_walk *w, const struct hf_walk_row *row,
                               const struct hf_node *value)
{
    uint32_t version;

    (void)row;
    if (!hf_node_number(value, &version) || version > 2)
        return HF_ERR_PROFILE_INVALID;
    return version == 1 ? hf_walk_refuse(w, HF_ERR_UNSUPPORTED_PROTOCOL, NULL,
                                         "version 2: of version 1, L2TP alone is supported")
                        : HF_OK;
}

static hf_status apply_gateways(struct hf_walk *w, const struct hf_walk_row *row,
                                const struct hf_node *value)
{
    hf_bytes rest = hf_node_text(value), host;
    hf_status status = HF_OK;

    (void)row;
    while (status == HF_OK && hf_text_next(&rest, ", \t", &host)) {
        hf_address address;

        if ((!hf_address_parse(host, &address) && !hf_text_is_host_name(host)) ||
            !hf_walk_add_gateway(&w->out->profile, host))
            status = hf_walk_note(w, HF_NOTICE_UNSUPPORTED,
                                  "eight names or addresses: ranges and %any cannot be called");
    }
    return status;
}

static hf_status apply_port(struct hf_walk *w, const struct hf_walk_row *row,
                            const struct hf_node *value)
{
    uint32_t port;

    (void)row;
    if (!hf_node_number(value, &port) || port == 0 || port > UINT16_MAX)
        return HF_ERR_PROFILE_INVALID;
    w->out->profile.port = port == 500 ? 0 : (uint16_t)port; /* 0: 500, then 4500 */
    return HF_OK;
}

static hf_status apply_addresses(struct hf_walk *w, const struct hf_walk_row *row,
                                 const struct hf_node *value)
{
    struct hf_swanctl *swanctl = w->state;
    hf_bytes rest = hf_node_text(value), text;
    hf_status status = HF_OK;

    (void)row;
    while (status == HF_OK && hf_text_next(&rest, ", \t", &text)) {
        hf_address address;

        if (!hf_address_parse(text, &address))
            return HF_ERR_PROFILE_INVALID;
        swanctl->has_addresses = true;
        if (memchr(text.data, ':', text.len) != NULL)
            swanctl->has_v6 = true;
        else
            swanctl->has_v4 = true;
        if (!hf_address_is_any(&address))
            status = hf_walk_note(w, HF_NOTICE_UNSUPPORTED, "the gateway chooses the address");
    }
    return status;
}

static hf_status apply_fragmentation(struct hf_walk *w, const struct hf_walk_row *row,
                                     const struct hf_node *value)
{
    (void)row;
    w->out->profile.no_fragmentation = hf_node_is_text(value, "no");
    return HF_OK;
}

static const struct hf_walk_row rows[] = {
    HF_WALK_APPLY("version", apply_version, UNSAFE, "0, 1 or 2"),
    HF_WALK_APPLY("remote_addrs", apply_gateways, UNSAFE, "names or addresses"),
    HF_WALK_NOTE("local_addrs", HARMLESS, "the path to the gateway decides"),
    HF_WALK_APPLY("remote_port", apply_port, UNSAFE, "1 to 65535"),
    HF_WALK_NOTE("local_port", HARMLESS, "our end has a port of its own"),
    HF_WALK_APPLY("proposals", apply_proposals, UNSAFE, "proposals", .offset = HF_PROPOSAL_IKE),
    HF_WALK_APPLY("vips", apply_addresses, UNSAFE, "addresses"),
    HF_WALK_NOTE("aggressive", HARMLESS, "a mode of version 1"),
    HF_WALK_NOTE("pull", HARMLESS, "a mode of version 1"),
    HF_WALK_NOTE("dscp", UNSUPPORTED, "IKE's packets are not marked"),
    HF_WALK_NOTE("encap", HARMLESS, "ESP always travels in UDP"),
    HF_WALK_APPLY("mobike", hf_walk_not, UNSAFE, "yes or no", HF_WALK_MEMBER(no_mobike)),
    DURATION("dpd_delay", liveness),
    HF_WALK_NOTE("dpd_timeout", HARMLESS, "a time of version 1"),
    HF_WALK_APPLY("fragmentation", apply_fragmentation, UNSAFE, "yes or no"),
    HF_WALK_NOTE("childless", HARMLESS, "the tunnel is made with the connection"),
    HF_WALK_NOTE("send_certreq", HARMLESS, "a certificate is always asked for"),
    HF_WALK_NOTE("send_cert", HARMLESS, "the certificate is always sent"),
    HF_WALK_NOTE("ocsp", HARMLESS, "follows from revocation"),
    HF_WALK_APPLY("ppk_id", hf_walk_text, UNSAFE, "a name", HF_WALK_MEMBER(ppk_id)),
    HF_WALK_APPLY("ppk_required", hf_walk_bool, UNSAFE, "yes or no", HF_WALK_MEMBER(ppk_required)),
    HF_WALK_NOTE("keyingtries", HARMLESS, "the attempts are Holdfast's own"),
    HF_WALK_NOTE("unique", HARMLESS, "one connection at a time"),
    HF_WALK_NOTE("reauth_time", UNSUPPORTED, "keys change without a new proof"),
    DURATION("rekey_time", ike_lifetime),
    HF_WALK_NOTE("over_time", HARMLESS, LIFE),
    HF_WALK_NOTE("rand_time", HARMLESS, LIFE),
    HF_WALK_NOTE("pools", HARMLESS, "addresses that a gateway hands out"),
    HF_WALK_NOTE("if_id_in", HARMLESS, NOTHING),
    HF_WALK_NOTE("if_id_out", HARMLESS, NOTHING),
    HF_WALK_NOTE("mediation", UNSUPPORTED, "mediation is not done"),
    HF_WALK_NOTE("mediated_by", UNSUPPORTED, "mediation is not done"),
    HF_WALK_NOTE("mediation_peer", UNSUPPORTED, "mediation is not done"),
    {.key = "local*",
                                                              .apply = apply_side,
                                                              .severity = HF_NOTICE_UNSAFE,
                                                              .text = "a proof in braces",
                                                              .inside = &local_table,
                                                              .size = 0},
    { .key = "remote*",
                                                              .apply = apply_side,
                                                              .severity = HF_NOTICE_UNSAFE,
                                                              .text = "a proof in braces",
                                                              .inside = &remote_table,
                                                              .size = 1},
    HF_WALK_INSIDE("children", &children_table),
};
const struct hf_walk_table hf_swanctl_connection_table = HF_WALK_NAMED(rows, "connections.*");
