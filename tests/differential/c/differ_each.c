/* One lock for each port, vectors, and commands that may be forced through a busy port. */
#define NAME "differ_each"
#define FLAGS (ERL_DRV_FLAG_USE_PORT_LOCKING | ERL_DRV_FLAG_SOFT_BUSY)
#define WITH_OUTPUTV 1
#define WITH_MORE 1
#include "differ.h"
