/* Timers, jobs, the port data lock, threads and what they share. */
#ifndef DIFFER_JOBS_H
#define DIFFER_JOBS_H

#include "differ_life.h"

typedef struct {
    Port *p;
    int number;
    int frees;      /* has a free function, which ends it if nothing else does */
    char *program;
} Job;

static void run_program(Run *run, const char *program);

/* Run what stands in a slot, or nothing. */
static void run_in(Port *p, int context, const char *program)
{
    Run *run = calloc(1, sizeof *run);
    run->p = p;
    run->context = context;
    run->firing = -1;
    if (program) run_program(run, program);
    free(run);
}

static void do_set_timer(Run *run)
{
    unsigned long time = strtoul(word(run, 1), NULL, 0);
    if (time < LONG && run->p->fuel-- <= 0) {
        tell(run, "no fuel");
        return;
    }
    if (time < LONG) time = time % 3;
    int result = driver_set_timer(run->p->port, time);
    if (result == 0) run->p->timer = time < LONG ? 1 : 2;
    tell(run, "%d", result);
}

static void do_cancel(Run *run)
{
    int result = driver_cancel_timer(run->p->port);
    if (result == 0) run->p->timer = 0;
    tell(run, "%d", result);
}

static void do_read_timer(Run *run)
{
    unsigned long left = 4711;
    int result = driver_read_timer(run->p->port, &left);
    tell(run, "%d %s", result, result ? (left == 4711 ? "untouched" : "touched")
         : left > LONG / 2 ? "far" : run->p->timer == 1 ? "soon" : left ? "some" : "0");
}

static void invoke(void *data)
{
    Job *job = data;
    if (job->frees) {
        note(job->p->number, 't', "invoke %d", job->number);
        run_in(job->p, INVOKE, job->program);
    } else if (!WITH_MORE)
        add(&job->p->loose, -1);
}

static void end_job(Job *job)
{
    add(job->frees ? &job->p->jobs : &job->p->loose, -1);
    free(job->program);
    free(job);
}

static void free_job(void *data)
{
    Job *job = data;
    note(job->p->number, ' ', "free %d", job->number);
    end_job(job);
}

/* "async KEY|- free|nofree": the job runs the program for "invoke". */
static void do_async(Run *run)
{
    static int numbers;
    Port *p = run->p;
    unsigned key = (unsigned) number(run, 1, 0);
    int frees = !is(word(run, 2), "nofree");
    if (p->fuel-- <= 0) {
        tell(run, "no fuel");
        return;
    }
    Job *job = calloc(1, sizeof *job);
    job->p = p;
    pthread_mutex_lock(&state_lock);
    job->number = ++numbers;
    pthread_mutex_unlock(&state_lock);
    job->frees = frees;
    if (p->program[11]) job->program = strdup(p->program[11]);
    add(frees ? &p->jobs : &p->loose, 1);
    long id = driver_async(p->port, is(word(run, 1), "-") ? NULL : &key, invoke, job, frees ? free_job : NULL);
    if (id < 0) end_job(job);
    tell(run, "%s %u", id > 0 ? "job" : id == 0 ? "0" : "-1", key);
}

static void do_pdl(Run *run)
{
    ErlDrvPDL pdl = driver_pdl_create(run->p->port);
    if (pdl) run->p->pdl = pdl;
    tell(run, "%s", pdl ? "some" : "null");
}

static void do_pdl_refc(Run *run)
{
    ErlDrvPDL pdl = run->p->pdl;
    if (pdl == NULL || run->p->gone) {
        tell(run, "no lock");
        return;
    }
    long up = driver_pdl_inc_refc(pdl), down = driver_pdl_dec_refc(pdl);
    if (run->p->jobs == 0) tell(run, "%ld %ld %ld", up, down, (long) driver_pdl_get_refc(pdl));
}

static void *threaded(void *data)
{
    Port *p = data;
    run_in(p, THREAD, p->program[12]);
    return data;
}

/* A thread runs the program for "thread", while this one waits for its end. */
static void do_thread(Run *run)
{
    ErlDrvTid tid;
    void *result = NULL;
    ErlDrvThreadOpts *options = NULL;
    char name[] = "differ";
    if (run->p->fuel-- <= 0) {
        tell(run, "no fuel");
        return;
    }
    if (is(word(run, 1), "opts")) {
        options = erl_drv_thread_opts_create(name);
        options->suggested_stack_size = 128;
    }
    int created = erl_drv_thread_create(name, &tid, threaded, run->p, options);
    int joined = created == 0 ? erl_drv_thread_join(tid, &result) : -1;
    if (options) erl_drv_thread_opts_destroy(options);
    tell(run, "%d %d %s", created, joined, result == run->p ? "same" : "other");
}

