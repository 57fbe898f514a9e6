/*
 * A tape: what a recorder writes to on real threads (erts_emu/observe/recorder.py, docs/recording.md).
 *
 * A record is four 64-bit words: time, code and lane, two numbers. Writing one takes the time of reading the clock and a
 * little more. The probes are functions that tracepoints call with their fields as keyword arguments: which are at which
 * place is the same for every call of one tracepoint, so they are taken by place and their names are not looked at.
 *
 * The interpreter lock makes a record one step; where there is none, a spin lock does.
 */
#include "bridge.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHUNK 16384             /* records */
#define KNOWN 64
#define WORDS 4
#define LANE_SHIFT 8
#define THREAD_SHIFT 32
#define SCHEDULER_SHIFT 48
#define SERIAL_SHIFT 32

typedef struct {                /* an object and its number; the object cannot be another one while it is here */
    PyObject *object;
    int64_t number;
} Known;

typedef struct {
    PyObject_HEAD
    int64_t **chunks;
    Py_ssize_t full;            /* chunks before the current one */
    Py_ssize_t used;            /* records in the current one */
    int64_t began;
    uint64_t serial;            /* tells tapes apart, in every process */
    PyObject *lane;             /* a Python function: the lane of the calling thread */
    PyObject *callbacks;        /* dict: callback -> number */
    PyObject *string;           /* a Python function: the number of a text */
    atomic_flag busy;
    Known known[KNOWN];         /* objects that were met lately, each at a place that its address gives */
} Tape;

typedef struct {                /* what a probe is bound to */
    PyObject_HEAD
    Tape *tape;
    int64_t code;
    int64_t number;
} Probe;

static PyTypeObject *tape_type, *probe_type;
static PyObject *name_async_id, *name_port, *name_number, *name_id, *name_serial, *name_name;
static atomic_uint_least64_t serials;

/*
 * The lane of this thread as it was found last, and for which tape; a thread that changes its seat is told. The job that
 * this thread is at: what ends is what has begun. And the record of a job's end, if that is the last that it has written.
 */
static __thread struct { uint64_t tape; int64_t lane; int64_t job; int64_t *done; } seat NEAR;

#ifdef ERTS_EMU_FREE_THREADED
#define HOLD(tape) while (atomic_flag_test_and_set_explicit(&(tape)->busy, memory_order_acquire))
#define LET_GO(tape) atomic_flag_clear_explicit(&(tape)->busy, memory_order_release)
#else
#define HOLD(tape)
#define LET_GO(tape)
#endif

/* --- the clock --- */

/*
 * Monotonic time. Where the kernel itself derives it from the processor's time stamp counter, that is read directly: it
 * takes less than half the time. How fast it counts is measured once in a process.
 */
static int64_t system_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

#ifdef __x86_64__
#include <x86intrin.h>

#define MEASURING 5000000       /* nanoseconds */

static pthread_once_t measured = PTHREAD_ONCE_INIT;
static uint64_t nanoseconds_per_tick;   /* times 2^32; 0: the counter is no clock here */
static uint64_t first_tick;
static int64_t first_time;

/* Read both clocks at the same moment: of some tries, the one that took least. */
static void read_both(uint64_t *tick, int64_t *time)
{
    uint64_t best = UINT64_MAX;
    int try;
    for (try = 0; try < 20; try++) {
        uint64_t before = __rdtsc();
        int64_t now = system_clock();
        uint64_t took = __rdtsc() - before;
        if (took < best) {
            best = took;
            *tick = before + took / 2;
            *time = now;
        }
    }
}

static void measure(void)
{
    char source[16] = "";
    uint64_t tick;
    int64_t time;
    FILE *file = fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "r");
    if (!file) return;
    if (fgets(source, sizeof source, file) && !strcmp(source, "tsc\n")) {
        read_both(&first_tick, &first_time);
        nanosleep(&(struct timespec) {0, MEASURING}, NULL);
        read_both(&tick, &time);
        nanoseconds_per_tick = (uint64_t) (((unsigned __int128) (time - first_time) << 32) / (tick - first_tick));
    }
    fclose(file);
}

