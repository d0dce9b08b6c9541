/* The control loop: see control.h. */
#include "engine/control.h"

#include "engine/clock.h"
#include "engine/report.h"
#include "engine/session.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct hf_control {
    int daemon;
    int timer;
    hf_time armed; /* what the timer is set to; HF_NEVER: it is off */
    struct hf_dataplane *dataplane;
    struct hf_session session;
    uint8_t buffer[HF_IPC_BODY_MAX + 16];
};

static void clear(struct hf_control *control)
{
    hf_dataplane_stop(control->dataplane);
    hf_session_clear(&control->session);
    if (control->timer >= 0)
        close(control->timer);
    free(control);
}

hf_status hf_control_new(int daemon, struct hf_dataplane *dataplane, struct hf_control **out)
{
    struct hf_control *control = calloc(1, sizeof *control);

    if (control == NULL) {
        hf_dataplane_stop(dataplane);
        return HF_ERR_NO_MEMORY;
    }
    control->daemon = daemon;
    control->dataplane = dataplane;
    control->armed = HF_NEVER;
    hf_session_init(&control->session, daemon, dataplane);
    control->timer = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (control->timer < 0) {
        clear(control);
        return HF_ERR_LOCAL_SETUP;
    }
    *out = control;
    return HF_OK;
}

/* A moment that has passed already still fires: the timer takes no zero. */
static void arm(struct hf_control *control, hf_time deadline)
{
    struct itimerspec when = { 0 };

    if (deadline == control->armed)
        return;
    if (deadline != HF_NEVER)
        when.it_value = hf_engine_timespec(deadline == 0 ? 1 : deadline);
    HF_ASSERT(timerfd_settime(control->timer, TFD_TIMER_ABSTIME, &when, NULL) == 0);
    control->armed = deadline;
}

static void handle_timer(struct hf_control *control)
{
    uint64_t expired;
    ssize_t got = read(control->timer, &expired, sizeof expired);

    (void)got;
    control->armed = HF_NEVER;
    hf_session_handle_time(&control->session, hf_engine_now());
}

/* One message; the next turn of the loop takes the next. */
static void handle_daemon(struct hf_control *control)
{
    struct hf_ipc_message message;
    hf_status status =
        hf_ipc_receive(control->daemon, control->buffer, sizeof control->buffer, &message);

    if (status == HF_ERR_BUSY)
        return;
    if (status != HF_OK) {
        hf_session_leave(&control->session, hf_engine_now());
        return;
    }
    hf_session_handle_message(&control->session, &message, hf_engine_now());
    hf_cleanse(control->buffer, sizeof control->buffer);
    hf_ipc_close_fds(&message);
}

static bool is_done(const struct hf_control *control)
{
    return control->session.is_over || control->session.is_broken;
}

static void turn(struct hf_control *control)
{
    struct pollfd fds[] = {
        {.fd = control->daemon,                      .events = POLLIN},
        { .fd = hf_dataplane_fd(control->dataplane), .events = POLLIN},
        { .fd = control->timer,                      .events = POLLIN},
        { .fd = control->session.resolver,           .events = POLLIN},
    };

    arm(control, hf_session_deadline(&control->session));
    if (poll(fds, HF_ARRAY_LEN(fds), -1) < 0)
        return;
    if (fds[1].revents != 0)
        hf_session_handle_dataplane(&control->session, hf_engine_now());
    if (fds[2].revents != 0)
        handle_timer(control);
    if (fds[3].revents != 0)
        hf_session_handle_resolver(&control->session, hf_engine_now());
    if (fds[0].revents != 0 && !is_done(control))
        handle_daemon(control);
}

hf_status hf_control_run(struct hf_control *control)
{
    hf_status status = hf_report_ready(control->daemon);

    while (status == HF_OK && !is_done(control))
        turn(control);
    if (control->session.is_broken)
        status = HF_ERR_NO_DAEMON;
    clear(control);
    return status;
}
