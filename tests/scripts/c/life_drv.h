/* A driver that notes its life, in as many versions as there are files that include this. */
#include "tell.h"

#ifndef NAME
#define NAME "life_drv"
#endif
#ifndef MARKER
#define MARKER ERL_DRV_EXTENDED_MARKER
#endif
#ifndef MAJOR
#define MAJOR ERL_DRV_EXTENDED_MAJOR_VERSION
#endif
#ifndef MINOR
#define MINOR ERL_DRV_EXTENDED_MINOR_VERSION
#endif
#ifndef INIT_RESULT
#define INIT_RESULT 0
#endif

static int counter;                                     /* each load has its own */

static int init(void)
{
    note(VERSION " init");
    return INIT_RESULT;
}

static void finish(void)
{
    note(VERSION " finish");
}

static ErlDrvData start(ErlDrvPort port, char *command)
{
    note(VERSION " start");
    if (strstr(command, "general")) return ERL_DRV_ERROR_GENERAL;
    if (strstr(command, "badarg")) return ERL_DRV_ERROR_BADARG;
    if (strstr(command, "errno")) {
        errno = EACCES;
        return ERL_DRV_ERROR_ERRNO;
    }
    return (ErlDrvData) port;
}

static void stop(ErlDrvData data)
{
    (void) data;
    note(VERSION " stop");
}

static void flush(ErlDrvData data)
{
    (void) data;
    note(VERSION " flush");
}


static void output(ErlDrvData data, char *buf, ErlDrvSizeT len)
{
    driver_enq((ErlDrvPort) data, buf, len);
}

static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    ErlDrvPort port = (ErlDrvPort) data;
    (void) buf;
    (void) len;
    switch (command) {
    case 'v': return answer(rbuf, rlen, "version %s, number %d", VERSION, ++counter);
    case 'l': return answer(rbuf, rlen, "%d", driver_lock_driver(port));
    case 'L': return answer(rbuf, rlen, "%d", driver_lock_driver((ErlDrvPort) -1));
    case 'd':
        driver_deq(port, driver_sizeq(port));
        return answer(rbuf, rlen, "empty");
    case 'f':
        driver_failure_atom(port, "life_ends");
        return 0;
    }
    return -1;
}

#ifdef MISSING
extern int no_such_function_1(void), no_such_function_2(void);
#endif

static ErlDrvEntry entry = {
    .init = init, .start = start, .stop = stop, .output = output, .driver_name = NAME, .finish = finish,
    .control = control, .flush = flush, .extended_marker = (int) MARKER, .major_version = MAJOR,
    .minor_version = MINOR, .driver_flags = 0,
};

#ifdef NO_INIT
ErlDrvEntry *not_driver_init(void);
ErlDrvEntry *not_driver_init(void)
#else
DRIVER_INIT(life_drv)
#endif
{
#ifdef MISSING
    counter = no_such_function_1() + no_such_function_2();
#endif
    note(VERSION " driver_init");
#ifdef NULL_ENTRY
    return NULL;
#endif
    return &entry;
}
