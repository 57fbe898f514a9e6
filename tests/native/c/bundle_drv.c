/*
 * Jobs that a callback queues one after the other. control's buffer says what it does meanwhile, a letter for each:
 *
 *   j      queues a job
 *   0..9   queues a job with that key
 *   o      outputs "o": a call that needs the emulator in between
 *   w      waits until all jobs that it has queued so far have been run, with a condition variable of its own
 *
 * The reply has the numbers of the jobs, 8 bytes each, and after each the key as it is then, one byte, or 255.
 * Each job notes when it is run, among all of this driver. Each completion sends its note, and the place in the buffer.
 * The driver has a data lock if the port's command ends with "pdl".
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "erl_driver.h"

typedef struct { ErlDrvPort port; int *done; } State;
typedef struct { int place, note, *done; } Work;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int run;

static void work(void *data)
{
    Work *work = data;
    pthread_mutex_lock(&mutex);
    work->note = run++;
    ++*work->done;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

static ErlDrvData start(ErlDrvPort port, char *command)
{
    State *state = malloc(sizeof *state);
    state->port = port;
    state->done = calloc(1, sizeof *state->done);       /* outlives the port with its jobs */
    if (strlen(command) > 3 && !strcmp(command + strlen(command) - 3, "pdl")) driver_pdl_create(port);
    return (ErlDrvData) state;
}

static void stop(ErlDrvData data)
{
    free(data);
}

static long queue(State *state, int place, unsigned *key)
{
    Work *job = malloc(sizeof *job);
    *job = (Work) {place, -1, state->done};
    return driver_async(state->port, key, work, job, free);
}

static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    State *state = (State *) data;
    char *reply = driver_alloc(9 * len + 1), *end = reply;
    int queued = 0, i;
    ErlDrvSizeT at;
    (void) command, (void) rlen;
    *state->done = 0;
    for (at = 0; at < len; at++) {
        unsigned key = buf[at] - '0';
        long number;
        if (buf[at] == 'o') driver_output(state->port, "o", 1);
        else if (buf[at] == 'w') {
            pthread_mutex_lock(&mutex);
            while (*state->done < queued) pthread_cond_wait(&changed, &mutex);
            pthread_mutex_unlock(&mutex);
        } else {
            number = queue(state, (int) at, buf[at] == 'j' ? NULL : &key);
            for (i = 56; i >= 0; i -= 8) *end++ = (char) (number >> i);
            *end++ = buf[at] == 'j' ? (char) 255 : (char) key;
            queued++;
        }
    }
    *rbuf = reply;
    return end - reply;
}

static void ready_async(ErlDrvData data, ErlDrvThreadData result)
{
    Work *job = (Work *) result;
    char answer[8] = {job->note >> 24, job->note >> 16, job->note >> 8, job->note,
                      job->place >> 24, job->place >> 16, job->place >> 8, job->place};
    driver_output(((State *) data)->port, answer, sizeof answer);
    free(job);
}

static ErlDrvEntry entry = {
    .start = start, .stop = stop, .driver_name = "bundle_drv", .control = control, .ready_async = ready_async,
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION, .driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING,
};

DRIVER_INIT(bundle_drv) { return &entry; }
