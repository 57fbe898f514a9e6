/* Crossing between Python and C: the interpreter lock, errors on the way back, and the way out of a driver's code. */
#include "bridge.h"

#include <stdarg.h>

__thread Crossing *here NEAR;

/* End a callback: raise what an API function has met, or return *result*. */
PyObject *crossed(Crossing *crossing, PyObject *result)
{
    PyObject *error = crossing->error;
    if (error) {
        Py_XDECREF(result);
        PyErr_SetObject((PyObject *) Py_TYPE(error), error);
        Py_DECREF(error);
        return NULL;
    }
    return result;
}

Crossing *enter_python(Crossing *room, const char *function)
{
    Crossing *crossing = here;
    (void) function;
    if (crossing) {
        into_python(crossing);
        if (crossing->context && __builtin_expect(crossing->context->kept_state, 0)) deliver_kept_of(crossing->context);
        return crossing;
    }
    *room = (Crossing) {.callback = "a thread of its own", .foreign = 1};
    room->state = PyGILState_Ensure();
    deliver_kept_of_all();
    return room;
}

/* Keep the first exception. One that is no error unwinds its thread: the driver's code cannot go on. */
static void keep_error(Crossing *crossing)
{
    PyObject *kind, *error, *traceback;
    int unwinds;
    PyErr_Fetch(&kind, &error, &traceback);
    PyErr_NormalizeException(&kind, &error, &traceback);
    if (traceback) PyException_SetTraceback(error, traceback);
    unwinds = !crossing->foreign && !PyErr_GivenExceptionMatches(error, PyExc_Exception)
        && !PyErr_GivenExceptionMatches(error, PyExc_KeyboardInterrupt);
    Py_XDECREF(kind);
    Py_XDECREF(traceback);
    if (crossing->error && !unwinds)
        Py_DECREF(error);
    else {
        Py_XDECREF(crossing->error);
        crossing->error = error;
    }
    if (unwinds) {
        leave_python(crossing);
        longjmp(crossing->out, 1);
    }
}

static void report_foreign(Crossing *crossing, const char *function)
{
    PyObject *name = PyUnicode_FromString(function), *done = NULL;
    find_context(crossing);
    if (name && crossing->context) done = CALL(report_foreign, crossing->context->emu, name, crossing->error);
    if (!done) PyErr_WriteUnraisable(crossing->error);
    Py_XDECREF(done);
    Py_XDECREF(name);
    Py_DECREF(crossing->error);
}

void return_to_driver(Crossing *crossing, const char *function)
{
    if (PyErr_Occurred()) keep_error(crossing);
    if (crossing->foreign) {
        if (crossing->error) report_foreign(crossing, function);
        PyGILState_Release(crossing->state);
        return;
    }
    leave_python(crossing);
}

/* --- misuse --- */

static void raise_misuse(const char *format, va_list arguments)
{
    PyObject *text = PyUnicode_FromFormatV(format, arguments);
    if (text) PyErr_SetObject(glue_DriverMisuse, text);
    Py_XDECREF(text);
}

/* Raise DriverMisuse, with the interpreter lock. */
void misuse_in_python(const char *format, ...)
{
    va_list arguments;
    if (PyErr_Occurred()) return;
    va_start(arguments, format);
    raise_misuse(format, arguments);
    va_end(arguments);
}

/* The same from an API function that works without the interpreter lock. */
void misuse(const char *function, const char *format, ...)
{
    Crossing room, *crossing = enter_python(&room, function);
    va_list arguments;
    va_start(arguments, format);
    raise_misuse(format, arguments);
    va_end(arguments);
    return_to_driver(crossing, function);
}

/* --- small conversions --- */

long as_long(PyObject *result, long failed)
{
    long value;
    if (!result) return failed;
    value = PyLong_AsLong(result);
    Py_DECREF(result);
    return value == -1 && PyErr_Occurred() ? failed : value;
}

PyObject *bytes_of(const char *data, size_t length)
{
    if (!data) return Py_NewRef(Py_None);
    return PyBytes_FromStringAndSize(data, (Py_ssize_t) length);
}

PyObject *call_port(Crossing *crossing, ErlDrvPort port, const char *function, PyObject *callee, int count, ...)
{
    PyObject *arguments[5], *result = NULL;
    va_list list;
    int i, complete = (arguments[0] = handle_of(crossing, port, function)) != NULL;
    va_start(list, count);
    for (i = 1; i <= count; i++) complete &= (arguments[i] = va_arg(list, PyObject *)) != NULL;
    va_end(list);
    if (complete) result = PyObject_Vectorcall(callee, arguments, (size_t) count + 1, NULL);
    for (i = 0; i <= count; i++) Py_XDECREF(arguments[i]);
    return result;
}
