/* What the engine does with certificates and TLS, in a process that may not open a file or a
 * socket: loaded first, then confined, then the first byte from outside. The server is the parent
 * process, at the other end of a socket pair. Linux alone has this kind of confinement. */
#include "crypto/algorithms.h"
#include "crypto/cms.h"
#include "crypto/tls.h"
#include "support/hex.h"
#include "support/tls_server.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <openssl/cms.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FLIGHT_MAX 65536

#define KILL_ON(name)                                                                              \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1),                                         \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)

static void confine(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
#ifdef SYS_open
        KILL_ON(open),
#endif
        KILL_ON(openat),
        KILL_ON(socket),
        KILL_ON(connect),
        KILL_ON(execve),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = { HF_ARRAY_LEN(filter), filter };

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        test_die("cannot confine: %s", strerror(errno));
}

/* One flight: a length, then the octets. */
static void send_flight(int fd, const hf_buf *flight)
{
    size_t len = flight->len;

    if (write(fd, &len, sizeof len) != (ssize_t)sizeof len ||
        write(fd, flight->data, len) != (ssize_t)len)
        test_die("cannot send: %s", strerror(errno));
}

static void receive_flight(int fd, hf_buf *flight)
{
    size_t len;
    uint8_t *at;

    hf_buf_clear(flight);
    if (recv(fd, &len, sizeof len, MSG_WAITALL) != (ssize_t)sizeof len)
        return; /* the other side has ended */
    at = hf_buf_extend(flight, len);
    if (at == NULL || recv(fd, at, len, MSG_WAITALL) != (ssize_t)len)
        test_die("cannot receive");
}

struct parties {
    hf_bytes server_root, user, user_key;
    struct tls_server_config server;
};

static struct parties make_parties(int version)
{
    const struct pki_cert *server_root = pki_root("CN=Server Root");
    const struct pki_cert *client_root = pki_root("CN=Client Root");
    const struct pki_cert *user = PKI_ISSUE(client_root, .subject = "CN=Anna");

    return (struct parties){
        .server_root = pki_pem(server_root),
        .user = pki_pem(user),
        .user_key = pki_key_pem(user),
        .server = {.cert = pki_gateway(server_root),
                   .client_ca = client_root,
                   .min = version,
                   .max = version},
    };
}

/* The confined side: everything from bytes to an exported key. */
static int be_client(int fd, const struct parties *parties, bool loads)
{
    struct hf_tls_config config = { .min = HF_TLS_1_2, .max = HF_TLS_1_3, .policy.now = PKI_NOW };
    hf_buf in = hf_buf_with_max(FLIGHT_MAX), out = hf_buf_with_max(FLIGHT_MAX);
    const struct hf_algorithm *missing = NULL;
    struct hf_credential credential;
    struct hf_trust *trust;
    struct hf_fault fault;
    enum hf_tls_state state;
    struct hf_tls *tls;
    uint8_t key[64];

    if (loads && (hf_tls_load() != HF_OK || hf_crypto_load(&missing) != HF_OK))
        return 10;
    confine();
    if (hf_trust_new(&trust) != HF_OK || hf_trust_add(trust, parties->server_root, NULL) != HF_OK ||
        hf_credential_make(parties->user_key, (hf_bytes){ 0 }, parties->user, &credential) !=
            HF_OK ||
        hf_credential_check_time(&credential, 0) == HF_ERR_CREDENTIAL_MISSING ||
        !hf_identity_make(HF_ID_FQDN, hf_bytes_of_string("gw.example.com"),
                          &config.policy.identity))
        return 11;
    config.trust = trust;
    config.credential = &credential;
    if (hf_tls_new(&config, &tls) != HF_OK)
        return 12;
    while ((state = hf_tls_handle(tls, hf_buf_bytes(&in), &out, &fault)) == HF_TLS_HANDSHAKING) {
        send_flight(fd, &out);
        hf_buf_clear(&out);
        receive_flight(fd, &in);
    }
    send_flight(fd, &out);
    if (state != HF_TLS_ESTABLISHED)
        return 13;
    return hf_tls_export(tls, "a label", (hf_bytes){ 0 }, key, sizeof key) == HF_OK ? 0 : 14;
}

static void be_server(int fd, const struct parties *parties)
{
    struct tls_server *server = tls_server_new(&parties->server);
    hf_buf in = hf_buf_with_max(FLIGHT_MAX), out = hf_buf_with_max(FLIGHT_MAX);

    for (;;) {
        receive_flight(fd, &in);
        if (in.len == 0)
            break;
        tls_server_handle(server, hf_buf_bytes(&in), &out);
        if (out.len == 0)
            break;
        send_flight(fd, &out);
        hf_buf_clear(&out);
    }
    hf_buf_free(&in);
    hf_buf_free(&out);
    tls_server_free(server);
}

/* What the client reads before it is confined; sent, not inherited, because it is made with the
 * library. */
