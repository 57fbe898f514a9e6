/* Answers in capitals, from async jobs that keep their order. In C; shout_drv.py is the same in Python. */

#include <ctype.h>
#include <string.h>
#include <erl_driver.h>

typedef struct {             /* one port: what "self" is in Python */
    ErlDrvPort port;
    unsigned int key;
} Shout;

typedef struct {             /* one job; C has to know the length */
    size_t length;
    char text[];
} Job;

static ErlDrvData start(ErlDrvPort port, char *command)
{
    Shout *self = driver_alloc(sizeof *self);

    (void)command;
    self->port = port;
    self->key = driver_async_port_key(port);
    return (ErlDrvData)self;
}

static void work(void *data)
{
    Job *job = data;

    for (size_t i = 0; i < job->length; i++)
        job->text[i] = (char)toupper((unsigned char)job->text[i]);
}

static void output(ErlDrvData data, char *buf, ErlDrvSizeT length)
{
    Shout *self = (Shout *)data;
    Job *job = driver_alloc(sizeof *job + length);

    job->length = length;
    memcpy(job->text, buf, length);
    if (driver_async(self->port, &self->key, work, job, driver_free) == -1)
        driver_free(job);
}

static void ready_async(ErlDrvData data, ErlDrvThreadData job_data)
{
    Shout *self = (Shout *)data;
    Job *job = (Job *)job_data;

    driver_output(self->port, job->text, job->length);
    driver_free(job);
}

static void stop(ErlDrvData data)
{
    driver_free(data);
}

static ErlDrvEntry entry = {
    .driver_name = "shout_drv",
    .start = start,
    .stop = stop,
    .output = output,
    .ready_async = ready_async,
    .extended_marker = ERL_DRV_EXTENDED_MARKER,
    .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
    .driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING,
};

DRIVER_INIT(shout_drv)
{
    return &entry;
}
