/* Time, time slices, what the system says of itself, attributes. */
#include "tell.h"

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"


static ErlDrvTermData owner_term;

static ErlDrvData start(ErlDrvPort port, char *command)
{
    (void) command;
    owner_term = driver_connected(port);
    return (ErlDrvData) port;
}

static long long as_number(ErlDrvTime time)
{
    return (long long) time;
}

static void *other(void *arg)
{
    ErlDrvTime *times = arg;
    times[0] = erl_drv_monotonic_time(ERL_DRV_MSEC);
    times[1] = erl_drv_time_offset(ERL_DRV_MSEC);
    times[2] = erl_drv_convert_time_unit(5, ERL_DRV_SEC, ERL_DRV_MSEC);
    return NULL;
}

static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    ErlDrvPort port = (ErlDrvPort) data;
    char text[128];
    long long value = 0;
    int from = 0, to = 0;
    words(text, sizeof text, buf, len);
    switch (command) {
    case 'm':                                           /* monotonic time in a unit */
        sscanf(text, "%d", &from);
        return answer(rbuf, rlen, "%lld", as_number(erl_drv_monotonic_time((ErlDrvTimeUnit) from)));
    case 'o':
        sscanf(text, "%d", &from);
        return answer(rbuf, rlen, "%lld", as_number(erl_drv_time_offset((ErlDrvTimeUnit) from)));
    case 'c':
        sscanf(text, "%lld %d %d", &value, &from, &to);
        return answer(rbuf, rlen, "%lld", as_number(erl_drv_convert_time_unit(value, (ErlDrvTimeUnit) from,
                                                                            (ErlDrvTimeUnit) to)));
    case 't':
        {
            ErlDrvTid tid;
            ErlDrvTime times[3] = {0, 0, 0};
            erl_drv_thread_create("clock", &tid, other, times, NULL);
            erl_drv_thread_join(tid, NULL);
            return answer(rbuf, rlen, "%d %d %lld", times[0] == ERL_DRV_TIME_ERROR, times[1] == ERL_DRV_TIME_ERROR,
                          as_number(times[2]));
        }
    case 'n':
        {
            ErlDrvNowData one, two;
            int first = driver_get_now(&one), second = driver_get_now(&two);
            int later = two.megasecs > one.megasecs || (two.megasecs == one.megasecs
                && (two.secs > one.secs || (two.secs == one.secs && two.microsecs > one.microsecs)));
            return answer(rbuf, rlen, "%d %d %d %d", first, second, later, driver_get_now(NULL));
        }
    case 'N':
        {
            ErlDrvNowData now;
            driver_get_now(&now);
            return answer(rbuf, rlen, "%lu %lu %lu", now.megasecs, now.secs, now.microsecs);
        }
    case 's':                                           /* percents of a time slice */
        {
            char results[64] = "";
            int used = 0, percent;
            const char *rest = text;
            while (sscanf(rest, "%d%n", &percent, &used) == 1) {
                snprintf(results + strlen(results), sizeof results - strlen(results), "%d ",
                         erl_drv_consume_timeslice(port, percent));
                rest += used;
            }
            return answer(rbuf, rlen, "%s", results);
        }
    case 'S':
        return answer(rbuf, rlen, "%d", erl_drv_consume_timeslice((ErlDrvPort) -1, 50));
    case 'i':
        {
            ErlDrvSysInfo info;
            driver_system_info(&info, sizeof info);
            return answer(rbuf, rlen, "%d.%d erts %s otp %s threads %d smp %d async %d schedulers %d nif %d.%d dirty %d",
                          info.driver_major_version, info.driver_minor_version, info.erts_version, info.otp_release,
                          info.thread_support, info.smp_support, info.async_threads, info.scheduler_threads,
                          info.nif_major_version, info.nif_minor_version, info.dirty_scheduler_support);
        }
    case 'I':                                           /* what an older driver gets */
        {
            ErlDrvSysInfo info;
            sscanf(text, "%d", &from);
            memset(&info, 0x55, sizeof info);
            driver_system_info(&info, from);
            return answer(rbuf, rlen, "%d %d %d %d %d", info.driver_major_version != 0x55555555,
                          info.async_threads != 0x55555555, info.scheduler_threads != 0x55555555,
                          info.nif_major_version != 0x55555555, info.dirty_scheduler_support != 0x55555555);
        }
    case 'p':                                           /* the same words for the same terms */
        return answer(rbuf, rlen, "%d %d %d %d", driver_mk_port(port) == driver_mk_port(port),
                      driver_caller(port) == owner_term, driver_connected(port) == owner_term,
                      driver_mk_atom("abc") == driver_mk_atom("abc"));
    case 'g':
        return answer(rbuf, rlen, "%d %d", get_port_flags(port), get_port_flags((ErlDrvPort) -1));
    case 'e':                                           /* names of error numbers */
        {
            char names[256] = "";
            int used = 0, number;
            const char *rest = text;
            while (sscanf(rest, "%d%n", &number, &used) == 1) {
                snprintf(names + strlen(names), sizeof names - strlen(names), "%s ", erl_errno_id(number));
                rest += used;
            }
            return answer(rbuf, rlen, "%s", names);
        }
    case 'u':
        sscanf(text, "%d", &from);
        erl_drv_set_os_pid(port, from);
        return answer(rbuf, rlen, "ok");
    case 'E':                                           /* getenv with room for so many bytes */
        {
            char room[64] = "untouched";
            size_t size = 0;
            char key[64] = "";
            int result;
            sscanf(text, "%zu %63s", &size, key);
            result = erl_drv_getenv(key, room, &size);
            return answer(rbuf, rlen, "%d %ld %s", result, (long) size, room);
        }
    case 'P':
        {
            char key[64] = "", put[64] = "";
            sscanf(text, "%63s %63s", key, put);
            return answer(rbuf, rlen, "%d", erl_drv_putenv(key, put));
        }
    }
    return -1;
}

static ErlDrvEntry entry = {
    .start = start, .driver_name = "clock_drv", .control = control,
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
};

DRIVER_INIT(clock_drv)
{
    return &entry;
}
