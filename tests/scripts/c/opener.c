/* What start does is in the command, after the driver's name: "errno N", "result N", "greet", "busy", "info". */
#include "telling.h"

static ErlDrvData start(ErlDrvPort port, char *command)
{
    char *word = strchr(command, ' ');
    word = word ? word + 1 : "";
    if (!strncmp(word, "errno ", 6)) {
        errno = atoi(word + 6);
        return ERL_DRV_ERROR_ERRNO;
    }
    if (!strncmp(word, "result ", 7)) {
        tell(port, driver_caller(port), "start", atoi(word + 7));
        return (ErlDrvData) atol(word + 7);
    }
    if (!strcmp(word, "timer")) { /* forgotten with the port */
        driver_set_timer(port, 0);
        driver_enq(port, "abc", 3);
        return ERL_DRV_ERROR_GENERAL;
    }
    if (!strcmp(word, "greet")) {
        driver_output(port, "hello\nworld", 11);
        driver_output2(port, "he", 2, "llo", 3);
        tell(port, driver_caller(port), "flags", get_port_flags(port));
        tell(port, driver_connected(port), "connected", driver_connected(port) == driver_caller(port));
    }
    if (!strcmp(word, "command"))
        driver_output(port, command, strlen(command));
    if (!strcmp(word, "busy"))
        set_busy_port(port, 1);
    if (!strcmp(word, "limits")) {
        ErlDrvSizeT low = 0, high = 0;
        erl_drv_busy_msgq_limits(port, &low, &high);
        tell(port, driver_caller(port), "low", (long) low);
        tell(port, driver_caller(port), "high", (long) high);
    }
    return (ErlDrvData) port;
}

static void stop(ErlDrvData d) { if ((long) d > 1000) tell((ErlDrvPort) d, driver_connected((ErlDrvPort) d), "stop", 0); }

static void timeout(ErlDrvData d) { tell((ErlDrvPort) d, driver_connected((ErlDrvPort) d), "timeout", 0); }

static ErlDrvSSizeT control(ErlDrvData d, unsigned op, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    if (op == 1)
        set_busy_port((ErlDrvPort) d, 0);
    return say(rbuf, rlen, "%ld", (long) d > 1000 ? 0 : (long) d);
}

static void output(ErlDrvData d, char *buf, ErlDrvSizeT len)
{
    if ((long) d > 1000)
        driver_output((ErlDrvPort) d, buf, len);
}

static ErlDrvEntry entry = {
    .start = start, .stop = stop, .timeout = timeout, .control = control, .output = output,
    .driver_name = "opener", VERSIONS,
};

DRIVER_INIT(opener) { return &entry; }
