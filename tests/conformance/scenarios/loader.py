"""The loader: the transcripts of a driver's life, its errors, its monitors."""

from ..frame import scenario
from ..world import A, World

KILL = [(A("driver_options"), [A("kill_ports")])]
MONITOR = [(A("monitor"), A("pending_driver"))]
PENDING = [(A("monitor"), A("pending"))]
RELOAD = [(A("reload"), A("pending_driver"))]
RELOAD_PENDING = [(A("reload"), A("pending"))]


@scenario()
def simple_life(w: World) -> None:
    """Loaded twice, unloaded twice."""
    w.try_load("v1", "fdrv")
    w.loaded()
    w.info("fdrv")
    w.try_load("v1", "fdrv")
    w.info("fdrv", "processes")
    w.try_load("v2", "fdrv")
    w.load("v2", "fdrv")
    w.try_load("v1", "fdrv", KILL)
    w.try_unload("fdrv")
    w.info("fdrv", "processes")
    w.try_unload("fdrv", PENDING, keep="m")
    w.mailbox(1)
    w.try_unload("fdrv")
    w.log()
    w.info("fdrv")
    w.info("fdrv", "processes")
    w.loaded()


@scenario()
def names_and_paths(w: World) -> None:
    """How drivers may be called, and options that do not exist."""
    for name in (A("fdrv"), [102, 100, 114, 118], b"fdrv", ["fd", b"rv"]):
        w.try_load("v1", name)
    w.info("fdrv", "processes")
    w.info(b"fdrv", "processes")
    for _ in range(3):
        w.try_unload(b"fdrv")
    for name in (A(""), [1000], 5, (1,), [], b""):
        w.try_load("v1", name)
        w.try_unload(name)
        w.info(name)
    for options in (
        [A("kill_ports")], [(A("driver_options"), [A("x")])], [(A("driver_options"), A("kill_ports"))],
        [(A("driver_options"), [])],
        [(A("monitor"), A("x"))], [(A("reload"), A("x"))], [A("x")], [(A("x"), 1)], [5],
        [(A("driver_options"), [A("kill_ports"), A("kill_ports")])], A("x"),
    ):  # fmt: skip
        w.try_load("v1", "gdrv", options) if isinstance(options, list) else w.note("no list")
        w.try_unload("gdrv")
        w.settle(10)
    for options in ([(A("monitor"), A("x"))], [A("x")], [(A("kill_ports"), 1)], [5], [(A("reload"), A("pending"))]):
        w.try_unload("fdrv", options)
    w.try_unload("fdrv")
    w.log()


@scenario()
def files_that_are_no_drivers(w: World) -> None:
    """Every way in which loading fails."""
    for name in (
        "missing", "garbage", "noinit", "nullentry", "badname", "badmarker", "major0", "major1", "major4", "minor4",
        "initfail",
        "initseven", "major2",
    ):  # fmt: skip
        w.try_load("v1", name)
        w.log()
        w.loaded()
    w.load("nowhere", "fdrv")
    w.try_load("v1", "fdrv", RELOAD)
    w.try_load("v1", "fdrv", RELOAD_PENDING)
    w.try_unload("fdrv")


@scenario()
def several_users(w: World) -> None:
    """Users in two processes."""
    w.helper("h")
    w.try_load("v1", "fdrv", at="h")
    w.try_unload("fdrv")
    w.try_load("v1", "fdrv")
    w.info("fdrv", "processes")
    w.try_unload("fdrv", MONITOR)
    w.try_load("v1", "fdrv")
    w.try_unload("fdrv", PENDING, keep="m")
    w.info("fdrv", "awaiting_unload")
    w.try_unload("fdrv")
    w.end("h", A("x"))
    w.mailbox(1)
    w.loaded()
    w.log()


