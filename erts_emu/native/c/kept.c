/*
 * Kept output: what an output callback outputs is delivered when it returns, if nobody can tell the difference.
 *
 * A driver that answers a command calls driver_output last. To take the interpreter lock for that, only to give it up
 * again before the callback returns, which takes it once more, costs as much as the rest of the callback. So the first
 * thing that the callback of an emulator with one scheduler outputs is kept. It is delivered
 *
 *   - when the callback returns: the core gets it as the callback's result;
 *   - before any other API function of the callback that needs Python;
 *   - before any API function of another thread that needs Python: it may know of the output from the driver.
 *
 * Until then no process runs that could miss it: the only scheduler is in the callback. The thread that finds
 * `kept_state` at KEPT and changes that delivers; if it is another one than the callback's, under the mutex.
 */
#include "bridge.h"

enum { NOTHING, KEPT, TAKEN };

/* Keep output of a callback's own port; 0 if it has to be delivered now. Without the interpreter lock. */
int keep_output(Crossing *crossing, const char *bytes, size_t length)
{
    Context *context = crossing->context;
    if (length > sizeof context->kept) return 0;
    memcpy(context->kept, bytes, length);
    context->kept_length = length;
    context->kept_port = crossing->port;
    crossing->keeps = 0;
    crossing->has_kept = 1;
    __atomic_store_n(&context->kept_state, KEPT, __ATOMIC_RELEASE);
    return 1;
}

static int take(Context *context, int state)
{
    int kept = KEPT;
    return __atomic_compare_exchange_n(&context->kept_state, &kept, state, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* The holder may have lost the interpreter lock: wait without it. */
static void lock_kept(Context *context)
{
    if (!pthread_mutex_trylock(&context->kept_mutex)) return;
    Py_BEGIN_ALLOW_THREADS
    pthread_mutex_lock(&context->kept_mutex);
    Py_END_ALLOW_THREADS
}

static PyObject *bytes_kept(Context *context)
{
    return PyBytes_FromStringAndSize(context->kept, (Py_ssize_t) context->kept_length);
}

/* Takes the reference to *bytes*. */
static void deliver(PyObject *handle, PyObject *bytes)
{
    PyObject *done = bytes ? CALL(driver_output, handle, bytes) : NULL;
    if (!done) PyErr_WriteUnraisable(handle);
    Py_XDECREF(done);
    Py_XDECREF(bytes);
}

/* The callback is over: what it has kept, None if that has been delivered. With the interpreter lock. */
PyObject *kept_output(Crossing *crossing)
{
    Context *context = crossing->context;
    crossing->has_kept = 0;
    if (take(context, NOTHING)) return bytes_kept(context);
    lock_kept(context);
    pthread_mutex_unlock(&context->kept_mutex);
    context->kept_state = NOTHING;
    return Py_NewRef(Py_None);
}

/* The callback calls another API function: deliver before that. With the interpreter lock. */
void deliver_own(Crossing *crossing)
{
    PyObject *bytes = kept_output(crossing);
    if (bytes == Py_None) Py_DECREF(bytes);
    else deliver(crossing->port->handle, bytes);
}

/* Another thread calls an API function: deliver what a callback keeps. With the interpreter lock. */
void deliver_kept_of(Context *context)
{
    lock_kept(context);
    if (take(context, TAKEN)) deliver(context->kept_port->handle, bytes_kept(context));
    pthread_mutex_unlock(&context->kept_mutex);
}

/* keep_output(): from now on keep output; there is one scheduler. */
PyObject *keeps_output(PyObject *context, PyObject *unused)
{
    (void) unused;
    ((Context *) context)->keeps_output = 1;
    Py_RETURN_NONE;
}
