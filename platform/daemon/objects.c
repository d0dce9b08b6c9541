/* Profiles and the session as objects of the bus: see objects.h. */
#include "daemon/objects.h"

#include "daemon/call.h"
#include "daemon/clock.h"
#include "daemon/status_json.h"
#include "ipc/names.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

hf_call_handler_fn hf_objects_get_all, hf_properties_get, hf_properties_get_all;

/* --- paths ------------------------------------------------------------------------------------ */
char *hf_object_path(const struct hf_profile_ref *ref)
{
    GString *path = g_string_new(HF_BUS_PROFILES_PATH "/");
    char owner[HF_OWNER_TEXT_MAX];

    g_string_append_printf(path, "%s_", hf_owner_format(ref->owner, owner));
    for (const char *c = ref->id; *c != '\0'; c++) {
        if (g_ascii_isalnum(*c))
            g_string_append_c(path, *c);
        else
            g_string_append_printf(path, "_%02x", (unsigned)(uint8_t)*c);
    }
    return g_string_free(path, FALSE);
}

static bool unescape(const char *text, char out[HF_PROFILE_TEXT_MAX])
{
    size_t len = 0;

    for (; *text != '\0' && len + 1 < HF_PROFILE_TEXT_MAX; text++) {
        if (*text != '_') {
            out[len++] = *text;
            continue;
        }
        if (!g_ascii_isxdigit(text[1]) || !g_ascii_isxdigit(text[2]))
            return false;
        out[len++] = (char)(g_ascii_xdigit_value(text[1]) * 16 + g_ascii_xdigit_value(text[2]));
        text += 2;
    }
    out[len] = '\0';
    return *text == '\0' && len > 0 && strlen(out) == len;
}

bool hf_object_parse_path(const char *path, struct hf_profile_ref *out)
{
    const char *name = path + strlen(HF_BUS_PROFILES_PATH "/"), *end;
    struct hf_profile_ref ref;

    if (!g_str_has_prefix(path, HF_BUS_PROFILES_PATH "/"))
        return false;
    end = strchr(name, '_');
    if (end == NULL ||
        !hf_owner_parse((hf_bytes){ (const uint8_t *)name, (size_t)(end - name) }, &ref.owner) ||
        !unescape(end + 1, ref.id))
        return false;
    *out = ref;
    return true;
}

/* --- a profile -------------------------------------------------------------------------------- */
const char *hf_object_protocol(const struct hf_store_entry *entry)
{
    return entry->protocol == HF_PROTOCOL_L2TP ? "l2tp" : "ikev2";
}

const char *hf_object_scope(const struct hf_store_entry *entry)
{
    switch (entry->scope) {
    case HF_PROFILE_SCOPE_SYSTEM:
        return "system";
    case HF_PROFILE_SCOPE_DEVICE:
        return "device";
    case HF_PROFILE_SCOPE_USER:
        break;
    }
    return "user";
}

const char *hf_object_origin(const struct hf_store_entry *entry)
{
    if (entry->origin != NULL)
        return entry->origin;
    return entry->ref.owner == HF_OWNER_SYSTEM ? "system" : "user";
}

static GVariant *missing_names(const struct hf_store_entry *entry)
{
    GVariantBuilder names;

    g_variant_builder_init(&names, G_VARIANT_TYPE("as"));
    for (unsigned name = 0; name < HF_SECRET_NAME_COUNT; name++) {
        if (((entry->required & ~entry->kept) >> name & 1) != 0)
            g_variant_builder_add(&names, "s", hf_secret_name_text((enum hf_secret_name)name));
    }
    return g_variant_builder_end(&names);
}

static void add(GVariantBuilder *properties, const char *name, GVariant *value)
{
    g_variant_builder_add(properties, "{sv}", name, value);
}

