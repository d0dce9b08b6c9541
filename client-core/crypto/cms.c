/* Signed files: see cms.h. RFC 5652, sections 5.1 to 5.6. */
#include "crypto/cms.h"

#include "base/reader.h"
#include "crypto/certificate_list.h"
#include "crypto/certificate_verify.h"
#include "crypto/name.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#define FILE_MAX    (1024 * 1024)
#define SIGNERS_MAX 4

/* 1.2.840.113549.1.7, under which every kind of CMS is. */
static const uint8_t kinds[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07 };

static bool skip_length(hf_reader *r)
{
    uint8_t first;
    hf_bytes more;

    return hf_read_u8(r, &first) &&
           (first <= 0x80 || ((first & 0x7f) <= 4 && hf_read_bytes(r, first & 0x7f, &more)));
}

static bool is_der(hf_bytes file)
{
    hf_reader r = hf_reader_of(file);
    hf_bytes oid;
    uint8_t tag;

    return hf_read_u8(&r, &tag) && tag == 0x30 && skip_length(&r) &&
           hf_read_bytes(&r, sizeof kinds, &oid) && hf_bytes_equal(oid, HF_BYTES_OF(kinds));
}

static bool is_pem(hf_bytes file)
{
    static const char *const heads[] = { "-----BEGIN PKCS7-----", "-----BEGIN CMS-----" };
    size_t at = 0;

    while (at < file.len && (file.data[at] == ' ' || file.data[at] == '\t' ||
                             file.data[at] == '\r' || file.data[at] == '\n'))
        at++;
    for (size_t i = 0; i < HF_ARRAY_LEN(heads); i++) {
        hf_bytes head = hf_bytes_of_string(heads[i]);

        if (hf_bytes_equal(hf_bytes_slice(file, at, head.len), head))
            return true;
    }
    return false;
}

bool hf_cms_is(hf_bytes file)
{
    return is_der(file) || is_pem(file);
}

/* Without looking at PEM's headers: what claims to be encrypted is no CMS then. */
static CMS_ContentInfo *decode_pem(BIO *bio)
{
    char *name = NULL, *header = NULL;
    unsigned char *data = NULL;
    const unsigned char *at;
    CMS_ContentInfo *cms;
    long len;

    if (PEM_read_bio(bio, &name, &header, &data, &len) != 1)
        return NULL;
    at = data;
    cms = d2i_CMS_ContentInfo(NULL, &at, len);
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(data);
    return cms;
}

static CMS_ContentInfo *decode(hf_bytes file)
{
    BIO *bio = BIO_new_mem_buf(file.data, (int)file.len);
    CMS_ContentInfo *cms = NULL;

    if (bio != NULL)
        cms = is_der(file) ? d2i_CMS_bio(bio, NULL) : decode_pem(bio);
    BIO_free(bio);
    return cms;
}

static hf_status check_kind(CMS_ContentInfo *cms, bool is_detached)
{
    ASN1_OCTET_STRING **content;

    if (OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed)
        return HF_ERR_PROFILE_UNSUPPORTED;
    content = CMS_get0_content(cms);
    if ((content == NULL || *content == NULL) != is_detached)
        return HF_ERR_PROFILE_UNSUPPORTED;
    return sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(cms)) > SIGNERS_MAX ? HF_ERR_TOO_LARGE
                                                                          : HF_OK;
}

/* Every signature; whose certificates they are is asked later. `beside`: what is signed, NULL when
 * it is inside. */
static hf_status verify(CMS_ContentInfo *cms, BIO *beside, hf_buf *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data;
    long len;
    hf_status status = HF_ERR_NO_MEMORY;

    if (bio == NULL)
        return status;
    if (CMS_verify(cms, NULL, NULL, beside, bio, CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) != 1) {
        status = HF_ERR_INTEGRITY;
    } else {
        len = BIO_get_mem_data(bio, &data);
        if (len >= 0 && hf_buf_append(out, (hf_bytes){ (const uint8_t *)data, (size_t)len }))
            status = HF_OK;
    }
    BIO_free(bio);
    return status;
}

static bool is_weak(CMS_SignerInfo *signer)
{
    X509_ALGOR *digest;
    int nid;

    CMS_SignerInfo_get0_algs(signer, NULL, NULL, &digest, NULL);
    nid = OBJ_obj2nid(digest->algorithm);
    return nid == NID_sha1 || nid == NID_md5 || nid == NID_md5_sha1 || nid == NID_md4;
}

static void set_reason(struct hf_cms_signer *out, hf_status status, const char *why)
{
    out->trust = status;
    hf_fault_set_text(out->reason,
                      hf_bytes_of_string(why[0] != '\0' ? why : hf_status_code(status)));
}