static void prepare_clock(void)
{
    pthread_once(&measured, measure);
}

static inline int64_t now(void)
{
    if (!nanoseconds_per_tick) return system_clock();
    return first_time + (int64_t) ((unsigned __int128) (__rdtsc() - first_tick) * nanoseconds_per_tick >> 32);
}
#else
static void prepare_clock(void) {}

static inline int64_t now(void)
{
    return system_clock();
}
#endif

/* --- writing --- */

static int next_chunk(Tape *tape)
{
    int64_t **chunks = realloc(tape->chunks, (size_t) (tape->full + 2) * sizeof *chunks);
    if (!chunks) return 0;
    tape->chunks = chunks;
    if (!(chunks[tape->full + 1] = malloc(CHUNK * WORDS * sizeof **chunks))) return 0;
    tape->full++;
    tape->used = 0;
    return 1;
}

/* Write a record and return it, or NULL without memory. */
static int64_t *write_record(Tape *tape, int64_t code, int64_t lane, int64_t a, int64_t b)
{
    int64_t *record = NULL;
    HOLD(tape);
    if (tape->used < CHUNK || next_chunk(tape)) {
        record = tape->chunks[tape->full] + WORDS * tape->used++;
        record[0] = now() - tape->began;
        record[1] = code | lane << LANE_SHIFT;
        record[2] = a;
        record[3] = b;
    }
    LET_GO(tape);
    seat.done = NULL;
    return record;
}

static PyObject *put(Tape *tape, int64_t code, int64_t lane, int64_t a, int64_t b)
{
    if (!write_record(tape, code, lane, a, b)) return PyErr_NoMemory();
    Py_RETURN_NONE;
}

/* --- reading numbers: -1 and an exception if there is none --- */

static int64_t number_of(PyObject *object, PyObject *name)
{
    int64_t number;
    PyObject *value = PyObject_GetAttr(object, name);
    if (!value) return -1;
    number = PyLong_AsLongLong(value);
    Py_DECREF(value);
    return number;
}

static int64_t inner_number(PyObject *object, PyObject *name, PyObject *inner)
{
    int64_t number;
    PyObject *value = PyObject_GetAttr(object, name);
    if (!value) return -1;
    number = number_of(value, inner);
    Py_DECREF(value);
    return number;
}

/* A number that an object never changes: its attribute, or that attribute's. */
static int64_t lasting_number(Tape *tape, PyObject *object, PyObject *name, PyObject *inner)
{
#ifdef ERTS_EMU_FREE_THREADED
    (void) tape;
    return inner ? inner_number(object, name, inner) : number_of(object, name);
#else
    Known *known = &tape->known[(uintptr_t) object / 16 % KNOWN];
    if (known->object != object) {
        PyObject *before = known->object;
        int64_t number = inner ? inner_number(object, name, inner) : number_of(object, name);
        if (number == -1) return -1;
        known->object = Py_NewRef(object);
        known->number = number;
        Py_XDECREF(before);
    }
    return known->number;
#endif
}

static int64_t port_number(Tape *tape, PyObject *port)
{
    return lasting_number(tape, port, name_id, name_number);
}

static int64_t find_lane(Tape *tape)
{
    int64_t lane;
    PyObject *found = tape->lane ? PyObject_CallNoArgs(tape->lane) : NULL;
    if (!found) return 0;
    lane = PyLong_AsLongLong(found);
    Py_DECREF(found);
    seat.tape = tape->serial;
    seat.lane = lane;
    seat.job = 0;
    seat.done = NULL;
    return lane;
}

static inline int64_t lane_of(Tape *tape)
{
    return seat.tape == tape->serial ? seat.lane : find_lane(tape);
}

static int64_t pid_number(Tape *tape, PyObject *pid)
{
    int64_t number = lasting_number(tape, pid, name_number, NULL), serial;
    if (number == -1 || (serial = number_of(pid, name_serial)) == -1) return -1;
    return number | serial << SERIAL_SHIFT;
}

/* --- the probes: (self, arguments, how many, their names) --- */

