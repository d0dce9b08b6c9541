/* A profile as a file of strongSwan's Android client: the importer (sswan.c) the other way. */
#include "crypto/credential.h"
#include "profile/export.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

const char *const hf_export_sswan_said[] = { "id",
                                             "name",
                                             "source-key",
                                             "gateways",
                                             "port",
                                             "remote-identity",
                                             "local-identity",
                                             "auth",
                                             "eap-identity",
                                             "trust",
                                             "system-trust",
                                             "revocation",
                                             "ike.encryption",
                                             "ike.prf",
                                             "ike.integrity",
                                             "ike.groups",
                                             "esp.encryption",
                                             "esp.integrity",
                                             "esp.groups",
                                             "ike.keepalive",
                                             "split",
                                             "include",
                                             "exclude",
                                             "block.ipv4",
                                             "block.ipv6",
                                             "dns.servers",
                                             "mtu",
                                             NULL };

/* Texts of a profile are UTF-8, those of secrets may not be: jansson makes none of them. */
static void set(struct hf_export *e, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0 && e->status == HF_OK)
        e->status = HF_ERR_NO_MEMORY;
}

static void set_text(struct hf_export *e, json_t *object, const char *key, const char *text)
{
    if (text[0] != '\0')
        set(e, object, key, json_string(text));
}

static void set_bytes(struct hf_export *e, json_t *object, const char *key, hf_bytes text)
{
    if (text.len != 0)
        set(e, object, key, json_stringn((const char *)text.data, text.len));
}

static const char *type_of(const struct hf_profile *p)
{
    switch (p->auth) {
    case HF_PROFILE_AUTH_CERTIFICATE:
        return "ikev2-cert";
    case HF_PROFILE_AUTH_EAP_TLS:
        return "ikev2-eap-tls";
    case HF_PROFILE_AUTH_EAP:
        return "ikev2-eap";
    case HF_PROFILE_AUTH_CERTIFICATE_EAP:
        return "ikev2-cert-eap";
    case HF_PROFILE_AUTH_PSK:
        break;
    }
    return NULL;
}

static void set_certificate(struct hf_export *e, json_t *remote)
{
    const struct hf_profile *p = e->profile;
    hf_buf text = hf_buf_with_max(HF_PROFILE_TRUST_MAX);
    hf_bytes rest = hf_buf_bytes(&p->trust);

    if (hf_export_next_pem(&rest, &text))
        set_bytes(e, remote, "cert", hf_buf_bytes(&text));
    hf_buf_clear(&text);
    if (hf_export_next_pem(&rest, &text))
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "trust", "the first CA alone is written");
    if (p->trust.len != 0 && p->system_trust)
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "system-trust",
                       "the CA of the file alone vouches");
    hf_buf_free(&text);
}

static json_t *remote_of(struct hf_export *e)
{
    const struct hf_profile *p = e->profile;
    json_t *remote = json_object();

    set_text(e, remote, "addr", p->gateways[0]);
    if (p->gateway_count > 1)
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "gateways", "the first alone is written");
    if (p->port != 0)
        set(e, remote, "port", json_integer(p->port));
    set_text(e, remote, "id", p->remote_identity);
    set_certificate(e, remote);
    if (p->revocation != HF_PROFILE_REVOCATION_SOFT)
        set(e, remote, "revocation",
            json_pack("{s:b,s:b,s:b}", "crl", p->revocation == HF_PROFILE_REVOCATION_HARD, "ocsp",
                      p->revocation == HF_PROFILE_REVOCATION_HARD, "strict",
                      p->revocation == HF_PROFILE_REVOCATION_HARD));
    return remote;
}

static void set_password(struct hf_export *e, json_t *local)
{
    hf_bytes password = hf_export_secret(e, HF_SECRET_PASSWORD);
    json_t *text = json_stringn((const char *)password.data, password.len);

    if (password.len == 0 || text == NULL)
        json_decref(text);
    else
        set(e, local, "shared_secret", text);
    if (password.len != 0 && text == NULL)
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "password", "is no UTF-8");
}

