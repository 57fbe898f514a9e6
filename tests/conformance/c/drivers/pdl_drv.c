/* Port data lock: async jobs put bytes into the port's own queue, under the lock; control looks at it. */
#include "erl_driver.h"

typedef struct { ErlDrvPort port; ErlDrvPDL pdl; } Data;
typedef struct { Data *d; int byte; } Job;

static ErlDrvData start(ErlDrvPort port, char *command) {
    Data *d = driver_alloc(sizeof(Data));
    d->port = port;
    d->pdl = driver_pdl_create(port);
    return (ErlDrvData)d;
}

static void stop(ErlDrvData data) { driver_free(data); }

static void invoke(void *arg) {
    Job *job = arg;
    char byte = job->byte;
    driver_pdl_lock(job->d->pdl);
    driver_enq(job->d->port, &byte, 1);
    driver_pdl_unlock(job->d->pdl);
}

static void output(ErlDrvData data, char *buf, ErlDrvSizeT size) {
    Data *d = (Data *)data;
    unsigned key = 1;
    for (ErlDrvSizeT i = 0; i < size; i++) {
        Job *job = driver_alloc(sizeof(Job));
        job->d = d;
        job->byte = buf[i];
        driver_async(d->port, &key, invoke, job, driver_free);
    }
}

static void ready_async(ErlDrvData data, ErlDrvThreadData arg) {
    Data *d = (Data *)data;
    int count;
    driver_free(arg);
    driver_pdl_lock(d->pdl);
    SysIOVec *blocks = driver_peekq(d->port, &count);
    if (count > 0) {
        driver_output(d->port, blocks[0].iov_base, 1);
        driver_deq(d->port, 1);
    }
    driver_pdl_unlock(d->pdl);
}

/* 1: references to the lock; 2: bytes in the queue; 3: is a second lock refused? */
static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT size, char **reply, ErlDrvSizeT room) {
    Data *d = (Data *)data;
    if (command == 1) (*reply)[0] = driver_pdl_get_refc(d->pdl);
    else if (command == 2) {
        driver_pdl_lock(d->pdl);
        (*reply)[0] = driver_sizeq(d->port);
        driver_pdl_unlock(d->pdl);
    } else if (command == 3) (*reply)[0] = driver_pdl_create(d->port) == NULL;
    else return -1;
    return 1;
}

static ErlDrvEntry entry = {
    .driver_name = "pdl_drv", .start = start, .stop = stop, .output = output, .ready_async = ready_async,
    .control = control, .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION, .driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING,
};
DRIVER_INIT(pdl_drv) { return &entry; }
