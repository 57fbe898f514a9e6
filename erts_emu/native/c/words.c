/* Term words: what a driver may hold of atoms, pids and ports. The low bits tell the kind, as in OTP. */
#include "bridge.h"

/*
 *  atom   index << 6 | 0x0b
 *  pid    context << 54 | serial << 32 | number << 4 | 3
 *  port   context << 54 | number << 4 | 7
 */
enum { ATOM_TAG = 0x0b, ATOM_BITS = 6, PID_TAG = 3, PORT_TAG = 7, TAG_BITS = 4, NUMBER_BITS = 28, SERIAL_SHIFT = 32,
       SERIAL_BITS = 22, CONTEXT_SHIFT = 54, REMEMBERED_PIDS = 4096 };
#define BITS(count) ((1UL << (count)) - 1)

const ErlDrvTermData driver_term_nil = NIL_WORD;

static PyObject *atoms_by_index, *indices_by_atom;      /* a list and a dict; atoms are never forgotten */
static PyObject *name_number, *name_serial;

int words_init(void)
{
    atoms_by_index = PyList_New(0);
    indices_by_atom = PyDict_New();
    name_number = PyUnicode_InternFromString("number");
    name_serial = PyUnicode_InternFromString("serial");
    return atoms_by_index && indices_by_atom && name_number && name_serial;
}

int is_atom_word(ErlDrvTermData word)
{
    return (word & BITS(ATOM_BITS)) == ATOM_TAG && (Py_ssize_t) (word >> ATOM_BITS) < PyList_Size(atoms_by_index);
}

int is_pid_word(ErlDrvTermData word)
{
    return (word & BITS(TAG_BITS)) == PID_TAG;
}

int is_port_word(ErlDrvTermData word)
{
    return (word & BITS(TAG_BITS)) == PORT_TAG;
}

unsigned context_of_word(ErlDrvTermData word)
{
    return (unsigned) (word >> CONTEXT_SHIFT);
}

static unsigned long attribute(PyObject *term, PyObject *name)
{
    PyObject *value = PyObject_GetAttr(term, name);
    unsigned long number = value ? PyLong_AsUnsignedLong(value) : 0;
    Py_XDECREF(value);
    return number;
}

static ErlDrvTermData atom_word(PyObject *atom)
{
    PyObject *known = PyDict_GetItemWithError(indices_by_atom, atom);
    Py_ssize_t index;
    if (known) return PyLong_AsUnsignedLong(known) << ATOM_BITS | ATOM_TAG;
    index = PyList_Size(atoms_by_index);
    known = PyLong_FromSsize_t(index);
    if (!known || PyList_Append(atoms_by_index, atom) < 0 || PyDict_SetItem(indices_by_atom, atom, known) < 0)
        PyErr_Clear();
    Py_XDECREF(known);
    return (ErlDrvTermData) index << ATOM_BITS | ATOM_TAG;
}

static ErlDrvTermData pid_word(Context *context, PyObject *pid)
{
    ErlDrvTermData word = (ErlDrvTermData) context->number << CONTEXT_SHIFT
        | (attribute(pid, name_serial) & BITS(SERIAL_BITS)) << SERIAL_SHIFT
        | (attribute(pid, name_number) & BITS(NUMBER_BITS)) << TAG_BITS | PID_TAG;
    PyObject *key = PyLong_FromUnsignedLong(word);
    if (PyDict_Size(context->pids) >= REMEMBERED_PIDS) PyDict_Clear(context->pids);
    if (!key || PyDict_SetItem(context->pids, key, pid) < 0) PyErr_Clear();
    Py_XDECREF(key);
    return word;
}

ErlDrvTermData word_of(Context *context, PyObject *term)
{
    ErlDrvTermData word = NIL_WORD;
    PyObject *kind;
    if (!term) return NIL_WORD;
    kind = (PyObject *) Py_TYPE(term);
    if (kind == glue_Atom) word = atom_word(term);
    else if (kind == glue_Pid) word = pid_word(context, term);
    else if (kind == glue_PortId)
        word = (ErlDrvTermData) context->number << CONTEXT_SHIFT
            | (attribute(term, name_number) & BITS(NUMBER_BITS)) << TAG_BITS | PORT_TAG;
    Py_DECREF(term);
    return word;
}

static PyObject *make(PyObject *kind, unsigned long first, unsigned long second, int count)
{
    PyObject *one = PyLong_FromUnsignedLong(first), *two = PyLong_FromUnsignedLong(second), *made = NULL;
    if (one && two) made = PyObject_CallFunctionObjArgs(kind, one, count > 1 ? two : NULL, NULL);
    Py_XDECREF(one);
    Py_XDECREF(two);
    return made;
}

