/* Jobs of a driver without ready_async. */
#define DRIVER_NAME "mute_drv"
#define NO_READY
#define NO_FLUSH
#include "job_drv.c"
