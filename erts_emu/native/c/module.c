/* The extension module: loading libraries, and making the API's symbols visible to them. */
#include "bridge.h"

#include <dlfcn.h>

#define GLUE(name) PyObject *glue_##name;
#include "glue.h"
#undef GLUE

static int import_glue(void)
{
    PyObject *glue = PyImport_ImportModule("erts_emu.native.glue");
    if (!glue) return 0;
#define GLUE(name) if (!(glue_##name = PyObject_GetAttrString(glue, #name))) return 0;
#include "glue.h"
#undef GLUE
    Py_DECREF(glue);
    return 1;
}

/* Extension modules are loaded with local visibility; drivers have to find the API's symbols in this one. */
static int promote(void)
{
    Dl_info info;
    if (dladdr((void *) (uintptr_t) null_func, &info) && dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL))
        return 1;
    PyErr_Format(PyExc_ImportError, "the bridge cannot make its symbols visible: %s", dlerror());
    return 0;
}

/* open_library(path) -> address, or the dynamic linker's message */
static PyObject *open_library(PyObject *module, PyObject *path)
{
    PyObject *bytes = NULL;
    void *library;
    const char *error = NULL;
    (void) module;
    if (!PyUnicode_FSConverter(path, &bytes)) return NULL;
    Py_BEGIN_ALLOW_THREADS
    library = dlopen(PyBytes_AsString(bytes), RTLD_NOW);
    if (!library) error = dlerror();
    Py_END_ALLOW_THREADS
    Py_DECREF(bytes);
    if (library) return PyLong_FromVoidPtr(library);
    return PyUnicode_DecodeFSDefault(error ? error : "unknown error");
}

static PyObject *close_library(PyObject *module, PyObject *address)
{
    void *library = PyLong_AsVoidPtr(address);
    (void) module;
    if (PyErr_Occurred()) return NULL;
    Py_BEGIN_ALLOW_THREADS
    dlclose(library);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

/* is_loaded(path) -> whether the library is in this process already */
static PyObject *is_loaded(PyObject *module, PyObject *path)
{
    PyObject *bytes = NULL;
    void *library;
    (void) module;
    if (!PyUnicode_FSConverter(path, &bytes)) return NULL;
    library = dlopen(PyBytes_AsString(bytes), RTLD_NOW | RTLD_NOLOAD);
    Py_DECREF(bytes);
    if (library) dlclose(library);
    return PyBool_FromLong(library != NULL);
}

/* has_symbol(name) -> whether a driver would find it */
static PyObject *has_symbol(PyObject *module, PyObject *name)
{
    PyObject *bytes = PyUnicode_AsUTF8String(name);
    int found;
    (void) module;
    if (!bytes) return NULL;
    found = dlsym(RTLD_DEFAULT, PyBytes_AsString(bytes)) != NULL;
    Py_DECREF(bytes);
    return PyBool_FromLong(found);
}

/* Call a library's init function; NULL with *entry NULL if it refuses. */
typedef ErlDrvEntry *(*InitFunction)(void);

/* driver_init(context, address, name) -> (Driver, DriverEntry); None: no such function; False: it returned NULL */
static PyObject *driver_init_of(PyObject *module, PyObject *arguments)
{
    Context *context;
    PyObject *address, *entry, *result;
    const char *name;
    void *library;
    InitFunction init;
    Driver *driver;
    Crossing crossing;
    ErlDrvEntry *volatile found = NULL;
    (void) module;
    if (!PyArg_ParseTuple(arguments, "O!Os", context_type, &context, &address, &name)) return NULL;
    library = PyLong_AsVoidPtr(address);
    init = (InitFunction) (uintptr_t) dlsym(library, "driver_init");
    if (!init) init = (InitFunction) (uintptr_t) dlsym(library, "_driver_init");
    if (!init) Py_RETURN_NONE;
    driver = driver_new(context, library, NULL, name);
    if (!driver) return NULL;
    cross(&crossing, driver, NULL, "driver_init");
    IN_DRIVER(&crossing, found = init());
    if (crossing.error || !found) {
        DROP(driver);
        return crossed(&crossing, PyBool_FromLong(0));
    }
    driver->entry = found;
    entry = entry_of(driver);
    result = entry ? PyTuple_Pack(2, (PyObject *) driver, entry) : NULL;
    Py_XDECREF(entry);
    DROP(driver);
    return result;
}

/* NULL: exception. */
static Driver *driver_of(PyObject *object)
{
    if (Py_TYPE(object) == driver_type) return (Driver *) object;
    PyErr_SetString(PyExc_TypeError, "not a Driver");
    return NULL;
}

/* blocks(driver) -> what it has allocated and not freed: (callback, kind, size) each */
static PyObject *blocks(PyObject *module, PyObject *object)
{
    Driver *driver = driver_of(object);
    (void) module;
    return driver ? ledger_report(driver->ledger, 0) : NULL;
}

/* objects(driver) -> the locks that it has not destroyed, the threads it has not joined: (callback, kind, name) each */
static PyObject *objects(PyObject *module, PyObject *object)
{
    Driver *driver = driver_of(object);
    (void) module;
    return driver ? ledger_report(driver->ledger, 1) : NULL;
}

/* threads(driver) -> how many of the threads that it has made have not ended */
static PyObject *threads(PyObject *module, PyObject *object)
{
    Driver *driver = driver_of(object);
    (void) module;
    return driver ? PyLong_FromLong(__atomic_load_n(&driver->threads, __ATOMIC_ACQUIRE)) : NULL;
}

/* entry_address(driver) -> address of the driver's own entry */
static PyObject *entry_address(PyObject *module, PyObject *object)
{
    Driver *driver = driver_of(object);
    (void) module;
    return driver ? PyLong_FromVoidPtr(driver->entry) : NULL;
}

static PyMethodDef functions[] = {
    {"open_library", open_library, METH_O, "Open a shared object: its address, or the linker's message."},
    {"close_library", close_library, METH_O, "Close a shared object."},
    {"is_loaded", is_loaded, METH_O, "Say whether a shared object is in this process."},
    {"has_symbol", has_symbol, METH_O, "Say whether a symbol can be found by drivers."},
    {"driver_init", driver_init_of, METH_VARARGS, "Call a library's driver_init."},
    {"report_crashes", report_crashes, METH_NOARGS, "Have crashes of this process reported."},
    {"blocks", blocks, METH_O, "The memory that a driver has in use."},
    {"objects", objects, METH_O, "The locks and threads that a driver has."},
    {"threads", threads, METH_O, "How many threads that a driver has made have not ended."},
    {"order_fault", order_fault, METH_VARARGS, "Let calls of an API function fail."},
    {"faults_made", faults_made, METH_O, "Which functions have failed."},
    {"forget_faults", forget_faults, METH_O, "Let nothing fail any more."},
    {"entry_address", entry_address, METH_O, "Where a driver's entry is."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_bridge", "The driver API for compiled drivers.", -1, functions, NULL, NULL, NULL, NULL
};

__attribute__((visibility("default"))) PyObject *PyInit__bridge(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (!module) return NULL;
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(module, Py_MOD_GIL_NOT_USED);
#endif
    if (types_init(module) && tape_init(module) && import_glue() && words_init() && callbacks_init()
        && batches_init(module) && events_init(module) && promote()
        && PyModule_AddStringConstant(module, "SOURCES", ERTS_EMU_SOURCES) == 0)
        return module;
    Py_DECREF(module);
    return NULL;
}
