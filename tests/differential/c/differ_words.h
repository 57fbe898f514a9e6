/* The language: statements divided by ";", words by blanks. "on CALLBACK STATEMENT, STATEMENT" is for later. */
#ifndef DIFFER_WORDS_H
#define DIFFER_WORDS_H

#include "differ_state.h"

enum { WORDS = 64, ROOM = 1 << 19 };
enum { UNCHANGED, IN_PLACE, FRESH, NO_BUFFER };

/* One run of a program, in a callback or in a thread. */
typedef struct {
    Port *p;
    int context;
    char *room;         /* for what the words of one statement stand for */
    size_t used;
    char *word[WORDS];
    int count;
    int firing;         /* the monitor that process_exit is called for */
    int answer;         /* what control or call answers with */
    char bytes[8192];
    size_t size;
    int has_result;
    long result;        /* of start, control and call */
    int error;          /* errno after start */
    int keep;
} Run;

typedef struct {
    char *at;
    size_t size;
} Bytes;

static char *reserve(Run *run, size_t size)
{
    char *at = run->room + run->used;
    size = (size + 15) & ~(size_t) 15;
    if (run->used + size > ROOM) abort();
    run->used += size;
    return at;
}

static const char *word(Run *run, int i)
{
    return i < run->count ? run->word[i] : "";
}

static long number(Run *run, int i, long otherwise)
{
    return i < run->count ? strtol(run->word[i], NULL, 0) : otherwise;
}

/* "null" is no buffer, "-" an empty one, "300*x" a repetition, "~0a" a byte, everything else stands for itself. */
static Bytes bytes_of(Run *run, const char *text)
{
    Bytes bytes = {NULL, 0};
    char *rest;
    long times;
    if (strcmp(text, "null") == 0) return bytes;
    times = strtol(text, &rest, 10);
    if (rest != text && *rest == '*') text = rest + 1;
    else times = 1;
    size_t length = strcmp(text, "-") == 0 ? 0 : strlen(text);
    if (times < 0 || times > 100000 || length * times > 200000) times = 1;
    bytes.at = reserve(run, length * times + 1);
    for (long t = 0; t < times; t++)
        for (size_t i = 0; i < length; i++) {
            unsigned value;
            if (text[i] == '~' && sscanf(text + i + 1, "%2x", &value) == 1) {
                bytes.at[bytes.size++] = (char) value;
                i += 2;
            } else
                bytes.at[bytes.size++] = text[i];
        }
    bytes.at[bytes.size] = 0;
    return bytes;
}

static char *text_of(Run *run, const char *text)
{
    Bytes bytes = bytes_of(run, text);
    return bytes.at ? bytes.at : "";
}

static int is(const char *text, const char *other)
{
    return strcmp(text, other) == 0;
}

/* The slot of a binary or monitor; anything is taken for one. */
static int slot(const char *text, int slots)
{
    long value = strtol(text, NULL, 10);
    return (int) ((value % slots + slots) % slots);
}

/* A callback of this port is under way on this thread, so that its handle means something. */
static int has_handle(Run *run)
{
    return !(run->context & (INVOKE | THREAD));
}

static ErlDrvTermData process_word(Run *run, const char *name)
{
    if (is(name, "owner")) return has_handle(run) ? driver_connected(run->p->port) : processes[0];
    if (is(name, "caller")) return has_handle(run) ? driver_caller(run->p->port) : processes[0];
    if (is(name, "port")) return run->p->term;
    if (is(name, "atom")) return driver_mk_atom("atom");
    if (is(name, "zero")) return 0;
    if (name[0] >= 'a' && name[0] < 'a' + PROCESSES && !name[1] && processes[name[0] - 'a'])
        return processes[name[0] - 'a'];
    return driver_term_nil;
}

static const char *name_of(Run *run, ErlDrvTermData term)
{
    static const char *const names[PROCESSES] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    if (term == driver_term_nil) return "nil";
    for (int i = 0; i < PROCESSES; i++)
        if (processes[i] == term) return names[i];
    return term == run->p->term ? "port" : "other";
}

__attribute__((format(printf, 2, 3))) static void tell(Run *run, const char *format, ...)
{
    char text[3000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    note(run->p->number, run->context == INVOKE ? 't' : ' ', "  %s -> %s", run->word[0], text);
}

#endif
