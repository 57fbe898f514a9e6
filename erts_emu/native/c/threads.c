/* Jobs of the async pool, and threads that drivers make: all of them run on threads of the emulator. */
#include "bridge.h"

Job *job_new(Driver *driver, void *data)
{
    static allocfunc allocate;
    if (!allocate) allocate = (allocfunc) PyType_GetSlot(job_type, Py_tp_alloc);
    Job *job = (Job *) allocate(job_type, 0);
    if (!job) return NULL;
    job->driver = NEW_REF(Driver, driver);
    job->data = data;
    return job;
}

/* --- jobs --- */

static long submit(PyObject *handle, unsigned *key, Job *job)
{
    PyObject *release = job->release ? free_job_function : Py_None, *number, *pair;
    long id = -1;
    if (!key) return as_long(CALL(driver_async, handle, Py_None, run_job_function, (PyObject *) job, release), -1);
    number = PyLong_FromUnsignedLong(*key);
    pair = number ? CALL(async_with_key, handle, number, run_job_function, (PyObject *) job, release) : NULL;
    if (pair && !PyArg_ParseTuple(pair, "lI", &id, key)) id = -1;
    Py_XDECREF(number);
    Py_XDECREF(pair);
    return id;
}

long driver_async(ErlDrvPort port, unsigned int *key, void (*invoke)(void *), void *data, void (*release)(void *))
{
    FAULT(-1);
    long id = here && here->bundle && here->port->value == (uint64_t) port
        ? bundle_add(here, key, invoke, data, release) : 0;
    if (id) return id;
    id = -1;
    ENTER;
    PyObject *handle = handle_of(crossing, port, __func__);
    Port *own = crossing->port, *found = own && own->value == (uint64_t) port ? own : port_of(port);
    Job *job = handle && found ? job_new(found->driver, data) : NULL;
    if (job) {
        job->invoke = invoke;
        job->release = release;
        id = submit(handle, key, job);
        DROP(job);
        if (own == found && id > 0) bundle_open(crossing, handle);
    }
    Py_XDECREF(handle);
    LEAVE;
    return id;
}

unsigned int driver_async_port_key(ErlDrvPort port)
{
    long key;
    ENTER;
    key = as_long(call_port(crossing, port, __func__, glue_driver_async_port_key, 0), 0);
    LEAVE;
    return (unsigned) key;
}

/* --- threads: the driver's identifier is a record of ours, one for each of the core's that is not joined yet --- */

struct ErlDrvTid_s { unsigned magic; char *name; PyObject *core; int made; };
/* core: the context's table has the reference; made: by a driver, in whose ledger it stands until it is joined */
enum { TID_MAGIC = 0x54494421, TID_JOINED = 0x54494430 };

static void record_free(void *object)
{
    ErlDrvTid tid = object;
    free(tid->name);
    if (tid->made) object_free(tid);
    else free(tid);
}

/* The record for a thread that a driver has *made*, or for one of the emulator's. */
static ErlDrvTid record_new(PyObject *core, int made)
{
    PyObject *name = PyObject_GetAttrString(core, "name");
    PyObject *bytes = name ? PyUnicode_AsEncodedString(name, "utf-8", "replace") : NULL;
    ErlDrvTid tid = !bytes ? NULL : made ? object_new(sizeof *tid, OBJECT_THREAD) : calloc(1, sizeof *tid);
    if (tid) {
        tid->magic = TID_MAGIC;
        tid->core = core;
        tid->made = made;
        tid->name = strdup(PyBytes_AsString(bytes));
    }
    Py_XDECREF(bytes);
    Py_XDECREF(name);
    return tid;
}

static void record_drop(ErlDrvTid tid)
{
    if (tid->made) object_delist(tid);
    record_free(tid);
}

/* The record for the core's object; takes the reference. */
static ErlDrvTid record_of(Context *context, PyObject *core, int made)
{
    PyObject *known = core ? PyDict_GetItemWithError(context->tids, core) : NULL, *address;
    ErlDrvTid tid = NULL;
    if (known) tid = PyLong_AsVoidPtr(known);
    else if (core && (tid = record_new(core, made))) {
        address = PyLong_FromVoidPtr(tid);
        if (!address || PyDict_SetItem(context->tids, core, address) < 0) {
            record_drop(tid);
            tid = NULL;
        }
        Py_XDECREF(address);
    }
    Py_XDECREF(core);
    return tid;
}

/* The thread has been joined: nothing but its identifier is left, for who uses that once more. */
static void record_retire(Context *context, ErlDrvTid tid)
{
    tid->magic = TID_JOINED;
    if (context && PyDict_DelItem(context->tids, tid->core) < 0) PyErr_Clear();
    if (tid->made) object_delist(tid);
    lay_to_rest(tid, record_free);
}

void thread_records_free(PyObject *tids)
{
    PyObject *core, *address;
    Py_ssize_t position = 0;
    while (PyDict_Next(tids, &position, &core, &address)) record_drop(PyLong_AsVoidPtr(address));
    PyDict_Clear(tids);
}

static int is_tid(ErlDrvTid tid, const char *function)
{
    if (!IS_WILD(tid) && tid->magic == TID_MAGIC) return 1;
    if (!tid) misuse_in_python("Fatal error in %s(): Invalid argument [22]: it was given NULL", function);
    else if (!IS_WILD(tid) && tid->magic == TID_JOINED)
        misuse_in_python("%s() of thread %s, which was joined before", function, tid->name);
    else misuse_in_python("%s(%p): that is no thread identifier", function, tid);
    return 0;
}

