/*
 * A driver that does what it is told: programs of small commands, run in the callback of one's choice. Its twin in
 * Python is ../twin.py; what the commands mean is said there. Macros make variants of it:
 *
 *   NAME      the driver's name                    FLAGS     driver_flags
 *   VERSION   a word for the log                   NULLS     bits of the callbacks that are NULL, as in enum callback
 *   MARKER, MAJOR, MINOR, INIT, NULL_ENTRY, NO_DRIVER_INIT   what makes loading fail
 *
 * Callbacks are logged in the file that the environment variable PROBE_LOG names. A Probe is never freed: a
 * program goes on after its port has died.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "erl_driver.h"

#ifndef NAME
#define NAME "probe"
#endif
#ifndef VERSION
#define VERSION ""
#endif
#ifndef FLAGS
#define FLAGS 0
#endif
#ifndef NULLS
#define NULLS 0
#endif
#ifndef MARKER
#define MARKER ERL_DRV_EXTENDED_MARKER
#endif
#ifndef MAJOR
#define MAJOR ERL_DRV_EXTENDED_MAJOR_VERSION
#endif
#ifndef MINOR
#define MINOR ERL_DRV_EXTENDED_MINOR_VERSION
#endif
#ifndef INIT
#define INIT 0
#endif

enum callback {
    START, STOP, OUTPUT, OUTPUTV, FLUSH, TIMEOUT, READY_ASYNC, READY_INPUT, READY_OUTPUT, PROCESS_EXIT, CALL, CONTROL,
    STOP_SELECT, CALLBACKS
};
#define IF_WANTED(callback, function) ((NULLS) >> (callback) & 1 ? NULL : (function))

enum { SET_PROGRAM = 100, RESULT_SIZE = 2000, MONITORS = 4 };

typedef struct {
    ErlDrvPort port;
    char tag[40];
    char *programs[CALLBACKS];
    ErlDrvPDL pdl;
    char *buf;                  /* what the callback under way was given */
    size_t length;
    ErlIOVec *ev;
    int pipe[2];
    ErlDrvMonitor monitors[MONITORS];
    int monitor_count;
    char form;                  /* of the reply of control or call: 'n'ormal, '-' negative, '0' NULL, 'a'lloc, 'b'inary … */
    long form_size, form_returned;
    long start_result;
} Probe;

typedef struct { long milliseconds; char text[100]; } Job;

typedef struct { char text[RESULT_SIZE]; } Result;

static void put_log(const char *line)
{
    char text[RESULT_SIZE + 100];
    const char *file = getenv("PROBE_LOG");
    int fd = file ? open(file, O_WRONLY | O_APPEND | O_CREAT, 0600) : -1;
    if (fd >= 0) {
        int n = snprintf(text, sizeof text, "%s\n", line);
        if (write(fd, text, n) != n) abort();
        close(fd);
    }
}

static void log_version(const char *what)
{
    char line[100];
    snprintf(line, sizeof line, "%s%s%s", what, *VERSION ? " " : "", VERSION);
    put_log(line);
}

static void log_callback(Probe *d, const char *callback, const char *detail, Result *result)
{
    char line[RESULT_SIZE];
    snprintf(line, sizeof line, "%s %s%s%s%s%.1500s", d->tag, callback, *detail ? " " : "", detail,
             *result->text ? ": " : "", result->text);
    put_log(line);
}

static void add(Result *result, const char *name, const char *value)
{
    size_t used = strlen(result->text);
    snprintf(result->text + used, sizeof result->text - used, "%s%s=%s", used ? "," : "", name, value);
}

static void add_number(Result *result, const char *name, long value)
{
    char text[40];
    snprintf(text, sizeof text, "%ld", value);
    add(result, name, text);
}

/* Split text at a separator; the rest, or an empty string, is left in *rest. */
static char *cut(char *text, char separator, char **rest)
{
    char *end = strchr(text, separator);
    if (end) {
        *end = 0;
        *rest = end + 1;
    } else
        *rest = text + strlen(text);
    return text;
}

