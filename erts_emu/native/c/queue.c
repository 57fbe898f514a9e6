/*
 * A port's queue, and the lock that guards it. The queue is the core's; its elements are parts of driver binaries, so
 * that the views that drivers get point at memory that stays where it is.
 */
#include "bridge.h"

typedef struct { PyObject *list; ErlDrvBinary **fresh; int count; } Parts;

/* Add a part of *binary*; or, if that is NULL, of a new one with a copy of the bytes. */
static int add_part(Parts *parts, ErlDrvBinary *binary, char *start, size_t length)
{
    PyObject *part;
    int added;
    if (!binary) {
        binary = binary_from(start, length);
        if (!binary) return PyErr_NoMemory() != NULL;
        parts->fresh[parts->count++] = binary;
        start = binary->orig_bytes;
    }
    part = part_new(binary, start, (Py_ssize_t) length);
    added = part && PyList_Append(parts->list, part) == 0;
    Py_XDECREF(part);
    return added;
}

static int parts_init(Parts *parts, int most)
{
    parts->list = PyList_New(0);
    parts->fresh = malloc((most ? most : 1) * sizeof *parts->fresh);
    parts->count = 0;
    return parts->list && parts->fresh;
}

/* Put the parts into the queue, which takes references of its own; drop those to the new binaries. */
static int put(Crossing *crossing, ErlDrvPort port, Parts *parts, int complete, PyObject *callee, const char *function)
{
    int result = (int) as_long(call_port(crossing, port, function, callee, 1, complete ? parts->list : NULL), -1);
    if (!complete) Py_XDECREF(parts->list);
    while (parts->count) driver_free_binary(parts->fresh[--parts->count]);
    free(parts->fresh);
    return result;
}

static int put_bytes(ErlDrvPort port, char *buf, ErlDrvSizeT len, PyObject *callee, const char *function)
{
    Parts parts;
    int result;
    Crossing room, *crossing = enter_python(&room, function);
    int complete = parts_init(&parts, 1) && (!len || add_part(&parts, NULL, buf, len));
    result = put(crossing, port, &parts, complete, callee, function);
    return_to_driver(crossing, function);
    return len ? result : 0;
}

static int put_binary(ErlDrvPort port, ErlDrvBinary *bin, ErlDrvSizeT offset, ErlDrvSizeT len, PyObject *callee,
                      const char *function)
{
    Parts parts;
    int result = -1;
    Crossing room, *crossing = enter_python(&room, function);
    if (!binary_check(bin, function) || offset + len > (ErlDrvSizeT) bin->orig_size || offset + len < len)
        misuse_in_python("%s() of %zu bytes from offset %zu, which are outside the driver binary %p", function, len,
                         offset, bin);
    else {
        int complete = parts_init(&parts, 1) && (!len || add_part(&parts, bin, bin->orig_bytes + offset, len));
        result = put(crossing, port, &parts, complete, callee, function);
        if (!len) result = 0;
    }
    return_to_driver(crossing, function);
    return result;
}

static int put_vector(ErlDrvPort port, ErlIOVec *ev, ErlDrvSizeT skip, PyObject *callee, const char *function)
{
    Parts parts;
    int i, result, complete, first = ev->vsize;
    SysIOVec whole = {NULL, 0};
    Crossing room, *crossing = enter_python(&room, function);
    complete = parts_init(&parts, ev->vsize);
    if (ev->size > skip) {
        i = first = first_element(ev, skip);
        if (first < ev->vsize) whole = ev->iov[first];
        cut_element(ev, skip);
        for (; complete && i < ev->vsize; i++) {
            ErlDrvBinary *binary = ev->binv ? ev->binv[i] : NULL;
            if (!ev->iov[i].iov_len) continue;
            if (binary && !binary_check(binary, function)) {
                misuse_in_python("%s(): binv[%d] is %p, which is no driver binary", function, i, binary);
                complete = 0;
            } else
                complete = add_part(&parts, binary, ev->iov[i].iov_base, ev->iov[i].iov_len);
        }
    }
    result = put(crossing, port, &parts, complete, callee, function);
    if (result < 0 && first < ev->vsize) ev->iov[first] = whole;   /* a port that takes nothing cuts nothing */
    return_to_driver(crossing, function);
    return result;
}

