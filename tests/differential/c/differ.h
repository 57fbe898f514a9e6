/* A driver that does what programs tell it: a program is what "start", a control or a call is given.
 *
 * A statement is a function of the driver API with its arguments; its result goes into a log that outlives the ports.
 * "on CALLBACK STATEMENT, ..." keeps statements for a callback. The port "NAME log" answers controls: 0 gives the log
 * and forgets it, 1 how much is under way, 2 notes the caller under the letter that is the data.
 *
 * Who includes this defines NAME, FLAGS, and which callbacks there are: WITH_OUTPUTV, WITH_MORE.
 */
#include "differ_jobs.h"

enum { ENDS = START | PROCESS_EXIT, HANDLE = INVOKE | THREAD };

/* *never* are the callbacks in which the real system does not survive the call, or in which it makes no sense. */
static const struct {
    const char *name;
    void (*function)(Run *);
    int never;
} statements[] = {
    {"output", do_output, HANDLE},
    {"output2", do_output2, HANDLE},
    {"output_binary", do_output_binary, HANDLE},
    {"outputv", do_outputv, HANDLE},
    {"vec_to_buf", do_vec_to_buf, 0},
    {"term", do_term, 0},
    {"fail", do_fail, HANDLE | ENDS},
    {"fail_atom", do_fail_atom, HANDLE | ENDS},
    {"fail_posix", do_fail_posix, HANDLE | ENDS},
    {"eof", do_eof, HANDLE | ENDS},
    {"exit", do_exit, HANDLE | ENDS},
    {"bin", do_bin, HANDLE},
    {"rebin", do_rebin, HANDLE},
    {"freebin", do_freebin, HANDLE},
    {"refc", do_refc, HANDLE},
    {"enq", do_enq, INVOKE},
    {"pushq", do_enq, INVOKE},
    {"enq_bin", do_enq_bin, INVOKE},
    {"pushq_bin", do_enq_bin, INVOKE},
    {"enqv", do_enqv, INVOKE},
    {"pushqv", do_enqv, INVOKE},
    {"deq", do_deq, INVOKE},
    {"sizeq", do_sizeq, INVOKE},
    {"peekq", do_peekq, INVOKE},
    {"peekqv", do_peekqv, INVOKE},
    {"set_timer", do_set_timer, HANDLE | STOP},
    {"cancel", do_cancel, HANDLE},
    {"read_timer", do_read_timer, HANDLE},
    {"select", do_select, HANDLE | STOP},
    {"write", do_write, HANDLE | STOP},
    {"async", do_async, HANDLE},
    {"pdl", do_pdl, HANDLE | STOP},
    {"pdl_refc", do_pdl_refc, HANDLE},
    {"busy", do_busy, HANDLE},
    {"limits", do_limits, HANDLE},
    {"flags", do_flags, HANDLE},
    {"about", do_about, HANDLE},
    {"os_pid", do_os_pid, HANDLE},
    {"slice", do_slice, HANDLE},
    {"ack", do_ack, HANDLE | START},
    {"refuse", do_refuse, HANDLE | ENDS},
    {"child", do_child, HANDLE},
    {"monitor", do_monitor, HANDLE | STOP},
    {"demonitor", do_demonitor, HANDLE},
    {"monitored", do_monitored, HANDLE},
    {"thread", do_thread, HANDLE},
    {"locks", do_locks, 0},
    {"tsd", do_tsd, 0},
    {"getenv", do_getenv, 0},
    {"putenv", do_putenv, 0},
    {"errno", do_errno, 0},
    {"time", do_time, 0},
    {"system", do_system, 0},
    {"memory", do_memory, 0},
    {"atom", do_atom, 0},
};

/* "on CALLBACK ...": keep the rest, with ";" for ",". */
static void do_on(Port *p, const char *callback, const char *program)
{
    for (int i = 0; i < SLOTS; i++)
        if (is(slot_names[i], callback)) {
            free(p->program[i]);
            p->program[i] = strdup(program);
            for (char *at = p->program[i]; *at; at++)
                if (*at == ',') *at = ';';
        }
}

