/* As busy.c, with commands that may be forced. */
#define NAME "busy_soft"
#define FLAGS ERL_DRV_FLAG_SOFT_BUSY
#include "busy.c"