GVariant *hf_object_profile_properties(const struct hf_store_entry *entry)
{
    GVariantBuilder all;

    g_variant_builder_init(&all, G_VARIANT_TYPE("a{sv}"));
    add(&all, "Id", g_variant_new_string(entry->ref.id));
    add(&all, "Name", g_variant_new_string(entry->name));
    add(&all, "Protocol", g_variant_new_string(hf_object_protocol(entry)));
    add(&all, "Gateways", g_variant_new_strv((const char *const *)entry->gateways, -1));
    add(&all, "Scope", g_variant_new_string(hf_object_scope(entry)));
    add(&all, "Origin", g_variant_new_string(hf_object_origin(entry)));
    add(&all, "Locked", g_variant_new_strv((const char *const *)entry->locked, -1));
    add(&all, "MissingSecrets", missing_names(entry));
    add(&all, "Organization", g_variant_new_string(entry->organization));
    add(&all, "RemovalDate", g_variant_new_uint64((uint64_t)entry->removal_date));
    return g_variant_builder_end(&all);
}

/* --- the session ------------------------------------------------------------------------------ */
static uint64_t since(const struct hf_driver_view *view)
{
    return (uint64_t)time(NULL) - hf_time_since(hf_clock_now(), view->status.since) / HF_SECONDS(1);
}

/* What others than those whose connection it is may read is empty. */
GVariant *hf_object_session_properties(struct hf_manager *manager, unsigned uid)
{
    struct hf_driver_view *view = g_new0(struct hf_driver_view, 1);
    bool shown = hf_manager_shows_session_to(manager, uid);
    char *status = hf_manager_status_for(manager, uid), *fault = NULL, *profile = NULL;
    struct hf_profile_ref ref;
    GVariantBuilder all;
    bool wanted;

    hf_driver_view(manager->driver, view);
    if (shown && hf_manager_session_profile(manager, &ref, &wanted))
        profile = hf_object_path(&ref);
    if (shown)
        fault = hf_status_json_of_fault(&view->status.fault);
    g_variant_builder_init(&all, G_VARIANT_TYPE("a{sv}"));
    add(&all, "State", g_variant_new_string(hf_conn_state_name(view->status.state)));
    add(&all, "Profile", g_variant_new_object_path(profile == NULL ? "/" : profile));
    add(&all, "Since", g_variant_new_uint64(shown ? since(view) : 0));
    add(&all, "Fault", g_variant_new_string(fault == NULL ? "null" : fault));
    add(&all, "Status", g_variant_new_string(status == NULL ? "" : status));
    free(status);
    free(fault);
    g_free(profile);
    g_free(view);
    return g_variant_builder_end(&all);
}

/* --- reading ---------------------------------------------------------------------------------- */
/* NULL: there is no such object, or not for the caller, which is the same. */
static GVariant *properties_of(struct hf_call *call, const char *interface)
{
    const struct hf_store_entry *entry;

    if (strcmp(call->path, HF_BUS_SESSION_PATH) == 0 &&
        strcmp(interface, HF_BUS_SESSION_INTERFACE) == 0)
        return hf_object_session_properties(call->manager, call->peer->uid);
    if (strcmp(interface, HF_BUS_PROFILE_INTERFACE) != 0 ||
        !hf_object_parse_path(call->path, &call->ref) ||
        !hf_owner_is_seen_by(call->ref.owner, call->peer->uid))
        return NULL;
    entry = hf_store_entry(call->manager->store, &call->ref);
    return entry == NULL ? NULL : hf_object_profile_properties(entry);
}

void hf_properties_get_all(struct hf_call *call)
{
    const char *interface;
    GVariant *all;

    g_variant_get(call->arguments, "(&s)", &interface);
    all = properties_of(call, interface);
    if (all == NULL)
        hf_call_answer(call, HF_ERR_NOT_FOUND, "");
    else
        hf_call_return(call, g_variant_new("(@a{sv})", all));
}

void hf_properties_get(struct hf_call *call)
{
    const char *interface, *name;
    GVariant *all, *value = NULL;

    g_variant_get(call->arguments, "(&s&s)", &interface, &name);
    all = properties_of(call, interface);
    if (all != NULL) {
        g_variant_ref_sink(all);
        value = g_variant_lookup_value(all, name, NULL);
        g_variant_unref(all);
    }
    if (value == NULL) {
        hf_call_answer(call, HF_ERR_NOT_FOUND, "");
        return;
    }
    hf_call_return(call, g_variant_new("(v)", value));
    g_variant_unref(value);
}