/* What a callback answers: "ret N", "ret -2 ERRNO", "answer BYTES", "fresh BYTES", "none", "keep". */
static int do_answer(Run *run)
{
    const char *name = run->word[0];
    if (is(name, "ret")) {
        run->has_result = 1;
        run->result = number(run, 1, 0);
        run->error = (int) number(run, 2, 0);
    } else if (is(name, "answer") || is(name, "fresh")) {
        Bytes bytes = bytes_of(run, word(run, 1));
        run->answer = is(name, "answer") ? IN_PLACE : FRESH;
        run->size = bytes.size < sizeof run->bytes ? bytes.size : sizeof run->bytes;
        if (run->size) memcpy(run->bytes, bytes.at, run->size);
    } else if (is(name, "none"))
        run->answer = NO_BUFFER;
    else if (is(name, "keep"))
        run->keep = 1;
    else
        return 0;
    return 1;
}

/* Bring a port to its end, whatever keeps it: what is queued, busy, or selected. */
static void do_end(Run *run)
{
    Port *p = run->p;
    p->timer = 0;
    driver_cancel_timer(p->port);
    lock_queue(run);
    driver_deq(p->port, driver_sizeq(p->port));
    unlock_queue(run);
    set_busy_port(p->port, 0);
}

static void run_statement(Run *run, char *text)
{
    char *rest, *at;
    while (*text == ' ') text++;
    if (strncmp(text, "on ", 3) == 0) {
        at = strtok_r(text + 3, " ", &rest);
        if (at) do_on(run->p, at, rest ? rest : "");
        return;
    }
    run->count = 0;
    run->used = 0;
    for (at = strtok_r(text, " ", &rest); at && run->count < WORDS; at = strtok_r(NULL, " ", &rest))
        run->word[run->count++] = at;
    if (run->count == 0 || do_answer(run)) return;
    if (is(run->word[0], "end")) {
        do_end(run);
        return;
    }
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        if (is(statements[i].name, run->word[0])) {
            int owns = run->context != THREAD || (run->p->pdl && !run->p->gone) || !(statements[i].never & INVOKE);
            if (statements[i].never & run->context || !owns) tell(run, "not here");
            else statements[i].function(run);
            return;
        }
    tell(run, "what?");
}

static void run_program(Run *run, const char *program)
{
    char *copy = strdup(program), *rest, *at;
    run->room = malloc(ROOM);
    for (at = strtok_r(copy, ";", &rest); at; at = strtok_r(NULL, ";", &rest)) run_statement(run, at);
    free(run->room);
    free(copy);
}

/* A callback that only runs its program. */
static void run_callback(Port *p, int context)
{
    int which = 0;
    while (1 << which != context) which++;
    run_in(p, context, p->program[which]);
}

static Run *new_run(Port *p, int context)
{
    Run *run = calloc(1, sizeof *run);
    run->p = p;
    run->context = context;
    run->firing = -1;
    return run;
}

/* The port is over: give back what it holds. */
static void part_with(Port *p)
{
    close_pipe(p);
    p->gone = 1;
    for (int i = 0; i < BINARIES; i++) {
        driver_free_binary(p->binary[i]);
        p->binary[i] = NULL;
    }
}

static ErlDrvData differ_start(ErlDrvPort port, char *command)
{
    Port *p = new_port();
    char *program = strchr(command, ' ');
    p->port = port;
    p->term = driver_mk_port(port);
    if (p->number == 0) {
        if (FLAGS & ERL_DRV_FLAG_USE_INIT_ACK) driver_set_timer(port, 0);
        return (ErlDrvData) p;
    }
    note(p->number, ' ', "start %s", program ? "with a program" : "bare");
    Run *run = new_run(p, START);
    if (program) run_program(run, program + 1);
    ErlDrvData result = (ErlDrvData) p;
    if (run->has_result && run->result < 0 && run->result >= -3) {
        result = (ErlDrvData) run->result;
        part_with(p);
    }
    errno = run->error;
    free(run);
    return result;
}