int driver_enq(ErlDrvPort port, char *buf, ErlDrvSizeT len)
{
    FAULT(-1);
    return put_bytes(port, buf, len, glue_enqueue, __func__);
}

int driver_pushq(ErlDrvPort port, char *buf, ErlDrvSizeT len)
{
    FAULT(-1);
    return put_bytes(port, buf, len, glue_push, __func__);
}

int driver_enq_bin(ErlDrvPort port, ErlDrvBinary *bin, ErlDrvSizeT offset, ErlDrvSizeT len)
{
    FAULT(-1);
    return put_binary(port, bin, offset, len, glue_enqueue, __func__);
}

int driver_pushq_bin(ErlDrvPort port, ErlDrvBinary *bin, ErlDrvSizeT offset, ErlDrvSizeT len)
{
    FAULT(-1);
    return put_binary(port, bin, offset, len, glue_push, __func__);
}

int driver_enqv(ErlDrvPort port, ErlIOVec *ev, ErlDrvSizeT skip)
{
    FAULT(-1);
    return put_vector(port, ev, skip, glue_enqueue, __func__);
}

int driver_pushqv(ErlDrvPort port, ErlIOVec *ev, ErlDrvSizeT skip)
{
    FAULT(-1);
    return put_vector(port, ev, skip, glue_push, __func__);
}

ErlDrvSizeT driver_deq(ErlDrvPort port, ErlDrvSizeT size)
{
    long left;
    ENTER;
    left = as_long(call_port(crossing, port, __func__, glue_driver_deq, 1, PyLong_FromSize_t(size)), -1);
    LEAVE;
    return (ErlDrvSizeT) left;
}

ErlDrvSizeT driver_sizeq(ErlDrvPort port)
{
    long size;
    ENTER;
    size = as_long(call_port(crossing, port, __func__, glue_driver_sizeq, 0), -1);
    LEAVE;
    return (ErlDrvSizeT) size;
}

/* --- views --- */

/* Make the port's arrays a view of *elements*, pairs of a buffer and a part. The total size, or -1 with exception. */
static long make_view(Port *port, PyObject *elements)
{
    Py_ssize_t n = PyList_Size(elements), i;
    long size = 0;
    SysIOVec *iov = PyMem_Realloc(port->iov, (n ? n : 1) * sizeof *iov);
    ErlDrvBinary **binv = PyMem_Realloc(port->binv, (n ? n : 1) * sizeof *binv);
    if (iov) port->iov = iov;
    if (binv) port->binv = binv;
    if (!iov || !binv) return PyErr_NoMemory() ? 0 : -1;
    for (i = 0; i < n; i++) {
        PyObject *pair = PyList_GetItem(elements, i);
        Part *part = (Part *) PyTuple_GetItem(pair, 1);
        Py_buffer view;
        if (PyObject_GetBuffer(PyTuple_GetItem(pair, 0), &view, PyBUF_SIMPLE) < 0) return -1;
        iov[i].iov_base = view.buf;
        iov[i].iov_len = (size_t) view.len;
        binv[i] = part->binary;
        size += view.len;
        PyBuffer_Release(&view);
    }
    return size;
}

/* View the queue; *n is the number of elements, or -1 for a dead port. */
static long view_queue(Crossing *crossing, ErlDrvPort port, int *n, const char *function)
{
    PyObject *elements = call_port(crossing, port, function, glue_elements, 0);
    Port *found = port_of(port);
    long size = -1;
    *n = -1;
    if (elements && elements != Py_None && found) {
        size = make_view(found, elements);
        if (size >= 0) *n = (int) PyList_Size(elements);
    }
    Py_XDECREF(elements);
    return size;
}

