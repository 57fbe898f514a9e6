/* Failing: start fails as its argument says, a command makes the port end in one of the ways there are. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "erl_driver.h"

static ErlDrvData start(ErlDrvPort port, char *command) {
    char *how = strchr(command, ' ');
    if (how && !strcmp(how, " general")) return ERL_DRV_ERROR_GENERAL;
    if (how && !strcmp(how, " badarg")) return ERL_DRV_ERROR_BADARG;
    if (how && !strcmp(how, " errno")) {
        errno = ENOENT;
        return ERL_DRV_ERROR_ERRNO;
    }
    return (ErlDrvData)port;
}

static void output(ErlDrvData data, char *buf, ErlDrvSizeT size) {
    ErlDrvPort port = (ErlDrvPort)data;
    switch (size ? buf[0] : 0) {
    case 'a': driver_failure_atom(port, "oops"); break;
    case 'p': driver_failure_posix(port, EPERM); break;
    case 'n': driver_failure(port, 17); break;
    case '0': driver_failure(port, 0); break;
    case 'e': driver_failure_eof(port); break;
    case 'x': driver_exit(port, 0); break;
    case 'y': driver_exit(port, EACCES); break;
    case '2':
        driver_failure_atom(port, "first");
        driver_failure_atom(port, "second");
        break;
    default: driver_output(port, "fine", 4);
    }
}

static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT size, char **reply, ErlDrvSizeT room) {
    output(data, buf, size);
    memcpy(*reply, "done", 4);
    return 4;
}

static ErlDrvEntry entry = {
    .driver_name = "fail_drv", .start = start, .output = output, .control = control,
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION, .driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING,
};
DRIVER_INIT(fail_drv) { return &entry; }
