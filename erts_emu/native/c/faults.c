/* Faults that the test kit orders: calls of API functions that fail without doing anything. */
#include "bridge.h"

typedef struct Fault {
    Context *context;           /* compared only */
    char name[48];
    long seen, nth, times, made;
    struct Fault *next;
} Fault;

int faults_ordered;             /* how many there are, in all emulators: with none, nobody looks further */
static Fault *faults;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* Count a call of *function* by a driver; does it fail? */
int fault_due(const char *function)
{
    Context *context = here ? here->context : NULL;
    Fault *fault;
    int due = 0;
    if (!context) return 0;
    pthread_mutex_lock(&mutex);
    for (fault = faults; fault; fault = fault->next)
        if (fault->context == context && !strcmp(fault->name, function)) {
            fault->seen++;
            if (!due && fault->seen >= fault->nth && fault->seen - fault->nth < fault->times) {
                fault->made++;
                due = 1;
            }
        }
    pthread_mutex_unlock(&mutex);
    return due;
}

PyObject *order_fault(PyObject *module, PyObject *arguments)
{
    PyObject *context;
    const char *name;
    long nth, times;
    Fault *fault;
    (void) module;
    if (!PyArg_ParseTuple(arguments, "O!sll", context_type, &context, &name, &nth, &times)) return NULL;
    fault = strlen(name) < sizeof fault->name ? calloc(1, sizeof *fault) : NULL;
    if (!fault) return PyErr_NoMemory();
    fault->context = (Context *) context;
    strcpy(fault->name, name);
    fault->nth = nth;
    fault->times = times;
    pthread_mutex_lock(&mutex);
    fault->next = faults;
    faults = fault;
    __atomic_add_fetch(&faults_ordered, 1, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&mutex);
    Py_RETURN_NONE;
}

/* faults_made(context) -> the names of the functions that have failed, one for each time */
PyObject *faults_made(PyObject *module, PyObject *context)
{
    PyObject *names = PyList_New(0), *name;
    Fault *fault;
    long i;
    (void) module;
    pthread_mutex_lock(&mutex);
    for (fault = faults; names && fault; fault = fault->next)
        for (i = 0; names && fault->context == (Context *) context && i < fault->made; i++) {
            name = PyUnicode_FromString(fault->name);
            if (!name || PyList_Append(names, name) < 0) Py_CLEAR(names);
            Py_XDECREF(name);
        }
    pthread_mutex_unlock(&mutex);
    return names;
}

PyObject *forget_faults(PyObject *module, PyObject *context)
{
    Fault **place = &faults;
    (void) module;
    pthread_mutex_lock(&mutex);
    while (*place) {
        Fault *fault = *place;
        if (fault->context == (Context *) context) {
            *place = fault->next;
            free(fault);
            __atomic_sub_fetch(&faults_ordered, 1, __ATOMIC_RELAXED);
        } else
            place = &fault->next;
    }
    pthread_mutex_unlock(&mutex);
    Py_RETURN_NONE;
}
