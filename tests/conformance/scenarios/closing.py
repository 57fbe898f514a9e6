"""How ports end, who is told what, and what happens while a queue drains."""

from ..frame import scenario
from ..world import A, The, World

ENDS = (
    "atom boom", "atom normal", "atom kill", "fail 5", "fail -1", "fail 0", "eof", "posix 2", "posix 9999", "posix 0",
    "exit 0", "exit 2", "exit 9999",
)  # fmt: skip


@scenario()
def failures(w: World) -> None:
    """The driver ends its port: what owner, another linked process and a monitor see."""
    w.try_load("v1", "probe")
    w.helper("linked")
    w.helper("watcher")
    for end in ENDS:
        w.open("p", "probe P")
        w.link("p", at="linked")
        w.monitor("p", "m", at="watcher")
        w.control("p", f"out before;{end};out after;size;enq x;timer 5;left;caller;portflags")
        w.port_info("p", "connected")
        w.mailbox(1)
        w.mailbox(1, at="linked")
        w.mailbox(1, at="watcher")
    w.log()


@scenario()
def failures_of_an_owner_that_does_not_trap(w: World) -> None:
    """Exit signals end a linked process before the BIF that caused them returns."""
    w.try_load("v1", "probe")
    for end in ("atom boom", "atom normal", "fail 5", "exit 2", "eof"):
        w.helper("h", trap_exit=False)
        w.open("p", "probe P", at="h")
        w.control("p", f"out x;{end}", at="h")
        w.command("p", "x", at="h")


@scenario()
def soft_eof(w: World) -> None:
    """With the option eof, the end of file is a message only."""
    w.try_load("v1", "probe")
    w.open("p", "probe P", [A("eof")])
    w.control("p", "enq abc;eof;size;fail 0;out x;size")
    w.is_open("p")
    w.control("p", "atom x")
    w.mailbox(4)
    w.log()


@scenario()
def failure_in_each_callback(w: World) -> None:
    """A failure in any callback runs stop at once; the callback goes on with a dead port."""
    w.try_load("v1", "probe")
    for callback in ("output", "timeout", "ready_async", "call"):
        w.open("p", "probe P")
        w.on("p", callback, "out a;atom boom;out b")
        if callback == "output":
            w.command("p", "x")
        elif callback == "call":
            w.call("p", 1, A("x"))
        else:
            w.control("p", "timer 1" if callback == "timeout" else "async - 1 job")
        w.mailbox(2)
        w.log(2)
    w.open("p", "probe P")
    w.on("p", "output", "atom boom")
    w.send("p", (The("main"), (A("command"), "x")))
    w.mailbox(1)
    w.open("p", "probe P")
    w.on("p", "stop", "atom again;out in stop;eof;exit 0;timer 3;enq x")
    w.close("p")
    w.mailbox(2)
    w.log()


@scenario()
def ways_to_close(w: World) -> None:
    """port_close, the close message, exit signals: by owners and others."""
    w.try_load("v1", "probe")
    w.helper("other")
    for how in range(9):
        w.open("p", "probe P")
        w.monitor("p", "m")
        if how == 0:
            w.close("p")
        elif how == 1:
            w.close("p", at="other")
        elif how == 2:
            w.send("p", (The("main"), A("close")))
        elif how == 3:
            w.send("p", (The("main"), A("close")), at="other")
        elif how == 4:
            w.exit_signal("p", A("normal"))
        elif how == 5:
            w.exit_signal("p", A("normal"), at="other")
        elif how == 6:
            w.exit_signal("p", A("kill"), at="other")
        elif how == 7:
            w.exit_signal("p", (A("a"), "tuple"), at="other")
        else:
            w.exit_signal("p", 2**80)
        w.mailbox(2)
        w.close("p")
        w.exit_signal("p", A("again"))
        w.send("p", (The("main"), A("close")))
        w.is_open("p")
    for reason in (
        A("x"),
        7,
        2**59,
        2**59 - 1,
        -(2**59),
        -(2**59) - 1,
        [],
        (),
        "ab",
        b"bin",
        1.5,
        The("p"),
        The("main"),
    ):
        w.open("p", "probe P")
        w.unlink("p")
        w.monitor("p", "m")
        w.exit_signal("p", reason)
        w.mailbox(1)


