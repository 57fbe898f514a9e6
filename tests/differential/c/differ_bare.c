/* Few callbacks. */
#define NAME "differ_bare"
#define FLAGS ERL_DRV_FLAG_USE_PORT_LOCKING
#define WITH_OUTPUTV 0
#define WITH_MORE 0
#include "differ.h"
