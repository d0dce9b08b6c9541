/* Tests of state files and of the journal in one (linux/state_file.h, linux/journal.h). */
#include "linux/state_file.h"
#include "linux/journal.h"
#include "support/hex.h"
#include "support/test.h"
#include "support/vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], path[96];

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/hf-state-XXXX%s", "XX");
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/state", folder);
}

static void remove_folder(void)
{
    (void)unlink(path);
    cr_expect_eq(rmdir(folder), 0, "something is left beside the file");
}

static void write_raw(hf_bytes bytes)
{
    FILE *file = fopen(path, "w");

    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes.data, 1, bytes.len, file), bytes.len);
    cr_assert_eq(fclose(file), 0);
}

static hf_status read_back(hf_bytes *out)
{
    static hf_buf content;
    hf_status status;

    hf_buf_free(&content);
    status = hf_state_file_read(path, &content);
    *out = hf_buf_bytes(&content);
    return status;
}

Test(state_file, content_comes_back, .init = make_folder)
{
    hf_bytes out;

    for (int durable = 0; durable < 2; durable++) {
        cr_assert_eq(hf_state_file_write(path, hex("00ff0a"), durable), HF_OK);
        cr_assert_eq(read_back(&out), HF_OK);
        cr_expect(hf_bytes_equal(out, hex("00ff0a")));
        cr_assert_eq(hf_state_file_write(path, hex(""), durable), HF_OK);
        cr_assert_eq(read_back(&out), HF_OK);
        cr_expect_eq(out.len, 0);
    }
    remove_folder();
}

Test(state_file, only_the_owner_may_read_it, .init = make_folder)
{
    struct stat entry;

    cr_assert_eq(hf_state_file_write(path, hex("01"), false), HF_OK);
    cr_assert_eq(stat(path, &entry), 0);
    cr_expect_eq(entry.st_mode & 0777, 0600);
    remove_folder();
}

Test(state_file, missing_is_told_from_damaged, .init = make_folder)
{
    hf_bytes out;

    cr_expect_eq(read_back(&out), HF_ERR_NOT_FOUND);
    write_raw(hex(""));
    cr_expect_eq(read_back(&out), HF_ERR_MALFORMED);
    cr_expect_eq(hf_state_file_remove(path), HF_OK);
    cr_expect_eq(hf_state_file_remove(path), HF_OK);
    remove_folder();
}

Test(state_file, every_truncation_and_every_changed_bit_is_damage, .init = make_folder)
{
    hf_bytes whole, out;
    uint8_t *copy;

    cr_assert_eq(hf_state_file_write(path, hex("010203"), false), HF_OK);
    whole = test_read_file(path);
    copy = test_copy(whole);
    for (size_t n = 0; n < whole.len; n++) {
        write_raw((hf_bytes){ copy, n });
        cr_expect_eq(read_back(&out), HF_ERR_MALFORMED, "%zu octets", n);
    }
    for (size_t bit = 0; bit < whole.len * 8; bit++) {
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
        write_raw((hf_bytes){ copy, whole.len });
        cr_expect_eq(read_back(&out), HF_ERR_MALFORMED, "bit %zu", bit);
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    remove_folder();
}

Test(state_file, links_are_not_followed, .init = make_folder)
{
    hf_bytes out;

    cr_assert_eq(symlink("/etc/hostname", path), 0);
    cr_expect_eq(read_back(&out), HF_ERR_MALFORMED);
    cr_assert_eq(hf_state_file_write(path, hex("01"), false), HF_OK); /* replaces the link */
    cr_expect_eq(read_back(&out), HF_OK);
    remove_folder();
}

Test(state_file, more_than_the_limit_is_refused, .init = make_folder)
{
    hf_bytes large = { test_memory(HF_STATE_FILE_MAX + 1), HF_STATE_FILE_MAX }, out;

    cr_assert_eq(hf_state_file_write(path, large, false), HF_OK);
    cr_expect_eq(read_back(&out), HF_OK);
    large.len++;
    cr_expect_eq(hf_state_file_write(path, large, false), HF_ERR_LOCAL_SETUP);
    cr_assert_eq(read_back(&out), HF_OK);
    cr_expect_eq(out.len, (size_t)HF_STATE_FILE_MAX); /* as before */
    remove_folder();
}

Test(state_file, where_nothing_can_be_written_it_says_so, .init = make_folder)
{
    remove_folder();
    cr_expect_eq(hf_state_file_write(path, hex("01"), true), HF_ERR_LOCAL_SETUP);
}

static struct hf_journal journal_of(const char *tun_name)
{
    struct hf_journal journal = { .sysctls = { { 0, -1 } } };

    journal.plan.firewall.block = true;
    journal.plan.firewall.state = HF_CONN_CONNECTED;
    memcpy(journal.tun_name, tun_name, strlen(tun_name) + 1);
    return journal;
}

Test(journal, comes_back_and_is_of_here_and_now, .init = make_folder)
{
    struct hf_journal in = journal_of("hold0"), out;
    bool stale = true;

    cr_assert_eq(hf_journal_write(path, &in), HF_OK);
    cr_assert_eq(hf_journal_read(path, &out, &stale), HF_OK);
    cr_expect(hf_journals_equal(&in, &out));
    cr_expect_not(stale);
    remove_folder();
}

Test(journal, of_another_boot_is_stale, .init = make_folder)
{
    struct hf_journal in = journal_of("hold0"), out;
    hf_buf content = hf_buf_with_max(0);
    bool stale = false;

    cr_assert_eq(hf_journal_write(path, &in), HF_OK);
    cr_assert_eq(hf_state_file_read(path, &content), HF_OK);
    content.data[0] ^= 1; /* of the boot's id, which stands first */
    cr_assert_eq(hf_state_file_write(path, hf_buf_bytes(&content), false), HF_OK);
    cr_assert_eq(hf_journal_read(path, &out, &stale), HF_OK);
    cr_expect(stale);
    hf_buf_free(&content);
    remove_folder();
}

Test(journal, every_truncation_of_its_content_is_damage, .init = make_folder)
{
    struct hf_journal in = journal_of("hold0"), out = journal_of("other");
    hf_buf content = hf_buf_with_max(0);
    bool stale = false;

    cr_assert_eq(hf_journal_write(path, &in), HF_OK);
    cr_assert_eq(hf_state_file_read(path, &content), HF_OK);
    for (size_t n = 0; n < content.len; n++) {
        cr_assert_eq(hf_state_file_write(path, (hf_bytes){ content.data, n }, false), HF_OK);
        cr_expect_eq(hf_journal_read(path, &out, &stale), HF_ERR_MALFORMED, "%zu octets", n);
    }
    cr_expect_str_eq(out.tun_name, "other");
    hf_buf_free(&content);
    remove_folder();
}

Test(journal, differs_in_every_part)
{
    struct hf_journal a = journal_of("hold0"), b = a;

    cr_expect(hf_journals_equal(&a, &b));
    b.tun_name[4] = '1';
    cr_expect_not(hf_journals_equal(&a, &b));
    b = a;
    b.sysctls.before[1] = 1;
    cr_expect_not(hf_journals_equal(&a, &b));
    b = a;
    b.plan.firewall.block = false;
    cr_expect_not(hf_journals_equal(&a, &b));
}
