/*
 * Mutexes, conditions, readers-writer locks. On real threads they are the C library's, and no interpreter lock is
 * involved. In a simulation, and with the lock checker, they are the emulator's: each use is a scheduling point.
 *
 * What makes OTP abort is reported as misuse; so is what would block for ever.
 */
#include "bridge.h"

enum { MUTEX = 0x6d757478, COND = 0x636f6e64, RWLOCK = 0x72776c6b, GONE = 0x676f6e65 };

struct ErlDrvMutex_s { unsigned magic; char *name; pthread_mutex_t lock; int locked; pthread_t owner; PyObject *core; };
struct ErlDrvCond_s { unsigned magic; char *name; pthread_cond_t cond; int waiters; PyObject *core; };
struct ErlDrvRWLock_s { unsigned magic; char *name; pthread_rwlock_t lock; int readers, writer; PyObject *core; };

static int is_valid(const void *object, unsigned magic, const char *function)
{
    if (!IS_WILD(object) && *(const unsigned *) object == magic) return 1;
    if (!object)
        misuse(function, "Fatal error in %s(): Invalid argument [22]: it was given NULL. OTP aborts here", function);
    else if (!IS_WILD(object) && *(const unsigned *) object == GONE)
        misuse(function, "%s(%p): it was destroyed before", function, object);
    else
        misuse(function, "%s(%p): that is no such lock", function, object);
    return 0;
}

static char *name_of(const char *name)
{
    return strdup(name ? name : "unknown");
}

/* Make the core's object with *maker*, where the emulator wants it; NULL elsewhere. 0 if that failed.
 *
 * The emulator's context has the reference: what the driver keeps, the garbage collector cannot see. */
static int make_core(PyObject **core, PyObject *maker, const char *name, const char *function)
{
    int made = 1;
    *core = NULL;
    if (!here || !here->context || here->context->own_locks) return 1;
    {
        Crossing room, *crossing = enter_python(&room, function);
        PyObject *text = PyUnicode_DecodeLatin1(name, (Py_ssize_t) strlen(name), NULL);
        *core = text ? PyObject_CallFunctionObjArgs(maker, text, NULL) : NULL;
        made = *core && crossing->context && PySet_Add(crossing->context->locks, *core) == 0;
        Py_XDECREF(*core);
        Py_XDECREF(text);
        return_to_driver(crossing, function);
    }
    return made;
}

static long use_core(PyObject *core, PyObject *second, PyObject *callee, const char *function)
{
    long result = 0;
    Crossing room, *crossing = enter_python(&room, function);
    PyObject *answer = PyObject_CallFunctionObjArgs(callee, core, second, NULL);
    if (answer && PyLong_Check(answer)) result = PyLong_AsLong(answer);
    Py_XDECREF(answer);
    return_to_driver(crossing, function);
    return result;
}

/* Have the core destroy its object; 0 if it says why not. */
static int destroy_core(PyObject *core, PyObject *callee, const char *function)
{
    int done;
    Crossing room, *crossing = enter_python(&room, function);
    PyObject *answer = PyObject_CallFunctionObjArgs(callee, core, NULL);
    done = answer != NULL;
    if (done && crossing->context && PySet_Discard(crossing->context->locks, core) < 0) PyErr_Clear();
    Py_XDECREF(answer);
    return_to_driver(crossing, function);
    return done;
}

/* The memory stays for a while: a handle that is used too late is recognised. */
#define RETIRE(object, release)                                                                                        \
    do {                                                                                                               \
        (object)->magic = GONE;                                                                                        \
        object_delist(object);                                                                                         \
        lay_to_rest(object, release);                                                                                  \
    } while (0)

/* --- mutexes --- */

static void mutex_free(void *object)
{
    ErlDrvMutex *mutex = object;
    pthread_mutex_destroy(&mutex->lock);
    free(mutex->name);
    object_free(mutex);
}

ErlDrvMutex *erl_drv_mutex_create(char *name)
{
    FAULT(NULL);
    ErlDrvMutex *mutex = object_new(sizeof *mutex, OBJECT_MUTEX);
    if (!mutex) return NULL;
    mutex->magic = MUTEX;
    mutex->name = name_of(name);
    pthread_mutex_init(&mutex->lock, NULL);
    if (make_core(&mutex->core, glue_erl_drv_mutex_create, mutex->name, __func__)) return mutex;
    RETIRE(mutex, mutex_free);
    return NULL;
}

void erl_drv_mutex_destroy(ErlDrvMutex *mutex)
{
    if (!is_valid(mutex, MUTEX, __func__)) return;
    if (mutex->core) {
        if (!destroy_core(mutex->core, glue_erl_drv_mutex_destroy, __func__)) return;
    } else if (__atomic_load_n(&mutex->locked, __ATOMIC_ACQUIRE)) {
        misuse(__func__, "Fatal error in %s(): Device or resource busy [16]: mutex %s is locked. OTP aborts here",
               __func__, mutex->name);
        return;
    }
    RETIRE(mutex, mutex_free);
}

static void took(ErlDrvMutex *mutex)
{
    mutex->owner = pthread_self();
    __atomic_store_n(&mutex->locked, 1, __ATOMIC_RELEASE);
}

