/* Tests of the policy that is in force (daemon/policy_files.h). */
#include "daemon/policy_files.h"
#include "support/pki.h"
#include "support/test.h"

#include <glib.h>
#include <openssl/cms.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct hf_instance instance;
static struct hf_policy_files *files;
static char root[64], refused[512];
static unsigned changes;

static void on_changed(void *context)
{
    (void)context;
    changes++;
}

static void on_refused(void *context, const char *file, const struct hf_fault *fault)
{
    size_t used = strlen(refused);

    (void)context;
    snprintf(refused + used, sizeof refused - used, "%s=%s ", file, hf_status_code(fault->status));
}

static const struct hf_policy_files_events events = { on_changed, on_refused };

static void make_dir(const char *dir)
{
    cr_assert_eq(g_mkdir_with_parents(dir, 0755), 0);
}

static char *path_of(const char *folder, const char *name)
{
    static char path[HF_PATH_MAX + 300];

    snprintf(path, sizeof path, "%s/%s/%s",
             strcmp(folder, "vendor") == 0 ? instance.lib : instance.etc,
             strcmp(folder, "vendor") == 0 ? "policies" : folder, name);
    return path;
}

static void put(const char *folder, const char *name, const char *json)
{
    cr_assert(g_file_set_contents(path_of(folder, name), json, -1, NULL));
    cr_assert_eq(chmod(path_of(folder, name), 0644), 0);
}

static void setup(void)
{
    char dir[HF_PATH_MAX + 32];
    char *argv[] = { (char *)"--root", root };

    memcpy(root, "/tmp/hf-policy-XXXXXX", sizeof "/tmp/hf-policy-XXXXXX");
    cr_assert_not_null(mkdtemp(root));
    hf_instance_init(&instance);
    cr_assert_eq(hf_instance_option(&instance, 2, argv, 0), 2);
    instance.admin_uid = getuid();
    make_dir(instance.var);
    snprintf(dir, sizeof dir, "%s/policies", instance.lib);
    make_dir(dir);
    snprintf(dir, sizeof dir, "%s/policies/recommended.d", instance.etc);
    make_dir(dir);
    snprintf(dir, sizeof dir, "%s/policies/managed.d", instance.etc);
    make_dir(dir);
    refused[0] = '\0';
}

