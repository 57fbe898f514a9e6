/* Its name is not the file's. */
#define VERSION "other"
#define NAME "another_name"
#include "life_drv.h"
