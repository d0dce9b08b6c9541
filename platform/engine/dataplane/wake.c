/* Waking a thread: see wake.h. */
#include "engine/dataplane/wake.h"

#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

hf_status hf_wake_init(struct hf_wake *wake)
{
    wake->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return wake->fd < 0 ? HF_ERR_LOCAL_SETUP : HF_OK;
}

void hf_wake_clear(struct hf_wake *wake)
{
    if (wake->fd >= 0)
        close(wake->fd);
    wake->fd = -1;
}

/* Fails only where the count is at its maximum: then it is readable already. */
void hf_wake_notify(const struct hf_wake *wake)
{
    uint64_t one = 1;
    ssize_t written = write(wake->fd, &one, sizeof one);

    (void)written;
}

void hf_wake_take(const struct hf_wake *wake)
{
    uint64_t count;
    ssize_t taken = read(wake->fd, &count, sizeof count);

    (void)taken;
}

void hf_watch_arm(struct hf_watch *watch)
{
    atomic_store_explicit(&watch->is_armed, true, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst);
}

void hf_watch_notify(struct hf_watch *watch)
{
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load_explicit(&watch->is_armed, memory_order_relaxed) &&
        atomic_exchange_explicit(&watch->is_armed, false, memory_order_relaxed))
        hf_wake_notify(watch->wake);
}