@scenario()
def unload_with_an_open_port(w: World) -> None:
    """Pending, then cancelled, then for good."""
    w.try_load("v1", "fdrv")
    w.open("p", "fdrv P")
    w.try_unload("fdrv", MONITOR, keep="r1")
    w.info("fdrv")
    w.open("q", "fdrv Q")
    w.close("q")
    w.driver_monitor("fdrv", "loaded", keep="r0")
    w.mailbox(2)
    w.driver_monitor("fdrv", "unloaded_only", keep="r2")
    w.driver_monitor("fdrv", "unloaded", keep="r3")
    w.info("fdrv", "awaiting_unload")
    w.try_load("v2", "fdrv")
    w.try_load("v1", "fdrv", RELOAD)
    w.try_load("v1", "fdrv")
    w.mailbox(2)
    w.info("fdrv", "awaiting_unload")
    w.try_unload("fdrv", PENDING, keep="r4")
    w.close("p")
    w.mailbox(3)
    w.log()


@scenario()
def kill_ports(w: World) -> None:
    """Ports die with their driver, without flush."""
    w.helper("h")
    w.try_load("v1", "fdrv", KILL)
    w.open("p", "fdrv P")
    w.open("q", "fdrv Q", at="h")
    w.open("r", "fdrv R")
    w.control("p", "enq abc")
    w.control("r", "enq abc")
    w.close("r")
    w.info("fdrv", "driver_options")
    w.try_unload("fdrv", MONITOR)
    w.mailbox(3)
    w.mailbox(1, at="h")
    w.log()
    w.try_load("v1", "fdrv")
    w.open("p", "fdrv P")
    w.try_unload("fdrv", [A("kill_ports"), *PENDING])
    w.mailbox(2)
    w.try_load("v1", "fdrv", KILL)
    w.try_load("v1", "fdrv", KILL)
    w.open("p", "fdrv P")
    w.try_unload("fdrv", [A("kill_ports")])
    w.is_open("p")
    w.unload("fdrv", "unload_driver")
    w.is_open("p")
    w.mailbox(1)
    w.log()
    w.loaded()


@scenario()
def caller_is_linked_to_a_killed_port(w: World) -> None:
    """It gets its result first."""
    w.helper("h", trap_exit=False)
    w.try_load("v1", "fdrv", KILL, at="h")
    w.open("p", "fdrv P", at="h")
    w.try_unload("fdrv", at="h")
    w.settle()
    w.is_alive("h")
    w.loaded()


@scenario()
def death_of_users(w: World) -> None:
    """The last user's death unloads, and kills ports if the driver was loaded so."""
    for options in ([], KILL):
        w.helper("h")
        w.try_load("v1", "fdrv", options, at="h")
        w.open("p", "fdrv P")
        w.open("q", "fdrv Q", at="h")
        w.driver_monitor("fdrv", "unloaded", keep="m")
        w.monitor("q", "mq")
        w.end("h", A("boom"))
        w.mailbox(3 if options else 1)
        w.is_open("p")
        w.info("fdrv", "processes") if not options else w.note("gone")
        w.close("p")
        w.mailbox(0 if options else 2)
        w.loaded()
        w.log()


@scenario()
def an_unrelated_death(w: World) -> None:
    """A dying process has every driver without users looked at again."""
    w.try_load("v1", "fdrv", KILL)
    w.open("p", "fdrv P")
    w.control("p", "async - 150 c")
    w.helper("h")
    w.try_load("v1", "gdrv", at="h")
    w.try_unload("fdrv")
    w.open("q", "fdrv Q")
    w.end("h", A("x"))
    w.settle(10)
    w.open("q", "fdrv Q")
    w.mailbox(1)
    w.settle(150)
    w.loaded()
    w.close("q")
    w.mailbox(1)
    w.settle()
    w.loaded()
    w.log()


@scenario()
def reload_with_an_open_port(w: World) -> None:
    """The old code runs until its last port is closed."""
    w.helper("w")
    w.try_load("v1", "fdrv")
    w.open("p", "fdrv P")
    w.driver_monitor("fdrv", "unloaded", keep="u")
    w.try_load("v2", "fdrv", [*RELOAD, *MONITOR], keep="r")
    w.info("fdrv")
    w.try_load("v2", "fdrv", [*RELOAD, *MONITOR])
    w.try_load("v1", "fdrv", at="w")
    w.try_load("v2", "fdrv", KILL, at="w")
    w.try_load("v2", "fdrv", at="w")
    w.info("fdrv")
    w.open("q", "fdrv Q")
    w.close("q")
    w.close("p")
    w.mailbox(4)
    w.mailbox(1, at="w")
    w.info("fdrv")
    w.log()


