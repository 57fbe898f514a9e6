/* What an isolated driver's process says when it crashes: the callback, and where its code was. */
#include "bridge.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <signal.h>
#include <unistd.h>

enum { FRAMES = 40, STACK = 65536, OURS = 2 };     /* this handler's frames: its own, and what calls it */

static int report = -1;
static pthread_key_t stacks;

static void put(const char *text)
{
    if (write(report, text, strlen(text)) < 0) _exit(127);
}

/* FILE(FUNCTION+0xN)[+0xM]: so many bytes after the function's start, and after the beginning of the file. */
static void put_frame(void *address)
{
    char line[600];
    Dl_info found;
    if (!dladdr(address, &found) || !found.dli_fname) return;
    snprintf(line, sizeof line, "%.400s(%.100s+0x%lx)[+0x%lx]\n", found.dli_fname, found.dli_sname ? found.dli_sname : "",
             (unsigned long) ((char *) address - (char *) (found.dli_sname ? found.dli_saddr : found.dli_fbase)),
             (unsigned long) ((char *) address - (char *) found.dli_fbase));
    put(line);
}

static void crashed(int number)
{
    void *frames[FRAMES];
    Crossing *crossing = here;
    int count = backtrace(frames, FRAMES), i;
    if (crossing && crossing->callback) {
        put("in ");
        put(crossing->callback);
        put("; C backtrace, innermost first:\n");
    }
    for (i = OURS; i < count; i++) put_frame(frames[i]);
    signal(number, SIG_DFL);
    raise(number);
}

static void handle_signals(void)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    struct sigaction action = {.sa_handler = crashed, .sa_flags = SA_NODEFER | SA_ONSTACK};
    void *first[1];
    size_t i;
    backtrace(first, 1);                /* loads what it needs now, and not in the handler */
    sigemptyset(&action.sa_mask);
    for (i = 0; i < sizeof numbers / sizeof *numbers; i++) sigaction(numbers[i], &action, NULL);
    pthread_key_create(&stacks, free);
}

/* report_crashes(): from now on, to the descriptor that ERTS_EMU_CRASH_REPORT names. Once on each thread: a thread whose
 * stack has overflown needs another one to tell of it. */
PyObject *report_crashes(PyObject *module, PyObject *unused)
{
    const char *descriptor = getenv("ERTS_EMU_CRASH_REPORT");
    stack_t stack = {.ss_size = STACK}, has;
    (void) module, (void) unused;
    if (!descriptor) Py_RETURN_FALSE;
    if (report < 0) {
        report = atoi(descriptor);
        handle_signals();
    }
    /* A sanitizer has given the thread a stack for signals already, which it will want to free. */
    if (!sigaltstack(NULL, &has) && has.ss_flags & SS_DISABLE && (stack.ss_sp = malloc(STACK))) {
        sigaltstack(&stack, NULL);
        pthread_setspecific(stacks, stack.ss_sp);
    }
    Py_RETURN_TRUE;
}
