/* A driver that answers each command and control with the sizes of what it got: the same as sizes_drv of oracle.py. */
#include <stdio.h>
#include "erl_driver.h"

static ErlDrvData start(ErlDrvPort port, char *command) { return (ErlDrvData) port; }

static void output(ErlDrvData data, char *buf, ErlDrvSizeT length)
{
    char text[32];
    driver_output((ErlDrvPort) data, text, sprintf(text, "%d", (int) length));
}

static void outputv(ErlDrvData data, ErlIOVec *ev)
{
    char text[8192];
    int i, at = 0;
    for (i = 0; i < ev->vsize && at < 8000; i++)
        at += sprintf(text + at, "%d%s ", (int) ev->iov[i].iov_len, ev->binv[i] ? "b" : "");
    driver_output((ErlDrvPort) data, text, at);
}

static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT length, char **reply, ErlDrvSizeT room)
{
    return sprintf(*reply, "%d", (int) length);
}

static ErlDrvEntry entry = {
    .start = start,
#ifdef VECTORS
    .outputv = outputv,
#else
    .output = output,
#endif
    .control = control,
    .driver_name = NAME,
    .extended_marker = ERL_DRV_EXTENDED_MARKER,
    .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
    .driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING,
};

DRIVER_INIT(sizes) { return &entry; }
