/* A driver in C: answers in capitals. The work is done on a thread of the async pool. */

#include <ctype.h>
#include <string.h>
#include <erl_driver.h>

typedef struct {
    size_t length;
    char text[];
} Job;

static ErlDrvData start(ErlDrvPort port, char *command)
{
    (void)command;
    return (ErlDrvData)port;
}

/* On an async thread, with no lock held. */
static void work(void *data)
{
    Job *job = data;

    for (size_t i = 0; i < job->length; i++)
        job->text[i] = (char)toupper((unsigned char)job->text[i]);
}

/* On a scheduler, holding the port's lock: here the command comes in... */
static void output(ErlDrvData handle, char *buf, ErlDrvSizeT length)
{
    Job *job = driver_alloc(sizeof(Job) + length);

    job->length = length;
    memcpy(job->text, buf, length);
    driver_async((ErlDrvPort)handle, NULL, work, job, driver_free);
}

/* ... and here the job comes back. */
static void ready_async(ErlDrvData handle, ErlDrvThreadData data)
{
    Job *job = (Job *)data;

    driver_output((ErlDrvPort)handle, job->text, job->length);
    driver_free(job);
}

static ErlDrvEntry entry = {
    .start = start,
    .output = output,
    .ready_async = ready_async,
    .driver_name = "shout_drv",
    .extended_marker = ERL_DRV_EXTENDED_MARKER,
    .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
    .driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING,
};

DRIVER_INIT(shout_drv)
{
    return &entry;
}
