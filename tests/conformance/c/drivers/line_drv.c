/* Output in the forms of open_port: control sends its argument, the command says with which function. */
#include "erl_driver.h"

static ErlDrvData start(ErlDrvPort port, char *command) { return (ErlDrvData)port; }

/* Control flags: the reply is a binary if the operation is 10 or more. */
static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT size, char **reply, ErlDrvSizeT room) {
    ErlDrvPort port = (ErlDrvPort)data;
    set_port_control_flags(port, command >= 10 ? PORT_CONTROL_FLAG_BINARY : 0);
    if (command % 10 == 0) driver_output(port, buf, size);
    else if (command % 10 == 1) driver_output2(port, "H", 1, buf, size);
    else if (command % 10 == 2) {
        for (ErlDrvSizeT i = 0; i < size; i++) driver_output(port, buf + i, 1);
    } else if (command % 10 == 3) driver_failure_eof(port);
    (*reply)[0] = 'o';
    (*reply)[1] = 'k';
    return 2;
}

static ErlDrvEntry entry = {
    .driver_name = "line_drv", .start = start, .control = control,
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION, .driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING,
};
DRIVER_INIT(line_drv) { return &entry; }
