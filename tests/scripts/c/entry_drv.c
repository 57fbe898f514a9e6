/* A driver that adds drivers: add_driver_entry, remove_driver_entry. */
#include "tell.h"

static ErlDrvData start(ErlDrvPort port, char *command)
{
    (void) command;
    return (ErlDrvData) port;
}

static int child_init(void)
{
    note("child init");
    return 0;
}

static int bad_init(void)
{
    note("bad init");
    return -1;
}

static void child_finish(void)
{
    note("child finish");
}

static ErlDrvSSizeT child_control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT len, char **rbuf,
                                  ErlDrvSizeT rlen)
{
    (void) buf;
    (void) len;
    if (command == 'l') return answer(rbuf, rlen, "%d", driver_lock_driver((ErlDrvPort) data));
    return answer(rbuf, rlen, "I am a child, asked for %u", command);
}

static ErlDrvSSizeT second_control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT len, char **rbuf,
                                   ErlDrvSizeT rlen)
{
    (void) data;
    (void) buf;
    (void) len;
    return answer(rbuf, rlen, "I am the second, asked for %u", command);
}

static ErlDrvEntry child = {
    .init = child_init, .start = start, .driver_name = "child_drv", .finish = child_finish, .control = child_control,
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
};
static ErlDrvEntry second = {
    .init = child_init, .start = start, .driver_name = "child_drv", .finish = child_finish, .control = second_control,
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
};
static ErlDrvEntry bad = {
    .init = bad_init, .start = start, .driver_name = "bad_child_drv", .control = child_control,
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
};
static ErlDrvEntry never = {.driver_name = "never_added"};

static ErlDrvEntry entry;

static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    (void) data;
    (void) buf;
    (void) len;
    switch (command) {
    case 'a': add_driver_entry(&child); return answer(rbuf, rlen, "added");
    case 's': add_driver_entry(&second); return answer(rbuf, rlen, "added");
    case 'b': add_driver_entry(&bad); return answer(rbuf, rlen, "added");
    case 'r': return answer(rbuf, rlen, "%d", remove_driver_entry(&child));
    case 'R': return answer(rbuf, rlen, "%d", remove_driver_entry(&second));
    case 'n': return answer(rbuf, rlen, "%d", remove_driver_entry(&never));
    case 'm': return answer(rbuf, rlen, "%d", remove_driver_entry(&entry));
    }
    return -1;
}

static ErlDrvEntry entry = {
    .start = start, .driver_name = "entry_drv", .control = control,
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
};

DRIVER_INIT(entry_drv)
{
    return &entry;
}
