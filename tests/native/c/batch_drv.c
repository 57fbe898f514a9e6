/*
 * Jobs that stand in the queue together. control's buffer has a letter for each:
 *
 *   q  quick: does nothing
 *   w  waits until all jobs before it have completed, by ready_async
 *   m  misuses the API
 *
 * On each async thread they are queued behind a job that waits until all of them are; control returns when the first of
 * them has been run.
 * Each completion sends the job's letter. One port at a time.
 */
#include <pthread.h>
#include <stdlib.h>
#include "erl_driver.h"

typedef struct { ErlDrvPort port; int queued, run, completed; } Counts;
typedef struct { Counts *counts; char kind; int number, all; } Work;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void until(int *count, int value)
{
    while (*count < value) pthread_cond_wait(&changed, &mutex);
}

static void add(int *count)
{
    pthread_mutex_lock(&mutex);
    ++*count;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

static void work(void *data)
{
    Work *work = data;
    if (work->kind == 'm') {
        char *block = driver_alloc(1);
        driver_free(block);
        driver_free(block);
    }
    pthread_mutex_lock(&mutex);
    if (work->kind == 'h') until(&work->counts->queued, work->all);
    if (work->kind == 'w') until(&work->counts->completed, work->number);
    pthread_mutex_unlock(&mutex);
    add(&work->counts->run);
}

static ErlDrvData start(ErlDrvPort port, char *command)
{
    static Counts only;         /* jobs may outlive the port */
    Counts *counts = &only;
    (void) command;
    counts->port = port;
    return (ErlDrvData) counts;
}

static void queue(Counts *counts, char kind, int all)
{
    Work *job = malloc(sizeof *job);
    *job = (Work) {counts, kind, counts->queued, all};
    driver_async(counts->port, NULL, work, job, free);
    add(&counts->queued);
}

static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    Counts *counts = (Counts *) data;
    ErlDrvSizeT i;
    ErlDrvSysInfo info;
    int threads;
    (void) command, (void) rbuf, (void) rlen;
    driver_system_info(&info, sizeof info);
    threads = info.async_threads;
    counts->queued = counts->run = counts->completed = 0;
    for (i = 0; i < (ErlDrvSizeT) threads; i++) queue(counts, 'h', (int) len + threads);
    for (i = 0; i < len; i++) queue(counts, buf[i], 0);
    pthread_mutex_lock(&mutex);
    until(&counts->run, threads + 1);
    pthread_mutex_unlock(&mutex);
    return 0;
}

static void ready_async(ErlDrvData data, ErlDrvThreadData result)
{
    Work *job = (Work *) result;
    if (job->kind != 'h') driver_output(job->counts->port, &job->kind, 1);
    add(&((Counts *) data)->completed);
    free(job);
}

static ErlDrvEntry entry = {
    .start = start, .driver_name = "batch_drv", .control = control, .ready_async = ready_async,
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
};

DRIVER_INIT(batch_drv) { return &entry; }
