/*
 * Thread events: what RealEvent of erts_emu.ethread.real is in Python, and one thing that Python cannot do.
 *
 * A thread that is told of work needs the interpreter lock, which the one who tells it still has. So it wakes up, and
 * goes to sleep again at the lock, to be woken a second time. That is why `spin` takes the events that its caller owes
 * to others: it gives the interpreter lock up first, and turns them ON then. A thread that spins on one of them takes a
 * free lock, and nobody has slept.
 *
 * States: OFF, ON, and SLEEPING: OFF with the waiter at its semaphore. Whoever finds SLEEPING when it turns the event
 * ON posts the semaphore, once.
 */
#include "bridge.h"

#ifdef __GLIBC__                /* others have no sem_clockwait: there, events are Python's */
#include <sched.h>
#include <semaphore.h>
#include <structmember.h>
#include <time.h>

enum { OFF, ON, SLEEPING };
enum { SPIN_NANOSECONDS = 30000, SECOND = 1000000000 };
#define LONGEST_SLEEP (1000000000LL * SECOND)

typedef struct {
    PyObject_HEAD
    PyObject *name;
    int state;
    char on;                    /* what Python reads. Never left at 1 when `state` is not ON */
    sem_t semaphore;
} Event;

static PyTypeObject *event_type;

static void turn_on(Event *self)
{
    __atomic_store_n(&self->on, 1, __ATOMIC_SEQ_CST);
    if (__atomic_exchange_n(&self->state, ON, __ATOMIC_SEQ_CST) == SLEEPING) sem_post(&self->semaphore);
}

static void turn_off(Event *self)
{
    __atomic_store_n(&self->state, OFF, __ATOMIC_SEQ_CST);
    __atomic_store_n(&self->on, 0, __ATOMIC_SEQ_CST);
}

static int become(Event *self, int from, int to)
{
    return __atomic_compare_exchange_n(&self->state, &from, to, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (long long) time.tv_sec * SECOND + time.tv_nsec;
}

static PyObject *event_make(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    PyObject *name;
    Event *self;
    (void) keywords;
    if (!PyArg_ParseTuple(arguments, "U", &name)) return NULL;
    self = (Event *) ((allocfunc) PyType_GetSlot(type, Py_tp_alloc))(type, 0);
    if (!self) return NULL;
    self->name = Py_NewRef(name);
    sem_init(&self->semaphore, 0, 0);
    return (PyObject *) self;
}

static void event_free(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    sem_destroy(&((Event *) object)->semaphore);
    Py_XDECREF(((Event *) object)->name);
    ((freefunc) PyType_GetSlot(type, Py_tp_free))(object);
    Py_DECREF(type);
}

static PyObject *event_set(PyObject *object, PyObject *unused)
{
    (void) unused;
    turn_on((Event *) object);
    Py_RETURN_NONE;
}

static PyObject *event_reset(PyObject *object, PyObject *unused)
{
    (void) unused;
    turn_off((Event *) object);
    Py_RETURN_NONE;
}

static PyObject *event_spin(PyObject *object, PyObject *const *owed, Py_ssize_t count)
{
    Event *self = (Event *) object;
    PyThreadState *saved;
    long long end;
    Py_ssize_t i;
    int came;
    for (i = 0; i < count; i++)
        if (Py_TYPE(owed[i]) != event_type) return PyErr_Format(PyExc_TypeError, "%R is no thread event", owed[i]);
    saved = PyEval_SaveThread();
    for (i = 0; i < count; i++) turn_on((Event *) owed[i]);
    for (end = now() + SPIN_NANOSECONDS; !(came = __atomic_load_n(&self->state, __ATOMIC_SEQ_CST) == ON);) {
        if (now() >= end) break;
        sched_yield();          /* the only processor may be the one that the setter needs */
    }
    PyEval_RestoreThread(saved);
    return PyBool_FromLong(came);
}

/* Sleep at the semaphore; 0, or an errno. Without the interpreter lock. */
static int sleep_until(Event *self, const struct timespec *until)
{
    PyThreadState *saved = PyEval_SaveThread();
    int failed = until ? sem_clockwait(&self->semaphore, CLOCK_MONOTONIC, until) : sem_wait(&self->semaphore);
    int error = failed ? errno : 0;
    PyEval_RestoreThread(saved);
    return error;
}

static struct timespec moment(long long duration)
{
    long long end = now() + (duration > LONGEST_SLEEP ? LONGEST_SLEEP : duration);
    return (struct timespec) {end / SECOND, end % SECOND};
}

static PyObject *event_wait(PyObject *object, PyObject *const *arguments, Py_ssize_t count)
{
    Event *self = (Event *) object;
    struct timespec until;
    int timed = count && arguments[0] != Py_None, error;
    if (timed) {
        until = moment(PyLong_AsLongLong(arguments[0]));
        if (PyErr_Occurred()) return NULL;
    }
    if (!become(self, OFF, SLEEPING)) Py_RETURN_NONE;
    do error = sleep_until(self, timed ? &until : NULL);
    while (error == EINTR && !PyErr_CheckSignals());
    if (error && !become(self, SLEEPING, OFF))
        while (sem_wait(&self->semaphore)) ;    /* it has come this moment: its setter posts */
    if (PyErr_Occurred()) return NULL;
    Py_RETURN_NONE;
}

static PyObject *event_repr(PyObject *object)
{
    Event *self = (Event *) object;
    static const char *const states[] = {"OFF", "ON", "OFF_WAITER"};
    return PyUnicode_FromFormat("<ThreadEvent %U %s>", self->name, states[self->state]);
}

#define FAST(function) (PyCFunction) (void (*)(void)) function, METH_FASTCALL
static PyMethodDef event_methods[] = {
    {"set", event_set, METH_NOARGS, "Turn the event ON and wake the waiter."},
    {"reset", event_reset, METH_NOARGS, "Turn the event OFF."},
    {"spin", FAST(event_spin), "Turn other events ON, wait some microseconds, and say whether this one has come."},
    {"wait", FAST(event_wait), "Return once the event is ON, or after so many nanoseconds."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef event_members[] = {
    {"name", T_OBJECT, offsetof(Event, name), READONLY, NULL},
    {"on", T_BOOL, offsetof(Event, on), READONLY, "Whether the event is ON."},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot event_slots[] = {
    {Py_tp_new, (void *) event_make}, {Py_tp_dealloc, (void *) event_free}, {Py_tp_repr, (void *) event_repr},
    {Py_tp_methods, event_methods}, {Py_tp_members, event_members},
    {Py_tp_doc, "A thread event; its waiter and its setters know when the interpreter lock is free."}, {0, NULL}
};
static PyType_Spec event_spec = {"erts_emu.native._bridge.Event", sizeof(Event), 0, Py_TPFLAGS_DEFAULT, event_slots};

int events_init(PyObject *module)
{
    event_type = (PyTypeObject *) PyType_FromSpec(&event_spec);
    return event_type && PyModule_AddObjectRef(module, "Event", (PyObject *) event_type) == 0;
}

#else

int events_init(PyObject *module)
{
    return PyModule_AddObjectRef(module, "Event", Py_None) == 0;
}

#endif
