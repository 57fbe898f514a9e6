/* Ports of one driver, which share its lock, so that a callback of one may use the handle of another.
 *
 * A command "N what data" does something to the N-th port, in the callback of the port that got it.
 */
#include "tell.h"

enum { PORTS = 20 };

static ErlDrvPort ports[PORTS];
static int opened;

static int number_of(ErlDrvData data)
{
    return (int) (long) data - 1;
}

static ErlDrvData relay_start(ErlDrvPort port, char *command)
{
    ports[opened] = port;
    return (ErlDrvData) (long) ++opened;
}

static void relay_stop(ErlDrvData data)
{
    note("stop %d", number_of(data));
    ports[number_of(data)] = NULL;
}

static ErlDrvSSizeT relay_control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT len, char **rbuf,
                                  ErlDrvSizeT rlen)
{
    char request[200], what[20] = "", rest[100] = "";
    int other = 0, result = -7;
    unsigned long left = 4711;
    words(request, sizeof request, buf, len);
    sscanf(request, "%d %19s %99s", &other, what, rest);
    ErlDrvPort port = ports[other];
    if (!port) return answer(rbuf, rlen, "no port %d", other);
    if (!strcmp(what, "output")) result = driver_output(port, rest, strlen(rest));
    if (!strcmp(what, "fail")) result = driver_failure_atom(port, rest);
    if (!strcmp(what, "eof")) result = driver_failure_eof(port);
    if (!strcmp(what, "exit")) result = driver_exit(port, atoi(rest));
    if (!strcmp(what, "enq")) result = driver_enq(port, rest, strlen(rest));
    if (!strcmp(what, "deq")) result = (int) driver_deq(port, atoi(rest));
    if (!strcmp(what, "size")) result = (int) driver_sizeq(port);
    if (!strcmp(what, "timer")) result = driver_set_timer(port, atoi(rest));
    if (!strcmp(what, "cancel")) result = driver_cancel_timer(port);
    if (!strcmp(what, "left")) result = driver_read_timer(port, &left) || left != 0;
    if (!strcmp(what, "busy")) set_busy_port(port, atoi(rest)), result = 0;
    if (!strcmp(what, "flags")) set_port_control_flags(port, atoi(rest)), result = 0;
    if (!strcmp(what, "caller")) result = driver_caller(port) == driver_connected(port);
    return answer(rbuf, rlen, "%d", result);
}

static void relay_output(ErlDrvData data, char *buf, ErlDrvSizeT len)
{
    note("output %d %.*s", number_of(data), (int) len, buf);
    for (int i = 0; i < opened; i++)
        if (ports[i] && i != number_of(data)) driver_output(ports[i], buf, len);
}

static void relay_timeout(ErlDrvData data)
{
    note("timeout %d", number_of(data));
}

static void relay_flush(ErlDrvData data)
{
    note("flush %d", number_of(data));
}

static ErlDrvEntry entry = {
    .start = relay_start,
    .stop = relay_stop,
    .output = relay_output,
    .control = relay_control,
    .timeout = relay_timeout,
    .flush = relay_flush,
    .driver_name = "relay",
    .extended_marker = ERL_DRV_EXTENDED_MARKER,
    .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
};

DRIVER_INIT(relay)
{
    return &entry;
}
