/* One lock for all ports, and commands in one piece. */
#define NAME "differ_all"
#define FLAGS 0
#define WITH_OUTPUTV 0
#define WITH_MORE 1
#include "differ.h"
