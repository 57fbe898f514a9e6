/* The I/O queue by hand. Requests of control are words: a letter and its arguments.
 * e/E DATA: enq/pushq; b/B OFF LEN DATA: enq_bin/pushq_bin; v/V SKIP A,B,C: enqv/pushqv of parts, of which those in
 * capitals are copied ones without binary (for v only); d N: deq; s: sizeq; p: peekq; q: peekqv; t: driver_vec_to_buf of
 * the whole queue into N bytes; f N: what flush does: dequeue N bytes, later ones by timer. */
#include "telling.h"

typedef struct { ErlDrvPort port; ErlDrvTermData opener; int drop; } Queues;

static ErlDrvData start(ErlDrvPort port, char *command)
{
    Queues *q = driver_alloc(sizeof *q);
    q->port = port;
    q->opener = driver_caller(port);
    q->drop = 0;
    return (ErlDrvData) q;
}

static void stop(ErlDrvData d)
{
    Queues *q = (Queues *) d;
    tell(q->port, q->opener, "stop", driver_sizeq(q->port));
    driver_free(d);
}

static void drop(Queues *q, char *callback)
{
    long left = driver_sizeq(q->port);
    tell(q->port, q->opener, callback, left);
    if (q->drop)
        driver_deq(q->port, q->drop < left ? q->drop : left);
    driver_set_timer(q->port, 0);
}

static void flush(ErlDrvData d) { drop((Queues *) d, "flush"); }
static void timeout(ErlDrvData d) { drop((Queues *) d, "timeout"); }

static int vector(Queues *q, char which, int skip, char *text)
{
    SysIOVec iov[40];
    ErlDrvBinary *binv[40];
    ErlIOVec ev = { 0, 0, iov, binv };
    char *part;
    int i, result;
    while ((part = strsep(&text, ","))) {
        int length = strlen(part);
        binv[ev.vsize] = driver_alloc_binary(length);
        memcpy(binv[ev.vsize]->orig_bytes, part, length);
        iov[ev.vsize].iov_base = binv[ev.vsize]->orig_bytes;
        iov[ev.vsize].iov_len = length;
        ev.size += length;
        ev.vsize++;
    }
    if (which == 'c') /* without binaries */
        ev.binv = memset(driver_alloc(sizeof binv), 0, sizeof binv);
    result = which == 'V' ? driver_pushqv(q->port, &ev, skip) : driver_enqv(q->port, &ev, skip);
    for (i = 0; i < ev.vsize; i++)
        driver_free_binary(binv[i]);
    if (which == 'c')
        driver_free(ev.binv);
    return result;
}

static int show(char *text, SysIOVec *iov, ErlDrvBinary **binv, int n)
{
    int i, at = 0;
    for (i = 0; i < n; i++)
        at += sprintf(text + at, "%s%.*s", i ? "," : "", (int) iov[i].iov_len, (char *) iov[i].iov_base);
    for (i = 0; binv && i < n; i++)
        at += sprintf(text + at, " %ld/%ld", (long) driver_binary_get_refc(binv[i]), (long) binv[i]->orig_size);
    return at;
}

static ErlDrvSSizeT control(ErlDrvData d, unsigned op, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    Queues *q = (Queues *) d;
    char text[3000], out[4000] = "", *rest = text + 1;
    ErlDrvBinary *bin;
    ErlIOVec ev;
    SysIOVec *iov;
    long n = -77, m;
    memcpy(text, buf, len);
    text[len] = 0;
    switch (text[0]) {
    case 'e': n = driver_enq(q->port, rest, len - 1); break;
    case 'E': n = driver_pushq(q->port, rest, len - 1); break;
    case 'b':
    case 'B': {
        int offset, length, at;
        sscanf(rest, "%d %d %n", &offset, &length, &at);
        bin = driver_alloc_binary(strlen(rest + at));
        memcpy(bin->orig_bytes, rest + at, strlen(rest + at));
        n = (text[0] == 'b' ? driver_enq_bin : driver_pushq_bin)(q->port, bin, offset, length);
        m = driver_binary_get_refc(bin);
        driver_free_binary(bin);
        return say(rbuf, rlen, "%ld refc %ld", n, m);
    }
    case 'v':
    case 'c':
    case 'V':
        m = strtol(rest, &rest, 10);
        n = vector(q, text[0], m, rest + 1);
        break;
    case 'd': n = driver_deq(q->port, atol(rest)); break;
    case 's': n = driver_sizeq(q->port); break;
    case 'p': {
        int vlen = -7;
        iov = driver_peekq(q->port, &vlen);
        show(out, iov, NULL, vlen);
        return say(rbuf, rlen, "%d %s%s", vlen, out, iov ? "" : "NULL");
    }
    case 'q':
        n = driver_peekqv(q->port, &ev);
        show(out, ev.iov, ev.binv, ev.vsize);
        return say(rbuf, rlen, "%ld %d %ld %s%s", n, ev.vsize, (long) ev.size, out, ev.iov ? "" : "NULL");
    case 't':
        driver_peekqv(q->port, &ev);
        memset(out, '.', 100);
        n = driver_vec_to_buf(&ev, out, atol(rest));
        return say(rbuf, rlen, "%ld %.100s", n, out);
    case 'o': /* the queue as output */
        driver_peekqv(q->port, &ev);
        n = driver_outputv(q->port, "hd", strcmp(rest, "h") ? 0 : 2, &ev, 0);
        break;
    case 'f': q->drop = atoi(rest); n = 0; break;
    }
    return say(rbuf, rlen, "%ld", n);
}

static ErlDrvEntry entry = {
    .start = start, .stop = stop, .flush = flush, .timeout = timeout, .control = control,
    .driver_name = "queues", VERSIONS,
};

DRIVER_INIT(queues) { return &entry; }