static ErlDrvBinary *binary_of(const char *text)
{
    size_t n = strlen(text);
    ErlDrvBinary *binary = driver_alloc_binary(n);
    memcpy(binary->orig_bytes, text, n);
    return binary;
}

static int send_vector(Probe *d, char *argument, long skip)
{
    SysIOVec iov[10];
    ErlDrvBinary *binv[10];
    ErlIOVec ev = {0, 0, iov, binv};
    char *rest;
    char *header = cut(argument, '|', &rest);
    int result, i;
    while (ev.vsize < 10) {
        char *element = cut(rest, '|', &rest);
        binv[ev.vsize] = binary_of(element);
        iov[ev.vsize].iov_base = binv[ev.vsize]->orig_bytes;
        iov[ev.vsize].iov_len = strlen(element);
        ev.size += strlen(element);
        ev.vsize++;
        if (!*rest) break;
    }
    result = driver_outputv(d->port, header, strlen(header), &ev, skip);
    for (i = 0; i < ev.vsize; i++) driver_free_binary(binv[i]);
    return result;
}

static void show_vector(Probe *d, Result *result)
{
    char text[500] = "";
    int i;
    if (!d->ev) return;
    for (i = 0; i < d->ev->vsize; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%lu%s", i ? "+" : "",
                 (unsigned long) d->ev->iov[i].iov_len, d->ev->binv[i] ? "b" : "");
    add(result, "vec", text);
}

static void invoke(void *data)
{
    Job *job = data;
    if (job->milliseconds) usleep(job->milliseconds * 1000);
    if (*job->text == '!') {
        char line[200];
        snprintf(line, sizeof line, "invoke %s", job->text);
        put_log(line);
    }
}

static void job_free(void *data)
{
    Job *job = data;
    char line[200];
    snprintf(line, sizeof line, "async_free %s", job->text);
    put_log(line);
    driver_free(job);
}

static void start_job(Probe *d, char *argument, Result *result)
{
    char *rest, text[60];
    char *key_text = cut(argument, ' ', &rest);
    char *milliseconds = cut(rest, ' ', &rest);
    unsigned key = strtoul(key_text, NULL, 10);
    Job *job = driver_alloc(sizeof(Job));
    long id;
    job->milliseconds = atol(milliseconds);
    snprintf(job->text, sizeof job->text, "%s", rest);
    id = driver_async(d->port, *key_text == '-' ? NULL : &key, invoke, job, job_free);
    /* Job numbers are the whole emulator's, and erl's own ports take some too. */
    snprintf(text, sizeof text, "%s", id > 0 ? "job" : id == 0 ? "0" : "-1");
    if (*key_text != '-') snprintf(text + strlen(text), sizeof text - strlen(text), "/%u", key);
    add(result, "async", text);
}

static void use_pdl(Probe *d, const char *what, Result *result)
{
    ErlDrvSInt count = 0;
    if (!strcmp(what, "create")) {
        ErlDrvPDL pdl = driver_pdl_create(d->port);
        add(result, "pdl", pdl ? "new" : "none");
        if (pdl) d->pdl = pdl;
        return;
    }
    if (!strcmp(what, "inc")) count = driver_pdl_inc_refc(d->pdl);
    else if (!strcmp(what, "dec")) count = driver_pdl_dec_refc(d->pdl);
    else if (!strcmp(what, "get")) count = driver_pdl_get_refc(d->pdl);
    else if (!strcmp(what, "lock")) {
        driver_pdl_lock(d->pdl);
        count = driver_pdl_get_refc(d->pdl);
    } else if (!strcmp(what, "unlock")) {
        driver_pdl_unlock(d->pdl);
        count = driver_pdl_get_refc(d->pdl);
    }
    add_number(result, "pdl", count);
}

static void show_caller(Probe *d, Result *result)
{
    ErlDrvTermData caller = driver_caller(d->port);
    add(result, "caller", caller == driver_term_nil ? "none"
        : caller == driver_connected(d->port) ? "owner" : "other");
}

