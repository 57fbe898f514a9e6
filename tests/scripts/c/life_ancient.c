/* Of an ancient header: 1.9. */
#define VERSION "ancient"
#define NAME "life_ancient"
#define MAJOR 1
#define MINOR 9
#include "life_drv.h"