static hf_bytes receive_kept(int fd)
{
    hf_buf part = hf_buf_with_max(FLIGHT_MAX);
    hf_bytes kept;

    receive_flight(fd, &part);
    kept = (hf_bytes){ test_copy(hf_buf_bytes(&part)), part.len };
    hf_buf_free(&part);
    return kept;
}

static void send_bytes(int fd, hf_bytes bytes)
{
    hf_buf part = hf_buf_with_max(FLIGHT_MAX);

    if (!hf_buf_append(&part, bytes))
        test_die("out of memory");
    send_flight(fd, &part);
    hf_buf_free(&part);
}

static int run_client(int fd, bool loads)
{
    struct parties parties = { .server_root = receive_kept(fd) };

    parties.user = receive_kept(fd);
    parties.user_key = receive_kept(fd);
    return be_client(fd, &parties, loads);
}

static void run_server(int fd, int version)
{
    struct parties parties = make_parties(version);

    send_bytes(fd, parties.server_root);
    send_bytes(fd, parties.user);
    send_bytes(fd, parties.user_key);
    be_server(fd, &parties);
}

/* The importer: a PKCS#12 file with old algorithms, and a signed file. */
static int read_files(int fd, bool loads)
{
    hf_bytes old = receive_kept(fd), signed_file = receive_kept(fd), root = receive_kept(fd);
    const struct hf_algorithm *missing = NULL;
    hf_buf content = hf_buf_with_max(FLIGHT_MAX);
    struct hf_cms_signer signer;
    struct hf_pkcs12 contents;
    struct hf_trust *trust;

    if (hf_tls_load() != HF_OK || hf_crypto_load(&missing) != HF_OK)
        return 10;
    if (loads)
        hf_legacy_load();
    confine();
    if (hf_trust_new(&trust) != HF_OK || hf_trust_add(trust, root, NULL) != HF_OK)
        return 11;
    if (hf_cms_open(signed_file, trust, PKI_NOW, &content, &signer) != HF_OK ||
        signer.trust != HF_OK)
        return 12;
    if (hf_pkcs12_decode(old, hf_bytes_of_string("secret"), &contents) != HF_OK ||
        !contents.is_weak)
        return 13;
    hf_pkcs12_clear(&contents);
    return 0;
}

static hf_bytes make_old_file(const struct pki_cert *user)
{
    OSSL_LIB_CTX *old = OSSL_LIB_CTX_new();
    OSSL_PROVIDER *legacy = OSSL_PROVIDER_load(old, "legacy");
    OSSL_PROVIDER *usual = OSSL_PROVIDER_load(old, "default");
    PKCS12 *file;
    BIO *bio = BIO_new(BIO_s_mem());

    if (legacy == NULL || usual == NULL)
        test_die("no legacy provider");
    file = PKCS12_create_ex("secret", "vpn", user->key, user->x509, NULL,
                            NID_pbe_WithSHA1And3_Key_TripleDES_CBC, NID_pbe_WithSHA1And40BitRC2_CBC,
                            100, 100, 0, old, NULL);
    if (file == NULL || i2d_PKCS12_bio(bio, file) != 1)
        test_die("no PKCS#12 file");
    PKCS12_free(file);
    OSSL_PROVIDER_unload(usual);
    OSSL_PROVIDER_unload(legacy);
    OSSL_LIB_CTX_free(old);
    return pki_take(bio);
}

static hf_bytes make_signed_file(const struct pki_cert *signer)
{
    BIO *in = BIO_new_mem_buf("content", 7), *bio = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms = CMS_sign(signer->x509, signer->key, NULL, in, CMS_BINARY);

    if (cms == NULL || i2d_CMS_bio(bio, cms) != 1)
        test_die("no signed file");
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    return pki_take(bio);
}

static void send_files(int fd)
{
    const struct pki_cert *root = pki_root("CN=Root");
    const struct pki_cert *user = PKI_ISSUE(root, .subject = "CN=Anna");

    send_bytes(fd, make_old_file(user));
    send_bytes(fd, make_signed_file(user));
    send_bytes(fd, pki_pem(root));
}

/* The client is forked before its parent uses the library, so that it has to load it itself.
 * "unloaded" is the check of the check: without loading, confinement must kill. */
int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "1.3";
    bool loads = strstr(mode, "unloaded") == NULL, files = strncmp(mode, "files", 5) == 0;
    int pair[2], status = 0;
    pid_t client;

    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        test_die("no socket pair");
    client = fork();
    if (client == 0) {
        close(pair[0]);
        _exit(files ? read_files(pair[1], loads) : run_client(pair[1], loads));
    }
    close(pair[1]);
    if (files)
        send_files(pair[0]);
    else
        run_server(pair[0], strcmp(mode, "1.2") == 0 ? TLS1_2_VERSION : TLS1_3_VERSION);
    close(pair[0]);
    if (waitpid(client, &status, 0) != client)
        test_die("no client");
    printf("%s: %s %d\n", mode, WIFSIGNALED(status) ? "signal" : "status",
           WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    if (!loads)
        return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? 0 : 1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}
