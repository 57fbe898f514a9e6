/* The ports of the interpreter, the log that outlives them, and what is under way. */
#ifndef DIFFER_STATE_H
#define DIFFER_STATE_H

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "erl_driver.h"

enum {
    START = 1, STOP = 2, OUTPUT = 4, CONTROL = 8, CALL = 16, TIMEOUT = 32, READY_INPUT = 64, READY_OUTPUT = 128,
    READY_ASYNC = 256, FLUSH = 512, PROCESS_EXIT = 1024, INVOKE = 2048, THREAD = 4096,
};
enum { SLOTS = 13, BINARIES = 4, MONITORS = 4, PROCESSES = 8, PORTS = 1000, FUEL = 6, LONG = 1000 };

static const char *const slot_names[SLOTS] = {
    "start", "stop", "output", "control", "call", "timeout", "ready_input", "ready_output",
    "ready_async", "flush", "process_exit", "invoke", "thread",
};

typedef struct Port Port;
struct Port {
    int number;         /* in the order of start and creation, from 1; 0 is the port that answers with the log */
    ErlDrvPort port;
    ErlDrvTermData term;
    int gone;           /* stop was called */
    int child;          /* made by driver_create_port, and called by nobody yet */
    int fuel;           /* how often it may still start something that calls back */
    int timer;          /* 0 none, 1 runs out soon, 2 far away */
    int jobs;           /* that end in a call of ready_async or of their free function */
    int loose;          /* that end in a call of ready_async, if at all */
    int control_flags;
    int fd[2];
    int selected[2];    /* reading from fd[0], writing to fd[1] */
    char *program[SLOTS];
    ErlDrvBinary *binary[BINARIES];
    int exposed[BINARIES];   /* somebody else may hold it, so that its count depends on garbage collection */
    ErlDrvMonitor monitor[MONITORS];
    int monitored[MONITORS];
    ErlDrvPDL pdl;
};

static pthread_mutex_t state_lock = PTHREAD_MUTEX_INITIALIZER;
static Port *ports[PORTS];
static int port_count;
static ErlDrvTermData processes[PROCESSES];
static char *log_text;
static size_t log_size, log_room;

/* Append a line; *number* is the port's, and `track` tells apart what runs beside the port's callbacks. */
__attribute__((format(printf, 3, 4))) static void note(int number, char track, const char *format, ...)
{
    char line[4000];
    va_list arguments;
    int length = snprintf(line, sizeof line, "%03d%c ", number, track);
    va_start(arguments, format);
    length += vsnprintf(line + length, sizeof line - length - 1, format, arguments);
    va_end(arguments);
    if (length > (int) sizeof line - 2) length = sizeof line - 2;
    line[length++] = '\n';
    pthread_mutex_lock(&state_lock);
    if (log_size + length > log_room) log_text = realloc(log_text, log_room = 2 * (log_size + length));
    memcpy(log_text + log_size, line, length);
    log_size += length;
    pthread_mutex_unlock(&state_lock);
}

static Port *new_port(void)
{
    Port *p = calloc(1, sizeof *p);
    p->fuel = FUEL;
    p->fd[0] = p->fd[1] = -1;
    pthread_mutex_lock(&state_lock);
    if (port_count == PORTS) abort();
    p->number = port_count;
    ports[port_count++] = p;
    pthread_mutex_unlock(&state_lock);
    return p;
}

/* How much will soon call back. */
static int under_way(void)
{
    int sum = 0;
    pthread_mutex_lock(&state_lock);
    for (int i = 0; i < port_count; i++) {
        Port *p = ports[i];
        int bytes = 0;
        sum += p->jobs;
        if (p->gone) continue;
        sum += p->loose + (p->timer == 1);
        if (p->selected[0] && p->fd[0] >= 0) {
            ioctl(p->fd[0], FIONREAD, &bytes);
            sum += bytes > 0 || p->fd[1] < 0;
        }
        sum += p->selected[1] && p->fd[1] >= 0;
    }
    pthread_mutex_unlock(&state_lock);
    return sum;
}

static void add(int *counter, int difference)
{
    pthread_mutex_lock(&state_lock);
    *counter += difference;
    pthread_mutex_unlock(&state_lock);
}

/* Bytes as they are shown in the log: the first of them, how many, and a sum over all. */
static const char *shown(char *room, size_t size, const char *bytes, size_t count)
{
    size_t used = 0;
    unsigned sum = 0;
    if (bytes == NULL) return "null";
    for (size_t i = 0; i < count; i++) {
        unsigned char byte = bytes[i];
        sum = sum * 31 + byte;
        if (i < 24 && used + 5 < size)
            used += snprintf(room + used, 5, byte > ' ' && byte < 127 && byte != '~' ? "%c" : "~%02x", byte);
    }
    if (count > 24) snprintf(room + used, size - used, "...%zu/%x", count, sum);
    else room[used] = 0;
    return room;
}

#endif
