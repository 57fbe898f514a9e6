/* A port that control makes busy and free again (op 1 with 0 or 1), or that makes itself busy with the command that has
 * an X in it. op 2: the limits of its message queue, read and set: two numbers, - for no pointer. */
#include "telling.h"

#ifndef NAME
#define NAME "busy"
#define FLAGS 0
#endif

static ErlDrvData start(ErlDrvPort port, char *command) { return (ErlDrvData) port; }

static void output(ErlDrvData d, char *buf, ErlDrvSizeT len)
{
    driver_output((ErlDrvPort) d, buf, len > 20 ? 20 : len);
    if (memchr(buf, 'X', len))
        set_busy_port((ErlDrvPort) d, 1);
}

static ErlDrvSSizeT control(ErlDrvData d, unsigned op, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    ErlDrvPort port = (ErlDrvPort) d;
    char text[100], low_text[50], high_text[50];
    ErlDrvSizeT low, high;
    if (op == 1)
        set_busy_port(port, buf[0]);
    if (op == 3)
        driver_failure_atom(port, "failed");
    if (op == 2) {
        memcpy(text, buf, len);
        text[len] = 0;
        sscanf(text, "%s %s", low_text, high_text);
        low = strtoul(low_text, NULL, 10);
        high = strtoul(high_text, NULL, 10);
        erl_drv_busy_msgq_limits(port, *low_text == '-' ? NULL : &low, *high_text == '-' ? NULL : &high);
        return say(rbuf, rlen, "%lu %lu", (unsigned long) low, (unsigned long) high);
    }
    return 0;
}

static ErlDrvEntry entry = {
    .start = start, .output = output, .control = control, .driver_name = NAME, .driver_flags = FLAGS, VERSIONS,
};

DRIVER_INIT(busy) { return &entry; }
