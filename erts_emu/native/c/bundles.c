/*
 * Bundles: jobs that one callback queues one after the other, without the interpreter lock for each.
 *
 * driver_async needs the interpreter lock, for which it competes with the async thread that has just got the job before.
 * So from its fourth job on, a callback puts jobs into a bundle. None of them has to wait there: they go to the core when
 * the callback returns, or calls another API function that needs Python; before that, an async thread that runs out of
 * jobs has them go. What makes that safe is `asleep`: an async thread that is about to sleep says so under the mutex,
 * unless there are bundled jobs; and no job for a thread that is asleep goes into a bundle.
 */
#include "bridge.h"

enum { JOBS = 64, WORTH_IT = 4 };

typedef struct {
    long number;
    unsigned thread;
    void (*invoke)(void *);
    void *data;
    void (*release)(void *);
} Bundled;

struct Bundle {
    Bundle *next;               /* of the context */
    PyObject *core;             /* the core's JobBundle */
    Driver *driver;
    long number;                /* of the next job */
    int left, count;            /* numbers that are reserved, jobs that stand here */
    Bundled jobs[JOBS];
};

#define LOCK(context) pthread_mutex_lock(&(context)->bundles_mutex)
#define UNLOCK(context) pthread_mutex_unlock(&(context)->bundles_mutex)

/* Add a job, if its thread is awake: its number, or 0. Without the interpreter lock. */
long bundle_add(Crossing *crossing, unsigned *key, void (*invoke)(void *), void *data, void (*release)(void *))
{
    Context *context = crossing->context;
    Bundle *bundle = crossing->bundle;
    long number = 0;
    unsigned thread;
    LOCK(context);
    thread = (unsigned) ((key ? *key : (unsigned long) bundle->number) % context->async_threads);
    if (bundle->left && !context->asleep[thread]) {
        number = bundle->number++;
        bundle->left--;
        bundle->jobs[bundle->count++] = (Bundled) {number, thread, invoke, data, release};
        if (key) *key = thread;
    }
    UNLOCK(context);
    return number;
}

/* After a job of the callback's own port has been queued: begin a bundle if there are many. */
void bundle_open(Crossing *crossing, PyObject *handle)
{
    Context *context = crossing->context;
    PyObject *size, *opened, *core;
    Bundle *bundle;
    long first;
    if (!context->async_threads || ++crossing->jobs < WORTH_IT || crossing->bundle) return;
    size = PyLong_FromLong(JOBS);
    opened = size ? CALL(open_bundle, handle, size) : NULL;
    Py_XDECREF(size);
    if (opened && opened != Py_None && PyArg_ParseTuple(opened, "lO", &first, &core)
        && (bundle = calloc(1, sizeof *bundle))) {
        bundle->core = Py_NewRef(core);
        bundle->driver = crossing->driver;
        bundle->number = first;
        bundle->left = JOBS;
        LOCK(context);
        bundle->next = context->bundles;
        context->bundles = crossing->bundle = bundle;
        UNLOCK(context);
    }
    Py_XDECREF(opened);
}

/* Have the jobs go to the core: the callback has returned, or calls an API function. With the interpreter lock. */
void bundle_close(Crossing *crossing)
{
    Context *context = crossing->context;
    Bundle *bundle = crossing->bundle, **at;
    PyObject *left = PyLong_FromLong(bundle->left);
    PyObject *done = left ? CALL(close_bundle, bundle->core, left) : NULL;
    if (!done) PyErr_WriteUnraisable(bundle->core);
    Py_XDECREF(done);
    Py_XDECREF(left);
    LOCK(context);
    for (at = &context->bundles; *at != bundle; at = &(*at)->next) ;
    *at = bundle->next;
    UNLOCK(context);
    crossing->bundle = NULL;
    Py_DECREF(bundle->core);
    free(bundle);
}

/* --- for the core --- */

static PyObject *job_of(Driver *driver, const Bundled *bundled)
{
    Job *job = job_new(driver, bundled->data);
    PyObject *made;
    if (!job) return NULL;
    job->invoke = bundled->invoke;
    job->release = bundled->release;
    made = Py_BuildValue("(lIOO)", bundled->number, bundled->thread, (PyObject *) job,
                         bundled->release ? free_job_function : Py_None);
    DROP(job);
    return made;
}

static PyObject *jobs_of(Driver *driver, const Bundled *jobs, int count)
{
    PyObject *list = PyList_New(0), *job;
    int i;
    for (i = 0; list && i < count; i++) {
        job = job_of(driver, jobs + i);
        if (!job || PyList_Append(list, job) < 0) Py_CLEAR(list);
        Py_XDECREF(job);
    }
    return list;
}

/* A bundle that jobs stand in, or NULL. With the mutex. */
static Bundle *filled(Context *context)
{
    Bundle *bundle = context->bundles;
    while (bundle && !bundle->count) bundle = bundle->next;
    return bundle;
}

/* Take the jobs of one bundle: a pair (the core's bundle, its jobs); None if there are none in any. */
PyObject *take_bundle(PyObject *object, PyObject *unused)
{
    Context *context = (Context *) object;
    Bundle *bundle;
    Bundled jobs[JOBS];
    PyObject *core = NULL, *list, *pair;
    Driver *driver = NULL;
    int count = 0;
    (void) unused;
    LOCK(context);
    bundle = filled(context);
    if (bundle) {
        count = bundle->count;
        memcpy(jobs, bundle->jobs, count * sizeof *jobs);
        bundle->count = 0;
        core = Py_NewRef(bundle->core);
        driver = NEW_REF(Driver, bundle->driver);
    }
    UNLOCK(context);
    if (!core) Py_RETURN_NONE;
    list = jobs_of(driver, jobs, count);
    pair = list ? Py_BuildValue("(OO)", core, list) : NULL;
    Py_XDECREF(list);
    Py_DECREF(core);
    DROP(driver);
    return pair;
}

static long thread_number(Context *context, PyObject *number)
{
    long thread = PyLong_AsLong(number);
    if (thread >= 0 && thread < (long) context->async_threads) return thread;
    if (!PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "no such async thread");
    return -1;
}

/* falls_asleep(thread) -> whether it may; False: there are bundled jobs */
PyObject *falls_asleep(PyObject *object, PyObject *number)
{
    Context *context = (Context *) object;
    long thread = thread_number(context, number);
    Bundle *bundle;
    if (thread < 0) return NULL;
    LOCK(context);
    bundle = filled(context);
    if (!bundle) context->asleep[thread] = 1;
    UNLOCK(context);
    return PyBool_FromLong(!bundle);
}

PyObject *is_awake(PyObject *object, PyObject *number)
{
    Context *context = (Context *) object;
    long thread = thread_number(context, number);
    if (thread < 0) return NULL;
    LOCK(context);
    context->asleep[thread] = 0;
    UNLOCK(context);
    Py_RETURN_NONE;
}

/* bundle_jobs(threads): from now on bundle jobs for so many async threads, which may all be asleep. */
PyObject *bundle_jobs(PyObject *object, PyObject *threads)
{
    Context *context = (Context *) object;
    long count = PyLong_AsLong(threads);
    if (count <= 0) return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
    context->asleep = malloc(count);
    if (!context->asleep) return PyErr_NoMemory();
    memset(context->asleep, 1, count);
    context->async_threads = (unsigned) count;
    Py_RETURN_NONE;
}
