/* The objects of the bridge, and the handles by which drivers know ports. */
#include "bridge.h"

PyTypeObject *context_type, *driver_type, *port_type, *job_type, *part_type;

static void free_object(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    freefunc release = (freefunc) PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

static PyObject *new_object(PyTypeObject *type)
{
    allocfunc allocate = (allocfunc) PyType_GetSlot(type, Py_tp_alloc);
    return allocate(type, 0);
}

/* --- contexts --- */

enum { CONTEXTS = 1024, FIRST_SLOTS = 64 };
static Context *contexts[CONTEXTS];
static pthread_mutex_t contexts_mutex = PTHREAD_MUTEX_INITIALIZER;

Context *context_number(unsigned number)
{
    return number < CONTEXTS ? contexts[number] : NULL;
}

static PyObject *context_make(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    PyObject *emu;
    int own_locks;
    unsigned number;
    Context *self;
    (void) keywords;
    if (!PyArg_ParseTuple(arguments, "Op", &emu, &own_locks)) return NULL;
    self = (Context *) new_object(type);
    if (!self) return NULL;
    self->emu = Py_NewRef(emu);
    self->own_locks = own_locks;
    self->number = CONTEXTS;
    self->pids = PyDict_New();
    self->tids = PyDict_New();
    self->locks = PySet_New(NULL);
    pthread_mutex_init(&self->mutex, NULL);
    pthread_mutex_init(&self->bundles_mutex, NULL);
    pthread_mutex_init(&self->kept_mutex, NULL);
    pthread_mutex_lock(&contexts_mutex);
    for (number = 0; number < CONTEXTS && contexts[number]; number++) ;
    if (number < CONTEXTS) {
        contexts[number] = self;
        self->number = number;
    }
    pthread_mutex_unlock(&contexts_mutex);
    if (number == CONTEXTS || !self->pids || !self->tids || !self->locks) {
        DROP(self);
        return PyErr_Format(PyExc_RuntimeError, "more than %d emulators with compiled drivers at once", CONTEXTS);
    }
    return (PyObject *) self;
}

static int context_traverse(PyObject *object, visitproc visit, void *arg)
{
    Context *self = (Context *) object;
    unsigned slot;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->emu);
    Py_VISIT(self->pids);
    Py_VISIT(self->tids);
    Py_VISIT(self->locks);
    for (slot = 0; slot < self->slots; slot++) Py_VISIT(self->ports[slot]);
    return 0;
}

static int context_clear(PyObject *object)
{
    Context *self = (Context *) object;
    unsigned slot;
    Py_CLEAR(self->emu);
    Py_CLEAR(self->pids);
    if (self->tids) thread_records_free(self->tids);
    Py_CLEAR(self->tids);
    Py_CLEAR(self->locks);
    for (slot = 0; slot < self->slots; slot++) Py_CLEAR(self->ports[slot]);
    return 0;
}

static void context_free(PyObject *object)
{
    Context *self = (Context *) object;
    PyObject_GC_UnTrack(object);
    pthread_mutex_lock(&contexts_mutex);
    if (self->number < CONTEXTS) contexts[self->number] = NULL;
    pthread_mutex_unlock(&contexts_mutex);
    context_clear(object);
    PyMem_Free(self->ports);
    pthread_mutex_destroy(&self->mutex);
    pthread_mutex_destroy(&self->bundles_mutex);
    pthread_mutex_destroy(&self->kept_mutex);
    free(self->asleep);
    free_object(object);
}

/* The only running emulator that has compiled drivers; NULL if there are none or several. */
static Context *only_context(void)
{
    Context *only = NULL;
    unsigned number;
    for (number = 0; number < CONTEXTS; number++) {
        Context *context = contexts[number];
        PyObject *halted = context && context->emu ? PyObject_GetAttrString(context->emu, "halted") : NULL;
        int running = halted == Py_False;
        Py_XDECREF(halted);
        if (!running) continue;
        if (only) return NULL;
        only = context;
    }
    return only;
}

/* Have a thread of its own work for some emulator if it does not say for which. */
void find_context(Crossing *crossing)
{
    Context *only = crossing->context ? NULL : only_context();
    if (only) adopt(crossing, only);
}

/* A thread that Python has not started may know of any output. */
void deliver_kept_of_all(void)
{
    unsigned number;
    for (number = 0; number < CONTEXTS; number++)
        if (contexts[number] && contexts[number]->kept_state) deliver_kept_of(contexts[number]);
}

/* The context of the calling thread. NULL: exception. */
Context *current_context(Crossing *crossing, const char *function)
{
    find_context(crossing);
    if (!crossing->context)
        misuse_in_python("%s() was called on a thread that belongs to no emulator: call it from a callback, a job, or a "
                         "thread made with erl_drv_thread_create()", function);
    return crossing->context;
}

