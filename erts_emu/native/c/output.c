/* Output to the owner, failure, and vectors. */
#include "bridge.h"

int driver_output(ErlDrvPort port, char *buf, ErlDrvSizeT len)
{
    FAULT(-1);
    int result;
    if (here && here->keeps && here->port->value == (uint64_t) port && buf && keep_output(here, buf, len)) return 0;
    ENTER;
    result = (int) as_long(call_port(crossing, port, __func__, glue_driver_output, 1, bytes_of(buf, len)), -1);
    LEAVE;
    return result;
}

int driver_output2(ErlDrvPort port, char *hbuf, ErlDrvSizeT hlen, char *buf, ErlDrvSizeT len)
{
    FAULT(-1);
    int result;
    ENTER;
    result = (int) as_long(call_port(crossing, port, __func__, glue_driver_output2, 2, bytes_of(hbuf, hlen),
                                     bytes_of(buf, len)), -1);
    LEAVE;
    return result;
}

int driver_output_binary(ErlDrvPort port, char *hbuf, ErlDrvSizeT hlen, ErlDrvBinary *bin, ErlDrvSizeT offset,
                         ErlDrvSizeT len)
{
    FAULT(-1);
    int result = -1;
    ENTER;
    if (!binary_check(bin, __func__) || offset + len > (ErlDrvSizeT) bin->orig_size || offset + len < len)
        misuse_in_python("driver_output_binary() of %zu bytes from offset %zu, which are outside the driver binary %p",
                         len, offset, bin);
    else {
        PyObject *block = term_of_binary(bin, offset, len);
        result = (int) as_long(call_port(crossing, port, __func__, glue_output_whole, 2, bytes_of(hbuf, hlen), block),
                               -1);
    }
    LEAVE;
    return result;
}

/* --- vectors --- */

/* Cut the element in which the first *skip* bytes end, in the caller's own array, as OTP does. */
void cut_element(ErlIOVec *ev, ErlDrvSizeT skip)
{
    int i;
    for (i = 0; i < ev->vsize && skip >= ev->iov[i].iov_len; i++) skip -= ev->iov[i].iov_len;
    if (i < ev->vsize && skip) {
        ev->iov[i].iov_base = (char *) ev->iov[i].iov_base + skip;
        ev->iov[i].iov_len -= skip;
    }
}

/* The elements after the first *skip* bytes: where they start in the (cut) vector. Empty ones at the head go too. */
int first_element(const ErlIOVec *ev, ErlDrvSizeT skip)
{
    int i = 0;
    while (i < ev->vsize) {
        ErlDrvSizeT length = ev->iov[i].iov_len;
        if (length > skip) break;
        skip -= length;
        i++;
        if (!skip) break;
    }
    return i;
}

/* An element as a term. One without a binary, or that lies outside of it, is a copy. */
static PyObject *element_of(const ErlIOVec *ev, int i)
{
    char *base = ev->iov[i].iov_base;
    size_t length = ev->iov[i].iov_len;
    ErlDrvBinary *binary = ev->binv ? binary_check(ev->binv[i], __func__) : NULL;
    if (binary && base >= binary->orig_bytes && base + length <= binary->orig_bytes + binary->orig_size)
        return term_of_binary(binary, (size_t) (base - binary->orig_bytes), length);
    return bytes_of(length ? base : "", length);
}

int driver_outputv(ErlDrvPort port, char *hbuf, ErlDrvSizeT hlen, ErlIOVec *ev, ErlDrvSizeT skip)
{
    FAULT(-1);
    int result = -1, first, i;
    PyObject *blocks, *open;
    if (ev->size <= skip) return driver_output2(port, hbuf, hlen, NULL, 0);
    ENTER;
    open = call_port(crossing, port, __func__, glue_output_state, 0);   /* None: it takes output */
    if (open == Py_None) {
        first = first_element(ev, skip);
        cut_element(ev, skip);
        blocks = PyList_New(ev->vsize - first);
        for (i = first; blocks && i < ev->vsize; i++) PyList_SetItem(blocks, i - first, element_of(ev, i));
        result = (int) as_long(call_port(crossing, port, __func__, glue_output_blocks, 2, bytes_of(hbuf, hlen), blocks),
                               -1);
        Py_DECREF(open);
    } else
        result = (int) as_long(open, -1);
    LEAVE;
    return result;
}

ErlDrvSizeT driver_vec_to_buf(ErlIOVec *ev, char *buf, ErlDrvSizeT len)
{
    ErlDrvSizeT copied = 0;
    int i;
    for (i = 0; i < ev->vsize && copied < len; i++) {
        ErlDrvSizeT n = ev->iov[i].iov_len < len - copied ? ev->iov[i].iov_len : len - copied;
        if (n) memcpy(buf + copied, ev->iov[i].iov_base, n);
        copied += n;
    }
    return copied;
}

/* --- failure --- */

int driver_failure_atom(ErlDrvPort port, char *string)
{
    int result;
    ENTER;
    result = (int) as_long(call_port(crossing, port, __func__, glue_driver_failure_atom, 1,
                                     bytes_of(string ? string : "", string ? strlen(string) : 0)), -1);
    LEAVE;
    return result;
}

static int fail(ErlDrvPort port, const char *function, PyObject *callee, int error)
{
    int result;
    Crossing room, *crossing = enter_python(&room, function);
    result = (int) as_long(call_port(crossing, port, function, callee, 1, PyLong_FromLong(error)), -1);
    return_to_driver(crossing, function);
    return result;
}

int driver_failure_posix(ErlDrvPort port, int error)
{
    return fail(port, __func__, glue_driver_failure_posix, error);
}

int driver_failure(ErlDrvPort port, int error)
{
    return fail(port, __func__, glue_driver_failure, error);
}

int driver_exit(ErlDrvPort port, int error)
{
    return fail(port, __func__, glue_driver_exit, error);
}

int driver_failure_eof(ErlDrvPort port)
{
    int result;
    ENTER;
    result = (int) as_long(call_port(crossing, port, __func__, glue_driver_failure_eof, 0), -1);
    LEAVE;
    return result;
}
