/* Opening waits for erl_drv_init_ack; no limits for queued commands. */
#define NAME "differ_ack"
#define FLAGS (ERL_DRV_FLAG_USE_PORT_LOCKING | ERL_DRV_FLAG_USE_INIT_ACK | ERL_DRV_FLAG_NO_BUSY_MSGQ)
#define WITH_OUTPUTV 1
#define WITH_MORE 1
#include "differ.h"
