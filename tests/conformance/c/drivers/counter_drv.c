/* Locks and the driver's own life: a counter that all ports share, made in init, guarded by a readers-writer lock. */
#include <stdio.h>
#include <stdlib.h>
#include "erl_driver.h"

static ErlDrvRWLock *lock;
static long counter;
static ErlDrvMutex *mutex;

static int init(void) {
    lock = erl_drv_rwlock_create("counter");
    mutex = erl_drv_mutex_create("counter_mutex");
    counter = 0;
    return 0;
}

static void finish(void) {
    erl_drv_rwlock_destroy(lock);
    erl_drv_mutex_destroy(mutex);
}

static ErlDrvData start(ErlDrvPort port, char *command) { return (ErlDrvData)port; }

static void add(void *amount) {
    erl_drv_rwlock_rwlock(lock);
    counter += (long)amount;
    erl_drv_rwlock_rwunlock(lock);
}

static void nothing(void *amount) {}

/* 1: add; 2: read; 3: add on an async thread; 4: is the mutex free?; 5: names. */
static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT size, char **reply, ErlDrvSizeT room) {
    if (command == 1) add((void *)(long)buf[0]);
    if (command == 3) return driver_async((ErlDrvPort)data, NULL, add, (void *)(long)buf[0], nothing) > 0 ? 0 : -1;
    if (command == 4) {
        int first = erl_drv_mutex_trylock(mutex), second = erl_drv_mutex_trylock(mutex);
        erl_drv_mutex_unlock(mutex);
        return sprintf(*reply, "%s %s", first ? "busy" : "free", second ? "busy" : "free");
    }
    if (command == 5) return sprintf(*reply, "%s %s", erl_drv_rwlock_name(lock), erl_drv_mutex_name(mutex));
    if (command > 5) return -1;
    erl_drv_rwlock_rlock(lock);
    long now = counter;
    erl_drv_rwlock_runlock(lock);
    return sprintf(*reply, "%ld", now);
}

static void ready_async(ErlDrvData data, ErlDrvThreadData amount) { driver_output((ErlDrvPort)data, "added", 5); }

static ErlDrvEntry entry = {
    .driver_name = "counter_drv", .init = init, .finish = finish, .start = start, .control = control,
    .ready_async = ready_async, .extended_marker = ERL_DRV_EXTENDED_MARKER,
    .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION, .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
    .driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING,
};
DRIVER_INIT(counter_drv) { return &entry; }
