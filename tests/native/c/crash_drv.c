/* A driver that crashes in every way. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "erl_driver.h"

typedef struct { ErlDrvPort port; } Data;

static volatile char *nowhere;

__attribute__((noinline)) void write_nowhere(void) { *nowhere = 1; }

static void invoke(void *data)
{
    (void) data;
    write_nowhere();
}

static ErlDrvData start(ErlDrvPort port, char *command)
{
    Data *d = driver_alloc(sizeof *d);
    d->port = port;
    if (strstr(command, " now")) write_nowhere();
    return (ErlDrvData) d;
}

static void stop(ErlDrvData data) { driver_free(data); }

static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    (void) rlen;
    switch (command) {
    case 's': write_nowhere(); break;
    case 'a': abort();
    case 'e': exit(3);
    case 'j': driver_async(((Data *) data)->port, NULL, invoke, NULL, NULL); return 0;
    }
    memcpy(*rbuf, buf, len);
    return len;
}

static ErlDrvEntry entry = {
    .start = start, .stop = stop, .driver_name = "crash_drv", .control = control,
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
};

DRIVER_INIT(crash_drv) { return &entry; }