#define PROBE(name) \
    static PyObject *name(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
#define ENTER_PROBE(fields)                                                                                            \
    Probe *probe = (Probe *) self;                                                                                     \
    Tape *tape = probe->tape;                                                                                          \
    (void) names;                                                                                                      \
    if (count + (names ? PyTuple_Size(names) : 0) < (fields)) {                                                        \
        PyErr_SetString(PyExc_TypeError, "a tracepoint has other fields than its probe expects");                      \
        return NULL;                                                                                                   \
    }
#define PUT(a, b)                                                                                                      \
    do {                                                                                                               \
        int64_t a_ = (a), b_ = (b);                                                                                    \
        if ((a_ == -1 || b_ == -1) && PyErr_Occurred()) return NULL;                                                   \
        return put(tape, probe->code, lane_of(tape), a_, b_);                                                          \
    } while (0)

/* The number of a job that begins, or whose beginning this thread has not recorded: -1 and an exception if it has none. */
static int64_t begun(PyObject *job)
{
    return seat.job = number_of(job, name_async_id);
}

/* job, ...: it begins */
PROBE(begin)
{
    ENTER_PROBE(1)
    PUT(begun(args[0]), 0);
}

/* job, ...: it ends */
PROBE(end)
{
    int64_t lane, job;
    ENTER_PROBE(1)
    lane = lane_of(tape);
    job = seat.job > 0 ? seat.job : begun(args[0]);
    if (job == -1) return NULL;
    seat.job = 0;
    return put(tape, probe->code, lane, job, 0);
}

/* job, scheduler, completed */
PROBE(done)
{
    int64_t lane, job, *record;
    ENTER_PROBE(3)
    lane = lane_of(tape);
    job = seat.job > 0 ? seat.job : begun(args[0]);
    if (job == -1) return NULL;
    seat.job = 0;
    if (!(record = write_record(tape, probe->code, lane, job, args[2] == Py_True))) return PyErr_NoMemory();
    seat.done = record;
    Py_RETURN_NONE;
}

/* job, scheduler: what follows the end of another job at once is noted in that one's record */
PROBE(ready)
{
    int64_t job, *record = seat.done;
    ENTER_PROBE(2)
    if ((job = begun(args[0])) == -1) return NULL;
    if (!record || seat.tape != tape->serial) return put(tape, probe->code, lane_of(tape), job, 0);
    record[3] |= job << 1;
    seat.done = NULL;
    Py_RETURN_NONE;
}

/* job, thread, scheduler */
PROBE(asked)
{
    int64_t port, thread, home;
    PyObject *id;
    ENTER_PROBE(3)
    if (!(id = PyObject_GetAttr(args[0], name_port))) return NULL;
    port = lasting_number(tape, id, name_number, NULL);
    Py_DECREF(id);
    thread = lasting_number(tape, args[1], name_number, NULL);
    if (port == -1 || thread == -1) return NULL;
    home = args[2] == Py_None ? 1 : lane_of(tape);      /* it asks from its own seat */
    PUT(number_of(args[0], name_async_id), port | thread << THREAD_SHIFT | home << SCHEDULER_SHIFT);
}

/* port, ...: a callback begins */
PROBE(callback)
{
    ENTER_PROBE(1)
    PUT(probe->number, port_number(tape, args[0]));
}

/* driver, callback, port */
PROBE(returned)
{
    int64_t number;
    PyObject *found;
    ENTER_PROBE(3)
    found = PyDict_GetItemWithError(tape->callbacks, args[1]);
    if (!found) {
        if (PyErr_Occurred()) return NULL;
        Py_RETURN_NONE;         /* a callback that is not recorded this way */
    }
    number = PyLong_AsLongLong(found);
    if (args[2] == Py_None) {
        int64_t text;
        PyObject *name = PyObject_GetAttr(args[0], name_name);
        if (!name) return NULL;
        found = tape->string ? PyObject_CallFunctionObjArgs(tape->string, name, NULL) : PyLong_FromLong(0);
        Py_DECREF(name);
        if (!found) return NULL;
        text = PyLong_AsLongLong(found);
        Py_DECREF(found);
        return put(tape, probe->code, lane_of(tape), number, -1 - text);
    }
    PUT(number, port_number(tape, args[2]));
}

/* port, ... */
PROBE(of_port)
{
    ENTER_PROBE(1)
    PUT(port_number(tape, args[0]), 0);
}

/* port, process: a Pid */
PROBE(port_and_pid)
{
    ENTER_PROBE(2)
    PUT(port_number(tape, args[0]), pid_number(tape, args[1]));
}

/* scheduler, number */
PROBE(of_scheduler)
{
    ENTER_PROBE(2)
    PUT(lasting_number(tape, args[0], name_id, NULL), PyLong_AsLongLong(args[1]));
}

/* scheduler: this thread has taken its seat; writes nothing */
PROBE(seat_taken)
{
    int64_t number;
    ENTER_PROBE(1)
    number = lasting_number(tape, args[0], name_id, NULL);
    if (number == -1) return NULL;
    seat.tape = tape->serial;
    seat.lane = number;
    seat.job = 0;
    seat.done = NULL;
    Py_RETURN_NONE;
}

/* scheduler: this thread has left its seat; writes nothing */
PROBE(seat_left)
{
    ENTER_PROBE(0)
    (void) tape;
    (void) args;
    seat.tape = 0;
    Py_RETURN_NONE;
}

#define SHAPE(name) {#name, (PyCFunction) (void (*)(void)) name, METH_FASTCALL | METH_KEYWORDS, NULL}
static PyMethodDef shapes[] = {
    SHAPE(begin), SHAPE(end), SHAPE(done), SHAPE(ready), SHAPE(asked), SHAPE(callback), SHAPE(returned), SHAPE(of_port), SHAPE(port_and_pid),
    SHAPE(of_scheduler), SHAPE(seat_taken), SHAPE(seat_left), {NULL, NULL, 0, NULL},
};

/* --- probes as objects --- */

static int probe_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((Probe *) self)->tape);
    return 0;
}

