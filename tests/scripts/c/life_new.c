/* Of a header of the future: 4.0. */
#define VERSION "new"
#define NAME "life_new"
#define MAJOR 4
#define MINOR 0
#include "life_drv.h"
