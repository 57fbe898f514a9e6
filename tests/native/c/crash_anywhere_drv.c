/* A driver that crashes in the callback that CRASH_IN names; CRASH_BY=stack has it overflow its stack,
 * CRASH_BY=waiting wait for ever instead. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "erl_driver.h"

typedef struct { ErlDrvPort port; int ends[2]; } Data;

static volatile char *nowhere;

__attribute__((noinline)) void overflow(volatile char *above)
{
    volatile char frame[4096];
    frame[0] = above[0];
    overflow(frame);
    above[0] = frame[1];
}

__attribute__((noinline)) void crash_in(const char *name)
{
    const char *where = getenv("CRASH_IN"), *by = getenv("CRASH_BY");
    if (!where || strcmp(where, name)) return;
    if (by && !strcmp(by, "stack")) overflow("");
    if (by && !strcmp(by, "waiting")) for (;;) pause();
    *nowhere = 1;
}

static ErlDrvEvent event(int end) { return (ErlDrvEvent) (long) end; }

static int init(void) { crash_in("init"); return 0; }
static void finish(void) { crash_in("finish"); }

static ErlDrvData start(ErlDrvPort port, char *command)
{
    Data *d = calloc(1, sizeof *d);
    (void) command;
    d->port = port;
    crash_in("start");
    return (ErlDrvData) d;
}

static void stop(ErlDrvData data)
{
    Data *d = (Data *) data;
    crash_in("stop");
    if (d->ends[1]) {
        driver_select(d->port, event(d->ends[0]), ERL_DRV_USE, 0);
        driver_select(d->port, event(d->ends[1]), ERL_DRV_USE, 0);
    }
    free(d);
}

static void output(ErlDrvData data, char *buf, ErlDrvSizeT len) { (void) data, (void) buf, (void) len; crash_in("output"); }
static void ready_input(ErlDrvData data, ErlDrvEvent end) { (void) data, (void) end; crash_in("ready_input"); }

static void ready_output(ErlDrvData data, ErlDrvEvent end)
{
    crash_in("ready_output");
    if (write((int) (long) end, "x", 1) < 0) abort();
    driver_select(((Data *) data)->port, end, ERL_DRV_WRITE, 0);
}

static void timeout(ErlDrvData data) { (void) data; crash_in("timeout"); }
static void stop_select(ErlDrvEvent end, void *reserved) { (void) reserved; crash_in("stop_select"); close((int) (long) end); }

static void flush(ErlDrvData data)
{
    ErlDrvPort port = ((Data *) data)->port;
    crash_in("flush");
    driver_deq(port, driver_sizeq(port));
}

static void invoke(void *late) { if (late) usleep(50000); crash_in("async_invoke"); }
static void async_free(void *late) { (void) late; crash_in("async_free"); }
static void ready_async(ErlDrvData data, ErlDrvThreadData late) { (void) data, (void) late; crash_in("ready_async"); }
static void *thread(void *argument) { crash_in("thread"); return argument; }

static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    Data *d = (Data *) data;
    ErlDrvTid tid;
    (void) buf, (void) len, (void) rlen;
    *rbuf = NULL;
    switch (command) {
    case 't': driver_set_timer(d->port, 0); break;
    case 'j': driver_async(d->port, NULL, invoke, NULL, async_free); break;
    case 'l': driver_async(d->port, NULL, invoke, d, async_free); break;
    case 'q': driver_enq(d->port, "queued", 6); break;
    case 'h': erl_drv_thread_create("helper", &tid, thread, NULL, NULL); break;
    case 's':
        if (pipe2(d->ends, O_NONBLOCK)) return -1;
        driver_select(d->port, event(d->ends[0]), ERL_DRV_READ | ERL_DRV_USE, 1);
        driver_select(d->port, event(d->ends[1]), ERL_DRV_WRITE | ERL_DRV_USE, 1);
        break;
    }
    return 0;
}

static ErlDrvEntry entry = {
    .init = init, .start = start, .stop = stop, .output = output, .ready_input = ready_input, .ready_output = ready_output,
    .driver_name = "crash_anywhere_drv", .finish = finish, .control = control, .timeout = timeout, .flush = flush,
    .ready_async = ready_async, .stop_select = stop_select, .extended_marker = ERL_DRV_EXTENDED_MARKER,
    .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION, .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
};

DRIVER_INIT(crash_anywhere_drv) { crash_in("driver_init"); return &entry; }
