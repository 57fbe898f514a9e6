"""Commands, control and call replies, output shapes, counters."""

from erts_emu.terms import ImproperList

from ..frame import scenario
from ..world import A, The, World


@scenario()
def commands(w: World) -> None:
    """What a command's caller and the port's owner get."""
    w.try_load("v1", "probe")
    w.open("p", "probe P")
    w.on("p", "output", "echo;caller")
    w.command("p", "abc")
    w.command("p", b"")
    w.command("p", [])
    w.command("p", ["x", [b"yz", 65]])
    w.command("p", ImproperList(("x",), b"tail"))
    for wrong in (A("nonsense"), [256], [-1], 5, (1, 2), [1.0], ImproperList((1,), 2)):
        w.command("p", wrong)
    w.command("p", "x", ["force"])
    w.command("p", A("bad"), ["force"])
    w.command("p", "x", ["nosuspend"])
    w.send("p", (The("main"), (A("command"), "sent")))
    w.helper("h")
    w.command("p", "other", at="h")
    w.send("p", (The("main"), (A("command"), "by other")), at="h")
    w.mailbox(9)
    w.mailbox(at="h")
    w.log()
    w.port_info("p", "output")
    w.port_info("p", "input")
    w.close("p")
    w.mailbox(1)
    w.log(1)
    w.command("p", "late")
    w.command("p", "late", ["force"])
    w.command(12, "x")
    w.command(A("nobody"), "x")
    w.command("main", "x")


@scenario()
def shapes(w: World) -> None:
    """Every output function in list and in binary mode."""
    w.try_load("v1", "probe")
    for mode in ([], [A("binary")]):
        w.open("p", "probe P", mode)
        for program in (
            "out abc", "out", "outn", "out2 HD|rest", "out2 HD|", "out2n HD", "out2n", "outb |xyz", "outb HH|xyz",
            "outb HH|",
            "outv |one", "outv |one|two|three", "outv HD|one|two", "outv H|", "outs 1 H|abc|def", "outs 3 |abc|def",
            "outs 6 |abc|def", "outs 6 H|abc|def", "outs 4 H|abc|def", "term hello", "send hello", "portflags",
        ):  # fmt: skip
            w.control("p", program)
        w.port_info("p", "input")
        w.close("p")
        w.mailbox(22)


@scenario()
def vectors(w: World) -> None:
    """How a command's data becomes outputv's vector."""
    w.try_load("v1", "probe_v")
    w.open("p", "probe_v P")
    w.on("p", "outputv", "vec")
    small, big, large = b"s" * 64, b"b" * 65, b"l" * 300
    for data in (
        [], b"", "abc", small, big, ["abc", big, "de"], [small, small], [big, big], [b"", big], [b"", b""], [[], []],
        [big[:65]] * 20, [large] * 18, ["x", small, large, "y", "z", large], ["a"] * 40, [big, large] * 8,
        [big] * 15, [big] * 14, [large] * 15 + [big], ImproperList((65, big), b"tail"),
    ):  # fmt: skip
        w.command("p", data)
    w.log(20)
    w.command("p", A("bad"))
    w.send("p", (The("main"), (A("command"), A("bad"))))
    w.mailbox(1)
    w.on("p", "outputv", "echo")
    w.command("p", ["ab", big])
    w.mailbox(1)
    w.log(1)


@scenario()
def control_replies(w: World) -> None:
    """Control in list and binary mode, with every form of reply."""
    w.try_load("v1", "probe")
    w.open("p", "probe P")
    for flags in ("", "flags 1;"):
        for program in (
            "",
            "caller",
            "form -",
            "form 0null",
            "form 0null 0 5",
            "form zero",
            "out x",
            "busy 1;busy 0",
            "nosuchcommand",
        ):
            w.control("p", flags + program)
    w.control("p", "flags 1;form binary 100 1")
    w.control("p", "flags 1;form binary 10 0")
    w.control("p", "flags 0;form alloc 100 100")
    w.control("p", "form alloc 10 3")
    w.control("p", "flags 0;out x")
    for operation in (1, 4294967295, -1, 4294967296, 1.0, A("x"), 2**70):
        w.control("p", "x", operation)
    for data in (A("x"), [1000], ImproperList((97,), b""), b"", ["out", b" y"]):
        w.control("p", data)
    w.mailbox(4)


