/* A thread of the driver's own stands by for each port. It is asked to send terms while the port is open, lingers, is
 * in stop, and after its end; and many threads at once send what they have counted together.
 */
#include "tell.h"

enum { CROWD = 12 };

typedef struct {
    ErlDrvPort port;
    ErlDrvTermData term, caller;
    ErlDrvTid thread;
    int asked, output, sent;
    const char *when;
} Helper;

static ErlDrvMutex *mutex;
static ErlDrvCond *changed;
static ErlDrvRWLock *count_lock;
static ErlDrvTSDKey own;
static long count;
static int waiting, crowd;
static Helper *helpers[100];
static int opened;

static int helper_init(void)
{
    mutex = erl_drv_mutex_create("helper");
    changed = erl_drv_cond_create("helper");
    count_lock = erl_drv_rwlock_create("helper_count");
    return erl_drv_tsd_key_create("helper", &own);
}

static void helper_finish(void)
{
    erl_drv_tsd_key_destroy(own);
    erl_drv_rwlock_destroy(count_lock);
    erl_drv_cond_destroy(changed);
    erl_drv_mutex_destroy(mutex);
}

static void *stand_by(void *data)
{
    Helper *helper = data;
    erl_drv_mutex_lock(mutex);
    while (helper->asked >= 0) {
        if (helper->asked) {
            ErlDrvTermData spec[] = {ERL_DRV_ATOM, driver_mk_atom((char *) helper->when),
                                     ERL_DRV_PORT, helper->term, ERL_DRV_TUPLE, 2};
            erl_drv_mutex_unlock(mutex);
            int output = erl_drv_output_term(helper->term, spec, sizeof spec / sizeof *spec);
            int sent = erl_drv_send_term(helper->term, helper->caller, spec, sizeof spec / sizeof *spec);
            erl_drv_mutex_lock(mutex);
            helper->output = output;
            helper->sent = sent;
            helper->asked = 0;
            erl_drv_cond_broadcast(changed);
        }
        while (!helper->asked) erl_drv_cond_wait(changed, mutex);
    }
    erl_drv_mutex_unlock(mutex);
    return helper;
}

/* Have the thread send its terms now, and wait for what comes of it. */
static void ask(Helper *helper, const char *when)
{
    if (helper->asked < 0) return; /* it has been dismissed */
    erl_drv_mutex_lock(mutex);
    helper->when = when;
    helper->asked = 1;
    erl_drv_cond_broadcast(changed);
    while (helper->asked) erl_drv_cond_wait(changed, mutex);
    erl_drv_mutex_unlock(mutex);
    note("%s: output %d sent %d", when, helper->output, helper->sent);
}

static void dismiss(Helper *helper)
{
    void *result = NULL;
    erl_drv_mutex_lock(mutex);
    helper->asked = -1;
    erl_drv_cond_broadcast(changed);
    erl_drv_mutex_unlock(mutex);
    int joined = erl_drv_thread_join(helper->thread, &result);
    note("joined %d %s", joined, result == helper ? "itself" : "something else");
}

/* One of a crowd: wait until all are there, count together, and send the own share. */
static void *take_part(void *data)
{
    Helper *helper = data;
    long share = 0;
    erl_drv_tsd_set(own, &share);
    erl_drv_mutex_lock(mutex);
    if (++waiting == crowd) erl_drv_cond_broadcast(changed);
    while (waiting < crowd) erl_drv_cond_wait(changed, mutex);
    erl_drv_mutex_unlock(mutex);
    for (int i = 0; i < 50; i++) {
        erl_drv_rwlock_rwlock(count_lock);
        count++;
        erl_drv_rwlock_rwunlock(count_lock);
        ++*(long *) erl_drv_tsd_get(own);
    }
    ErlDrvTermData spec[] = {ERL_DRV_ATOM, driver_mk_atom("share"), ERL_DRV_INT, share, ERL_DRV_TUPLE, 2};
    erl_drv_output_term(helper->term, spec, sizeof spec / sizeof *spec);
    erl_drv_thread_exit((void *) share);
    return NULL;
}

static void gather(Helper *helper, int size)
{
    ErlDrvTid threads[CROWD];
    long sum = 0;
    count = waiting = 0;
    crowd = size;
    for (int i = 0; i < size; i++) erl_drv_thread_create("crowd", &threads[i], take_part, helper, NULL);
    for (int i = 0; i < size; i++) {
        void *share;
        erl_drv_thread_join(threads[i], &share);
        sum += (long) share;
    }
    erl_drv_rwlock_rlock(count_lock);
    note("counted %ld, shares %ld", count, sum);
    erl_drv_rwlock_runlock(count_lock);
}

static ErlDrvData helper_start(ErlDrvPort port, char *command)
{
    Helper *helper = calloc(1, sizeof *helper);
    helper->port = port;
    helper->term = driver_mk_port(port);
    helper->caller = driver_caller(port);
    helpers[opened++] = helper;
    erl_drv_thread_create("helper", &helper->thread, stand_by, helper, NULL);
    ask(helper, "start");
    return (ErlDrvData) helper;
}

static void helper_stop(ErlDrvData data)
{
    ask((Helper *) data, "stop");
}

static void helper_flush(ErlDrvData data)
{
    ask((Helper *) data, "flush");
}

static ErlDrvSSizeT helper_control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT len, char **rbuf,
                                   ErlDrvSizeT rlen)
{
    Helper *helper = (Helper *) data;
    char text[20];
    int number = atoi(words(text, sizeof text, buf, len));
    if (command == 0) ask(helper, "control");
    if (command == 1) gather(helper, number > CROWD ? CROWD : number);
    if (command == 2) ask(helpers[number], "after"), dismiss(helpers[number]);
    if (command == 3) driver_enq(helper->port, "abc", 3);
    if (command == 4) driver_deq(helper->port, 3);
    if (command == 5) dismiss(helper);
    return 0;
}

static ErlDrvEntry entry = {
    .init = helper_init,
    .finish = helper_finish,
    .start = helper_start,
    .stop = helper_stop,
    .flush = helper_flush,
    .control = helper_control,
    .driver_name = "helper",
    .extended_marker = ERL_DRV_EXTENDED_MARKER,
    .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
    .driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING,
};

DRIVER_INIT(helper)
{
    return &entry;
}
