/* Exercise 12: count words on an async thread, in C.
 *
 * words_drv answers each text with the number of its words, in decimal. Words are separated by spaces. Count in the job,
 * answer in ready_async, and give back all memory: of jobs that come home, of jobs whose port has gone, and of the port.
 */

#include <stdio.h>
#include <string.h>
#include <erl_driver.h>

typedef struct {
    size_t length;
    size_t words;
    char text[];
} Job;

static ErlDrvData start(ErlDrvPort port, char *command)
{
    (void)command;
    return (ErlDrvData)port;
}

static void count(void *data)
{
    Job *job = data;

    job->words = 0; /* count here */
}

static void output(ErlDrvData data, char *buf, ErlDrvSizeT length)
{
    Job *job = driver_alloc(sizeof *job + length);

    job->length = length;
    memcpy(job->text, buf, length);
    count(job); /* not here: queue a job */
    (void)data;
}

static void ready_async(ErlDrvData data, ErlDrvThreadData job_data)
{
    (void)data;
    (void)job_data;
}

static ErlDrvEntry entry = {
    .driver_name = "words_drv",
    .start = start,
    .output = output,
    .ready_async = ready_async,
    .extended_marker = ERL_DRV_EXTENDED_MARKER,
    .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
    .driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING,
};

DRIVER_INIT(words_drv)
{
    return &entry;
}