static void limit_text(ErlDrvSizeT limit, char *text)
{
    if (limit == ERL_DRV_BUSY_MSGQ_DISABLED) strcpy(text, "off");
    else sprintf(text, "%lu", (unsigned long) limit);
}

static void set_limits(Probe *d, char *argument, Result *result)
{
    char *rest, low_text[30], high_text[30], text[80];
    char *first = cut(argument, ' ', &rest);
    ErlDrvSizeT low = strcmp(first, "off") ? strtoul(first, NULL, 10) : ERL_DRV_BUSY_MSGQ_DISABLED;
    ErlDrvSizeT high = strcmp(rest, "off") ? strtoul(rest, NULL, 10) : ERL_DRV_BUSY_MSGQ_DISABLED;
    erl_drv_busy_msgq_limits(d->port, *first == '-' ? NULL : &low, *rest == '-' ? NULL : &high);
    limit_text(low, low_text);
    limit_text(high, high_text);
    snprintf(text, sizeof text, "%s/%s", *first == '-' ? "-" : low_text, *rest == '-' ? "-" : high_text);
    add(result, "limits", text);
}

static int send_term(Probe *d, char *text, int to_caller)
{
    ErlDrvTermData spec[] = {
        ERL_DRV_ATOM, driver_mk_atom("probe"), ERL_DRV_STRING, (ErlDrvTermData) text, strlen(text), ERL_DRV_TUPLE, 2
    };
    ErlDrvTermData port = driver_mk_port(d->port);
    if (to_caller) return erl_drv_send_term(port, driver_caller(d->port), spec, sizeof spec / sizeof *spec);
    return erl_drv_output_term(port, spec, sizeof spec / sizeof *spec);
}

static void use_monitor(Probe *d, const char *command, const char *argument, Result *result)
{
    ErlDrvMonitor *monitor = d->monitors + atoi(argument);
    if (!strcmp(command, "mon")) {
        int r = driver_monitor_process(d->port, driver_caller(d->port), d->monitors + d->monitor_count);
        if (r == 0) d->monitor_count++;
        add_number(result, "mon", r);
    } else if (!strcmp(command, "demon"))
        add_number(result, "demon", driver_demonitor_process(d->port, monitor));
    else {
        ErlDrvTermData pid = driver_get_monitored_process(d->port, monitor);
        add(result, "monpid", pid == driver_term_nil ? "none" : pid == driver_connected(d->port) ? "owner" : "other");
    }
}

static ErlDrvPort create_port(Probe *d, char *tag)
{
    Probe *child = calloc(1, sizeof(Probe));
    char name[80];
    snprintf(name, sizeof name, "%s %s", NAME, tag);
    snprintf(child->tag, sizeof child->tag, "%s", tag);
    child->port = driver_create_port(d->port, driver_caller(d->port), name, (ErlDrvData) child);
    return child->port;
}

static const char *const callback_names[CALLBACKS] = {
    "start", "stop", "output", "outputv", "flush", "timeout", "ready_async", "ready_input", "ready_output",
    "process_exit", "call", "control", "stop_select"
};

/* "CALLBACK command,command": keep a program. */
static void keep_program(Probe *d, char *argument)
{
    char *program, *comma;
    char *name = cut(argument, ' ', &program);
    int i;
    program = strdup(program);
    for (comma = program; *comma; comma++)
        if (*comma == ',') *comma = ';';
    for (i = 0; i < CALLBACKS; i++)
        if (!strcmp(name, callback_names[i])) d->programs[i] = program;
}