static void differ_stop(ErlDrvData data)
{
    Port *p = (Port *) data;
    if (p->number == 0) return;
    note(p->number, ' ', "stop");
    run_callback(p, STOP);
    part_with(p);
}

static void differ_output(ErlDrvData data, char *buf, ErlDrvSizeT len)
{
    Port *p = (Port *) data;
    char room[200];
    p->child = 0;
    note(p->number, ' ', "output %zu %s", (size_t) len, shown(room, sizeof room, buf, len));
    run_callback(p, OUTPUT);
}

static void differ_outputv(ErlDrvData data, ErlIOVec *vector)
{
    Port *p = (Port *) data;
    Run run = {.p = p};
    p->child = 0;
    tell_vector(&run, "outputv", vector->vsize, vector->iov, vector->binv, vector->size);
    run_callback(p, OUTPUT);
}

/* Make the answer of control or call; *binary* says that it is a driver binary. */
static ErlDrvSSizeT answer(Run *run, char **rbuf, ErlDrvSizeT rlen, int as_binary)
{
    ErlDrvSSizeT size = run->size;
    if (run->has_result && run->result < 0) return run->result;
    if (run->answer == IN_PLACE && size <= (ErlDrvSSizeT) rlen) {
        memcpy(*rbuf, run->bytes, size);
    } else if (run->answer == NO_BUFFER) {
        *rbuf = NULL;
        if (run->context == CALL) return 0; /* with more the real system does not survive */
    } else if (run->answer != UNCHANGED && as_binary) {
        ErlDrvBinary *binary = driver_alloc_binary(size);
        memcpy(binary->orig_bytes, run->bytes, size);
        *rbuf = (char *) binary;
    } else if (run->answer != UNCHANGED) {
        *rbuf = driver_alloc(size + 1);
        memcpy(*rbuf, run->bytes, size);
    }
    return run->has_result && run->result < size ? run->result : size;
}

static ErlDrvSSizeT answer_log(unsigned command, char *buf, ErlDrvSizeT len, char **rbuf, Port *p)
{
    char text[20];
    size_t size = 0;
    if (command == 1) size = snprintf(text, sizeof text, "%d", under_way());
    if (command == 2 && len == 1) processes[(unsigned) (buf[0] - 'a') % PROCESSES] = driver_caller(p->port);
    pthread_mutex_lock(&state_lock);
    if (command == 0) size = log_size;
    *rbuf = driver_alloc(size + 1);
    if (size) memcpy(*rbuf, command == 0 ? log_text : text, size);
    if (command == 0) log_size = 0;
    pthread_mutex_unlock(&state_lock);
    return size;
}

static ErlDrvSSizeT differ_control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT len, char **rbuf,
                                   ErlDrvSizeT rlen)
{
    Port *p = (Port *) data;
    if (p->number == 0) return answer_log(command, buf, len, rbuf, p);
    char *program = strndup(buf ? buf : "", len);
    p->child = 0;
    note(p->number, ' ', "control %u %zu", command, (size_t) rlen);
    Run *run = new_run(p, CONTROL);
    run_program(run, program);
    ErlDrvSSizeT size = answer(run, rbuf, rlen, p->control_flags & PORT_CONTROL_FLAG_BINARY);
    free(run);
    free(program);
    return size;
}

/* A binary is a program; other terms are only noted. Without an answer the term itself is one. */
static ErlDrvSSizeT differ_call(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT len, char **rbuf,
                                ErlDrvSizeT rlen, unsigned *flags)
{
    Port *p = (Port *) data;
    char room[200], *given = *rbuf;
    p->child = 0;
    note(p->number, ' ', "call %u %s", command, shown(room, sizeof room, buf, len));
    Run *run = new_run(p, CALL);
    if (len > 6 && (unsigned char) buf[1] == 109) {
        char *program = strndup(buf + 6, len - 6);
        run_program(run, program);
        free(program);
    }
    if (run->answer == UNCHANGED && !run->has_result && len < sizeof run->bytes) {
        run->answer = IN_PLACE;
        run->size = len;
        memcpy(run->bytes, buf, len);
    }
    ErlDrvSSizeT size = answer(run, rbuf, rlen, 0);
    if (*rbuf != given && *rbuf && run->keep) *flags |= DRIVER_CALL_KEEP_BUFFER;
    free(run);
    return size;
}

