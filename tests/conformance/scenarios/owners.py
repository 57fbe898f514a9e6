"""Owners, links, connecting, bad signals."""

from ..frame import scenario
from ..world import A, The, World


@scenario()
def who_dies(w: World) -> None:
    """Which process's end closes a port, and with which reason."""
    w.try_load("v1", "probe")
    for reason in (A("normal"), A("boom"), A("kill"), (A("a"), 1), A("shutdown")):
        for unlinked in (False, True):
            w.helper("owner")
            w.open("p", "probe P", at="owner")
            w.monitor("p", "m")
            if unlinked:
                w.unlink("p", at="owner")
            w.end("owner", reason)
            w.mailbox(0 if unlinked else 1)
            w.is_open("p")
            w.exit_signal("p", A("done"))
            w.mailbox(1 if unlinked else 0)
        w.helper("other")
        w.open("p", "probe P")
        w.link("p", at="other")
        w.end("other", reason)
        w.mailbox()
        w.is_open("p")
        w.exit_signal("p", A("done"))
        w.mailbox()


@scenario()
def connecting(w: World) -> None:
    """port_connect and the connect message."""
    w.try_load("v1", "probe")
    w.helper("a")
    w.helper("b")
    w.open("p", "probe P")
    w.connect("p", "a")
    w.port_info("p", "connected")
    w.port_info("p", "links")
    w.control("p", "out to a")
    w.connect("p", "a", at="b")
    w.unlink("p", at="a")
    w.port_info("p", "links")
    w.connect("p", "a", at="b")
    w.port_info("p", "links")
    w.send("p", (The("a"), (A("connect"), The("b"))), at="a")
    w.port_info("p", "connected")
    w.port_info("p", "links")
    w.control("p", "out to b")
    w.send("p", (The("b"), (A("connect"), The("main"))))
    w.control("p", "out to main")
    for at in ("main", "a", "b"):
        w.mailbox(1, at=at)
    for wrong in (A("a"), A("nobody"), 5, The("p")):
        w.connect("p", wrong)
    w.end("b", A("normal"))
    w.connect("p", "b")
    w.send("p", (The("main"), (A("connect"), A("nobody"))))
    w.mailbox(1)
    w.send("p", (The("main"), (A("connect"), The("b"))))
    w.mailbox(1)
    w.port_info("p", "connected")
    w.control("p", "out to nobody;term x;caller")
    w.send("p", A("garbage"))
    w.command("p", "still works")
    w.send("p", (The("b"), (A("command"), "dead owner named")))
    w.mailbox()
    w.log()
    w.connect("p", "main")
    w.control("p", "out adopted")
    w.mailbox(1)
    w.send("p", (The("main"), (A("connect"), The("b"))))
    w.send("p", (The("b"), A("close")))
    w.mailbox(2)
    w.is_open("p")


@scenario()
def old_owners(w: World) -> None:
    """After connecting, the old owner stays linked."""
    w.try_load("v1", "probe")
    for way in ("bif", "message"):
        for reason in (A("normal"), A("boom")):
            for dying in ("a", "b"):
                w.helper("a")
                w.helper("b")
                w.open("p", "probe P", at="a")
                w.monitor("p", "m")
                if way == "bif":
                    w.connect("p", "b")
                else:
                    w.send("p", (The("a"), (A("connect"), The("b"))))
                w.end(dying, reason)
                w.mailbox()
                w.is_open("p")
                w.mailbox(at="b" if dying == "a" else "a")
                w.exit_signal("p", A("done"))
                w.mailbox()
                w.mailbox(at="b" if dying == "a" else "a")


@scenario()
def bad_messages(w: World) -> None:
    """What is no request is a badsig for the owner; the port stays."""
    w.try_load("v1", "probe")
    w.helper("other", trap_exit=False)
    w.open("p", "probe P")
    main = The("main")
    for message in (
        A("foo"), (main, A("foo")), (main, (A("foo"), "bar")), (main, (A("command"),)), (main, (A("command"), "a",
        "b")),
        (main, (A("command"), A("noiodata"))), (main, (A("command"), [1, A("x")])), (The("other"), (A("command"), "x")),
        (The("other"), A("close")), (The("other"), (A("connect"), main)), (main, (A("connect"), A("x"))),
        (main, (A("connect"), The("p"))), (A("main"), A("close")), (The("p"), A("close")), (main, A("close"), 1),
        (main,), (),
        (main, (A("close"),)), 5, "string", [],
    ):  # fmt: skip
        w.send("p", message)
    w.mailbox(20)
    w.send("p", A("foo"), at="other")
    w.mailbox(1)
    w.unlink("p")
    w.send("p", A("foo"))
    w.mailbox(1)
    w.is_open("p")
    w.helper("owner", trap_exit=False)
    w.open("q", "probe Q", at="owner")
    w.unlink("q", at="owner")
    w.send("q", A("foo"))
    w.settle()
    w.is_alive("owner")
    w.is_open("q")
    w.close("q")
    w.close("p")
    w.log()


@scenario()
def destinations(w: World) -> None:
    """Sending to ports by identifier and name, and to what is none."""
    w.try_load("v1", "probe")
    w.open("p", "probe P")
    w.register("regp", "p")
    request = (The("main"), (A("command"), "x"))
    for destination in (A("regp"), (A("regp"), A("nonode@nohost")), The("p"), A("nobody"), (A("nobody"),
    A("nonode@nohost")),
                        5, "string", (A("regp"),), (A("regp"), A("other@node"), 1), (1, 2)):  # fmt: skip
        w.send(destination, request)
    w.log()
    w.send(A("regp"), request, options=["nosuspend"])
    w.send(A("nobody"), request, options=["nosuspend"])
    w.close("p")
    w.send(A("regp"), request)
    w.send("p", request)
    w.mailbox(1)
    w.log()


