/* Threads of a driver's own, and what they share. */
#include "tell.h"

enum { MOST = 32 };

typedef struct Worker {
    struct State *state;
    ErlDrvTid tid;
    int number, count;
    void *result;
} Worker;

typedef struct State {
    ErlDrvPort port;
    ErlDrvTermData term, owner, tag;
    ErlDrvMutex *mutex;
    ErlDrvCond *cond;
    ErlDrvRWLock *rwlock;
    ErlDrvPDL pdl;
    int running, go, total, readers, most_readers, stopping;
    ErlDrvTSDKey key;
    Worker workers[MOST];
} State;

static ErlDrvData start(ErlDrvPort port, char *command)
{
    State *state = driver_alloc(sizeof *state);
    (void) command;
    memset(state, 0, sizeof *state);
    state->port = port;
    state->term = driver_mk_port(port);
    state->owner = driver_connected(port);
    state->tag = driver_mk_atom("thread");
    state->mutex = erl_drv_mutex_create("thread_drv mutex");
    state->cond = erl_drv_cond_create("thread_drv cond");
    state->rwlock = erl_drv_rwlock_create("thread_drv rwlock");
    erl_drv_tsd_key_create("thread_drv key", &state->key);
    return (ErlDrvData) state;
}

static void join(State *state)
{
    erl_drv_mutex_lock(state->mutex);
    state->stopping = 1;
    erl_drv_cond_broadcast(state->cond);
    erl_drv_mutex_unlock(state->mutex);
    for (int i = 0; i < state->running; i++) {
        int error = erl_drv_thread_join(state->workers[i].tid, &state->workers[i].result);
        if (error) note("join %d", error);
    }
    state->running = 0;
    state->stopping = 0;
}

static void stop(ErlDrvData data)
{
    State *state = (State *) data;
    join(state);
    erl_drv_tsd_key_destroy(state->key);
    erl_drv_rwlock_destroy(state->rwlock);
    erl_drv_cond_destroy(state->cond);
    erl_drv_mutex_destroy(state->mutex);
    driver_free(state);
}

/* --- what a thread does --- */

static void *send_terms(void *arg)
{
    Worker *worker = arg;
    State *state = worker->state;
    for (int i = 0; i < worker->count; i++)
        if (tell(state->term, state->owner, state->tag, "%d:%d", worker->number, i) != 1) return (void *) 1;
    return NULL;
}

static void *wait_then_send(void *arg)
{
    Worker *worker = arg;
    State *state = worker->state;
    erl_drv_mutex_lock(state->mutex);
    while (!state->stopping && state->go <= 0) erl_drv_cond_wait(state->cond, state->mutex);
    if (!state->stopping) state->go--;
    erl_drv_mutex_unlock(state->mutex);
    tell(state->term, state->owner, state->tag, state->stopping ? "stopped" : "went");
    return (void *) (long) (100 + worker->number);
}

static void *count(void *arg)
{
    Worker *worker = arg;
    State *state = worker->state;
    for (int i = 0; i < worker->count; i++) {
        erl_drv_mutex_lock(state->mutex);
        state->total++;
        erl_drv_mutex_unlock(state->mutex);
    }
    return NULL;
}

static void *read_and_write(void *arg)
{
    Worker *worker = arg;
    State *state = worker->state;
    for (int i = 0; i < worker->count; i++) {
        erl_drv_rwlock_rwlock(state->rwlock);
        state->total++;
        erl_drv_rwlock_rwunlock(state->rwlock);
        erl_drv_rwlock_rlock(state->rwlock);
        if (state->total <= 0) worker->result = (void *) 1;
        erl_drv_rwlock_runlock(state->rwlock);
    }
    return NULL;
}

static void *own_data(void *arg)
{
    Worker *worker = arg;
    State *state = worker->state;
    if (erl_drv_tsd_get(state->key)) return (void *) 1;
    for (int i = 1; i <= 20; i++) {
        erl_drv_tsd_set(state->key, (void *) (long) (worker->number * 1000 + i));
        if (erl_drv_tsd_get(state->key) != (void *) (long) (worker->number * 1000 + i)) return (void *) 2;
    }
    return NULL;
}

static void deep_exit(int depth)
{
    if (depth == 0) erl_drv_thread_exit((void *) 4711);
    else deep_exit(depth - 1);
}

