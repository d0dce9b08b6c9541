/* Setting and restoring the resolver file: see resolv_file.h. */
#include "linux/resolv_file.h"

#include "base/reader.h"
#include "base/writer.h"
#include "instance.h"
#include "ipc/channel.h"
#include "linux/resolv_text.h"
#include "linux/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Our text, with the lines of the file that it replaced behind a prefix each, and the note. */
#define TEXT_MAX (10 * HF_RESOLV_FILE_MAX)

enum kind { KIND_ABSENT, KIND_FILE, KIND_LINK };

/* What was there. */
struct original {
    enum kind kind;
    mode_t mode;
    uid_t uid;
    gid_t gid;
    hf_buf content; /* of the file, or the link's target */
};

/* HF_ERR_NOT_FOUND: nothing of that name. */
static hf_status read_file(const char *path, int flags, size_t max, hf_buf *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);
    hf_status status;

    if (fd < 0)
        return errno == ENOENT ? HF_ERR_NOT_FOUND : HF_ERR_DNS_SETUP;
    status = hf_ipc_read_fd(fd, max, out);
    close(fd);
    return status;
}

static hf_status capture(const char *path, struct original *out)
{
    char target[HF_PATH_MAX];
    struct stat entry;
    ssize_t length;

    *out = (struct original){ .content = hf_buf_with_max(HF_RESOLV_FILE_MAX) };
    if (lstat(path, &entry) != 0)
        return errno == ENOENT ? HF_OK : HF_ERR_DNS_SETUP;
    out->mode = entry.st_mode & 0777;
    out->uid = entry.st_uid;
    out->gid = entry.st_gid;
    if (S_ISREG(entry.st_mode)) {
        out->kind = KIND_FILE;
        return read_file(path, O_NOFOLLOW, HF_RESOLV_FILE_MAX, &out->content) == HF_OK
                   ? HF_OK
                   : HF_ERR_DNS_SETUP;
    }
    length = S_ISLNK(entry.st_mode) ? readlink(path, target, sizeof target) : -1;
    if (length <= 0 || (size_t)length >= sizeof target ||
        !hf_buf_append(&out->content, (hf_bytes){ (uint8_t *)target, (size_t)length }))
        return HF_ERR_DNS_SETUP;
    out->kind = KIND_LINK;
    return HF_OK;
}

static bool encode(const struct original *original, hf_buf *out)
{
    uint8_t head[13];
    hf_writer w = hf_writer_of(head, sizeof head);

    hf_write_u8(&w, (uint8_t)original->kind);
    hf_write_u32(&w, original->mode);
    hf_write_u32(&w, original->uid);
    hf_write_u32(&w, original->gid);
    *out = hf_buf_with_max(sizeof head + HF_RESOLV_FILE_MAX);
    return hf_buf_append(out, HF_BYTES_OF(head)) &&
           hf_buf_append(out, hf_buf_bytes(&original->content));
}

static hf_status save(const char *undo, const struct original *original)
{
    hf_buf note;
    hf_status status = encode(original, &note)
                           ? hf_state_file_write(undo, hf_buf_bytes(&note), true)
                           : HF_ERR_NO_MEMORY;

    hf_buf_free(&note);
    return status;
}

static bool parse(hf_bytes saved, struct original *out)
{
    hf_reader r = hf_reader_of(saved);
    uint32_t mode, uid, gid;
    uint8_t kind;

    if (!hf_read_u8(&r, &kind) || kind > KIND_LINK || !hf_read_u32(&r, &mode) ||
        !hf_read_u32(&r, &uid) || !hf_read_u32(&r, &gid))
        return false;
    *out = (struct original){ (enum kind)kind, mode & 0777, uid, gid,
                              hf_buf_with_max(HF_RESOLV_FILE_MAX) };
    return hf_buf_append(&out->content, hf_read_rest(&r));
}

/* The note. HF_ERR_NOT_FOUND, HF_ERR_MALFORMED: there is none, or a damaged one. */
static hf_status load_note(const char *undo, struct original *out)
{
    hf_buf saved = hf_buf_with_max(0);
    hf_status status = hf_state_file_read(undo, &saved);

    if (status == HF_OK && !parse(hf_buf_bytes(&saved), out))
        status = HF_ERR_MALFORMED;
    hf_buf_free(&saved);
    return status;
}

/* The text of a file under our name; "" for anything else. A file that others can change could say
 * anything. */
static void read_own(const char *path, hf_buf *out)
{
    struct stat entry;

    if (lstat(path, &entry) == 0 && S_ISREG(entry.st_mode) && entry.st_uid == 0 &&
        (entry.st_mode & (S_IWGRP | S_IWOTH)) == 0 &&
        read_file(path, O_NOFOLLOW, TEXT_MAX, out) != HF_OK)
        hf_buf_clear(out);
}

