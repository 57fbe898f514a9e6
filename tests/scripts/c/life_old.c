/* Of an old header: 2.0. */
#define VERSION "old"
#define NAME "life_old"
#define MAJOR 2
#define MINOR 0
#include "life_drv.h"