static void run(Probe *d, const char *program, Result *result)
{
    char copy[4000], *rest = copy;
    snprintf(copy, sizeof copy, "%s", program);
    while (*rest) {
        char *argument, *more;
        char *command = cut(cut(rest, ';', &rest), ' ', &argument);
        ErlDrvPort port = d->port;
#define IS(name) else if (!strcmp(command, name))
        if (!*command) continue;
        IS("out") add_number(result, command, driver_output(port, argument, strlen(argument)));
        IS("outn") add_number(result, command, driver_output(port, NULL, 0));
        IS("echo") {
            if (d->ev) add_number(result, command, driver_outputv(port, NULL, 0, d->ev, 0));
            else add_number(result, command, driver_output(port, d->buf, d->length));
        }
        IS("out2") {
            char *header = cut(argument, '|', &more);
            add_number(result, command, driver_output2(port, header, strlen(header), more, strlen(more)));
        }
        IS("out2n") add_number(result, command, driver_output2(port, argument, strlen(argument), NULL, 0));
        IS("outb") {
            char *header = cut(argument, '|', &more);
            ErlDrvBinary *binary = binary_of(more);
            add_number(result, command,
                       driver_output_binary(port, header, strlen(header), binary, 0, strlen(more)));
            driver_free_binary(binary);
        }
        IS("outv") add_number(result, command, send_vector(d, argument, 0));
        IS("outs") {
            char *skip = cut(argument, ' ', &more);
            add_number(result, command, send_vector(d, more, atol(skip)));
        }
        IS("newline") add_number(result, command, driver_output(port, "\n", 1));
        IS("crlf") add_number(result, command, driver_output(port, "\r\n", 2));
        IS("cr") add_number(result, command, driver_output(port, "\r", 1));
        IS("vec") show_vector(d, result);
        IS("term") add_number(result, command, send_term(d, argument, 0));
        IS("send") add_number(result, command, send_term(d, argument, 1));
        IS("atom") add_number(result, command, driver_failure_atom(port, argument));
        IS("fail") add_number(result, command, driver_failure(port, atoi(argument)));
        IS("posix") add_number(result, command, driver_failure_posix(port, atoi(argument)));
        IS("eof") add_number(result, command, driver_failure_eof(port));
        IS("exit") add_number(result, command, driver_exit(port, atoi(argument)));
        IS("timer") add_number(result, command, driver_set_timer(port, atol(argument)));
        IS("cancel") add_number(result, command, driver_cancel_timer(port));
        IS("left") {
            unsigned long left = 77777;
            add_number(result, command, driver_read_timer(port, &left));
            add(result, "ms", left == 77777 ? "untouched" : left ? "some" : "0");
        }
        IS("enq") add_number(result, command, driver_enq(port, argument, strlen(argument)));
        IS("push") add_number(result, command, driver_pushq(port, argument, strlen(argument)));
        IS("enqb") {
            ErlDrvBinary *binary = binary_of(argument);
            add_number(result, command, driver_enq_bin(port, binary, 0, strlen(argument)));
            add_number(result, "refc", driver_binary_get_refc(binary));
            driver_free_binary(binary);
        }
        IS("deq") add_number(result, command, (long) driver_deq(port, atol(argument)));
        IS("size") add_number(result, command, (long) driver_sizeq(port));
        IS("peek") {
            int n, i;
            char text[500] = "";
            SysIOVec *iov = driver_peekq(port, &n);
            for (i = 0; i < n; i++)
                snprintf(text + strlen(text), sizeof text - strlen(text), "%s%.*s", i ? "|" : "", (int) iov[i].iov_len,
                         (char *) iov[i].iov_base);
            add(result, command, n < 0 ? "none" : text);
        }
        IS("busy") set_busy_port(port, atoi(argument));
        IS("flags") set_port_control_flags(port, atoi(argument));
        IS("limits") set_limits(d, argument, result);
        IS("async") start_job(d, argument, result);
        IS("pdl") use_pdl(d, argument, result);
        IS("caller") show_caller(d, result);
        IS("portflags") add_number(result, command, get_port_flags(port));
        IS("lockdrv") add_number(result, command, driver_lock_driver(port));
        IS("ospid") erl_drv_set_os_pid(port, atol(argument));
        IS("mon") use_monitor(d, command, "0", result);
        IS("demon") use_monitor(d, command, argument, result);
        IS("monpid") use_monitor(d, command, argument, result);
        IS("sleep") usleep(atol(argument) * 1000);
        IS("pipe") {
            if (pipe(d->pipe)) abort();
            fcntl(d->pipe[0], F_SETFL, O_NONBLOCK);
        }
        IS("wr") add_number(result, command, write(d->pipe[1], argument, strlen(argument)));
        IS("sel") {
            char *which = cut(argument, ' ', &more), *mode = cut(more, ' ', &more);
            ErlDrvEvent event = (ErlDrvEvent) (long) d->pipe[*which == 'w'];
            add_number(result, command, driver_select(port, event, atoi(mode), atoi(more)));
        }
        IS("create") add(result, command, create_port(d, argument) == (ErlDrvPort) -1 ? "none" : "port");
        IS("ack") erl_drv_init_ack(port, *argument == '-' ? (ErlDrvData) atol(argument) : (ErlDrvData) d);
        IS("slice") add_number(result, command, erl_drv_consume_timeslice(port, atoi(argument)));
        IS("on") keep_program(d, argument);
        IS("errno") errno = atoi(argument);
        IS("ret") d->start_result = atol(argument);
        IS("form") {
            d->form = *argument;
            cut(argument, ' ', &more);
            d->form_size = atol(cut(more, ' ', &more));
            d->form_returned = atol(more);
        }
        else add(result, command, "unknown");
#undef IS
    }
}

