/* Acknowledges its opening later, from a timer: the command says with what. */
#include "telling.h"

typedef struct { ErlDrvPort port; char how[100]; int number; } Ack;

static ErlDrvData start(ErlDrvPort port, char *command)
{
    Ack *a = driver_alloc(sizeof *a);
    a->port = port;
    a->number = 0;
    if (sscanf(command, "%*s %99s %d", a->how, &a->number) >= 1 && !strcmp(a->how, "at_once"))
        return (ErlDrvData) (long) a->number;
    driver_set_timer(port, 0);
    return (ErlDrvData) a;
}

static void stop(ErlDrvData d) { tell(((Ack *) d)->port, driver_connected(((Ack *) d)->port), "stop", 0); }

static void timeout(ErlDrvData d)
{
    Ack *a = (Ack *) d;
    if (!strcmp(a->how, "ok")) {
        driver_output(a->port, "before", 6);
        erl_drv_init_ack(a->port, d);
        driver_output(a->port, "after", 5);
        erl_drv_init_ack(a->port, ERL_DRV_ERROR_GENERAL);
    } else if (!strcmp(a->how, "result")) {
        errno = 13;
        erl_drv_init_ack(a->port, (ErlDrvData) (long) a->number);
    } else if (!strcmp(a->how, "failure"))
        driver_failure_atom(a->port, "boom");
    else if (!strcmp(a->how, "exit"))
        driver_exit(a->port, a->number);
    else if (!strcmp(a->how, "other")) {
        Ack *other = driver_alloc(sizeof *other);
        *other = *a;
        strcpy(other->how, "exchanged");
        erl_drv_init_ack(a->port, (ErlDrvData) other);
    }
}

static ErlDrvSSizeT control(ErlDrvData d, unsigned op, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    return say(rbuf, rlen, "%s", ((Ack *) d)->how);
}

static ErlDrvEntry entry = {
    .start = start, .stop = stop, .timeout = timeout, .control = control, .driver_name = "ack",
    .driver_flags = ERL_DRV_FLAG_USE_INIT_ACK, VERSIONS,
};

DRIVER_INIT(ack) { return &entry; }
