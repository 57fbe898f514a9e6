/* A compiled driver's callbacks as a Python driver's: each wrapper has the parameters that the core calls it with. */
#include "bridge.h"

enum { SMALL = 256, CONTROL_REPLY = 64, CALL_REPLY = 255, CANARY = 8 };

static PyObject *octets[256];   /* the integers 0 to 255 */

static const char canary[CANARY] = "\xa5\x5a\xc3\x3c\xa5\x5a\xc3";

#define ARGUMENTS PyObject *self, PyObject *const *arguments, Py_ssize_t count
#define DRIVER ((Driver *) self)
#define PORT ((Port *) arguments[0])

static int takes(Py_ssize_t count, Py_ssize_t wanted)
{
    if (count == wanted) return 1;
    PyErr_Format(PyExc_TypeError, "a compiled driver's callback takes %zd arguments, not %zd", wanted, count);
    return 0;
}

static int takes_port(PyObject *const *arguments, Py_ssize_t count, Py_ssize_t wanted)
{
    if (!takes(count, wanted)) return 0;
    if (Py_TYPE(arguments[0]) == port_type) return 1;
    PyErr_SetString(PyExc_TypeError, "drv_data is not what start of a compiled driver returned");
    return 0;
}

/* --- the driver's own --- */

static PyObject *call_init(ARGUMENTS)
{
    Crossing crossing;
    volatile int result = 0;
    (void) arguments;
    if (!takes(count, 0)) return NULL;
    cross(&crossing, DRIVER, NULL, "init");
    IN_DRIVER(&crossing, result = DRIVER->call.init());
    return crossed(&crossing, PyLong_FromLong(result));
}

static PyObject *call_finish(ARGUMENTS)
{
    Crossing crossing;
    (void) arguments;
    if (!takes(count, 0)) return NULL;
    cross(&crossing, DRIVER, NULL, "finish");
    IN_DRIVER(&crossing, DRIVER->call.finish());
    return crossed(&crossing, Py_NewRef(Py_None));
}

static PyObject *call_stop_select(ARGUMENTS)
{
    Crossing crossing;
    long event;
    if (!takes(count, 2)) return NULL;
    event = PyLong_AsLong(arguments[0]);
    if (event == -1 && PyErr_Occurred()) return NULL;
    cross(&crossing, DRIVER, NULL, "stop_select");
    IN_DRIVER(&crossing, DRIVER->call.stop_select((ErlDrvEvent) event, NULL));
    return crossed(&crossing, Py_NewRef(Py_None));
}

/* --- start --- */