/* A foreign thread works for this emulator, until its API function returns. */
void adopt(Crossing *crossing, Context *context)
{
    if (crossing->context == context) return;
    crossing->context = context;
    if (crossing->foreign) Py_XDECREF(CALL(adopt, context->emu));
}

/* --- ports --- */

/* A handle: number of the context + 1, serial number of the port, slot in the context's table. */
enum { SLOT_BITS = 24, SERIAL_BITS = 28, MOST_SLOTS = 1 << SLOT_BITS };
static uint64_t port_serial;

/* The table is used with the interpreter lock only; where there is none, the context's own mutex guards it. */
#ifdef Py_GIL_DISABLED
#define LOCK(context) pthread_mutex_lock(&(context)->mutex)
#define UNLOCK(context) pthread_mutex_unlock(&(context)->mutex)
#else
#define LOCK(context) ((void) 0)
#define UNLOCK(context) ((void) 0)
#endif
static PyObject *name_port, *name_state;

enum { DEAD = 0x0b00 };         /* port states in which the API has nothing more to do: erts_emu.driver.api._port */

/* Has the port's structure been freed? Runs no Python code, which could let go of the interpreter lock. */
static int is_freed(Port *port)
{
    PyObject *object = port->handle == Py_None ? NULL : PyObject_GetAttr(port->handle, name_port);
    int freed = object == glue_TOMBSTONE;
    Py_XDECREF(object);
    return freed;
}

int port_is_open(Port *port)
{
    PyObject *object = port->handle == Py_None ? NULL : PyObject_GetAttr(port->handle, name_port);
    PyObject *state = object ? PyObject_GetAttr(object, name_state) : NULL;
    int open = state && !(PyLong_AsLong(state) & DEAD);
    Py_XDECREF(state);
    Py_XDECREF(object);
    return open;
}

/* Make room: take out the ports whose structures are gone, into *gone*; if they are few, double the table. */
static int make_room(Context *context, Port **gone, unsigned *count)
{
    unsigned slot, kept = 0, slots;
    Port **ports;
    for (slot = 0; slot < context->slots; slot++) {
        Port *port = context->ports[slot];
        if (!port) continue;
        if (gone && is_freed(port)) {
            context->ports[slot] = NULL;
            gone[(*count)++] = port;
        } else
            kept++;
    }
    context->used = kept;
    if (kept < context->slots / 2) return 1;
    slots = context->slots ? 2 * context->slots : FIRST_SLOTS;
    if (slots > MOST_SLOTS || !(ports = PyMem_Realloc(context->ports, slots * sizeof(Port *)))) return 0;
    memset(ports + context->slots, 0, (slots - context->slots) * sizeof(Port *));
    context->ports = ports;
    context->slots = slots;
    return 1;
}

static unsigned free_slot(Context *context)
{
    static unsigned next;
    unsigned i;
    for (i = 0; i < context->slots; i++) {
        unsigned slot = (next + i) % context->slots;
        if (!context->ports[slot]) {
            next = slot + 1;
            return slot;
        }
    }
    return MOST_SLOTS;
}

Port *port_new(Driver *driver, PyObject *handle, ErlDrvData drv_data)
{
    Context *context = driver->context;
    Port *port = (Port *) new_object(port_type), **gone = NULL;
    unsigned slot, count = 0;
    if (!port) return NULL;
    port->driver = NEW_REF(Driver, driver);
    port->handle = Py_NewRef(handle);
    port->drv_data = drv_data;
    LOCK(context);
    if (context->used >= context->slots && context->slots) gone = PyMem_Malloc(context->slots * sizeof *gone);
    if (context->used >= context->slots && !make_room(context, gone, &count)) slot = MOST_SLOTS;
    else slot = free_slot(context);
    if (slot < MOST_SLOTS) {
        uint64_t serial = __atomic_add_fetch(&port_serial, 1, __ATOMIC_RELAXED) & ((1 << SERIAL_BITS) - 1);
        port->value = (uint64_t) (context->number + 1) << (SLOT_BITS + SERIAL_BITS) | serial << SLOT_BITS | slot;
        context->ports[slot] = NEW_REF(Port, port);
        context->used++;
    }
    UNLOCK(context);
    while (count) DROP(gone[--count]);
    PyMem_Free(gone);
    if (slot == MOST_SLOTS) {
        DROP(port);
        PyErr_NoMemory();
        return NULL;
    }
    return port;
}

/* The port's start has failed: nobody may use its handle. */
void port_forget(Port *port)
{
    Context *context = port->driver->context;
    unsigned slot = port->value & (MOST_SLOTS - 1);
    Port *forgotten = NULL;
    LOCK(context);
    if (slot < context->slots && context->ports[slot] == port) {
        forgotten = port;
        context->ports[slot] = NULL;
        context->used--;
    }
    UNLOCK(context);
    DROP(forgotten);
}