static json_t *local_of(struct hf_export *e)
{
    const struct hf_profile *p = e->profile;
    json_t *local = json_object();

    set_text(e, local, "eap_id", p->eap_identity);
    set_text(e, local, "id", p->local_identity);
    set_password(e, local);
    if (hf_export_secret(e, HF_SECRET_PRIVATE_KEY).len != 0)
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "private-key",
                       "is not written: hand the key over as PKCS#12 beside the file");
    if (e->secrets != NULL)
        hf_export_note(e, HF_NOTICE_UNSAFE, "secrets", "the file holds what anybody can read");
    return local;
}

static json_t *networks_of(const hf_prefix *list, size_t count)
{
    json_t *array = json_array();
    char text[HF_PREFIX_TEXT_MAX];

    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(array, json_string(hf_prefix_format(&list[i], text)));
    return array;
}

static json_t *split_of(struct hf_export *e)
{
    const struct hf_profile *p = e->profile;
    json_t *split = json_object();

    if (p->split && p->include_count != 0)
        set(e, split, "subnets", networks_of(p->include, p->include_count));
    else if (p->split)
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "split", "what goes through has to be listed");
    if (p->exclude_count != 0)
        set(e, split, "excluded", networks_of(p->exclude, p->exclude_count));
    if (p->block_ip4)
        set(e, split, "block-ipv4", json_true());
    if (p->block_ip6)
        set(e, split, "block-ipv6", json_true());
    return split;
}

static void set_resolvers(struct hf_export *e, json_t *root)
{
    const struct hf_profile *p = e->profile;
    json_t *array = json_array();
    char text[HF_ADDRESS_TEXT_MAX];

    for (size_t i = 0; i < p->resolver_count; i++)
        (void)json_array_append_new(array, json_string(hf_address_format(&p->resolvers[i], text)));
    if (p->resolver_count != 0)
        set(e, root, "dns-servers", array);
    else
        json_decref(array);
}

static void set_proposal(struct hf_export *e, json_t *root, bool is_esp, const char *key)
{
    hf_buf text = hf_buf_with_max(4096);

    hf_export_proposals(e, is_esp, ",", &text);
    set_bytes(e, root, key, hf_buf_bytes(&text));
    hf_buf_free(&text);
}

static void set_times(struct hf_export *e, json_t *root)
{
    const struct hf_profile *p = e->profile;
    hf_duration seconds = p->keepalive / HF_SECONDS(1);

    if (p->mtu_bytes != 0)
        set(e, root, "mtu", json_integer(p->mtu_bytes));
    if (seconds >= 10 && seconds <= 3600)
        set(e, root, "nat-keepalive", json_integer((json_int_t)seconds));
    else if (seconds != 0)
        hf_export_note(e, HF_NOTICE_UNSUPPORTED, "ike.keepalive", "10 to 3600 seconds");
}

static void encode(struct hf_export *e, json_t *root)
{
    char *text = e->status == HF_OK ? json_dumps(root, JSON_INDENT(2)) : NULL;

    if (text != NULL) {
        hf_export_add(e, text);
        hf_export_add(e, "\n");
        hf_cleanse(text, strlen(text));
    } else if (e->status == HF_OK) {
        e->status = HF_ERR_NO_MEMORY;
    }
    free(text);
}

void hf_export_sswan(struct hf_export *e)
{
    const struct hf_profile *p = e->profile;
    char uuid[HF_UUID_TEXT_MAX];
    json_t *root;

    if (p->protocol != HF_PROTOCOL_IKEV2) {
        hf_export_refuse(e, HF_ERR_UNSUPPORTED_PROTOCOL, "protocol", "ikev2");
        return;
    }
    if (type_of(p) == NULL) {
        hf_export_refuse(e, HF_ERR_PROFILE_UNSUPPORTED, "auth", "certificates and EAP");
        return;
    }
    root = json_object();
    hf_export_uuid(e, "", uuid);
    set_text(e, root, "uuid", uuid);
    set_text(e, root, "name", p->name);
    set_text(e, root, "type", type_of(p));
    set(e, root, "remote", remote_of(e));
    set(e, root, "local", local_of(e));
    set_proposal(e, root, false, "ike-proposal");
    set_proposal(e, root, true, "esp-proposal");
    set(e, root, "split-tunneling", split_of(e));
    set_resolvers(e, root);
    set_times(e, root);
    encode(e, root);
    json_decref(root);
}
