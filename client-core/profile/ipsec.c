/* ipsec.conf of strongSwan (stroke) and libreswan: one connection as a client. Keys: ipsec.conf(5)
 * of both. */
#include "profile/ipsec_file.h"
#include "profile/proposal.h"
#include "profile/text.h"

#include <string.h>

#define ALSO_MAX 8

struct ipsec {
    struct hf_road road;
    const struct hf_node *root;
    struct hf_node *merged; /* the connection with what it takes from others */
    bool is_transport, has_l2tp_port, is_ikev1;
};

bool hf_ipsec_sniff(hf_bytes file)
{
    hf_bytes word = hf_ipsec_file_first_word(file);

    return hf_bytes_equal(word, hf_bytes_of_string("conn")) ||
           hf_bytes_equal(word, hf_bytes_of_string("config")) ||
           hf_bytes_equal(word, hf_bytes_of_string("ca"));
}

static hf_bytes name_of(const struct hf_node *section)
{
    return hf_node_raw(hf_node_get(section, ""));
}

/* --- keys ------------------------------------------------------------------------------------- */
static struct hf_road_round *round_at(struct hf_road_side *side, size_t index)
{
    side->count = side->count > index ? side->count : index + 1;
    side->rounds[index].number = (uint32_t)index;
    return &side->rounds[index];
}

/* Rows: `size` is 0 for left, 1 for right, 2 for the second round of left. */
static hf_status keep(struct hf_walk *w, const struct hf_walk_row *row, const struct hf_node *value)
{
    struct ipsec *ipsec = w->state;
    struct hf_road_round *round =
        round_at(row->size == 1 ? &ipsec->road.remote : &ipsec->road.local, row->size == 2);

    *(hf_bytes *)(void *)((uint8_t *)round + row->offset) = hf_node_text(value);
    return HF_OK;
}

static hf_status apply_certificate(struct hf_walk *w, const struct hf_walk_row *row,
                                   const struct hf_node *value)
{
    struct ipsec *ipsec = w->state;
    struct hf_road_round *round =
        round_at(row->size == 1 ? &ipsec->road.remote : &ipsec->road.local, 0);

    round->certs[0] = hf_node_text(value);
    round->cert_count = 1;
    return HF_OK;
}

static hf_status apply_authby(struct hf_walk *w, const struct hf_walk_row *row,
                              const struct hf_node *value)
{
    struct ipsec *ipsec = w->state;

    (void)row;
    round_at(&ipsec->road.local, 0)->auth = hf_node_text(value);
    round_at(&ipsec->road.remote, 0)->auth = hf_node_text(value);
    return HF_OK;
}

static hf_status apply_eap_identity(struct hf_walk *w, const struct hf_walk_row *row,
                                    const struct hf_node *value)
{
    struct ipsec *ipsec = w->state;

    (void)row;
    for (size_t i = 0; i < HF_ROAD_ROUNDS; i++) /* whichever of them is EAP */
        ipsec->road.local.rounds[i].eap_id = hf_node_text(value);
    return HF_OK;
}

static hf_status apply_gateway(struct hf_walk *w, const struct hf_walk_row *row,
                               const struct hf_node *value)
{
    hf_bytes rest = hf_node_text(value), host;

    (void)row;
    while (hf_text_next(&rest, ",", &host)) {
        if (host.data[0] == '%' || !hf_walk_add_gateway(&w->out->profile, host))
            return HF_ERR_PROFILE_INVALID;
    }
    return HF_OK;
}

static hf_status apply_subnet(struct hf_walk *w, const struct hf_walk_row *row,
                              const struct hf_node *value)
{
    (void)row;
    return hf_road_selectors(w, hf_node_text(value));
}

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

static hf_status apply_duration(struct hf_walk *w, const struct hf_walk_row *row,
                                const struct hf_node *value)
{
    uint8_t *at = (uint8_t *)&w->out->profile + row->offset;

    return hf_road_duration(hf_node_text(value), (hf_duration *)(void *)at)
               ? HF_OK
               : HF_ERR_PROFILE_INVALID;
}

static hf_status apply_exchange(struct hf_walk *w, const struct hf_walk_row *row,
                                const struct hf_node *value)
{
    struct ipsec *ipsec = w->state;

    (void)row;
    ipsec->is_ikev1 = hf_node_is_text(value, "ikev1") || hf_node_is_text(value, "no") ||
                      hf_node_is_text(value, "never");
    return HF_OK;
}

static hf_status apply_type(struct hf_walk *w, const struct hf_walk_row *row,
                            const struct hf_node *value)
{
    struct ipsec *ipsec = w->state;

    (void)row;
    ipsec->is_transport = hf_node_is_text(value, "transport");
    return ipsec->is_transport || hf_node_is_text(value, "tunnel") ? HF_OK : HF_ERR_PROFILE_INVALID;
}