Port *port_of(ErlDrvPort handle)
{
    uint64_t value = (uint64_t) handle;
    Context *context = context_number((unsigned) (value >> (SLOT_BITS + SERIAL_BITS)) - 1);
    unsigned slot = value & (MOST_SLOTS - 1);
    Port *port = NULL;
    if (!context) return NULL;
    LOCK(context);
    if (slot < context->slots) port = context->ports[slot];
    if (port && port->value != value) port = NULL;
    UNLOCK(context);
    return port;
}

PyObject *handle_of(Crossing *crossing, ErlDrvPort value, const char *function)
{
    Port *port;
    PyObject *number, *name, *none;
    if (crossing->port && crossing->port->value == (uint64_t) value && value)   /* the callback's own: no look-up */
        return Py_NewRef(crossing->port->handle);
    if (value == (ErlDrvPort) -1) return Py_NewRef(glue_INVALID_PORT);
    port = port_of(value);
    if (port) {
        if (crossing->foreign) adopt(crossing, port->driver->context);
        return Py_NewRef(port->handle);
    }
    number = PyLong_FromUnsignedLong((unsigned long) value);
    name = PyUnicode_FromString(function);
    none = number && name ? CALL(no_port, name, number) : NULL;      /* raises */
    Py_XDECREF(none);
    Py_XDECREF(name);
    Py_XDECREF(number);
    return NULL;
}

static int port_traverse(PyObject *object, visitproc visit, void *arg)
{
    Port *self = (Port *) object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->driver);
    Py_VISIT(self->handle);
    Py_VISIT(self->viewed);
    return 0;
}

static int port_clear(PyObject *object)
{
    Port *self = (Port *) object;
    Py_CLEAR(self->handle);
    Py_CLEAR(self->viewed);
    return 0;
}

static void port_free(PyObject *object)
{
    Port *self = (Port *) object;
    PyObject_GC_UnTrack(object);
    port_clear(object);
    PyMem_Free(self->iov);
    PyMem_Free(self->binv);
    DROP(self->driver);
    free_object(object);
}

static PyObject *port_repr(PyObject *object)
{
    Port *self = (Port *) object;
    return PyUnicode_FromFormat("<drv_data %p of %R>", self->drv_data, self->handle);
}

/* --- drivers --- */

Driver *driver_new(Context *context, void *library, ErlDrvEntry *entry, const char *name)
{
    Driver *driver = (Driver *) new_object(driver_type);
    if (!driver) return NULL;
    driver->context = NEW_REF(Context, context);
    driver->library = library;
    driver->entry = entry;
    driver->ledger = ledger_new(name);
    return driver;
}

static int driver_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(((Driver *) object)->context);
    return 0;
}

static int driver_clear(PyObject *object)
{
    (void) object;              /* the context may be cleared; the driver is needed until the last port has gone */
    return 0;
}

static void driver_free_object(PyObject *object)
{
    Driver *self = (Driver *) object;
    PyObject_GC_UnTrack(object);
    if (self->ledger) ledger_release(self->ledger);
    DROP(self->context);
    free_object(object);
}

/* --- jobs, parts --- */

static void job_free(PyObject *object)
{
    DROP(((Job *) object)->driver);
    free_object(object);
}

static PyObject *job_repr(PyObject *object)
{
    return PyUnicode_FromFormat("<job data %p>", ((Job *) object)->data);
}

static int part_buffer(PyObject *object, Py_buffer *view, int flags)
{
    Part *self = (Part *) object;
    return PyBuffer_FillInfo(view, object, self->start, self->length, 0, flags);
}

static PyObject *part_take(PyObject *object, PyObject *unused)
{
    (void) unused;
    driver_binary_inc_refc(((Part *) object)->binary);
    Py_RETURN_NONE;
}

static PyObject *part_release(PyObject *object, PyObject *unused)
{
    (void) unused;
    driver_free_binary(((Part *) object)->binary);
    Py_RETURN_NONE;
}

PyObject *part_new(ErlDrvBinary *binary, char *start, Py_ssize_t length)
{
    Part *part = (Part *) new_object(part_type);
    if (!part) return NULL;
    part->binary = binary;
    part->start = start;
    part->length = length;
    part->of_term = 0;
    return (PyObject *) part;
}

/* Bytes of a driver binary as a term: a copy; if there are many, one that holds a reference until it is no more. */
PyObject *term_of_binary(ErlDrvBinary *binary, size_t offset, size_t length)
{
    PyObject *part, *at, *size, *term;
    if (length <= HEAP_BINARY) return PyBytes_FromStringAndSize(binary->orig_bytes + offset, (Py_ssize_t) length);
    part = part_new(binary, binary->orig_bytes, (Py_ssize_t) binary->orig_size);
    if (!part) return NULL;
    ((Part *) part)->of_term = 1;
    binary_lend(binary, 1);
    at = PyLong_FromSize_t(offset);
    size = PyLong_FromSize_t(length);
    term = at && size ? CALL(shared_binary, part, at, size) : NULL;
    Py_XDECREF(at);
    Py_XDECREF(size);
    Py_DECREF(part);
    return term;
}