@scenario()
def control_without_callback(w: World) -> None:
    """A driver with a name and nothing else."""
    w.try_load("v1", "probe_bare")
    w.open("p", "probe_bare P")
    w.control("p", "x")
    w.call("p", 0, A("x"))
    w.command("p", "x")
    w.command("p", A("bad"))
    w.send("p", (The("main"), (A("command"), "x")))
    w.port_info("p", "output")
    w.port_info("p", "locking")
    w.close("p")
    w.mailbox(1)
    w.log()


@scenario()
def calls(w: World) -> None:
    """port_call, whose reply is in external format."""
    w.try_load("v1", "probe")
    w.open("p", "probe P")
    for term in (A("x"), [1, 2.5, b"bin"], (A("t"), The("main"), The("p")), "string", 2**100, []):
        w.call("p", 7, term)
    for program in ("form -", "form zero", "form 0null", "form alloc 5 5", "out x"):
        w.on("p", "call", program)
        w.call("p", 0, A("x"))
    for operation in (-1, 2**32, A("x"), 2**32 - 1):
        w.call("p", operation, A("x"))
    w.mailbox(2)
    w.log()


@scenario()
def counters_and_info(w: World) -> None:
    """port_info, items and all at once."""
    w.try_load("v1", "probe")
    w.try_load("v1", "probe_pl")
    w.open("p", "probe P more words")
    items = (
        "registered_name", "name", "links", "connected", "input", "output", "os_pid", "parallelism", "locking",
        "queue_size", "monitors", "monitored_by", "memory", "nonsense", "state",
    )  # fmt: skip
    for item in items:
        w.port_info("p", item)
    w.register("preg", "p")
    w.monitor("p", "m1")
    w.helper("h")
    w.link("p", at="h")
    w.control("p", "mon;enq abcde;ospid 17;out xyz")
    w.command("p", "12345")
    for item in items[:12]:
        w.port_info("p", item)
    w.control("p", "ospid -5;deq 5")
    w.port_info("p", "os_pid")
    w.port_info(A("preg"), "output")
    w.port_info(A("nobody"), "output")
    w.port_info(A("nobody"))
    w.port_info(17, "output")
    w.port_info(17)
    w.port_info("main", "output")
    w.open("q", "probe_pl Q", [(A("parallelism"), True)])
    w.port_info("q", "locking")
    w.port_info("q", "parallelism")
    w.close("q")
    w.port_info("q", "locking")
    w.port_info("q", "nonsense")
    w.port_info("q")
    w.mailbox(2)


@scenario()
def port_data(w: World) -> None:
    """port_set_data and port_get_data."""
    w.try_load("v1", "probe")
    w.open("p", "probe P")
    w.get_data("p")
    w.set_data("p", (A("any"), "term"))
    w.helper("h")
    w.get_data("p", at="h")
    w.register("preg", "p")
    w.set_data(A("preg"), 2)
    w.get_data("p")
    w.get_data(A("nobody"))
    w.get_data("main")
    w.close("p")
    w.get_data("p")
    w.set_data("p", 3)
    w.mailbox(1)


@scenario()
def line_mode(w: World) -> None:
    """How output is split into lines of at most five bytes."""
    w.try_load("v1", "probe")
    for mode in ([], [A("binary")]):
        for steps in (
            ["out abc;newline"], ["out abc", "out def;newline"], ["out abcde;newline"], ["out abcdefghijk;newline"],
            ["out abcde"], ["newline", "crlf"], ["out ab;crlf"], ["out ab;cr", "newline"], ["out ab;cr;out cd;newline"],
            ["out abcde;crlf"], ["out abcd;cr;out e;newline"], ["out no newline"], ["out abcde;cr"],
            ["out2 HD|ab;newline"],
            ["out2 HD|abcdefg", "newline"], ["outb H|long line here", "outv H|long|vector"], ["outn", "out"],
            ["cr;cr;newline"],
            ["out2n HD;newline"],
        ):  # fmt: skip
            w.open("p", "probe P", [(A("line"), 5), *mode])
            for step in steps:
                w.control("p", step)
            w.control("p", "eof")
            w.mailbox(1)
    w.open("p", "probe P", [A("line")])
    w.control("p", "portflags;out " + "a" * 600)
    w.close("p")
    w.mailbox(2)
    w.open("p", "probe P", [(A("line"), 5), A("eof")])
    w.control("p", "out abc;eof;out de;newline;cr;eof;eof")
    for end in ("fail 3", "posix 2", "exit 0", "atom x", "fail 0"):
        w.open("p", "probe P", [(A("line"), 5)])
        w.control("p", "out abc;" + end)
    w.mailbox(5)
