/* The system's CA bundle: see anchors.h. */
#include "daemon/anchors.h"

#include "ipc/channel.h"
#include <holdfast/profile.h>

#include <fcntl.h>
#include <unistd.h>

const char *const hf_anchors_paths[] = {
    "/etc/ssl/certs/ca-certificates.crt", /* Debian, Ubuntu, Arch, Alpine */
    "/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora, RHEL */
    "/etc/ssl/ca-bundle.pem",             /* openSUSE */
    NULL,
};

static hf_status append_file(const char *path, hf_buf *out)
{
    hf_buf bundle = hf_buf_with_max(HF_PROFILE_TRUST_MAX);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    hf_status status = HF_ERR_NOT_FOUND;

    if (fd < 0)
        return status;
    status = hf_ipc_read_fd(fd, HF_PROFILE_TRUST_MAX, &bundle);
    close(fd);
    if (status == HF_OK && bundle.len == 0)
        status = HF_ERR_NOT_FOUND;
    if (status == HF_OK && bundle.len + 1 > out->max - out->len)
        status = HF_ERR_TOO_LARGE;
    if (status == HF_OK && !(hf_buf_append(out, hf_buf_bytes(&bundle)) &&
                             hf_buf_append(out, hf_bytes_of_string("\n"))))
        status = HF_ERR_NO_MEMORY;
    hf_buf_free(&bundle);
    return status;
}

hf_status hf_anchors_append(const char *const *paths, hf_buf *out)
{
    hf_status status = HF_ERR_NOT_FOUND;

    for (size_t i = 0; paths[i] != NULL && status != HF_OK && status != HF_ERR_TOO_LARGE; i++)
        status = append_file(paths[i], out);
    return status;
}
