/* An entry with nothing but a name. */
#include "telling.h"

static ErlDrvEntry entry = { .driver_name = "bare", VERSIONS };

DRIVER_INIT(bare) { return &entry; }
