/* Has no driver_init. */
#define VERSION "no init"
#define NAME "life_no_init"
#define NO_INIT
#include "life_drv.h"