/* A crash while writing in place leaves a part of our first line, or nothing. */
static bool is_ours(hf_bytes text)
{
    hf_bytes mark = hf_bytes_of_string(HF_RESOLV_MARK);

    return hf_resolv_text_is_ours(text) ||
           (text.len < mark.len && hf_bytes_equal(text, hf_bytes_slice(mark, 0, text.len)));
}

/* What is to be put back: by our note, or, where that is damaged or gone, by our file, which says
 * itself what it replaced; an empty file where both are damaged. HF_ERR_NOT_FOUND: nothing.
 * HF_ERR_MALFORMED: nothing any more, as the file is not ours. */
static hf_status load(const struct hf_resolv_file *file, struct original *out, bool *out_is_noted)
{
    hf_buf text = hf_buf_with_max(0), note = hf_buf_with_max(HF_STATE_FILE_MAX);
    hf_status status = load_note(file->undo, out);

    *out_is_noted = status == HF_OK;
    if (status == HF_OK)
        return HF_OK;
    read_own(file->path, &text);
    if (hf_resolv_text_note(hf_buf_bytes(&text), file->undo, &note) == HF_OK &&
        parse(hf_buf_bytes(&note), out)) {
        status = HF_OK;
    } else if (status == HF_ERR_MALFORMED && text.len > 0 && is_ours(hf_buf_bytes(&text))) {
        *out = (struct original){ KIND_FILE, 0644, 0, 0, hf_buf_with_max(HF_RESOLV_FILE_MAX) };
        status = HF_OK;
    }
    hf_buf_free(&text);
    hf_buf_free(&note);
    return status;
}

static bool path_beside(const char *path, char out[HF_PATH_MAX])
{
    int length = snprintf(out, HF_PATH_MAX, "%s.holdfast-new", path);

    return length > 0 && length < HF_PATH_MAX;
}

static bool move_into_place(const char *beside, const char *path)
{
    if (rename(beside, path) != 0) {
        unlink(beside);
        return false;
    }
    return true;
}

/* A new file under the name: whoever has the old one open keeps it, nobody sees half of it. */
static bool replace(const char *path, const struct original *with)
{
    char beside[HF_PATH_MAX];
    bool good;
    int fd;

    if (!path_beside(path, beside) || (unlink(beside) != 0 && errno != ENOENT))
        return false;
    fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    good = hf_ipc_write_all(fd, hf_buf_bytes(&with->content)) &&
           fchown(fd, with->uid, with->gid) == 0 && fchmod(fd, with->mode) == 0;
    close(fd);
    if (!good)
        unlink(beside);
    return good && move_into_place(beside, path);
}

/* For a file that is a mount of its own, or in a folder that cannot be written. */
static bool write_in_place(const char *path, const hf_buf *text)
{
    int fd = open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    bool good;

    if (fd < 0)
        return false;
    good = ftruncate(fd, 0) == 0 && hf_ipc_write_all(fd, hf_buf_bytes(text));
    close(fd);
    return good;
}

static bool replace_by_link(const char *path, const hf_buf *target)
{
    char beside[HF_PATH_MAX], text[HF_PATH_MAX] = { 0 };

    if (target->len >= sizeof text || !path_beside(path, beside) ||
        (unlink(beside) != 0 && errno != ENOENT))
        return false;
    hf_copy(text, target->data, target->len);
    return symlink(text, beside) == 0 && move_into_place(beside, path);
}

/* On disk, so that the note about it may go. */
static bool sync_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    bool good = fd < 0 || fsync(fd) == 0;

    if (fd >= 0)
        close(fd);
    return good && hf_sync_folder_of(path);
}

static bool put_back(const char *path, const struct original *original)
{
    bool done = false;

    switch (original->kind) {
    case KIND_FILE:
        done = replace(path, original) || write_in_place(path, &original->content);
        break;
    case KIND_LINK:
        done = replace_by_link(path, &original->content);
        break;
    case KIND_ABSENT:
        done = unlink(path) == 0 || errno == ENOENT;
        break;
    }
    return done && sync_file(path);
}

static bool holds(const char *path, hf_bytes text)
{
    hf_buf found = hf_buf_with_max(0);
    bool equal = read_file(path, O_NOFOLLOW, TEXT_MAX, &found) == HF_OK &&
                 hf_bytes_equal(hf_buf_bytes(&found), text);

    hf_buf_free(&found);
    return equal;
}

/* Ours, or gone: then what was there may be put back. */
static bool is_free_to_restore(const char *path)
{
    hf_buf text = hf_buf_with_max(0);
    hf_status status = read_file(path, O_NOFOLLOW, TEXT_MAX, &text);
    bool ours = status == HF_OK && is_ours(hf_buf_bytes(&text));

    hf_buf_free(&text);
    return ours || status == HF_ERR_NOT_FOUND;
}