static hf_status apply_port(struct hf_walk *w, const struct hf_walk_row *row,
                            const struct hf_node *value)
{
    struct ipsec *ipsec = w->state;
    bool any = hf_node_is_text(value, "17/%any") || hf_node_is_text(value, "udp/%any");

    if (!any && !hf_node_is_text(value, "17/1701") && !hf_node_is_text(value, "udp/1701") &&
        !hf_node_is_text(value, "udp/l2tp"))
        return HF_ERR_PROFILE_UNSUPPORTED;
    ipsec->has_l2tp_port = true;
    if (row->size == 0)
        w->out->profile.l2tp.any_port = any;
    return HF_OK;
}

static hf_status apply_auto(struct hf_walk *w, const struct hf_walk_row *row,
                            const struct hf_node *value)
{
    (void)row;
    w->out->profile.at_login = hf_node_is_text(value, "start");
    return HF_OK;
}

#define SIDE(name, member, which)                                                                  \
    HF_WALK_APPLY(name, keep, UNSUPPORTED, "a text",                                               \
                  .offset = offsetof(struct hf_road_round, member), .size = which)
#define DURATION(name, member)                                                                     \
    HF_WALK_APPLY(name, apply_duration, UNSAFE, "a time: 4h, 30m, 10s",                            \
                  .offset = offsetof(struct hf_profile, member))
#define OURS   "our side is the inner address"
#define ANEW   "a lost tunnel is always made anew"
#define SCRIPT "no program of a profile is ever run"

static const struct hf_walk_row rows[] = {
    HF_WALK_NOTE("", HARMLESS, "the name of the section"),
    HF_WALK_NOTE("also", HARMLESS, "its keys stand here"),
    HF_WALK_APPLY("right", apply_gateway, UNSAFE, "names or addresses"),
    SIDE("rightid", id, 1),
    SIDE("rightauth", auth, 1),
    SIDE("leftid", id, 0),
    SIDE("leftauth", auth, 0),
    SIDE("leftauth2", auth, 2),
    SIDE("leftid2", id, 2),
    SIDE("aaa_identity", aaa_id, 0),
    HF_WALK_APPLY("eap_identity", apply_eap_identity, UNSAFE, "a name"),
    HF_WALK_APPLY("authby", apply_authby, UNSAFE, "secret or rsasig"),
    HF_WALK_APPLY("leftcert", apply_certificate, UNSAFE, "a path", .size = 0),
    HF_WALK_APPLY("rightcert", apply_certificate, UNSAFE, "a path", .size = 1),
    HF_WALK_NOTE("rightca", UNSUPPORTED, "hand the CA over: it is taken from the section ca"),
    HF_WALK_APPLY("rightsubnet", apply_subnet, UNSAFE, "networks"),
    HF_WALK_NOTE("left", HARMLESS, "the path to the gateway decides"),
    HF_WALK_NOTE("leftsubnet", UNSUPPORTED, OURS),
    HF_WALK_NOTE("leftsourceip", HARMLESS, "an inner address is always asked for"),
    HF_WALK_NOTE("leftmodecfgclient", HARMLESS, "an inner address is always asked for"),
    HF_WALK_NOTE("leftsendcert", HARMLESS, "the certificate is always sent"),
    HF_WALK_NOTE("rightsendcert", HARMLESS, "a certificate is always asked for"),
    HF_WALK_NOTE("leftfirewall", HARMLESS, "the block is Holdfast's own"),
    HF_WALK_NOTE("leftupdown", UNSAFE, SCRIPT),
    HF_WALK_NOTE("rightupdown", UNSAFE, SCRIPT),
    HF_WALK_APPLY("ike", apply_proposals, UNSAFE, "proposals", .offset = HF_PROPOSAL_IKE),
    HF_WALK_APPLY("esp", apply_proposals, UNSAFE, "proposals", .offset = HF_PROPOSAL_ESP),
    HF_WALK_APPLY("phase2alg", apply_proposals, UNSAFE, "proposals", .offset = HF_PROPOSAL_ESP),
    HF_WALK_APPLY("keyexchange", apply_exchange, UNSAFE, "ike, ikev1 or ikev2"),
    HF_WALK_APPLY("ikev2", apply_exchange, UNSAFE, "yes or no"),
    HF_WALK_APPLY("type", apply_type, UNSAFE, "tunnel or transport"),
    HF_WALK_APPLY("leftprotoport", apply_port, UNSUPPORTED, "protocols are not told apart",
                  .size = 0),
    HF_WALK_APPLY("rightprotoport", apply_port, UNSUPPORTED, "protocols are not told apart",
                  .size = 1),
    DURATION("ikelifetime", ike_lifetime),
    DURATION("keylife", child_lifetime),
    DURATION("lifetime", child_lifetime),
    DURATION("salifetime", child_lifetime),
    DURATION("dpddelay", liveness),
    HF_WALK_NOTE("dpdtimeout", HARMLESS, ANEW),
    HF_WALK_NOTE("dpdaction", HARMLESS, ANEW),
    HF_WALK_NOTE("closeaction", HARMLESS, ANEW),
    HF_WALK_NOTE("keyingtries", HARMLESS, ANEW),
    HF_WALK_NOTE("rekey", HARMLESS, "keys are always renewed"),
    HF_WALK_NOTE("reauth", UNSUPPORTED, "keys change without a new proof"),
    HF_WALK_NOTE("rekeymargin", HARMLESS, "follows from the lifetime"),
    HF_WALK_NOTE("margintime", HARMLESS, "follows from the lifetime"),
    HF_WALK_NOTE("forceencaps", HARMLESS, "ESP always travels in UDP"),
    HF_WALK_NOTE("encapsulation", HARMLESS, "ESP always travels in UDP"),
    HF_WALK_NOTE("pfs", HARMLESS, "forward secrecy is always asked for"),
    HF_WALK_NOTE("narrowing", HARMLESS, "the gateway may always narrow"),
    HF_WALK_APPLY("compress", hf_walk_only_off, UNSUPPORTED, "compression inside encryption"),
    HF_WALK_APPLY("mobike", hf_walk_not, UNSAFE, "yes or no", HF_WALK_MEMBER(no_mobike)),
    HF_WALK_APPLY("fragmentation", hf_walk_not, UNSUPPORTED, "yes or no",
                  HF_WALK_MEMBER(no_fragmentation)),
    DURATION("inactivity", idle_limit),
    HF_WALK_APPLY("auto", apply_auto, UNSAFE, "start or add"),
};
static const struct hf_walk_table table = HF_WALK_NAMED(rows, "conn");