SysIOVec *driver_peekq(ErlDrvPort port, int *vlen)
{
    int n;
    SysIOVec *iov = NULL;
    ENTER;
    view_queue(crossing, port, &n, __func__);
    if (n > 0) iov = port_of(port)->iov;
    if (vlen) *vlen = n;
    LEAVE;
    return iov;
}

ErlDrvSizeT driver_peekqv(ErlDrvPort port, ErlIOVec *ev)
{
    int n;
    long size;
    ENTER;
    size = view_queue(crossing, port, &n, __func__);
    if (n >= 0) {
        Port *found = port_of(port);
        if (n) size = as_long(call_port(crossing, port, __func__, glue_driver_sizeq, 0), -1);   /* see IOQueue.forget */
        ev->vsize = n;
        ev->size = (ErlDrvSizeT) size;
        ev->iov = n ? found->iov : NULL;
        ev->binv = n ? found->binv : NULL;
    }
    LEAVE;
    return (ErlDrvSizeT) size;
}

/* --- the port data lock: the driver's handle is a record that goes when the core has destroyed the lock --- */

struct ErlDrvPDL_s { unsigned magic; PyObject *lock; };
enum { PDL_MAGIC = 0x50444c21, PDL_GONE = 0x50444c30 };

static void pdl_gone(PyObject *capsule)
{
    ErlDrvPDL pdl = PyCapsule_GetPointer(capsule, NULL);
    pdl->magic = PDL_GONE;
    lay_to_rest(pdl, free);
}

/* Make the record; the Python side keeps it with the core's *lock*. */
static ErlDrvPDL pdl_new(PyObject *lock)
{
    ErlDrvPDL pdl = malloc(sizeof *pdl);
    PyObject *capsule = pdl ? PyCapsule_New(pdl, NULL, pdl_gone) : NULL, *kept = NULL;
    if (capsule) {
        pdl->magic = PDL_MAGIC;
        pdl->lock = lock;
        kept = CALL(keep_pdl, lock, capsule);
        Py_DECREF(capsule);
    }
    Py_XDECREF(kept);
    return kept ? pdl : NULL;
}

ErlDrvPDL driver_pdl_create(ErlDrvPort port)
{
    FAULT(NULL);
    ErlDrvPDL pdl = NULL;
    ENTER;
    PyObject *lock = call_port(crossing, port, __func__, glue_driver_pdl_create, 0);
    if (lock && lock != Py_None) pdl = pdl_new(lock);
    Py_XDECREF(lock);
    LEAVE;
    return pdl;
}

static long use_pdl(ErlDrvPDL pdl, PyObject *callee, const char *function)
{
    long result = -1;
    Crossing room, *crossing = enter_python(&room, function);
    if (!IS_WILD(pdl) && pdl->magic == PDL_GONE)
        misuse_in_python("%s(%p): this port data lock was destroyed when its count reached 0", function, pdl);
    else if (IS_WILD(pdl) || pdl->magic != PDL_MAGIC)
        misuse_in_python("%s(%p): that is no port data lock", function, pdl);
    else {
        PyObject *lock = Py_NewRef(pdl->lock), *answer = PyObject_CallFunctionObjArgs(callee, lock, NULL);
        if (answer && PyLong_Check(answer)) result = PyLong_AsLong(answer);
        Py_XDECREF(answer);
        Py_DECREF(lock);
    }
    return_to_driver(crossing, function);
    return result;
}

void driver_pdl_lock(ErlDrvPDL pdl) { use_pdl(pdl, glue_driver_pdl_lock, __func__); }
void driver_pdl_unlock(ErlDrvPDL pdl) { use_pdl(pdl, glue_driver_pdl_unlock, __func__); }
ErlDrvSInt driver_pdl_get_refc(ErlDrvPDL pdl) { return use_pdl(pdl, glue_driver_pdl_get_refc, __func__); }
ErlDrvSInt driver_pdl_inc_refc(ErlDrvPDL pdl) { return use_pdl(pdl, glue_driver_pdl_inc_refc, __func__); }
ErlDrvSInt driver_pdl_dec_refc(ErlDrvPDL pdl) { return use_pdl(pdl, glue_driver_pdl_dec_refc, __func__); }
