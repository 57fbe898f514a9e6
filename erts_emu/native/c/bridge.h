/*
 * What the files of the bridge share.
 *
 * The bridge lends the emulator, which is written in Python, to drivers written in C. Two directions:
 *
 *   callbacks.c   Python -> C: functions that look like a Python driver's callbacks and call the C driver's
 *   other files   C -> Python: the driver API; each function calls its counterpart in erts_emu.driver
 *
 * The interpreter lock. A driver's code never runs with it: a callback gives it up before it calls the driver
 * (leave_python) and an API function takes it for as long as it works (enter_python). So whoever blocks in a driver, for
 * whatever reason, blocks without it, and no cycle of waits can contain it. Allocation, binaries and, on
 * real threads, the drivers' locks need no interpreter lock at all.
 *
 * Simulated threads may share one OS thread and hand over inside an API function. That is why the thread-local
 * pointer to the current crossing is set again whenever an API function returns into the driver.
 */
#ifndef ERTS_EMU_BRIDGE_H
#define ERTS_EMU_BRIDGE_H

#ifndef ERTS_EMU_FREE_THREADED
#define Py_LIMITED_API 0x030B0000
#endif
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>

#define EXTERN extern __attribute__((visibility("default")))
#include "erl_driver.h"

#define NEW_REF(type, object) ((type *) Py_NewRef((PyObject *) (object)))
#define DROP(object) Py_XDECREF((PyObject *) (object))

#define NIL_WORD 0x3bUL
#define IS_WILD(pointer) ((uintptr_t) (pointer) < 4096 || (uintptr_t) (pointer) % 8)  /* where nothing can be */

/* --- objects --- */

typedef struct Port Port;
typedef struct Bundle Bundle;

typedef struct {                /* one emulator */
    PyObject_HEAD
    PyObject *emu;
    PyObject *pids;             /* word -> Pid: those that drivers have seen lately */
    PyObject *tids;             /* the core's ErlDrvTid -> address of the C record */
    PyObject *locks;            /* the core's locks that drivers have: what they keep is no reference of its own */
    unsigned number;            /* index in the table of contexts, part of port handles and term words */
    int own_locks;              /* drivers' locks are the C library's; else the emulator's, which a simulation steers */
    Port **ports;               /* slot -> port, or NULL */
    unsigned slots, used;
    pthread_mutex_t mutex;      /* guards the three fields above */
    Bundle *bundles;
    char *asleep;               /* which async threads are; see bundles.c */
    unsigned async_threads;     /* 0: no bundles */
    pthread_mutex_t bundles_mutex;      /* guards bundles and asleep */
    int keeps_output;           /* see kept.c */
    int kept_state;
    size_t kept_length;
    Port *kept_port;
    pthread_mutex_t kept_mutex;
    char kept[256];
} Context;

typedef struct Ledger {         /* what one driver has allocated; outlives it while blocks are in use */
    char name[64];
    long blocks;
    size_t bytes;
    long references;
} Ledger;

typedef struct {                /* a driver: a library, or an entry that a driver has added */
    PyObject_HEAD
    Context *context;
    void *library;              /* of dlopen, or NULL */
    ErlDrvEntry *entry;         /* the driver's own */
    ErlDrvEntry call;           /* its copy: the callbacks as they were when the driver was loaded */
    Ledger *ledger;
    int threads;                /* that it has made and that have not ended; atomic */
} Driver;

struct Port {                   /* what callbacks get as drv_data */
    PyObject_HEAD
    Driver *driver;
    PyObject *handle;           /* the core's ErlDrvPort */
    ErlDrvData drv_data;
    uint64_t value;             /* the driver's ErlDrvPort; 0 if it has none (any more) */
    ErlDrvTermData word;        /* 0 until the driver asks for it */
    int control_flags;
    SysIOVec *iov;              /* the view that driver_peekq has given last, and its length */
    ErlDrvBinary **binv;
    PyObject *viewed;
};

typedef struct {                /* an async job, or the start of a driver's thread */
    PyObject_HEAD
    Driver *driver;
    void (*invoke)(void *);
    void *data;
    void (*release)(void *);
    void *(*thread)(void *);
} Job;

