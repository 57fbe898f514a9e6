"""``exec_drv`` with real child processes, which behave well or badly."""

import os
import signal
import sys
import time

import pytest

from erts_emu import Atom
from erts_emu.errors import Badarg, OpenPortError

CLOSE_INPUT, SIGNAL, ACTIVE, QUEUED = range(1, 5)
EXIT = Atom("EXIT")
MUCH = 1024 * 1024
"""More than a pipe holds."""
PATIENCE = 20.0


@pytest.fixture(params=["real", "in_order", 1], ids=lambda threads: f"{threads}")
def threads(request):
    """How threads run: fewer schedules than usual, as each test costs real time."""
    return request.param


@pytest.fixture
def run(open_port):
    """Start a shell script, with its arguments."""

    def run(script, *arguments):
        quoted = " ".join(f"'{word}'" for word in ("/bin/sh", "-c", script, "sh", *arguments))
        return open_port(quoted)

    return run


@pytest.fixture
def story(data):
    """Everything until the child has ended: what it wrote, and the other messages in order."""

    def story(port):
        output, others = b"", []
        while not others or others[-1][:1] != b"x":
            message = data(port)
            if message[:1] == b"o":
                assert b"f" not in others
                output += message[1:]
            else:
                others.append(message)
        return output, others

    return story


def exited(status):
    return b"x" + status.to_bytes(4, signed=True)


def control(me, port, command, data=b""):
    return me.port_control(port, command, data)


def descriptors_of(emu, port):
    """The descriptors that a port uses."""
    driver = emu.ports.lookup(port).drv_data
    return [driver.stdin, driver.stdout, driver.pidfd]


def is_gone(pid):
    """Say whether there is no such process, not even a zombie."""
    return not os.path.exists(f"/proc/{pid}")


def wait_until(me, condition):
    """Let the emulator, and real time, go on until the condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "the condition has not come true"
        me.sleep(0.001)
        time.sleep(0.001)


def test_output_comes_before_its_end_and_that_before_the_exit(run, story):
    output, others = story(run("echo out; echo err >&2; exit 3"))
    assert output == b"out\nerr\n"
    assert others == [b"f", exited(3)]


def test_input_goes_to_the_child_and_comes_back(me, open_port, data, story):
    port = open_port("cat")
    me.port_command(port, ["hel", b"lo", [10]])
    assert data(port) == b"ohello\n"
    control(me, port, CLOSE_INPUT)
    assert story(port) == (b"", [b"f", exited(0)])
    with pytest.raises(Badarg):
        control(me, port, CLOSE_INPUT)
    me.port_command(port, b"too late")
    assert data(port) == b"eepipe"


def test_words_are_quoted_as_in_a_shell_but_no_shell_runs(open_port, story):
    output, _ = story(open_port("""/bin/echo 'a  b' "c'd" e\\ f '$HOME' *"""))
    assert output == b"a  b c'd e f $HOME *\n"


def test_the_child_has_our_environment_and_none_of_our_descriptors(monkeypatch, emu, run, open_port, story):
    monkeypatch.setenv("A_WORD", "of ours")
    others = open_port("cat")  # whose pipes are open
    script = """import os