@scenario()
def links(w: World) -> None:
    """link and unlink."""
    w.try_load("v1", "probe")
    w.helper("h")
    w.open("p", "probe P")
    w.link("p", at="h")
    w.link("p", at="h")
    w.link("p")
    w.port_info("p", "links")
    w.unlink("p", at="h")
    w.port_info("p", "links")
    w.unlink("p", at="h")
    w.link("p", at="h")
    w.register("regp", "p")
    w.link(A("regp"))
    w.unlink(A("regp"))
    w.link(5)
    w.close("p", at="h")
    w.mailbox(1)
    w.mailbox(1, at="h")
    w.link("p", at="h")
    w.mailbox(1, at="h")
    w.helper("mortal", trap_exit=False)
    w.link("p", at="mortal")
    w.open("q", "probe Q", at="mortal")
    w.unlink("q", at="mortal")
    w.close("q", at="mortal")
    w.mailbox(at="mortal")


@scenario()
def monitors(w: World) -> None:
    """monitor and demonitor of ports."""
    w.try_load("v1", "probe")
    w.open("p", "probe P")
    w.register("regp", "p")
    w.monitor("p", "m1")
    w.monitor(A("regp"), "m2")
    w.monitor((A("regp"), A("nonode@nohost")), "m3")
    w.monitor("p", "m4")
    w.monitor(A("nobody"), "m5")
    w.mailbox(1)
    w.register("regmain", "main")
    w.monitor(A("regmain"), "m6")
    w.mailbox(1)
    for wrong in (The("main"), 5, (A("regp"), A("other@node"))):
        w.monitor(wrong, "wrong")
    w.monitor("p", "wrong", kind="process")
    w.monitor(A("regp"), "m7", kind="process")
    w.mailbox(1)
    w.monitor("p", "wrong", kind="nonsense")
    w.port_info("p", "monitored_by")
    w.demonitor("m4")
    w.demonitor("m4", ["info"])
    w.helper("h")
    w.monitor("p", "mh", at="h")
    w.demonitor("mh")
    w.close("p")
    w.mailbox(4)
    w.mailbox(1, at="h")
    w.demonitor("m1", ["info"])
    w.open("p", "probe P")
    w.monitor("p", "m8")
    w.close("p")
    w.demonitor("m8", ["flush"])
    w.mailbox(1)
    w.open("p", "probe P")
    w.monitor("p", "m9")
    w.close("p")
    w.demonitor("m9", ["flush", "info"])
    w.mailbox(1)
    for reason in ((A("a"), "b"), A("x"), 2**70):
        w.open("p", "probe P")
        w.register("regp", "p")
        w.monitor(A("regp"), "m10")
        w.exit_signal("p", reason)
        w.mailbox(2)


@scenario()
def registered(w: World) -> None:
    """Names of ports."""
    w.try_load("v1", "probe")
    w.open("p", "probe P")
    w.open("q", "probe Q")
    for name in ("one", "one", "two", "undefined"):
        w.register(name, "p")
    w.register("one", "q")
    w.register("main1", "main")
    w.register("main1", "q")
    w.whereis("one")
    w.whereis("nobody")
    w.unregister("one")
    w.unregister("one")
    w.register("two", "p")
    w.control(A("two"), "size")
    w.command(A("two"), "x")
    w.call(A("two"), 1, A("x"))
    w.connect(A("two"), "main")
    w.close(A("two"))
    w.whereis("two")
    w.close(A("two"))
    w.register("three", "p")
    w.register("three", 5)
    w.mailbox(1)


@scenario()
def process_monitors(w: World) -> None:
    """A driver's monitors of processes."""
    w.try_load("v1", "probe")
    w.try_load("v1", "probe_silent")
    w.helper("a")
    w.helper("b")
    w.open("p", "probe P")
    w.on("p", "process_exit", "monpid 0;monpid 1;monpid 2;caller")
    w.control("p", "mon;mon;monpid 0", at="a")
    w.port_info("p", "monitors")
    w.control("p", "mon;monpid 2", at="b")
    w.end("a", A("normal"))
    w.log(5)
    w.port_info("p", "monitors")
    w.control("p", "monpid 0;monpid 2;demon 0;demon 2;demon 2;monpid 2")
    w.end("b", A("boom"))
    w.log()
    w.helper("c")
    w.control("p", "mon;enq abc", at="c")
    w.close("p")
    w.end("c", A("x"))
    w.settle()
    w.control("p", "deq 3")
    w.mailbox(1)
    w.log()
    w.open("q", "probe_silent Q")
    w.control("q", "mon")


@scenario()
def children(w: World) -> None:
    """Ports that a driver creates."""
    w.try_load("v1", "probe_pl")
    w.helper("h")
    w.open("p", "probe_pl P", [A("binary")])
    w.control("p", "create C", at="h")
    w.mailbox(at="h")
    w.info("probe_pl", "port_count")
    w.on("p", "timeout", "create D")
    w.close("p")
    w.info("probe_pl", "port_count")
    w.end("h", A("bye"))
    w.log(4)
    w.info("probe_pl", "port_count")
    w.mailbox(1)
