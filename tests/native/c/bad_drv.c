/* A driver that breaks one rule for each control command. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "erl_driver.h"

typedef struct { ErlDrvPort port; char *block; ErlDrvMutex *mutex; ErlDrvTid thread; } Data;

static ErlDrvPort dead;

static void *nothing(void *argument) { return argument; }

static ErlDrvData start(ErlDrvPort port, char *command)
{
    Data *d = calloc(1, sizeof *d);
    (void) command;
    d->port = port;
    d->mutex = erl_drv_mutex_create("bad_mutex");
    return (ErlDrvData) d;
}

static void stop(ErlDrvData data)
{
    dead = ((Data *) data)->port;
    free(data);
}

static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    Data *d = (Data *) data;
    ErlDrvPort port = d->port;
    ErlDrvBinary *binary;
    (void) rlen;
    switch (command) {
    case 1: driver_output(dead, buf, len); break;
    case 2: driver_output((ErlDrvPort) 0x123456, buf, len); break;
    case 3: d->block = driver_alloc(10); driver_free(d->block); driver_free(d->block); break;
    case 4: d->block = driver_alloc(10); d->block[10] = 'x'; driver_free(d->block); break;
    case 5: binary = driver_alloc_binary(10); driver_free_binary(binary); driver_free_binary(binary); break;
    case 6: driver_free(d); break;
    case 7: memset(*rbuf, 'x', 70); return 3;
    case 8: erl_drv_mutex_lock(d->mutex); erl_drv_mutex_lock(d->mutex); break;
    case 9: erl_drv_mutex_unlock(d->mutex); break;
    case 10: erl_drv_mutex_lock(NULL); break;
    case 11: erl_drv_thread_exit(NULL); break;
    case 12: erl_drv_tsd_get(4711); break;
    case 13: driver_output_binary(d->port, NULL, 0, driver_alloc_binary(5), 3, 3); break;
    case 14: *rbuf = malloc(100); set_port_control_flags(d->port, PORT_CONTROL_FLAG_BINARY); return 1;
    case 15: driver_failure_eof(port); return driver_output(port, buf, len) == -1 ? 0 : -1;
    case 16: driver_system_info(NULL, 8); break;
    case 17: erl_drv_mutex_destroy(d->mutex); erl_drv_mutex_lock(d->mutex); break;
    case 23: driver_free((void *) 16); break;
    case 24: driver_free_binary((ErlDrvBinary *) 32); break;
    case 25: erl_drv_mutex_lock((ErlDrvMutex *) 8); break;
    case 26: driver_pdl_inc_refc((ErlDrvPDL) 8); break;
    case 27: erl_drv_thread_join((ErlDrvTid) 8, NULL); break;
    case 18: driver_alloc(100); driver_alloc(23); driver_alloc_binary(50); break;
    case 19: d->block = driver_alloc(1 << 20); driver_free(d->block); driver_free(d->block); break;
    case 20: binary = driver_alloc_binary(1 << 20); driver_free_binary(binary); driver_free_binary(binary); break;
    case 21:
        binary = driver_alloc_binary(1 << 20);
        driver_free_binary(binary);
        driver_output_binary(port, NULL, 0, binary, 0, 1);
        break;
    case 22:
        erl_drv_thread_create("short", &d->thread, nothing, NULL, NULL);
        erl_drv_thread_join(d->thread, NULL);
        erl_drv_thread_join(d->thread, NULL);
        break;
    }
    return 0;
}

static ErlDrvEntry entry = {
    .start = start, .stop = stop, .driver_name = "bad_drv", .control = control,
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
};

DRIVER_INIT(bad_drv) { return &entry; }
