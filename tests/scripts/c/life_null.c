/* driver_init returns NULL. */
#define VERSION "null"
#define NAME "life_null"
#define NULL_ENTRY
#include "life_drv.h"
