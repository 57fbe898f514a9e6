/* Busy ports: a gate that is shut after N commands and opened by control or after a time. */
#include "erl_driver.h"

typedef struct { ErlDrvPort port; int room, passed; } Data;

static ErlDrvData start(ErlDrvPort port, char *command) {
    Data *d = driver_alloc(sizeof(Data));
    d->port = port;
    d->room = -1;
    d->passed = 0;
    return (ErlDrvData)d;
}

static void stop(ErlDrvData data) { driver_free(data); }

static void output(ErlDrvData data, char *buf, ErlDrvSizeT size) {
    Data *d = (Data *)data;
    d->passed++;
    driver_output(d->port, buf, size);
    if (d->room > 0 && --d->room == 0) set_busy_port(d->port, 1);
}

static void timeout(ErlDrvData data) { set_busy_port(((Data *)data)->port, 0); }

/* 1: shut; 2: open; 3 <<N>>: shut after N commands; 4: how many have passed; 5 <<Ms>>: open after Ms. */
static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT size, char **reply, ErlDrvSizeT room) {
    Data *d = (Data *)data;
    if (command == 1 || command == 2) set_busy_port(d->port, command == 1);
    else if (command == 3) d->room = buf[0];
    else if (command == 4) {
        (*reply)[0] = d->passed;
        return 1;
    } else if (command == 5) driver_set_timer(d->port, buf[0]);
    else return -1;
    return 0;
}

static ErlDrvEntry entry = {
    .driver_name = "gate_drv", .start = start, .stop = stop, .output = output, .timeout = timeout, .control = control,
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
    .driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING | ERL_DRV_FLAG_SOFT_BUSY,
};
DRIVER_INIT(gate_drv) { return &entry; }
