/* Solution 12: count words on an async thread, in C. */

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
    char before = ' ';

    job->words = 0;
    for (size_t i = 0; i < job->length; i++) {
        if (before == ' ' && job->text[i] != ' ')
            job->words++;
        before = job->text[i];
    }
}

static void output(ErlDrvData data, char *buf, ErlDrvSizeT length)
{
    Job *job = driver_alloc(sizeof *job + length);

    job->length = length;
    memcpy(job->text, buf, length);
    if (driver_async((ErlDrvPort)data, NULL, count, job, driver_free) == -1)
        driver_free(job);
}

static void ready_async(ErlDrvData data, ErlDrvThreadData job_data)
{
    Job *job = (Job *)job_data;
    char answer[32];
    int length = snprintf(answer, sizeof answer, "%zu", job->words);

    driver_output((ErlDrvPort)data, answer, (ErlDrvSizeT)length);
    driver_free(job);
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
