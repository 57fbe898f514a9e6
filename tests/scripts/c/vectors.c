/* Tells the shape of what outputv gets, and keeps binaries: control op 0 what is kept, 1 let go, 2 keep from now on. */
#include "telling.h"

typedef struct { ErlDrvPort port; ErlDrvBinary *kept; int keep; } Vectors;

static ErlDrvData start(ErlDrvPort port, char *command)
{
    Vectors *v = driver_alloc(sizeof *v);
    v->port = port;
    v->kept = NULL;
    v->keep = 0;
    return (ErlDrvData) v;
}

static void stop(ErlDrvData d)
{
    driver_free_binary(((Vectors *) d)->kept);
    driver_free(d);
}

static void outputv(ErlDrvData d, ErlIOVec *ev)
{
    Vectors *v = (Vectors *) d;
    char text[3000];
    int i, j, at = sprintf(text, "%d/%ld:", ev->vsize, (long) ev->size);
    for (i = 0; i < ev->vsize && at < 2900; i++) {
        for (j = 0; j < i && ev->binv[j] != ev->binv[i]; j++)
            ;
        at += sprintf(text + at, " %ld", (long) ev->iov[i].iov_len);
        if (ev->binv[i] == NULL)
            at += sprintf(text + at, "-");
        else if (j < i)
            at += sprintf(text + at, "=%d", j);
        else
            at += sprintf(text + at, "of%ld+%ld", (long) ev->binv[i]->orig_size,
                          (long) ((char *) ev->iov[i].iov_base - ev->binv[i]->orig_bytes));
    }
    driver_output(v->port, text, at);
    if (v->keep && ev->vsize > 1 && ev->binv[1]) {
        driver_binary_inc_refc(ev->binv[1]);
        v->kept = ev->binv[1];
    }
    if (v->keep == 2)
        driver_outputv(v->port, "head", 4, ev, 0);
    if (v->keep == 3)
        driver_enqv(v->port, ev, 2);
}

static ErlDrvSSizeT control(ErlDrvData d, unsigned op, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    Vectors *v = (Vectors *) d;
    SysIOVec *iov;
    ErlIOVec ev;
    char *copy;
    int n;
    long size;
    switch (op) {
    case 0:
        return say(rbuf, rlen, "%ld %.5s", v->kept ? (long) v->kept->orig_size : -1, v->kept ? v->kept->orig_bytes : "");
    case 1:
        driver_free_binary(v->kept);
        v->kept = NULL;
        return 0;
    case 2: v->keep = buf[0]; return 0;
    case 3: /* the whole queue, in one piece */
        size = driver_peekqv(v->port, &ev);
        copy = driver_alloc(size + 1);
        size = driver_vec_to_buf(&ev, copy, size + 1);
        iov = driver_peekq(v->port, &n);
        driver_output2(v->port, iov ? "q" : "e", 1, copy, size);
        driver_free(copy);
        driver_deq(v->port, driver_sizeq(v->port));
        return say(rbuf, rlen, "%ld in %d", size, n);
    }
    return -1;
}

static ErlDrvEntry entry = {
    .start = start, .stop = stop, .outputv = outputv, .control = control, .driver_name = "vectors", VERSIONS,
};

DRIVER_INIT(vectors) { return &entry; }
