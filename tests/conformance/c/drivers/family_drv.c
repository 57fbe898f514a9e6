/* Driver-created ports: a command makes the port have a child, which is told its number and belongs to the sender. */
#include <stdio.h>
#include "erl_driver.h"

typedef struct { ErlDrvPort port; int number, children; } Data;

static Data *make(ErlDrvPort port, int number) {
    Data *d = driver_alloc(sizeof(Data));
    d->port = port;
    d->number = number;
    d->children = 0;
    return d;
}

static ErlDrvData start(ErlDrvPort port, char *command) { return (ErlDrvData)make(port, 0); }

static void stop(ErlDrvData data) { driver_free(data); }

static void output(ErlDrvData data, char *buf, ErlDrvSizeT size) {
    Data *d = (Data *)data;
    Data *child = make(NULL, ++d->children);
    child->port = driver_create_port(d->port, driver_caller(d->port), "family_drv child", (ErlDrvData)child);
    ErlDrvTermData spec[] = {ERL_DRV_ATOM, driver_mk_atom("born"), ERL_DRV_PORT, driver_mk_port(child->port),
                             ERL_DRV_TUPLE, 2};
    erl_drv_send_term(driver_mk_port(d->port), driver_caller(d->port), spec, 6);
}

static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT size, char **reply, ErlDrvSizeT room) {
    return sprintf(*reply, "number %d, %d children", ((Data *)data)->number, ((Data *)data)->children);
}

static ErlDrvEntry entry = {
    .driver_name = "family_drv", .start = start, .stop = stop, .output = output, .control = control,
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION, .driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING,
};
DRIVER_INIT(family_drv) { return &entry; }
