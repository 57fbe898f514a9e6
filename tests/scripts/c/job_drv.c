/* Jobs of the async pool. Built with NO_READY it has no ready_async, see mute_drv.c. */
#include "tell.h"

#ifndef DRIVER_NAME
#define DRIVER_NAME "job_drv"
#endif

typedef struct { ErlDrvPort port; ErlDrvTermData term, owner; int again, from_ready, flushing; } State;
typedef struct {
    State *state;
    ErlDrvPort port;
    ErlDrvTermData term, owner, tag_atom;
    char kind, tag[32];
    int count;
    void (*release)(void *);
} Task;

static ErlDrvMutex *mutex;
static ErlDrvCond *changed;
static int gate_open, waiting, invoked;
static char story[16384];

static void record(const char *what, const char *tag)
{
    erl_drv_mutex_lock(mutex);
    snprintf(story + strlen(story), sizeof story - strlen(story), "%s %s,", what, tag);
    erl_drv_mutex_unlock(mutex);
}

static void job(void *data)
{
    Task *task = data;
    switch (task->kind) {
    case 'w':                                           /* wait until the gate is open */
        erl_drv_mutex_lock(mutex);
        waiting++;
        erl_drv_cond_broadcast(changed);
        while (!gate_open) erl_drv_cond_wait(changed, mutex);
        waiting--;
        erl_drv_mutex_unlock(mutex);
        break;
    case 's':                                           /* send a term */
        task->count = tell(task->term, task->owner, task->tag_atom, "from the job %s", task->tag);
        break;
    case 'o':                                           /* send a term to the owner, whoever that is */
        {
            ErlDrvTermData spec[] = {ERL_DRV_PORT, task->term, ERL_DRV_ATOM, task->tag_atom, ERL_DRV_TUPLE, 2};
            task->count = erl_drv_output_term(task->term, spec, 6);
        }
        break;
    case 'm':                                           /* many terms */
        for (int i = 0; i < 50; i++) task->count += tell(task->term, task->owner, task->tag_atom, "%d", i);
        break;
    case 'n':                                           /* note in a file */
        note("job %s", task->tag);
        break;
    case 'z':                                           /* slow, and noted */
        usleep(100000);
        note("job %s", task->tag);
        break;
    }
    erl_drv_mutex_lock(mutex);
    invoked++;
    erl_drv_cond_broadcast(changed);
    erl_drv_mutex_unlock(mutex);
    if (task->kind == 'r') record("job", task->tag);
}

static void release(void *data)
{
    Task *task = data;
    record("free", task->tag);
    if (task->kind == 'n' || task->kind == 'z') note("free %s", task->tag);
    driver_free(task);
}

static Task *task_new(State *state, char kind, const char *tag)
{
    Task *task = driver_alloc(sizeof *task);
    memset(task, 0, sizeof *task);
    task->state = state;
    task->port = state->port;
    task->term = state->term;
    task->owner = driver_connected(state->port);
    task->tag_atom = driver_mk_atom("term");
    task->kind = kind;
    snprintf(task->tag, sizeof task->tag, "%s", tag);
    return task;
}

static int init(void)
{
    mutex = erl_drv_mutex_create("job_drv");
    changed = erl_drv_cond_create("job_drv");
    return 0;
}

static void finish(void)
{
    note("finish " DRIVER_NAME);
    erl_drv_cond_destroy(changed);
    erl_drv_mutex_destroy(mutex);
}

static ErlDrvData start(ErlDrvPort port, char *command)
{
    State *state = driver_alloc(sizeof *state);
    (void) command;
    memset(state, 0, sizeof *state);
    state->port = port;
    state->term = driver_mk_port(port);
    return (ErlDrvData) state;
}

static void stop(ErlDrvData data)
{
    State *state = (State *) data;
    record("stop", "port");
    if (state->flushing == 2) {
        long id = driver_async(state->port, NULL, job, task_new(state, 'r', "of stop"), release);
        if (id < 0) record("refused", "of stop");
    }
    driver_free(state);
}

__attribute__((unused)) static void flush(ErlDrvData data)
{
    State *state = (State *) data;
    record("flush", "port");
    driver_async(state->port, NULL, job, task_new(state, 'f', "of flush"), release);
}

__attribute__((unused)) static void ready_async(ErlDrvData data, ErlDrvThreadData thread_data)
{
    State *state = (State *) data;
    Task *task = (Task *) thread_data;
    record("ready", task->tag);
    say(state->port, "ready %s", task->tag);
    if (task->kind == 's' || task->kind == 'o' || task->kind == 'm') say(state->port, "sent %d", task->count);
    if (state->from_ready > 0) {
        char tag[32];
        snprintf(tag, sizeof tag, "next %d", state->from_ready--);
        driver_async(state->port, NULL, job, task_new(state, 'p', tag), release);
    }
    if (task->kind == 'f') driver_deq(state->port, driver_sizeq(state->port));
    if (task->kind == 'x') driver_failure_atom(state->port, "broken");
    if (task->kind == 'e') driver_failure_eof(state->port);
    driver_free(task);
}

static void timeout(ErlDrvData data)
{
    State *state = (State *) data;
    say(state->port, "timeout");
    driver_async(state->port, NULL, job, task_new(state, 'p', "of timeout"), release);
}