static PyObject *start_failed(Port *port, long result, int error_number)
{
    port_forget(port);
    DROP(port);
    if (result == -2 && error_number) {
        errno = error_number;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    return PyLong_FromLong(result);
}

static PyObject *call_start(ARGUMENTS)
{
    Crossing crossing;
    PyObject *command;
    char *text;
    Py_ssize_t length;
    Port *port;
    volatile ErlDrvData result = NULL;
    long code;
    if (!takes(count, 2)) return NULL;
    port = port_new(DRIVER, arguments[0], NULL);
    if (!port) return NULL;
    if (!DRIVER->call.start) return (PyObject *) port;
    command = PyUnicode_AsEncodedString(arguments[1], "utf-8", "surrogateescape");
    if (!command || PyBytes_AsStringAndSize(command, &text, &length) < 0 || !(text = strdup(text))) {
        Py_XDECREF(command);
        port_forget(port);
        DROP(port);
        return NULL;
    }
    Py_DECREF(command);
    cross(&crossing, DRIVER, port, "start");
    IN_DRIVER(&crossing, errno = 0; result = DRIVER->call.start((ErlDrvPort) port->value, text));
    free(text);
    code = (long) result;
    if (crossing.error) code = -1;
    if (code <= -1 && code >= -3) return crossed(&crossing, start_failed(port, code, crossing.error_number));
    port->drv_data = result;
    return (PyObject *) port;
}

/* --- those that take drv_data only --- */

#define PLAIN_CALLBACK(name)                                                                                           \
    static PyObject *call_##name(ARGUMENTS)                                                                            \
    {                                                                                                                  \
        Crossing crossing;                                                                                             \
        if (!takes_port(arguments, count, 1)) return NULL;                                                             \
        cross(&crossing, DRIVER, PORT, #name);                                                                         \
        IN_DRIVER(&crossing, DRIVER->call.name(PORT->drv_data));                                                       \
        return crossed(&crossing, Py_NewRef(Py_None));                                                                 \
    }

PLAIN_CALLBACK(stop)
PLAIN_CALLBACK(timeout)
PLAIN_CALLBACK(flush)
PLAIN_CALLBACK(emergency_close)

#define EVENT_CALLBACK(name)                                                                                           \
    static PyObject *call_##name(ARGUMENTS)                                                                            \
    {                                                                                                                  \
        Crossing crossing;                                                                                             \
        long event;                                                                                                    \
        if (!takes_port(arguments, count, 2)) return NULL;                                                             \
        event = PyLong_AsLong(arguments[1]);                                                                           \
        if (event == -1 && PyErr_Occurred()) return NULL;                                                              \
        cross(&crossing, DRIVER, PORT, #name);                                                                         \
        IN_DRIVER(&crossing, DRIVER->call.name(PORT->drv_data, (ErlDrvEvent) event));                                  \
        return crossed(&crossing, Py_NewRef(Py_None));                                                                 \
    }

EVENT_CALLBACK(ready_input)
EVENT_CALLBACK(ready_output)

static PyObject *call_ready_async(ARGUMENTS)
{
    Crossing crossing;
    void *data;
    if (!takes_port(arguments, count, 2)) return NULL;
    if (Py_TYPE(arguments[1]) != job_type) {
        PyErr_SetString(PyExc_TypeError, "not a job of a compiled driver");
        return NULL;
    }
    data = ((Job *) arguments[1])->data;
    cross(&crossing, DRIVER, PORT, "ready_async");
    IN_DRIVER(&crossing, DRIVER->call.ready_async(PORT->drv_data, (ErlDrvThreadData) data));
    return crossed(&crossing, Py_NewRef(Py_None));
}

static PyObject *call_process_exit(ARGUMENTS)
{
    Crossing crossing;
    ErlDrvMonitor monitor;
    PyObject *words;
    unsigned long numbers[3];
    if (!takes_port(arguments, count, 2)) return NULL;
    words = CALL(monitor_words, arguments[1]);
    if (!words || !PyArg_ParseTuple(words, "kkk", numbers, numbers + 1, numbers + 2)) {
        Py_XDECREF(words);
        return NULL;
    }
    Py_DECREF(words);
    memset(&monitor, 0, sizeof monitor);
    memcpy(&monitor, numbers, sizeof numbers);
    cross(&crossing, DRIVER, PORT, "process_exit");
    IN_DRIVER(&crossing, DRIVER->call.process_exit(PORT->drv_data, &monitor));
    return crossed(&crossing, Py_NewRef(Py_None));
}

/* --- those with data --- */

/* A copy of *data* that the driver may write to: in *small* if it fits. NULL: exception. */
static char *writable_copy(PyObject *data, char *small, Py_ssize_t *length)
{
    char *bytes, *copy;
    if (PyBytes_AsStringAndSize(data, &bytes, length) < 0) return NULL;
    copy = *length <= SMALL ? small : malloc(*length);
    if (!copy) return (char *) PyErr_NoMemory();
    return memcpy(copy, bytes, *length);
}

static void free_copy(char *copy, char *small)
{
    if (copy != small) free(copy);
}

static PyObject *call_output(ARGUMENTS)
{
    Crossing crossing;
    char small[SMALL] __attribute__((aligned(16))), *data;
    Py_ssize_t length;
    int has_kept;
    if (!takes_port(arguments, count, 2)) return NULL;
    data = writable_copy(arguments[1], small, &length);
    if (!data) return NULL;
    cross(&crossing, DRIVER, PORT, "output");
    crossing.keeps = crossing.context->keeps_output;
    leave_python(&crossing);
    if (!_setjmp(crossing.out)) DRIVER->call.output(PORT->drv_data, data, length);
    has_kept = crossing.has_kept;
    crossing.has_kept = 0;
    back_in_python(&crossing);
    free_copy(data, small);
    return crossed(&crossing, has_kept ? kept_output(&crossing) : Py_NewRef(Py_None));
}

/* What the caller of port_control gets if the driver has not asked for binaries. */
static PyObject *list_of(const char *bytes, Py_ssize_t length)
{
    PyObject *list = PyList_New(length);
    Py_ssize_t i;
    for (i = 0; list && i < length; i++) PyList_SetItem(list, i, Py_NewRef(octets[(unsigned char) bytes[i]]));
    return list;
}

static PyObject *control_reply(Port *port, ErlDrvSSizeT length, char *given, char *reply)
{
    if (length < 0) {
        if (reply != given && reply && !(port->control_flags & PORT_CONTROL_FLAG_BINARY)) driver_free(reply);
        return PyLong_FromLong(-1);
    }
    if (!reply) return Py_NewRef(Py_None);
    if (reply == given) {
        if (length <= CONTROL_REPLY && !memcmp(given + CONTROL_REPLY, canary, CANARY))
            return port->control_flags & PORT_CONTROL_FLAG_BINARY ? PyBytes_FromStringAndSize(given, length)
                                                                  : list_of(given, length);
        misuse_in_python("control wrote or returned more than the %d bytes of the reply buffer (it returned %zd): for a "
                         "longer reply, set *rbuf to memory of driver_alloc()", CONTROL_REPLY, length);
        return NULL;
    }
    if (port->control_flags & PORT_CONTROL_FLAG_BINARY) {
        ErlDrvBinary *binary = binary_check((ErlDrvBinary *) reply, "control");
        PyObject *bytes = binary ? term_of_binary(binary, 0, (size_t) binary->orig_size) : NULL;
        if (!binary)
            misuse_in_python("control set *rbuf to something that is no driver binary, with PORT_CONTROL_FLAG_BINARY");
        else
            driver_free_binary(binary);
        return bytes;
    }
    {
        PyObject *list = list_of(reply, length);
        driver_free(reply);
        return list;
    }
}

static PyObject *call_control(ARGUMENTS)
{
    Crossing crossing;
    char small[SMALL] __attribute__((aligned(16))), given[CONTROL_REPLY + CANARY] __attribute__((aligned(16)));
    char *data, *volatile reply = given;
    unsigned long command;
    Py_ssize_t length;
    volatile ErlDrvSSizeT result = -1;
    if (!takes_port(arguments, count, 3)) return NULL;
    command = PyLong_AsUnsignedLong(arguments[1]);
    if (command == (unsigned long) -1 && PyErr_Occurred()) return NULL;
    data = writable_copy(arguments[2], small, &length);
    if (!data) return NULL;
    memcpy(given + CONTROL_REPLY, canary, CANARY);
    cross(&crossing, DRIVER, PORT, "control");
    IN_DRIVER(&crossing, result = DRIVER->call.control(PORT->drv_data, (unsigned) command, data, length,
                                                       (char **) &reply, CONTROL_REPLY));
    free_copy(data, small);
    if (crossing.error) return crossed(&crossing, NULL);
    return crossed(&crossing, control_reply(PORT, result, given, reply));
}

static PyObject *call_call(ARGUMENTS)
{
    Crossing crossing;
    char small[SMALL] __attribute__((aligned(16))), given[CALL_REPLY + 1], *data, *volatile reply = given;
    unsigned long command;
    unsigned flags = 0;
    Py_ssize_t length;
    volatile ErlDrvSSizeT result = -1;
    PyObject *bytes;
    if (!takes_port(arguments, count, 3)) return NULL;
    command = PyLong_AsUnsignedLong(arguments[1]);
    if (command == (unsigned long) -1 && PyErr_Occurred()) return NULL;
    data = writable_copy(arguments[2], small, &length);
    if (!data) return NULL;
    cross(&crossing, DRIVER, PORT, "call");
    IN_DRIVER(&crossing, result = DRIVER->call.call(PORT->drv_data, (unsigned) command, data, length,
                                                    (char **) &reply, CALL_REPLY, &flags));
    free_copy(data, small);
    if (crossing.error) return crossed(&crossing, NULL);
    if (result <= 0 || !reply) bytes = PyLong_FromLong(result ? -1 : 0);
    else if (reply == given && result > CALL_REPLY) {
        misuse_in_python("call returned %zd bytes in the reply buffer of %d: set *rbuf to memory of driver_alloc()",
                         result, CALL_REPLY);
        bytes = NULL;
    } else
        bytes = PyBytes_FromStringAndSize(reply, result);
    if (reply != given && reply && !(flags & DRIVER_CALL_KEEP_BUFFER)) driver_free(reply);
    return crossed(&crossing, bytes);
}

/* --- outputv --- */

typedef struct { ErlIOVec ev; SysIOVec *iov; ErlDrvBinary **binv; PyObject **seen; char *lent; int size; }
    Vector;

static void vector_free(Vector *vector)
{
    int i, j;
    for (i = 0; i < vector->size; i++) {
        for (j = 0; j < i && vector->binv[j] != vector->binv[i]; j++) ;
        if (j == i && vector->binv[i] && !vector->lent[i]) driver_free_binary(vector->binv[i]);
    }
    free(vector->iov);
    free(vector->binv);
    free(vector->seen);
    free(vector->lent);
}

/* The driver binary for *binary*: a new one, or the one that it is a copy of, which the term in the command keeps. */
static ErlDrvBinary *given_binary(PyObject *binary, char *lent)
{
    PyObject *whole, *lender = PyObject_GetAttrString(binary, "lender");
    ErlDrvBinary *found = lender ? lender_of(lender) : NULL;
    char *bytes;
    Py_ssize_t size;
    Py_XDECREF(lender);                         /* the copy still has it */
    *lent = found != NULL;
    if (lender && !found) {
        whole = CALL(binary_bytes, binary);
        if (whole && PyBytes_AsStringAndSize(whole, &bytes, &size) == 0) {
            found = binary_from(bytes, size);
            if (!found) PyErr_NoMemory();
        }
        Py_XDECREF(whole);
    }
    return found;
}

/* Fill in element *i*, which begins at *offset* of *binary*; several may lie in one. */
static int fill_element(Vector *vector, int i, PyObject *block, PyObject *binary, Py_ssize_t offset)
{
    char *bytes;
    Py_ssize_t length;
    int first;
    if (PyBytes_AsStringAndSize(block, &bytes, &length) < 0) return 0;
    if (binary == Py_None) return 1;            /* only the empty ones have no binary */
    for (first = 0; first < i && vector->seen[first] != binary; first++) ;
    if (first == i) {
        vector->binv[i] = given_binary(binary, vector->lent + i);
        vector->seen[i] = binary;
        if (!vector->binv[i]) return 0;
    } else
        vector->binv[i] = vector->binv[first];
    if (offset < 0 || offset + length > vector->binv[i]->orig_size) {
        PyErr_Format(PyExc_ValueError, "%zd bytes from offset %zd are outside of element %d", length, offset, i);
        return 0;
    }
    vector->iov[i].iov_base = vector->binv[i]->orig_bytes + offset;
    vector->iov[i].iov_len = length;
    return 1;
}

static int vector_fill(Vector *vector, PyObject *given)
{
    PyObject *iov = PyObject_GetAttrString(given, "iov"), *binv = PyObject_GetAttrString(given, "binv");
    PyObject *offsets = PyObject_GetAttrString(given, "offsets");
    int complete = iov && binv && offsets, i;
    memset(vector, 0, sizeof *vector);
    if (complete) {
        Py_ssize_t size = PyList_Size(iov);
        vector->iov = calloc(size, sizeof *vector->iov);
        vector->binv = calloc(size, sizeof *vector->binv);
        vector->seen = calloc(size, sizeof *vector->seen);
        vector->lent = calloc(size, 1);
        if (vector->iov && vector->binv && vector->seen && vector->lent) vector->size = (int) size;
        for (i = 0; complete && i < vector->size; i++) {
            Py_ssize_t offset = PyLong_AsSsize_t(PyList_GetItem(offsets, i));
            complete = fill_element(vector, i, PyList_GetItem(iov, i), PyList_GetItem(binv, i), offset);
            vector->ev.size += vector->iov[i].iov_len;
        }
    }
    vector->ev.vsize = vector->size;
    vector->ev.iov = vector->iov;
    vector->ev.binv = vector->binv;
    Py_XDECREF(iov);
    Py_XDECREF(binv);
    Py_XDECREF(offsets);
    return complete;
}

static PyObject *call_outputv(ARGUMENTS)
{
    Crossing crossing;
    Vector vector;
    ErlDrvBinary **lent;
    ErlIOVec ev;
    if (!takes_port(arguments, count, 2)) return NULL;
    if (!vector_fill(&vector, arguments[1])) {
        vector_free(&vector);
        return NULL;
    }
    /* The driver gets copies of the arrays: it may change them, and what is released is what was lent. */
    ev = vector.ev;
    lent = malloc(vector.size * sizeof *lent);
    if (!lent) {
        vector_free(&vector);
        return PyErr_NoMemory();
    }
    memcpy(lent, vector.binv, vector.size * sizeof *lent);
    ev.binv = lent;
    cross(&crossing, DRIVER, PORT, "outputv");
    IN_DRIVER(&crossing, DRIVER->call.outputv(PORT->drv_data, &ev));
    free(lent);
    vector_free(&vector);
    return crossed(&crossing, Py_NewRef(Py_None));
}

/* --- jobs and threads --- */

static PyObject *run_job(PyObject *module, PyObject *object)
{
    Crossing crossing;
    Job *job = (Job *) object;
    (void) module;
    cross(&crossing, job->driver, NULL, "async_invoke");
    IN_DRIVER(&crossing, job->invoke(job->data));
    return crossed(&crossing, Py_NewRef(Py_None));
}

static PyObject *free_job(PyObject *module, PyObject *object)
{
    Crossing crossing;
    Job *job = (Job *) object;
    (void) module;
    cross(&crossing, job->driver, NULL, "async_free");
    IN_DRIVER(&crossing, job->release(job->data));
    return crossed(&crossing, Py_NewRef(Py_None));
}

static PyObject *run_thread(PyObject *module, PyObject *object)
{
    Crossing crossing;
    Job *job = (Job *) object;
    (void) module;
    cross(&crossing, job->driver, NULL, "thread");
    crossing.is_thread = 1;
    crossing.thread_result = NULL;
    IN_DRIVER(&crossing, crossing.thread_result = job->thread(job->data));
    __atomic_sub_fetch(&job->driver->threads, 1, __ATOMIC_ACQ_REL);
    return crossed(&crossing, PyLong_FromVoidPtr(crossing.thread_result));
}

static PyMethodDef job_functions[] = {
    {"run_job", run_job, METH_O, "Call a job's invoke function, without the interpreter lock."},
    {"free_job", free_job, METH_O, "Call a job's free function."},
    {"run_thread", run_thread, METH_O, "Call a thread's function, without the interpreter lock."},
};
PyObject *run_job_function, *free_job_function, *run_thread_function;

/* --- the entry --- */

#define CALLBACK(name) {#name, (PyCFunction) (void (*)(void)) call_##name, METH_FASTCALL, NULL}
static PyMethodDef callbacks[] = {
    CALLBACK(init), CALLBACK(start), CALLBACK(stop), CALLBACK(output), CALLBACK(ready_input), CALLBACK(ready_output),
    CALLBACK(finish), CALLBACK(control), CALLBACK(timeout), CALLBACK(outputv), CALLBACK(ready_async), CALLBACK(flush),
    CALLBACK(call), CALLBACK(process_exit), CALLBACK(stop_select), CALLBACK(emergency_close),
};

/* Which of them the driver has. It always has a start: that makes its drv_data. */
static int has_callback(const ErlDrvEntry *entry, size_t index)
{
    const void *functions[] = {
        entry->init, "start", entry->stop, entry->output, entry->ready_input, entry->ready_output,
        entry->finish, entry->control, entry->timeout, entry->outputv, entry->ready_async, entry->flush,
        entry->call, entry->process_exit, entry->stop_select, entry->emergency_close,
    };
    return functions[index] != NULL;
}

static int add_callback(PyObject *dict, PyMethodDef *callback, PyObject *driver)
{
    PyObject *function = PyCFunction_New(callback, driver);
    int added = function && PyDict_SetItemString(dict, callback->ml_name, function) == 0;
    Py_XDECREF(function);
    return added;
}

/* Copy the driver's entry, which may be of an older header that ends before emergency_close. */
static void copy_entry(Driver *driver)
{
    const ErlDrvEntry *entry = driver->entry;
    memcpy(&driver->call, entry, offsetof(ErlDrvEntry, emergency_close));
    driver->call.emergency_close = NULL;
    if (entry->extended_marker == (int) ERL_DRV_EXTENDED_MARKER
        && (entry->major_version > 3 || (entry->major_version == 3 && entry->minor_version >= 2)))
        driver->call.emergency_close = entry->emergency_close;
}

/* The core's DriverEntry for a driver. */
PyObject *entry_of(Driver *driver)
{
    PyObject *found = PyDict_New(), *numbers, *name, *entry = NULL;
    size_t i;
    copy_entry(driver);
    for (i = 0; found && i < sizeof callbacks / sizeof *callbacks; i++)
        if (has_callback(&driver->call, i) && !add_callback(found, callbacks + i, (PyObject *) driver))
            Py_CLEAR(found);
    numbers = Py_BuildValue("(iiii)", driver->call.extended_marker, driver->call.major_version,
                            driver->call.minor_version, driver->call.driver_flags);
    name = bytes_of(driver->call.driver_name, driver->call.driver_name ? strlen(driver->call.driver_name) : 0);
    if (found && numbers && name) entry = CALL(make_entry, name, numbers, found);
    Py_XDECREF(found);
    Py_XDECREF(numbers);
    Py_XDECREF(name);
    return entry;
}

int callbacks_init(void)
{
    long i;
    for (i = 0; i < 256; i++)
        if (!(octets[i] = PyLong_FromLong(i))) return 0;
    run_job_function = PyCFunction_New(job_functions, NULL);
    free_job_function = PyCFunction_New(job_functions + 1, NULL);
    run_thread_function = PyCFunction_New(job_functions + 2, NULL);
    return run_job_function && free_job_function && run_thread_function;
}
