/* Of a header of the near future: 3.4. */
#define VERSION "minor"
#define NAME "life_minor"
#define MINOR 4
#include "life_drv.h"