print(os.environ["A_WORD"])
for name in os.listdir("/proc/self/fd"):
    if int(name) > 2 and os.path.exists(f"/proc/self/fd/{name}"):
        print(os.readlink(f"/proc/self/fd/{name}"))"""
    output, _ = story(run('exec "$1" -c "$2"', sys.executable, script))
    word, *theirs = output.decode().splitlines()
    private = {os.readlink(f"/proc/self/fd/{fd}") for fd in descriptors_of(emu, others)}
    assert word == "of ours"
    assert not private & set(theirs)


def test_much_in_both_directions_while_the_port_is_busy_now_and_then(me, open_port, data, story):
    port = open_port("cat")
    blocks = [os.urandom(50_000) for _ in range(20)]
    received = b""
    for block in blocks:
        me.port_command(port, block)
    control(me, port, CLOSE_INPUT)
    received, others = story(port)
    assert received == b"".join(blocks)
    assert others == [b"f", exited(0)]


def test_a_child_that_does_not_read_makes_the_port_busy(me, run, data):
    port = run("read line; cat | wc -c")
    sent = 0
    while me.port_command(port, b"x" * 30_000, nosuspend=True):
        sent += 30_000
    assert int.from_bytes(control(me, port, QUEUED)) >= 64 * 1024
    assert sent < MUCH


def test_signals_end_a_child_and_are_told_as_negative_status(me, open_port, story):
    port = open_port("sleep 1000")
    control(me, port, SIGNAL, signal.SIGTERM.to_bytes(4))
    assert story(port)[1][-1] == exited(-signal.SIGTERM)
    with pytest.raises(Badarg):
        control(me, port, SIGNAL, signal.SIGTERM.to_bytes(4))


def test_a_child_that_closes_its_output_goes_on(me, run, data):
    port = run("exec >&- 2>&-; read line; exit 7")
    assert data(port) == b"f"
    me.port_command(port, b"go on\n")
    assert data(port) == exited(7)


def test_a_grandchild_that_keeps_the_pipe_does_not_hide_the_childs_end(me, run, data):
    port = run("sleep 1000 & echo $!; exit 5")
    pid = int(data(port)[1:])
    assert data(port) == exited(5)
    os.kill(pid, signal.SIGKILL)
    assert data(port) == b"f"


def test_a_child_that_reads_no_more_is_told(me, run, data, story):
    port = run("exec <&-; echo closed; read x < /dev/null; sleep 1000")
    assert data(port) == b"oclosed\n"
    me.port_command(port, b"lost")
    assert data(port) == b"eepipe"
    assert control(me, port, QUEUED) == bytes(4)


def test_reading_may_be_stopped(me, open_port, data, silent):
    port = open_port("cat")
    control(me, port, ACTIVE, b"\0")
    me.port_command(port, b"later")
    assert silent()
    control(me, port, ACTIVE, b"\1")
    assert data(port) == b"olater"


def test_an_end_is_told_when_reading_goes_on(me, run, data, silent, until, emu):
    port = run("echo last words")
    driver = emu.ports.lookup(port).drv_data
    control(me, port, ACTIVE, b"\0")
    wait_until(me, lambda: driver.pid == 0)
    before = [message[1][1] for message in me.flush()]
    control(me, port, ACTIVE, b"\1")
    messages = before
    while not messages or messages[-1][:1] != b"x":
        messages.append(data(port))
    assert messages == [b"olast words\n", b"f", exited(0)]


def test_without_pidfd_a_timer_looks(me, emu, driver, open_port, story):
    type(emu.ports.lookup(open_port("true")).drv_data).has_pidfd = False
    port = open_port("sh -c 'read x; exit 4'")
    assert emu.ports.lookup(port).drv_data.pidfd == -1
    me.port_command(port, b"\n")
    if emu.layer.kind == "real":
        assert story(port)[1] == [b"f", exited(4)]
    else:  # virtual time passes faster than a process ends
        wait_until(me, lambda: emu.ports.lookup(port).drv_data.pid == 0)


def test_the_os_pid_is_known(me, open_port):
    port = open_port("sleep 1000")
    _, pid = me.port_info(port, "os_pid")
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        assert file.read() in (b"sleep\x001000\x00", b"")


def test_a_closed_port_kills_its_child_and_leaves_no_zombie(me, open_port):
    port = open_port("sleep 1000")
    _, pid = me.port_info(port, "os_pid")
    me.port_close(port)
    assert me.ports() == []
    wait_until(me, lambda: is_gone(pid))


def test_a_port_closed_with_data_queued_lets_the_child_read_it(me, run, tmp_path):
    port = run('read go; exec cat > "$1"', str(tmp_path / "file"))
    _, pid = me.port_info(port, "os_pid")
    me.port_command(port, b"go\n" + b"x" * MUCH)
    assert int.from_bytes(control(me, port, QUEUED)) > 0
    me.port_close(port)
    wait_until(me, lambda: not me.ports() or is_gone(pid))
    wait_until(me, lambda: is_gone(pid))
    assert (tmp_path / "file").stat().st_size > 0


def test_a_port_closed_with_data_that_nobody_reads_ends_after_a_while(me, emu, open_port):
    port = open_port("sleep 1000")
    _, pid = me.port_info(port, "os_pid")
    me.port_command(port, b"x" * MUCH)
    me.port_close(port)
    assert me.ports() == [port]
    me.sleep(2.1)
    assert me.ports() == []
    wait_until(me, lambda: is_gone(pid))


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [("/there/is/no/such/program", "enoent"), ("/etc/passwd", "eacces"), ("no_such_program_anywhere x", "enoent")],
)
def test_what_cannot_be_started(arguments, reason, open_port):
    with pytest.raises(OpenPortError) as caught:
        open_port(arguments)
    assert caught.value.reason == Atom(reason)


@pytest.mark.parametrize("arguments", ["", "'", "''\"", "a 'b"])
def test_what_is_no_program(arguments, open_port):
    with pytest.raises(Badarg):
        open_port(arguments)


def test_controls_without_sense(me, open_port):
    port = open_port("cat")
    for command, buf in ((9, b""), (CLOSE_INPUT, b"x"), (SIGNAL, b""), (SIGNAL, (12345).to_bytes(4)), (ACTIVE, b"\2")):
        with pytest.raises(Badarg):
            control(me, port, command, buf)