typedef struct {                /* a part of a driver binary, in a port's queue */
    PyObject_HEAD
    ErlDrvBinary *binary;
    char *start;
    Py_ssize_t length;
    int of_term;                /* it stands for the reference that terms hold, and gives that back */
} Part;

extern PyTypeObject *context_type, *driver_type, *port_type, *job_type, *part_type;

/* --- crossing between Python and C --- */

typedef struct Crossing {       /* one stay in a driver's code; lives in the frame of the callback's wrapper */
    PyThreadState *saved;
    Context *context;
    Driver *driver;
    Port *port;
    Bundle *bundle;             /* jobs that the callback has queued, or NULL */
    int jobs;                   /* how many it has queued otherwise */
    int keeps;                  /* the next output is kept */
    int has_kept;
    const char *callback;
    PyObject *error;            /* the first exception of an API function, raised when the callback has returned */
    int error_number;           /* errno when the callback returned */
    int is_thread;              /* made by erl_drv_thread_create */
    void *thread_result;
    int foreign;                /* on a thread that Python has not started: the API function made this crossing */
    PyGILState_STATE state;
    jmp_buf out;                /* leads out of the driver's code: erl_drv_thread_exit, end of a simulation */
} Crossing;

/* glibc keeps room for a few thread-local words of libraries that are opened late: reached without a call. */
#ifdef __GLIBC__
#define NEAR __attribute__((tls_model("initial-exec")))
#else
#define NEAR
#endif

extern __thread Crossing *here NEAR;

static inline void cross(Crossing *crossing, Driver *driver, Port *port, const char *callback)
{
    crossing->context = driver->context;
    crossing->driver = driver;
    crossing->port = port;
    crossing->bundle = NULL;
    crossing->jobs = 0;
    crossing->keeps = 0;
    crossing->has_kept = 0;
    crossing->callback = callback;
    crossing->error = NULL;
    crossing->is_thread = 0;
    crossing->foreign = 0;
}

static inline void leave_python(Crossing *crossing)
{
    here = crossing;
    crossing->saved = PyEval_SaveThread();
}

void deliver_own(Crossing *crossing);
void bundle_close(Crossing *crossing);

/* Take the interpreter lock again. Until then nobody can tell what has been kept, or put into a bundle. */
static inline void into_python(Crossing *crossing)
{
    PyEval_RestoreThread(crossing->saved);
    here = NULL;
    crossing->keeps = 0;
    if (__builtin_expect(crossing->has_kept, 0)) deliver_own(crossing);
    if (__builtin_expect(crossing->bundle != NULL, 0)) bundle_close(crossing);
}

static inline void back_in_python(Crossing *crossing)
{
    crossing->error_number = errno;
    into_python(crossing);
}

PyObject *crossed(Crossing *crossing, PyObject *result);

#define IN_DRIVER(crossing, call)                                                                                      \
    do {                                                                                                               \
        leave_python(crossing);                                                                                        \
        if (!_setjmp((crossing)->out)) { call; }                                                                       \
        back_in_python(crossing);                                                                                      \
    } while (0)

/* An API function: between the two, it has the interpreter lock. */
Crossing *enter_python(Crossing *room, const char *function);
void return_to_driver(Crossing *crossing, const char *function);

#define ENTER Crossing room_, *crossing = enter_python(&room_, __func__)
#define LEAVE return_to_driver(crossing, __func__)

