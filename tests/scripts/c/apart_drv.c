/* Jobs of a driver with port-level locking. */
#define DRIVER_NAME "apart_drv"
#define FLAGS ERL_DRV_FLAG_USE_PORT_LOCKING
#include "job_drv.c"
