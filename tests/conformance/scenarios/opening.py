"""open_port: names, settings, and what start may return."""

from erts_emu.terms import ImproperList

from ..frame import scenario
from ..world import A, World


@scenario()
def names(w: World) -> None:
    """From the command to the driver's name."""
    w.try_load("v1", "probe")
    for command in (
        A("probe"), "probe P", b"probe P bin", ["pro", "be", [" P"], " deep"], "probe  P two spaces", b"probe P\0cut",
        "probe Pé", A("probe P word"),
    ):  # fmt: skip
        w.open("p", command)
        w.port_info("p", "name")
        w.close("p")
    for command in (
        "", " probe", "PROBE", "probe\tx", ["probe", b" x"], ["probe", 0], "nosuch", [], 5, (1,), ["probe", A("x")],
        [-1],
        A(""),
    ):  # fmt: skip
        w.open(None, command)
    w.open("p", "probe P", form="spawn")
    w.port_info("p", "name")
    w.close("p")
    for name in ((), (A("spawn_driver"),), (A("spawn_driver"), "probe", A("x")), (A("foo"), "probe"), b"probe", 7):
        w.open_any(None, name, [])
    w.mailbox(9)


@scenario()
def settings(w: World) -> None:
    """Settings that are accepted, and those that are not."""
    w.try_load("v1", "probe")
    w.try_load("v1", "probe_free")
    true, false = True, False
    for options in (
        [], [A("stream")], [(A("packet"), 1)], [(A("packet"), 2), (A("packet"), 4)], [(A("packet"), 0)],
        [(A("packet"), 3)],
        [(A("packet"), 8)], [(A("packet"), A("a"))], [A("packet")], [A("line")], [(A("line"), 1)], [(A("line"), 0)],
        [(A("line"), -1)], [(A("line"), A("x"))], [(A("packet"), 2), (A("line"), 10)], [A("line"), (A("packet"), 2)],
        [(A("packet"), 2), (A("line"), 10), A("stream")], [A("binary")], [A("eof")], [A("in")], [A("out")], [A("in"),
        A("out")],
        [A("hide"), A("use_stdio"), A("overlapped_io")], [A("nouse_stdio")], [A("stderr_to_stdout")],
        [A("nouse_stdio"), A("stderr_to_stdout")], [A("exit_status")], [(A("cd"), "/tmp")], [(A("cd"), [])],
        [(A("cd"), 5)],
        [(A("cd"), b"/tmp")], [(A("cd"), A("tmp"))], [(A("env"), [("A", "b")])], [(A("env"), [("A", false)])],
        [(A("env"), [("A", [])])], [(A("env"), [])], [(A("env"), [A("x")])], [(A("env"), [(A("x"), 1)])], [(A("env"),
        A("x"))],
        [(A("env"), [("A", "b", "c")])], [(A("args"), ["x"])], [(A("args"), 5)], [(A("arg0"), "x")],
        [(A("parallelism"), true)],
        [(A("parallelism"), false)], [A("parallelism")], [(A("parallelism"), A("x"))], [(A("busy_limits_port"), (1,
        2))],
        [(A("busy_limits_port"), A("disabled"))], [(A("busy_limits_port"), (0, 2))], [(A("busy_limits_msgq"), (10,
        20))],
        [(A("busy_limits_msgq"), (30, 20))], [(A("busy_limits_msgq"), (0, 20))], [(A("busy_limits_msgq"), (1,
        2**64 - 1))],
        [(A("busy_limits_msgq"), (1, 2**64 - 2))], [(A("busy_limits_msgq"), A("disabled"))], [(A("busy_limits_msgq"),
        5)],
        [A("nonsense")], [(A("nonsense"), 1)], [5], A("x"), ImproperList((A("binary"),), A("eof")), [(A("binary"),
        true)],
        [A("binary"), A("binary")], ["binary"], [[A("binary")]],
    ):  # fmt: skip
        w.open("p", "probe P", options) if isinstance(options, list) else w.open_any(
            "p", (A("spawn_driver"), "probe P"), options
        )
        w.control("p", "limits 0 0")
        w.close("p")
    w.open("q", "probe_free Q", [(A("busy_limits_msgq"), (10, 20))])
    w.open("q", "probe_free Q", [(A("busy_limits_msgq"), A("disabled"))])
    w.control("q", "limits 0 0;limits 5 6;limits 0 0")
    w.open("q", "probe_free Q", [A("exit_status")], form="spawn")


@scenario()
def start_results(w: World) -> None:
    """What open_port makes of start's result, and what it leaves behind."""
    w.try_load("v1", "probe")
    for program in (
        "ret -1", "ret -2", "errno 2;ret -2", "errno 13;ret -2", "errno 11;ret -2", "errno 36;ret -2",
        "errno 9999;ret -2",
        "ret -3",
    ):  # fmt: skip
        w.open("p", "probe P " + program)
        w.mailbox()
    w.log(8)
    w.open("p", "probe P enq abc;timer 5;ret -1")
    w.settle(40)
    w.log(1)
    w.open("p", "probe P out early;ret -1")
    w.mailbox(1)
    w.open("p", "probe P out early;caller;portflags;busy 1;term t", [A("binary"), A("eof")])
    w.control("p", "portflags;out later")
    w.command("p", "x", ["nosuspend"])
    w.mailbox(3)
    w.open("q", "probe Q out abc;newline", [(A("line"), 2)])
    w.control("q", "portflags;out abc;newline")
    w.mailbox(3)
    w.log()
    w.info("probe", "port_count")


@scenario()
def start_output_at_failure(w: World) -> None:
    """The opener is not told of a port that failed to start, nor do its monitors linger."""
    w.try_load("v1", "probe_pl")
    w.helper("h", trap_exit=False)
    w.open("p", "probe_pl P ret -1", at="h")
    w.open("p", "probe_pl P term x;send y;ret -3", at="h")
    w.mailbox(2, at="h")
    w.info("probe_pl", "port_count")


@scenario()
def init_ack(w: World) -> None:
    """Asynchronous open: the opener waits for erl_drv_init_ack."""
    w.try_load("v1", "probe_ack")
    for ack in ("ack 0", "errno 2,ack -2", "ack -1", "ack -3", "atom boom", "eof", "exit 2", "out x,ack 0,ack -1"):
        w.helper("h")
        w.begin(w.open_action(f"probe_ack P on timeout {ack};timer 90"), "h")
        w.result("h")
        w.result("h")
        w.mailbox(at="h")
        w.end("h", A("normal"))
        w.log(2)
    w.helper("h")
    w.open("p", "probe_ack P ret -1", at="h")
    w.open("p", "probe_ack P ret -3", at="h")
    w.mailbox(at="h")
    w.end("h", A("normal"))
    w.try_load("v1", "probe")
    w.open("p", "probe P")
    w.control("p", "ack -1;size")
    w.helper("h")
    w.begin(w.open_action("probe_ack Q ack 0"), "h")
    w.result("h")
