/* The secrets of swanctl.conf: gathered here, chosen from when the connection is known (road.h). */
#include "profile/swanctl.h"

static struct hf_road_secret *last(struct hf_walk *w)
{
    struct hf_swanctl *swanctl = w->state;

    return &swanctl->road.secrets[swanctl->road.secret_count - 1];
}

static hf_status apply_id(struct hf_walk *w, const struct hf_walk_row *row,
                          const struct hf_node *value)
{
    struct hf_road_secret *secret = last(w);

    (void)row;
    if (secret->id_count == HF_ROAD_IDS)
        return HF_ERR_PROFILE_UNSUPPORTED;
    secret->ids[secret->id_count++] = hf_node_text(value);
    return HF_OK;
}

static hf_status apply_value(struct hf_walk *w, const struct hf_walk_row *row,
                             const struct hf_node *value)
{
    (void)row;
    last(w)->value = hf_node_raw(value);
    return HF_OK;
}

static hf_status apply_file(struct hf_walk *w, const struct hf_walk_row *row,
                            const struct hf_node *value)
{
    (void)row;
    last(w)->file = hf_node_text(value);
    return HF_OK;
}

static const struct hf_walk_row shared_rows[] = {
    HF_WALK_APPLY("secret", apply_value, UNSAFE, "a secret"),
    HF_WALK_APPLY("id*", apply_id, UNSUPPORTED, "eight identities at most"),
};
static const struct hf_walk_table shared_table =
    HF_WALK_NAMED(shared_rows, "secrets.eap* ike* ppk*");
static const struct hf_walk_row key_rows[] = {
    HF_WALK_APPLY("file", apply_file, UNSAFE, "a path"),
    HF_WALK_APPLY("secret", apply_value, UNSAFE, "a passphrase"),
};
static const struct hf_walk_table key_table = HF_WALK_NAMED(key_rows, "secrets.private*");

/* `offset` of these rows: the kind. */
static hf_status apply_secret(struct hf_walk *w, const struct hf_walk_row *row,
                              const struct hf_node *value)
{
    struct hf_swanctl *swanctl = w->state;

    if (value->kind != HF_NODE_OBJECT)
        return HF_ERR_PROFILE_INVALID;
    if (hf_road_add_secret(w, &swanctl->road, (enum hf_road_kind)row->offset) == NULL)
        return hf_walk_note(w, HF_NOTICE_UNSUPPORTED, "32 secrets at most are looked at");
    return hf_walk(w, value, row->inside);
}

#define SECRET(name, kind_of, table)                                                               \
    {                                                                                              \
        .key = name, .apply = apply_secret, .severity = HF_NOTICE_UNSAFE,                          \
        .text = "a secret in braces", .inside = &(table), .offset = kind_of                        \
    }

static hf_status apply_pin(struct hf_walk *w, const struct hf_walk_row *row,
                           const struct hf_node *value)
{
    hf_status status = hf_walk_secret(w, row, value);

    return status == HF_OK
               ? hf_walk_note(w, HF_NOTICE_UNSAFE, "the file holds a PIN that anybody can read")
               : status;
}

#define URI "name the key: \"profile set key-uri=pkcs11:...\""
static const struct hf_walk_row token_rows[] = {
    HF_WALK_NOTE("handle", UNSUPPORTED, URI),
    HF_WALK_NOTE("slot", UNSUPPORTED, URI),
    HF_WALK_NOTE("module", UNSUPPORTED, "p11-kit knows the modules; " URI),
    HF_WALK_APPLY("pin", apply_pin, UNSAFE, "a PIN", .offset = HF_SECRET_PIN),
};
static const struct hf_walk_table token_table = HF_WALK_NAMED(token_rows, "secrets.token*");

static const struct hf_walk_row rows[] = {
    SECRET("eap*", HF_ROAD_EAP, shared_table),
    HF_WALK_NOTE("xauth*", UNSUPPORTED, "XAUTH belongs to version 1"),
    HF_WALK_NOTE("ntlm*", UNSUPPORTED, "hashes of passwords are not used: set the password"),
    SECRET("ike*", HF_ROAD_IKE, shared_table),
    SECRET("ppk*", HF_ROAD_PPK, shared_table),
    SECRET("private*", HF_ROAD_KEY, key_table),
    SECRET("rsa*", HF_ROAD_KEY, key_table),
    SECRET("ecdsa*", HF_ROAD_KEY, key_table),
    SECRET("pkcs8*", HF_ROAD_KEY, key_table),
    SECRET("pkcs12*", HF_ROAD_KEY, key_table),
    HF_WALK_INSIDE("token*", &token_table),
};
const struct hf_walk_table hf_swanctl_secrets_table = HF_WALK_TABLE(rows);