@scenario()
def reload_with_other_users(w: World) -> None:
    """pending_process: other users go along."""
    w.helper("w")
    w.try_load("v1", "fdrv")
    w.try_load("v1", "fdrv", at="w")
    w.open("p", "fdrv P")
    w.try_load("v2", "fdrv", RELOAD)
    w.try_load("v2", "fdrv", [*RELOAD_PENDING, *KILL])
    w.try_load("v2", "fdrv", [*RELOAD_PENDING, *PENDING], keep="r")
    w.info("fdrv")
    w.close("p")
    w.mailbox(2)
    w.info("fdrv")
    w.try_unload("fdrv")
    w.try_load("v1", "fdrv", RELOAD)
    w.try_load("v1", "fdrv", RELOAD_PENDING)
    w.load("v1", "fdrv", "reload", at="w")
    w.log()
    w.try_load("v1", "fdrv", at="w")
    w.try_load("v2", "fdrv", RELOAD, at="w")
    w.try_load("v2", "fdrv", RELOAD_PENDING, at="w")
    w.settle()
    w.info("fdrv", "processes")
    w.log()


@scenario()
def reload_fails(w: World) -> None:
    """The driver is gone, and so are its users."""
    w.helper("w")
    w.try_load("v1", "fdrv")
    w.try_load("v1", "fdrv", at="w")
    w.open("p", "fdrv P")
    w.driver_monitor("fdrv", "unloaded", keep="u")
    w.try_load("nowhere", "fdrv", [*RELOAD_PENDING, *MONITOR], keep="r")
    w.close("p")
    w.mailbox(3)
    w.loaded()
    w.info("fdrv")
    w.try_load("v1", "fdrv")
    w.load("nowhere", "fdrv", "reload")
    w.loaded()
    w.try_load("v1", "fdrv")
    w.load("bad", "fdrv", "reload")
    w.loaded()
    w.log()


@scenario()
def reload_cancelled(w: World) -> None:
    """An unload of the last user cancels a reload; another user keeps it going."""
    w.helper("w")
    w.try_load("v1", "fdrv")
    w.open("p", "fdrv P")
    w.try_load("v2", "fdrv", [*RELOAD, *MONITOR], keep="r")
    w.try_unload("fdrv", PENDING, keep="u")
    w.mailbox(1)
    w.info("fdrv")
    w.try_load("v2", "fdrv")
    w.try_load("v1", "fdrv")
    w.mailbox(1)
    w.try_load("v2", "fdrv", RELOAD)
    w.begin(w.ddll_action("load", "v2", "fdrv"), "w")
    w.settle()
    w.result("w")
    w.try_unload("fdrv")
    w.info("fdrv")
    w.close("p")
    w.result("w")
    w.mailbox(1)
    w.info("fdrv")
    w.log()
    w.open("p", "fdrv P", at="w")
    w.try_load("v1", "fdrv", [*RELOAD, *MONITOR], at="w", keep="r2")
    w.driver_monitor("fdrv", "loaded", keep="m")
    w.end("w", A("x"))
    w.mailbox(1)
    w.loaded()
    w.log()


@scenario()
def forced_reload(w: World) -> None:
    """A driver loaded with kill_ports reloads at once, its ports dead."""
    w.load("v1", "fdrv", "load_driver")
    w.open("p", "fdrv P")
    w.control("p", "enq abc")
    w.load("v2", "fdrv", "reload")
    w.load("v2", "fdrv", "reload_driver")
    w.mailbox(1)
    w.info("fdrv")
    w.open("p", "fdrv P")
    w.close("p")
    w.mailbox(1)
    w.load("v2", "fdrv", "load_driver")
    w.load("v1", "fdrv", "load_driver")
    w.unload("fdrv", "unload_driver")
    w.unload("fdrv", "unload_driver")
    w.unload("fdrv", "unload_driver")
    w.log()


