/* Memory of a data thread: see buffers.h. */
#include "engine/dataplane/buffers.h"

#include <string.h>
#include <sys/mman.h>

hf_status hf_buffers_init(struct hf_buffers *buffers, size_t slot_size, size_t touched)
{
    size_t size = slot_size * HF_ESP_BATCH_MAX;
    void *data = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (data == MAP_FAILED)
        return HF_ERR_NO_MEMORY;
    *buffers = (struct hf_buffers){ .data = data, .slot_size = slot_size, .size = size };
    for (size_t i = 0; i < HF_ESP_BATCH_MAX; i++)
        memset(buffers->data + i * slot_size, 0, touched < slot_size ? touched : slot_size);
    return HF_OK;
}

void hf_buffers_clear(struct hf_buffers *buffers)
{
    if (buffers->data != NULL)
        munmap(buffers->data, buffers->size);
    buffers->data = NULL;
}

uint8_t *hf_buffers_slot(const struct hf_buffers *buffers, size_t i)
{
    HF_ASSERT(i < HF_ESP_BATCH_MAX);
    return buffers->data + i * buffers->slot_size + HF_SLOT_HEAD;
}
