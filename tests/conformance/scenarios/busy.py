"""Busy ports and busy message queues: who waits, who is refused, who goes first."""

from ..frame import HELD, scenario
from ..world import A, The, World

X = (A("command"), "x")


@scenario()
def senders_wait(w: World) -> None:
    """Every kind of command to a busy port, and what is let through."""
    w.try_load("v1", "probe")
    w.open("p", "probe P")
    w.control("p", "busy 1")
    w.command("p", "now", ["nosuspend"])
    w.send("p", (The("main"), X), options=["nosuspend"])
    w.command("p", A("bad"), ["nosuspend"])
    w.command("p", "now", ["force"])
    w.command("p", A("bad"), ["force"])
    w.command("p", "now", ["force", "nosuspend"])
    w.call("p", 1, A("through"))
    w.port_info("p", "output")
    w.send("p", A("garbage"))
    w.mailbox(1)
    for name in ("h1", "h2", "h3", "h4", "h5"):
        w.helper(name)
    w.begin(w.command_action("p", "one"), "h1")
    w.settle(10)
    w.begin(w.send_action("p", (The("main"), (A("command"), "two2"))), "h2")
    w.settle(10)
    w.begin(w.command_action("p", "three", ["nosuspend"]), "h3")
    w.settle(10)
    w.begin(w.command_action("p", A("bad")), "h4")
    w.settle(10)
    w.begin(w.send_action("p", (The("h5"), (A("command"), "wrong owner"))), "h5")
    w.settle(10)
    for name in ("h1", "h2", "h3", "h4", "h5"):
        w.result(name)
    w.control("p", "busy 1;busy 0")
    for name in ("h1", "h2", "h4", "h5"):
        w.result(name)
    w.mailbox(1)
    w.log()


@scenario()
def resume_order(w: World) -> None:
    """The first to wait is the last to go on."""
    w.try_load("v1", "probe")
    w.open("p", "probe P")
    w.control("p", "busy 1")
    for number in range(1, 6):
        w.helper(f"h{number}")
        w.begin(w.command_action("p", "x" * number), f"h{number}")
        w.settle(10)
    w.control("p", "busy 0")
    w.log(8)


@scenario()
def making_it_busy(w: World) -> None:
    """The command that makes the port busy returns; the next one waits; each release lets one through."""
    w.try_load("v1", "probe")
    w.open("p", "probe P")
    w.on("p", "output", "busy 1;echo")
    w.command("p", "a")
    w.helper("h")
    w.begin(w.command_action("p", "b"), "h")
    w.result("h")
    w.mailbox(1)
    w.control("p", "busy 0")
    w.result("h")
    w.mailbox(1)
    w.command("p", "c", ["nosuspend"])
    w.control("p", "busy 0")
    w.command("p", "c", ["nosuspend"])
    w.mailbox(1)


@scenario()
def dying_while_busy(w: World) -> None:
    """A suspended sender when the port, or the sender itself, dies."""
    w.try_load("v1", "probe")
    w.open("p", "probe P")
    w.control("p", "busy 1")
    for name in ("a", "b", "victim"):
        w.helper(name)
    w.helper("linked", trap_exit=False)
    w.link("p", at="linked")
    w.begin(w.command_action("p", "a"), "a")
    w.begin(w.send_action("p", (The("main"), X)), "b")
    w.begin(w.command_action("p", "l"), "linked")
    w.begin(w.command_action("p", "v"), "victim")
    w.settle()
    w.exit_signal("victim", A("kill"))
    w.result("victim")
    w.result("a")
    w.exit_signal("p", A("boom"))
    w.result("a")
    w.result("b")
    w.result("linked")
    w.mailbox(1)
    w.log()


@scenario()
def soft_busy(w: World) -> None:
    """Drivers that may be forced."""
    w.try_load("v1", "probe_soft")
    w.open("p", "probe_soft P")
    w.control("p", "busy 1")
    w.command("p", "forced", ["force"])
    w.command("p", "forced too", ["nosuspend", "force"])
    w.command("p", A("bad"), ["force"])
    w.command("p", "refused", ["nosuspend"])
    w.log()
    w.control("p", "enq abc")
    w.close("p")
    w.command("p", "x", ["force"])
    w.control("p", "deq 3")
    w.command("p", "x", ["force"])
    w.mailbox(1)


@scenario(**HELD)
def queued_commands_are_held(w: World) -> None:
    """Commands that are queued when the port becomes busy wait, with what their senders ask for after them."""
    w.try_load("v1", "probe_soft")
    w.open_apart("p", "probe_soft P")
    for name in ("a", "b", "c", "d", "e"):
        w.helper(name)
    w.hold("p", "sleep 150;busy 1")
    w.send("p", (The("main"), (A("command"), "1")))
    w.send("p", (The("main"), (A("command"), "22")), at="a")
    w.begin(w.bif("port_info", The("p"), A("output"), prefix="erlang:"), "a")
    w.begin(w.command_action("p", "333", ["nosuspend"]), "b")
    w.begin(w.bif("port_info", The("p"), A("output"), prefix="erlang:"), "c")
    w.send("p", (The("main"), (A("command"), "4444")), at="d", options=["nosuspend"])
    w.begin(w.command_action("p", "55555", ["force"]), "e")
    w.settle(10)
    w.settle(180)
    for name in ("a", "b", "c", "e"):
        w.result(name)
    w.log(5)
    w.control_from("b", "p", "busy 0")
    w.result("a")
    w.log(2)


