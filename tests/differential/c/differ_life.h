/* What ports are and how they end: failures, flags, owners, monitors, children, busy states, descriptors. */
#ifndef DIFFER_LIFE_H
#define DIFFER_LIFE_H

#include "differ_terms.h"

static void do_fail(Run *run)
{
    tell(run, "%d", driver_failure(run->p->port, (int) number(run, 1, 1)));
}

static void do_fail_atom(Run *run)
{
    tell(run, "%d", driver_failure_atom(run->p->port, (char *) word(run, 1)));
}

static void do_fail_posix(Run *run)
{
    tell(run, "%d", driver_failure_posix(run->p->port, (int) number(run, 1, 2)));
}

static void do_eof(Run *run)
{
    tell(run, "%d", driver_failure_eof(run->p->port));
}

static void do_exit(Run *run)
{
    tell(run, "%d", driver_exit(run->p->port, (int) number(run, 1, 0)));
}

static void do_busy(Run *run)
{
    set_busy_port(run->p->port, (int) number(run, 1, 1));
    tell(run, "ok");
}

static void do_limits(Run *run)
{
    ErlDrvSizeT low = strtoull(word(run, 1), NULL, 0), high = strtoull(word(run, 2), NULL, 0);
    int no_low = is(word(run, 1), "null"), no_high = is(word(run, 2), "null");
    erl_drv_busy_msgq_limits(run->p->port, no_low ? NULL : &low, no_high ? NULL : &high);
    tell(run, "%ld %ld", no_low ? -7 : (long) low, no_high ? -7 : (long) high);
}

static void do_flags(Run *run)
{
    int flags = (int) number(run, 1, 0);
    set_port_control_flags(run->p->port, flags);
    if (!run->p->gone) run->p->control_flags = flags;
    tell(run, "ok");
}

static void do_about(Run *run)
{
    int known = !run->p->child || !has_handle(run);
    tell(run, "flags %d owner %s caller %s port %s key %s", get_port_flags(run->p->port),
         name_of(run, driver_connected(run->p->port)), known ? name_of(run, driver_caller(run->p->port)) : "unset",
         name_of(run, driver_mk_port(run->p->port)), driver_async_port_key(run->p->port) ? "some" : "0");
}

static void do_os_pid(Run *run)
{
    erl_drv_set_os_pid(run->p->port, number(run, 1, 0));
    tell(run, "ok");
}

static void do_slice(Run *run)
{
    int result = erl_drv_consume_timeslice(run->p->port, (int) number(run, 1, 1));
    tell(run, "%s", result < 0 ? "-1" : "some");
}

static void do_ack(Run *run)
{
    erl_drv_init_ack(run->p->port, (ErlDrvData) run->p);
    tell(run, "ok");
}

/* With a result that is an error: the port is over, and what start has returned goes to stop. */
static void do_refuse(Run *run)
{
    errno = (int) number(run, 2, 0);
    erl_drv_init_ack(run->p->port, (ErlDrvData) number(run, 1, -1));
    tell(run, "ok");
}

static void do_child(Run *run)
{
    Port *child = new_port();
    char name[100];
    snprintf(name, sizeof name, "%s", word(run, 2));
    child->port = driver_create_port(run->p->port, process_word(run, word(run, 1)), name, (ErlDrvData) child);
    if (child->port == (ErlDrvPort) -1) {
        child->gone = 1;
        tell(run, "-1");
        return;
    }
    child->term = driver_mk_port(child->port);
    child->child = 1;
    tell(run, "port %d", child->number);
    if (run->count > 3) {
        Bytes data = bytes_of(run, word(run, 3));
        note(child->number, ' ', "flags %d output -> %d", get_port_flags(child->port),
             driver_output(child->port, data.at, data.size));
    }
}

static void do_monitor(Run *run)
{
    int which = slot(word(run, 2), MONITORS);
    if (run->context == PROCESS_EXIT && which == run->firing) {
        tell(run, "fires");
        return;
    }
    int result = driver_monitor_process(run->p->port, process_word(run, word(run, 1)), &run->p->monitor[which]);
    if (result == 0) run->p->monitored[which] = 1;
    tell(run, "%d", result);
}

static void do_demonitor(Run *run)
{
    int which = slot(word(run, 1), MONITORS);
    if (!run->p->monitored[which] || (run->context == PROCESS_EXIT && which == run->firing)) {
        tell(run, "no monitor");
        return;
    }
    int result = driver_demonitor_process(run->p->port, &run->p->monitor[which]);
    tell(run, "%d", result);
}

static void do_monitored(Run *run)
{
    int which = slot(word(run, 1), MONITORS);
    if (!run->p->monitored[which]) {
        tell(run, "no monitor");
        return;
    }
    ErlDrvTermData pid = driver_get_monitored_process(run->p->port, &run->p->monitor[which]);
    int other = slot(word(run, 2), MONITORS);
    tell(run, "%s %s", name_of(run, pid),
         !run->p->monitored[other] ? "-"
         : driver_compare_monitors(&run->p->monitor[which], &run->p->monitor[other]) ? "unlike" : "same");
}

static int pipe_of(Run *run)
{
    Port *p = run->p;
    if (p->fd[0] < 0 && p->fd[1] < 0 && p->fuel > 0) {
        p->fuel--;
        if (pipe(p->fd) != 0) abort();
        note(p->number, ' ', "  pipe");
    }
    return p->fd[0] >= 0 || p->fd[1] >= 0;
}

/* "select r|w MODE ON": of the pipe's end for reading, or for writing. */
static void do_select(Run *run)
{
    Port *p = run->p;
    int end = is(word(run, 1), "w"), mode = (int) number(run, 2, 0), on = (int) number(run, 3, 0);
    /* No end may be watched for what it cannot give, or that would never be over. */
    mode &= end ? ~ERL_DRV_READ : ~ERL_DRV_WRITE;
    if (p->gone || (on && p->fuel <= 0) || !pipe_of(run) || p->fd[end] < 0) {
        tell(run, "not now");
        return;
    }
    if (on) p->fuel--;
    int direction = mode & (ERL_DRV_READ | ERL_DRV_WRITE);
    int closes = !on && (mode & ERL_DRV_USE) && !(mode & 8);
    int result = driver_select(p->port, (ErlDrvEvent) (long) p->fd[end], mode, on);
    if (result == 0 && (direction || closes)) add(&p->selected[end], (on ? 1 : 0) - p->selected[end]);
    tell(run, "%d", result);
}

static void do_write(Run *run)
{
    Bytes data = bytes_of(run, word(run, 1));
    long result = pipe_of(run) && run->p->fd[1] >= 0 && data.size && data.size < 4000 && run->p->fuel-- > 0
                      ? (long) write(run->p->fd[1], data.at, data.size) : -2;
    tell(run, "%ld", result);
}

static void close_pipe(Port *p)
{
    for (int end = 0; end < 2; end++) {
        p->selected[end] = 0;
        if (p->fd[end] >= 0)
            driver_select(p->port, (ErlDrvEvent) (long) p->fd[end], ERL_DRV_READ | ERL_DRV_WRITE | ERL_DRV_USE, 0);
    }
}

#endif
