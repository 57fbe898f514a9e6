/* Sending terms: the spec, a program for a small stack machine, is checked and run inside the call. */
#include "bridge.h"

#include <math.h>

/* Words after each tag; -1: no such tag. */
static int arguments_of(ErlDrvTermData tag)
{
    static const signed char counts[] = {-1, 0, 1, 1, 1, 3, 2, 1, 1, 2, 1, 1, 2, 1, 2, 1, 1, 1};
    return tag < sizeof counts ? counts[tag] : -1;
}

/* --- first pass: syntax --- */

static int has_external_shape(const char *data, long length)
{
    PyObject *bytes = PyBytes_FromStringAndSize(data, length);
    PyObject *answer = bytes ? CALL(has_external_shape, bytes) : NULL;
    int result = answer && PyObject_IsTrue(answer) > 0;
    Py_XDECREF(bytes);
    Py_XDECREF(answer);
    return result;
}

/* The depth of the stack after one instruction, or -1. */
static long depth_after(ErlDrvTermData tag, const ErlDrvTermData *words, long depth)
{
    int n = words ? (int) words[0] : 0;
    switch (tag) {
    case ERL_DRV_ATOM: return is_atom_word(words[0]) ? depth + 1 : -1;
    case ERL_DRV_PORT: return is_port_word(words[0]) ? depth + 1 : -1;
    case ERL_DRV_PID: return is_pid_word(words[0]) ? depth + 1 : -1;
    case ERL_DRV_BINARY: {
        ErlDrvBinary *binary = (ErlDrvBinary *) words[0];
        if (!binary || !binary_check(binary, "a term spec")) return -1;
        return words[1] + words[2] <= (ErlDrvUInt) binary->orig_size && words[1] + words[2] >= words[1]
            ? depth + 1 : -1;
    }
    case ERL_DRV_STRING: return words[0] && (int) words[1] >= 0 ? depth + 1 : -1;
    case ERL_DRV_STRING_CONS: return words[0] && (int) words[1] >= 0 && depth >= 1 ? depth : -1;
    case ERL_DRV_BUF2BINARY: return words[0] || !words[1] ? depth + 1 : -1;
    case ERL_DRV_EXT2TERM:
        return words[0] && (long) words[1] > 0 && has_external_shape((char *) words[0], (long) words[1])
            ? depth + 1 : -1;
    case ERL_DRV_TUPLE: return n >= 0 && n <= depth ? depth - n + 1 : -1;
    case ERL_DRV_LIST: return n >= 1 && n <= depth ? depth - n + 1 : -1;
    case ERL_DRV_MAP: return n >= 0 && 2L * n <= depth ? depth - 2L * n + 1 : -1;
    default: return depth + 1;
    }
}

static int is_well_formed(const ErlDrvTermData *spec, int n)
{
    long depth = 0;
    int at = 0;
    while (at < n) {
        int arguments = arguments_of(spec[at]);
        if (arguments < 0 || at + 1 + arguments > n) return 0;
        depth = depth_after(spec[at], arguments ? spec + at + 1 : NULL, depth);
        if (depth < 0) return 0;
        at += 1 + arguments;
    }
    return depth == 1;
}

/* --- second pass: building --- */

typedef struct { PyObject **items; long depth; } Stack;

static PyObject *byte_list(const char *data, Py_ssize_t length, Py_ssize_t room)
{
    PyObject *list = PyList_New(length + room);
    Py_ssize_t i;
    for (i = 0; list && i < length; i++) PyList_SetItem(list, i, PyLong_FromLong((unsigned char) data[i]));
    return list;
}

/* *elements*, a list of which the last *count* items are still empty, in front of *tail*; takes both references. */
static PyObject *with_tail(PyObject *elements, PyObject *tail)
{
    PyObject *list = elements && tail ? CALL(list_with_tail, elements, tail) : NULL;
    Py_XDECREF(elements);
    Py_XDECREF(tail);
    return list;
}

