/* What the drivers of these tests share: text to the owner, a log that outlives ports, small arguments. */
#ifndef TELL_H
#define TELL_H

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "erl_driver.h"

/* Send {Port, {data, Text}} to the owner, from a callback. */
__attribute__((format(printf, 2, 3), unused)) static void say(ErlDrvPort port, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    driver_output(port, text, strlen(text));
}

/* Send {Tag, Text} to a process, from any thread; the result of erl_drv_send_term. */
__attribute__((format(printf, 4, 5), unused))
static int tell(ErlDrvTermData port, ErlDrvTermData pid, ErlDrvTermData tag, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    ErlDrvTermData spec[] = {ERL_DRV_ATOM, tag, ERL_DRV_STRING, (ErlDrvTermData) text, strlen(text), ERL_DRV_TUPLE, 2};
    return erl_drv_send_term(port, pid, spec, sizeof spec / sizeof *spec);
}

/* Answer a control with text. */
__attribute__((format(printf, 3, 4), unused))
static ErlDrvSSizeT answer(char **rbuf, ErlDrvSizeT rlen, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if ((ErlDrvSizeT) length + 1 > rlen) *rbuf = driver_alloc(length + 1);
    va_start(arguments, format);
    vsnprintf(*rbuf, length + 1, format, arguments);
    va_end(arguments);
    return length;
}

/* The argument of a control as a string. */
__attribute__((unused)) static char *words(char *room, size_t size, const char *buf, ErlDrvSizeT len)
{
    if (len >= size) len = size - 1;
    memcpy(room, buf, len);
    room[len] = 0;
    return room;
}

/* Append a line to the file that the variable TELL_LOG of the emulator's environment names. */
__attribute__((format(printf, 1, 2), unused)) static void note(const char *format, ...)
{
    char name[512], text[512];
    size_t size = sizeof name;
    FILE *file;
    va_list arguments;
    if (erl_drv_getenv("TELL_LOG", name, &size) != 0 || !(file = fopen(name, "a"))) return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(file, "%s\n", text);
    fclose(file);
}

#endif
