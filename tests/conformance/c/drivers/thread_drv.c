/* Threads: each command starts a thread that adds its bytes up and sends {sum, N} to the sender by itself. */
#include <string.h>
#include "erl_driver.h"

typedef struct { ErlDrvPort port; ErlDrvTid threads[16]; int count; } Data;
typedef struct { ErlDrvTermData port, to, tag; long sum; } Work;

static ErlDrvData start(ErlDrvPort port, char *command) {
    Data *d = driver_alloc(sizeof(Data));
    d->port = port;
    d->count = 0;
    return (ErlDrvData)d;
}

static void *run(void *arg) {
    Work *w = arg;
    ErlDrvTermData spec[] = {ERL_DRV_ATOM, w->tag, ERL_DRV_INT, w->sum, ERL_DRV_TUPLE, 2};
    erl_drv_send_term(w->port, w->to, spec, 6);
    return w;
}

static void join(Data *d) {
    for (int i = 0; i < d->count; i++) {
        void *w;
        erl_drv_thread_join(d->threads[i], &w);
        driver_free(w);
    }
    d->count = 0;
}

static void stop(ErlDrvData data) {
    join((Data *)data);
    driver_free(data);
}

static void output(ErlDrvData data, char *buf, ErlDrvSizeT size) {
    Data *d = (Data *)data;
    Work *w = driver_alloc(sizeof(Work));
    w->port = driver_mk_port(d->port);
    w->to = driver_caller(d->port);
    w->tag = driver_mk_atom("sum");
    w->sum = 0;
    for (ErlDrvSizeT i = 0; i < size; i++) w->sum += (unsigned char)buf[i];
    if (d->count == 16) join(d);
    erl_drv_thread_create("adder", &d->threads[d->count++], run, w, NULL);
}

/* Joins; the reply is how many threads there were. */
static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT size, char **reply, ErlDrvSizeT room) {
    (*reply)[0] = ((Data *)data)->count;
    join((Data *)data);
    return 1;
}

static ErlDrvEntry entry = {
    .driver_name = "thread_drv", .start = start, .stop = stop, .output = output, .control = control,
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION, .driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING,
};
DRIVER_INIT(thread_drv) { return &entry; }
