/* Locks held across API calls, on threads of every kind, while callbacks want the same locks. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "erl_driver.h"

typedef struct { ErlDrvPort port; ErlDrvTermData term, owner; int jobs; } Data;

static ErlDrvMutex *mutex;
static pthread_mutex_t raw = PTHREAD_MUTEX_INITIALIZER;
static int shared;

enum { ROUNDS = 100 };

static void send_number(Data *d, int number)
{
    ErlDrvTermData spec[] = {ERL_DRV_INT, (ErlDrvTermData) number};
    if (erl_drv_send_term(d->term, d->owner, spec, 2) != 1) abort();
}

/* With both locks held: allocation, binaries, atoms, and a term. */
static void work(Data *d)
{
    ErlDrvBinary *binary;
    erl_drv_mutex_lock(mutex);
    pthread_mutex_lock(&raw);
    binary = driver_alloc_binary(100);
    driver_free(driver_realloc(driver_alloc(10), 20));
    if (driver_mk_atom("an_atom") != driver_mk_atom("an_atom")) abort();
    send_number(d, ++shared);
    driver_free_binary(binary);
    pthread_mutex_unlock(&raw);
    erl_drv_mutex_unlock(mutex);
}

static void invoke(void *data)
{
    int i;
    for (i = 0; i < ROUNDS; i++) work(data);
}

static void *foreign(void *data)
{
    invoke(data);
    return NULL;
}

static int init(void)
{
    mutex = erl_drv_mutex_create("threads_drv");
    return 0;
}

static void finish(void) { erl_drv_mutex_destroy(mutex); }

static ErlDrvData start(ErlDrvPort port, char *command)
{
    Data *d = calloc(1, sizeof *d);
    (void) command;
    d->port = port;
    d->term = driver_mk_port(port);
    d->owner = driver_connected(port);
    return (ErlDrvData) d;
}

static void stop(ErlDrvData data) { free(data); }

static void ready_async(ErlDrvData data, ErlDrvThreadData result)
{
    (void) result;
    work((Data *) data);
    send_number((Data *) data, -1);
}

static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    Data *d = (Data *) data;
    pthread_t thread;
    ErlDrvTid tid;
    (void) buf, (void) len, (void) rbuf, (void) rlen;
    switch (command) {
    case 'j': driver_async(d->port, NULL, invoke, d, NULL); break;
    case 'w': invoke(d); break;
    case 'd':                   /* a thread of the driver API's */
        if (erl_drv_thread_create("mine", &tid, foreign, d, NULL) || erl_drv_thread_join(tid, NULL)) abort();
        break;
    case 'p':                   /* a thread that nobody knows of */
        if (pthread_create(&thread, NULL, foreign, d) || pthread_join(thread, NULL)) abort();
        break;
    case 'm':                   /* which misuses the API */
        if (pthread_create(&thread, NULL, (void *(*)(void *)) erl_drv_mutex_unlock, mutex)) abort();
        pthread_join(thread, NULL);
        break;
    }
    return 0;
}

static ErlDrvEntry entry = {
    .init = init, .start = start, .stop = stop, .driver_name = "threads_drv", .finish = finish, .control = control,
    .ready_async = ready_async, .extended_marker = ERL_DRV_EXTENDED_MARKER,
    .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION, .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
};

DRIVER_INIT(threads_drv) { return &entry; }