static bool originals_equal(const struct original *a, const struct original *b)
{
    return a->kind == b->kind && a->mode == b->mode && a->uid == b->uid && a->gid == b->gid &&
           hf_bytes_equal(hf_buf_bytes(&a->content), hf_buf_bytes(&b->content));
}

/* What is to be put back one day: what was known while our file still stands, else what is there
 * now, noted before anything changes. */
static hf_status note_original(const struct hf_resolv_file *file, struct original *out)
{
    struct original known = { 0 };
    bool is_noted;
    hf_status status = load(file, &known, &is_noted);

    if (status == HF_OK && is_free_to_restore(file->path)) {
        *out = known;
        return is_noted ? HF_OK : save(file->undo, out);
    }
    status = capture(file->path, out);
    if (status == HF_OK && !(is_noted && originals_equal(&known, out)))
        status = save(file->undo, out);
    hf_buf_free(&known.content);
    return status;
}

/* The words of what was there, to be kept as comments; those of a link are read through it. */
static void text_of_original(const char *path, const struct original *original, hf_buf *out)
{
    char target[HF_PATH_MAX] = { 0 };
    const hf_buf *content = &original->content;

    if (original->kind == KIND_FILE && !hf_buf_append(out, hf_buf_bytes(content)))
        hf_buf_clear(out); /* out of memory: ours does without */
    if (original->kind != KIND_LINK || content->len >= sizeof target)
        return;
    hf_copy(target, content->data, content->len);
    if (target[0] != '/') { /* relative to the folder of the link */
        const char *slash = strrchr(path, '/');
        char joined[HF_PATH_MAX];
        int length =
            snprintf(joined, sizeof joined, "%.*s/%s", slash == NULL ? 1 : (int)(slash - path),
                     slash == NULL ? "." : path, target);

        if (length <= 0 || (size_t)length >= sizeof joined)
            return;
        hf_copy(target, joined, (size_t)length + 1);
    }
    (void)read_file(target, 0, HF_RESOLV_FILE_MAX, out);
}

static hf_status write_ours(const char *path, const hf_buf *text)
{
    struct original ours = { .kind = KIND_FILE, .mode = 0644, .content = *text };

    if (!replace(path, &ours) && !write_in_place(path, text))
        return HF_ERR_DNS_SETUP;
    return holds(path, hf_buf_bytes(text)) ? HF_OK : HF_ERR_DNS_SETUP;
}

hf_status hf_resolv_file_prepare(const struct hf_resolv_file *file)
{
    struct original original = { 0 };
    hf_status status = note_original(file, &original);

    hf_buf_free(&original.content);
    return status == HF_OK ? HF_OK : HF_ERR_DNS_SETUP;
}

hf_status hf_resolv_file_set(const struct hf_resolv_file *file, const struct hf_plan *plan)
{
    hf_buf before = hf_buf_with_max(HF_RESOLV_FILE_MAX), text = hf_buf_with_max(TEXT_MAX);
    struct original original = { 0 };
    hf_buf note = hf_buf_with_max(0);
    hf_status status = note_original(file, &original);

    if (status != HF_OK)
        goto done;
    text_of_original(file->path, &original, &before);
    status = hf_resolv_text_make(plan, hf_buf_bytes(&before), &text);
    if (status == HF_OK)
        status = encode(&original, &note)
                     ? hf_resolv_text_add_note(file->undo, hf_buf_bytes(&note), &text)
                     : HF_ERR_NO_MEMORY;
    if (status == HF_OK)
        status = write_ours(file->path, &text);
    if (status != HF_OK && !put_back(file->path, &original))
        goto done; /* the note stays, for another try */
    if (status != HF_OK)
        (void)hf_state_file_remove(file->undo);
done:
    hf_buf_free(&original.content);
    hf_buf_free(&note);
    hf_buf_free(&before);
    hf_buf_free(&text);
    return status == HF_OK ? HF_OK : HF_ERR_DNS_SETUP;
}

hf_status hf_resolv_file_restore(const struct hf_resolv_file *file)
{
    struct original original = { 0 };
    bool is_noted;
    hf_status status = load(file, &original, &is_noted);

    if (status == HF_OK && is_free_to_restore(file->path) && !put_back(file->path, &original))
        status = HF_ERR_DNS_SETUP;
    hf_buf_free(&original.content);
    if (status == HF_ERR_NOT_FOUND)
        return HF_OK;
    if (status == HF_ERR_DNS_SETUP)
        return status;
    return hf_state_file_remove(file->undo);
}
