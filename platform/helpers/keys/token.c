/* Finding a key in a token: see token.h. */
#include "helpers/keys/token.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_MAX       64
#define OBJECTS_MAX     16
#define CERTIFICATE_MAX 16384

static hf_status fail(struct hf_fault *out_fault, hf_status status, const char *offered,
                      const char *received)
{
    *out_fault = hf_fault_make(status, HF_STAGE_PROFILE);
    hf_fault_set_text(out_fault->offered, hf_bytes_of_string(offered));
    hf_fault_set_text(out_fault->received, hf_bytes_of_string(received));
    return status;
}

hf_status hf_token_status(CK_RV rv)
{
    switch (rv) {
    case CKR_OK:
        return HF_OK;
    case CKR_HOST_MEMORY:
    case CKR_DEVICE_MEMORY:
        return HF_ERR_NO_MEMORY;
    case CKR_PIN_INCORRECT:
    case CKR_PIN_INVALID:
    case CKR_PIN_LEN_RANGE:
        return HF_ERR_PIN_WRONG;
    case CKR_PIN_LOCKED:
        return HF_ERR_PIN_LOCKED;
    case CKR_DEVICE_ERROR:
    case CKR_DEVICE_REMOVED:
    case CKR_GENERAL_ERROR:
    case CKR_SESSION_CLOSED:
    case CKR_SESSION_HANDLE_INVALID:
    case CKR_OBJECT_HANDLE_INVALID:
    case CKR_KEY_HANDLE_INVALID:
    case CKR_SLOT_ID_INVALID:
    case CKR_TOKEN_NOT_PRESENT:
    case CKR_TOKEN_NOT_RECOGNIZED:
    case CKR_USER_NOT_LOGGED_IN:
        return HF_ERR_TOKEN_MISSING;
    default:
        return HF_ERR_CREDENTIAL_INVALID;
    }
}

/* --- the token -------------------------------------------------------------------------------- */
static hf_status parse(const char *text, struct hf_token *token, struct hf_fault *out_fault)
{
    int result;

    token->uri = p11_kit_uri_new();
    if (token->uri == NULL)
        return fail(out_fault, HF_ERR_NO_MEMORY, "key-uri", "");
    result = p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, token->uri);
    if (result != P11_KIT_URI_OK)
        return fail(out_fault, HF_ERR_CREDENTIAL_INVALID, "key-uri", p11_kit_uri_message(result));
    if (p11_kit_uri_any_unrecognized(token->uri))
        return fail(out_fault, HF_ERR_CREDENTIAL_INVALID, "key-uri", "an unknown attribute");
    if (p11_kit_uri_get_pin_value(token->uri) != NULL ||
        p11_kit_uri_get_pin_source(token->uri) != NULL)
        return fail(out_fault, HF_ERR_CREDENTIAL_INVALID, "key-uri",
                    "a PIN does not belong in a profile");
    if (p11_kit_uri_get_module_path(token->uri) != NULL ||
        p11_kit_uri_get_module_name(token->uri) != NULL)
        return fail(out_fault, HF_ERR_CREDENTIAL_INVALID, "key-uri",
                    "which module to load is not for a profile to say");
    return HF_OK;
}

static bool fits(struct hf_token *token, CK_FUNCTION_LIST *module, CK_SLOT_ID slot,
                 CK_TOKEN_INFO *out_info)
{
    CK_SLOT_INFO slot_info;
    CK_INFO info;

    return module->C_GetInfo(&info) == CKR_OK &&
           p11_kit_uri_match_module_info(token->uri, &info) == 1 &&
           module->C_GetSlotInfo(slot, &slot_info) == CKR_OK &&
           p11_kit_uri_match_slot_info(token->uri, &slot_info) == 1 &&
           module->C_GetTokenInfo(slot, out_info) == CKR_OK &&
           (out_info->flags & CKF_TOKEN_INITIALIZED) != 0 &&
           p11_kit_uri_match_token_info(token->uri, out_info) == 1;
}

/* Keys are what is looked for: a token that has nothing to hide (the system's certificates) has
 * none. Returns how many fit; the first is kept. */
static size_t look_in(struct hf_token *token, CK_FUNCTION_LIST *module)
{
    CK_SLOT_ID slots[SLOTS_MAX];
    CK_ULONG count = SLOTS_MAX;
    size_t found = 0;

    if (module->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK)
        return 0;
    for (CK_ULONG i = 0; i < count; i++) {
        CK_TOKEN_INFO info;

        if (!fits(token, module, slots[i], &info) || (info.flags & CKF_LOGIN_REQUIRED) == 0)
            continue;
        if (token->module == NULL) {
            token->module = module;
            token->slot = slots[i];
            token->info = info;
        }
        found++;
    }
    return found;
}