static void *leave(void *arg)
{
    (void) arg;
    deep_exit(5);
    return (void *) 1;
}

static void *names(void *arg)
{
    Worker *worker = arg;
    State *state = worker->state;
    ErlDrvTid self = erl_drv_thread_self();
    tell(state->term, state->owner, state->tag, "%s %d", erl_drv_thread_name(self),
         erl_drv_equal_tids(self, erl_drv_thread_self()) != 0);
    return NULL;
}

static void *queue(void *arg)
{
    Worker *worker = arg;
    State *state = worker->state;
    for (int i = 0; i < worker->count; i++) {
        driver_pdl_lock(state->pdl);
        driver_enq(state->port, "x", 1);
        driver_pdl_unlock(state->pdl);
    }
    return NULL;
}

static void *nested(void *arg)
{
    Worker *worker = arg;
    Worker *inner = driver_alloc(sizeof *inner);
    void *result = NULL;
    *inner = *worker;
    inner->number += 10;
    erl_drv_thread_create("inner", &inner->tid, send_terms, inner, NULL);
    erl_drv_thread_join(inner->tid, &result);
    driver_free(inner);
    return result;
}

static void *to_dead(void *arg)
{
    Worker *worker = arg;
    State *state = worker->state;
    int sent;
    erl_drv_mutex_lock(state->mutex);
    while (!state->stopping) erl_drv_cond_wait(state->cond, state->mutex);
    erl_drv_mutex_unlock(state->mutex);
    sent = tell(state->term, state->owner, state->tag, "late");
    note("late %d", sent);
    return NULL;
}

static void *ticker(void *arg)                          /* sends until it is told to stop */
{
    Worker *worker = arg;
    State *state = worker->state;
    int stopping = 0;
    while (!stopping) {
        tell(state->term, state->owner, state->tag, "tick");
        erl_drv_mutex_lock(state->mutex);
        stopping = state->stopping;
        erl_drv_mutex_unlock(state->mutex);
        if (!stopping) usleep(500);
    }
    return NULL;
}

static const struct { char kind; void *(*function)(void *); } kinds[] = {
    {'t', send_terms}, {'w', wait_then_send}, {'c', count}, {'r', read_and_write}, {'d', own_data}, {'x', leave},
    {'n', names}, {'q', queue}, {'i', nested}, {'l', to_dead}, {'k', ticker},
};

static void create(State *state, char kind, int number, int count, ErlDrvThreadOpts *opts)
{
    for (unsigned k = 0; k < sizeof kinds / sizeof *kinds; k++)
        if (kinds[k].kind == kind)
            for (int i = 0; i < number; i++) {
                Worker *worker = state->workers + state->running;
                char name[32];
                snprintf(name, sizeof name, "worker %d", i);
                worker->state = state;
                worker->number = i;
                worker->count = count;
                worker->result = (void *) 99;
                if (erl_drv_thread_create(name, &worker->tid, kinds[k].function, worker, opts) == 0) state->running++;
            }
}

