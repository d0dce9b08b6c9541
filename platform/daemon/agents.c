/* Secrets agents: see agents.h. */
#include "daemon/agents.h"

#include "daemon/call.h"
#include "ipc/channel.h"
#include "ipc/names.h"

#include <gio/gunixfdlist.h>
#include <string.h>
#include <unistd.h>

#define CANCELLED_ERROR HF_BUS_ERROR_PREFIX "cancelled"
#define TELL_MILLIS     10000

struct agent {
    struct hf_peer *peer; /* held */
    char *path;
};

struct hf_agents {
    GList *all;       /* the latest first */
    GList *questions; /* that wait for an answer */
};

struct question {
    struct hf_agents *agents; /* NULL: they are gone */
    GCancellable *cancellable;
    uint32_t names;
    hf_agents_answered_fn *answered;
    void *context;
};

/* --- who there is ----------------------------------------------------------------------------- */
static void drop(struct hf_agents *agents, struct agent *agent)
{
    agents->all = g_list_remove(agents->all, agent);
    hf_peer_unref(agent->peer);
    g_free(agent->path);
    g_free(agent);
}

static void drop_gone(struct hf_agents *agents)
{
    for (GList *at = agents->all, *next; at != NULL; at = next) {
        struct agent *agent = at->data;

        next = at->next;
        if (agent->peer->gone || g_dbus_connection_is_closed(agent->peer->connection))
            drop(agents, agent);
    }
}

static struct agent *agent_of_peer(struct hf_agents *agents, const struct hf_peer *peer)
{
    for (GList *at = agents->all; at != NULL; at = at->next) {
        if (((struct agent *)at->data)->peer == peer)
            return at->data;
    }
    return NULL;
}

/* The latest of this uid. */
static struct agent *agent_of_uid(struct hf_agents *agents, unsigned uid)
{
    drop_gone(agents);
    for (GList *at = agents->all; at != NULL; at = at->next) {
        if (((struct agent *)at->data)->peer->uid == uid)
            return at->data;
    }
    return NULL;
}

static unsigned count(struct hf_agents *agents, unsigned uid)
{
    unsigned found = 0;

    for (GList *at = agents->all; at != NULL; at = at->next)
        found += ((struct agent *)at->data)->peer->uid == uid;
    return found;
}

bool hf_agents_has(struct hf_agents *agents, unsigned uid)
{
    return agent_of_uid(agents, uid) != NULL;
}

hf_status hf_agents_register(struct hf_agents *agents, struct hf_peer *peer, const char *path)
{
    struct agent *agent = agent_of_peer(agents, peer);

    drop_gone(agents);
    if (agent == NULL && count(agents, peer->uid) >= HF_AGENTS_PER_UID)
        return HF_ERR_BUSY;
    if (agent != NULL)
        drop(agents, agent);
    agent = g_new(struct agent, 1);
    *agent = (struct agent){ hf_peer_ref(peer), g_strdup(path) };
    agents->all = g_list_prepend(agents->all, agent);
    return HF_OK;
}

hf_status hf_agents_unregister(struct hf_agents *agents, const struct hf_peer *peer,
                               const char *path)
{
    struct agent *agent = agent_of_peer(agents, peer);

    if (agent == NULL || strcmp(agent->path, path) != 0)
        return HF_ERR_NOT_FOUND;
    drop(agents, agent);
    return HF_OK;
}

/* --- asking ----------------------------------------------------------------------------------- */
static hf_status read_value(GUnixFDList *fds, gint32 handle, hf_buf *out)
{
    hf_status status = HF_ERR_SECRET_NEEDED;
    int fd = -1;

    if (fds != NULL && handle >= 0 && handle < g_unix_fd_list_get_length(fds))
        fd = g_unix_fd_list_get(fds, handle, NULL);
    if (fd >= 0) {
        status = hf_ipc_read_fd(fd, HF_CALL_SECRET_MAX, out);
        close(fd);
    }
    return status;
}

/* What was not asked for is passed over. */
static hf_status read_answer(GVariant *reply, GUnixFDList *fds, uint32_t names,
                             struct hf_secrets *out)
{
    hf_status status = HF_OK;
    GVariantIter *iter;
    const char *text;
    gint32 handle;

    g_variant_get(reply, "(a{sh})", &iter);
    while (status == HF_OK && g_variant_iter_next(iter, "{&sh}", &text, &handle)) {
        enum hf_secret_name name;

        if (!hf_secret_name_of_text(hf_bytes_of_string(text), &name) || (names >> name & 1) == 0)
            continue;
        hf_buf_clear(&out->values[name]);
        status = read_value(fds, handle, &out->values[name]);
    }
    g_variant_iter_free(iter);
    return status;
}

static hf_status status_of_error(const GError *error)
{
    gchar *name = g_dbus_error_get_remote_error(error);
    bool cancelled = g_strcmp0(name, CANCELLED_ERROR) == 0;

    g_free(name);
    return cancelled ? HF_ERR_CANCELLED : HF_ERR_SECRET_NEEDED;
}