static Result run_in(Probe *d, enum callback callback)
{
    Result result = {""};
    if (d->programs[callback]) run(d, d->programs[callback], &result);
    return result;
}

static void called_back(Probe *d, enum callback callback, const char *name, const char *detail)
{
    Result result = run_in(d, callback);
    log_callback(d, name, detail, &result);
}

static int init(void)
{
    log_version("init");
    return INIT;
}

static void finish(void)
{
    log_version("finish");
}

static ErlDrvData start(ErlDrvPort port, char *command)
{
    Probe *d = calloc(1, sizeof(Probe));
    char copy[2000], *rest;
    snprintf(copy, sizeof copy, "%s", command);
    d->port = port;
    d->start_result = -100;
    cut(copy, ' ', &rest);
    snprintf(d->tag, sizeof d->tag, "%s", cut(rest, ' ', &rest));
    d->programs[START] = strdup(rest);
    errno = 0;
    {
        Result result = run_in(d, START);
        int number = errno;
        log_callback(d, "start", "", &result);
        errno = number;
    }
    return d->start_result == -100 ? (ErlDrvData) d : (ErlDrvData) d->start_result;
}

static void stop(ErlDrvData data) { called_back((Probe *) data, STOP, "stop", ""); }
static void flush(ErlDrvData data) { called_back((Probe *) data, FLUSH, "flush", ""); }
static void timeout(ErlDrvData data) { called_back((Probe *) data, TIMEOUT, "timeout", ""); }

static void output(ErlDrvData data, char *buf, ErlDrvSizeT length)
{
    Probe *d = (Probe *) data;
    char detail[40];
    d->buf = buf;
    d->length = length;
    snprintf(detail, sizeof detail, "%lu", (unsigned long) length);
    called_back(d, OUTPUT, "output", detail);
}

static void outputv(ErlDrvData data, ErlIOVec *ev)
{
    Probe *d = (Probe *) data;
    char detail[40];
    d->ev = ev;
    snprintf(detail, sizeof detail, "%lu", (unsigned long) ev->size);
    called_back(d, OUTPUTV, "outputv", detail);
    d->ev = NULL;
}

static void ready_async(ErlDrvData data, ErlDrvThreadData thread_data)
{
    Job *job = (Job *) thread_data;
    called_back((Probe *) data, READY_ASYNC, "ready_async", job->text);
    driver_free(job);
}

static void ready_input(ErlDrvData data, ErlDrvEvent event)
{
    char text[100];
    ssize_t n = read((int) (long) event, text, sizeof text - 1);
    text[n < 0 ? 0 : n] = 0;
    called_back((Probe *) data, READY_INPUT, "ready_input", text);
}

static void ready_output(ErlDrvData data, ErlDrvEvent event)
{
    driver_select(((Probe *) data)->port, event, ERL_DRV_WRITE, 0);
    called_back((Probe *) data, READY_OUTPUT, "ready_output", "");
}

