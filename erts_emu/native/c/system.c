/* The rest of the API: attributes, busy ports, timer, time, descriptors, monitors, ports, environment, libraries. */
#include "bridge.h"

#include <dlfcn.h>

#define INT_OF_PORT(callee, count, ...)                                                                                \
    long result;                                                                                                       \
    ENTER;                                                                                                             \
    result = as_long(call_port(crossing, port, __func__, glue_##callee, count, ##__VA_ARGS__), -1);                    \
    LEAVE

/* --- attributes --- */

int get_port_flags(ErlDrvPort port)
{
    INT_OF_PORT(get_port_flags, 0);
    return result < 0 ? 0 : (int) result;
}

void set_port_control_flags(ErlDrvPort port, int flags)
{
    Port *found;
    PyObject *state;        /* what output returns; None: it goes out */
    ENTER;
    Py_XDECREF(call_port(crossing, port, __func__, glue_set_port_control_flags, 1, PyLong_FromLong(flags)));
    state = call_port(crossing, port, __func__, glue_output_state, 0);
    found = port_of(port);
    if (found && state && (state == Py_None || PyLong_AsLong(state) >= 0)) found->control_flags = flags;
    Py_XDECREF(state);
    LEAVE;
}

void erl_drv_set_os_pid(ErlDrvPort port, ErlDrvSInt pid)
{
    ENTER;
    Py_XDECREF(call_port(crossing, port, __func__, glue_erl_drv_set_os_pid, 1, PyLong_FromLong(pid)));
    LEAVE;
}

int driver_lock_driver(ErlDrvPort port)
{
    INT_OF_PORT(driver_lock_driver, 0);
    return (int) result;
}

int erl_drv_consume_timeslice(ErlDrvPort port, int percent)
{
    INT_OF_PORT(erl_drv_consume_timeslice, 1, PyLong_FromLong(percent));
    return (int) result;
}

void set_busy_port(ErlDrvPort port, int on)
{
    ENTER;
    Py_XDECREF(call_port(crossing, port, __func__, glue_set_busy_port, 1, PyLong_FromLong(on)));
    LEAVE;
}

static PyObject *size_or_none(const ErlDrvSizeT *size)
{
    return size ? PyLong_FromSize_t(*size) : Py_NewRef(Py_None);
}

void erl_drv_busy_msgq_limits(ErlDrvPort port, ErlDrvSizeT *low, ErlDrvSizeT *high)
{
    unsigned long limits[2];
    ENTER;
    PyObject *pair = call_port(crossing, port, __func__, glue_busy_limits, 2, size_or_none(low), size_or_none(high));
    if (pair && PyArg_ParseTuple(pair, "kk", limits, limits + 1)) {
        if (low) *low = limits[0];
        if (high) *high = limits[1];
    }
    Py_XDECREF(pair);
    LEAVE;
}

/* --- timer and time --- */

int driver_set_timer(ErlDrvPort port, unsigned long milliseconds)
{
    FAULT(-1);
    INT_OF_PORT(driver_set_timer, 1, PyLong_FromLong((long) milliseconds));
    return (int) result;
}

int driver_cancel_timer(ErlDrvPort port)
{
    FAULT(-1);
    INT_OF_PORT(driver_cancel_timer, 0);
    return (int) result;
}

int driver_read_timer(ErlDrvPort port, unsigned long *time_left)
{
    FAULT(-1);
    INT_OF_PORT(timer_left, 0);
    if (result < 0) return -1;
    *time_left = (unsigned long) result;
    return 0;
}

static ErlDrvTime time_of(PyObject *callee, ErlDrvTimeUnit unit, const char *function)
{
    ErlDrvTime time = ERL_DRV_TIME_ERROR;
    Crossing room, *crossing = enter_python(&room, function);
    PyObject *number = PyLong_FromLong(unit);
    if (number && current_context(crossing, function))
        time = as_long(PyObject_CallFunctionObjArgs(callee, number, NULL), ERL_DRV_TIME_ERROR);
    Py_XDECREF(number);
    return_to_driver(crossing, function);
    return time;
}

ErlDrvTime erl_drv_monotonic_time(ErlDrvTimeUnit unit)
{
    return time_of(glue_erl_drv_monotonic_time, unit, __func__);
}

ErlDrvTime erl_drv_time_offset(ErlDrvTimeUnit unit)
{
    return time_of(glue_erl_drv_time_offset, unit, __func__);
}

ErlDrvTime erl_drv_convert_time_unit(ErlDrvTime value, ErlDrvTimeUnit from, ErlDrvTimeUnit to)
{
    static const ErlDrvSInt64 nanoseconds[] = {1000000000, 1000000, 1000, 1};
    ErlDrvSInt64 factor;
    if ((int) from < 0 || (int) from > 3 || (int) to < 0 || (int) to > 3) return ERL_DRV_TIME_ERROR;
    if (from <= to) return (ErlDrvTime) ((ErlDrvUInt64) value * (nanoseconds[from] / nanoseconds[to]));
    factor = nanoseconds[to] / nanoseconds[from];
    if (value < 0) value = (ErlDrvTime) ((ErlDrvUInt64) value - (factor - 1));   /* which wraps, in ERTS too */
    return value / factor;
}

int driver_get_now(ErlDrvNowData *now)
{
    FAULT(-1);
    int result = -1;
    PyObject *parts;
    if (!now) return -1;
    ENTER;
    parts = current_context(crossing, __func__) ? PyObject_CallNoArgs(glue_now) : NULL;
    if (parts && PyArg_ParseTuple(parts, "kkk", &now->megasecs, &now->secs, &now->microsecs)) result = 0;
    Py_XDECREF(parts);
    LEAVE;
    return result;
}

/* --- descriptors --- */

int driver_select(ErlDrvPort port, ErlDrvEvent event, int mode, int on)
{
    FAULT(-1);
    INT_OF_PORT(driver_select, 3, PyLong_FromLong((int) (long) event), PyLong_FromLong(mode), PyLong_FromLong(on));
    return (int) result;
}

/* --- process monitors: the words of the reference, which is 24 bytes --- */

static PyObject *reference_words(const ErlDrvMonitor *monitor)
{
    unsigned long words[3];
    memcpy(words, monitor, sizeof words);
    return Py_BuildValue("(kkk)", words[0], words[1], words[2]);
}

int driver_monitor_process(ErlDrvPort port, ErlDrvTermData process, ErlDrvMonitor *monitor)
{
    FAULT(-1);
    int result = -1;
    unsigned long words[3];
    ENTER;
    PyObject *pid = is_pid_word(process) ? term_of(process) : Py_NewRef(Py_None);
    PyObject *answer = call_port(crossing, port, __func__, glue_monitor_process, 1, pid);
    if (answer && PyArg_ParseTuple(answer, "i(kkk)", &result, words, words + 1, words + 2) && result == 0) {
        memset(monitor, 0, sizeof *monitor);
        memcpy(monitor, words, sizeof words);
    }
    Py_XDECREF(answer);
    LEAVE;
    return result;
}

int driver_demonitor_process(ErlDrvPort port, const ErlDrvMonitor *monitor)
{
    INT_OF_PORT(demonitor_process, 1, reference_words(monitor));
    return (int) result;
}

ErlDrvTermData driver_get_monitored_process(ErlDrvPort port, const ErlDrvMonitor *monitor)
{
    ErlDrvTermData word = NIL_WORD;
    ENTER;
    PyObject *pid = call_port(crossing, port, __func__, glue_monitored_process, 1, reference_words(monitor));
    Port *found = port_of(port);
    if (found) word = word_of(found->driver->context, pid);
    else Py_XDECREF(pid);
    LEAVE;
    return word;
}

int driver_compare_monitors(const ErlDrvMonitor *monitor1, const ErlDrvMonitor *monitor2)
{
    return memcmp(monitor1, monitor2, 3 * sizeof(unsigned long));
}

/* --- ports and drivers --- */

ErlDrvPort driver_create_port(ErlDrvPort creator, ErlDrvTermData owner, char *name, ErlDrvData drv_data)
{
    FAULT((ErlDrvPort) -1);
    ErlDrvPort created = (ErlDrvPort) -1;
    ENTER;
    Port *found = port_of(creator), *port = NULL;
    PyObject *pid = is_pid_word(owner) ? term_of(owner) : Py_NewRef(Py_None), *handle;
    PyObject *text = PyUnicode_DecodeUTF8(name ? name : "", (Py_ssize_t) strlen(name ? name : ""), "surrogateescape");
    if (found) port = port_new(found->driver, Py_None, drv_data);
    handle = call_port(crossing, creator, __func__, glue_driver_create_port, 3, pid, text,
                       port ? NEW_REF(PyObject, port) : Py_NewRef(Py_None));
    if (handle && port) {
        Py_DECREF(port->handle);
        port->handle = Py_NewRef(handle);
        if (handle == glue_INVALID_PORT) port_forget(port);
        else created = (ErlDrvPort) port->value;
    } else if (port)
        port_forget(port);
    Py_XDECREF(handle);
    DROP(port);
    LEAVE;
    return created;
}

void erl_drv_init_ack(ErlDrvPort port, ErlDrvData result)
{
    int error_number = errno;
    long code = (long) result;
    PyObject *value, *accepted;
    ENTER;
    Port *found = port_of(port);
    if (code <= -1 && code >= -3) value = PyLong_FromLong(code);
    else value = Py_NewRef(found ? (PyObject *) found : Py_None);
    accepted = call_port(crossing, port, __func__, glue_init_ack, 2, value, PyLong_FromLong(error_number));
    if (found && accepted == Py_True) found->drv_data = result;
    Py_XDECREF(accepted);
    LEAVE;
}

void add_driver_entry(ErlDrvEntry *entry)
{
    ENTER;
    Context *context = current_context(crossing, __func__);
    Driver *driver = context ? driver_new(context, NULL, entry, entry->driver_name) : NULL;
    PyObject *core = driver ? entry_of(driver) : NULL;
    PyObject *address = PyLong_FromVoidPtr(entry);
    if (core && address) Py_XDECREF(CALL(add_driver, core, address));
    Py_XDECREF(core);
    Py_XDECREF(address);
    DROP(driver);
    LEAVE;
}

int remove_driver_entry(ErlDrvEntry *entry)
{
    long result = 0;
    ENTER;
    PyObject *address = PyLong_FromVoidPtr(entry);
    if (address && current_context(crossing, __func__)) result = as_long(CALL(remove_driver, address), 0);
    Py_XDECREF(address);
    LEAVE;
    return (int) result;
}

/* --- system --- */

void driver_system_info(ErlDrvSysInfo *info, size_t size)
{
    int async_threads = 0, schedulers = 0;
    PyObject *pair;
    if (!info || size < offsetof(ErlDrvSysInfo, async_threads)) {
        misuse(__func__, "driver_system_info(%p, %zu): there never was such a structure; OTP ends here", info, size);
        return;
    }
    {
        ENTER;
        pair = current_context(crossing, __func__) ? PyObject_CallNoArgs(glue_thread_counts) : NULL;
        if (pair && !PyArg_ParseTuple(pair, "ii", &async_threads, &schedulers)) async_threads = 0;
        Py_XDECREF(pair);
        LEAVE;
    }
    info->driver_major_version = ERL_DRV_EXTENDED_MAJOR_VERSION;
    info->driver_minor_version = ERL_DRV_EXTENDED_MINOR_VERSION;
    info->erts_version = "13.1.5";
    info->otp_release = "25";
    info->thread_support = info->smp_support = 1;
    if (size >= offsetof(ErlDrvSysInfo, nif_major_version)) {
        info->async_threads = async_threads;
        info->scheduler_threads = schedulers;
    }
    if (size >= offsetof(ErlDrvSysInfo, dirty_scheduler_support)) {
        info->nif_major_version = 2;
        info->nif_minor_version = 16;
    }
    if (size >= offsetof(ErlDrvSysInfo, dirty_scheduler_support) + sizeof(int)) info->dirty_scheduler_support = 1;
}

char *erl_errno_id(int error)
{
    static char *names[256];            /* filled in as they are asked for; never freed: drivers keep them */
    PyObject *name, *number, *bytes;
    if (error <= 0 || error >= 256) return "unknown";
    if (names[error]) return names[error];
    {
        ENTER;
        number = PyLong_FromLong(error);
        name = number ? CALL(erl_errno_id, number) : NULL;
        bytes = name ? PyUnicode_AsUTF8String(name) : NULL;
        if (bytes) names[error] = strdup(PyBytes_AsString(bytes));
        Py_XDECREF(bytes);
        Py_XDECREF(name);
        Py_XDECREF(number);
        LEAVE;
    }
    return names[error] ? names[error] : "unknown";
}

int null_func(void)
{
    return 0;
}

/* --- environment --- */

int erl_drv_putenv(const char *key, char *value)
{
    FAULT(-1);
    ENTER;
    PyObject *name = bytes_of(key, strlen(key)), *text = bytes_of(value, strlen(value));
    if (name && text && current_context(crossing, __func__)) Py_XDECREF(CALL(erl_drv_putenv, name, text));
    Py_XDECREF(name);
    Py_XDECREF(text);
    LEAVE;
    return 0;
}

int erl_drv_getenv(const char *key, char *value, size_t *value_size)
{
    FAULT(-1);
    int result = -1;
    ENTER;
    PyObject *name = bytes_of(key, strlen(key)), *found = NULL;
    char *text;
    Py_ssize_t length;
    if (name && current_context(crossing, __func__)) found = CALL(getenv, name);     /* bytes or None */
    if (!found || found == Py_None || PyBytes_AsStringAndSize(found, &text, &length) < 0) --*value_size;
    else if (*value_size <= (size_t) length) {
        --*value_size;
        result = 1;
    } else {
        memcpy(value, text, length + 1);
        *value_size = length;
        result = 0;
    }
    Py_XDECREF(name);
    Py_XDECREF(found);
    LEAVE;
    return result;
}

/* --- dynamic libraries --- */

void *driver_dl_open(char *path)
{
    FAULT(NULL);
    size_t size = strlen(path) + 4;
    char *file = malloc(size);
    void *library;
    if (!file) return NULL;
    snprintf(file, size, "%s.so", path);
    library = dlopen(file, RTLD_NOW);
    free(file);
    return library;
}

void *driver_dl_sym(void *handle, char *name)
{
    FAULT(NULL);
    void *address = dlsym(handle, name);
    const char *error = address ? NULL : dlerror();
    if (error) {
        ENTER;
        PyObject *text = bytes_of(error, strlen(error));
        if (text && current_context(crossing, __func__)) Py_XDECREF(CALL(set_dl_error, text));
        Py_XDECREF(text);
        LEAVE;
    }
    return address;
}

int driver_dl_close(void *handle)
{
    return dlclose(handle);
}

/* The text of the calling thread's last failed driver_dl_sym: no other error is ever told. */
char *driver_dl_error(void)
{
    static __thread char *told;
    ENTER;
    PyObject *text = current_context(crossing, __func__) ? PyObject_CallNoArgs(glue_dl_error) : NULL;
    free(told);
    told = text && PyBytes_Check(text) ? strdup(PyBytes_AsString(text)) : NULL;
    Py_XDECREF(text);
    LEAVE;
    return told ? told : "Unspecified dynamic library error";
}