int erl_drv_mutex_trylock(ErlDrvMutex *mutex)
{
    if (!is_valid(mutex, MUTEX, __func__)) return EBUSY;
    if (mutex->core) return (int) use_core(mutex->core, NULL, glue_erl_drv_mutex_trylock, __func__);
    if (pthread_mutex_trylock(&mutex->lock)) return EBUSY;
    took(mutex);
    return 0;
}

void erl_drv_mutex_lock(ErlDrvMutex *mutex)
{
    if (!is_valid(mutex, MUTEX, __func__)) return;
    if (mutex->core) {
        use_core(mutex->core, NULL, glue_erl_drv_mutex_lock, __func__);
        return;
    }
    if (pthread_mutex_trylock(&mutex->lock)) {
        if (__atomic_load_n(&mutex->locked, __ATOMIC_ACQUIRE) && pthread_equal(mutex->owner, pthread_self())) {
            misuse(__func__, "%s() of mutex %s, which this thread has locked: OTP waits here for ever", __func__,
                   mutex->name);
            return;
        }
        pthread_mutex_lock(&mutex->lock);
    }
    took(mutex);
}

void erl_drv_mutex_unlock(ErlDrvMutex *mutex)
{
    if (!is_valid(mutex, MUTEX, __func__)) return;
    if (mutex->core) {
        use_core(mutex->core, NULL, glue_erl_drv_mutex_unlock, __func__);
        return;
    }
    if (!__atomic_load_n(&mutex->locked, __ATOMIC_ACQUIRE)) {
        misuse(__func__, "%s() of mutex %s, which nobody has locked", __func__, mutex->name);
        return;
    }
    __atomic_store_n(&mutex->locked, 0, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&mutex->lock);
}

char *erl_drv_mutex_name(ErlDrvMutex *mutex)
{
    return mutex ? mutex->name : NULL;
}

/* --- conditions --- */

static void cond_free(void *object)
{
    ErlDrvCond *cond = object;
    pthread_cond_destroy(&cond->cond);
    free(cond->name);
    object_free(cond);
}

ErlDrvCond *erl_drv_cond_create(char *name)
{
    FAULT(NULL);
    ErlDrvCond *cond = object_new(sizeof *cond, OBJECT_COND);
    if (!cond) return NULL;
    cond->magic = COND;
    cond->name = name_of(name);
    pthread_cond_init(&cond->cond, NULL);
    if (make_core(&cond->core, glue_erl_drv_cond_create, cond->name, __func__)) return cond;
    RETIRE(cond, cond_free);
    return NULL;
}

void erl_drv_cond_destroy(ErlDrvCond *cond)
{
    if (!is_valid(cond, COND, __func__)) return;
    if (cond->core) {
        if (!destroy_core(cond->core, glue_erl_drv_cond_destroy, __func__)) return;
    } else if (__atomic_load_n(&cond->waiters, __ATOMIC_ACQUIRE)) {
        misuse(__func__, "Fatal error in %s(): Device or resource busy [16]: threads wait for condition %s. OTP aborts "
               "here", __func__, cond->name);
        return;
    }
    RETIRE(cond, cond_free);
}

void erl_drv_cond_signal(ErlDrvCond *cond)
{
    if (!is_valid(cond, COND, __func__)) return;
    if (cond->core) use_core(cond->core, NULL, glue_erl_drv_cond_signal, __func__);
    else pthread_cond_signal(&cond->cond);
}

void erl_drv_cond_broadcast(ErlDrvCond *cond)
{
    if (!is_valid(cond, COND, __func__)) return;
    if (cond->core) use_core(cond->core, NULL, glue_erl_drv_cond_broadcast, __func__);
    else pthread_cond_broadcast(&cond->cond);
}

void erl_drv_cond_wait(ErlDrvCond *cond, ErlDrvMutex *mutex)
{
    if (!is_valid(cond, COND, __func__) || !is_valid(mutex, MUTEX, __func__)) return;
    if (cond->core && mutex->core) {
        use_core(cond->core, mutex->core, glue_erl_drv_cond_wait, __func__);
        return;
    }
    if (!__atomic_load_n(&mutex->locked, __ATOMIC_ACQUIRE)) {
        misuse(__func__, "%s() with mutex %s, which nobody has locked", __func__, mutex->name);
        return;
    }
    __atomic_add_fetch(&cond->waiters, 1, __ATOMIC_ACQ_REL);
    __atomic_store_n(&mutex->locked, 0, __ATOMIC_RELEASE);
    pthread_cond_wait(&cond->cond, &mutex->lock);
    took(mutex);
    __atomic_sub_fetch(&cond->waiters, 1, __ATOMIC_ACQ_REL);
}

char *erl_drv_cond_name(ErlDrvCond *cond)
{
    return cond ? cond->name : NULL;
}

/* --- readers-writer locks --- */

static void rwlock_free(void *object)
{
    ErlDrvRWLock *rwlock = object;
    pthread_rwlock_destroy(&rwlock->lock);
    free(rwlock->name);
    object_free(rwlock);
}

