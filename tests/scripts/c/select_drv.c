/* Descriptors: pipes and sockets that the driver makes itself and both ends of which it holds. */
#include "tell.h"

#include <fcntl.h>
#include <sys/socket.h>

enum { MOST = 8 };
typedef struct { ErlDrvPort port; int reads, writes, mode, closed, limit; } State;

/* The pairs are the driver's, so that two ports can select one descriptor. */
static int pairs[MOST][2];
static char stopped[256];

static int init(void)
{
    for (int i = 0; i < MOST; i++) pairs[i][0] = pairs[i][1] = -1;
    return 0;
}

static ErlDrvData start(ErlDrvPort port, char *command)
{
    State *state = driver_alloc(sizeof *state);
    (void) command;
    memset(state, 0, sizeof *state);
    state->port = port;
    return (ErlDrvData) state;
}

static void stop(ErlDrvData data)
{
    State *state = (State *) data;
    if (state->mode == 'd')                             /* deselects when it stops */
        for (int i = 0; i < MOST; i++)
            if (pairs[i][0] >= 0) driver_select(state->port, (ErlDrvEvent) (long) pairs[i][0], ERL_DRV_USE, 0);
    driver_free(state);
}

static int end_of(int fd, int *which)
{
    for (int i = 0; i < MOST; i++)
        for (int j = 0; j < 2; j++)
            if (pairs[i][j] == fd) {
                *which = j;
                return i;
            }
    *which = -1;
    return -1;
}

static void stop_select(ErlDrvEvent event, void *reserved)
{
    int fd = (int) (long) event, which, pair = end_of(fd, &which);
    (void) reserved;
    snprintf(stopped + strlen(stopped), sizeof stopped - strlen(stopped), "%d.%d ", pair, which);
    if (pair >= 0) {
        close(fd);
        pairs[pair][which] = -1;
    }
}

static void ready_input(ErlDrvData data, ErlDrvEvent event)
{
    State *state = (State *) data;
    int fd = (int) (long) event, which, pair = end_of(fd, &which);
    char text[64];
    ssize_t length;
    state->reads++;
    if (state->mode == 'n') {                           /* leaves the data there a few times: it is called again */
        if (state->reads < 4) return;
    }
    length = read(fd, text, state->limit ? (size_t) state->limit : sizeof text - 1);
    if (length < 0) {
        say(state->port, "error %s", erl_errno_id(errno));
        return;
    }
    text[length] = 0;
    if (length == 0) {
        say(state->port, "eof %d.%d", pair, which);
        driver_select(state->port, event, state->mode == 'c' ? ERL_DRV_READ : ERL_DRV_USE, 0);
        if (state->mode == 'e') driver_failure_eof(state->port);
        return;
    }
    say(state->port, "read %d.%d %s", pair, which, text);
    if (state->mode == 'o') driver_select(state->port, event, ERL_DRV_READ, 0);
    if (state->mode == 'w') {                           /* and now wait until one may write */
        driver_select(state->port, event, ERL_DRV_READ, 0);
        driver_select(state->port, event, ERL_DRV_WRITE, 1);
    }
    if (state->mode == 'f') driver_failure_posix(state->port, EPIPE);
}

static void ready_output(ErlDrvData data, ErlDrvEvent event)
{
    State *state = (State *) data;
    int fd = (int) (long) event, which, pair = end_of(fd, &which);
    state->writes++;
    say(state->port, "may write %d.%d", pair, which);
    if (state->mode == 'r' && state->writes < 3) return;        /* it comes again and again */
    driver_select(state->port, event, ERL_DRV_WRITE, 0);
    if (state->mode == 'w') {
        if (write(fd, "echo", 4) != 4) say(state->port, "not written");
        driver_select(state->port, event, ERL_DRV_READ, 1);
    }
}

static void set_nonblocking(int fd)
{
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* p I: pipe; s I: socket pair; S I J MODE ON: select; w I J TEXT: write; c I J: close; m MODE */
static ErlDrvSSizeT control(ErlDrvData data, unsigned command, char *buf, ErlDrvSizeT len, char **rbuf, ErlDrvSizeT rlen)
{
    State *state = (State *) data;
    char text[256], word[200] = "";
    int i = 0, j = 0, mode = 0, on = 0;
    ErlDrvSSizeT length;
    words(text, sizeof text, buf, len);
    switch (command) {
    case 'p':
        sscanf(text, "%d", &i);
        if (pipe(pairs[i]) < 0) return -1;
        set_nonblocking(pairs[i][0]);
        set_nonblocking(pairs[i][1]);
        return answer(rbuf, rlen, "pipe");
    case 's':
        sscanf(text, "%d", &i);
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]) < 0) return -1;
        set_nonblocking(pairs[i][0]);
        set_nonblocking(pairs[i][1]);
        return answer(rbuf, rlen, "sockets");
    case 'S':
        sscanf(text, "%d %d %d %d", &i, &j, &mode, &on);
        return answer(rbuf, rlen, "%d", driver_select(state->port, (ErlDrvEvent) (long) pairs[i][j], mode, on));
    case 'n':                                           /* a number that is no descriptor of ours */
        sscanf(text, "%d %d %d", &i, &mode, &on);
        return answer(rbuf, rlen, "%d", driver_select(state->port, (ErlDrvEvent) (long) i, mode, on));
    case 'b':
        return answer(rbuf, rlen, "%d", driver_select((ErlDrvPort) -1, (ErlDrvEvent) 0, ERL_DRV_READ, 1));
    case 'w':
        sscanf(text, "%d %d %199[^\n]", &i, &j, word);
        return answer(rbuf, rlen, "%d", (int) write(pairs[i][j], word, strlen(word)));
    case 'f':                                           /* fill it: how often does it take 4096 bytes? */
        sscanf(text, "%d %d", &i, &j);
        {
            static char block[4096];
            memset(block, 'x', sizeof block);
            while (write(pairs[i][j], block, sizeof block) > 0) on++;
            return answer(rbuf, rlen, "%s", on > 0 && errno == EAGAIN ? "full" : "not full");
        }
    case 'e':                                           /* empty it */
        sscanf(text, "%d %d", &i, &j);
        {
            static char block[4096];
            while (read(pairs[i][j], block, sizeof block) > 0) on++;
            return answer(rbuf, rlen, "%s", on > 0 ? "emptied" : "it was empty");
        }
    case 'c':
        sscanf(text, "%d %d", &i, &j);
        close(pairs[i][j]);
        pairs[i][j] = -1;
        return answer(rbuf, rlen, "closed");
    case 'm':
        state->mode = *text;
        state->reads = state->writes = 0;
        return answer(rbuf, rlen, "mode %c", *text);
    case 'l':
        sscanf(text, "%d", &state->limit);
        return answer(rbuf, rlen, "limit %d", state->limit);
    case 'q':
        return answer(rbuf, rlen, "reads %d writes %d", state->reads, state->writes);
    case 't':
        length = answer(rbuf, rlen, "%s", stopped);
        *stopped = 0;
        return length;
    }
    return -1;
}

static void finish(void)
{
    for (int i = 0; i < MOST; i++)
        for (int j = 0; j < 2; j++)
            if (pairs[i][j] >= 0) close(pairs[i][j]);
}

static ErlDrvEntry entry = {
    .init = init, .start = start, .stop = stop, .ready_input = ready_input, .ready_output = ready_output,
    .driver_name = "select_drv", .finish = finish, .control = control, .stop_select = stop_select,
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
};

DRIVER_INIT(select_drv)
{
    return &entry;
}