@scenario()
def lingering(w: World) -> None:
    """A port closed with data in its queue."""
    w.try_load("v1", "probe")
    for how in range(5):
        w.open("p", "probe P")
        w.control("p", "enq abcdef")
        w.on("p", "flush", "size;out lost;outb |lost;term lost;portflags")
        w.on("p", "stop", "size;out lost too")
        w.monitor("p", "m")
        w.register("regp", "p")
        w.helper("h")
        if how == 0:
            w.close("p")
        elif how == 1:
            w.send("p", (The("main"), A("close")))
        elif how == 2:
            w.exit_signal("p", A("foo"))
        elif how == 3:
            w.exit_signal("p", A("kill"))
        else:
            w.connect("p", "h")
            w.end("h", A("bar"))
        w.mailbox(1)
        w.log(1)
        if how == 3:
            continue
        w.is_open("p")
        for item in (None, "links", "connected", "queue_size", "output"):
            w.port_info("p", item)
        w.command("p", "x")
        w.command("p", "x", ["force"])
        w.command("p", "x", ["nosuspend"])
        w.close("p")
        w.connect("p", "main")
        w.set_data("p", 1)
        w.get_data("p")
        w.register("regp", "p")
        w.whereis("regp")
        w.monitor("p", "m2")
        w.unlink("p")
        w.exit_signal("p", A("kill"))
        w.send("p", (The("main"), A("close")))
        w.send("p", (The("main"), (A("command"), "x")))
        w.link("p")
        w.control("p", "size;out lost;deq 3;size")
        w.call("p", 1, A("works"))
        w.mailbox(2)
        w.control("p", "deq 3;size")
        w.port_info("p", "queue_size")
        w.mailbox()
        w.log()


@scenario()
def flush_that_empties(w: World) -> None:
    """The queue runs empty inside flush, in a timeout, in ready_async."""
    w.try_load("v1", "probe")
    w.open("p", "probe P")
    w.control("p", "enq abcdef")
    w.on("p", "flush", "deq 6")
    w.send("p", (The("main"), A("close")))
    w.port_info("p", "name")
    w.mailbox(2)
    w.open("p", "probe P")
    w.control("p", "enq abcdef")
    w.on("p", "flush", "timer 10;left")
    w.on("p", "timeout", "deq 3;timer 10")
    w.send("p", (The("main"), A("close")))
    w.is_open("p")
    w.mailbox(2)
    w.log(10)
    w.open("p", "probe P")
    w.control("p", "enq abcdef")
    w.on("p", "flush", "async - 1 job")
    w.on("p", "ready_async", "deq 5;deq 2;deq 1;size")
    w.close("p")
    w.mailbox(1)
    w.log(4)


@scenario()
def failing_while_lingering(w: World) -> None:
    """Any failure ends a lingering port at once, and tells nobody a second time."""
    w.try_load("v1", "probe")
    for end in ("atom boom", "eof", "exit 2", "fail 0"):
        w.open("p", "probe P", [(A("line"), 10)])
        w.control("p", "out partial;enq abcdef")
        w.send("p", (The("main"), A("close")))
        w.mailbox(1)
        w.control("p", f"{end};size")
        w.mailbox(1)
        w.is_open("p")
        w.log()
    w.open("p", "probe P", [A("eof")])
    w.control("p", "enq abcdef")
    w.on("p", "flush", "eof;size")
    w.close("p")
    w.mailbox(1)
    w.log()


@scenario()
def queue_without_flush(w: World) -> None:
    """The port lingers although the driver has no flush callback."""
    w.try_load("v1", "probe_noflush")
    w.open("p", "probe_noflush P")
    w.control("p", "enq abcdef")
    w.close("p")
    w.is_open("p")
    w.control("p", "push xy;peek;enqb z;peek;deq 9;size")
    w.is_open("p")
    w.mailbox(1)
    w.log()


@scenario()
def queue_functions(w: World) -> None:
    """The I/O queue's functions on a living and on a dead port."""
    w.try_load("v1", "probe")
    w.open("p", "probe P")
    w.control(
        "p", "peek;size;deq 0;deq 1;enq;enq abc;peek;push xy;peek;enqb bin;peek;size;deq 3;peek;deq 100;size;deq 5;peek"
    )
    w.control("p", "enq abc;atom x;peek;size;deq 1;enq a;enq;push b;push;enqb c;enqb;left;timer 1;cancel")
    w.open("p", "probe P")
    w.control("p", "atom x;limits 0 0;mon;lockdrv;caller;portflags;echo;term t")
    w.mailbox(2)


@scenario()
def data_sent_from_stop(w: World) -> None:
    """Output of stop arrives after the exit signal."""
    w.try_load("v1", "probe")
    w.open("p", "probe P")
    w.on("p", "stop", "out bye;term bye")
    w.monitor("p", "m")
    w.send("p", (The("main"), A("close")))
    w.mailbox(5)


@scenario()
def requests_after_the_end(w: World) -> None:
    """What a dead port's identifier is good for."""
    w.try_load("v1", "probe")
    w.open("p", "probe P")
    w.close("p")
    w.helper("h", trap_exit=False)
    for at in ("main", "h"):
        w.command("p", "x", at=at)
        w.control("p", "x", at=at)
        w.call("p", 0, A("x"), at=at)
        w.close("p", at=at)
        w.connect("p", "main", at=at)
        w.port_info("p", "name", at=at)
        w.link("p", at=at)
        w.unlink("p", at=at)
        w.exit_signal("p", A("x"), at=at)
        w.monitor("p", "m", at=at)
        w.register("x", "p", at=at)
        w.send("p", A("garbage"), at=at)
        w.mailbox(1, at=at)