bool hf_ipsec_row_at(size_t index, struct hf_import_row *out)
{
    static const struct hf_walk_table *const roots[] = { &table };

    return hf_walk_row_at(roots, HF_ARRAY_LEN(roots), index, out);
}

/* --- sections --------------------------------------------------------------------------------- */
static const struct hf_node *find_section(const struct hf_node *root, const char *kind,
                                          hf_bytes name)
{
    for (const struct hf_node *at = root->first; at != NULL; at = at->next) {
        if (hf_node_is_named(at, kind) && hf_bytes_equal(name_of(at), name))
            return at;
    }
    return NULL;
}

/* Keys that are there already count more. */
static hf_status take_keys(struct ipsec *ipsec, const struct hf_node *section)
{
    for (const struct hf_node *at = section->first; at != NULL; at = at->next) {
        struct hf_node *copy;
        bool known = at->name.len == 0;

        for (const struct hf_node *k = ipsec->merged->first; k != NULL && !known; k = k->next)
            known = hf_bytes_equal(hf_buf_bytes(&k->name), hf_buf_bytes(&at->name));
        if (known)
            continue;
        copy = hf_node_new(ipsec->merged, HF_NODE_SCALAR, hf_buf_bytes(&at->name));
        if (copy == NULL ||
            (at->value.len != 0 && !hf_buf_append(&copy->value, hf_buf_bytes(&at->value))))
            return HF_ERR_NO_MEMORY;
    }
    return HF_OK;
}

/* The connection, those it names by "also", and %default. */
static hf_status merge(struct ipsec *ipsec, const struct hf_node *connection)
{
    const struct hf_node *section = connection;
    hf_status status = HF_OK;

    for (size_t i = 0; status == HF_OK && section != NULL && i < ALSO_MAX; i++) {
        status = take_keys(ipsec, section);
        section =
            hf_node_get(section, "also") == NULL
                ? NULL
                : find_section(ipsec->root, "conn", hf_node_text(hf_node_get(section, "also")));
    }
    section = find_section(ipsec->root, "conn", hf_bytes_of_string("%default"));
    return status == HF_OK && section != NULL ? take_keys(ipsec, section) : status;
}

static const struct hf_node *pick(struct hf_walk *w, const struct hf_node *root)
{
    const struct hf_node *found = NULL;
    hf_bytes wanted = w->options->pick;

    for (const struct hf_node *at = root->first; at != NULL; at = at->next) {
        hf_bytes name = name_of(at);

        if (!hf_node_is_named(at, "conn") || hf_bytes_equal(name, hf_bytes_of_string("%default")))
            continue;
        if (found == NULL && (wanted.len == 0 || hf_bytes_equal(name, wanted)))
            found = at;
        else if (w->out->other_count < HF_IMPORT_OTHERS &&
                 hf_text_copy(name, w->out->others[w->out->other_count], sizeof w->out->others[0]))
            w->out->other_count++;
    }
    return found;
}

