/* Tests of reading the system's CA bundle (platform/daemon/anchors.c). */
#include "daemon/anchors.h"
#include "support/test.h"
#include <holdfast/profile.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], bundle[100], missing[100];

static void start(void)
{
    strcpy(folder, "/tmp/holdfast-anchors-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(bundle, sizeof bundle, "%s/bundle", folder);
    (void)snprintf(missing, sizeof missing, "%s/missing", folder);
}

static void stop(void)
{
    (void)unlink(bundle);
    (void)rmdir(folder);
}

static void put(size_t len)
{
    FILE *file = fopen(bundle, "w");

    cr_assert_not_null(file);
    for (size_t i = 0; i < len; i++)
        (void)fputc('A', file);
    cr_assert_eq(fclose(file), 0);
}

Test(anchors, the_first_file_that_is_there_is_appended)
{
    hf_buf out = hf_buf_with_max(100);

    start();
    put(3);
    cr_assert(hf_buf_append(&out, hf_bytes_of_string("own\n")));
    cr_expect_eq(
        hf_anchors_append((const char *const[]){ missing, bundle, "/etc/passwd", NULL }, &out),
        HF_OK);
    cr_expect(hf_bytes_equal(hf_buf_bytes(&out), hf_bytes_of_string("own\nAAA\n")));
    hf_buf_free(&out);
    stop();
}

Test(anchors, a_system_without_any_says_so)
{
    hf_buf out = hf_buf_with_max(100);

    start();
    put(0);
    cr_expect_eq(hf_anchors_append((const char *const[]){ missing, bundle, NULL }, &out),
                 HF_ERR_NOT_FOUND);
    cr_expect_eq(hf_anchors_append((const char *const[]){ folder, NULL }, &out) == HF_OK, false);
    cr_expect_eq(out.len, 0u);
    stop();
}

Test(anchors, a_bundle_that_does_not_fit_changes_nothing)
{
    hf_buf out = hf_buf_with_max(10);

    start();
    put(10);
    cr_expect_eq(hf_anchors_append((const char *const[]){ bundle, NULL }, &out), HF_ERR_TOO_LARGE);
    cr_expect_eq(out.len, 0u);
    put(HF_PROFILE_TRUST_MAX + 1);
    cr_expect_neq(hf_anchors_append((const char *const[]){ bundle, NULL }, &out), HF_OK);
    hf_buf_free(&out);
    stop();
}

Test(anchors, the_bundle_of_this_machine_fits_if_there_is_one)
{
    hf_buf out = hf_buf_with_max(HF_PROFILE_TRUST_MAX);
    hf_status status = hf_anchors_append(hf_anchors_paths, &out);

    cr_expect(status == HF_OK || status == HF_ERR_NOT_FOUND);
    hf_buf_free(&out);
}
