/* Profiles and the session as objects of the bus: their paths, their properties, and who is told of
 * a change: nobody who does not see the profile. */
#ifndef HF_DAEMON_OBJECTS_H
#define HF_DAEMON_OBJECTS_H

#include "daemon/manager.h"

/* The path of the profile's object, freed with g_free(). */
char *hf_object_path(const struct hf_profile_ref *ref);
/* The reverse; false for a path that the other cannot have made. */
bool hf_object_parse_path(const char *path, struct hf_profile_ref *out) HF_MUST_USE;

/* As in properties and lists. */
const char *hf_object_protocol(const struct hf_store_entry *entry);
const char *hf_object_scope(const struct hf_store_entry *entry);
const char *hf_object_origin(const struct hf_store_entry *entry);

/* a{sv}, floating. */
GVariant *hf_object_profile_properties(const struct hf_store_entry *entry);
GVariant *hf_object_session_properties(struct hf_manager *manager, unsigned uid);

/* Tells those who see the profile and listen. */
void hf_objects_emit_change(struct hf_manager *manager, enum hf_store_change change,
                            const struct hf_store_entry *entry);
/* The arguments of the session's PropertiesChanged, floating: the state, and that the rest changed.
 * Everybody may read it. */
GVariant *hf_object_session_changed(struct hf_manager *manager);

#endif