static void probe_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    DROP(((Probe *) self)->tape);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

static PyType_Slot probe_slots[] = {
    {Py_tp_dealloc, probe_dealloc}, {Py_tp_traverse, probe_traverse}, {0, NULL}
};
static PyType_Spec probe_spec = {
    "erts_emu.native._bridge.Probe", sizeof(Probe), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION, probe_slots
};

/* tape.probe(shape, code, number) -> a function for a tracepoint */
static PyObject *tape_probe(PyObject *self, PyObject *arguments)
{
    const char *shape;
    long long code, number;
    PyMethodDef *found;
    Probe *probe;
    PyObject *function;
    if (!PyArg_ParseTuple(arguments, "sLL", &shape, &code, &number)) return NULL;
    for (found = shapes; found->ml_name && strcmp(found->ml_name, shape); found++) ;
    if (!found->ml_name) return PyErr_Format(PyExc_ValueError, "no probe has the shape %s", shape);
    if (!(probe = (Probe *) PyType_GenericAlloc(probe_type, 0))) return NULL;
    probe->tape = NEW_REF(Tape, self);
    probe->code = code;
    probe->number = number;
    function = PyCFunction_NewEx(found, (PyObject *) probe, NULL);
    Py_DECREF(probe);
    return function;
}

/* --- tapes as objects --- */

/* Tape(lane, string, callbacks): times count from now */
static PyObject *tape_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    PyObject *lane, *string, *callbacks;
    Tape *tape;
    (void) keywords;
    if (!PyArg_ParseTuple(arguments, "OOO!", &lane, &string, &PyDict_Type, &callbacks)) return NULL;
    if (!(tape = (Tape *) PyType_GenericAlloc(type, 0))) return NULL;
    prepare_clock();
    tape->began = now();
    tape->full = -1;
    tape->used = CHUNK;
    tape->serial = atomic_fetch_add(&serials, 1) + 1;
    tape->lane = Py_NewRef(lane);
    tape->string = Py_NewRef(string);
    tape->callbacks = Py_NewRef(callbacks);
    return (PyObject *) tape;
}

static int tape_traverse(PyObject *self, visitproc visit, void *arg)
{
    Tape *tape = (Tape *) self;
    int index;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(tape->lane);
    Py_VISIT(tape->string);
    Py_VISIT(tape->callbacks);
    for (index = 0; index < KNOWN; index++) Py_VISIT(tape->known[index].object);
    return 0;
}

