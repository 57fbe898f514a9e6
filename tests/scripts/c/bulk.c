/* Much of everything: large answers, long vectors, deep queues, and many timers. */
#include "tell.h"

static int fired;

static unsigned sum_of(unsigned sum, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) sum = sum * 31 + (unsigned char) bytes[i];
    return sum;
}

static ErlDrvData bulk_start(ErlDrvPort port, char *command)
{
    return (ErlDrvData) port;
}

static void bulk_outputv(ErlDrvData data, ErlIOVec *vector)
{
    ErlDrvPort port = (ErlDrvPort) data;
    unsigned sum = 0;
    int own = 0;
    for (int i = 0; i < vector->vsize; i++) {
        sum = sum_of(sum, vector->iov[i].iov_base, vector->iov[i].iov_len);
        own += vector->binv[i] && vector->binv[i]->orig_size == (ErlDrvSInt) vector->iov[i].iov_len;
    }
    say(port, "vsize %d size %zu own %d sum %x", vector->vsize, (size_t) vector->size, own, sum);
    driver_enqv(port, vector, 0);
}

static ErlDrvSSizeT bulk_control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT len, char **rbuf,
                                 ErlDrvSizeT rlen)
{
    ErlDrvPort port = (ErlDrvPort) data;
    char text[40];
    size_t number = command > 9 ? 0 : strtoul(words(text, sizeof text, buf, len), NULL, 10);
    ErlIOVec queue;
    ErlDrvBinary *binary;
    set_port_control_flags(port, PORT_CONTROL_FLAG_BINARY);
    switch (command) {
    case 0: /* an answer of so many bytes */
        binary = driver_alloc_binary(number);
        for (size_t i = 0; i < number; i++) binary->orig_bytes[i] = (char) (i * 7 + i / 256);
        *rbuf = (char *) binary;
        return number;
    case 1: /* what is queued */
        driver_peekqv(port, &queue);
        unsigned sum = 0;
        for (int i = 0; i < queue.vsize; i++) sum = sum_of(sum, queue.iov[i].iov_base, queue.iov[i].iov_len);
        snprintf(text, sizeof text, "%d %zu %x", queue.vsize, (size_t) queue.size, sum);
        break;
    case 2: /* drop from its head, in steps that cut elements */
        for (size_t i = 0; i < number; i++) driver_deq(port, 777 < driver_sizeq(port) ? 777 : driver_sizeq(port));
        snprintf(text, sizeof text, "%zu", (size_t) driver_sizeq(port));
        break;
    case 3: /* the queue as output */
        driver_peekqv(port, &queue);
        driver_outputv(port, "head", 4, &queue, number);
        strcpy(text, "sent");
        break;
    case 4: /* many small pieces in front and at the end */
        for (size_t i = 0; i < number; i++) driver_pushq(port, "front", 5), driver_enq(port, "end", 3);
        snprintf(text, sizeof text, "%zu", (size_t) driver_sizeq(port));
        break;
    case 5:
        driver_set_timer(port, number);
        strcpy(text, "set");
        break;
    default:
        snprintf(text, sizeof text, "%zu %x", (size_t) len, sum_of(0, buf, len));
    }
    binary = driver_alloc_binary(strlen(text));
    memcpy(binary->orig_bytes, text, strlen(text));
    *rbuf = (char *) binary;
    return 0;
}

static ErlDrvSSizeT bulk_call(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT len, char **rbuf,
                              ErlDrvSizeT rlen, unsigned *flags)
{
    if (len > rlen) *rbuf = driver_alloc(len);
    memcpy(*rbuf, buf, len);
    return len;
}

static void bulk_timeout(ErlDrvData data)
{
    ErlDrvPort port = (ErlDrvPort) data;
    ErlDrvTermData spec[] = {ERL_DRV_ATOM, driver_mk_atom("fired"), ERL_DRV_INT, ++fired,
                             ERL_DRV_PORT, driver_mk_port(port), ERL_DRV_TUPLE, 3};
    erl_drv_output_term(spec[5], spec, sizeof spec / sizeof *spec);
}

static ErlDrvEntry entry = {
    .start = bulk_start,
    .outputv = bulk_outputv,
    .control = bulk_control,
    .call = bulk_call,
    .timeout = bulk_timeout,
    .driver_name = "bulk",
    .extended_marker = ERL_DRV_EXTENDED_MARKER,
    .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
};

DRIVER_INIT(bulk)
{
    return &entry;
}
