/* The port timer. */
#include "tell.h"

typedef struct { ErlDrvPort port; int left, fired, mode; unsigned long again; } State;

static ErlDrvData start(ErlDrvPort port, char *command)
{
    State *state = driver_alloc(sizeof *state);
    memset(state, 0, sizeof *state);
    state->port = port;
    if (strstr(command, "at start")) driver_set_timer(port, 0);
    return (ErlDrvData) state;
}

static void stop(ErlDrvData data)
{
    driver_free((void *) data);
}

static void timeout(ErlDrvData data)
{
    State *state = (State *) data;
    unsigned long left = 4711;
    int result = driver_read_timer(state->port, &left);
    state->fired++;
    say(state->port, "timeout %d, read %d %lu", state->fired, result, left);
    if (state->mode == 'f') {
        driver_failure_atom(state->port, "timed_out");  /* frees the state */
        return;
    }
    if (state->left > 0 && state->left--) driver_set_timer(state->port, state->again);
}

static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    State *state = (State *) data;
    char text[64];
    unsigned long time = 0, left = 4711;
    int one, two;
    sscanf(words(text, sizeof text, buf, len), "%lu", &time);
    switch (command) {
    case 's': return answer(rbuf, rlen, "%d", driver_set_timer(state->port, time));
    case 'c': return answer(rbuf, rlen, "%d", driver_cancel_timer(state->port));
    case 'r':
        one = driver_read_timer(state->port, &left);
        return answer(rbuf, rlen, "%d %lu", one, left);
    case 'R':                                           /* is it between the numbers? */
        one = driver_read_timer(state->port, &left);
        return answer(rbuf, rlen, "%d %s", one, left > 0 && left <= time ? "in time" : "out of time");
    case 'x':                                           /* set and cancel in one callback */
        one = driver_set_timer(state->port, time);
        two = driver_cancel_timer(state->port);
        driver_read_timer(state->port, &left);
        return answer(rbuf, rlen, "%d %d %lu", one, two, left);
    case 'y':                                           /* set twice in one callback: one timeout */
        one = driver_set_timer(state->port, 0);
        two = driver_set_timer(state->port, time);
        driver_read_timer(state->port, &left);
        return answer(rbuf, rlen, "%d %d %s", one, two, left <= time ? "read" : "not read");
    case 'n':                                           /* so many times more */
        state->left = (int) time;
        return answer(rbuf, rlen, "ok");
    case 'a':
        state->again = time;
        return answer(rbuf, rlen, "ok");
    case 'f':
        state->mode = 'f';
        return answer(rbuf, rlen, "ok");
    case 'b':
        left = 99;
        one = driver_set_timer((ErlDrvPort) -1, 1);
        two = driver_cancel_timer((ErlDrvPort) -1);
        return answer(rbuf, rlen, "%d %d %d %lu", one, two, driver_read_timer((ErlDrvPort) -1, &left), left);
    case 'v':                                           /* values that look negative */
        one = driver_set_timer(state->port, (unsigned long) -1);
        return answer(rbuf, rlen, "%d", one);
    case 'q':
        return answer(rbuf, rlen, "fired %d", state->fired);
    case 'd':                                           /* after the port's death */
        {
            ErlDrvPort port = state->port;
            driver_failure_eof(port);
            note("%d %d %d", driver_set_timer(port, 5), driver_cancel_timer(port), driver_read_timer(port, &left));
            return 0;
        }
    }
    return -1;
}

static ErlDrvEntry entry = {
    .start = start, .stop = stop, .driver_name = "timer_drv", .control = control, .timeout = timeout,
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
};

DRIVER_INIT(timer_drv)
{
    return &entry;
}