static PyObject *make_float(ErlDrvTermData word)
{
    double value = *(double *) word;
    return isfinite(value) ? PyFloat_FromDouble(value) : NULL;
}

static PyObject *make_external(const ErlDrvTermData *words)
{
    PyObject *bytes = PyBytes_FromStringAndSize((char *) words[0], (Py_ssize_t) words[1]);
    PyObject *term = bytes ? CALL(decode, bytes) : NULL;       /* a tuple with the term, or None */
    PyObject *result = term && term != Py_None ? Py_NewRef(PyTuple_GetItem(term, 0)) : NULL;
    Py_XDECREF(bytes);
    Py_XDECREF(term);
    return result;
}

static PyObject *make_tuple(Stack *stack, int n)
{
    PyObject *tuple = PyTuple_New(n);
    int i;
    if (!tuple) return NULL;
    stack->depth -= n;
    for (i = 0; i < n; i++) PyTuple_SetItem(tuple, i, stack->items[stack->depth + i]);
    return tuple;
}

static PyObject *make_list(Stack *stack, int n)
{
    PyObject *tail = stack->items[stack->depth - 1], *list;
    Py_ssize_t more = -1, i;
    if (PyList_Check(tail)) more = PyList_Size(tail);
    list = PyList_New(n - 1 + (more > 0 ? more : 0));
    if (!list) return NULL;
    stack->depth -= n;
    for (i = 0; i < n - 1; i++) PyList_SetItem(list, i, stack->items[stack->depth + i]);
    if (more < 0) return n == 1 ? (Py_DECREF(list), tail) : with_tail(list, tail);
    for (i = 0; i < more; i++) PyList_SetItem(list, n - 1 + i, Py_NewRef(PyList_GetItem(tail, i)));
    Py_DECREF(tail);
    return list;
}

static PyObject *make_map(Stack *stack, int n)
{
    PyObject *parts = PyList_New(2 * (Py_ssize_t) n), *map, *result = NULL;
    int i;
    if (!parts) return NULL;
    stack->depth -= 2L * n;
    for (i = 0; i < 2 * n; i++) PyList_SetItem(parts, i, stack->items[stack->depth + i]);
    map = CALL(make_map, parts);                                /* None: a key twice */
    if (map && map != Py_None) result = Py_NewRef(map);
    Py_XDECREF(map);
    Py_DECREF(parts);
    return result;
}

static PyObject *make_term(ErlDrvTermData tag, const ErlDrvTermData *words, Stack *stack)
{
    switch (tag) {
    case ERL_DRV_NIL: return PyList_New(0);
    case ERL_DRV_ATOM: case ERL_DRV_PORT: case ERL_DRV_PID: return term_of(words[0]);
    case ERL_DRV_INT: return PyLong_FromLong((long) words[0]);
    case ERL_DRV_UINT: return PyLong_FromUnsignedLong(words[0]);
    case ERL_DRV_INT64: return PyLong_FromLong(*(long *) words[0]);
    case ERL_DRV_UINT64: return PyLong_FromUnsignedLong(*(unsigned long *) words[0]);
    case ERL_DRV_FLOAT: return make_float(words[0]);
    case ERL_DRV_BINARY:
        return term_of_binary((ErlDrvBinary *) words[0], words[2], words[1]);
    case ERL_DRV_BUF2BINARY: return PyBytes_FromStringAndSize(words[1] ? (char *) words[0] : "", (Py_ssize_t) words[1]);
    case ERL_DRV_STRING: return byte_list((char *) words[0], (int) words[1], 0);
    case ERL_DRV_STRING_CONS:
        return with_tail(byte_list((char *) words[0], (int) words[1], 0), stack->items[--stack->depth]);
    case ERL_DRV_EXT2TERM: return make_external(words);
    case ERL_DRV_TUPLE: return make_tuple(stack, (int) words[0]);
    case ERL_DRV_LIST: return make_list(stack, (int) words[0]);
    case ERL_DRV_MAP: return make_map(stack, (int) words[0]);
    }
    return NULL;
}

