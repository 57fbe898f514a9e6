/* Monitors processes: control op 0 the caller, 1 the owner, 2 the nth monitor's process as a message, 3 demonitor the
 * nth, 4 compare the nth and the mth, 5 the caller and the owner, and 6 nobody. Tells the owner who has died. */
#include "telling.h"

typedef struct { ErlDrvPort port; ErlDrvMonitor monitors[10]; int count; } Watcher;

static ErlDrvData start(ErlDrvPort port, char *command)
{
    Watcher *w = driver_alloc(sizeof *w);
    memset(w, 0, sizeof *w);
    w->port = port;
    return (ErlDrvData) w;
}

static void stop(ErlDrvData d) { driver_free(d); }

static void tell_process(Watcher *w, char *what, int n, ErlDrvTermData pid)
{
    ErlDrvTermData spec[] = {
        ERL_DRV_ATOM, driver_mk_atom(what), ERL_DRV_INT, (ErlDrvTermData) n, ERL_DRV_PID, pid, ERL_DRV_TUPLE, 3,
    };
    if (pid == driver_term_nil)
        tell(w->port, driver_connected(w->port), what, -1);
    else
        erl_drv_output_term(driver_mk_port(w->port), spec, sizeof spec / sizeof *spec);
}

static void process_exit(ErlDrvData d, ErlDrvMonitor *monitor)
{
    Watcher *w = (Watcher *) d;
    int i;
    for (i = 0; i < w->count; i++)
        if (!driver_compare_monitors(&w->monitors[i], monitor))
            tell_process(w, "died", i, driver_get_monitored_process(w->port, monitor));
    tell(w->port, driver_connected(w->port), "caller_is_nil", driver_caller(w->port) == driver_term_nil);
}

static ErlDrvSSizeT control(ErlDrvData d, unsigned op, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    Watcher *w = (Watcher *) d;
    int result = -99;
    switch (op) {
    case 0: result = driver_monitor_process(w->port, driver_caller(w->port), &w->monitors[w->count++]); break;
    case 1: result = driver_monitor_process(w->port, driver_connected(w->port), &w->monitors[w->count++]); break;
    case 2: tell_process(w, "monitored", buf[0], driver_get_monitored_process(w->port, &w->monitors[(int) buf[0]])); result = 0; break;
    case 3: result = driver_demonitor_process(w->port, &w->monitors[(int) buf[0]]); break;
    case 4:
        result = driver_compare_monitors(&w->monitors[(int) buf[0]], &w->monitors[(int) buf[1]]);
        result = result ? 1 : 0;
        break;
    case 5:
        return say(rbuf, rlen, "%d %d", driver_caller(w->port) == driver_connected(w->port), driver_caller(w->port) == driver_mk_term_nil());
    case 6: result = driver_monitor_process(w->port, driver_term_nil, &w->monitors[9]); break;
    }
    return say(rbuf, rlen, "%d", result);
}

static ErlDrvEntry entry = {
    .start = start, .stop = stop, .control = control, .process_exit = process_exit, .driver_name = "watcher", VERSIONS,
};

DRIVER_INIT(watcher) { return &entry; }
