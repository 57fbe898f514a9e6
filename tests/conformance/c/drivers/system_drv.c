/* The system: environment, versions, time, errno names; call answers with a term. */
#include <string.h>
#include <stdio.h>
#include "erl_driver.h"

static ErlDrvData start(ErlDrvPort port, char *command) { return (ErlDrvData)port; }

/* 1: set the environment "Name=Value"; 2: read it; 3: facts; 4: time; 5: name of an errno; 6: flags of the port. */
static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT size, char **reply, ErlDrvSizeT room) {
    char text[256], *value;
    if (size > 200) return -1;
    memcpy(text, buf, size);
    text[size] = 0;
    if (command == 1) {
        if (!(value = strchr(text, '='))) return -1;
        *value++ = 0;
        return sprintf(*reply, "%d", erl_drv_putenv(text, value));
    }
    if (command == 2) {
        char found[40];
        size_t length = sizeof(found);
        int result = erl_drv_getenv(text, found, &length);
        return sprintf(*reply, "%d %d %s", result, (int)length, result == 0 ? found : "");
    }
    if (command == 3) {
        ErlDrvSysInfo info;
        driver_system_info(&info, sizeof(info));
        return sprintf(*reply, "%d.%d %s %s %d %d %d", info.driver_major_version, info.driver_minor_version,
                       info.erts_version, info.otp_release, info.thread_support, info.smp_support, info.async_threads);
    }
    if (command == 4) {
        ErlDrvTime a = erl_drv_monotonic_time(ERL_DRV_NSEC), b = erl_drv_monotonic_time(ERL_DRV_NSEC);
        return sprintf(*reply, "%d %d %d", a <= b, (int)erl_drv_convert_time_unit(1500, ERL_DRV_MSEC, ERL_DRV_SEC),
                       (int)erl_drv_convert_time_unit(-1, ERL_DRV_MSEC, ERL_DRV_SEC));
    }
    if (command == 5) return sprintf(*reply, "%s", erl_errno_id((unsigned char)buf[0]));
    if (command == 6) return sprintf(*reply, "%d", get_port_flags((ErlDrvPort)data));
    if (command == 7) {
        erl_drv_set_os_pid((ErlDrvPort)data, 4711);
        return 0;
    }
    return -1;
}

/* The reply is {Command, Argument}. */
static ErlDrvSSizeT call(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT size, char **reply, ErlDrvSizeT room, unsigned *flags) {
    if (command > 9) return -1;
    if (size + 5 > room) *reply = driver_alloc(size + 5);
    char *out = *reply;
    *out++ = 131;
    *out++ = 104;
    *out++ = 2;
    *out++ = 97;
    *out++ = command;
    memcpy(out, buf + 1, size - 1);
    return size + 4;
}

static ErlDrvEntry entry = {
    .driver_name = "system_drv", .start = start, .control = control, .call = call,
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION, .driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING,
};
DRIVER_INIT(system_drv) { return &entry; }
