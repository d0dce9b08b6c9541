/* swanctl.conf: the file, and which of its connections is imported. Keys: swanctl.conf(5). */
#include "profile/swanctl.h"

#include "profile/settings.h"
#include "profile/text.h"

#include <string.h>

bool hf_swanctl_sniff(hf_bytes file)
{
    static const char *const sections[] = { "connections", "secrets", "pools", "authorities" };
    hf_bytes word = hf_settings_first_word(file);

    for (size_t i = 0; i < HF_ARRAY_LEN(sections); i++) {
        if (hf_bytes_equal(word, hf_bytes_of_string(sections[i])))
            return true;
    }
    return false;
}

hf_status hf_swanctl_trust(struct hf_walk *w, const struct hf_walk_row *row,
                           const struct hf_node *value)
{
    hf_bytes rest = hf_node_text(value), path;
    hf_status status = HF_OK;

    (void)row;
    while (status == HF_OK && hf_text_next(&rest, ",", &path))
        status = hf_attachment_trust(w, path);
    return status;
}

/* --- the file --------------------------------------------------------------------------------- */
#define INCLUDED "nothing is opened: hand over one file that holds everything"

static const struct hf_walk_row authority_rows[] = {
    HF_WALK_APPLY("cacert", hf_swanctl_trust, UNSUPPORTED, HF_ATTACHMENT_MISSING),
    HF_WALK_APPLY("file", hf_swanctl_trust, UNSUPPORTED, HF_ATTACHMENT_MISSING),
    HF_WALK_NOTE("handle", UNSUPPORTED, "CAs are taken from files"),
    HF_WALK_NOTE("slot", UNSUPPORTED, "CAs are taken from files"),
    HF_WALK_NOTE("module", UNSUPPORTED, "CAs are taken from files"),
    HF_WALK_NOTE("crl_uris", UNSUPPORTED, "the certificate names where its CRL is"),
    HF_WALK_NOTE("ocsp_uris", UNSUPPORTED, "the certificate names whom to ask"),
    HF_WALK_NOTE("cert_uri_base", HARMLESS, "certificates come with the handshake"),
};
static const struct hf_walk_table authority_table = HF_WALK_NAMED(authority_rows, "authorities.*");
static const struct hf_walk_row authorities_rows[] = { HF_WALK_INSIDE("*", &authority_table) };
static const struct hf_walk_table authorities_table = HF_WALK_TABLE(authorities_rows);

/* The first connection, or the one of the options; the names of the others are told. */
static hf_status pick(struct hf_walk *w, const struct hf_node *connections,
                      const struct hf_node **out)
{
    hf_bytes wanted = w->options->pick;
    const struct hf_node *found = NULL;

    for (const struct hf_node *at = connections->first; at != NULL; at = at->next) {
        hf_bytes name = hf_buf_bytes(&at->name);

        if (at->kind != HF_NODE_OBJECT)
            continue;
        if (found == NULL && (wanted.len == 0 || hf_bytes_equal(name, wanted)))
            found = at;
        else if (w->out->other_count < HF_IMPORT_OTHERS &&
                 hf_text_copy(name, w->out->others[w->out->other_count], sizeof w->out->others[0]))
            w->out->other_count++;
    }
    *out = found;
    if (found == NULL && wanted.len != 0)
        return hf_walk_refuse(w, HF_ERR_NOT_FOUND, "pick", "a connection of the file");
    return found != NULL ? HF_OK
                         : hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, "connections", "a connection");
}

static hf_status apply_connections(struct hf_walk *w, const struct hf_walk_row *row,
                                   const struct hf_node *value)
{
    const struct hf_node *connection;
    hf_status status = pick(w, value, &connection);
    size_t len = strlen(w->path);

    (void)row;
    if (status == HF_OK && !hf_text_copy(hf_buf_bytes(&connection->name), w->out->profile.name,
                                         sizeof w->out->profile.name))
        return hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, NULL, "a name for people");
    if (status != HF_OK)
        return status;
    w->path[len] = '.'; /* "connections": both fit */
    hf_copy(w->path + len + 1, w->out->profile.name,
            sizeof w->path - len - 2); /* of 255 octets at most */
    w->path[sizeof w->path - 1] = '\0';
    status = hf_walk(w, connection, &hf_swanctl_connection_table);
    if (status == HF_OK)
        w->path[len] = '\0';
    return status;
}

static const struct hf_walk_row rows[] = {
    {.key = "connections",
     .apply = apply_connections,
     .severity = HF_NOTICE_UNSAFE,
     .text = "connections in braces",
     .inside = &hf_swanctl_connection_table },
    HF_WALK_INSIDE("secrets", &hf_swanctl_secrets_table),
    HF_WALK_INSIDE("authorities", &authorities_table),
    HF_WALK_NOTE("pools", HARMLESS, "addresses that a gateway hands out"),
    { .key = "include",                   .severity = HF_NOTICE_UNSAFE,       .text = INCLUDED, .repeats = true},
};
static const struct hf_walk_table table = HF_WALK_TABLE(rows);

bool hf_swanctl_row_at(size_t index, struct hf_import_row *out)
{
    static const struct hf_walk_table *const roots[] = { &table };

    return hf_walk_row_at(roots, HF_ARRAY_LEN(roots), index, out);
}

/* What strongSwan takes for what the file leaves out. */
static hf_status complete(struct hf_walk *w, const struct hf_swanctl *swanctl)
{
    struct hf_profile *p = &w->out->profile;

    if (p->gateway_count == 0)
        return hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, "remote_addrs",
                              "the gateway's name or address: a client calls it");
    if (swanctl->children == 0)
        return hf_walk_refuse(w, HF_ERR_PROFILE_INVALID, "children", "a child that is a tunnel");
    if (!swanctl->has_addresses)
        return hf_walk_note_key(w, "vips", HF_NOTICE_UNSUPPORTED,
                                "absent: an inner address is asked for in any case");
    p->request_ip4 = swanctl->has_v4;
    p->request_ip6 = swanctl->has_v6;
    return HF_OK;
}

hf_status hf_swanctl_import(hf_bytes file, const struct hf_import_options *options,
                            struct hf_import *out, struct hf_fault *out_fault)
{
    struct hf_swanctl swanctl = { .children = 0 };
    struct hf_walk w = { .out = out, .fault = out_fault, .options = options, .state = &swanctl };
    struct hf_node *root;
    hf_status status = hf_settings_decode(file, &root);

    if (status != HF_OK)
        return hf_walk_refuse_file(&w, status, "key = value and name { ... }");
    out->profile.revocation = HF_PROFILE_REVOCATION_SOFT;
    out->profile.split = true; /* unless a child reaches everything */
    status = hf_walk(&w, root, &table);
    if (status == HF_OK)
        status = complete(&w, &swanctl);
    if (status == HF_OK)
        status = hf_road_finish(&w, &swanctl.road);
    hf_node_free(root);
    return status;
}
