/* Uses functions that nobody has. */
#define VERSION "missing"
#define NAME "life_missing"
#define MISSING
#include "life_drv.h"