@scenario(**HELD)
def force_behind_a_held_command(w: World) -> None:
    """A forced command waits behind an earlier held one of its sender; control, close and exit too."""
    w.try_load("v1", "probe_soft")
    for action in ("force", "control", "close", "link", "unlink"):
        w.open_apart("p", "probe_soft P")
        for name in ("a", "b"):
            w.helper(name)
        w.hold("p", "sleep 120;busy 1")
        w.send("p", (The("main"), (A("command"), "1")), at="a")
        if action == "force":
            w.begin(w.command_action("p", "22", ["force"]), "a")
        elif action == "control":
            w.begin(w.control_action("p", "size"), "a")
        elif action == "close":
            w.begin(w.bif("port_close", The("p")), "a")
        else:
            w.begin(w.bif(action, The("p")), "a")
        w.settle(150)
        w.result("a")
        w.port_info("p", "links", at="b")
        w.control_from("b", "p", "busy 0")
        if action not in ("link", "unlink"):
            w.result("a")
        w.port_info("p", "links", at="b")
        if action != "close":
            w.close("p")
        w.mailbox(1)
        w.log()


@scenario(**HELD)
def owner_dies_behind_its_held_command(w: World) -> None:
    """A held command holds even its sender's death."""
    w.try_load("v1", "probe")
    for name in ("owner", "b"):
        w.helper(name)
    w.open_apart("p", "probe P")
    w.connect("p", "owner")
    w.unlink("p")
    w.hold("p", "sleep 120;busy 1")
    w.send("p", (The("owner"), X), at="owner")
    w.end("owner", A("boom"))
    w.settle(150)
    w.is_open("p")
    w.port_info("p", "output", at="b")
    w.control_from("b", "p", "busy 0")
    w.settle()
    w.is_open("p")
    w.log()


@scenario(**HELD)
def message_queue_limits(w: World) -> None:
    """Bytes of queued commands above the high limit stop senders until they fall below the low one."""
    w.try_load("v1", "probe")
    w.open_apart("p", "probe P")
    for name in ("a", "b"):
        w.helper(name)
    for sizes in ([2000] * 5, [8192, 1], [8193], [8192]):
        w.hold("p", "sleep 150")
        for size in sizes:
            w.send("p", (The("main"), (A("command"), "x" * size)))
        w.send("p", (The("main"), X), options=["nosuspend"])
        w.begin(w.command_action("p", "y", ["nosuspend"]), "b")
        w.begin(w.send_action("p", (The("main"), (A("command"), "waits"))), "a")
        w.settle(20)
        w.result("a")
        w.settle(100)
        w.result("a")
        w.result("b")
        w.log(len(sizes))


@scenario()
def limits_call(w: World) -> None:
    """erl_drv_busy_msgq_limits, read and written."""
    w.try_load("v1", "probe")
    w.open("p", "probe P")
    for program in (
        "limits 0 0", "limits 100 50", "limits 60 0", "limits 0 70", "limits 0 10", "limits 99 -", "limits 0 0",
        "limits - 5",
        "limits 0 0", "limits 200 300", "limits 400 0", "limits - -", "limits 1 18446744073709551614", "limits off 0",
        "limits 0 0", "limits 5 6", "limits 0 0",
    ):  # fmt: skip
        w.control("p", program)
    w.open("q", "probe Q")
    w.control("q", "limits 0 off;limits 0 0")
    w.open("r", "probe R", [(A("busy_limits_msgq"), (6, 10))])
    w.control("r", "limits 0 0")


@scenario(**HELD)
def small_limits(w: World) -> None:
    """Both limits are exclusive."""
    w.try_load("v1", "probe")
    w.open_apart("p", "probe P", [(A("busy_limits_msgq"), (4, 8))])
    for name in ("a", "b"):
        w.helper(name)
    w.hold("p", "sleep 150")
    w.send("p", (The("main"), (A("command"), "12345678")), options=["nosuspend"])
    w.send("p", (The("main"), (A("command"), "9")), options=["nosuspend"])
    w.send("p", (The("main"), (A("command"), "a")), options=["nosuspend"])
    w.send("p", (The("main"), (A("command"), "")), options=["nosuspend"])
    w.begin(w.command_action("p", "waiting"), "a")
    w.result("a")
    w.settle(150)
    w.result("a")
    w.log(3)


@scenario()
def busy_while_lingering(w: World) -> None:
    """The busy test comes before the test whether the port is closing."""
    w.try_load("v1", "probe")
    w.open("p", "probe P")
    w.control("p", "enq abc")
    w.close("p")
    w.control("p", "busy 1")
    w.command("p", "x", ["nosuspend"])
    w.helper("h")
    w.begin(w.command_action("p", "x"), "h")
    w.result("h")
    w.control("p", "busy 0")
    w.result("h")
    w.command("p", "x")
    w.control("p", "deq 3")
    w.mailbox(1)
