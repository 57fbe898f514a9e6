"""open_port: names and settings, and what is said of wrong ones (ports.md §1.2)."""

import pytest
from helpers import everywhere

from erts_emu import Atom, Emulator
from erts_emu.driver import (
    ERL_DRV_FLAG_NO_BUSY_MSGQ,
    DriverEntry,
    Pointer,
    driver_caller,
    driver_enq,
    driver_output,
    driver_set_timer,
    erl_drv_busy_msgq_limits,
)
from erts_emu.errors import Badarg, EmulatorHalted, OpenPortError
from erts_emu.terms import ImproperList

from .parts import DATA, FALSE, TRUE, driver, few, opened

A = Atom


@pytest.fixture
def commands(me):
    """The commands with which ports of ``test_drv`` were started."""
    seen = []
    me.erl_ddll.load(driver(start=lambda self, command: seen.append(command)), "test_drv")
    return seen


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ("test_drv", "test_drv"),
        (A("test_drv"), "test_drv"),
        (b"test_drv bin", "test_drv bin"),
        ([*b"test_drv list"], "test_drv list"),
        (["test", [A("_").name, [[*b"drv"]]], " deep"], "test_drv deep"),
        ("test_drv  two  spaces ", "test_drv  two  spaces "),
        ("test_drv ä€😀", "test_drv ä€😀"),
        (b"test_drv\0ignored", "test_drv"),
        ("test_drv \t", "test_drv \t"),
    ],
    ids=str,
)
def test_the_whole_command_reaches_start(given, seen, me, commands):
    port = me.open_port((A("spawn_driver"), given))
    assert commands == [seen]
    assert me.port_info(port, "name") == (A("name"), list(seen.encode()))


@pytest.mark.parametrize(
    "given",
    [
        "",
        " test_drv",
        "TEST_DRV",
        "test_drv\targ",
        "test_drv\0x",
        ["test_drv", b" x"],
        ["test_drv", 0],
        [-1],
        [0x110000],
        5,
        None,
        (),
        ["test_drv", A("x")],
        "unknown",
        A(""),
        {"a": 1},
    ],
    ids=repr,
)
def test_commands_that_name_no_driver(given, me, commands):
    with pytest.raises(Badarg) as caught:
        me.open_port((A("spawn_driver"), given))
    assert caught.value.cause is None
    assert commands == []


@pytest.mark.parametrize(
    "name",
    [
        (),
        (A("spawn_driver"),),
        (A("spawn_driver"), "test_drv", 1),
        (A("foo"), "test_drv"),
        "test_drv",
        b"test_drv",
        7,
        (5, "test_drv"),
        [A("spawn_driver"), "test_drv"],
    ],
    ids=repr,
)
def test_names_that_are_none(name, me, commands):
    with pytest.raises(Badarg, match="spawn_driver, Command"):
        me.open_port(name)


def test_external_programs_are_not_emulated_and_the_error_says_so(me):
    with pytest.raises(Badarg, match="external programs are not emulated"):
        me.open_port(("spawn", "ls -l"))


def test_the_newest_driver_of_a_name_is_used(me, emu):
    """add_driver_entry shadows."""
    started = []
    for number in (1, 2):
        entry = DriverEntry(driver_name="test_drv", start=lambda port, command, n=number: started.append(n))
        assert emu.ddll.add_static(entry) is not None
    me.open_port(("spawn_driver", "test_drv"))
    assert started == [2]


BAD_OPTIONS = [
    "nonsense",
    (A("nonsense"), 1),
    5,
    [A("binary")],
    ("packet", 0),
    ("packet", 3),
    ("packet", 8),
    ("packet", A("a")),
    ("packet", True),
    ("line", 0),
    ("line", -1),
    ("line", A("x")),
    ("line", True),
    "parallelism",
    ("parallelism", 1),
    ("parallelism", A("x")),
    ("busy_limits_port", (0, 1)),
    ("busy_limits_port", (1, 2**64 - 1)),
    ("busy_limits_msgq", (0, 1)),
    ("busy_limits_msgq", 5),
    ("busy_limits_msgq", (1, 2, 3)),
    ("env", A("x")),
    ("env", [A("x")]),
    ("env", [("A", 5)]),
    ("env", [("A=B", "c")]),
    ("env", [(A("a"), "c")]),
    ("env", [("A", "b", "c")]),
    (A("binary"), TRUE),
    (),
    None,
]


@pytest.mark.parametrize("option", BAD_OPTIONS, ids=repr)
def test_bad_options_are_badarg_with_the_cause_badopt(option, me, commands):
    with pytest.raises(Badarg, match="open_port setting") as caught:
        me.open_port(("spawn_driver", "test_drv"), [A("binary"), option])
    assert caught.value.cause == "badopt"
    assert commands == []


@pytest.mark.parametrize("settings", [A("binary"), 5, ImproperList((A("binary"),), A("eof")), b"binary"], ids=repr)
def test_settings_that_are_no_list(settings, me, commands):
    with pytest.raises(Badarg) as caught:
        me.open_port(("spawn_driver", "test_drv"), settings)
    assert caught.value.cause == "badopt"


@pytest.mark.parametrize(
    "settings", [["line", ("packet", 2)], [("packet", 2), ("line", 10)], ["nouse_stdio", "stderr_to_stdout"]], ids=repr
)
def test_options_that_exclude_each_other(settings, me, commands):
    with pytest.raises(Badarg, match="exclude each other") as caught:
        me.open_port(("spawn_driver", "test_drv"), settings)
    assert caught.value.cause == "badopt"


