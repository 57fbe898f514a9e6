/* The port data lock. */
#include "tell.h"

typedef struct { ErlDrvPort port; ErlDrvPDL pdl; ErlDrvTermData term, owner; } State;
typedef struct { State *state; ErlDrvPDL pdl; ErlDrvPort port; int count; ErlDrvTermData term, owner, tag; } Task;

static ErlDrvMutex *mutex;
static ErlDrvCond *changed;
static int gate_open, running;

static int init(void)
{
    mutex = erl_drv_mutex_create("pdl_drv");
    changed = erl_drv_cond_create("pdl_drv");
    return 0;
}

static void finish(void)
{
    erl_drv_mutex_destroy(mutex);
    erl_drv_cond_destroy(changed);
    note("finish pdl_drv");
}

static ErlDrvData start(ErlDrvPort port, char *command)
{
    State *state = driver_alloc(sizeof *state);
    (void) command;
    memset(state, 0, sizeof *state);
    state->port = port;
    state->term = driver_mk_port(port);
    state->owner = driver_connected(port);
    return (ErlDrvData) state;
}

static void stop(ErlDrvData data)
{
    State *state = (State *) data;
    if (state->pdl) note("stop: %ld", (long) driver_pdl_get_refc(state->pdl));
    driver_free(state);
}

static void fill(void *data)                            /* puts bytes into the queue, under the lock */
{
    Task *task = data;
    for (int i = 0; i < task->count; i++) {
        driver_pdl_lock(task->pdl);
        driver_enq(task->port, "abc", 3);
        driver_pdl_unlock(task->pdl);
    }
}

static void hold(void *data)                            /* waits at the gate, then takes the lock once more */
{
    Task *task = data;
    erl_drv_mutex_lock(mutex);
    running++;
    erl_drv_cond_broadcast(changed);
    while (!gate_open) erl_drv_cond_wait(changed, mutex);
    erl_drv_mutex_unlock(mutex);
    driver_pdl_lock(task->pdl);
    note("held: %ld", (long) driver_pdl_get_refc(task->pdl));
    driver_pdl_unlock(task->pdl);
}

static void release(void *data)
{
    Task *task = data;
    note("free: %ld", (long) driver_pdl_get_refc(task->pdl));
    driver_free(task);
}

static unsigned long queued(State *state, int empty)
{
    unsigned long size;
    if (state->pdl) driver_pdl_lock(state->pdl);
    if (empty) driver_deq(state->port, driver_sizeq(state->port));
    size = driver_sizeq(state->port);
    if (state->pdl) driver_pdl_unlock(state->pdl);
    return size;
}

static void ready_async(ErlDrvData data, ErlDrvThreadData thread_data)
{
    State *state = (State *) data;
    say(state->port, "ready: references %ld, queue %lu", (long) driver_pdl_get_refc(state->pdl),
        queued(state, 0));
    driver_free((void *) thread_data);
}

static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    State *state = (State *) data;
    char text[64];
    int number = 0;
    Task *task;
    long a, b, c;
    sscanf(words(text, sizeof text, buf, len), "%d", &number);
    switch (command) {
    case 'p':
        {
            ErlDrvPDL made = driver_pdl_create(state->port);
            if (made) state->pdl = made;
            return answer(rbuf, rlen, "%s", made ? "made" : "none");
        }
    case 'b':
        return answer(rbuf, rlen, "%d", driver_pdl_create((ErlDrvPort) -1) == NULL);
    case 'r':
        a = driver_pdl_inc_refc(state->pdl);
        b = driver_pdl_inc_refc(state->pdl);
        c = driver_pdl_dec_refc(state->pdl);
        return answer(rbuf, rlen, "%ld %ld %ld %ld", a, b, c, (long) driver_pdl_dec_refc(state->pdl));
    case 'l':
        driver_pdl_lock(state->pdl);
        a = driver_pdl_get_refc(state->pdl);
        driver_pdl_unlock(state->pdl);
        return answer(rbuf, rlen, "%ld %ld", a, (long) driver_pdl_get_refc(state->pdl));
    case 'f': case 'h':
        task = driver_alloc(sizeof *task);
        task->state = state;
        task->pdl = state->pdl;
        task->port = state->port;
        task->count = number;
        driver_async(state->port, NULL, command == 'f' ? fill : hold, task, release);
        return answer(rbuf, rlen, "started");
    case 'w':
        erl_drv_mutex_lock(mutex);
        while (running < number) erl_drv_cond_wait(changed, mutex);
        erl_drv_mutex_unlock(mutex);
        return answer(rbuf, rlen, "%d", number);
    case 'o':
        erl_drv_mutex_lock(mutex);
        gate_open = 1;
        erl_drv_cond_broadcast(changed);
        erl_drv_mutex_unlock(mutex);
        return answer(rbuf, rlen, "open");
    case 'g':
        return answer(rbuf, rlen, "%ld", (long) driver_pdl_get_refc(state->pdl));
    case 'q':
        return answer(rbuf, rlen, "%lu", queued(state, 0));
    case 'd':
        return answer(rbuf, rlen, "%lu", queued(state, 1));
    }
    return -1;
}

static ErlDrvEntry entry = {
    .init = init, .start = start, .stop = stop, .driver_name = "pdl_drv", .finish = finish, .control = control,
    .ready_async = ready_async,
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
};

DRIVER_INIT(pdl_drv)
{
    return &entry;
}
