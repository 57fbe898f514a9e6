/* Without the marker. */
#define VERSION "marker"
#define NAME "life_marker"
#define MARKER 0
#include "life_drv.h"
