/* I/O queue: commands are enqueued; a timer takes a few bytes at a time and sends them; flush lets it finish. */
#include "erl_driver.h"

typedef struct { ErlDrvPort port; int step; int closing; } Data;

static ErlDrvData start(ErlDrvPort port, char *command) {
    Data *d = driver_alloc(sizeof(Data));
    d->port = port;
    d->step = 4;
    d->closing = 0;
    return (ErlDrvData)d;
}

static void stop(ErlDrvData data) { driver_free(data); }

static void output(ErlDrvData data, char *buf, ErlDrvSizeT size) {
    Data *d = (Data *)data;
    driver_enq(d->port, buf, size);
    driver_set_timer(d->port, 1);
}

static void timeout(ErlDrvData data) {
    Data *d = (Data *)data;
    int count;
    SysIOVec *blocks = driver_peekq(d->port, &count);
    if (count <= 0) return;
    ErlDrvSizeT size = blocks[0].iov_len < d->step ? blocks[0].iov_len : d->step;
    driver_output(d->port, blocks[0].iov_base, size);
    driver_deq(d->port, size);
    if (driver_sizeq(d->port) > 0) driver_set_timer(d->port, d->closing ? 0 : 1);
}

static void flush(ErlDrvData data) {
    ((Data *)data)->closing = 1;
    driver_set_timer(((Data *)data)->port, 0);
}

/* 1: bytes queued; 2: blocks queued; 3: push in front; 4: drop; 5: the step. */
static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT size, char **reply, ErlDrvSizeT room) {
    Data *d = (Data *)data;
    int result = 0;
    if (command == 1) result = driver_sizeq(d->port);
    else if (command == 2) driver_peekq(d->port, &result);
    else if (command == 3) result = driver_pushq(d->port, buf, size);
    else if (command == 4) result = driver_deq(d->port, buf[0]);
    else if (command == 5) result = d->step = buf[0];
    else return -1;
    (*reply)[0] = result;
    return 1;
}

static ErlDrvEntry entry = {
    .driver_name = "queue_drv", .start = start, .stop = stop, .output = output, .timeout = timeout, .flush = flush,
    .control = control, .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION, .driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING,
};
DRIVER_INIT(queue_drv) { return &entry; }
