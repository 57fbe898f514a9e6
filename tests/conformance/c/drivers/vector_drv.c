/* Vectors: what outputv gets, and what driver_outputv, driver_output_binary and driver_output2 make of it. */
#include <stdio.h>
#include <string.h>
#include "erl_driver.h"

typedef struct { ErlDrvPort port; int mode; } Data;

static ErlDrvData start(ErlDrvPort port, char *command) {
    Data *d = driver_alloc(sizeof(Data));
    d->port = port;
    d->mode = 0;
    return (ErlDrvData)d;
}

static void stop(ErlDrvData data) { driver_free(data); }

static void outputv(ErlDrvData data, ErlIOVec *ev) {
    Data *d = (Data *)data;
    char text[64];
    if (d->mode == 0) driver_outputv(d->port, NULL, 0, ev, 0);
    else if (d->mode == 1) driver_outputv(d->port, "head:", 5, ev, 2);
    else if (d->mode == 2) driver_output(d->port, text, sprintf(text, "%d bytes", (int)ev->size));
    else if (d->mode == 3) {
        char copy[256];
        int size = driver_vec_to_buf(ev, copy, sizeof(copy));
        driver_output2(d->port, "h", 1, copy, size);
    } else if (d->mode == 4) {
        ErlDrvBinary *b = driver_alloc_binary(ev->size);
        driver_vec_to_buf(ev, b->orig_bytes, ev->size);
        driver_output_binary(d->port, "<", 1, b, 1, ev->size - 2);
        driver_free_binary(b);
    } else {
        driver_enqv(d->port, ev, 1);
        SysIOVec *blocks;
        int count, total = 0;
        blocks = driver_peekq(d->port, &count);
        for (int i = 0; i < count; i++) total += blocks[i].iov_len;
        driver_output(d->port, text, sprintf(text, "queued %d", total));
        driver_deq(d->port, total);
    }
}

static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT size, char **reply, ErlDrvSizeT room) {
    ((Data *)data)->mode = command;
    return 0;
}

static ErlDrvEntry entry = {
    .driver_name = "vector_drv", .start = start, .stop = stop, .outputv = outputv, .control = control,
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION, .driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING,
};
DRIVER_INIT(vector_drv) { return &entry; }