static hf_status note_others(struct hf_walk *w, const struct hf_node *root)
{
    hf_status status = HF_OK;

    for (const struct hf_node *at = root->first; at != NULL && status == HF_OK; at = at->next) {
        const struct hf_node *ca = hf_node_get(at, "cacert");

        if (hf_node_is_named(at, "include"))
            status =
                hf_walk_note_key(w, "include", HF_NOTICE_UNSAFE,
                                 "nothing is opened: hand over one file that holds everything");
        else if (hf_node_is_named(at, "config"))
            status = hf_walk_note_key(w, "config", HF_NOTICE_HARMLESS, "settings of a daemon");
        else if (hf_node_is_named(at, "ca") && ca != NULL)
            status = hf_attachment_trust(w, hf_node_text(ca));
        if (status == HF_ERR_PROFILE_UNSUPPORTED)
            status = hf_walk_note_key(w, "ca.cacert", HF_NOTICE_UNSUPPORTED, HF_ATTACHMENT_MISSING);
    }
    return status;
}

/* --- the file --------------------------------------------------------------------------------- */
static hf_status finish(struct hf_walk *w, struct ipsec *ipsec)
{
    struct hf_profile *p = &w->out->profile;
    hf_status status;

    if (p->gateway_count == 0)
        return hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, "right", "the gateway's name or address");
    if (ipsec->is_transport && ipsec->has_l2tp_port)
        p->protocol = HF_PROTOCOL_L2TP;
    else if (ipsec->is_transport)
        return hf_walk_refuse(w, HF_ERR_PROFILE_UNSUPPORTED, "type", "a tunnel, or L2TP");
    else if (ipsec->is_ikev1)
        return hf_walk_refuse(w, HF_ERR_UNSUPPORTED_PROTOCOL, "keyexchange",
                              "IKEv2: of version 1, L2TP alone is supported");
    if (p->protocol == HF_PROTOCOL_L2TP)
        p->split = false;
    hf_proposal_finish(p);
    status = hf_ipsec_file_secrets(
        w, hf_attachment_find(w->options, hf_bytes_of_string("ipsec.secrets")), &ipsec->road);
    return status == HF_OK ? hf_road_finish(w, &ipsec->road) : status;
}

static hf_status import(struct hf_walk *w, struct ipsec *ipsec)
{
    const struct hf_node *connection = pick(w, ipsec->root);
    hf_status status;

    if (connection == NULL)
        return hf_walk_refuse(w,
                              w->options->pick.len != 0 ? HF_ERR_NOT_FOUND : HF_ERR_PROFILE_INVALID,
                              "conn", "a connection");
    if (!hf_text_copy(name_of(connection), w->out->profile.name, sizeof w->out->profile.name))
        return hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, "conn", "a name for people");
    hf_copy(ipsec->road.local.rounds[0].path, "left", sizeof "left");
    hf_copy(ipsec->road.local.rounds[1].path, "leftauth2", sizeof "leftauth2");
    hf_copy(ipsec->road.remote.rounds[0].path, "right", sizeof "right");
    status = merge(ipsec, connection);
    if (status == HF_OK)
        status = hf_walk(w, ipsec->merged, &table);
    if (status == HF_OK)
        status = note_others(w, ipsec->root);
    return status == HF_OK ? finish(w, ipsec) : status;
}

hf_status hf_ipsec_import(hf_bytes file, const struct hf_import_options *options,
                          struct hf_import *out, struct hf_fault *out_fault)
{
    struct ipsec ipsec = { .merged = hf_node_new(NULL, HF_NODE_OBJECT, (hf_bytes){ 0 }) };
    struct hf_walk w = { .out = out, .fault = out_fault, .options = options, .state = &ipsec };
    struct hf_node *root = NULL;
    hf_status status = ipsec.merged == NULL ? HF_ERR_NO_MEMORY : hf_ipsec_file_decode(file, &root);

    if (status != HF_OK) {
        status = hf_walk_refuse_file(&w, status, "sections of conn, config and ca");
        goto done;
    }
    ipsec.root = root;
    out->profile.revocation = HF_PROFILE_REVOCATION_SOFT;
    out->profile.split = true; /* unless rightsubnet is everything */
    status = import(&w, &ipsec);
done:
    hf_node_free(root);
    hf_node_free(ipsec.merged);
    return status;
}