static void stop_select(ErlDrvEvent event, void *reserved)
{
    (void) reserved;
    put_log("stop_select");
    close((int) (long) event);
}

static void process_exit(ErlDrvData data, ErlDrvMonitor *monitor)
{
    Probe *d = (Probe *) data;
    char detail[40] = "unknown";
    int i;
    for (i = 0; i < d->monitor_count; i++)
        if (driver_compare_monitors(d->monitors + i, monitor) == 0) snprintf(detail, sizeof detail, "%d", i);
    called_back(d, PROCESS_EXIT, "process_exit", detail);
}

static ErlDrvSSizeT reply(Probe *d, const char *text, size_t length, char **rbuf, ErlDrvSizeT rlen)
{
    switch (d->form) {
    case '-': return -1;
    case '0': *rbuf = NULL; return d->form_returned;
    case 'z': return 0;
    case 'a':
        *rbuf = driver_alloc(d->form_size + 1);
        memset(*rbuf, 'a', d->form_size);
        return d->form_returned;
    case 'b': {
        ErlDrvBinary *binary = driver_alloc_binary(d->form_size);
        memset(binary->orig_bytes, 'b', d->form_size);
        *rbuf = (char *) binary;
        return d->form_returned;
    }
    default:
        if (length > rlen) *rbuf = driver_alloc(length);
        memcpy(*rbuf, text, length);
        return length;
    }
}

static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT length, char **rbuf,
                            ErlDrvSizeT rlen)
{
    Probe *d = (Probe *) data;
    Result result = {""};
    char *text = malloc(length + 1);
    memcpy(text, buf, length);
    text[length] = 0;
    d->form = 'n';
    if (command >= SET_PROGRAM && command < SET_PROGRAM + CALLBACKS) {
        d->programs[command - SET_PROGRAM] = text;
        strcpy(result.text, "ok");
    } else if (command == 0)
        run(d, text, &result);
    else
        snprintf(result.text, sizeof result.text, "op=%u", command);
    return reply(d, result.text, strlen(result.text), rbuf, rlen);
}

static ErlDrvSSizeT call(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT length, char **rbuf,
                         ErlDrvSizeT rlen, unsigned *flags)
{
    Probe *d = (Probe *) data;
    char detail[40];
    (void) flags;
    d->form = 'n';
    snprintf(detail, sizeof detail, "%u", command);
    called_back(d, CALL, "call", detail);
    return reply(d, buf, length, rbuf, rlen);
}

static ErlDrvEntry entry;

#ifdef NO_DRIVER_INIT
int no_driver_init_here(void)
#else
DRIVER_INIT(probe)
#endif
{
    log_version("driver_init");
    entry.init = init;
    entry.start = IF_WANTED(START, start);
    entry.stop = IF_WANTED(STOP, stop);
    entry.output = IF_WANTED(OUTPUT, output);
    entry.outputv = IF_WANTED(OUTPUTV, outputv);
    entry.flush = IF_WANTED(FLUSH, flush);
    entry.timeout = IF_WANTED(TIMEOUT, timeout);
    entry.ready_async = IF_WANTED(READY_ASYNC, ready_async);
    entry.ready_input = IF_WANTED(READY_INPUT, ready_input);
    entry.ready_output = IF_WANTED(READY_OUTPUT, ready_output);
    entry.process_exit = IF_WANTED(PROCESS_EXIT, process_exit);
    entry.call = IF_WANTED(CALL, call);
    entry.control = IF_WANTED(CONTROL, control);
    entry.stop_select = IF_WANTED(STOP_SELECT, stop_select);
    entry.finish = finish;
    entry.driver_name = NAME;
    entry.extended_marker = MARKER;
    entry.major_version = MAJOR;
    entry.minor_version = MINOR;
    entry.driver_flags = FLAGS;
#ifdef NO_DRIVER_INIT
    return 0;
#elif defined NULL_ENTRY
    return NULL;
#else
    return &entry;
#endif
}
