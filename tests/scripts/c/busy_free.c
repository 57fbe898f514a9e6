/* As busy.c, without limits of the message queue. */
#define NAME "busy_free"
#define FLAGS ERL_DRV_FLAG_NO_BUSY_MSGQ
#include "busy.c"
