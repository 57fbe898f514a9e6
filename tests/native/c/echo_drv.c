/* Echo in every way: output, control, call, jobs. Its twin in Python is in test_lives.py. */
#include <stdio.h>
#include <string.h>
#include "erl_driver.h"

typedef struct { ErlDrvPort port; } Data;
typedef struct { ErlDrvSizeT length; char bytes[]; } Job;

static ErlDrvData start(ErlDrvPort port, char *command)
{
    Data *d = driver_alloc(sizeof *d);
    (void) command;
    d->port = port;
    return (ErlDrvData) d;
}

static void stop(ErlDrvData data) { driver_free(data); }

static void output(ErlDrvData data, char *buf, ErlDrvSizeT len) { driver_output(((Data *) data)->port, buf, len); }

static ErlDrvSSizeT reply(char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    if (len > rlen) *rbuf = driver_alloc(len);
    memcpy(*rbuf, buf, len);
    return len;
}

static void invoke(void *data)
{
    Job *job = data;
    ErlDrvSizeT i;
    for (i = 0; i < job->length / 2; i++) {
        char byte = job->bytes[i];
        job->bytes[i] = job->bytes[job->length - 1 - i];
        job->bytes[job->length - 1 - i] = byte;
    }
}

static void release(void *data) { driver_free(data); }

static void ready_async(ErlDrvData data, ErlDrvThreadData result)
{
    Job *job = (Job *) result;
    driver_output(((Data *) data)->port, job->bytes, job->length);
    driver_free(job);
}

static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    if (command == 'r') {
        Job *job = driver_alloc(sizeof *job + len);
        job->length = len;
        memcpy(job->bytes, buf, len);
        driver_async(((Data *) data)->port, NULL, invoke, job, release);
        return 0;
    }
    if (command == 'c') {
        static char calls;
        **rbuf = ++calls;
        return 1;
    }
    return reply(buf, len, rbuf, rlen);
}

static ErlDrvSSizeT call(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen,
                         unsigned *flags)
{
    (void) data, (void) command, (void) flags;
    return reply(buf, len, rbuf, rlen);
}

static ErlDrvEntry entry = {
    .start = start, .stop = stop, .output = output, .driver_name = "echo_drv", .control = control, .call = call,
    .ready_async = ready_async, .extended_marker = ERL_DRV_EXTENDED_MARKER,
    .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION, .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
};

DRIVER_INIT(echo_drv) { return &entry; }
