/* What an isolated driver's process says when it crashes: the callback, and where its code was. */
#include "bridge.h"

#include <execinfo.h>
#include <signal.h>
#include <unistd.h>

enum { FRAMES = 40, STACK = 65536 };

static int report = -1;

static void put(const char *text)
{
    if (write(report, text, strlen(text)) < 0) _exit(127);
}

static void crashed(int number)
{
    void *frames[FRAMES];
    Crossing *crossing = here;
    int count = backtrace(frames, FRAMES);
    if (crossing && crossing->callback) {
        put("in ");
        put(crossing->callback);
        put("; C backtrace, innermost first:\n");
    }
    backtrace_symbols_fd(frames + 1, count - 1, report);    /* without this function */
    signal(number, SIG_DFL);
    raise(number);
}

/* report_crashes(): from now on, to the descriptor that ERTS_EMU_CRASH_REPORT names. */
PyObject *report_crashes(PyObject *module, PyObject *unused)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    const char *descriptor = getenv("ERTS_EMU_CRASH_REPORT");
    void *first[1];
    stack_t stack = {.ss_sp = malloc(STACK), .ss_size = STACK};
    struct sigaction action = {.sa_handler = crashed, .sa_flags = SA_NODEFER | SA_ONSTACK};
    size_t i;
    (void) module, (void) unused;
    if (!descriptor || !stack.ss_sp) Py_RETURN_FALSE;
    report = atoi(descriptor);
    backtrace(first, 1);                /* loads what it needs now, and not in the handler */
    sigaltstack(&stack, NULL);
    sigemptyset(&action.sa_mask);
    for (i = 0; i < sizeof numbers / sizeof *numbers; i++) sigaction(numbers[i], &action, NULL);
    Py_RETURN_TRUE;
}