ErlDrvRWLock *erl_drv_rwlock_create(char *name)
{
    FAULT(NULL);
    ErlDrvRWLock *rwlock = object_new(sizeof *rwlock, OBJECT_RWLOCK);
    if (!rwlock) return NULL;
    rwlock->magic = RWLOCK;
    rwlock->name = name_of(name);
    pthread_rwlock_init(&rwlock->lock, NULL);
    if (make_core(&rwlock->core, glue_erl_drv_rwlock_create, rwlock->name, __func__)) return rwlock;
    RETIRE(rwlock, rwlock_free);
    return NULL;
}

void erl_drv_rwlock_destroy(ErlDrvRWLock *rwlock)
{
    if (!is_valid(rwlock, RWLOCK, __func__)) return;
    if (rwlock->core) {
        if (!destroy_core(rwlock->core, glue_erl_drv_rwlock_destroy, __func__)) return;
    } else if (__atomic_load_n(&rwlock->readers, __ATOMIC_ACQUIRE) || __atomic_load_n(&rwlock->writer, __ATOMIC_ACQUIRE)) {
        misuse(__func__, "Fatal error in %s(): Device or resource busy [16]: rwlock %s is locked. OTP aborts here",
               __func__, rwlock->name);
        return;
    }
    RETIRE(rwlock, rwlock_free);
}

int erl_drv_rwlock_tryrlock(ErlDrvRWLock *rwlock)
{
    if (!is_valid(rwlock, RWLOCK, __func__)) return EBUSY;
    if (rwlock->core) return (int) use_core(rwlock->core, NULL, glue_erl_drv_rwlock_tryrlock, __func__);
    if (pthread_rwlock_tryrdlock(&rwlock->lock)) return EBUSY;
    __atomic_add_fetch(&rwlock->readers, 1, __ATOMIC_ACQ_REL);
    return 0;
}

void erl_drv_rwlock_rlock(ErlDrvRWLock *rwlock)
{
    if (!is_valid(rwlock, RWLOCK, __func__)) return;
    if (rwlock->core) {
        use_core(rwlock->core, NULL, glue_erl_drv_rwlock_rlock, __func__);
        return;
    }
    if (pthread_rwlock_rdlock(&rwlock->lock)) {
        misuse(__func__, "%s() of rwlock %s, which this thread has locked for writing", __func__, rwlock->name);
        return;
    }
    __atomic_add_fetch(&rwlock->readers, 1, __ATOMIC_ACQ_REL);
}

void erl_drv_rwlock_runlock(ErlDrvRWLock *rwlock)
{
    if (!is_valid(rwlock, RWLOCK, __func__)) return;
    if (rwlock->core) {
        use_core(rwlock->core, NULL, glue_erl_drv_rwlock_runlock, __func__);
        return;
    }
    if (!__atomic_load_n(&rwlock->readers, __ATOMIC_ACQUIRE)) {
        misuse(__func__, "%s() of rwlock %s, which nobody has locked for reading", __func__, rwlock->name);
        return;
    }
    __atomic_sub_fetch(&rwlock->readers, 1, __ATOMIC_ACQ_REL);
    pthread_rwlock_unlock(&rwlock->lock);
}

int erl_drv_rwlock_tryrwlock(ErlDrvRWLock *rwlock)
{
    if (!is_valid(rwlock, RWLOCK, __func__)) return EBUSY;
    if (rwlock->core) return (int) use_core(rwlock->core, NULL, glue_erl_drv_rwlock_tryrwlock, __func__);
    if (pthread_rwlock_trywrlock(&rwlock->lock)) return EBUSY;
    __atomic_store_n(&rwlock->writer, 1, __ATOMIC_RELEASE);
    return 0;
}

void erl_drv_rwlock_rwlock(ErlDrvRWLock *rwlock)
{
    if (!is_valid(rwlock, RWLOCK, __func__)) return;
    if (rwlock->core) {
        use_core(rwlock->core, NULL, glue_erl_drv_rwlock_rwlock, __func__);
        return;
    }
    if (pthread_rwlock_wrlock(&rwlock->lock)) {
        misuse(__func__, "%s() of rwlock %s, which this thread has locked", __func__, rwlock->name);
        return;
    }
    __atomic_store_n(&rwlock->writer, 1, __ATOMIC_RELEASE);
}

void erl_drv_rwlock_rwunlock(ErlDrvRWLock *rwlock)
{
    if (!is_valid(rwlock, RWLOCK, __func__)) return;
    if (rwlock->core) {
        use_core(rwlock->core, NULL, glue_erl_drv_rwlock_rwunlock, __func__);
        return;
    }
    if (!__atomic_load_n(&rwlock->writer, __ATOMIC_ACQUIRE)) {
        misuse(__func__, "%s() of rwlock %s, which nobody has locked for writing", __func__, rwlock->name);
        return;
    }
    __atomic_store_n(&rwlock->writer, 0, __ATOMIC_RELEASE);
    pthread_rwlock_unlock(&rwlock->lock);
}

char *erl_drv_rwlock_name(ErlDrvRWLock *rwlock)
{
    return rwlock ? rwlock->name : NULL;
}
