/* Builds a term specification from the bytes of a control request, word by word, and sends it.
 * Each word: 'w' and 8 bytes: as they are; 'a', length, bytes: an atom; 'p', 4 bytes of length, bytes: a pointer to
 * them; 'b', the same: a driver binary; 'c' the caller; 'o' the owner; 'P' the port; 'n' the nil word.
 * op: 0 erl_drv_output_term, 1 driver_output_term, 2 erl_drv_send_term, 3 driver_send_term, to the caller;
 * 4 and 5 the same two, to whom op 9 came from; 6 with the caller as port; 9 remember the caller. */
#include "telling.h"

#define MANY 60000
typedef struct { ErlDrvPort port; ErlDrvTermData friend; } Terms;

static ErlDrvData start(ErlDrvPort port, char *command)
{
    Terms *t = driver_alloc(sizeof *t);
    t->port = port;
    t->friend = driver_term_nil;
    return (ErlDrvData) t;
}

static void stop(ErlDrvData d) { driver_free(d); }

static unsigned long number(char *bytes, int n)
{
    unsigned long value = 0;
    while (n--)
        value = value << 8 | (unsigned char) *bytes++;
    return value;
}

static ErlDrvSSizeT control(ErlDrvData d, unsigned op, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    Terms *t = (Terms *) d;
    char *end = buf + len, name[300];
    ErlDrvTermData *spec = driver_alloc(MANY * sizeof *spec);
    void **made = driver_alloc(MANY * sizeof *made);
    ErlDrvBinary **bins = driver_alloc(MANY * sizeof *bins);
    ErlDrvTermData port = driver_mk_port(t->port);
    int n = 0, m = 0, b = 0, result = -99;
    while (buf < end && n < MANY) {
        unsigned long size;
        switch (*buf++) {
        case 'w': spec[n++] = number(buf, 8); buf += 8; break;
        case 'a':
            size = (unsigned char) *buf++;
            memcpy(name, buf, size);
            name[size] = 0;
            spec[n++] = driver_mk_atom(name);
            buf += size;
            break;
        case 'p':
            size = number(buf, 4);
            made[m] = driver_alloc(size + 1);
            memcpy(made[m], buf + 4, size);
            spec[n++] = (ErlDrvTermData) made[m++];
            buf += 4 + size;
            break;
        case 'b':
            size = number(buf, 4);
            bins[b] = driver_alloc_binary(size);
            memcpy(bins[b]->orig_bytes, buf + 4, size);
            spec[n++] = (ErlDrvTermData) bins[b++];
            buf += 4 + size;
            break;
        case 'c': spec[n++] = driver_caller(t->port); break;
        case 'o': spec[n++] = driver_connected(t->port); break;
        case 'P': spec[n++] = port; break;
        case 'n': spec[n++] = driver_mk_term_nil(); break;
        }
    }
    switch (op) {
    case 0: result = erl_drv_output_term(port, spec, n); break;
    case 1: result = driver_output_term(t->port, spec, n); break;
    case 2: result = erl_drv_send_term(port, driver_caller(t->port), spec, n); break;
    case 3: result = driver_send_term(t->port, driver_caller(t->port), spec, n); break;
    case 4: result = erl_drv_send_term(port, t->friend, spec, n); break;
    case 5: result = driver_send_term(t->port, t->friend, spec, n); break;
    case 6: result = erl_drv_output_term(driver_caller(t->port), spec, n); break;
    case 7: result = erl_drv_send_term(port, port, spec, n); break;
    case 9: t->friend = driver_caller(t->port); result = 0; break;
    }
    while (m--)
        driver_free(made[m]);
    while (b--)
        driver_free_binary(bins[b]);
    driver_free(spec);
    driver_free(made);
    driver_free(bins);
    return say(rbuf, rlen, "%d", result);
}

static ErlDrvEntry entry = { .start = start, .stop = stop, .control = control, .driver_name = "terms", VERSIONS };

DRIVER_INIT(terms) { return &entry; }
