/* A driver that uses what nobody has. */
#include "erl_driver.h"

extern int no_such_function(void);
extern int no_other_function(void);

static ErlDrvData start(ErlDrvPort port, char *command)
{
    char text[100];
    dtrace_drvport_str(port, text);
    driver_output(port, command, no_such_function() + no_other_function());
    return NULL;
}

static ErlDrvEntry entry = {
    .start = start, .driver_name = "missing_drv", .extended_marker = ERL_DRV_EXTENDED_MARKER,
    .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION, .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
};

DRIVER_INIT(missing_drv) { return &entry; }
