/*
 * Calls every function of the driver API and tells what it answered. control COMMAND runs one chapter; the reply is
 * text, the same in erl and in the emulator.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "erl_driver.h"

#define DEAD ((ErlDrvPort) -1)

typedef struct { ErlDrvPort port; int fds[2]; ErlDrvPDL pdl; ErlDrvMonitor monitor; ErlDrvTid thread; } Data;

static char text[8000];
static size_t used;

static void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    used += vsnprintf(text + used, sizeof text - used, format, arguments);
    va_end(arguments);
}

#define SAY(expression) say("%s = %ld\n", #expression, (long) (expression))

/* --- memory --- */

static void memory(void)
{
    char *block = driver_alloc(10);
    ErlDrvBinary *binary, *none = NULL;
    strcpy(block, "123456789");
    block = driver_realloc(block, 5000);
    say("block %s\n", block);
    driver_free(block);
    driver_free(NULL);
    SAY(driver_alloc((ErlDrvSizeT) 1 << 62) == NULL);
    block = driver_realloc(NULL, 3);
    SAY(block != NULL);
    driver_free(block);
    block = driver_alloc(0);
    SAY(block != NULL);
    driver_free(block);
    binary = driver_alloc_binary(100);
    SAY(binary->orig_size);
    SAY((unsigned long) binary->orig_bytes % 8);
    SAY(driver_binary_get_refc(binary));
    SAY(driver_binary_inc_refc(binary));
    SAY(driver_binary_dec_refc(binary));
    strcpy(binary->orig_bytes, "kept");
    binary = driver_realloc_binary(binary, 3000);
    say("%s %ld\n", binary->orig_bytes, binary->orig_size);
    SAY(driver_binary_get_refc(binary));
    driver_free_binary(binary);
    driver_free_binary(NULL);
    SAY(driver_alloc_binary((ErlDrvSizeT) -1) == NULL);
    binary = driver_realloc_binary(none, 7);
    SAY(binary->orig_size);
    driver_free_binary(binary);
    SAY(null_func());
}

/* --- the queue --- */

static void show_queue(ErlDrvPort port)
{
    int n, i;
    ErlIOVec ev;
    SysIOVec *iov = driver_peekq(port, &n);
    say("queue %d:", n);
    for (i = 0; i < n; i++) say(" %.*s", (int) iov[i].iov_len, (char *) iov[i].iov_base);
    SAY(driver_peekqv(port, &ev));
    say("view %d %ld", ev.vsize, (long) ev.size);
    for (i = 0; i < ev.vsize; i++)
        say(" %.*s/%d", (int) ev.iov[i].iov_len, (char *) ev.iov[i].iov_base, ev.binv[i] != NULL);
    say("\n");
}

static void queue(ErlDrvPort port)
{
    ErlDrvBinary *binary = driver_alloc_binary(10);
    SysIOVec iov[3];
    ErlDrvBinary *binv[3] = {NULL, binary, binary};
    ErlIOVec ev = {3, 0, iov, binv};
    int n = 5;
    memcpy(binary->orig_bytes, "0123456789", 10);
    SAY(driver_sizeq(port));
    SAY(driver_peekq(port, &n) == NULL);
    SAY(n);
    SAY(driver_enq(port, "hello", 5));
    SAY(driver_pushq(port, "ab", 2));
    SAY(driver_enq_bin(port, binary, 2, 3));
    SAY(driver_binary_get_refc(binary));
    SAY(driver_pushq_bin(port, binary, 8, 2));
    SAY(driver_binary_get_refc(binary));
    SAY(driver_sizeq(port));
    show_queue(port);
    SAY(driver_deq(port, 3));
    show_queue(port);
    SAY(driver_deq(port, 100));
    SAY(driver_deq(port, 9));
    SAY(driver_binary_get_refc(binary));
    iov[0].iov_base = "xyz", iov[0].iov_len = 3;
    iov[1].iov_base = binary->orig_bytes, iov[1].iov_len = 4;
    iov[2].iov_base = binary->orig_bytes + 4, iov[2].iov_len = 2;
    ev.size = 9;
    SAY(driver_enqv(port, &ev, 1));
    SAY(iov[0].iov_len);
    SAY(driver_binary_get_refc(binary));
    show_queue(port);
    SAY(driver_enqv(port, &ev, 9));
    SAY(driver_deq(port, driver_sizeq(port)));
    binv[0] = binary, iov[0].iov_base = binary->orig_bytes + 6, iov[0].iov_len = 2, ev.size = 8;
    SAY(driver_pushqv(port, &ev, 0));
    show_queue(port);
    SAY(driver_deq(port, driver_sizeq(port)));
    SAY(driver_binary_get_refc(binary));
    driver_free_binary(binary);
    SAY(driver_enq(DEAD, "x", 1));
    SAY(driver_enq(DEAD, "x", 0));
    SAY(driver_sizeq(DEAD));
    SAY(driver_deq(DEAD, 1));
    SAY(driver_peekq(DEAD, &n) == NULL);
    SAY(n);
}