static void ask_trust(CMS_SignerInfo *signer, X509 *certificate, STACK_OF(X509) * others,
                      const struct hf_trust *anchors, hf_wall_clock now, struct hf_cms_signer *out)
{
    struct hf_certificate_policy policy = { .allow_any_purpose = true, .now = now };
    struct hf_public_key *key = NULL;
    struct hf_fault fault = { .status = HF_OK };
    hf_writer w = hf_text_of(out->subject, sizeof out->subject);

    hf_name_add_text(&w, X509_get_subject_name(certificate));
    hf_text_finish(&w);
    if (hf_certificate_verify_decoded(anchors, certificate, others, &policy, true, &key, &fault) !=
        HF_OK)
        set_reason(out, fault.status, fault.received);
    else if (is_weak(signer))
        set_reason(out, HF_ERR_CERT_WEAK, "signed with MD5 or SHA-1");
    hf_public_key_free(key);
}

static void find_signer(CMS_ContentInfo *cms, STACK_OF(X509) * others,
                        const struct hf_trust *anchors, hf_wall_clock now,
                        struct hf_cms_signer *out)
{
    STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);

    for (int i = 0; i < sk_CMS_SignerInfo_num(signers); i++) {
        struct hf_cms_signer one = { .trust = HF_OK };
        CMS_SignerInfo *signer = sk_CMS_SignerInfo_value(signers, i);
        X509 *certificate = NULL;

        CMS_SignerInfo_get0_algs(signer, NULL, &certificate, NULL, NULL);
        ask_trust(signer, certificate, others, anchors, now, &one);
        if (i == 0 || (one.trust == HF_OK && out->trust != HF_OK))
            *out = one;
    }
}

static hf_status open_decoded(CMS_ContentInfo *cms, BIO *beside, const struct hf_trust *anchors,
                              hf_wall_clock now, hf_buf *content, struct hf_cms_signer *signer)
{
    STACK_OF(X509) * others;
    hf_status status = check_kind(cms, beside != NULL);

    if (status == HF_OK)
        status = verify(cms, beside, content);
    if (status != HF_OK)
        return status;
    others =
        CMS_get1_certs(cms); /* NULL for none, but a signature that was verified came with one */
    if (others == NULL)
        return HF_ERR_NO_MEMORY;
    find_signer(cms, others, anchors, now, signer);
    hf_certificate_list_free(others);
    return HF_OK;
}

/* `beside` NULL: the content is inside. */
static hf_status open_any(hf_bytes file, BIO *beside, const struct hf_trust *anchors,
                          hf_wall_clock now, hf_buf *content, struct hf_cms_signer *signer)
{
    CMS_ContentInfo *cms;
    hf_status status = HF_ERR_MALFORMED;

    if (file.len == 0 || file.len > FILE_MAX)
        return file.len == 0 ? HF_ERR_MALFORMED : HF_ERR_TOO_LARGE;
    cms = decode(file);
    if (cms != NULL)
        status = open_decoded(cms, beside, anchors, now, content, signer);
    ERR_clear_error();
    CMS_ContentInfo_free(cms);
    return status;
}

hf_status hf_cms_open(hf_bytes file, const struct hf_trust *anchors, hf_wall_clock now,
                      hf_buf *out_content, struct hf_cms_signer *out_signer)
{
    hf_buf content = hf_buf_with_max(FILE_MAX);
    struct hf_cms_signer signer = { .trust = HF_ERR_INTERNAL };
    hf_status status = open_any(file, NULL, anchors, now, &content, &signer);

    if (status == HF_OK && !hf_buf_append(out_content, hf_buf_bytes(&content)))
        status = HF_ERR_TOO_LARGE;
    if (status == HF_OK)
        *out_signer = signer;
    hf_buf_free(&content);
    return status;
}

hf_status hf_cms_verify_detached(hf_bytes signature, hf_bytes content,
                                 const struct hf_trust *anchors, hf_wall_clock now,
                                 struct hf_cms_signer *out_signer)
{
    hf_buf copy = hf_buf_with_max(FILE_MAX);
    struct hf_cms_signer signer = { .trust = HF_ERR_INTERNAL };
    hf_status status = HF_ERR_NO_MEMORY;
    BIO *beside;

    if (content.len > FILE_MAX)
        return HF_ERR_TOO_LARGE;
    beside = BIO_new_mem_buf(content.len == 0 ? (const void *)"" : content.data, (int)content.len);
    if (beside != NULL)
        status = open_any(signature, beside, anchors, now, &copy, &signer);
    if (status == HF_OK)
        *out_signer = signer;
    BIO_free(beside);
    hf_buf_free(&copy);
    return status;
}
