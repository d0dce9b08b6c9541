/* Tests of what the daemon keeps on disk (daemon/files.h, store.h, intent.h, hints.h). */
#include "daemon/store.h"
#include "daemon/files.h"
#include "daemon/hints.h"
#include "daemon/intent.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static void folder_remove(const struct folder *folder)
{
    static const char *const names[] = { "profiles/office.json",
                                         "profiles/.new",
                                         "profiles/b.json",
                                         "secrets/office",
                                         "secrets/b",
                                         "hints/office",
                                         "intent",
                                         "file",
                                         "profiles",
                                         "secrets",
                                         "hints" };
    char path[HF_PATH_MAX];

    for (size_t i = 0; i < HF_ARRAY_LEN(names); i++) {
        cr_assert_eq(hf_instance_path(folder->path, names[i], path), HF_OK);
        (void)remove(path);
    }
    cr_expect_eq(rmdir(folder->path), 0, "something else was left there");
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

static void save(struct hf_store *store, const char *id, const char *name, const char *psk)
{
    struct hf_profile profile;
    struct hf_secrets secrets;

    fill(&profile, id, name);
    hf_secrets_init(&secrets);
    cr_assert(hf_buf_append(&secrets.values[HF_SECRET_PSK], hf_bytes_of_string(psk)));
    cr_assert_eq(hf_store_save(store, &profile, &secrets), HF_OK);
    hf_secrets_clear(&secrets);
    hf_profile_clear(&profile);
}

static struct hf_store *store_in(const struct folder *folder)
{
    struct hf_store *store;

    cr_assert_eq(hf_store_new(folder->path, &store), HF_OK);
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
Test(store, gives_back_what_it_was_given)
{
    struct folder folder = folder_new();
    struct hf_store *store = store_in(&folder);
    struct hf_profile profile;
    struct hf_secrets secrets;
    struct hf_fault fault;

    save(store, "office", "The Office", "one");
    hf_profile_init(&profile);
    hf_secrets_init(&secrets);
    cr_assert_eq(hf_store_load(store, "office", &profile, &secrets, &fault), HF_OK);
    cr_expect_str_eq(profile.name, "The Office");
    cr_expect(
        hf_bytes_equal(hf_buf_bytes(&secrets.values[HF_SECRET_PSK]), hf_bytes_of_string("one")));
    hf_profile_clear(&profile);
    hf_secrets_clear(&secrets);
    hf_store_free(store);
    folder_remove(&folder);
}

Test(store, keeps_secrets_that_a_new_version_does_not_bring)
{
    struct folder folder = folder_new();
    struct hf_store *store = store_in(&folder);
    struct hf_profile profile;
    struct hf_secrets secrets;
    struct hf_fault fault;

    save(store, "office", "The Office", "one");
    fill(&profile, "office", "Anew");
    hf_secrets_init(&secrets);
    cr_assert_eq(hf_store_save(store, &profile, &secrets), HF_OK);
    cr_assert_eq(hf_store_load(store, "office", &profile, &secrets, &fault), HF_OK);
    cr_expect_str_eq(profile.name, "Anew");
    cr_expect_eq(secrets.values[HF_SECRET_PSK].len, 3);
    hf_profile_clear(&profile);
    hf_secrets_clear(&secrets);
    hf_store_free(store);
    folder_remove(&folder);
}

Test(store, finds_by_id_by_name_and_the_only_one)
{
    struct folder folder = folder_new();
    struct hf_store *store = store_in(&folder);
    char id[HF_PROFILE_TEXT_MAX];

    cr_expect_eq(hf_store_find(store, "", id), HF_ERR_NOT_FOUND);
    save(store, "office", "Same", "one");
    cr_expect_eq(hf_store_find(store, "", id), HF_OK);
    cr_expect_str_eq(id, "office");
    cr_expect_eq(hf_store_find(store, "Same", id), HF_OK);
    save(store, "b", "Same", "two");
    cr_expect_eq(hf_store_find(store, "", id), HF_ERR_NOT_FOUND);
    cr_expect_eq(hf_store_find(store, "Same", id), HF_ERR_NOT_FOUND, "two of that name");
    cr_expect_eq(hf_store_find(store, "b", id), HF_OK);
    cr_expect_eq(hf_store_find(store, "../profiles/b", id), HF_ERR_NOT_FOUND);
    hf_store_free(store);
    folder_remove(&folder);
}

Test(store, passes_over_a_file_that_it_cannot_read)
{
    struct folder folder = folder_new();
    struct hf_store *store = store_in(&folder);
    char id[HF_PROFILE_TEXT_MAX], name[HF_PROFILE_TEXT_MAX], profiles[HF_PATH_MAX];

    save(store, "office", "The Office", "one");
    cr_assert_eq(hf_instance_path(folder.path, "profiles", profiles), HF_OK);
    cr_assert_eq(hf_files_write(profiles, "b.json", hf_bytes_of_string("{")), HF_OK);
    cr_assert(hf_store_nth(store, 0, id, name));
    cr_expect_str_eq(id, "office");
    cr_expect_not(hf_store_nth(store, 1, id, name));
    hf_store_free(store);
    folder_remove(&folder);
}

/* --- intent and hints ------------------------------------------------------------------------- */
Test(intent, is_read_back_until_it_is_cleared)
{
    struct folder folder = folder_new();
    char profile[HF_PROFILE_TEXT_MAX];

    cr_expect_eq(hf_intent_read(folder.path, profile), HF_ERR_NOT_FOUND);
    cr_assert_eq(hf_intent_save(folder.path, "office"), HF_OK);
    cr_assert_eq(hf_intent_read(folder.path, profile), HF_OK);
    cr_expect_str_eq(profile, "office");
    hf_intent_clear(folder.path);
    cr_expect_eq(hf_intent_read(folder.path, profile), HF_ERR_NOT_FOUND);
    folder_remove(&folder);
}

Test(intent, of_another_boot_is_none)
{
    struct folder folder = folder_new();
    char profile[HF_PROFILE_TEXT_MAX];

    cr_assert_eq(hf_files_write(folder.path, "intent",
                                hf_bytes_of_string("00000000-0000-0000-0000-000000000000 office")),
                 HF_OK);
    cr_expect_eq(hf_intent_read(folder.path, profile), HF_ERR_NOT_FOUND);
    folder_remove(&folder);
}

Test(intent, that_cannot_be_read_is_not_taken_for_none)
{
    static const char *const damaged[] = { "", "garbage", "00000000-0000-0000-0000-000000000000 " };
    struct folder folder = folder_new();
    char profile[HF_PROFILE_TEXT_MAX];

    for (size_t i = 0; i < HF_ARRAY_LEN(damaged); i++) {
        cr_assert_eq(hf_files_write(folder.path, "intent", hf_bytes_of_string(damaged[i])), HF_OK);
        cr_expect_eq(hf_intent_read(folder.path, profile), HF_ERR_MALFORMED);
    }
    folder_remove(&folder);
}

Test(hints, are_read_back)
{
    struct folder folder = folder_new();
    struct hf_attempt_summary summary = {
        .gateway = {HF_FAMILY_V4, { 203, 0, 113, 1 }},
          .ke = 31, .rtt = HF_MILLIS(20)
    };
    struct hf_attempt_hints hints = { 0 };

    hf_hints_load(folder.path, "office", &hints);
    cr_expect_eq(hints.last_good_count, 0);
    hf_hints_save(folder.path, "office", &summary);
    hf_hints_load(folder.path, "office", &hints);
    cr_assert_eq(hints.last_good_count, 1);
    cr_expect(hf_address_equal(&hints.last_good[0], &summary.gateway));
    cr_expect_eq(hints.last_ke, 31);
    cr_expect_eq(hints.rtt, HF_MILLIS(20));
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

    hf_hints_flush(&lesson, folder.path); /* none yet */
    hf_hints_note(&lesson, "office", &summary);
    summary = (struct hf_attempt_summary){ 0 };
    hf_hints_load(folder.path, "office", &hints);
    cr_expect_eq(hints.last_ke, 0, "the disk was not touched");
    hf_hints_flush(&lesson, folder.path);
    hf_hints_load(folder.path, "office", &hints);
    cr_expect_eq(hints.last_ke, 31);
    hf_hints_save(folder.path, "office", &summary);
    hf_hints_flush(&lesson, folder.path);
    hints = (struct hf_attempt_hints){ 0 };
    hf_hints_load(folder.path, "office", &hints);
    cr_expect_eq(hints.last_ke, 0, "it is written once");
    folder_remove(&folder);
}

Test(intent, what_is_saved_already_is_not_written_again)
{
    struct folder folder = folder_new();
    char path[HF_PATH_MAX];
    struct stat before, after;

    cr_assert_eq(hf_instance_path(folder.path, "intent", path), HF_OK);
    cr_assert_eq(hf_intent_save(folder.path, "office"), HF_OK);
    cr_assert_eq(stat(path, &before), 0);
    cr_assert_eq(hf_intent_save(folder.path, "office"), HF_OK);
    cr_assert_eq(stat(path, &after), 0);
    cr_expect_eq(before.st_ino, after.st_ino, "a full disk would refuse it");
    cr_assert_eq(hf_intent_save(folder.path, "home"), HF_OK);
    cr_assert_eq(stat(path, &after), 0);
    cr_expect_neq(before.st_ino, after.st_ino);
    folder_remove(&folder);
}
