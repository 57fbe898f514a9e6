/* Timer: control 1 <<Ms, N>> gives N ticks; 2 stops; 3 says whether a tick is due. */
#include <stdio.h>
#include <string.h>
#include "erl_driver.h"

typedef struct { ErlDrvPort port; int period, left, done; } Data;

static ErlDrvData start(ErlDrvPort port, char *command) {
    Data *d = driver_alloc(sizeof(Data));
    memset(d, 0, sizeof(Data));
    d->port = port;
    return (ErlDrvData)d;
}

static void stop(ErlDrvData data) { driver_free(data); }

static void timeout(ErlDrvData data) {
    Data *d = (Data *)data;
    char text[32];
    d->done++;
    driver_output(d->port, text, sprintf(text, "tick %d", d->done));
    if (--d->left > 0) driver_set_timer(d->port, d->period);
}

static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT size, char **reply, ErlDrvSizeT room) {
    Data *d = (Data *)data;
    unsigned long left = 0;
    if (command == 1) {
        if (size != 2) return -1;
        d->period = (unsigned char)buf[0];
        d->left = (unsigned char)buf[1];
        d->done = 0;
        (*reply)[0] = driver_set_timer(d->port, d->period);
    } else if (command == 2) (*reply)[0] = driver_cancel_timer(d->port);
    else if (command == 3) {
        driver_read_timer(d->port, &left);
        (*reply)[0] = left > 0;
    } else return -1;
    return 1;
}

static ErlDrvEntry entry = {
    .driver_name = "ticker_drv", .start = start, .stop = stop, .timeout = timeout, .control = control,
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION, .driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING,
};
DRIVER_INIT(ticker_drv) { return &entry; }