static void differ_timeout(ErlDrvData data)
{
    Port *p = (Port *) data;
    if (p->number == 0) {
        erl_drv_init_ack(p->port, data);
        return;
    }
    p->timer = 0;
    note(p->number, ' ', "timeout");
    run_callback(p, TIMEOUT);
}

static void differ_ready_input(ErlDrvData data, ErlDrvEvent event)
{
    Port *p = (Port *) data;
    char bytes[4096], room[200];
    long size = read((int) (long) event, bytes, sizeof bytes);
    note(p->number, ' ', "ready_input %ld %s", size, shown(room, sizeof room, bytes, size > 0 ? size : 0));
    if (size <= 0) {
        driver_select(p->port, event, ERL_DRV_READ, 0);
        add(&p->selected[0], -p->selected[0]);
    }
    run_callback(p, READY_INPUT);
}

static void differ_ready_output(ErlDrvData data, ErlDrvEvent event)
{
    Port *p = (Port *) data;
    note(p->number, ' ', "ready_output");
    driver_select(p->port, event, ERL_DRV_WRITE, 0);
    add(&p->selected[1], -p->selected[1]);
    run_callback(p, READY_OUTPUT);
}

static void differ_ready_async(ErlDrvData data, ErlDrvThreadData result)
{
    Port *p = (Port *) data;
    Job *job = (Job *) result;
    note(p->number, ' ', "ready_async %d", job->number);
    run_callback(p, READY_ASYNC);
    end_job(job);
}

static void differ_flush(ErlDrvData data)
{
    Port *p = (Port *) data;
    note(p->number, ' ', "flush");
    run_callback(p, FLUSH);
}

static void differ_process_exit(ErlDrvData data, ErlDrvMonitor *monitor)
{
    Port *p = (Port *) data;
    Run *run = new_run(p, PROCESS_EXIT);
    ErlDrvTermData pid = driver_get_monitored_process(p->port, monitor);
    for (int i = 0; i < MONITORS; i++)
        if (p->monitored[i] && driver_compare_monitors(&p->monitor[i], monitor) == 0) run->firing = i;
    note(p->number, ' ', "process_exit %d %s", run->firing, name_of(run, pid));
    if (p->program[10]) run_program(run, p->program[10]);
    if (run->firing >= 0) p->monitored[run->firing] = 0;
    free(run);
}

static void differ_stop_select(ErlDrvEvent event, void *reserved)
{
    int fd = (int) (long) event;
    for (int i = 0; i < port_count; i++)
        for (int end = 0; end < 2; end++)
            if (ports[i]->fd[end] == fd) {
                note(ports[i]->number, ' ', "stop_select %s %s", end ? "w" : "r", reserved ? "some" : "null");
                ports[i]->fd[end] = -1;
                ports[i]->selected[end] = 0;
            }
    close(fd);
}

static ErlDrvEntry entry = {
    .start = differ_start,
    .stop = differ_stop,
    .control = differ_control,
    .driver_name = NAME,
    .extended_marker = ERL_DRV_EXTENDED_MARKER,
    .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
    .driver_flags = FLAGS,
    .stop_select = differ_stop_select,
    .timeout = differ_timeout,
    .ready_input = differ_ready_input,
    .ready_output = differ_ready_output,
    .outputv = WITH_OUTPUTV ? differ_outputv : NULL,
    .output = WITH_MORE ? differ_output : NULL,
    .call = WITH_MORE ? differ_call : NULL,
    .ready_async = WITH_MORE ? differ_ready_async : NULL,
    .flush = WITH_MORE ? differ_flush : NULL,
    .process_exit = WITH_MORE ? differ_process_exit : NULL,
};

DRIVER_INIT(NAME)
{
    return &entry;
}
