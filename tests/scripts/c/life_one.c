/* The first version. */
#define VERSION "one"
#include "life_drv.h"
