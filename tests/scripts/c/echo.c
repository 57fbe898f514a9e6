/* Sends back what it gets, in every way that the owner can ask for: control chooses how output answers.
 * control op: 0 echo the data; 1 choose the function that output uses; 2 driver_failure_eof; 3 get_port_flags;
 * 4 flags given to set_port_control_flags, then echo. */
#include <string.h>
#include "erl_driver.h"

typedef struct { ErlDrvPort port; int way; } Echo;

static ErlDrvData start(ErlDrvPort port, char *command)
{
    Echo *e = driver_alloc(sizeof *e);
    e->port = port;
    e->way = 0;
    if (strstr(command, "greet"))
        driver_output(port, command, strlen(command));
    return (ErlDrvData) e;
}

static void stop(ErlDrvData d) { driver_free(d); }

static void output(ErlDrvData d, char *buf, ErlDrvSizeT len)
{
    Echo *e = (Echo *) d;
    ErlDrvBinary *bin;
    ErlIOVec ev;
    SysIOVec iov[3];
    ErlDrvBinary *binv[3] = { NULL, NULL, NULL };
    switch (e->way) {
    case 0: driver_output(e->port, buf, len); break;
    case 1: driver_output2(e->port, "head:", 5, buf, len); break;
    case 2:
    case 3:
        bin = driver_alloc_binary(len + 4);
        memcpy(bin->orig_bytes, "....", 4);
        memcpy(bin->orig_bytes + 4, buf, len);
        driver_output_binary(e->port, "bin", e->way == 2 ? 0 : 3, bin, 4, len);
        driver_free_binary(bin);
        break;
    case 4:
    case 5: /* three parts: nothing, the first half, the rest; the last one after skipping a byte */
        iov[0].iov_base = NULL; iov[0].iov_len = 0;
        iov[1].iov_base = buf; iov[1].iov_len = len / 2;
        iov[2].iov_base = buf + len / 2; iov[2].iov_len = len - len / 2;
        ev.vsize = 3; ev.size = len; ev.iov = iov; ev.binv = binv;
        driver_outputv(e->port, "vec", e->way == 4 ? 0 : 3, &ev, e->way == 4 ? 0 : 1);
        break;
    case 6: driver_output(e->port, NULL, 0); break;
    case 7: driver_output2(e->port, "only", 4, NULL, 0); break;
    }
}

static ErlDrvSSizeT control(ErlDrvData d, unsigned op, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    Echo *e = (Echo *) d;
    switch (op) {
    case 0:
        if (len > rlen)
            *rbuf = driver_alloc(len);
        memcpy(*rbuf, buf, len);
        return len;
    case 1: e->way = buf[0]; return 0;
    case 2: driver_failure_eof(e->port); return 0;
    case 3: **rbuf = get_port_flags(e->port); return 1;
    case 4:
        set_port_control_flags(e->port, buf[0]);
        memcpy(*rbuf, buf, len);
        return len;
    }
    return -1;
}

static ErlDrvEntry entry = {
    .start = start, .stop = stop, .output = output, .driver_name = "echo", .control = control,
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
};

DRIVER_INIT(echo) { return &entry; }