static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    State *state = (State *) data;
    char text[128], kind = 0, results[256] = "";
    int number = 0, count = 0, running;
    words(text, sizeof text, buf, len);
    switch (command) {
    case 'c':                                           /* c KIND THREADS COUNT */
        sscanf(text, "%c %d %d", &kind, &number, &count);
        if (kind == 'q' && !state->pdl) state->pdl = driver_pdl_create(state->port);
        create(state, kind, number, count, NULL);
        return answer(rbuf, rlen, "%d", state->running);
    case 'o':
        {
            ErlDrvThreadOpts *opts = erl_drv_thread_opts_create("opts");
            int size = opts->suggested_stack_size;
            opts->suggested_stack_size = 64;
            sscanf(text, "%c %d %d", &kind, &number, &count);
            create(state, kind, number, count, opts);
            erl_drv_thread_opts_destroy(opts);
            return answer(rbuf, rlen, "%d %d", size, state->running);
        }
    case 'j':
        running = state->running;
        join(state);
        for (int i = 0; i < running; i++)
            snprintf(results + strlen(results), sizeof results - strlen(results), "%ld ", (long) state->workers[i].result);
        return answer(rbuf, rlen, "%s", results);
    case 'g':                                           /* let so many go on, by signal */
        sscanf(text, "%d", &number);
        erl_drv_mutex_lock(state->mutex);
        state->go += number;
        for (int i = 0; i < number; i++) erl_drv_cond_signal(state->cond);
        erl_drv_mutex_unlock(state->mutex);
        return answer(rbuf, rlen, "go");
    case 'b':
        sscanf(text, "%d", &number);
        erl_drv_mutex_lock(state->mutex);
        state->go += number;
        erl_drv_cond_broadcast(state->cond);
        erl_drv_mutex_unlock(state->mutex);
        return answer(rbuf, rlen, "go all");
    case 'q': case 'Q':
        if (state->pdl) driver_pdl_lock(state->pdl);
        if (command == 'Q') driver_deq(state->port, driver_sizeq(state->port));
        count = (int) driver_sizeq(state->port);
        if (state->pdl) driver_pdl_unlock(state->pdl);
        return answer(rbuf, rlen, "total %d queue %d", state->total, count);
    case 'l':                                           /* try locks */
        {
            int a = erl_drv_mutex_trylock(state->mutex), b = erl_drv_mutex_trylock(state->mutex);
            erl_drv_mutex_unlock(state->mutex);
            int c = erl_drv_rwlock_tryrlock(state->rwlock), d = erl_drv_rwlock_tryrlock(state->rwlock);
            int e = erl_drv_rwlock_tryrwlock(state->rwlock);
            erl_drv_rwlock_runlock(state->rwlock);
            erl_drv_rwlock_runlock(state->rwlock);
            int f = erl_drv_rwlock_tryrwlock(state->rwlock), g = erl_drv_rwlock_tryrlock(state->rwlock);
            int h = erl_drv_rwlock_tryrwlock(state->rwlock);
            erl_drv_rwlock_rwunlock(state->rwlock);
            return answer(rbuf, rlen, "%d %d %d %d %d %d %d %d busy is %d", a, b, c, d, e, f, g, h, EBUSY);
        }
    case 'n':                                           /* names */
        {
            ErlDrvMutex *nameless = erl_drv_mutex_create(NULL);
            ErlDrvCond *cond = erl_drv_cond_create(NULL);
            ErlDrvRWLock *rwlock = erl_drv_rwlock_create(NULL);
            ErlDrvSSizeT length = answer(rbuf, rlen, "%s|%s|%s|%s|%s|%s|%d %d %d %d", erl_drv_mutex_name(state->mutex),
                erl_drv_cond_name(state->cond), erl_drv_rwlock_name(state->rwlock), erl_drv_mutex_name(nameless),
                erl_drv_cond_name(cond), erl_drv_rwlock_name(rwlock), erl_drv_mutex_name(NULL) == NULL,
                erl_drv_cond_name(NULL) == NULL, erl_drv_rwlock_name(NULL) == NULL, erl_drv_thread_name(NULL) == NULL);
            erl_drv_mutex_destroy(nameless);
            erl_drv_cond_destroy(cond);
            erl_drv_rwlock_destroy(rwlock);
            return length;
        }
    case 'k':                                           /* keys: the lowest free number */
        {
            ErlDrvTSDKey a, b, c;
            erl_drv_tsd_key_create("a", &a);
            erl_drv_tsd_key_create("b", &b);
            erl_drv_tsd_key_destroy(a);
            erl_drv_tsd_key_create("c", &c);
            erl_drv_tsd_set(b, state);
            ErlDrvSSizeT length = answer(rbuf, rlen, "%d %d %d %d", b - a, c - a, erl_drv_tsd_get(b) == state,
                                         erl_drv_tsd_get(c) == NULL);
            erl_drv_tsd_set(b, NULL);
            erl_drv_tsd_key_destroy(b);
            erl_drv_tsd_key_destroy(c);
            return length;
        }
    case 's':                                           /* this thread */
        {
            ErlDrvTid self = erl_drv_thread_self();
            int error = erl_drv_thread_join(self, NULL);
            return answer(rbuf, rlen, "%s %d join %d", erl_drv_thread_name(self),
                          erl_drv_equal_tids(self, erl_drv_thread_self()) != 0, error);
        }
    }
    return -1;
}

static void finish(void)
{
    note("finish thread_drv");
}

static ErlDrvEntry entry = {
    .start = start, .stop = stop, .driver_name = "thread_drv", .control = control, .finish = finish,
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
};

DRIVER_INIT(thread_drv)
{
    return &entry;
}