@scenario()
def monitors_of_drivers(w: World) -> None:
    """Immediate answers, waiting ones, and their order."""
    for when in ("loaded", "unloaded", "unloaded_only", "nonsense"):
        w.driver_monitor("fdrv", when)
        w.driver_monitor([102, 100, 114, 118], when)
        w.driver_monitor(b"fdrv", when)
        w.driver_monitor(5, when)
    w.mailbox(9)
    w.try_load("v1", "fdrv")
    for when in ("loaded", "unloaded", "unloaded_only", "unloaded"):
        w.driver_monitor("fdrv", when)
    w.mailbox(1)
    w.helper("h")
    w.driver_monitor("fdrv", "unloaded", keep="mh", at="h")
    w.driver_monitor("fdrv", "unloaded", keep="m")
    w.info("fdrv", "awaiting_unload")
    w.driver_demonitor("mh")
    w.driver_demonitor("m")
    w.driver_demonitor("m")
    w.info("fdrv", "awaiting_unload")
    w.try_unload("fdrv")
    w.mailbox(3)
    w.mailbox(1, at="h")


@scenario()
def monitors_of_the_dead(w: World) -> None:
    """A dying process's monitors vanish."""
    w.try_load("v1", "fdrv")
    w.helper("h")
    w.driver_monitor("fdrv", "unloaded", at="h")
    w.info("fdrv", "awaiting_unload")
    w.end("h", A("x"))
    w.settle()
    w.info("fdrv", "awaiting_unload")


@scenario()
def before_the_operation_runs(w: World) -> None:
    """Between the last reference and the scheduled unload a driver can be had back."""
    w.try_load("v1", "fdrv")
    w.unload("fdrv")
    w.settle()
    w.loaded()
    w.try_load("v1", "fdrv")
    w.open("p", "fdrv P")
    w.try_unload("fdrv")
    w.control("p", "out x")
    w.close("p")
    w.mailbox(2)
    w.settle()
    w.loaded()
    w.log()


@scenario()
def texts(w: World) -> None:
    """format_error."""
    for reason in (
        "no_error", "no_driver_init", "driver_init_failed", "bad_driver_name", "driver_name_to_long",
        "driver_incorrect_version",
        "no_ddll_available", "unspecified_error", "symbol_not_found", "inconsistent", "linked_in_driver", "permanent",
        "not_loaded", "not_loaded_by_this_process", "pending_reload", "pending_process", "not_pending",
        "already_loaded",
        "load_cancelled", "loaded", "load_failure", "nonsense",
    ):  # fmt: skip
        w.format_error(A(reason))
    for number in (-1, -2, -3, -5, -7, -8, 0, -9, 5, -9999):
        w.format_error((A("open_error"), number))
    w.format_error((A("open_error"), A("a")))
    w.format_error((A("other"), 1))
    w.format_error("string")
    w.format_error(5)
    w.driver_demonitor("main")
    w.driver_monitor("fdrv", "unloaded", keep="x")
    w.mailbox(1)


@scenario()
def permanent(w: World) -> None:
    """A driver that locks itself stays for ever."""
    w.try_load("v1", "pdrv")
    w.open("p", "pdrv P")
    w.helper("h")
    w.driver_monitor("pdrv", "unloaded_only", keep="m1", at="h")
    w.try_unload("pdrv", MONITOR, keep="m2")
    w.control("p", "lockdrv;lockdrv")
    w.mailbox(1)
    w.mailbox(1, at="h")
    w.info("pdrv")
    w.try_load("v1", "pdrv")
    w.try_unload("pdrv")
    w.try_load("v1", "pdrv", RELOAD)
    w.load("v1", "pdrv")
    w.load("v1", "pdrv", "reload")
    w.unload("pdrv")
    w.unload("pdrv", "unload_driver")
    for when in ("loaded", "unloaded", "unloaded_only"):
        w.driver_monitor("pdrv", when)
    w.mailbox(3)
    w.driver_demonitor("nothing")
    w.close("p")
    w.settle()
    w.loaded()
    w.log()