static void teardown(void)
{
    char *command[] = { (char *)"rm", (char *)"-r", root, NULL };

    hf_policy_files_free(files);
    g_spawn_sync(NULL, command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
}

TestSuite(policy_files, .init = setup, .fini = teardown);

static const struct hf_policy *start(void)
{
    cr_assert_eq(hf_policy_files_new(&instance, &events, NULL, &files), HF_OK);
    return hf_policy_files_policy(files);
}

#define MANAGED     "policies/managed.d"
#define RECOMMENDED "policies/recommended.d"

Test(policy_files, tiers_and_names_decide_who_wins)
{
    const struct hf_policy *policy;

    put("vendor", "a.json", "{\"version\":1,\"allowLan\":true,\"logLevel\":\"debug\"}");
    put(RECOMMENDED, "b.json", "{\"version\":1,\"allowLan\":false}");
    put(MANAGED, "10.json", "{\"version\":1,\"killSwitch\":\"off\"}");
    put(MANAGED, "20.json", "{\"version\":1,\"killSwitch\":\"always\"}");
    policy = start();
    cr_expect(!hf_policy_flag(policy, HF_POLICY_ALLOW_LAN, true));
    cr_expect_eq(hf_policy_name(policy, HF_POLICY_KILL_SWITCH, 9), HF_LOCK_ALWAYS);
    cr_expect_str_eq(hf_policy_origin(policy, HF_POLICY_KILL_SWITCH), "managed.d/20.json");
    cr_expect(hf_policy_has(policy, HF_POLICY_LOG_LEVEL));
    cr_expect_eq(hf_policy_files_count(files), 4u);
    cr_expect_str_eq(refused, "");
}

Test(policy_files, a_bad_file_keeps_its_last_good_version_over_restarts)
{
    put(MANAGED, "a.json", "{\"version\":1,\"killSwitch\":\"always\"}");
    (void)start();
    put(MANAGED, "a.json", "{\"version\":1,\"killSwitch\":\"alwayss\"}");
    hf_policy_files_reload(files);
    cr_expect_str_eq(refused, "managed.d/a.json=policy-invalid ");
    cr_expect_eq(hf_policy_name(hf_policy_files_policy(files), HF_POLICY_KILL_SWITCH, 9),
                 HF_LOCK_ALWAYS);
    cr_expect(!hf_policy_has(hf_policy_files_policy(files), HF_POLICY_ALLOW_DISCONNECT));
    hf_policy_files_free(files);
    cr_expect_eq(hf_policy_name(start(), HF_POLICY_KILL_SWITCH, 9), HF_LOCK_ALWAYS);
}

Test(policy_files, a_bad_managed_file_without_a_good_version_fails_closed)
{
    const struct hf_policy *policy;

    put(RECOMMENDED, "r.json", "{");
    put(MANAGED, "a.json", "{\"version\":1,");
    policy = start();
    cr_expect_eq(hf_policy_name(policy, HF_POLICY_ALLOW_DISCONNECT, 0), HF_POLICY_NO);
    cr_expect(!hf_policy_flag(policy, HF_POLICY_ALLOW_USER_PROFILES, true));
    cr_expect_str_eq(hf_policy_origin(policy, HF_POLICY_ALLOW_USER_PROFILES), "managed.d/a.json");
    cr_expect_str_eq(refused,
                     "recommended.d/r.json=policy-invalid managed.d/a.json=policy-invalid ");
}

Test(policy_files, a_file_that_is_gone_holds_no_longer_and_is_not_remembered)
{
    put(MANAGED, "a.json", "{\"version\":1,\"killSwitch\":\"always\"}");
    (void)start();
    cr_assert_eq(unlink(path_of(MANAGED, "a.json")), 0);
    hf_policy_files_reload(files);
    cr_expect(!hf_policy_has(hf_policy_files_policy(files), HF_POLICY_KILL_SWITCH));
    put(MANAGED, "a.json", "{");
    hf_policy_files_reload(files);
    cr_expect_eq(hf_policy_name(hf_policy_files_policy(files), HF_POLICY_KILL_SWITCH, 9),
                 HF_LOCK_SESSION); /* the strict value, not the old one */
}

Test(policy_files, what_others_may_write_is_refused_and_a_thousand_files_are_read)
{
    put(MANAGED, "open.json", "{\"version\":1,\"allowLegacy\":true}");
    cr_assert_eq(chmod(path_of(MANAGED, "open.json"), 0666), 0);
    for (unsigned i = 0; i < 1000; i++) {
        char name[32], json[64];

        snprintf(name, sizeof name, "%04u.json", i);
        snprintf(json, sizeof json, "{\"version\":1,\"pauseMinutesMax\":%u}", i);
        put(RECOMMENDED, name, json);
    }
    (void)start();
    cr_expect_eq(hf_policy_files_count(files), 1001u);
    cr_expect(!hf_policy_flag(hf_policy_files_policy(files), HF_POLICY_ALLOW_LEGACY, true));
    cr_expect_str_eq(refused, "managed.d/open.json=not-permitted ");
}

/* --- signatures ------------------------------------------------------------------------------- */
#define ALWAYS  "{\"version\":1,\"killSwitch\":\"always\"}"
#define OFF     "{\"version\":1,\"killSwitch\":\"off\"}"
#define REQUIRE "{\"version\":1,\"requireSignature\":true}"

/* Valid today: the daemon asks the clock. */
static const struct pki_cert *issue(const char *subject, const struct pki_cert *issuer, int days)
{
    hf_wall_clock now = (hf_wall_clock)time(NULL);

    return PKI_ISSUE(issuer, .subject = subject, .ca = issuer == NULL,
                     .not_before = now - 9 * PKI_DAY, .not_after = now + days * PKI_DAY);
}

static void put_octets(const char *folder, const char *name, hf_bytes content)
{
    cr_assert(g_file_set_contents(path_of(folder, name), (const char *)content.data,
                                  (gssize)content.len, NULL));
    cr_assert_eq(chmod(path_of(folder, name), 0644), 0);
}

static void sign(const char *folder, const char *name, const char *json,
                 const struct pki_cert *signer)
{
    BIO *in = BIO_new_mem_buf(json, (int)strlen(json)), *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms = CMS_sign(signer->x509, signer->key, NULL, in, CMS_BINARY | CMS_DETACHED);
    char beside[64];

    cr_assert(cms != NULL && i2d_CMS_bio(out, cms) == 1);
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    snprintf(beside, sizeof beside, "%s.p7s", name);
    put_octets(folder, beside, pki_take(out));
}

static void put_signed(const char *folder, const char *name, const char *json,
                       const struct pki_cert *signer)
{
    put(folder, name, json);
    sign(folder, name, json, signer);
}

static int lock_now(void)
{
    return hf_policy_name(hf_policy_files_policy(files), HF_POLICY_KILL_SWITCH, 9);
}

Test(policy_files, with_the_requirement_only_what_the_pinned_ca_vouches_for_holds)
{
    const struct pki_cert *ca = issue("CN=Policy CA", NULL, 9);

    put("vendor", "a.json", REQUIRE);
    put_octets("vendor", "policy-ca.pem", pki_pem(ca));
    put_signed(MANAGED, "good.json", ALWAYS, issue("CN=IT", ca, 1));
    put(RECOMMENDED, "none.json", "{\"version\":1,\"allowLan\":true}");
    put(MANAGED, "lifts.json", "{\"version\":1,\"requireSignature\":false}");
    (void)start();
    cr_expect_eq(lock_now(), HF_LOCK_ALWAYS);
    cr_expect(!hf_policy_has(hf_policy_files_policy(files), HF_POLICY_ALLOW_LAN));
    cr_expect(hf_policy_flag(hf_policy_files_policy(files), HF_POLICY_REQUIRE_SIGNATURE, false));
    cr_expect_str_eq(refused, "recommended.d/none.json=policy-signature "
                              "managed.d/lifts.json=policy-signature ");
    cr_expect(hf_policy_files_nth(files, 2)->is_signed);
}

Test(policy_files, a_signature_that_is_there_is_good_or_the_file_is_refused)
{
    const struct pki_cert *ca = issue("CN=Policy CA", NULL, 9);
    const struct pki_cert *signer = issue("CN=IT", ca, 1);

    put_octets("vendor", "policy-ca.pem", pki_pem(ca));
    put_signed(RECOMMENDED, "changed.json", ALWAYS, signer);
    put(RECOMMENDED, "changed.json", OFF);
    put_signed(RECOMMENDED, "late.json", OFF, issue("CN=IT", ca, -1));
    put_signed(RECOMMENDED, "other.json", OFF, issue("CN=IT", issue("CN=Policy CA", NULL, 9), 1));
    put_signed(RECOMMENDED, "open.json", OFF, signer);
    cr_assert_eq(chmod(path_of(RECOMMENDED, "open.json.p7s"), 0666), 0);
    put(RECOMMENDED, "rubbish.json", OFF);
    put(RECOMMENDED, "rubbish.json.p7s", "rubbish");
    (void)start();
    cr_expect_str_eq(refused, "recommended.d/changed.json=policy-signature "
                              "recommended.d/late.json=policy-signature "
                              "recommended.d/open.json=policy-signature "
                              "recommended.d/other.json=policy-signature "
                              "recommended.d/rubbish.json=policy-signature ");
    cr_expect_eq(lock_now(), 9);
}

Test(policy_files, the_last_good_version_of_a_signed_file_was_signed)
{
    const struct pki_cert *ca = issue("CN=Policy CA", NULL, 9);

    put_octets("vendor", "policy-ca.pem", pki_pem(ca));
    put(MANAGED, "a.json", OFF);
    (void)start();
    cr_expect_eq(lock_now(), HF_LOCK_OFF);
    put("vendor", "a.json", REQUIRE);
    hf_policy_files_reload(files);
    cr_expect_eq(lock_now(), HF_LOCK_SESSION, "closed: nobody signed what held");
    put_signed(MANAGED, "a.json", ALWAYS, issue("CN=IT", ca, 1));
    hf_policy_files_reload(files);
    cr_expect_eq(lock_now(), HF_LOCK_ALWAYS);
    put(MANAGED, "a.json", OFF);
    hf_policy_files_reload(files);
    cr_expect_eq(lock_now(), HF_LOCK_ALWAYS, "the last that was signed");
    hf_policy_files_free(files);
    (void)start();
    cr_expect_eq(lock_now(), HF_LOCK_ALWAYS, "and so it is after a restart");
}

Test(policy_files, a_name_in_etc_does_not_lift_the_vendors_requirement)
{
    put("vendor", "a.json", "{\"version\":1,\"requireSignature\":true,\"allowLan\":true}");
    put(RECOMMENDED, "a.json", "{\"version\":1,\"killSwitch\":\"off\"}");
    (void)start();
    cr_expect_str_eq(refused, "recommended.d/a.json=policy-signature ");
    cr_expect_eq(lock_now(), 9);
    cr_expect(!hf_policy_has(hf_policy_files_policy(files), HF_POLICY_ALLOW_LAN), "hidden");
    put("vendor", "a.json", "{");
    hf_policy_files_reload(files);
    cr_expect_eq(lock_now(), 9, "the last good requirement holds");
}
