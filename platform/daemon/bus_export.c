/* Our objects on one connection: see bus_export.h. Introspection names no profile, and treats every
 * path below profiles/ alike, whether there is one or not: who may know is decided when a caller's
 * uid is known, in the manager. */
#include "daemon/bus_export.h"

#include "ipc/interface.h"
#include "ipc/names.h"

static void method_called(GDBusConnection *connection, const gchar *sender, const gchar *path,
                          const gchar *interface, const gchar *method, GVariant *parameters,
                          GDBusMethodInvocation *invocation, gpointer data)
{
    const struct hf_bus_export *export = data;

    (void)path;
    (void)interface;
    (void)method;
    (void)parameters;
    export->called(export->context, connection, sender, invocation);
}

/* Without functions for properties their calls come as methods as well. */
static const GDBusInterfaceVTable methods = { .method_call = method_called };

static gchar **enumerate(GDBusConnection *connection, const gchar *sender, const gchar *path,
                         gpointer data)
{
    (void)connection;
    (void)sender;
    (void)path;
    (void)data;
    return g_new0(gchar *, 1);
}

static GDBusInterfaceInfo **introspect(GDBusConnection *connection, const gchar *sender,
                                       const gchar *path, const gchar *node, gpointer data)
{
    GDBusInterfaceInfo **interfaces = g_new0(GDBusInterfaceInfo *, 2);

    (void)connection;
    (void)sender;
    (void)path;
    (void)data;
    if (node != NULL)
        interfaces[0] = g_dbus_interface_info_ref(
            (GDBusInterfaceInfo *)&io_github_holdfastvpn_holdfast1_profile_interface);
    return interfaces;
}

static const GDBusInterfaceVTable *dispatch(GDBusConnection *connection, const gchar *sender,
                                            const gchar *path, const gchar *interface,
                                            const gchar *node, gpointer *out_data, gpointer data)
{
    (void)connection;
    (void)sender;
    (void)path;
    (void)interface;
    *out_data = data;
    return node == NULL ? NULL : &methods;
}

static const GDBusSubtreeVTable profiles = { .enumerate = enumerate,
                                             .introspect = introspect,
                                             .dispatch = dispatch };

bool hf_bus_export_on(const struct hf_bus_export *export, GDBusConnection *connection)
{
    static const struct {
        const char *path;
        const GDBusInterfaceInfo *interface;
    } objects[] = {
        {HF_BUS_PATH,          &io_github_holdfastvpn_holdfast1_manager_interface},
        { HF_BUS_PATH,         &org_freedesktop_dbus_object_manager_interface    },
        { HF_BUS_SESSION_PATH, &io_github_holdfastvpn_holdfast1_session_interface},
    };
    gpointer data = (gpointer) export;

    for (size_t i = 0; i < G_N_ELEMENTS(objects); i++) {
        if (g_dbus_connection_register_object(connection, objects[i].path,
                                              (GDBusInterfaceInfo *)objects[i].interface, &methods,
                                              data, NULL, NULL) == 0)
            return false;
    }
    return g_dbus_connection_register_subtree(connection, HF_BUS_PROFILES_PATH, &profiles,
                                              G_DBUS_SUBTREE_FLAGS_DISPATCH_TO_UNENUMERATED_NODES,
                                              data, NULL, NULL) != 0;
}
