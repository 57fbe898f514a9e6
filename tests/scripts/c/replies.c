/* Answers control and call in every way that the contract allows, and some that it does not.
 * control op: 0 echo into the given buffer or an own one; 1 always an own one; 2 NULL; 3 -1 with a buffer; 4 0; 5 the
 * room that was given; 6 a driver binary; 7 a longer result than the binary; 8 flags from the first byte, then echo;
 * 9 flags set and the port failed; 10 a constant of 64 bytes; call op likewise. */
#include "telling.h"

typedef struct { ErlDrvPort port; } Replies;

static ErlDrvData start(ErlDrvPort port, char *command)
{
    Replies *r = driver_alloc(sizeof *r);
    r->port = port;
    return (ErlDrvData) r;
}

static ErlDrvSSizeT control(ErlDrvData d, unsigned op, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    Replies *r = (Replies *) d;
    ErlDrvBinary *bin;
    switch (op) {
    case 8:
        set_port_control_flags(r->port, buf[0]);
    case 0:
        if (len > rlen)
    case 1:
            *rbuf = driver_alloc(len);
        memcpy(*rbuf, buf, len);
        return len;
    case 2: *rbuf = NULL; return len;
    case 3: **rbuf = 'x'; return -1;
    case 4: return 0;
    case 5: return say(rbuf, rlen, "%ld", (long) rlen);
    case 6:
    case 7:
        bin = driver_alloc_binary(len);
        memcpy(bin->orig_bytes, buf, len);
        *rbuf = (char *) bin;
        return op == 6 ? len : len + 5;
    case 9:
        set_port_control_flags(r->port, PORT_CONTROL_FLAG_BINARY);
        driver_failure_atom(r->port, "failed");
        memcpy(*rbuf, "bye", 3);
        return 3;
    case 10:
        memset(*rbuf, 'c', rlen);
        return rlen;
    case 4294967295u: return say(rbuf, rlen, "the largest");
    }
    return say(rbuf, rlen, "op %u", op);
}

static char constant[] = { (char) 131, 97, 42 };

static ErlDrvSSizeT call(ErlDrvData d, unsigned op, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen,
                         unsigned *flags)
{
    switch (op) {
    case 0:
        if (len > rlen)
    case 1:
            *rbuf = driver_alloc(len);
        memcpy(*rbuf, buf, len);
        return len;
    case 2: *rbuf = NULL; return 5;
    case 3: return -1;
    case 4: return 0;
    case 5: (*rbuf)[0] = (char) 131; (*rbuf)[1] = 98; memset(*rbuf + 2, 0, 3); (*rbuf)[5] = rlen; return 6;
    case 6: *rbuf = constant; *flags |= DRIVER_CALL_KEEP_BUFFER; return 3;
    case 7: *rbuf = constant; *flags |= DRIVER_CALL_KEEP_BUFFER; return 2;
    case 8: memcpy(*rbuf, "\203a\005 and more", 12); return 12;
    case 9: memcpy(*rbuf, "a\005", 2); return 2;
    case 10: /* as it is, but for the version */
        memcpy(*rbuf, buf + 1, len - 1);
        return len - 1;
    case 11: (*rbuf)[0] = (char) 131; (*rbuf)[1] = 97; (*rbuf)[2] = *flags; return 3;
    case 12: driver_failure_atom(((Replies *) d)->port, "failed"); memcpy(*rbuf, buf, len); return len;
    case 13: driver_output(((Replies *) d)->port, buf, len); memcpy(*rbuf, buf, len); return len;
    }
    return -1;
}

static ErlDrvEntry entry = { .start = start, .control = control, .call = call, .driver_name = "replies", VERSIONS };

DRIVER_INIT(replies) { return &entry; }
