/* Select: commands are written into a pipe whose other end is read when it is ready. */
#include <fcntl.h>
#include <unistd.h>
#include "erl_driver.h"

typedef struct { ErlDrvPort port; int in, out, selected; } Data;

static ErlDrvData start(ErlDrvPort port, char *command) {
    int ends[2];
    if (pipe(ends) != 0) return ERL_DRV_ERROR_ERRNO;
    Data *d = driver_alloc(sizeof(Data));
    d->port = port;
    d->in = ends[0];
    d->out = ends[1];
    d->selected = 1;
    fcntl(d->in, F_SETFL, O_NONBLOCK);
    driver_select(port, (ErlDrvEvent)(long)d->in, ERL_DRV_READ | ERL_DRV_USE, 1);
    return (ErlDrvData)d;
}

static void stop(ErlDrvData data) {
    Data *d = (Data *)data;
    driver_select(d->port, (ErlDrvEvent)(long)d->in, ERL_DRV_USE, 0);
    close(d->out);
    driver_free(d);
}

static void stop_select(ErlDrvEvent event, void *reserved) { close((int)(long)event); }

static void output(ErlDrvData data, char *buf, ErlDrvSizeT size) { write(((Data *)data)->out, buf, size); }

static void ready_input(ErlDrvData data, ErlDrvEvent event) {
    Data *d = (Data *)data;
    char buf[8];
    int size = read((int)(long)event, buf, sizeof(buf));
    if (size > 0) driver_output(d->port, buf, size);
}

static void ready_output(ErlDrvData data, ErlDrvEvent event) {
    Data *d = (Data *)data;
    driver_select(d->port, event, ERL_DRV_WRITE, 0);
    driver_output(d->port, "writable", 8);
}

/* 1: look at input; 0: do not; 2: tell when the pipe is writable. */
static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT size, char **reply, ErlDrvSizeT room) {
    Data *d = (Data *)data;
    if (command > 2) return -1;
    (*reply)[0] = command == 2 ? driver_select(d->port, (ErlDrvEvent)(long)d->out, ERL_DRV_WRITE, 1)
                               : driver_select(d->port, (ErlDrvEvent)(long)d->in, ERL_DRV_READ, command);
    return 1;
}

static ErlDrvEntry entry = {
    .driver_name = "pipe_drv", .start = start, .stop = stop, .output = output, .ready_input = ready_input,
    .ready_output = ready_output, .stop_select = stop_select, .control = control,
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION, .driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING,
};
DRIVER_INIT(pipe_drv) { return &entry; }
