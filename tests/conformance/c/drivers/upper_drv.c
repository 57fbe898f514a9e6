/* Async pool: each command is made upper case on an async thread; the jobs of a port run in order. */
#include <ctype.h>
#include <string.h>
#include "erl_driver.h"

typedef struct { ErlDrvPort port; unsigned key; int jobs; } Data;
typedef struct { ErlDrvSizeT size; char bytes[1]; } Job;

static ErlDrvData start(ErlDrvPort port, char *command) {
    Data *d = driver_alloc(sizeof(Data));
    d->port = port;
    d->key = driver_async_port_key(port);
    d->jobs = 0;
    return (ErlDrvData)d;
}

static void stop(ErlDrvData data) { driver_free(data); }

static void invoke(void *arg) {
    Job *job = arg;
    for (ErlDrvSizeT i = 0; i < job->size; i++) job->bytes[i] = toupper(job->bytes[i]);
}

static void output(ErlDrvData data, char *buf, ErlDrvSizeT size) {
    Data *d = (Data *)data;
    Job *job = driver_alloc(sizeof(Job) + size);
    job->size = size;
    memcpy(job->bytes, buf, size);
    d->jobs++;
    driver_async(d->port, &d->key, invoke, job, driver_free);
}

static void ready_async(ErlDrvData data, ErlDrvThreadData arg) {
    Data *d = (Data *)data;
    Job *job = (Job *)arg;
    d->jobs--;
    driver_output(d->port, job->bytes, job->size);
    driver_free(job);
}

/* The number of jobs that are not ready yet: 0 or some. */
static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT size, char **reply, ErlDrvSizeT room) {
    (*reply)[0] = ((Data *)data)->jobs ? 's' : '0';
    return 1;
}

static ErlDrvEntry entry = {
    .driver_name = "upper_drv", .start = start, .stop = stop, .output = output, .ready_async = ready_async,
    .control = control, .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION, .driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING,
};
DRIVER_INIT(upper_drv) { return &entry; }
