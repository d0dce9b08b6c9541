/* Whether a caller may: see authority.h. polkit is one call on the system bus; its subject is the
 * caller's unique name there, which no other process can have had or will have. */
#include "daemon/authority.h"

#include "ipc/names.h"

#define POLKIT_NAME       "org.freedesktop.PolicyKit1"
#define POLKIT_PATH       "/org/freedesktop/PolicyKit1/Authority"
#define POLKIT_INTERFACE  "org.freedesktop.PolicyKit1.Authority"
#define ALLOW_INTERACTION 1u
#define CHECK_MILLIS      5000
#define ASK_MILLIS        (5 * 60 * 1000) /* somebody types a password */

struct check {
    struct hf_peer *peer;
    hf_authority_decided_fn *decided;
    void *context;
};

/* Every error is a no: no polkit, an unknown action, a caller who went away while he was asked. */
static void answered(GObject *source, GAsyncResult *result, gpointer data)
{
    struct check *check = data;
    GVariant *reply = g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, NULL);
    gboolean authorized = FALSE;

    if (reply != NULL) {
        g_variant_get(reply, "((bb@a{ss}))", &authorized, NULL, NULL);
        g_variant_unref(reply);
    }
    check->decided(check->context, authorized && !check->peer->gone);
    hf_peer_unref(check->peer);
    g_free(check);
}

static GVariant *question(const struct hf_peer *peer, enum hf_action action, bool interactive)
{
    char *id = g_strconcat(HF_BUS_NAME ".", hf_action_id(action), NULL);
    GVariantBuilder subject;
    GVariant *all;

    g_variant_builder_init(&subject, G_VARIANT_TYPE("a{sv}"));
    g_variant_builder_add(&subject, "{sv}", "name", g_variant_new_string(peer->name));
    all = g_variant_new("((sa{sv})s@a{ss}us)", "system-bus-name", &subject, id,
                        g_variant_new_array(G_VARIANT_TYPE("{ss}"), NULL, 0),
                        interactive ? ALLOW_INTERACTION : 0u, "");
    g_free(id);
    return all;
}

void hf_authority_check(struct hf_peer *peer, enum hf_action action, bool interactive,
                        hf_authority_decided_fn *decided, void *context)
{
    struct check *check;

    if (peer->trusted || action == HF_ACTION_NONE || peer->name == NULL) {
        decided(context, peer->trusted || action == HF_ACTION_NONE);
        return;
    }
    check = g_new(struct check, 1);
    *check = (struct check){ hf_peer_ref(peer), decided, context };
    g_dbus_connection_call(peer->connection, POLKIT_NAME, POLKIT_PATH, POLKIT_INTERFACE,
                           "CheckAuthorization", question(peer, action, interactive),
                           G_VARIANT_TYPE("((bba{ss}))"), G_DBUS_CALL_FLAGS_NONE,
                           interactive ? ASK_MILLIS : CHECK_MILLIS, NULL, answered, check);
}