hf_status hf_token_find(struct hf_keys_modules *modules, const char *uri, struct hf_token *out,
                        struct hf_fault *out_fault)
{
    CK_FUNCTION_LIST **list = hf_keys_modules_list(modules);
    hf_status status = parse(uri, out, out_fault);
    size_t found = 0;

    if (status != HF_OK)
        return status;
    for (size_t i = 0; list[i] != NULL; i++)
        found += look_in(out, list[i]);
    if (found == 0)
        return fail(out_fault, HF_ERR_TOKEN_MISSING, uri, "no such token");
    if (found > 1)
        return fail(out_fault, HF_ERR_CREDENTIAL_INVALID, uri, "more than one token is like that");
    if ((out->info.flags & CKF_USER_PIN_LOCKED) != 0)
        return fail(out_fault, HF_ERR_PIN_LOCKED, uri, "locked");
    return HF_OK;
}

void hf_token_clear(struct hf_token *token)
{
    if (token->session != 0)
        (void)token->module->C_CloseSession(token->session);
    for (size_t i = 0; i < token->chain_count; i++)
        hf_buf_free(&token->chain[i]);
    p11_kit_uri_free(token->uri);
    *token = (struct hf_token){ 0 };
}

bool hf_token_wants_pin(const struct hf_token *token)
{
    return (token->info.flags & CKF_LOGIN_REQUIRED) != 0;
}

static enum hf_keys_tries tries_of(const CK_TOKEN_INFO *info)
{
    if ((info->flags & CKF_USER_PIN_FINAL_TRY) != 0)
        return HF_KEYS_TRIES_LAST;
    return (info->flags & CKF_USER_PIN_COUNT_LOW) != 0 ? HF_KEYS_TRIES_FEW : HF_KEYS_TRIES_ENOUGH;
}

/* Padded with blanks, and whatever the token says. */
void hf_token_describe(const struct hf_token *token, struct hf_keys_pin_wanted *out)
{
    size_t len = sizeof token->info.label;

    *out = (struct hf_keys_pin_wanted){ .tries = tries_of(&token->info) };
    while (len > 0 && token->info.label[len - 1] == ' ')
        len--;
    for (size_t i = 0; i < len; i++) {
        uint8_t c = token->info.label[i];

        out->label[i] = c < 0x20 || c > 0x7e ? '?' : (char)c;
    }
}

/* --- objects ---------------------------------------------------------------------------------- */
/* Up to OBJECTS_MAX objects that have these attributes. */
static size_t find_objects(struct hf_token *token, CK_ATTRIBUTE *wanted, CK_ULONG wanted_count,
                           CK_OBJECT_HANDLE out[OBJECTS_MAX])
{
    CK_ULONG count = 0;

    if (token->module->C_FindObjectsInit(token->session, wanted, wanted_count) != CKR_OK)
        return 0;
    if (token->module->C_FindObjects(token->session, out, OBJECTS_MAX, &count) != CKR_OK)
        count = 0;
    (void)token->module->C_FindObjectsFinal(token->session);
    return count;
}

/* False: it has no such attribute, or one that does not fit. */
static bool read_attribute(struct hf_token *token, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                           uint8_t *out, size_t capacity, size_t *out_len)
{
    CK_ATTRIBUTE attribute = { type, out, capacity };

    if (token->module->C_GetAttributeValue(token->session, object, &attribute, 1) != CKR_OK ||
        attribute.ulValueLen > capacity)
        return false;
    *out_len = attribute.ulValueLen;
    return true;
}

static hf_status find_key(struct hf_token *token, struct hf_fault *out_fault)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_OBJECT_HANDLE found[OBJECTS_MAX];
    CK_ATTRIBUTE wanted[3] = {
        {CKA_CLASS, &class, sizeof class}
    };
    static const CK_ATTRIBUTE_TYPE names[] = { CKA_ID, CKA_LABEL };
    CK_ULONG count = 1;
    size_t keys;

    for (size_t i = 0; i < HF_ARRAY_LEN(names); i++) {
        CK_ATTRIBUTE *attribute = p11_kit_uri_get_attribute(token->uri, names[i]);

        if (attribute != NULL)
            wanted[count++] = *attribute;
    }
    keys = find_objects(token, wanted, count, found);
    if (keys == 0)
        return fail(out_fault, HF_ERR_CREDENTIAL_MISSING, "key-uri", "the token has no such key");
    if (keys > 1)
        return fail(out_fault, HF_ERR_CREDENTIAL_INVALID, "key-uri",
                    "more than one key is like that: add id= or object=");
    token->key = found[0];
    return HF_OK;
}

