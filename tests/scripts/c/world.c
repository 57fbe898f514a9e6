/* The world around a driver: environment, errors' names, atoms, system information, memory. Control requests are text:
 * get NAME SIZE; put NAME VALUE; errno N; atom; sys SIZE; alloc; os N; slice N; time; null. */
#include "telling.h"

static ErlDrvData start(ErlDrvPort port, char *command) { return (ErlDrvData) port; }

static ErlDrvSSizeT control(ErlDrvData d, unsigned op, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    ErlDrvPort port = (ErlDrvPort) d;
    char text[400], word[20], name[300] = "", value[300] = "untouched";
    size_t size;
    int result, number = 0;
    memcpy(text, buf, len);
    text[len] = 0;
    sscanf(text, "%19s %299s", word, name);
    if (!strcmp(word, "get")) {
        sscanf(text, "%*s %*s %d", &number);
        size = number;
        result = erl_drv_getenv(name, value, &size);
        return say(rbuf, rlen, "%d %ld %s", result, (long) size, value);
    }
    if (!strcmp(word, "put")) {
        strcpy(value, "");
        sscanf(text, "%*s %*s %299[^\n]", value);
        return say(rbuf, rlen, "%d", erl_drv_putenv(name, value));
    }
    number = atoi(name);
    if (!strcmp(word, "errno"))
        return say(rbuf, rlen, "%s", erl_errno_id(number));
    if (!strcmp(word, "atom")) {
        memset(name, 'x', 299);
        name[299] = 0;
        return say(rbuf, rlen, "%d %d %d", driver_mk_atom("some") == driver_mk_atom("some"),
                   driver_mk_atom("some") == driver_mk_atom("other"), driver_mk_atom(name) == driver_mk_atom(name + 44));
    }
    if (!strcmp(word, "sys")) {
        ErlDrvSysInfo info;
        memset(&info, 0x55, sizeof info);
        driver_system_info(&info, number);
        return say(rbuf, rlen, "%d %d %s %s %d %d %s %s %d %d %d", info.driver_major_version, info.driver_minor_version,
                   info.erts_version, info.otp_release, info.thread_support, info.smp_support,
                   info.async_threads == 0x55555555 ? "-" : "async", info.scheduler_threads == 0x55555555 ? "-" : "schedulers",
                   info.nif_major_version, info.nif_minor_version, info.dirty_scheduler_support);
    }
    if (!strcmp(word, "alloc")) {
        char *p = driver_alloc(10), *q;
        ErlDrvBinary *b = driver_alloc_binary(5), *c;
        long one, two, three;
        strcpy(p, "123456789");
        q = driver_realloc(p, 100000);
        result = strcmp(q, "123456789");
        driver_free(q);
        driver_free(NULL);
        driver_free_binary(NULL);
        memcpy(b->orig_bytes, "abcde", 5);
        c = driver_realloc_binary(b, 70000);
        one = driver_binary_get_refc(c);
        two = driver_binary_inc_refc(c);
        three = driver_binary_dec_refc(c);
        result = say(rbuf, rlen, "%d %.5s %ld %ld %ld %ld %d", result, c->orig_bytes, (long) c->orig_size, one, two, three,
                     driver_alloc_binary(0) != NULL);
        driver_free_binary(c);
        return result;
    }
    if (!strcmp(word, "os")) {
        erl_drv_set_os_pid(port, number);
        return 0;
    }
    if (!strcmp(word, "slice"))
        return say(rbuf, rlen, "%d", erl_drv_consume_timeslice(port, number));
    if (!strcmp(word, "time"))
        return say(rbuf, rlen, "%lld %lld %lld %d %d", (long long) erl_drv_convert_time_unit(-1001, ERL_DRV_USEC, ERL_DRV_MSEC),
                   (long long) erl_drv_convert_time_unit(5, ERL_DRV_SEC, ERL_DRV_NSEC),
                   (long long) erl_drv_convert_time_unit(5, 17, ERL_DRV_NSEC),
                   erl_drv_monotonic_time(ERL_DRV_MSEC) <= erl_drv_monotonic_time(ERL_DRV_MSEC),
                   erl_drv_time_offset(4) == ERL_DRV_TIME_ERROR);
    if (!strcmp(word, "null"))
        return say(rbuf, rlen, "%d", null_func());
    return -1;
}

static ErlDrvEntry entry = { .start = start, .control = control, .driver_name = "world", VERSIONS };

DRIVER_INIT(world) { return &entry; }