void misuse(const char *function, const char *format, ...) __attribute__((format(printf, 2, 3)));
void misuse_in_python(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* --- the Python side: erts_emu.native.glue --- */

#define GLUE(name) extern PyObject *glue_##name;
#include "glue.h"
#undef GLUE

/* In the stable ABI from CPython 3.12 on; 3.11 has it, too. */
PyAPI_FUNC(PyObject *) PyObject_Vectorcall(PyObject *, PyObject *const *, size_t, PyObject *);

#define CALL(name, ...)                                                                                                \
    PyObject_Vectorcall(glue_##name, (PyObject *[]) {__VA_ARGS__},                                                     \
                        sizeof (PyObject *[]) {__VA_ARGS__} / sizeof (PyObject *), NULL)
long as_long(PyObject *result, long failed);            /* takes the reference */
PyObject *bytes_of(const char *data, size_t length);    /* None for NULL */

/* --- contexts, ports --- */

Context *context_number(unsigned number);
Context *current_context(Crossing *crossing, const char *function);
Port *port_new(Driver *driver, PyObject *handle, ErlDrvData drv_data);
void port_forget(Port *port);
PyObject *handle_of(Crossing *crossing, ErlDrvPort value, const char *function);  /* new reference; NULL: exception */
int port_is_open(Port *port);                           /* neither dead nor being freed */
Port *port_of(ErlDrvPort value);                        /* borrowed, or NULL */
void adopt(Crossing *crossing, Context *context);
void find_context(Crossing *crossing);

/* Call a function of the Python side with a port's handle and *count* arguments, whose references it takes. */
PyObject *call_port(Crossing *crossing, ErlDrvPort port, const char *function, PyObject *callee, int count, ...);

/* --- jobs --- */

Job *job_new(Driver *driver, void *data);
long bundle_add(Crossing *crossing, unsigned *key, void (*invoke)(void *), void *data, void (*release)(void *));
void bundle_open(Crossing *crossing, PyObject *handle);
PyObject *take_bundle(PyObject *context, PyObject *unused);
PyObject *falls_asleep(PyObject *context, PyObject *thread);
PyObject *is_awake(PyObject *context, PyObject *thread);
PyObject *bundle_jobs(PyObject *context, PyObject *threads);

/* --- kept output --- */

int keep_output(Crossing *crossing, const char *bytes, size_t length);
PyObject *kept_output(Crossing *crossing);
void deliver_kept_of(Context *context);
void deliver_kept_of_all(void);
PyObject *keeps_output(PyObject *context, PyObject *unused);

/* --- drivers --- */

void thread_records_free(PyObject *tids);
PyObject *entry_of(Driver *driver);
Driver *driver_new(Context *context, void *library, ErlDrvEntry *entry, const char *name);

/* --- term words --- */

ErlDrvTermData word_of(Context *context, PyObject *term);       /* takes the reference; NIL for None and NULL */
PyObject *term_of(ErlDrvTermData word);                         /* new reference; NULL without exception: no such term */
int is_atom_word(ErlDrvTermData word);
int is_pid_word(ErlDrvTermData word);
int is_port_word(ErlDrvTermData word);
unsigned context_of_word(ErlDrvTermData word);

/* --- memory --- */

Ledger *ledger_new(const char *name);
void ledger_release(Ledger *ledger);
PyObject *ledger_report(Ledger *ledger, int objects);
enum { OBJECT_MUTEX = 1, OBJECT_RWLOCK, OBJECT_COND, OBJECT_THREAD };
void *object_new(size_t size, unsigned kind);           /* zeroed; begins with an unsigned and the address of its name */
void object_delist(void *object);
void object_free(void *object);
ErlDrvBinary *binary_check(ErlDrvBinary *binary, const char *function);
ErlDrvBinary *binary_from(const void *data, size_t length);
PyObject *part_new(ErlDrvBinary *binary, char *start, Py_ssize_t length);
enum { HEAP_BINARY = 64 };      /* bytes up to which terms are copies */
PyObject *term_of_binary(ErlDrvBinary *binary, size_t offset, size_t length);
ErlDrvBinary *lender_of(PyObject *whole);
void binary_lend(ErlDrvBinary *binary, int by);
void lay_to_rest(void *object, void (*release)(void *));

/* --- faults: as first statement of an API function that can fail --- */

extern int faults_ordered;
int fault_due(const char *function);
PyObject *order_fault(PyObject *module, PyObject *arguments);
PyObject *faults_made(PyObject *module, PyObject *context);
PyObject *forget_faults(PyObject *module, PyObject *context);

#define FAULT(result)                                                                                                  \
    do {                                                                                                               \
        if (__builtin_expect(faults_ordered, 0) && fault_due(__func__)) return result;                                 \
    } while (0)

/* --- vectors --- */

void cut_element(ErlIOVec *ev, ErlDrvSizeT skip);
int first_element(const ErlIOVec *ev, ErlDrvSizeT skip);

/* --- callables for the emulator --- */

extern PyObject *run_job_function, *free_job_function, *run_thread_function;

PyObject *report_crashes(PyObject *module, PyObject *unused);

int words_init(void);
int callbacks_init(void);
int types_init(PyObject *module);
int tape_init(PyObject *module);
int batches_init(PyObject *module);
int events_init(PyObject *module);

#endif
