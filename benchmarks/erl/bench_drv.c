/*
 * The driver that the real erl runs in the benchmarks.
 *
 * control  OP_MODE   <mode:8>                   0 answers as lists, 1 answers as binaries
 *          OP_ECHO   <bytes>                    the same bytes back
 *          OP_JOBS   <count:32><window:32>      no-op jobs, at most `window` of them in flight; "done" when all are back
 *          OP_SLEEP  <count:32><microsec:32>    sleeping jobs, all at once; "done" when all are back
 *          OP_COMPUTE <count:32><steps:32>      computing jobs, all at once; "done" when all are back
 * command  'a'...    one no-op job; "done" when it is back
 *          others    the same bytes back
 */
#include <erl_driver.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

enum { OP_MODE, OP_ECHO, OP_JOBS, OP_SLEEP, OP_COMPUTE };

typedef struct {
    ErlDrvPort port;
    void (*job)(void *);
    uint32_t unsent;    /* jobs still to be queued */
    uint32_t unfinished; /* jobs whose result has not come back */
    uint32_t microseconds;
    uint32_t steps;
} bench_t;

static uint32_t get32(const char *at)
{
    const unsigned char *b = (const unsigned char *)at;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void nothing(void *data)
{
    (void)data;
}

static void nap(void *data)
{
    uint32_t us = ((bench_t *)data)->microseconds;
    struct timespec span = { us / 1000000, (long)(us % 1000000) * 1000 };
    nanosleep(&span, NULL);
}

static void compute(void *data)
{
    uint32_t left = ((bench_t *)data)->steps;
    volatile uint64_t result;
    uint64_t x = 88172645463325252u;
    for (; left; left--) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    result = x;
    (void)result;
}

static void queue_one(bench_t *b)
{
    b->unsent--;
    driver_async(b->port, NULL, b->job, b, NULL);
}

static void run_jobs(bench_t *b, void (*job)(void *), uint32_t count, uint32_t window)
{
    uint32_t i;
    b->job = job;
    b->unsent = b->unfinished = count;
    for (i = 0; i < window && b->unsent; i++)
        queue_one(b);
}

static ErlDrvData start(ErlDrvPort port, char *command)
{
    bench_t *b = driver_alloc(sizeof *b);
    (void)command;
    memset(b, 0, sizeof *b);
    b->port = port;
    return (ErlDrvData)b;
}

static void stop(ErlDrvData data)
{
    driver_free(data);
}

static void output(ErlDrvData data, char *buf, ErlDrvSizeT len)
{
    bench_t *b = (bench_t *)data;
    if (len && buf[0] == 'a')
        run_jobs(b, nothing, 1, 1);
    else
        driver_output(b->port, buf, len);
}

static void ready_async(ErlDrvData data, ErlDrvThreadData result)
{
    bench_t *b = (bench_t *)data;
    (void)result;
    if (b->unsent)
        queue_one(b);
    if (--b->unfinished == 0)
        driver_output(b->port, "done", 4);
}

static ErlDrvSSizeT control(ErlDrvData data, unsigned op, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    bench_t *b = (bench_t *)data;
    switch (op) {
    case OP_ECHO:
        if (len > rlen)
            return -1;
        memcpy(*rbuf, buf, len);
        return (ErlDrvSSizeT)len;
    case OP_MODE:
        if (len != 1)
            return -1;
        set_port_control_flags(b->port, buf[0] ? PORT_CONTROL_FLAG_BINARY : 0);
        return 0;
    case OP_JOBS:
        if (len != 8)
            return -1;
        run_jobs(b, nothing, get32(buf), get32(buf + 4));
        return 0;
    case OP_SLEEP:
        if (len != 8)
            return -1;
        b->microseconds = get32(buf + 4);
        run_jobs(b, nap, get32(buf), get32(buf));
        return 0;
    case OP_COMPUTE:
        if (len != 8)
            return -1;
        b->steps = get32(buf + 4);
        run_jobs(b, compute, get32(buf), get32(buf));
        return 0;
    default:
        return -1;
    }
}

static ErlDrvEntry entry = {
    .start = start,
    .stop = stop,
    .output = output,
    .driver_name = "bench_drv",
    .control = control,
    .ready_async = ready_async,
    .extended_marker = ERL_DRV_EXTENDED_MARKER,
    .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
};

DRIVER_INIT(bench_drv)
{
    return &entry;
}