static void answered(GObject *source, GAsyncResult *result, gpointer data)
{
    struct question *question = data;
    struct hf_secrets secrets;
    GUnixFDList *fds = NULL;
    GError *error = NULL;
    GVariant *reply = g_dbus_connection_call_with_unix_fd_list_finish(G_DBUS_CONNECTION(source),
                                                                      &fds, result, &error);
    hf_status status;

    hf_secrets_init(&secrets);
    status =
        reply == NULL ? status_of_error(error) : read_answer(reply, fds, question->names, &secrets);
    g_clear_error(&error);
    g_clear_object(&fds);
    if (reply != NULL)
        g_variant_unref(reply);
    if (question->agents != NULL) {
        question->agents->questions = g_list_remove(question->agents->questions, question);
        question->answered(question->context, status, &secrets);
    }
    hf_secrets_clear(&secrets);
    g_object_unref(question->cancellable);
    g_free(question);
}

static GVariant *arguments_of(const struct hf_agents_question *question)
{
    GVariantBuilder names, hints;
    char key[HF_OWNER_KEY_MAX];

    g_variant_builder_init(&names, G_VARIANT_TYPE("as"));
    for (unsigned name = 0; name < HF_SECRET_NAME_COUNT; name++) {
        if ((question->names >> name & 1) != 0)
            g_variant_builder_add(&names, "s", hf_secret_name_text((enum hf_secret_name)name));
    }
    g_variant_builder_init(&hints, G_VARIANT_TYPE("a{sv}"));
    g_variant_builder_add(&hints, "{sv}", "name", g_variant_new_string(question->name));
    g_variant_builder_add(&hints, "{sv}", "retry", g_variant_new_boolean(question->retry));
    g_variant_builder_add(&hints, "{sv}", "saved-allowed",
                          g_variant_new_boolean(question->may_save));
    return g_variant_new("(sasa{sv})", hf_profile_ref_format(&question->ref, key), &names, &hints);
}

void hf_agents_ask(struct hf_agents *agents, const struct hf_agents_question *asked,
                   hf_agents_answered_fn *done, void *context)
{
    struct agent *agent = agent_of_uid(agents, asked->uid);
    struct question *question;

    if (agent == NULL) {
        struct hf_secrets none;

        hf_secrets_init(&none);
        done(context, HF_ERR_SECRET_NEEDED, &none);
        return;
    }
    question = g_new(struct question, 1);
    *question = (struct question){ agents, g_cancellable_new(), asked->names, done, context };
    agents->questions = g_list_prepend(agents->questions, question);
    g_dbus_connection_call_with_unix_fd_list(
        agent->peer->connection, agent->peer->name, agent->path, HF_BUS_AGENT_INTERFACE,
        "GetSecrets", arguments_of(asked), G_VARIANT_TYPE("(a{sh})"), G_DBUS_CALL_FLAGS_NONE,
        HF_AGENT_WAIT_SECONDS * 1000, NULL, question->cancellable, answered, question);
}

/* --- telling ---------------------------------------------------------------------------------- */
static void tell(const struct agent *agent, const char *method, GVariant *arguments,
                 GUnixFDList *fds)
{
    g_dbus_connection_call_with_unix_fd_list(
        agent->peer->connection, agent->peer->name, agent->path, HF_BUS_AGENT_INTERFACE, method,
        arguments, NULL, G_DBUS_CALL_FLAGS_NONE, TELL_MILLIS, fds, NULL, NULL, NULL);
}

void hf_agents_save(struct hf_agents *agents, unsigned uid, const struct hf_profile_ref *ref,
                    const struct hf_secrets *secrets)
{
    const struct agent *agent = agent_of_uid(agents, uid);
    GUnixFDList *fds;
    GVariantBuilder values;
    char key[HF_OWNER_KEY_MAX];

    if (agent == NULL)
        return;
    fds = g_unix_fd_list_new();
    g_variant_builder_init(&values, G_VARIANT_TYPE("a{sh}"));
    for (unsigned name = 0; name < HF_SECRET_NAME_COUNT; name++) {
        int fd = secrets->values[name].len == 0
                     ? -1
                     : hf_ipc_sealed_memfd("secret", hf_buf_bytes(&secrets->values[name]));

        if (fd < 0)
            continue;
        g_variant_builder_add(&values, "{sh}", hf_secret_name_text((enum hf_secret_name)name),
                              g_unix_fd_list_append(fds, fd, NULL));
        close(fd);
    }
    tell(agent, "SaveSecrets", g_variant_new("(sa{sh})", hf_profile_ref_format(ref, key), &values),
         fds);
    g_object_unref(fds);
}

void hf_agents_delete(struct hf_agents *agents, unsigned uid, const struct hf_profile_ref *ref)
{
    char key[HF_OWNER_KEY_MAX];

    drop_gone(agents);
    hf_profile_ref_format(ref, key);
    for (GList *at = agents->all; at != NULL; at = at->next) {
        if (((struct agent *)at->data)->peer->uid == uid)
            tell(at->data, "DeleteSecrets", g_variant_new("(sas)", key, NULL), NULL);
    }
}

/* --- life ------------------------------------------------------------------------------------- */
struct hf_agents *hf_agents_new(void)
{
    return g_new0(struct hf_agents, 1);
}

void hf_agents_free(struct hf_agents *agents)
{
    if (agents == NULL)
        return;
    while (agents->all != NULL)
        drop(agents, agents->all->data);
    for (GList *at = agents->questions; at != NULL; at = at->next) {
        struct question *question = at->data;

        question->agents = NULL; /* its answer comes once more, if the main loop runs again */
        g_cancellable_cancel(question->cancellable);
    }
    g_list_free(agents->questions);
    g_free(agents);
}
