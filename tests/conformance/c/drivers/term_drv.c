/* Terms: control N sends term number N to the owner, 100 + N to the caller; the reply is the function's result. */
#include <string.h>
#include "erl_driver.h"

typedef struct { ErlDrvPort port; } Data;

static ErlDrvData start(ErlDrvPort port, char *command) {
    Data *d = driver_alloc(sizeof(Data));
    d->port = port;
    return (ErlDrvData)d;
}

static void stop(ErlDrvData data) { driver_free(data); }

static int send(Data *d, unsigned number, char *buf, ErlDrvSizeT size) {
    static double number_as_float = 2.5;
    static ErlDrvSInt64 negative = -5000000000LL;
    static ErlDrvUInt64 large = 18446744073709551615ULL;
    static char external[] = {131, 104, 2, 97, 1, 100, 0, 1, 'x'};
    ErlDrvBinary *binary = driver_alloc_binary(size);
    memcpy(binary->orig_bytes, buf, size);
    ErlDrvTermData atom = driver_mk_atom("a"), port = driver_mk_port(d->port);
    ErlDrvTermData specs[][20] = {
        {ERL_DRV_ATOM, atom, ERL_DRV_INT, (ErlDrvTermData)-3, ERL_DRV_UINT, 7, ERL_DRV_TUPLE, 3},
        {ERL_DRV_FLOAT, (ErlDrvTermData)&number_as_float, ERL_DRV_INT64, (ErlDrvTermData)&negative, ERL_DRV_UINT64,
         (ErlDrvTermData)&large, ERL_DRV_TUPLE, 3},
        {ERL_DRV_STRING, (ErlDrvTermData)buf, size, ERL_DRV_BUF2BINARY, (ErlDrvTermData)buf, size, ERL_DRV_TUPLE, 2},
        {ERL_DRV_NIL, ERL_DRV_STRING_CONS, (ErlDrvTermData)buf, size},
        {ERL_DRV_BINARY, (ErlDrvTermData)binary, size ? size - 1 : 0, size ? 1 : 0},
        {ERL_DRV_ATOM, atom, ERL_DRV_INT, 1, ERL_DRV_NIL, ERL_DRV_LIST, 3},
        {ERL_DRV_ATOM, atom, ERL_DRV_INT, 1, ERL_DRV_LIST, 2},
        {ERL_DRV_ATOM, atom, ERL_DRV_INT, 1, ERL_DRV_MAP, 1},
        {ERL_DRV_EXT2TERM, (ErlDrvTermData)external, sizeof(external)},
        {ERL_DRV_TUPLE, 0},
        {ERL_DRV_PORT, port, ERL_DRV_PID, driver_connected(d->port), ERL_DRV_TUPLE, 2},
        {ERL_DRV_ATOM, atom, ERL_DRV_ATOM, atom},
        {ERL_DRV_TUPLE, 2},
        {ERL_DRV_MAP, 0},
        {ERL_DRV_ATOM, atom, ERL_DRV_INT, 1, ERL_DRV_ATOM, atom, ERL_DRV_INT, 2, ERL_DRV_MAP, 2},
    };
    int words[] = {8, 8, 8, 4, 4, 7, 6, 6, 3, 2, 6, 4, 2, 2, 10};
    unsigned which = number % 100;
    int result = -9;
    if (which < sizeof(words) / sizeof(int))
        result = number < 100 ? erl_drv_output_term(port, specs[which], words[which])
                              : erl_drv_send_term(port, driver_caller(d->port), specs[which], words[which]);
    driver_free_binary(binary);
    return result;
}

static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT size, char **reply, ErlDrvSizeT room) {
    (*reply)[0] = 10 + send((Data *)data, command, buf, size);
    return 1;
}

static ErlDrvEntry entry = {
    .driver_name = "term_drv", .start = start, .stop = stop, .control = control,
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION, .driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING,
};
DRIVER_INIT(term_drv) { return &entry; }
