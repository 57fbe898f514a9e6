/* Makes ports: control op 0 a child named by the data, owned by the caller, told of in a message; 1 output from the
 * last child; 2 fail it; 3 a child for nobody; 4 which port is asked. */
#include "telling.h"

typedef struct { ErlDrvPort port; ErlDrvPort child; char name[50]; } Parent;

static Parent *make(ErlDrvPort port, char *name)
{
    Parent *p = driver_alloc(sizeof *p);
    p->port = port;
    p->child = (ErlDrvPort) -1;
    strcpy(p->name, name);
    return p;
}

static ErlDrvData start(ErlDrvPort port, char *command) { return (ErlDrvData) make(port, "root"); }

static void stop(ErlDrvData d)
{
    Parent *p = (Parent *) d;
    tell(p->port, driver_connected(p->port), "stop", strlen(p->name));
    driver_free(d);
}

static void output(ErlDrvData d, char *buf, ErlDrvSizeT len)
{
    Parent *p = (Parent *) d;
    driver_output2(p->port, p->name, strlen(p->name), buf, len);
}

static ErlDrvSSizeT control(ErlDrvData d, unsigned op, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    Parent *p = (Parent *) d, *child;
    char name[50];
    switch (op) {
    case 0:
    case 3:
        memcpy(name, buf, len);
        name[len] = 0;
        child = make(p->port, name);
        p->child = driver_create_port(p->port, op == 0 ? driver_caller(p->port) : driver_term_nil, name, (ErlDrvData) child);
        if (p->child == (ErlDrvPort) -1) {
            driver_free(child);
            return say(rbuf, rlen, "no port");
        }
        child->port = p->child;
        tell(child->port, driver_caller(p->port), "born", get_port_flags(child->port));
        driver_output(child->port, "first", 5);
        return say(rbuf, rlen, "made");
    case 4: return say(rbuf, rlen, "%s", p->name);
    }
    return -1;
}

static ErlDrvEntry entry = {
    .start = start, .stop = stop, .output = output, .control = control, .driver_name = "parent",
    .driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING, VERSIONS,
};

DRIVER_INIT(parent) { return &entry; }