static bool curve_of(hf_bytes parameters, struct hf_token *token)
{
    static const struct {
        uint8_t oid[10];
        size_t len;
        enum hf_key_type type;
        uint16_t bits;
    } curves[] = {
        {{ 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 }, 10, HF_KEY_ECDSA_P256, 256},
        { { 6, 5, 0x2b, 0x81, 4, 0, 0x22 },               7,  HF_KEY_ECDSA_P384, 384},
        { { 6, 5, 0x2b, 0x81, 4, 0, 0x23 },               7,  HF_KEY_ECDSA_P521, 521},
    };

    for (size_t i = 0; i < HF_ARRAY_LEN(curves); i++) {
        if (!hf_bytes_equal(parameters, (hf_bytes){ curves[i].oid, curves[i].len }))
            continue;
        token->type = curves[i].type;
        token->bits = curves[i].bits;
        return true;
    }
    return false;
}

static hf_status read_type(struct hf_token *token, struct hf_fault *out_fault)
{
    uint8_t value[2048];
    CK_KEY_TYPE type;
    size_t len;

    if (read_attribute(token, token->key, CKA_KEY_TYPE, (uint8_t *)&type, sizeof type, &len)) {
        if (type == CKK_RSA &&
            read_attribute(token, token->key, CKA_MODULUS, value, sizeof value, &len)) {
            token->type = HF_KEY_RSA;
            token->bits = (uint16_t)(len * 8);
            return HF_OK;
        }
        if (type == CKK_EC &&
            read_attribute(token, token->key, CKA_EC_PARAMS, value, sizeof value, &len) &&
            curve_of((hf_bytes){ value, len }, token))
            return HF_OK;
    }
    return fail(out_fault, HF_ERR_CREDENTIAL_INVALID, "RSA, ECDSA on P-256, P-384 or P-521",
                "a key of another type");
}

static void keep_certificate(struct hf_token *token, CK_OBJECT_HANDLE object)
{
    static uint8_t value[CERTIFICATE_MAX];
    hf_buf *place = &token->chain[token->chain_count];
    size_t len;

    if (token->chain_count == HF_KEYS_CHAIN_MAX ||
        !read_attribute(token, object, CKA_VALUE, value, sizeof value, &len) || len == 0)
        return;
    *place = hf_buf_with_max(CERTIFICATE_MAX);
    if (hf_buf_append(place, (hf_bytes){ value, len }))
        token->chain_count++;
}

/* The key's own first, which has the key's CKA_ID; the others may be its issuers. */
static void find_certificates(struct hf_token *token)
{
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_OBJECT_HANDLE own[OBJECTS_MAX], all[OBJECTS_MAX];
    uint8_t id[256];
    CK_ATTRIBUTE wanted[] = {
        {CKA_CLASS,             &class, sizeof class},
        { CKA_CERTIFICATE_TYPE, &type,  sizeof type },
        { CKA_ID,               id,     0           },
    };
    size_t len, count;

    if (!read_attribute(token, token->key, CKA_ID, id, sizeof id, &len) || len == 0)
        return;
    wanted[2].ulValueLen = len;
    if (find_objects(token, wanted, 3, own) == 0)
        return;
    keep_certificate(token, own[0]);
    count = find_objects(token, wanted, 2, all);
    for (size_t i = 0; i < count && token->chain_count > 0; i++) {
        if (all[i] != own[0])
            keep_certificate(token, all[i]);
    }
}

/* --- opening ---------------------------------------------------------------------------------- */
/* After a refusal the token knows better than before how many tries are left. */
static const char *tries_left(struct hf_token *token)
{
    if (token->module->C_GetTokenInfo(token->slot, &token->info) != CKR_OK)
        return "";
    if ((token->info.flags & CKF_USER_PIN_LOCKED) != 0)
        return "no try is left";
    switch (tries_of(&token->info)) {
    case HF_KEYS_TRIES_LAST:
        return "one try is left";
    case HF_KEYS_TRIES_FEW:
        return "few tries are left";
    case HF_KEYS_TRIES_ENOUGH:
    case HF_KEYS_TRIES_COUNT:
        break;
    }
    return "the token does not say how many tries are left";
}

static hf_status log_in(struct hf_token *token, hf_bytes pin, struct hf_fault *out_fault)
{
    CK_RV rv = token->module->C_Login(token->session, CKU_USER, (CK_UTF8CHAR_PTR)pin.data, pin.len);

    if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN)
        return HF_OK;
    return fail(out_fault, hf_token_status(rv), "PIN", tries_left(token));
}

hf_status hf_token_open(struct hf_token *token, hf_bytes pin, struct hf_fault *out_fault)
{
    CK_RV rv =
        token->module->C_OpenSession(token->slot, CKF_SERIAL_SESSION, NULL, NULL, &token->session);
    hf_status status = hf_token_status(rv);

    if (status != HF_OK)
        return fail(out_fault, status, "key-uri", "the token cannot be opened");
    if (hf_token_wants_pin(token))
        status = log_in(token, pin, out_fault);
    if (status == HF_OK)
        status = find_key(token, out_fault);
    if (status == HF_OK)
        status = read_type(token, out_fault);
    if (status == HF_OK)
        find_certificates(token);
    return status;
}
