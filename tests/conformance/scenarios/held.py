"""What happens to requests while a port's lock is held: they become tasks, and order is kept."""

from collections.abc import Callable

from ..frame import HELD, scenario
from ..world import A, Action, The, World

HOLD = "sleep 120"


def _request(name: str, make: Callable[[World], Action]) -> None:
    """A scenario for one request that comes while the port executes."""

    def steps(w: World) -> None:
        w.try_load("v1", "probe")
        w.helper("h")
        w.open_apart("p", "probe P")
        w.hold("p", HOLD)
        w.begin(make(w), "h")
        w.result("h")
        w.settle(100)
        w.result_if_waiting("h")
        w.mailbox()
        w.log(4)

    steps.__name__ = name
    steps.__module__ = __name__
    scenario(**HELD)(steps)


_request("command_waits", lambda w: w.command_action("p", "x"))
_request("control_waits", lambda w: w.control_action("p", "size"))
_request("call_waits", lambda w: w.bif("erlang:port_call", The("p"), 1, A("x"), method="port_call"))
_request("info_waits", lambda w: w.bif("port_info", The("p"), A("name"), prefix="erlang:"))
_request("connect_waits", lambda w: w.bif("port_connect", The("p"), The("main")))
_request("close_waits", lambda w: w.bif("port_close", The("p")))
_request("command_message_does_not_wait", lambda w: w.send_action("p", (The("main"), (A("command"), "x"))))
_request("garbage_does_not_wait", lambda w: w.send_action("p", A("garbage")))
_request("link_does_not_wait", lambda w: w.bif("link", The("p")))
_request("unlink_does_not_wait", lambda w: w.bif("unlink", The("p")))
_request("monitor_does_not_wait", lambda w: w.bif("monitor", A("port"), The("p")))
_request("exit_does_not_wait", lambda w: w.bif("exit", The("p"), A("kill"), method="exit_signal"))


@scenario(**HELD)
def order_of_one_sender(w: World) -> None:
    """Everything one process asks for is served in order."""
    w.try_load("v1", "probe")
    w.helper("h")
    w.open_apart("p", "probe P")
    w.on("p", "output", "echo")
    w.hold("p", HOLD)
    for n in range(5):
        w.send("p", (The("main"), (A("command"), f"{n}")))
    w.send("p", (The("main"), (A("connect"), The("h"))))
    w.send("p", (The("h"), (A("command"), "to h")))
    w.send("p", (The("h"), A("close")))
    w.send("p", (The("h"), (A("command"), "lost")))
    w.settle(120)
    w.mailbox(7)
    w.mailbox(2, at="h")
    w.log()


@scenario(**HELD)
def requests_that_come_too_late(w: World) -> None:
    """Requests queued behind the port's end are answered as by a dead port."""
    w.try_load("v1", "probe")
    w.open_apart("p", "probe P")
    w.hold("p", HOLD + ";atom boom")
    actions = {
        "a": w.command_action("p", "x"), "b": w.control_action("p", "size"),
        "c": w.bif("port_info", The("p"), A("name"), prefix="erlang:"), "d": w.bif("port_close", The("p")),
        "e": w.bif("port_connect", The("p"), The("main")), "f": w.bif("link", The("p")),
        "g": w.bif("monitor", A("port"), The("p")), "h": w.bif("unlink", The("p")),
        "i": w.bif("exit", The("p"), A("x"), method="exit_signal"),
        "j": w.bif("erlang:port_call", The("p"), 1, A("x"), method="port_call"),
    }  # fmt: skip
    for name, action in actions.items():
        w.helper(name)
        w.begin(action, name)
    w.settle(130)
    for name in actions:
        w.result(name)
        w.mailbox(at=name)
    w.mailbox(1)
    w.log()


@scenario(**HELD)
def closing_behind_a_held_lock(w: World) -> None:
    """A queued close, and what follows it."""
    w.try_load("v1", "probe")
    w.open_apart("p", "probe P")
    w.hold("p", HOLD)
    w.send("p", (The("main"), A("close")))
    w.monitor("p", "m")
    w.link("p")
    w.port_info("p", "name")
    w.command("p", "x")
    w.mailbox(3)
    w.log()


@scenario(**HELD)
def parallelism(w: World) -> None:
    """With parallelism a message is never executed by its sender."""
    w.try_load("v1", "probe_pl")
    for option in (False, True):
        w.open("p", "probe_pl P", [(A("parallelism"), option)])
        w.on("p", "output", "sleep 60;echo")
        w.send("p", (The("main"), (A("command"), "x")))
        w.port_info("p", "output")
        w.command("p", "y")
        w.send("p", (The("main"), (A("command"), "z")))
        w.control("p", "size")
        w.mailbox(3)
        w.close("p")
        w.mailbox(1)


@scenario(**HELD)
def locking(w: World) -> None:
    """Driver-level locking: a port waits for its siblings. Port-level locking: it does not."""
    w.try_load("v1", "probe")
    w.try_load("v1", "probe_pl")
    w.helper("h")
    for driver in ("probe", "probe_pl"):
        w.open_apart("p", f"{driver} P")
        w.open_apart("q", f"{driver} Q")
        w.hold("p", "sleep 150")
        w.begin(w.control_action("q", "size"), "h")
        w.result("h")
        w.settle(120)
        w.result_if_waiting("h")