/* The term of a well-formed spec; NULL, with or without exception, if it describes none. */
static PyObject *build(const ErlDrvTermData *spec, int n)
{
    PyObject *few[64], *term = NULL;
    Stack stack = {n <= 64 ? few : PyMem_Malloc(n * sizeof(PyObject *)), 0};
    int at = 0;
    if (!stack.items) return PyErr_NoMemory();
    while (at < n) {
        term = make_term(spec[at], spec + at + 1, &stack);
        if (!term) break;
        stack.items[stack.depth++] = term;
        at += 1 + arguments_of(spec[at]);
    }
    if (term)
        stack.depth--;
    while (stack.depth > 0) Py_DECREF(stack.items[--stack.depth]);
    if (stack.items != few) PyMem_Free(stack.items);
    return term;
}

/* --- delivery --- */

/* Send to *receiver*: a process, None if there is none any more, or the number that is the result already. */
static int deliver(PyObject *receiver, const ErlDrvTermData *spec, int n)
{
    PyObject *term, *done;
    int result = -1;
    if (!receiver) return -1;
    if (PyLong_Check(receiver)) return (int) as_long(receiver, -1);
    if (is_well_formed(spec, n)) {
        if (receiver == Py_None) result = 0;
        else if ((term = build(spec, n))) {
            done = CALL(deliver, receiver, term);
            if (done) result = 1;
            Py_XDECREF(done);
            Py_DECREF(term);
        }
    }
    Py_DECREF(receiver);
    return result;
}

static PyObject *port_term(Crossing *crossing, ErlDrvTermData port)
{
    Context *context;
    if (!is_port_word(port)) return Py_NewRef(Py_None);
    if (crossing->foreign && (context = context_number(context_of_word(port)))) adopt(crossing, context);
    return term_of(port);
}

static PyObject *pid_or_none(ErlDrvTermData pid)
{
    return is_pid_word(pid) ? term_of(pid) : Py_NewRef(Py_None);
}

static PyObject *call2(PyObject *callee, PyObject *first, PyObject *second)
{
    PyObject *result = first && second ? PyObject_CallFunctionObjArgs(callee, first, second, NULL) : NULL;
    Py_XDECREF(first);
    Py_XDECREF(second);
    return result;
}

int erl_drv_output_term(ErlDrvTermData port, ErlDrvTermData *spec, int n)
{
    FAULT(-1);
    int result;
    ENTER;
    PyObject *term = port_term(crossing, port);
    result = deliver(term ? CALL(owner_for_term, term) : NULL, spec, n);
    Py_XDECREF(term);
    LEAVE;
    return result;
}

int erl_drv_send_term(ErlDrvTermData port, ErlDrvTermData to, ErlDrvTermData *spec, int n)
{
    FAULT(-1);
    int result;
    ENTER;
    result = deliver(call2(glue_receiver_for_term, port_term(crossing, port), pid_or_none(to)), spec, n);
    LEAVE;
    return result;
}

int driver_output_term(ErlDrvPort port, ErlDrvTermData *spec, int n)
{
    FAULT(-1);
    int result;
    ENTER;
    result = deliver(call_port(crossing, port, __func__, glue_owner_for_output, 0), spec, n);
    LEAVE;
    return result;
}

int driver_send_term(ErlDrvPort port, ErlDrvTermData to, ErlDrvTermData *spec, int n)
{
    FAULT(-1);
    int result;
    ENTER;
    PyObject *handle = crossing->foreign ? Py_NewRef(glue_INVALID_PORT) : handle_of(crossing, port, __func__);
    if (crossing->foreign && is_pid_word(to) && context_number(context_of_word(to)))
        adopt(crossing, context_number(context_of_word(to)));
    result = deliver(call2(glue_receiver_for_send, handle, pid_or_none(to)), spec, n);
    LEAVE;
    return result;
}