static void do_locks(Run *run)
{
    char name[] = "differ";
    ErlDrvMutex *mutex = erl_drv_mutex_create(is(word(run, 1), "-") ? NULL : name);
    ErlDrvRWLock *rwlock = erl_drv_rwlock_create(name);
    ErlDrvCond *cond = erl_drv_cond_create(name);
    int first = erl_drv_mutex_trylock(mutex), second = erl_drv_mutex_trylock(mutex);
    erl_drv_cond_signal(cond);
    erl_drv_cond_broadcast(cond);
    erl_drv_mutex_unlock(mutex);
    erl_drv_mutex_lock(mutex);
    erl_drv_mutex_unlock(mutex);
    int read = erl_drv_rwlock_tryrlock(rwlock), write = erl_drv_rwlock_tryrwlock(rwlock);
    erl_drv_rwlock_runlock(rwlock);
    int alone = erl_drv_rwlock_tryrwlock(rwlock), late = erl_drv_rwlock_tryrlock(rwlock);
    erl_drv_rwlock_rwunlock(rwlock);
    tell(run, "%s %s %s %d %d %d %d %d %d", erl_drv_mutex_name(mutex), erl_drv_rwlock_name(rwlock),
         erl_drv_cond_name(cond), first, second, read, write, alone, late);
    erl_drv_mutex_destroy(mutex);
    erl_drv_rwlock_destroy(rwlock);
    erl_drv_cond_destroy(cond);
}

static void do_tsd(Run *run)
{
    ErlDrvTSDKey one, two, three;
    char name[] = "differ";
    int made = erl_drv_tsd_key_create(name, &one) + erl_drv_tsd_key_create(name, &two);
    void *before = erl_drv_tsd_get(one);
    erl_drv_tsd_set(one, run);
    erl_drv_tsd_set(two, NULL);
    void *after = erl_drv_tsd_get(one), *none = erl_drv_tsd_get(two);
    erl_drv_tsd_set(one, NULL);
    erl_drv_tsd_key_destroy(one);
    made += erl_drv_tsd_key_create(name, &three);
    tell(run, "%d %s %s %s %s", made, before ? "some" : "null", after == run ? "same" : "other",
         none ? "some" : "null", three == one ? "again" : "new");
    erl_drv_tsd_key_destroy(two);
    erl_drv_tsd_key_destroy(three);
}

static void do_getenv(Run *run)
{
    char shown_room[200];
    size_t size = (size_t) number(run, 2, 10) % 1000, given = size;
    char *value = reserve(run, 1000);
    int result = erl_drv_getenv(word(run, 1), value, &given);
    tell(run, "%d %ld %s", result, (long) given, result ? "" : shown(shown_room, sizeof shown_room, value, given));
}

static void do_putenv(Run *run)
{
    tell(run, "%d", erl_drv_putenv(word(run, 1), text_of(run, word(run, 2))));
}

static void do_errno(Run *run)
{
    tell(run, "%s", erl_errno_id((int) number(run, 1, 0)));
}

static void do_time(Run *run)
{
    int unit = (int) number(run, 2, 0), to = (int) number(run, 3, 0);
    ErlDrvTime bad = erl_drv_monotonic_time(unit), offset = erl_drv_time_offset(unit);
    tell(run, "%ld %s %s", (long) erl_drv_convert_time_unit(number(run, 1, 0), unit, to),
         bad == ERL_DRV_TIME_ERROR ? "error" : "time", offset == ERL_DRV_TIME_ERROR ? "error" : "offset");
}

static void do_system(Run *run)
{
    ErlDrvSysInfo info;
    size_t size = 32 + (size_t) number(run, 1, 0) % 40;
    memset(&info, 0x7f, sizeof info);
    driver_system_info(&info, size > sizeof info ? sizeof info : size);
    tell(run, "%d.%d %s %d %d %d %d %d.%d %d", info.driver_major_version, info.driver_minor_version,
         info.otp_release, info.thread_support, info.smp_support, info.async_threads, info.scheduler_threads,
         info.nif_major_version, info.nif_minor_version, info.dirty_scheduler_support);
}

static void do_memory(Run *run)
{
    char *at = driver_alloc(labs(number(run, 1, 0)) % 10000 + 1);
    at[0] = 'x';
    at = driver_realloc(at, labs(number(run, 2, 0)) % 10000 + 1);
    tell(run, "%c %d", at[0], null_func());
    driver_free(at);
    driver_free(NULL);
}

static void do_atom(Run *run)
{
    char *name = text_of(run, word(run, 1));
    ErlDrvTermData one = driver_mk_atom(name), two = driver_mk_atom(name);
    tell(run, "%s %s", one == two ? "same" : "unlike",
         driver_mk_term_nil() == driver_term_nil ? "nil" : "other");
}

#endif
