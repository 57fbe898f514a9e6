/* Ends its port in every way, from any callback, and tells the opener which callbacks come, as far as it may.
 * A request is WHEN HOW NUMBER TEXT, in one string of words; control does it at once ("now") or leaves it to another
 * callback ("output", "flush", "stop", "timeout", "call"). op 1: HOW NUMBER TEXT, now, while another request waits;
 * op 2: which callbacks there have been, of all ports. */
#include "telling.h"

typedef struct {
    ErlDrvPort port;
    ErlDrvTermData opener;
    char when[20], how[20], text[300];
    int number;
} Failing;

static char history[3000];

static ErlDrvData start(ErlDrvPort port, char *command)
{
    Failing *f = driver_alloc(sizeof *f);
    memset(f, 0, sizeof *f);
    f->port = port;
    f->opener = driver_caller(port);
    return (ErlDrvData) f;
}

static int end(Failing *f)
{
    int result = -99;
    if (!strcmp(f->how, "atom")) result = driver_failure_atom(f->port, f->text);
    else if (!strcmp(f->how, "posix")) result = driver_failure_posix(f->port, f->number);
    else if (!strcmp(f->how, "failure")) result = driver_failure(f->port, f->number);
    else if (!strcmp(f->how, "eof")) result = driver_failure_eof(f->port);
    else if (!strcmp(f->how, "exit")) result = driver_exit(f->port, f->number);
    else if (!strcmp(f->how, "twice")) result = 10 * driver_failure_atom(f->port, "first") + driver_exit(f->port, 0);
    else if (!strcmp(f->how, "busy")) { set_busy_port(f->port, 1); result = 0; }
    else if (!strcmp(f->how, "enq")) result = driver_enq(f->port, f->text, f->number);
    else if (!strcmp(f->how, "deq")) result = driver_deq(f->port, f->number);
    else if (!strcmp(f->how, "timer")) result = driver_set_timer(f->port, f->number);
    else if (!strcmp(f->how, "output")) result = driver_output(f->port, f->text, strlen(f->text));
    else if (!strcmp(f->how, "none")) result = 0;
    return result;
}

static void called(Failing *f, char *callback)
{
    ErlDrvPort port = f->port;
    ErlDrvTermData opener = f->opener;
    int result;
    snprintf(history + strlen(history), 100, "%s %ld, ", callback, (long) driver_sizeq(port));
    tell(port, opener, callback, driver_sizeq(port));
    if (strcmp(f->when, callback))
        return;
    strcpy(f->when, "");
    result = end(f); /* which may have called stop */
    snprintf(history + strlen(history), 100, "did %d, ", result);
    tell(port, opener, "did", result);
}

static void stop(ErlDrvData d)
{
    called((Failing *) d, "stop");
    /* Not freed: the callback that has ended the port goes on with it. */
}

static void output(ErlDrvData d, char *buf, ErlDrvSizeT len)
{
    Failing *f = (Failing *) d;
    ErlDrvPort port = f->port;
    driver_output(port, buf, len);
    called(f, "output");
    driver_output(port, buf, len);
}

static void flush(ErlDrvData d) { called((Failing *) d, "flush"); }
static void timeout(ErlDrvData d) { called((Failing *) d, "timeout"); }

static ErlDrvSSizeT call(ErlDrvData d, unsigned op, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen,
                         unsigned *flags)
{
    if (len > rlen)
        *rbuf = driver_alloc(len);
    memcpy(*rbuf, buf, len);
    called((Failing *) d, "call");
    return len;
}

static ErlDrvSSizeT control(ErlDrvData d, unsigned op, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    Failing *f = (Failing *) d;
    Failing now = *f, *request = op == 1 ? &now : f;
    char text[300];
    memcpy(text, buf, len);
    text[len] = 0;
    strcpy(request->text, "");
    if (op == 2) {
        ErlDrvSSizeT said = say(rbuf, rlen, "%s", history);
        strcpy(history, "");
        return said;
    }
    if (op == 1)
        sscanf(text, "%19s %d %299[^\n]", now.how, &now.number, now.text);
    else
        sscanf(text, "%19s %19s %d %299[^\n]", f->when, f->how, &f->number, f->text);
    if (op == 1 || !strcmp(f->when, "now")) {
        int result = end(request);
        int after = driver_output(f->port, "after", 5);
        return say(rbuf, rlen, "%d, then %d %ld %d", result, after, (long) driver_sizeq(f->port),
                   driver_mk_port(f->port) == driver_term_nil);
    }
    return say(rbuf, rlen, "later");
}

static ErlDrvEntry entry = {
    .start = start, .stop = stop, .output = output, .flush = flush, .timeout = timeout, .call = call,
    .control = control, .driver_name = "failing", VERSIONS,
};

DRIVER_INIT(failing) { return &entry; }
