/*
 * Batches: jobs that an async thread runs in a row in one stay outside the interpreter lock.
 *
 * Giving the lock up and taking it back for each job costs more than a short job does, most of all beside a scheduler
 * that does the same. Two words are shared with threads that hold the lock: `finished` counts the jobs that have been
 * run, `hurry` asks to come back after the one that is running. Each side writes its word first and reads the other's
 * second: either the reader of `finished` sees the job, or its runner sees that it must come back.
 */
#include "bridge.h"

typedef struct {
    PyObject_HEAD
    PyObject *jobs;             /* a list of Job */
    Py_ssize_t finished;
    int hurry;
} Batch;

PyTypeObject *batch_type;

static PyObject *batch_make(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    PyObject *jobs;
    Py_ssize_t i;
    Batch *self;
    (void) keywords;
    if (!PyArg_ParseTuple(arguments, "O!", &PyList_Type, &jobs)) return NULL;
    for (i = 0; i < PyList_Size(jobs); i++)
        if (Py_TYPE(PyList_GetItem(jobs, i)) != job_type) {
            PyErr_SetString(PyExc_TypeError, "not a job of a compiled driver");
            return NULL;
        }
    self = (Batch *) ((allocfunc) PyType_GetSlot(type, Py_tp_alloc))(type, 0);
    if (self) self->jobs = PyList_AsTuple(jobs);
    if (self && !self->jobs) Py_CLEAR(self);
    return (PyObject *) self;
}

static void batch_free(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    Py_XDECREF(((Batch *) object)->jobs);
    ((freefunc) PyType_GetSlot(type, Py_tp_free))(object);
    Py_DECREF(type);
}

static PyObject *batch_run(PyObject *object, PyObject *unused)
{
    Batch *self = (Batch *) object;
    Job *jobs[64];
    volatile Py_ssize_t count = PyTuple_Size(self->jobs), i;
    Crossing crossing;
    (void) unused;
    if (count > (Py_ssize_t) (sizeof jobs / sizeof *jobs)) count = sizeof jobs / sizeof *jobs;
    for (i = 0; i < count; i++) jobs[i] = (Job *) PyTuple_GetItem(self->jobs, i);
    if (!count) Py_RETURN_NONE;
    cross(&crossing, jobs[0]->driver, NULL, "async_invoke");
    leave_python(&crossing);
    for (i = 0; i < count && !__atomic_load_n(&self->hurry, __ATOMIC_SEQ_CST); i++) {
        crossing.driver = jobs[i]->driver;
        if (!_setjmp(crossing.out)) jobs[i]->invoke(jobs[i]->data);
        if (crossing.error) break;          /* of this job: it is not counted */
        __atomic_store_n(&self->finished, i + 1, __ATOMIC_SEQ_CST);
    }
    back_in_python(&crossing);
    return crossed(&crossing, Py_NewRef(Py_None));
}

static PyObject *batch_finished(PyObject *object, PyObject *unused)
{
    (void) unused;
    return PyLong_FromSsize_t(__atomic_load_n(&((Batch *) object)->finished, __ATOMIC_SEQ_CST));
}

static PyObject *batch_hurry(PyObject *object, PyObject *unused)
{
    __atomic_store_n(&((Batch *) object)->hurry, 1, __ATOMIC_SEQ_CST);
    return batch_finished(object, unused);
}

static PyMethodDef batch_methods[] = {
    {"run", batch_run, METH_NOARGS, "Run the jobs, until one raises or somebody is in a hurry."},
    {"finished", batch_finished, METH_NOARGS, "How many jobs have been run."},
    {"hurry", batch_hurry, METH_NOARGS, "Have run() come back after the job that it is in; how many have been run."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot batch_slots[] = {
    {Py_tp_new, (void *) batch_make}, {Py_tp_dealloc, (void *) batch_free}, {Py_tp_methods, batch_methods},
    {Py_tp_doc, "Jobs to be run in a row."}, {0, NULL}
};
static PyType_Spec batch_spec = {"erts_emu.native._bridge.Batch", sizeof(Batch), 0, Py_TPFLAGS_DEFAULT, batch_slots};

int batches_init(PyObject *module)
{
    batch_type = (PyTypeObject *) PyType_FromSpec(&batch_spec);
    return batch_type && PyModule_AddObjectRef(module, "Batch", (PyObject *) batch_type) == 0
        && PyModule_AddObjectRef(module, "run_job", run_job_function) == 0;
}