ErlDrvThreadOpts *erl_drv_thread_opts_create(char *name)
{
    FAULT(NULL);
    ErlDrvThreadOpts *opts = malloc(sizeof *opts);
    (void) name;
    if (opts) opts->suggested_stack_size = -1;
    return opts;
}

void erl_drv_thread_opts_destroy(ErlDrvThreadOpts *opts)
{
    if (!opts)
        misuse(__func__, "Fatal error in %s(): Invalid argument [22]: it was given NULL. OTP aborts here", __func__);
    free(opts);
}

static PyObject *text_of(const char *text)
{
    if (!text) return Py_NewRef(Py_None);
    return PyUnicode_DecodeLatin1(text, (Py_ssize_t) strlen(text), NULL);
}

int erl_drv_thread_create(char *name, ErlDrvTid *tid, void *(*func)(void *), void *arg, ErlDrvThreadOpts *opts)
{
    FAULT(EAGAIN);
    int error = EINVAL;
    PyObject *pair = NULL, *text, *core = NULL;
    Job *job;
    (void) opts;
    ENTER;
    if (!tid || !func) misuse_in_python("erl_drv_thread_create() needs a place for the identifier, and a function");
    else if (!crossing->driver)
        misuse_in_python("erl_drv_thread_create() on a thread that is no thread of the emulator's");
    else if ((job = job_new(crossing->driver, arg))) {
        Driver *driver = crossing->driver;
        job->thread = func;
        text = text_of(name);
        __atomic_add_fetch(&driver->threads, 1, __ATOMIC_ACQ_REL);      /* until run_thread has done with it */
        pair = text ? CALL(thread_create, text, run_thread_function, (PyObject *) job) : NULL;
        if (pair && PyArg_ParseTuple(pair, "iO", &error, &core) && !error) {
            here = crossing;                /* whose ledger it is for */
            *tid = record_of(crossing->context, Py_NewRef(core), 1);
            here = NULL;
        } else
            __atomic_sub_fetch(&driver->threads, 1, __ATOMIC_ACQ_REL);
        Py_XDECREF(text);
        Py_XDECREF(pair);
        DROP(job);
    }
    LEAVE;
    return error;
}

int erl_drv_thread_join(ErlDrvTid tid, void **result)
{
    int error = EINVAL;
    ENTER;
    if (is_tid(tid, __func__)) {
        PyObject *core = Py_NewRef(tid->core), *pair = CALL(thread_join, core), *value = NULL;
        if (pair && PyArg_ParseTuple(pair, "iO", &error, &value) && !error) {
            if (result) *result = value == Py_None ? NULL : PyLong_AsVoidPtr(value);
            record_retire(crossing->context, tid);
        }
        Py_XDECREF(pair);
        Py_DECREF(core);
    }
    LEAVE;
    return error;
}

void erl_drv_thread_exit(void *result)
{
    if (here && here->is_thread) {
        here->thread_result = result;
        longjmp(here->out, 1);
    }
    misuse(__func__, "Fatal error in %s(): Permission denied [13]: the calling thread was not made by "
           "erl_drv_thread_create(). OTP aborts here", __func__);
}

ErlDrvTid erl_drv_thread_self(void)
{
    ErlDrvTid tid = NULL;
    ENTER;
    Context *context = current_context(crossing, __func__);
    if (context) tid = record_of(context, PyObject_CallNoArgs(glue_erl_drv_thread_self), 0);
    LEAVE;
    return tid;
}

int erl_drv_equal_tids(ErlDrvTid tid1, ErlDrvTid tid2)
{
    if (tid1 && tid2) return tid1 == tid2;
    misuse(__func__, "Fatal error in %s(): Invalid argument [22]: it was given NULL. OTP aborts here", __func__);
    return 0;
}

char *erl_drv_thread_name(ErlDrvTid tid)
{
    return tid ? tid->name : NULL;
}

/* --- thread-specific data --- */

int erl_drv_tsd_key_create(char *name, ErlDrvTSDKey *key)
{
    FAULT(ENOMEM);
    long number;
    ENTER;
    PyObject *text = text_of(name);
    if (!key) misuse_in_python("Fatal error in %s(): Invalid argument [22]: it was given NULL", __func__);
    else if (text && current_context(crossing, __func__) && (number = as_long(CALL(tsd_key_create, text), -1)) >= 0)
        *key = (ErlDrvTSDKey) number;
    Py_XDECREF(text);
    LEAVE;
    return 0;
}

static PyObject *use_key(Crossing *crossing, ErlDrvTSDKey key, PyObject *callee, PyObject *value, const char *function)
{
    PyObject *number = PyLong_FromLong(key), *result = NULL;
    if (number && current_context(crossing, function))
        result = PyObject_CallFunctionObjArgs(callee, number, value, NULL);
    Py_XDECREF(number);
    return result;
}

void erl_drv_tsd_key_destroy(ErlDrvTSDKey key)
{
    ENTER;
    Py_XDECREF(use_key(crossing, key, glue_erl_drv_tsd_key_destroy, NULL, __func__));
    LEAVE;
}

void erl_drv_tsd_set(ErlDrvTSDKey key, void *data)
{
    ENTER;
    PyObject *value = PyLong_FromVoidPtr(data);
    Py_XDECREF(use_key(crossing, key, glue_erl_drv_tsd_set, value, __func__));
    Py_XDECREF(value);
    LEAVE;
}

void *erl_drv_tsd_get(ErlDrvTSDKey key)
{
    void *data = NULL;
    ENTER;
    PyObject *value = use_key(crossing, key, glue_erl_drv_tsd_get, NULL, __func__);
    if (value && PyLong_Check(value)) data = PyLong_AsVoidPtr(value);
    Py_XDECREF(value);
    LEAVE;
    return data;
}
