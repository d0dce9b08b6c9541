/* Tests of what the daemon keeps on disk (daemon/files.h, store.h, intent.h, hints.h). */
#include "daemon/store.h"
#include "daemon/files.h"
#include "daemon/hints.h"
#include "daemon/intent.h"
#include "support/test.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whose the files are that name no owner. */
#define LEGACY 64800

/* A folder of the test's own, with nothing in it. */
struct folder {
    char path[64];
};

static struct folder folder_new(void)
{
    struct folder folder = { "/tmp/hf-store-XXXXXX" };

    cr_assert_not_null(mkdtemp(folder.path));
    return folder;
}

static int remove_entry(const char *path, const struct stat *entry, int kind, struct FTW *where)
{
    (void)entry;
    (void)kind;
    (void)where;
    return remove(path);
}

static void folder_remove(const struct folder *folder)
{
    cr_expect_eq(nftw(folder->path, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static void fill(struct hf_profile *profile, const char *id, const char *name)
{
    hf_profile_init(profile);
    memcpy(profile->id, id, strlen(id) + 1);
    memcpy(profile->name, name, strlen(name) + 1);
    memcpy(profile->gateways[0], "vpn.example.org", sizeof "vpn.example.org");
    profile->gateway_count = 1;
    memcpy(profile->local_identity, "me@example.org", sizeof "me@example.org");
    profile->auth = HF_PROFILE_AUTH_PSK;
    profile->gateway_uses_psk = true;
}

static void save(struct hf_store *store, hf_owner owner, const char *id, const char *name,
                 const char *psk)
{
    struct hf_profile profile;
    struct hf_secrets secrets;

    fill(&profile, id, name);
    hf_secrets_init(&secrets);
    cr_assert(hf_buf_append(&secrets.values[HF_SECRET_PSK], hf_bytes_of_string(psk)));
    cr_assert_eq(hf_store_save(store, owner, &profile, &secrets), HF_OK);
    hf_secrets_clear(&secrets);
    hf_profile_clear(&profile);
}

static struct hf_store *store_in(const struct folder *folder)
{
    struct hf_store *store;

    cr_assert_eq(hf_store_new(folder->path, LEGACY, &store), HF_OK);
    return store;
}

/* --- files ------------------------------------------------------------------------------------ */
Test(files, are_read_as_written_and_private)
{
    struct folder folder = folder_new();
    hf_buf read = hf_buf_with_max(16);
    char path[HF_PATH_MAX];
    struct stat entry;

    cr_assert_eq(hf_files_write(folder.path, "file", hf_bytes_of_string("one")), HF_OK);
    cr_assert_eq(hf_files_write(folder.path, "file", hf_bytes_of_string("two")), HF_OK);
    cr_assert_eq(hf_files_read(folder.path, "file", &read), HF_OK);
    cr_expect(hf_bytes_equal(hf_buf_bytes(&read), hf_bytes_of_string("two")));
    cr_assert_eq(hf_instance_path(folder.path, "file", path), HF_OK);
    cr_assert_eq(stat(path, &entry), 0);
    cr_expect_eq(entry.st_mode & 0777, 0600);
    hf_buf_free(&read);
    folder_remove(&folder);
}

Test(files, that_are_too_long_or_not_there_are_refused)
{
    struct folder folder = folder_new();
    hf_buf read = hf_buf_with_max(2);

    cr_expect_eq(hf_files_read(folder.path, "file", &read), HF_ERR_NOT_FOUND);
    cr_assert_eq(hf_files_write(folder.path, "file", hf_bytes_of_string("one")), HF_OK);
    cr_expect_eq(hf_files_read(folder.path, "file", &read), HF_ERR_TOO_LARGE);
    cr_expect_eq(read.len, 0);
    hf_files_remove(folder.path, "file");
    hf_files_remove(folder.path, "file"); /* it is gone: no failure */
    cr_expect_eq(hf_files_read(folder.path, "file", &read), HF_ERR_NOT_FOUND);
    hf_buf_free(&read);
    folder_remove(&folder);
}

Test(files, are_not_read_through_a_link)
{
    struct folder folder = folder_new();
    hf_buf read = hf_buf_with_max(4096);
    char path[HF_PATH_MAX];

    cr_assert_eq(hf_instance_path(folder.path, "file", path), HF_OK);
    cr_assert_eq(symlink("/etc/hostname", path), 0);
    cr_expect_neq(hf_files_read(folder.path, "file", &read), HF_OK);
    hf_buf_free(&read);
    folder_remove(&folder);
}

Test(files, have_names_of_ours_alone)
{
    static const char *const bad[] = { "", ".", "..", ".a", "a/b", "A", "a b", "a\n", "\xc3\xa4" };

    for (size_t i = 0; i < HF_ARRAY_LEN(bad); i++)
        cr_expect_not(hf_files_name_is_good(bad[i]), "%s", bad[i]);
    cr_expect(hf_files_name_is_good("example-corp_2.json"));
}

/* --- profiles --------------------------------------------------------------------------------- */
static struct hf_profile_ref ref_of(hf_owner owner, const char *id)
{
    struct hf_profile_ref ref = { .owner = owner };

    memcpy(ref.id, id, strlen(id) + 1);
    return ref;
}

static void expect_psk(struct hf_store *store, hf_owner owner, const char *id, const char *name,
                       const char *psk)
{
    struct hf_profile_ref ref = ref_of(owner, id);
    struct hf_profile profile;
    struct hf_secrets secrets;
    struct hf_fault fault;

    hf_profile_init(&profile);
    hf_secrets_init(&secrets);
    cr_assert_eq(hf_store_load(store, &ref, &profile, &secrets, &fault), HF_OK);
    cr_expect_str_eq(profile.name, name);
    cr_expect(
        hf_bytes_equal(hf_buf_bytes(&secrets.values[HF_SECRET_PSK]), hf_bytes_of_string(psk)));
    hf_profile_clear(&profile);
    hf_secrets_clear(&secrets);
}

static hf_status find(struct hf_store *store, unsigned uid, const char *text, const char *wanted)
{
    struct hf_profile_ref ref = ref_of(0, "");
    char key[HF_OWNER_KEY_MAX];
    hf_status status = hf_store_find(store, uid, text, &ref);

    if (status == HF_OK)
        cr_expect_str_eq(hf_profile_ref_format(&ref, key), wanted);
    return status;
}

Test(store, gives_back_what_it_was_given_to_who_opens_it_next)
{
    struct folder folder = folder_new();
    struct hf_store *store = store_in(&folder);

    save(store, 1000, "office", "The Office", "one");
    expect_psk(store, 1000, "office", "The Office", "one");
    hf_store_free(store);
    store = store_in(&folder);
    expect_psk(store, 1000, "office", "The Office", "one");
    cr_expect_eq(find(store, 1000, "The Office", "1000/office"), HF_OK);
    hf_store_free(store);
    folder_remove(&folder);
}

Test(store, keeps_secrets_that_a_new_version_does_not_bring)
{
    struct folder folder = folder_new();
    struct hf_store *store = store_in(&folder);
    struct hf_profile profile;
    struct hf_secrets secrets;

    save(store, 1000, "office", "The Office", "one");
    fill(&profile, "office", "Anew");
    hf_secrets_init(&secrets);
    cr_assert_eq(hf_store_save(store, 1000, &profile, &secrets), HF_OK);
    expect_psk(store, 1000, "office", "Anew", "one");
    hf_profile_clear(&profile);
    hf_store_free(store);
    folder_remove(&folder);
}

Test(store, finds_by_id_by_name_and_the_only_one)
{
    struct folder folder = folder_new();
    struct hf_store *store = store_in(&folder);

    cr_expect_eq(find(store, 1000, "", ""), HF_ERR_NOT_FOUND);
    save(store, 1000, "office", "Same", "one");
    cr_expect_eq(find(store, 1000, "", "1000/office"), HF_OK);
    cr_expect_eq(find(store, 1000, "Same", "1000/office"), HF_OK);
    save(store, 1000, "b", "Same", "two");
    cr_expect_eq(find(store, 1000, "", ""), HF_ERR_NOT_FOUND);
    cr_expect_eq(find(store, 1000, "Same", ""), HF_ERR_NOT_FOUND, "two of that name");
    cr_expect_eq(find(store, 1000, "b", "1000/b"), HF_OK);
    cr_expect_eq(find(store, 1000, "../profiles/b", ""), HF_ERR_NOT_FOUND);
    hf_store_free(store);
    folder_remove(&folder);
}

Test(store, shows_nobody_what_is_anothers)
{
    static const char *const words[] = { "office", "The Office", "1000/office", "" };
    struct folder folder = folder_new();
    struct hf_store *store = store_in(&folder);

    save(store, 1000, "office", "The Office", "one");
    for (size_t i = 0; i < HF_ARRAY_LEN(words); i++)
        cr_expect_eq(find(store, 1001, words[i], ""), HF_ERR_NOT_FOUND, "%s", words[i]);
    cr_expect_eq(find(store, 0, "office", "1000/office"), HF_OK, "root sees all");
    save(store, 1001, "office", "Elsewhere", "two");
    cr_expect_eq(find(store, 1000, "office", "1000/office"), HF_OK);
    cr_expect_eq(find(store, 1001, "office", "1001/office"), HF_OK);
    cr_expect_eq(find(store, 0, "office", ""), HF_ERR_NOT_FOUND, "whose?");
    expect_psk(store, 1000, "office", "The Office", "one");
    expect_psk(store, 1001, "office", "Elsewhere", "two");
    hf_store_free(store);
    folder_remove(&folder);
}

Test(store, shows_everybody_the_systems_behind_his_own)
{
    struct folder folder = folder_new();
    struct hf_store *store = store_in(&folder);

    save(store, HF_OWNER_SYSTEM, "office", "All of us", "one");
    cr_expect_eq(find(store, 1000, "office", "system/office"), HF_OK);
    save(store, 1000, "office", "Mine", "two");
    cr_expect_eq(find(store, 1000, "office", "1000/office"), HF_OK);
    cr_expect_eq(find(store, 1000, "system/office", "system/office"), HF_OK);
    cr_expect_eq(find(store, 1001, "office", "system/office"), HF_OK);
    hf_store_free(store);
    folder_remove(&folder);
}

Test(store, passes_over_a_file_that_it_cannot_read)
{
    struct folder folder = folder_new();
    struct hf_store *store = store_in(&folder);
    struct hf_profile_ref broken = ref_of(1000, "b");
    char profiles[HF_PATH_MAX];

    save(store, 1000, "office", "The Office", "one");
    hf_store_free(store);
    cr_assert_eq(hf_instance_path(folder.path, "profiles/1000", profiles), HF_OK);
    cr_assert_eq(hf_files_write(profiles, "b.json", hf_bytes_of_string("{")), HF_OK);
    store = store_in(&folder);
    cr_expect_eq(find(store, 1000, "", "1000/office"), HF_OK);
    cr_assert_not_null(hf_store_entry(store, &broken));
    cr_expect_not(hf_store_entry(store, &broken)->good);
    hf_store_free(store);
    folder_remove(&folder);
}

Test(store, reads_a_file_when_it_is_asked_for)
{
    struct folder folder = folder_new();
    struct hf_store *store = store_in(&folder);
    struct hf_profile_ref ref = ref_of(1000, "office");
    char profiles[HF_PATH_MAX];

    save(store, 1000, "office", "Before", "one");
    hf_store_free(store);
    store = store_in(&folder);
    cr_assert_eq(hf_instance_path(folder.path, "profiles/1000", profiles), HF_OK);
    hf_files_remove(profiles, "office.json");
    cr_expect_not(hf_store_entry(store, &ref)->good, "not when the store was opened");
    cr_expect_eq(hf_store_entry(store, &ref)->kept, 1u << HF_SECRET_PSK);
    hf_store_free(store);
    folder_remove(&folder);
}

Test(store, removes_profile_and_secrets)
{
    struct folder folder = folder_new();
    struct hf_store *store = store_in(&folder);
    struct hf_profile_ref ref = ref_of(1000, "office");
    char path[HF_PATH_MAX];

    save(store, 1000, "office", "The Office", "one");
    hf_store_remove(store, &ref);
    cr_expect_eq(find(store, 1000, "office", ""), HF_ERR_NOT_FOUND);
    cr_assert_eq(hf_instance_path(folder.path, "secrets/1000/office", path), HF_OK);
    cr_expect_neq(access(path, F_OK), 0);
    cr_assert_eq(hf_instance_path(folder.path, "profiles/1000/office.json", path), HF_OK);
    cr_expect_neq(access(path, F_OK), 0);
    hf_store_free(store);
    folder_remove(&folder);
}

Test(store, forgets_the_secrets_that_are_named)
{
    struct folder folder = folder_new();
    struct hf_store *store = store_in(&folder);
    struct hf_profile_ref ref = ref_of(1000, "office");

    save(store, 1000, "office", "The Office", "one");
    cr_expect_eq(hf_store_entry(store, &ref)->kept, 1u << HF_SECRET_PSK);
    cr_assert_eq(hf_store_clear_secrets(store, &ref, 1u << HF_SECRET_PASSWORD), HF_OK);
    expect_psk(store, 1000, "office", "The Office", "one");
    cr_assert_eq(hf_store_clear_secrets(store, &ref, 1u << HF_SECRET_PSK), HF_OK);
    expect_psk(store, 1000, "office", "The Office", "");
    cr_expect_eq(hf_store_entry(store, &ref)->kept, 0);
    hf_store_free(store);
    folder_remove(&folder);
}

Test(store, gives_the_files_of_before_to_the_instances_owner)
{
    struct folder folder = folder_new();
    struct hf_store *store = store_in(&folder);
    static const char *const names[][2] = {
        {"profiles/1000/office.json", "profiles/office.json"},
        { "secrets/1000/office",      "secrets/office"      },
    };
    char from[HF_PATH_MAX], to[HF_PATH_MAX];

    save(store, 1000, "office", "The Office", "one");
    hf_store_free(store);
    for (size_t i = 0; i < HF_ARRAY_LEN(names); i++) {
        cr_assert_eq(hf_instance_path(folder.path, names[i][0], from), HF_OK);
        cr_assert_eq(hf_instance_path(folder.path, names[i][1], to), HF_OK);
        cr_assert_eq(rename(from, to), 0);
    }
    store = store_in(&folder);
    expect_psk(store, LEGACY, "office", "The Office", "one");
    hf_store_free(store);
    folder_remove(&folder);
}

Test(store, has_an_end_for_each_owner)
{
    struct folder folder = folder_new();
    struct hf_store *store = store_in(&folder);
    struct hf_profile profile;
    struct hf_secrets secrets;
    char id[16];

    hf_secrets_init(&secrets);
    for (unsigned n = 0; n < HF_STORE_PROFILES_MAX; n++) {
        snprintf(id, sizeof id, "p%u", n);
        fill(&profile, id, "Many");
        cr_assert_eq(hf_store_save(store, 1000, &profile, &secrets), HF_OK);
        hf_profile_clear(&profile);
    }
    fill(&profile, "more", "Many");
    cr_expect_eq(hf_store_save(store, 1000, &profile, &secrets), HF_ERR_BUSY);
    cr_expect_eq(hf_store_save(store, 1001, &profile, &secrets), HF_OK, "another has his own");
    hf_profile_clear(&profile);
    fill(&profile, "p1", "Changed");
    cr_expect_eq(hf_store_save(store, 1000, &profile, &secrets), HF_OK, "it is there already");
    hf_profile_clear(&profile);
    hf_store_free(store);
    folder_remove(&folder);
}

/* --- intent and hints ------------------------------------------------------------------------- */
Test(intent, is_read_back_until_it_is_cleared)
{
    struct folder folder = folder_new();
    struct hf_intent office = { ref_of(1000, "office"), HF_NEVER };
    struct hf_intent intent;

    cr_expect_eq(hf_intent_read(folder.path, LEGACY, &intent), HF_ERR_NOT_FOUND);
    cr_assert_eq(hf_intent_save(folder.path, &office), HF_OK);
    cr_assert_eq(hf_intent_read(folder.path, LEGACY, &intent), HF_OK);
    cr_expect_str_eq(intent.ref.id, "office");
    cr_expect_eq(intent.ref.owner, 1000);
    hf_intent_clear(folder.path);
    cr_expect_eq(hf_intent_read(folder.path, LEGACY, &intent), HF_ERR_NOT_FOUND);
    folder_remove(&folder);
}

Test(intent, of_another_boot_is_none)
{
    struct folder folder = folder_new();
    struct hf_intent intent;

    cr_assert_eq(hf_files_write(folder.path, "intent",
                                hf_bytes_of_string("00000000-0000-0000-0000-000000000000 office")),
                 HF_OK);
    cr_expect_eq(hf_intent_read(folder.path, LEGACY, &intent), HF_ERR_NOT_FOUND);
    folder_remove(&folder);
}

Test(intent, that_cannot_be_read_is_not_taken_for_none)
{
    static const char *const damaged[] = { "", "garbage", "00000000-0000-0000-0000-000000000000 " };
    struct folder folder = folder_new();
    struct hf_intent intent;

    for (size_t i = 0; i < HF_ARRAY_LEN(damaged); i++) {
        cr_assert_eq(hf_files_write(folder.path, "intent", hf_bytes_of_string(damaged[i])), HF_OK);
        cr_expect_eq(hf_intent_read(folder.path, LEGACY, &intent), HF_ERR_MALFORMED);
    }
    folder_remove(&folder);
}

Test(intent, remembers_when_a_pause_ends)
{
    struct folder folder = folder_new();
    struct hf_intent paused = { ref_of(1000, "office"), HF_MINUTES(7) + 1 };
    struct hf_intent intent;

    cr_assert_eq(hf_intent_save(folder.path, &paused), HF_OK);
    cr_assert_eq(hf_intent_read(folder.path, LEGACY, &intent), HF_OK);
    cr_expect_eq(intent.resume_at, paused.resume_at);
    cr_expect_str_eq(intent.ref.id, "office");
    paused.resume_at = HF_NEVER;
    cr_assert_eq(hf_intent_save(folder.path, &paused), HF_OK);
    cr_assert_eq(hf_intent_read(folder.path, LEGACY, &intent), HF_OK);
    cr_expect_eq(intent.resume_at, HF_NEVER);
    folder_remove(&folder);
}

Test(intent, with_an_end_that_is_no_time_is_not_taken_for_a_pause)
{
    static const char *const damaged[] = { " ", " x", " 1 2", " -1", " 99999999999999999999" };
    struct folder folder = folder_new();
    struct hf_intent paused = { ref_of(1000, "office"), HF_NEVER }, intent;

    for (size_t i = 0; i < HF_ARRAY_LEN(damaged); i++) {
        hf_buf file = hf_buf_with_max(256);

        hf_intent_clear(folder.path);
        cr_assert_eq(hf_intent_save(folder.path, &paused), HF_OK);
        cr_assert_eq(hf_files_read(folder.path, "intent", &file), HF_OK);
        cr_assert(hf_buf_append(&file, hf_bytes_of_string(damaged[i])));
        cr_assert_eq(hf_files_write(folder.path, "intent", hf_buf_bytes(&file)), HF_OK);
        cr_expect_eq(hf_intent_read(folder.path, LEGACY, &intent), HF_ERR_MALFORMED);
        hf_buf_free(&file);
    }
    folder_remove(&folder);
}

Test(intent, without_an_owner_is_the_instances_owners)
{
    struct folder folder = folder_new();
    struct hf_intent office = { ref_of(1000, "office"), HF_NEVER }, intent;
    hf_buf file = hf_buf_with_max(128);

    cr_assert_eq(hf_intent_save(folder.path, &office), HF_OK);
    cr_assert_eq(hf_files_read(folder.path, "intent", &file), HF_OK);
    file.len -= strlen("1000/office");
    cr_assert(hf_buf_append(&file, hf_bytes_of_string("office")));
    cr_assert_eq(hf_files_write(folder.path, "intent", hf_buf_bytes(&file)), HF_OK);
    cr_assert_eq(hf_intent_read(folder.path, LEGACY, &intent), HF_OK);
    cr_expect_eq(intent.ref.owner, LEGACY);
    cr_expect_str_eq(intent.ref.id, "office");
    hf_buf_free(&file);
    folder_remove(&folder);
}

Test(hints, are_read_back_and_are_nobody_elses)
{
    struct folder folder = folder_new();
    struct hf_profile_ref office = ref_of(1000, "office"), another = ref_of(1001, "office");
    struct hf_attempt_summary summary = {
        .gateway = {HF_FAMILY_V4, { 203, 0, 113, 1 }},
          .ke = 31, .rtt = HF_MILLIS(20)
    };
    struct hf_attempt_hints hints = { 0 };

    hf_hints_load(folder.path, &office, &hints);
    cr_expect_eq(hints.last_good_count, 0);
    hf_hints_save(folder.path, &office, &summary);
    hf_hints_load(folder.path, &office, &hints);
    cr_assert_eq(hints.last_good_count, 1);
    cr_expect(hf_address_equal(&hints.last_good[0], &summary.gateway));
    cr_expect_eq(hints.last_ke, 31);
    cr_expect_eq(hints.rtt, HF_MILLIS(20));
    hints = (struct hf_attempt_hints){ 0 };
    hf_hints_load(folder.path, &another, &hints);
    cr_expect_eq(hints.last_good_count, 0);
    hf_hints_forget(folder.path, &office);
    hf_hints_load(folder.path, &office, &hints);
    cr_expect_eq(hints.last_good_count, 0);
    folder_remove(&folder);
}

Test(hints, a_lesson_is_written_once_and_is_not_lost_with_what_taught_it)
{
    struct hf_attempt_summary summary = {
        .gateway = {HF_FAMILY_V4, { 192, 0, 2, 7 }},
          .ke = 31, .rtt = HF_MILLIS(21)
    };
    struct folder folder = folder_new();
    struct hf_hints_lesson lesson = { 0 };
    struct hf_attempt_hints hints = { 0 };
    struct hf_profile_ref office = ref_of(1000, "office");

    hf_hints_flush(&lesson, folder.path); /* none yet */
    hf_hints_note(&lesson, &office, &summary);
    summary = (struct hf_attempt_summary){ 0 };
    hf_hints_load(folder.path, &office, &hints);
    cr_expect_eq(hints.last_ke, 0, "the disk was not touched");
    hf_hints_flush(&lesson, folder.path);
    hf_hints_load(folder.path, &office, &hints);
    cr_expect_eq(hints.last_ke, 31);
    hf_hints_save(folder.path, &office, &summary);
    hf_hints_flush(&lesson, folder.path);
    hints = (struct hf_attempt_hints){ 0 };
    hf_hints_load(folder.path, &office, &hints);
    cr_expect_eq(hints.last_ke, 0, "it is written once");
    folder_remove(&folder);
}

Test(intent, what_is_saved_already_is_not_written_again)
{
    struct hf_intent office = { ref_of(1000, "office"), HF_NEVER };
    struct hf_intent home = { ref_of(1000, "home"), HF_NEVER };
    struct folder folder = folder_new();
    char path[HF_PATH_MAX];
    struct stat before, after;

    cr_assert_eq(hf_instance_path(folder.path, "intent", path), HF_OK);
    cr_assert_eq(hf_intent_save(folder.path, &office), HF_OK);
    cr_assert_eq(stat(path, &before), 0);
    cr_assert_eq(hf_intent_save(folder.path, &office), HF_OK);
    cr_assert_eq(stat(path, &after), 0);
    cr_expect_eq(before.st_ino, after.st_ino, "a full disk would refuse it");
    cr_assert_eq(hf_intent_save(folder.path, &home), HF_OK);
    cr_assert_eq(stat(path, &after), 0);
    cr_expect_neq(before.st_ino, after.st_ino);
    folder_remove(&folder);
}