static void output(ErlDrvData data, char *buf, ErlDrvSizeT len)
{
    driver_enq(((State *) data)->port, buf, len);
}

/* k KIND KEY TAG: a job with a key; n KIND TAG: without; N KIND TAG: without a free function */
static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    State *state = (State *) data;
    char text[256], kind = 'p', tag[64] = "";
    unsigned key = 0;
    int number = 0;
    long id;
    ErlDrvSSizeT length;
    words(text, sizeof text, buf, len);
    switch (command) {
    case 'k':
        sscanf(text, "%c %u %31[^\n]", &kind, &key, tag);
        id = driver_async(state->port, &key, job, task_new(state, kind, tag), release);
        return answer(rbuf, rlen, "%s key %u", id > 0 ? "accepted" : "refused", key);
    case 'n':
        sscanf(text, "%c %31[^\n]", &kind, tag);
        id = driver_async(state->port, NULL, job, task_new(state, kind, tag), release);
        return answer(rbuf, rlen, "%s", id > 0 ? "accepted" : "refused");
    case 'N':
        sscanf(text, "%c %31[^\n]", &kind, tag);
        id = driver_async(state->port, NULL, job, task_new(state, kind, tag), NULL);
        return answer(rbuf, rlen, "%s", id > 0 ? "accepted" : "refused");
    case 'M':                                           /* many */
        sscanf(text, "%c %d", &kind, &number);
        for (int i = 1; i <= number; i++) {
            snprintf(tag, sizeof tag, "%d", i);
            driver_async(state->port, NULL, job, task_new(state, kind, tag), release);
        }
        return answer(rbuf, rlen, "%d", number);
    case 'i':                                           /* do ids grow by one? */
        id = driver_async(state->port, NULL, job, task_new(state, 'p', "first"), release);
        return answer(rbuf, rlen, "%ld", driver_async(state->port, NULL, job, task_new(state, 'p', "second"), release) - id);
    case 'b':                                           /* a bad port */
        {
            Task *task = task_new(state, 'p', "never");
            key = 77;
            id = driver_async((ErlDrvPort) -1, &key, job, task, release);
            driver_free(task);
            return answer(rbuf, rlen, "%ld key %u port key %u", id, key, driver_async_port_key((ErlDrvPort) -1));
        }
    case 'd':                                           /* on the port that has just failed */
        {
            Task *task = task_new(state, 'p', "late");
            ErlDrvPort port = state->port;
            driver_failure_atom(port, "gone");          /* frees the state */
            id = driver_async(port, NULL, job, task, release);
            if (id < 0) driver_free(task);
            record(id < 0 ? "refused" : "accepted", "late");
            return 0;
        }
    case 'q':
        {
            unsigned mine = driver_async_port_key(state->port);
            char name[32];
            snprintf(name, sizeof name, "#Port<0.%u>", mine);
            return answer(rbuf, rlen, "%s", name);
        }
    case 'o':                                           /* open the gate */
        erl_drv_mutex_lock(mutex);
        gate_open = 1;
        erl_drv_cond_broadcast(changed);
        erl_drv_mutex_unlock(mutex);
        return answer(rbuf, rlen, "open");
    case 'c':
        erl_drv_mutex_lock(mutex);
        gate_open = 0;
        erl_drv_mutex_unlock(mutex);
        return answer(rbuf, rlen, "closed");
    case 'W':                                           /* wait, in the callback, until so many jobs wait */
        sscanf(text, "%d", &number);
        erl_drv_mutex_lock(mutex);
        while (waiting < number) erl_drv_cond_wait(changed, mutex);
        erl_drv_mutex_unlock(mutex);
        return answer(rbuf, rlen, "%d wait", number);
    case 'I':                                           /* wait, in the callback, until so many have run */
        sscanf(text, "%d", &number);
        erl_drv_mutex_lock(mutex);
        while (invoked < number) erl_drv_cond_wait(changed, mutex);
        erl_drv_mutex_unlock(mutex);
        return answer(rbuf, rlen, "%d have run", number);
    case 'L':
        erl_drv_mutex_lock(mutex);
        length = answer(rbuf, rlen, "%s", story);
        *story = 0;
        erl_drv_mutex_unlock(mutex);
        return length;
    case 'R':
        sscanf(text, "%d", &state->from_ready);
        return answer(rbuf, rlen, "chain of %d", state->from_ready);
    case 'S':
        state->flushing = 2;
        return answer(rbuf, rlen, "a job of stop");
    case 't':
        driver_set_timer(state->port, 0);
        return answer(rbuf, rlen, "timer");
    case 'l':
        return answer(rbuf, rlen, "locked %d", driver_lock_driver(state->port));
    }
    return -1;
}

static ErlDrvEntry entry = {
    .init = init, .start = start, .stop = stop, .output = output, .driver_name = DRIVER_NAME, .finish = finish,
    .control = control, .timeout = timeout,
#ifndef NO_READY
    .ready_async = ready_async,
#endif
#ifndef NO_FLUSH
    .flush = flush,
#endif
#ifdef FLAGS
    .driver_flags = FLAGS,
#endif
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
};

DRIVER_INIT(job_drv)
{
    return &entry;
}
