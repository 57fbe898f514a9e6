/* The second version, of the same name. */
#define VERSION "two"
#include "life_drv.h"