/* The driver binary that a term of term_of_binary() lies in; NULL: *whole* is something else. */
ErlDrvBinary *lender_of(PyObject *whole)
{
    return Py_TYPE(whole) == part_type && ((Part *) whole)->of_term ? ((Part *) whole)->binary : NULL;
}

static void part_free(PyObject *object)
{
    if (((Part *) object)->of_term) binary_lend(((Part *) object)->binary, -1);
    free_object(object);
}

static PyMethodDef part_methods[] = {
    {"take", part_take, METH_NOARGS, "Add a reference to the driver binary."},
    {"release", part_release, METH_NOARGS, "Drop a reference to the driver binary."},
    {NULL, NULL, 0, NULL},
};

/* --- types --- */

#define SLOT(name, function) {Py_##name, (void *) (function)}

static PyMethodDef context_methods[] = {
    {"keep_output", keeps_output, METH_NOARGS, "From now on, keep what output callbacks output until they return."},
    {"bundle_jobs", bundle_jobs, METH_O, "From now on, bundle jobs for so many async threads."},
    {"take_bundle", take_bundle, METH_NOARGS, "The jobs of one bundle, with the core's JobBundle; None: there are none."},
    {"falls_asleep", falls_asleep, METH_O, "An async thread wants to sleep; False: there are bundled jobs."},
    {"is_awake", is_awake, METH_O, "An async thread does not sleep any more."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot context_slots[] = {
    SLOT(tp_new, context_make), SLOT(tp_traverse, context_traverse), SLOT(tp_clear, context_clear),
    SLOT(tp_dealloc, context_free), {Py_tp_methods, context_methods},
    {Py_tp_doc, "One emulator, as compiled drivers see it."}, {0, NULL}
};
static PyType_Slot driver_slots[] = {
    SLOT(tp_traverse, driver_traverse), SLOT(tp_clear, driver_clear), SLOT(tp_dealloc, driver_free_object),
    {Py_tp_doc, "A compiled driver."}, {0, NULL}
};
static PyType_Slot port_slots[] = {
    SLOT(tp_traverse, port_traverse), SLOT(tp_clear, port_clear), SLOT(tp_dealloc, port_free),
    SLOT(tp_repr, port_repr), {Py_tp_doc, "The drv_data of a compiled driver's port."}, {0, NULL}
};
static PyType_Slot job_slots[] = {
    SLOT(tp_dealloc, job_free), SLOT(tp_repr, job_repr), {Py_tp_doc, "A C function and its argument."}, {0, NULL}
};
static PyType_Slot part_slots[] = {
    SLOT(tp_dealloc, part_free), SLOT(bf_getbuffer, part_buffer), {Py_tp_methods, part_methods},
    {Py_tp_doc, "A part of a driver binary."}, {0, NULL}
};

#define GC_FLAGS (Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC)
#define PLAIN_FLAGS (Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION)

static PyType_Spec context_spec = {"erts_emu.native._bridge.Context", sizeof(Context), 0, GC_FLAGS, context_slots};
static PyType_Spec driver_spec = {"erts_emu.native._bridge.Driver", sizeof(Driver), 0,
                                  GC_FLAGS | Py_TPFLAGS_DISALLOW_INSTANTIATION, driver_slots};
static PyType_Spec port_spec = {"erts_emu.native._bridge.Port", sizeof(Port), 0,
                                GC_FLAGS | Py_TPFLAGS_DISALLOW_INSTANTIATION, port_slots};
static PyType_Spec job_spec = {"erts_emu.native._bridge.Job", sizeof(Job), 0, PLAIN_FLAGS, job_slots};
static PyType_Spec part_spec = {"erts_emu.native._bridge.Part", sizeof(Part), 0, PLAIN_FLAGS, part_slots};

int types_init(PyObject *module)
{
    name_port = PyUnicode_InternFromString("_port");
    name_state = PyUnicode_InternFromString("state");
    context_type = (PyTypeObject *) PyType_FromSpec(&context_spec);
    driver_type = (PyTypeObject *) PyType_FromSpec(&driver_spec);
    port_type = (PyTypeObject *) PyType_FromSpec(&port_spec);
    job_type = (PyTypeObject *) PyType_FromSpec(&job_spec);
    part_type = (PyTypeObject *) PyType_FromSpec(&part_spec);
    if (!context_type || !driver_type || !port_type || !job_type || !part_type) return 0;
    return PyModule_AddObjectRef(module, "Context", (PyObject *) context_type) == 0;
}
