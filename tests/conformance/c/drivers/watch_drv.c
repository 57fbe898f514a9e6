/* Process monitors: every sender of a command is watched, and the owner told when it ends. */
#include <stdio.h>
#include <string.h>
#include "erl_driver.h"

typedef struct { ErlDrvPort port; ErlDrvMonitor monitors[16]; int count; } Data;

static ErlDrvData start(ErlDrvPort port, char *command) {
    Data *d = driver_alloc(sizeof(Data));
    memset(d, 0, sizeof(Data));
    d->port = port;
    return (ErlDrvData)d;
}

static void stop(ErlDrvData data) { driver_free(data); }

static void output(ErlDrvData data, char *buf, ErlDrvSizeT size) {
    Data *d = (Data *)data;
    if (d->count < 16) driver_monitor_process(d->port, driver_caller(d->port), &d->monitors[d->count++]);
}

static void process_exit(ErlDrvData data, ErlDrvMonitor *monitor) {
    Data *d = (Data *)data;
    char text[32];
    for (int i = 0; i < d->count; i++)
        if (driver_compare_monitors(monitor, &d->monitors[i]) == 0)
            driver_output(d->port, text, sprintf(text, "gone %d", i));
}

/* 1 <<N>>: stop watching; 2 <<N>>: is it watched? 3: how many were there? */
static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT size, char **reply, ErlDrvSizeT room) {
    Data *d = (Data *)data;
    if (command == 1) (*reply)[0] = '0' + driver_demonitor_process(d->port, &d->monitors[(int)buf[0]]);
    else if (command == 2)
        (*reply)[0] = driver_get_monitored_process(d->port, &d->monitors[(int)buf[0]]) == driver_term_nil ? 'n' : 'y';
    else if (command == 3) (*reply)[0] = '0' + d->count;
    else return -1;
    return 1;
}

static ErlDrvEntry entry = {
    .driver_name = "watch_drv", .start = start, .stop = stop, .output = output, .process_exit = process_exit,
    .control = control, .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION, .driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING,
};
DRIVER_INIT(watch_drv) { return &entry; }
