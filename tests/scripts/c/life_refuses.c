/* init fails. */
#define VERSION "refuses"
#define NAME "life_refuses"
#define INIT_RESULT 7
#include "life_drv.h"