static void add_object(GVariantBuilder *objects, const char *path, const char *interface,
                       GVariant *properties)
{
    GVariantBuilder interfaces;

    g_variant_builder_init(&interfaces, G_VARIANT_TYPE("a{sa{sv}}"));
    g_variant_builder_add(&interfaces, "{s@a{sv}}", interface, properties);
    g_variant_builder_add(objects, "{oa{sa{sv}}}", path, &interfaces);
}

void hf_objects_get_all(struct hf_call *call)
{
    const struct hf_store_entry *entry;
    GVariantBuilder objects;

    call->peer->listens = true;
    g_variant_builder_init(&objects, G_VARIANT_TYPE("a{oa{sa{sv}}}"));
    add_object(&objects, HF_BUS_SESSION_PATH, HF_BUS_SESSION_INTERFACE,
               hf_object_session_properties(call->manager, call->peer->uid));
    for (size_t n = 0; (entry = hf_store_nth(call->manager->store, n)) != NULL; n++) {
        char *path;

        if (!hf_owner_is_seen_by(entry->ref.owner, call->peer->uid))
            continue;
        path = hf_object_path(&entry->ref);
        add_object(&objects, path, HF_BUS_PROFILE_INTERFACE, hf_object_profile_properties(entry));
        g_free(path);
    }
    hf_call_return(call, g_variant_new("(a{oa{sa{sv}}})", &objects));
}

/* --- telling ---------------------------------------------------------------------------------- */
struct change {
    hf_owner owner;
    const char *path, *interface, *signal;
    GVariant *arguments;
};

static void tell(void *context, struct hf_peer *peer)
{
    const struct change *change = context;

    if (peer->listens && hf_owner_is_seen_by(change->owner, peer->uid))
        hf_peer_emit(peer, change->path, change->interface, change->signal, change->arguments);
}

static GVariant *added(const char *path, const struct hf_store_entry *entry)
{
    GVariantBuilder interfaces;

    g_variant_builder_init(&interfaces, G_VARIANT_TYPE("a{sa{sv}}"));
    g_variant_builder_add(&interfaces, "{s@a{sv}}", HF_BUS_PROFILE_INTERFACE,
                          hf_object_profile_properties(entry));
    return g_variant_new("(oa{sa{sv}})", path, &interfaces);
}

static GVariant *removed(const char *path)
{
    const char *const interfaces[] = { HF_BUS_PROFILE_INTERFACE, NULL };

    return g_variant_new("(o^as)", path, interfaces);
}

void hf_objects_emit_change(struct hf_manager *manager, enum hf_store_change change,
                            const struct hf_store_entry *entry)
{
    char *path = hf_object_path(&entry->ref);
    struct change told = { .owner = entry->ref.owner,
                           .path = HF_BUS_PATH,
                           .interface = "org.freedesktop.DBus.ObjectManager" };

    switch (change) {
    case HF_STORE_ADDED:
        told.signal = "InterfacesAdded";
        told.arguments = added(path, entry);
        break;
    case HF_STORE_REMOVED:
        told.signal = "InterfacesRemoved";
        told.arguments = removed(path);
        break;
    case HF_STORE_CHANGED:
        told.path = path;
        told.interface = "org.freedesktop.DBus.Properties";
        told.signal = "PropertiesChanged";
        told.arguments = g_variant_new("(s@a{sv}as)", HF_BUS_PROFILE_INTERFACE,
                                       hf_object_profile_properties(entry), NULL);
        break;
    }
    g_variant_ref_sink(told.arguments);
    hf_peers_each(manager->peers, tell, &told);
    g_variant_unref(told.arguments);
    g_free(path);
}

GVariant *hf_object_session_changed(struct hf_manager *manager)
{
    const char *const invalidated[] = { "Profile", "Since", "Fault", "Status", NULL };
    struct hf_driver_view *view = g_new0(struct hf_driver_view, 1);
    GVariantBuilder changed;

    hf_driver_view(manager->driver, view);
    g_variant_builder_init(&changed, G_VARIANT_TYPE("a{sv}"));
    add(&changed, "State", g_variant_new_string(hf_conn_state_name(view->status.state)));
    g_free(view);
    return g_variant_new("(sa{sv}^as)", HF_BUS_SESSION_INTERFACE, &changed, invalidated);
}