/* --- vectors --- */

static void vectors(ErlDrvPort port)
{
    SysIOVec iov[3] = {{"abc", 3}, {"", 0}, {"defg", 4}};
    ErlDrvBinary *binv[3] = {NULL};
    ErlIOVec ev = {3, 7, iov, binv};
    char buf[21] = "";
    ErlDrvBinary *binary = driver_alloc_binary(100);
    memset(binary->orig_bytes, 'q', 100);
    SAY(driver_vec_to_buf(&ev, buf, 20));
    say("%s\n", buf);
    SAY(driver_vec_to_buf(&ev, buf, 5));
    SAY(driver_vec_to_buf(&ev, buf, 0));
    SAY(driver_output(port, "plain", 5));
    SAY(driver_output(port, NULL, 0));
    SAY(driver_output2(port, "AB", 2, "cd", 2));
    SAY(driver_output2(port, "AB", 2, NULL, 0));
    SAY(driver_output_binary(port, "H", 1, binary, 10, 70));
    SAY(driver_output_binary(port, NULL, 0, binary, 10, 7));
    SAY(driver_outputv(port, "H", 1, &ev, 0));
    SAY(driver_outputv(port, NULL, 0, &ev, 2));
    SAY(iov[0].iov_len);
    SAY(driver_outputv(port, "H", 1, &ev, 100));
    SAY(driver_binary_get_refc(binary) >= 1);
    driver_free_binary(binary);
    SAY(driver_output(DEAD, "x", 1));
    SAY(driver_output2(DEAD, "x", 1, NULL, 0));
    SAY(driver_outputv(DEAD, NULL, 0, &ev, 0));
}

/* --- terms --- */

