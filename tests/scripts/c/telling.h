/* What the drivers here share: an entry, telling a process what happened, and replies of control that are text. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "erl_driver.h"

#define VERSIONS \
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION, \
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION

/* Send {Port, What, Number}. */
static inline int tell(ErlDrvPort port, ErlDrvTermData to, char *what, long number)
{
    ErlDrvTermData spec[] = {
        ERL_DRV_PORT, driver_mk_port(port), ERL_DRV_ATOM, driver_mk_atom(what),
        ERL_DRV_INT, (ErlDrvTermData) number, ERL_DRV_TUPLE, 3,
    };
    return erl_drv_send_term(spec[1], to, spec, sizeof spec / sizeof *spec);
}

/* Make a reply of control. */
static inline ErlDrvSSizeT say(char **rbuf, ErlDrvSizeT rlen, const char *format, ...)
{
    char text[2000];
    int length;
    va_list arguments;
    va_start(arguments, format);
    length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if ((ErlDrvSizeT) length > rlen)
        *rbuf = driver_alloc(length);
    memcpy(*rbuf, text, length);
    return length;
}