static PyObject *pid_of(ErlDrvTermData word)
{
    Context *context = context_number(context_of_word(word));
    PyObject *key = PyLong_FromUnsignedLong(word), *pid = NULL;
    if (key && context && context->pids) pid = Py_XNewRef(PyDict_GetItemWithError(context->pids, key));
    Py_XDECREF(key);
    if (pid) return pid;
    return make(glue_Pid, word >> TAG_BITS & BITS(NUMBER_BITS), word >> SERIAL_SHIFT & BITS(SERIAL_BITS), 2);
}

PyObject *term_of(ErlDrvTermData word)
{
    if (is_atom_word(word)) return Py_NewRef(PyList_GetItem(atoms_by_index, (Py_ssize_t) (word >> ATOM_BITS)));
    if (is_pid_word(word)) return pid_of(word);
    if (is_port_word(word)) return make(glue_PortId, word >> TAG_BITS & BITS(NUMBER_BITS), 0, 1);
    return NULL;
}

/* --- the functions that make words --- */

ErlDrvTermData driver_mk_term_nil(void)
{
    return NIL_WORD;
}

/*
 * Drivers make the same few atoms again and again, often in jobs: a cache that needs no interpreter lock. Entries are
 * never changed once they are published, and stay.
 */
enum { CACHED_ATOMS = 512, CACHED_NAME = 32 };
typedef struct { char name[CACHED_NAME]; ErlDrvTermData word; } CachedAtom;
static CachedAtom *cached_atoms[CACHED_ATOMS];

static size_t cache_index(const char *name, size_t length)
{
    size_t hash = 5381, i;
    for (i = 0; i < length; i++) hash = hash * 33 + (unsigned char) name[i];
    return hash % CACHED_ATOMS;
}

static void cache_atom(const char *name, size_t length, ErlDrvTermData word)
{
    CachedAtom *entry, *nobody = NULL;
    if (length >= CACHED_NAME || !(entry = malloc(sizeof *entry))) return;
    memcpy(entry->name, name, length + 1);
    entry->word = word;
    if (!__atomic_compare_exchange_n(cached_atoms + cache_index(name, length), &nobody, entry, 0, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE))
        free(entry);
}

ErlDrvTermData driver_mk_atom(char *string)
{
    ErlDrvTermData word = NIL_WORD;
    size_t length;
    CachedAtom *cached;
    if (!string) {
        misuse(__func__, "driver_mk_atom(NULL)");
        return NIL_WORD;
    }
    length = strlen(string);
    cached = __atomic_load_n(cached_atoms + cache_index(string, length), __ATOMIC_ACQUIRE);
    if (cached && !strcmp(cached->name, string)) return cached->word;
    {
        ENTER;
        PyObject *bytes = bytes_of(string, length);
        if (bytes) word = word_of(NULL, CALL(driver_mk_atom, bytes));
        Py_XDECREF(bytes);
        LEAVE;
    }
    if (word != NIL_WORD) cache_atom(string, length, word);
    return word;
}

static ErlDrvTermData word_of_port(ErlDrvPort port, const char *function, PyObject *callee)
{
    ErlDrvTermData word = NIL_WORD;
    Crossing room, *crossing = enter_python(&room, function);
    PyObject *term = call_port(crossing, port, function, callee, 0);
    Port *found = port_of(port);
    if (found) word = word_of(found->driver->context, term);
    else Py_XDECREF(term);
    return_to_driver(crossing, function);
    return word;
}

/* Whichever locks are held: real drivers call it in jobs, to send terms, and OTP lets them. */
ErlDrvTermData driver_mk_port(ErlDrvPort port)
{
    ErlDrvTermData word = NIL_WORD;
    ENTER;
    Port *found = port_of(port);
    if (found && port_is_open(found)) {
        if (!found->word) found->word = word_of(found->driver->context, PyObject_GetAttrString(found->handle, "_id"));
        word = found->word;
    } else if (port != (ErlDrvPort) -1)
        Py_XDECREF(call_port(crossing, port, __func__, glue_dead_mk_port, 0));
    LEAVE;
    return word;
}

ErlDrvTermData driver_connected(ErlDrvPort port)
{
    return word_of_port(port, __func__, glue_driver_connected);
}

ErlDrvTermData driver_caller(ErlDrvPort port)
{
    return word_of_port(port, __func__, glue_driver_caller);
}
