/* Terms: a word of the language for each ERL_DRV_* element, right or wrong. */
#ifndef DIFFER_TERMS_H
#define DIFFER_TERMS_H

#include "differ_vectors.h"

enum { SPEC = 400 };

typedef struct {
    ErlDrvTermData spec[SPEC];
    int size;
} Spec;

static void put(Spec *spec, ErlDrvTermData value)
{
    if (spec->size < SPEC) spec->spec[spec->size++] = value;
}

static void put_bytes(Run *run, Spec *spec, ErlDrvTermData tag, const char *text)
{
    Bytes bytes = bytes_of(run, text);
    put(spec, tag);
    put(spec, (ErlDrvTermData) bytes.at);
    put(spec, bytes.size);
}

static void put_number(Run *run, Spec *spec, ErlDrvTermData tag, const void *value)
{
    put(spec, tag);
    put(spec, (ErlDrvTermData) memcpy(reserve(run, 8), value, 8));
}

static void put_binary(Run *run, Spec *spec, const char *text, long more)
{
    Part part = part_of(run, text);
    if (part.binary) expose(run, part.binary);
    put(spec, ERL_DRV_BINARY);
    put(spec, (ErlDrvTermData) part.binary);
    put(spec, part.size + more);
    put(spec, part.offset);
}

/* Words that stand for one tag and what is found after the colon. */
static void put_element(Run *run, Spec *spec, const char *name, const char *value)
{
    ErlDrvSInt64 integer = strtoll(value, NULL, 0);
    ErlDrvUInt64 natural = strtoull(value, NULL, 0);
    double number = strtod(value, NULL);
    if (is(name, "nil")) put(spec, ERL_DRV_NIL);
    else if (is(name, "atom")) put(spec, ERL_DRV_ATOM), put(spec, driver_mk_atom(text_of(run, value)));
    else if (is(name, "int")) put(spec, ERL_DRV_INT), put(spec, integer);
    else if (is(name, "uint")) put(spec, ERL_DRV_UINT), put(spec, natural);
    else if (is(name, "int64")) put_number(run, spec, ERL_DRV_INT64, &integer);
    else if (is(name, "uint64")) put_number(run, spec, ERL_DRV_UINT64, &natural);
    else if (is(name, "float")) put_number(run, spec, ERL_DRV_FLOAT, &number);
    else if (is(name, "port")) put(spec, ERL_DRV_PORT), put(spec, run->p->term);
    else if (is(name, "pid")) put(spec, ERL_DRV_PID), put(spec, process_word(run, value));
    else if (is(name, "atomword")) put(spec, ERL_DRV_ATOM), put(spec, process_word(run, value));
    else if (is(name, "portword")) put(spec, ERL_DRV_PORT), put(spec, process_word(run, value));
    else if (is(name, "bin")) put_binary(run, spec, value, 0);
    else if (is(name, "overbin")) put_binary(run, spec, value, 1);
    else if (is(name, "str")) put_bytes(run, spec, ERL_DRV_STRING, value);
    else if (is(name, "cons")) put_bytes(run, spec, ERL_DRV_STRING_CONS, value);
    else if (is(name, "buf")) put_bytes(run, spec, ERL_DRV_BUF2BINARY, value);
    else if (is(name, "ext")) put_bytes(run, spec, ERL_DRV_EXT2TERM, value);
    else if (is(name, "negstr")) put(spec, ERL_DRV_STRING), put(spec, (ErlDrvTermData) "abc"), put(spec, -1);
    else if (is(name, "negext")) put(spec, ERL_DRV_EXT2TERM), put(spec, (ErlDrvTermData) "\203j"), put(spec, -1);
    else if (is(name, "nullbuf")) put(spec, ERL_DRV_BUF2BINARY), put(spec, 0), put(spec, 3);
    else if (is(name, "tuple")) put(spec, ERL_DRV_TUPLE), put(spec, integer);
    else if (is(name, "list")) put(spec, ERL_DRV_LIST), put(spec, integer);
    else if (is(name, "map")) put(spec, ERL_DRV_MAP), put(spec, integer);
    else if (natural == 0 || natural > ERL_DRV_MAP) put(spec, natural);
}

static void put_elements(Run *run, Spec *spec, int first)
{
    for (int i = first; i < run->count; i++) {
        char name[16] = "";
        const char *colon = strchr(run->word[i], ':');
        snprintf(name, sizeof name, "%.*s", colon ? (int) (colon - run->word[i]) : 15, run->word[i]);
        if (is(name, "lacking") && i == run->count - 1 && run->context != INVOKE)
            put(spec, strtoull(colon ? colon + 1 : "0", NULL, 0)); /* a tag without its arguments */
        else
            put_element(run, spec, name, colon ? colon + 1 : "");
    }
}

/* In other threads messages are marked, since their order among others is anybody's guess. */
static void mark(Run *run, Spec *spec, int begins)
{
    if (run->context != INVOKE) return;
    if (begins) put(spec, ERL_DRV_ATOM), put(spec, driver_mk_atom("async"));
    else put(spec, ERL_DRV_TUPLE), put(spec, 2);
}

static void do_term(Run *run)
{
    Spec spec = {.size = 0};
    const char *way = word(run, 1);
    int sends = is(way, "send") || is(way, "oldsend");
    int result;
    mark(run, &spec, 1);
    put_elements(run, &spec, sends ? 3 : 2);
    mark(run, &spec, 0);
    if (is(way, "send"))
        result = erl_drv_send_term(run->p->term, process_word(run, word(run, 2)), spec.spec, spec.size);
    else if (is(way, "oldsend") && has_handle(run))
        result = driver_send_term(run->p->port, process_word(run, word(run, 2)), spec.spec, spec.size);
    else if (is(way, "oldout") && has_handle(run))
        result = driver_output_term(run->p->port, spec.spec, spec.size);
    else
        result = erl_drv_output_term(run->p->term, spec.spec, spec.size);
    /* Whoever is told of the port's end is perhaps already dead. */
    if (run->context & (STOP | FLUSH) && result >= 0) tell(run, "sent");
    else tell(run, "%d", result);
}

#endif
