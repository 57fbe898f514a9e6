/* A driver that reads what it has freed: for AddressSanitizer. */
#include <stdlib.h>
#include "erl_driver.h"

static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    volatile char *block = malloc(10);
    (void) data, (void) buf, (void) len, (void) rlen;
    block[0] = 'x';
    if (command == 1) free((char *) block);
    **rbuf = block[0];
    if (command != 1) free((char *) block);
    return 1;
}

static ErlDrvEntry entry = {
    .driver_name = "sanitized_drv", .control = control, .extended_marker = ERL_DRV_EXTENDED_MARKER,
    .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION, .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
};

DRIVER_INIT(sanitized_drv) { return &entry; }