#define SEND(...)                                                                                                      \
    do {                                                                                                               \
        ErlDrvTermData spec[] = {__VA_ARGS__};                                                                         \
        say("%s: %d\n", #__VA_ARGS__, erl_drv_output_term(driver_mk_port(port), spec, sizeof spec / sizeof *spec));    \
    } while (0)
#define WORD(pointer) ((ErlDrvTermData) (pointer))

static void terms(ErlDrvPort port)
{
    double number = 2.5, nan_value = NAN;
    ErlDrvSInt64 big = -1234567890123456789L;
    ErlDrvUInt64 huge = 18446744073709551615UL;
    ErlDrvBinary *binary = driver_alloc_binary(5);
    char ext[] = {(char) 131, 104, 2, 97, 1, 97, 2, 55};
    ErlDrvTermData self = driver_caller(port), nil = driver_mk_term_nil();
    ErlDrvTermData ok[] = {ERL_DRV_ATOM, driver_mk_atom("ok")};
    memcpy(binary->orig_bytes, "abcde", 5);
    SEND(ERL_DRV_NIL);
    SEND(ERL_DRV_ATOM, driver_mk_atom("an atom"));
    SEND(ERL_DRV_ATOM, driver_mk_atom("\xe9t\xe9"));
    SEND(ERL_DRV_INT, WORD(-5L));
    SEND(ERL_DRV_UINT, WORD(-5L));
    SEND(ERL_DRV_INT64, WORD(&big));
    SEND(ERL_DRV_UINT64, WORD(&huge));
    SEND(ERL_DRV_FLOAT, WORD(&number));
    SEND(ERL_DRV_FLOAT, WORD(&nan_value));
    SEND(ERL_DRV_BINARY, WORD(binary), 3, 1);
    SEND(ERL_DRV_BINARY, WORD(binary), 5, 1);
    SEND(ERL_DRV_BUF2BINARY, WORD("xyz"), 3);
    SEND(ERL_DRV_BUF2BINARY, 0, 0);
    SEND(ERL_DRV_BUF2BINARY, 0, 1);
    SEND(ERL_DRV_STRING, WORD("xyz\xff"), 4);
    SEND(ERL_DRV_STRING, 0, 0);
    SEND(ERL_DRV_NIL, ERL_DRV_STRING_CONS, WORD("456"), 3, ERL_DRV_STRING_CONS, WORD("123"), 3);
    SEND(ERL_DRV_INT, 7, ERL_DRV_STRING_CONS, WORD("12"), 2);
    SEND(ERL_DRV_STRING_CONS, WORD("12"), 2);
    SEND(ERL_DRV_EXT2TERM, WORD(ext), 8);
    SEND(ERL_DRV_EXT2TERM, WORD(ext), 5);
    SEND(ERL_DRV_TUPLE, 0);
    SEND(ERL_DRV_INT, 1, ERL_DRV_INT, 2, ERL_DRV_TUPLE, 2);
    SEND(ERL_DRV_INT, 1, ERL_DRV_TUPLE, 2);
    SEND(ERL_DRV_INT, 1, ERL_DRV_INT, 2, ERL_DRV_NIL, ERL_DRV_LIST, 3);
    SEND(ERL_DRV_INT, 1, ERL_DRV_INT, 2, ERL_DRV_LIST, 2);
    SEND(ERL_DRV_INT, 1, ERL_DRV_LIST, 1);
    SEND(ERL_DRV_NIL, ERL_DRV_LIST, 0);
    SEND(ERL_DRV_INT, 0, ERL_DRV_INT, 1, ERL_DRV_STRING, WORD("tail"), 4, ERL_DRV_LIST, 2, ERL_DRV_TUPLE, 2);
    SEND(ERL_DRV_ATOM, driver_mk_atom("a"), ERL_DRV_INT, 1, ERL_DRV_ATOM, driver_mk_atom("b"), ERL_DRV_NIL, ERL_DRV_MAP, 2);
    SEND(ERL_DRV_INT, 1, ERL_DRV_INT, 1, ERL_DRV_INT, 1, ERL_DRV_INT, 2, ERL_DRV_MAP, 2);
    SEND(ERL_DRV_MAP, 0);
    SEND(ERL_DRV_INT, 1, ERL_DRV_MAP, 1);
    SEND(ERL_DRV_INT, 1, ERL_DRV_INT, 2);
    SEND(99);
    SEND(ERL_DRV_INT);
    SEND(ERL_DRV_ATOM, 12345 << 6);
    SEND(ERL_DRV_PID, driver_mk_port(port));
    SEND(ERL_DRV_PORT, self);
    SAY(self == driver_connected(port));
    SAY(driver_connected(port) != driver_term_nil);
    SAY(nil == driver_term_nil);
    SAY(driver_term_nil);
    SAY(driver_mk_atom("same") == driver_mk_atom("same"));
    SAY(driver_mk_atom("same") == driver_mk_atom("other"));
    SAY(erl_drv_send_term(driver_mk_port(port), self, ok, 2));
    SAY(erl_drv_send_term(self, self, ok, 2));
    SAY(erl_drv_send_term(driver_mk_port(port), nil, ok, 2));
    SAY(driver_output_term(port, ok, 2));
    SAY(driver_output_term(DEAD, ok, 2));
    SAY(driver_send_term(port, self, ok, 2));
    SAY(driver_send_term(DEAD, self, ok, 2));
    SAY(driver_mk_port(DEAD) == driver_term_nil);
    SAY(driver_caller(DEAD) == driver_term_nil);
    driver_free_binary(binary);
}

/* --- attributes, timer, time --- */

static void attributes(ErlDrvPort port)
{
    ErlDrvSizeT low = 0, high = 0;
    SAY(get_port_flags(port));
    SAY(get_port_flags(DEAD));
    erl_drv_busy_msgq_limits(port, &low, &high);
    say("limits %lu %lu\n", (unsigned long) low, (unsigned long) high);
    low = 100, high = 50;
    erl_drv_busy_msgq_limits(port, &low, &high);
    say("limits %lu %lu\n", (unsigned long) low, (unsigned long) high);
    erl_drv_busy_msgq_limits(port, &low, NULL);
    erl_drv_busy_msgq_limits(DEAD, &low, &high);
    say("limits %ld %ld\n", (long) low, (long) high);
    set_busy_port(port, 1);
    set_busy_port(port, 0);
    set_busy_port(DEAD, 1);
    erl_drv_set_os_pid(port, 4711);
    erl_drv_set_os_pid(DEAD, 1);
    set_port_control_flags(DEAD, 1);
    SAY(erl_drv_consume_timeslice(port, 1));
    SAY(erl_drv_consume_timeslice(port, 100));
    SAY(erl_drv_consume_timeslice(DEAD, 1));
    SAY(driver_lock_driver(DEAD));
    SAY(driver_async_port_key(DEAD));
    SAY(driver_async_port_key(port) > 0);
}

static void times(ErlDrvPort port)
{
    unsigned long left = 77;
    ErlDrvNowData one, two;
    ErlDrvTime before = erl_drv_monotonic_time(ERL_DRV_NSEC);
    SAY(driver_read_timer(port, &left));
    SAY(left);
    SAY(driver_set_timer(port, 100000));
    SAY(driver_read_timer(port, &left));
    SAY(left > 90000 && left <= 100000);
    SAY(driver_cancel_timer(port));
    SAY(driver_cancel_timer(port));
    left = 77;
    SAY(driver_read_timer(DEAD, &left));
    SAY(left);
    SAY(driver_set_timer(DEAD, 1));
    SAY(driver_cancel_timer(DEAD));
    SAY(erl_drv_monotonic_time(ERL_DRV_NSEC) >= before);
    SAY(erl_drv_monotonic_time(9) == ERL_DRV_TIME_ERROR);
    SAY((erl_drv_monotonic_time(ERL_DRV_SEC) + erl_drv_time_offset(ERL_DRV_SEC)) / 1000000000);
    SAY(erl_drv_time_offset(9) == ERL_DRV_TIME_ERROR);
    SAY(erl_drv_convert_time_unit(-1001, ERL_DRV_USEC, ERL_DRV_MSEC));
    SAY(erl_drv_convert_time_unit(5, ERL_DRV_SEC, ERL_DRV_NSEC));
    SAY(erl_drv_convert_time_unit(1999, ERL_DRV_MSEC, ERL_DRV_SEC));
    SAY(erl_drv_convert_time_unit(1, 9, ERL_DRV_SEC) == ERL_DRV_TIME_ERROR);
    SAY(driver_get_now(&one));
    SAY(driver_get_now(&two));
    SAY(two.megasecs > one.megasecs || two.secs > one.secs || two.microsecs > one.microsecs);
    SAY(driver_get_now(NULL));
}

/* --- system --- */

static void show_info(size_t size)
{
    ErlDrvSysInfo info;
    memset(&info, 0x11, sizeof info);
    driver_system_info(&info, size);
    say("%d.%d %s %s %d %d %d %d %d %d %d\n", info.driver_major_version, info.driver_minor_version, info.erts_version,
        info.otp_release, info.thread_support, info.smp_support, info.async_threads, info.scheduler_threads,
        info.nif_major_version, info.nif_minor_version, info.dirty_scheduler_support);
}

static void system_chapter(void)
{
    char buf[20] = "untouched";
    size_t size = sizeof buf;
    void *library;
    show_info(sizeof(ErlDrvSysInfo));
    show_info(52);
    show_info(48);
    show_info(40);
    show_info(32);
    say("%s %s %s %s %s\n", erl_errno_id(ENOENT), erl_errno_id(EAGAIN), erl_errno_id(0), erl_errno_id(-1),
        erl_errno_id(100000));
    SAY(erl_drv_putenv("API_DRV_TEST", "bar"));
    SAY(erl_drv_getenv("API_DRV_TEST", buf, &size));
    say("%s %lu\n", buf, (unsigned long) size);
    SAY(getenv("API_DRV_TEST") == NULL);
    size = 3;
    SAY(erl_drv_getenv("API_DRV_TEST", buf, &size));
    SAY(size);
    size = 10;
    SAY(erl_drv_getenv("API_DRV_UNSET", buf, &size));
    SAY(size);
    SAY(erl_drv_putenv("API_DRV_TEST", ""));
    size = 10;
    SAY(erl_drv_getenv("API_DRV_TEST", buf, &size));
    SAY(size);
    say("%s\n", driver_dl_error());
    SAY(driver_dl_open("/no/such/library") == NULL);
    say("%s\n", driver_dl_error());
    library = driver_dl_open(getenv("API_DRV_LIBRARY"));
    SAY(library != NULL);
    SAY(driver_dl_sym(library, "driver_init") != NULL);
    SAY(driver_dl_sym(library, "no_such_symbol") == NULL);
    SAY(strstr(driver_dl_error(), "no_such_symbol") != NULL);
    SAY(driver_dl_close(library));
}

/* --- locks and threads --- */

static void locks(void)
{
    ErlDrvMutex *mutex = erl_drv_mutex_create("a_mutex"), *unnamed = erl_drv_mutex_create(NULL);
    ErlDrvCond *cond = erl_drv_cond_create("a_cond"), *no_name = erl_drv_cond_create(NULL);
    ErlDrvRWLock *rwlock = erl_drv_rwlock_create("a_rwlock"), *nameless = erl_drv_rwlock_create(NULL);
    say("%s %s %s %s %s %s\n", erl_drv_mutex_name(mutex), erl_drv_mutex_name(unnamed), erl_drv_cond_name(cond),
        erl_drv_cond_name(no_name), erl_drv_rwlock_name(rwlock), erl_drv_rwlock_name(nameless));
    SAY(erl_drv_mutex_name(NULL) == NULL);
    SAY(erl_drv_cond_name(NULL) == NULL);
    SAY(erl_drv_rwlock_name(NULL) == NULL);
    erl_drv_mutex_lock(mutex);
    SAY(erl_drv_mutex_trylock(mutex));
    erl_drv_mutex_unlock(mutex);
    SAY(erl_drv_mutex_trylock(mutex));
    erl_drv_mutex_unlock(mutex);
    erl_drv_cond_signal(cond);
    erl_drv_cond_broadcast(cond);
    erl_drv_rwlock_rlock(rwlock);
    SAY(erl_drv_rwlock_tryrlock(rwlock));
    SAY(erl_drv_rwlock_tryrwlock(rwlock));
    erl_drv_rwlock_runlock(rwlock);
    erl_drv_rwlock_runlock(rwlock);
    erl_drv_rwlock_rwlock(rwlock);
    SAY(erl_drv_rwlock_tryrlock(rwlock));
    SAY(erl_drv_rwlock_tryrwlock(rwlock));
    erl_drv_rwlock_rwunlock(rwlock);
    SAY(erl_drv_rwlock_tryrwlock(rwlock));
    erl_drv_rwlock_rwunlock(rwlock);
    erl_drv_mutex_destroy(mutex);
    erl_drv_mutex_destroy(unnamed);
    erl_drv_cond_destroy(cond);
    erl_drv_cond_destroy(no_name);
    erl_drv_rwlock_destroy(rwlock);
    erl_drv_rwlock_destroy(nameless);
}

typedef struct {
    ErlDrvMutex *mutex;
    ErlDrvCond *cond;
    ErlDrvTSDKey key;
    ErlDrvTermData port;
    int turn, rounds;
    void *seen;
    ErlDrvTime time;
    int sent, same;
    ErlDrvTid self;
} Shared;

static void *partner(void *argument)
{
    Shared *shared = argument;
    ErlDrvTermData spec[] = {ERL_DRV_ATOM, driver_mk_atom("from_a_thread")};
    int i;
    shared->self = erl_drv_thread_self();
    shared->seen = erl_drv_tsd_get(shared->key);
    erl_drv_tsd_set(shared->key, shared);
    shared->time = erl_drv_monotonic_time(ERL_DRV_SEC);
    shared->sent = erl_drv_output_term(shared->port, spec, 2);
    for (i = 0; i < 10; i++) {
        erl_drv_mutex_lock(shared->mutex);
        while (!shared->turn) erl_drv_cond_wait(shared->cond, shared->mutex);
        shared->turn = 0;
        shared->rounds++;
        erl_drv_cond_signal(shared->cond);
        erl_drv_mutex_unlock(shared->mutex);
    }
    erl_drv_thread_exit(shared);
    return NULL;
}

static void *returns(void *argument)
{
    return argument;
}

static void threads(ErlDrvPort port)
{
    ErlDrvThreadOpts *opts = erl_drv_thread_opts_create("opts");
    /* On the heap: simulated threads may share a stack. */
    Shared *shared = driver_alloc(sizeof *shared);
    ErlDrvTid tid, other;
    ErlDrvTSDKey one, two, three;
    void *result = NULL;
    int i;
    memset(shared, 0, sizeof *shared);
    shared->mutex = erl_drv_mutex_create("api_mutex");
    shared->cond = erl_drv_cond_create("api_cond");
    shared->port = driver_mk_port(port);
    SAY(opts->suggested_stack_size);
    SAY(erl_drv_tsd_key_create("one", &one));
    SAY(erl_drv_tsd_key_create("two", &two));
    SAY(two - one);
    erl_drv_tsd_key_destroy(one);
    SAY(erl_drv_tsd_key_create("three", &three));
    SAY(three == one);
    shared->key = two;
    SAY(erl_drv_tsd_get(two) == NULL);
    erl_drv_tsd_set(two, opts);
    SAY(erl_drv_tsd_get(two) == (void *) opts);
    SAY(erl_drv_thread_create("partner", &tid, partner, shared, opts));
    for (i = 0; i < 10; i++) {
        erl_drv_mutex_lock(shared->mutex);
        shared->turn = 1;
        erl_drv_cond_broadcast(shared->cond);
        while (shared->turn) erl_drv_cond_wait(shared->cond, shared->mutex);
        erl_drv_mutex_unlock(shared->mutex);
    }
    say("%s\n", erl_drv_thread_name(tid));
    SAY(erl_drv_thread_name(NULL) == NULL);
    SAY(erl_drv_equal_tids(tid, shared->self));
    SAY(erl_drv_equal_tids(tid, erl_drv_thread_self()));
    SAY(erl_drv_equal_tids(erl_drv_thread_self(), erl_drv_thread_self()));
    SAY(erl_drv_thread_join(tid, &result));
    SAY(result == shared);
    SAY(shared->rounds);
    SAY(shared->seen == NULL);
    SAY(shared->time == ERL_DRV_TIME_ERROR);
    SAY(shared->sent);
    SAY(erl_drv_tsd_get(two) == (void *) opts);
    SAY(erl_drv_thread_create(NULL, &other, returns, opts, NULL));
    say("%s\n", erl_drv_thread_name(other));
    SAY(erl_drv_thread_join(other, &result));
    SAY(result == opts);
    SAY(erl_drv_thread_join(erl_drv_thread_self(), NULL) != 0);
    erl_drv_tsd_set(two, NULL);
    erl_drv_tsd_key_destroy(two);
    erl_drv_tsd_key_destroy(three);
    erl_drv_thread_opts_destroy(opts);
    erl_drv_cond_destroy(shared->cond);
    erl_drv_mutex_destroy(shared->mutex);
    driver_free(shared);
}

/* --- descriptors --- */

static void events(Data *d)
{
    if (pipe(d->fds)) abort();
    fcntl(d->fds[0], F_SETFL, O_NONBLOCK);
    SAY(driver_select(d->port, (ErlDrvEvent) (long) d->fds[0], ERL_DRV_READ | ERL_DRV_USE, 1));
    SAY(driver_select(d->port, (ErlDrvEvent) -1L, ERL_DRV_READ, 1));
    SAY(driver_select(d->port, (ErlDrvEvent) (long) d->fds[0], 0, 1));
    SAY(driver_select(DEAD, (ErlDrvEvent) (long) d->fds[0], ERL_DRV_READ, 1));
    SAY(write(d->fds[1], "ping", 4));
}

/* --- monitors, data lock --- */

static void monitors(Data *d)
{
    ErlDrvMonitor second, copy;
    ErlDrvTermData caller = driver_caller(d->port);
    SAY(driver_monitor_process(d->port, caller, &d->monitor));
    SAY(driver_monitor_process(d->port, caller, &second));
    SAY(driver_compare_monitors(&d->monitor, &second) != 0);
    copy = second;
    SAY(driver_compare_monitors(&copy, &second));
    SAY(driver_get_monitored_process(d->port, &copy) == caller);
    SAY(driver_demonitor_process(d->port, &copy));
    SAY(driver_demonitor_process(d->port, &second));
    SAY(driver_get_monitored_process(d->port, &second) == driver_term_nil);
    SAY(driver_get_monitored_process(d->port, &d->monitor) == caller);
    SAY(driver_demonitor_process(d->port, &d->monitor));
    SAY(driver_monitor_process(DEAD, caller, &second));
    SAY(driver_demonitor_process(DEAD, &second));
}

static void *locker(void *argument)
{
    Data *d = argument;
    driver_pdl_lock(d->pdl);
    driver_enq(d->port, "from a thread", 13);
    driver_pdl_unlock(d->pdl);
    return NULL;
}

static void data_lock(Data *d)
{
    ErlDrvTid tid;
    SAY(driver_pdl_create(DEAD) == NULL);
    d->pdl = driver_pdl_create(d->port);
    SAY(d->pdl != NULL);
    SAY(driver_pdl_create(d->port) == NULL);
    SAY(driver_pdl_get_refc(d->pdl));
    SAY(driver_pdl_inc_refc(d->pdl));
    SAY(driver_pdl_dec_refc(d->pdl));
    driver_pdl_lock(d->pdl);
    SAY(driver_pdl_get_refc(d->pdl));
    SAY(driver_enq(d->port, "x", 1));
    SAY(driver_deq(d->port, 1));
    driver_pdl_unlock(d->pdl);
    SAY(erl_drv_thread_create("locker", &tid, locker, d, NULL));
    SAY(erl_drv_thread_join(tid, NULL));
    driver_pdl_lock(d->pdl);
    SAY(driver_sizeq(d->port));
    SAY(driver_deq(d->port, 13));
    driver_pdl_unlock(d->pdl);
}

/* --- drivers and ports --- */

static ErlDrvEntry added = {
    .driver_name = "added_drv", .extended_marker = ERL_DRV_EXTENDED_MARKER,
    .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION, .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
};
static ErlDrvEntry entry;

static void drivers(ErlDrvPort port)
{
    static ErlDrvEntry unknown;
    add_driver_entry(&added);
    SAY(remove_driver_entry(&unknown));
    SAY(remove_driver_entry(&entry));
    SAY(remove_driver_entry(&added));
    SAY(remove_driver_entry(&added));
    SAY(driver_create_port(DEAD, driver_caller(port), "child", NULL) == DEAD);
    SAY(driver_create_port(port, driver_term_nil, "child", NULL) == DEAD);
    erl_drv_init_ack(port, NULL);
    erl_drv_init_ack(DEAD, NULL);
}

static void create(Data *d)
{
    Data *child = calloc(1, sizeof *child);
    child->port = driver_create_port(d->port, driver_caller(d->port), "the child", (ErlDrvData) child);
    SAY(child->port != DEAD);
    SAY(driver_output(child->port, "hello from the child", 20));
    SAY(driver_mk_port(child->port) != driver_mk_port(d->port));
}

static void failures(void)
{
    SAY(driver_failure_atom(DEAD, "x"));
    SAY(driver_failure_posix(DEAD, 1));
    SAY(driver_failure(DEAD, 1));
    SAY(driver_failure_eof(DEAD));
    SAY(driver_exit(DEAD, 1));
    SAY(driver_async(DEAD, NULL, NULL, NULL, NULL));
}

/* --- the driver --- */

static ErlDrvData start(ErlDrvPort port, char *command)
{
    Data *d = calloc(1, sizeof *d);
    (void) command;
    d->port = port;
    return (ErlDrvData) d;
}

static void stop(ErlDrvData data) { free(data); }

static void ready_input(ErlDrvData data, ErlDrvEvent event)
{
    Data *d = (Data *) data;
    char buf[10];
    ssize_t n = read((int) (long) event, buf, sizeof buf);
    driver_output(d->port, buf, n);
    driver_select(d->port, event, ERL_DRV_USE, 0);
}

static void stop_select(ErlDrvEvent event, void *reserved)
{
    (void) reserved;
    close((int) (long) event);
}

static void process_exit(ErlDrvData data, ErlDrvMonitor *monitor) { (void) data, (void) monitor; }

static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    Data *d = (Data *) data;
    (void) rlen, (void) buf, (void) len;
    used = 0;
    switch (command) {
    case 1: memory(); break;
    case 2: queue(d->port); break;
    case 3: vectors(d->port); break;
    case 4: terms(d->port); break;
    case 5: attributes(d->port); break;
    case 6: times(d->port); break;
    case 7: system_chapter(); break;
    case 8: locks(); break;
    case 9: threads(d->port); break;
    case 10: events(d); break;
    case 11: monitors(d); break;
    case 12: data_lock(d); break;
    case 13: drivers(d->port); break;
    case 14: failures(); break;
    case 15: create(d); break;
    }
    *rbuf = driver_alloc(used + 1);
    memcpy(*rbuf, text, used);
    return used;
}

static ErlDrvEntry entry = {
    .start = start, .stop = stop, .driver_name = "api_drv", .control = control, .ready_input = ready_input,
    .process_exit = process_exit, .stop_select = stop_select, .driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING,
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
};

DRIVER_INIT(api_drv) { return &entry; }