static int tape_clear(PyObject *self)
{
    Tape *tape = (Tape *) self;
    int index;
    Py_CLEAR(tape->lane);
    Py_CLEAR(tape->string);
    for (index = 0; index < KNOWN; index++) Py_CLEAR(tape->known[index].object);
    return 0;
}

static void tape_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    Tape *tape = (Tape *) self;
    Py_ssize_t index;
    PyObject_GC_UnTrack(self);
    for (index = 0; index <= tape->full; index++) free(tape->chunks[index]);
    free(tape->chunks);
    tape_clear(self);
    DROP(tape->callbacks);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

/* tape.put(code, lane, a, b) */
static PyObject *tape_put(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    int64_t words[WORDS];
    int index;
    if (count != WORDS) {
        PyErr_SetString(PyExc_TypeError, "put(code, lane, a, b)");
        return NULL;
    }
    for (index = 0; index < WORDS; index++) {
        words[index] = PyLong_AsLongLong(args[index]);
        if (words[index] == -1 && PyErr_Occurred()) return NULL;
    }
    return put((Tape *) self, words[0], words[1], words[2], words[3]);
}

static Py_ssize_t tape_length(PyObject *self)
{
    Tape *tape = (Tape *) self;
    return tape->full < 0 ? 0 : tape->full * CHUNK + tape->used;
}

/* tape.records() -> bytes: a copy of all records so far */
static PyObject *tape_records(PyObject *self, PyObject *nothing)
{
    Tape *tape = (Tape *) self;
    Py_ssize_t index, length = tape_length(self), size = WORDS * (Py_ssize_t) sizeof(int64_t);
    PyObject *copy = PyBytes_FromStringAndSize(NULL, length * size);
    char *data;
    (void) nothing;
    if (!copy) return NULL;
    data = PyBytes_AsString(copy);
    HOLD(tape);
    for (index = 0; index * CHUNK < length; index++) {
        Py_ssize_t left = length - index * CHUNK;
        memcpy(data + index * CHUNK * size, tape->chunks[index], (size_t) ((left < CHUNK ? left : CHUNK) * size));
    }
    LET_GO(tape);
    return copy;
}

/* tape.close(): no more records will come; lets go of the recorder */
static PyObject *tape_close(PyObject *self, PyObject *nothing)
{
    (void) nothing;
    tape_clear(self);
    Py_RETURN_NONE;
}

static PyMethodDef tape_methods[] = {
    {"put", (PyCFunction) (void (*)(void)) tape_put, METH_FASTCALL, "put(code, lane, a, b): write a record."},
    {"probe", tape_probe, METH_VARARGS, "probe(shape, code, number): a function for a tracepoint."},
    {"records", tape_records, METH_NOARGS, "A copy of the records."},
    {"close", tape_close, METH_NOARGS, "Let go of the recorder."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot tape_slots[] = {
    {Py_tp_new, tape_new}, {Py_tp_dealloc, tape_dealloc}, {Py_tp_traverse, tape_traverse}, {Py_tp_clear, tape_clear},
    {Py_tp_methods, tape_methods}, {Py_sq_length, tape_length},
    {Py_tp_doc, "Records of 32 bytes, written by tracepoints."}, {0, NULL},
};
static PyType_Spec tape_spec = {
    "erts_emu.native._bridge.Tape", sizeof(Tape), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, tape_slots
};

int tape_init(PyObject *module)
{
    name_async_id = PyUnicode_InternFromString("async_id");
    name_port = PyUnicode_InternFromString("port");
    name_number = PyUnicode_InternFromString("number");
    name_id = PyUnicode_InternFromString("id");
    name_serial = PyUnicode_InternFromString("serial");
    name_name = PyUnicode_InternFromString("name");
    tape_type = (PyTypeObject *) PyType_FromSpec(&tape_spec);
    probe_type = (PyTypeObject *) PyType_FromSpec(&probe_spec);
    if (!tape_type || !probe_type || !name_name) return 0;
    return PyModule_AddObjectRef(module, "Tape", (PyObject *) tape_type) == 0;
}
