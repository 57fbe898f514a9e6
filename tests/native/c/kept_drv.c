/*
 * An output callback that tells its owner several things in a row. A letter of the command for each:
 *
 *   o   driver_output of "o"                     l   driver_output of 300 times "l"
 *   a   the atom a, by erl_drv_output_term       0   driver_output of NULL
 *   e   driver_failure_eof                       f   driver_failure_atom
 *   w   waits for a moment
 *   h   has a helper send the atom h, and waits until it has; no API function is needed to tell it
 *
 * The helper is what the last letter of the command that the port was opened with says: t, a thread of the driver; p, one
 * that was made with pthread_create; j, a job. It is started with the port and helps once.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "erl_driver.h"

typedef struct {
    ErlDrvPort port;
    ErlDrvTermData id, owner;
    char helper;
    ErlDrvTid tid;
    pthread_t thread;
    enum { WAITS, HELPS, GOES } errand;
    int done;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
} State;

static void *help(void *data)
{
    State *state = data;
    ErlDrvTermData spec[] = {ERL_DRV_ATOM, driver_mk_atom("h")};
    pthread_mutex_lock(&state->mutex);
    while (state->errand == WAITS) pthread_cond_wait(&state->changed, &state->mutex);
    if (state->errand == HELPS) erl_drv_send_term(state->id, state->owner, spec, 2);
    state->done = 1;
    pthread_cond_broadcast(&state->changed);
    pthread_mutex_unlock(&state->mutex);
    return NULL;
}

static void job(void *data)
{
    help(data);
}

static void keep(void *data)
{
    (void) data;
}

static void tell_and_wait(State *state, int errand)
{
    pthread_mutex_lock(&state->mutex);
    if (state->errand == WAITS) state->errand = errand;
    pthread_cond_broadcast(&state->changed);
    while (!state->done) pthread_cond_wait(&state->changed, &state->mutex);
    pthread_mutex_unlock(&state->mutex);
}

static ErlDrvData start(ErlDrvPort port, char *command)
{
    State *state = calloc(1, sizeof *state);
    state->port = port;
    state->id = driver_mk_port(port);
    state->owner = driver_connected(port);
    state->helper = command[strlen(command) - 1];
    pthread_mutex_init(&state->mutex, NULL);
    pthread_cond_init(&state->changed, NULL);
    if (state->helper == 't') erl_drv_thread_create("helper", &state->tid, help, state, NULL);
    if (state->helper == 'p') pthread_create(&state->thread, NULL, help, state);
    if (state->helper == 'j') driver_async(port, NULL, job, state, keep);
    return (ErlDrvData) state;
}

static void stop(ErlDrvData data)
{
    State *state = (State *) data;
    if (strchr("tpj", state->helper)) tell_and_wait(state, GOES);
    if (state->helper == 't') erl_drv_thread_join(state->tid, NULL);
    if (state->helper == 'p') pthread_join(state->thread, NULL);
    if (state->helper != 'j') free(state);      /* the job may not quite be over */
}

static void output(ErlDrvData data, char *buf, ErlDrvSizeT len)
{
    State *state = (State *) data;
    ErlDrvTermData spec[] = {ERL_DRV_ATOM, driver_mk_atom("a")};
    char many[300];
    ErlDrvSizeT i;
    memset(many, 'l', sizeof many);
    for (i = 0; i < len; i++)
        switch (buf[i]) {
        case 'o': driver_output(state->port, "o", 1); break;
        case 'l': driver_output(state->port, many, sizeof many); break;
        case 'a': erl_drv_output_term(state->id, spec, 2); break;
        case '0': driver_output(state->port, NULL, 0); break;
        case 'e': driver_failure_eof(state->port); break;
        case 'f': driver_failure_atom(state->port, "failed"); break;
        case 'w': usleep(2000); break;
        case 'h': tell_and_wait(state, HELPS); break;
        }
}

static ErlDrvEntry entry = {
    .start = start, .stop = stop, .output = output, .driver_name = "kept_drv",
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION, .driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING,
};

DRIVER_INIT(kept_drv) { return &entry; }