@pytest.mark.parametrize(
    "option",
    [
        "exit_status",
        ("args", ["x"]),
        ("arg0", "x"),
        ("busy_limits_port", (1, 2)),
        ("busy_limits_port", "disabled"),
        ("cd", 5),
    ],
    ids=repr,
)
def test_options_that_are_not_for_drivers_are_plain_badargs(option, me, commands):
    with pytest.raises(Badarg) as caught:
        me.open_port(("spawn_driver", "test_drv"), [option])
    assert caught.value.cause is None
    assert me.erl_ddll.info("test_drv", "port_count") == 0


@pytest.mark.parametrize(
    "settings",
    [
        ["in"],
        ["out"],
        ["in", "out"],
        ["hide", "use_stdio", "overlapped_io"],
        ["nouse_stdio"],
        ["stderr_to_stdout"],
        [("packet", 1), ("packet", 2), ("packet", 4)],
        [("cd", "/tmp")],
        [("cd", [])],
        [("cd", b"x")],
        [("env", [])],
        [("env", [("A", "b"), ("B", FALSE), ("C", [])])],
        ["stream"],
    ],
    ids=repr,
)
def test_options_that_change_nothing(settings, me, emu):
    """Output goes both ways, packets are the business of the driver."""
    port = opened(me, driver(output=lambda self, buf: driver_output(self.port, buf)), *settings)
    me.port_command(port, b"abc")
    assert me.receive() == (port, (DATA, list(b"abc")))


def test_stream_takes_packet_back_so_that_line_may_go_with_it(me):
    port = opened(
        me, driver(output=lambda self, buf: driver_output(self.port, buf)), ("packet", 2), ("line", 10), "stream"
    )
    me.port_command(port, b"abc\n")
    assert me.receive() == (port, (DATA, (A("eol"), list(b"abc"))))


@pytest.mark.parametrize(
    ("settings", "limits"),
    [
        ([], (4096, 8192)),
        ([("busy_limits_msgq", (10, 20))], (10, 20)),
        ([("busy_limits_msgq", (30, 20))], (20, 20)),
        ([("busy_limits_msgq", "disabled")], (2**64 - 1, 2**64 - 1)),
        ([("busy_limits_msgq", (1, 2)), ("busy_limits_msgq", (3, 4))], (3, 4)),
    ],
)
def test_limits_of_the_message_queue_hold_from_start_on(settings, limits, me):
    seen = []

    def start(self, command):
        low, high = Pointer(0), Pointer(0)
        erl_drv_busy_msgq_limits(self.port, low, high)
        seen.append((low.value, high.value))

    opened(me, driver(start=start), *settings)
    assert seen == [limits]


def test_a_driver_without_message_queue_limits(me):
    me.erl_ddll.load(driver(flags=ERL_DRV_FLAG_NO_BUSY_MSGQ), "test_drv")
    with pytest.raises(Badarg):
        me.open_port(("spawn_driver", "test_drv"), [("busy_limits_msgq", (1, 2))])
    assert me.open_port(("spawn_driver", "test_drv"), [("busy_limits_msgq", "disabled")])


@pytest.mark.parametrize(("result", "reason"), [(-1, "einval"), (-3, "badarg")])
@everywhere
def test_start_that_says_no(run, result, reason):
    """No stop, no message, no link, nothing left; the driver can be unloaded."""

    def scenario(emu):
        called = []

        def start(port, command):
            driver_enq(port, b"data")
            driver_set_timer(port, 1)
            driver_output(port, b"before")
            return result

        with emu.attach() as me:
            entry = DriverEntry(
                driver_name="test_drv", start=start, stop=called.append, flush=called.append, timeout=called.append
            )
            me.erl_ddll.load(entry, "test_drv")
            with pytest.raises(OpenPortError if result == -1 else Badarg) as caught:
                me.open_port(("spawn_driver", "test_drv"))
            assert caught.value.reason == A(reason)
            me.sleep(0.01)
            assert [message[1] for message in me.flush()] == [(DATA, list(b"before"))]
            assert called == []
            assert me.ports() == []
            assert me.erl_ddll.info("test_drv", "port_count") == 0
            me.erl_ddll.unload_driver("test_drv")

    run(scenario, **few(run))


@everywhere
def test_options_take_effect_after_start(run):
    """What start sends is a plain list, whatever the options; and it is there when open_port returns."""

    def scenario(emu):
        callers = []

        def start(self, command):
            callers.append(driver_caller(self.port))
            driver_output(self.port, b"one\ntwo")

        with emu.attach() as me:
            port = opened(
                me, driver(start=start, output=lambda self, buf: driver_output(self.port, buf)), "binary", ("line", 2)
            )
            assert me.receive(timeout=0) == (port, (DATA, list(b"one\ntwo")))
            assert callers == [me.pid]
            me.port_command(port, b"abc\n")
            assert [me.receive()[1][1] for _ in range(2)] == [(A("noeol"), b"ab"), (A("eol"), b"c")]

    run(scenario, **few(run))


def test_after_halt():
    emu = Emulator(threads="simulated")
    me = emu.attach()
    me.erl_ddll.load(driver(), "test_drv")
    emu.halt()
    with pytest.raises(EmulatorHalted):
        me.open_port(("spawn_driver", "test_drv"))
