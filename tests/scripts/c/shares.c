/* Who shares a driver binary: ports, queues, messages. Control ops work on one binary that is kept. */
#include "telling.h"

typedef struct { ErlDrvPort port; ErlDrvBinary *kept; } Shares;

static ErlDrvData start(ErlDrvPort port, char *command)
{
    Shares *s = driver_alloc(sizeof *s);
    s->port = port;
    s->kept = NULL;
    return (ErlDrvData) s;
}

static void stop(ErlDrvData d)
{
    driver_free_binary(((Shares *) d)->kept);
    driver_free(d);
}

/* Each element: its length, and in which binary it lies: in the kept one, with its count, or in one of what size. */
static void outputv(ErlDrvData d, ErlIOVec *ev)
{
    Shares *s = (Shares *) d;
    char text[2000];
    int i, at = 0;
    for (i = 1; i < ev->vsize && at < 1900; i++) {
        ErlDrvBinary *b = ev->binv[i];
        at += sprintf(text + at, " %ld", (long) ev->iov[i].iov_len);
        if (!b)
            at += sprintf(text + at, "-");
        else if (b == s->kept)
            at += sprintf(text + at, "kept+%ld*%ld", (long) ((char *) ev->iov[i].iov_base - b->orig_bytes),
                          (long) driver_binary_get_refc(b));
        else
            at += sprintf(text + at, "of%ld+%ld", (long) b->orig_size, (long) ((char *) ev->iov[i].iov_base - b->orig_bytes));
    }
    driver_output(s->port, text, at);
}

static ErlDrvSSizeT control(ErlDrvData d, unsigned op, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    Shares *s = (Shares *) d;
    int a = len > 0 ? (unsigned char) buf[0] : 0, b = len > 1 ? (unsigned char) buf[1] : 0;
    ErlDrvTermData data = driver_mk_atom("data");
    SysIOVec iov[2];
    ErlDrvBinary *binv[2];
    ErlIOVec ev;
    switch (op) {
    case 0: /* a new one, of so many bytes */
        driver_free_binary(s->kept);
        s->kept = driver_alloc_binary(a);
        memset(s->kept->orig_bytes, 'k', a);
        break;
    case 1: driver_output_binary(s->port, NULL, 0, s->kept, a, b); break;
    case 2: {
        ErlDrvTermData spec[] = {ERL_DRV_PORT, driver_mk_port(s->port), ERL_DRV_ATOM, data,
                                 ERL_DRV_BINARY, (ErlDrvTermData) s->kept, b, a, ERL_DRV_TUPLE, 2, ERL_DRV_TUPLE, 2};
        erl_drv_output_term(driver_mk_port(s->port), spec, sizeof spec / sizeof *spec);
        break;
    }
    case 3: /* twice in one vector */
        iov[0].iov_base = s->kept->orig_bytes;
        iov[0].iov_len = a;
        iov[1].iov_base = s->kept->orig_bytes + a;
        iov[1].iov_len = b;
        binv[0] = binv[1] = s->kept;
        ev.vsize = 2;
        ev.size = a + b;
        ev.iov = iov;
        ev.binv = binv;
        driver_outputv(s->port, NULL, 0, &ev, 0);
        break;
    case 4: driver_enq_bin(s->port, s->kept, a, b); break;
    case 5: driver_deq(s->port, driver_sizeq(s->port)); break;
    case 6: driver_binary_inc_refc(s->kept); break;
    case 7: driver_binary_dec_refc(s->kept); break;
    case 8: /* the reply itself, which takes a reference over */
        driver_binary_inc_refc(s->kept);
        set_port_control_flags(s->port, PORT_CONTROL_FLAG_BINARY);
        *(ErlDrvBinary **) rbuf = s->kept;
        return 0;
    case 9: set_port_control_flags(s->port, 0); break;
    }
    return say(rbuf, rlen, "%ld", s->kept ? (long) driver_binary_get_refc(s->kept) : -1);
}

static ErlDrvEntry entry = {
    .start = start, .stop = stop, .outputv = outputv, .control = control, .driver_name = "shares", VERSIONS,
};

DRIVER_INIT(shares) { return &entry; }
