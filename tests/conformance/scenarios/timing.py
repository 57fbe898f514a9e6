"""Timers, async jobs, the port data lock, file descriptors."""

from ..frame import scenario
from ..world import A, World


@scenario()
def timers(w: World) -> None:
    """One timer a port: set, replaced, cancelled, read."""
    w.try_load("v1", "probe")
    w.open("p", "probe P")
    w.control("p", "left;timer 30;left")
    w.log(4)
    w.control("p", "left;cancel;left")
    w.control("p", "timer 20;timer 60;left")
    w.settle(30)
    w.control("p", "left;cancel;left")
    w.settle(50)
    w.log()
    w.control("p", "timer 0;left")
    w.log(1)
    w.control("p", "timer 0;cancel")
    w.settle()
    w.control("p", "timer 0;timer 0;timer 1")
    w.log(1)
    w.on("p", "timeout", "left;caller;cancel;on timeout left,timer 30,left")
    w.control("p", "timer 1")
    w.log(1)
    w.control("p", "timer 1")
    w.log(1)
    w.control("p", "cancel")
    w.control("p", "timer 20")
    w.close("p")
    w.settle()
    w.mailbox(1)


@scenario()
def timer_without_callback(w: World) -> None:
    """A driver without timeout may set timers."""
    w.try_load("v1", "probe_silent")
    w.open("p", "probe_silent P")
    w.control("p", "timer 1;left")
    w.settle()
    w.control("p", "left")
    w.command("p", "dropped")
    w.port_info("p", "output")
    w.log()


@scenario()
def fired_but_not_delivered(w: World) -> None:
    """Cancelling discards an expiry that waits for the lock."""
    w.try_load("v1", "probe")
    w.open("p", "probe P")
    w.control("p", "timer 1;sleep 60;cancel")
    w.settle()
    w.control("p", "timer 1;sleep 60;timer 30")
    w.log()
    w.settle()
    w.log()


@scenario()
def jobs(w: World) -> None:
    """Jobs of one thread run in order; results come in order."""
    w.try_load("v1", "probe")
    w.open("p", "probe P")
    w.control("p", "async - 0 !a")
    w.log(5)
    w.control("p", "async - 0 b;async - 0 c;async 7 0 d;async 0 10 e;async 3 0 f")
    w.log(5)
    w.control("p", "async 5 1 x;atom gone;async 1 0 y")
    w.mailbox(1)
    w.log(2)


@scenario()
def jobs_of_a_closed_port(w: World) -> None:
    """The free function gets what ready_async cannot."""
    w.try_load("v1", "probe")
    w.open("p", "probe P")
    w.control("p", "async - 40 a;async - 0 b")
    w.close("p")
    w.mailbox(1)
    w.info("probe", "port_count")
    w.log(6)
    w.open("p", "probe P")
    w.control("p", "enq abc;async - 40 lingering")
    w.close("p")
    w.log(3)
    w.control("p", "deq 3")
    w.mailbox(1)
    w.try_load("v1", "probe_noasync")
    w.open("q", "probe_noasync Q")
    w.control("q", "async - 0 !c;async 2 0 d")
    w.log(7)


@scenario()
def unloading_with_jobs(w: World) -> None:
    """A job in flight keeps its driver loaded."""
    w.try_load("v1", "fdrv")
    w.open("p", "fdrv P")
    w.control("p", "async - 40 a;async - 40 b")
    w.close("p")
    w.info("fdrv", "port_count")
    w.try_unload("fdrv", [(A("monitor"), A("pending"))], keep="m")
    w.loaded()
    w.info("fdrv", "processes")
    w.open("q", "fdrv Q")
    w.close("q")
    w.mailbox(3)
    w.log()
    w.loaded()
    w.load("v1", "fdrv", "load_driver")
    w.open("p", "fdrv P")
    w.control("p", "async - 60 c")
    w.unload("fdrv", "unload_driver")
    w.mailbox(1)
    w.log()
    w.loaded()


@scenario()
def killed_with_jobs(w: World) -> None:
    """kill_ports with a job in flight: no opens until it ends; a load cancels."""
    w.try_load("v1", "fdrv", [(A("driver_options"), [A("kill_ports")])])
    w.open("p", "fdrv P")
    w.control("p", "async - 60 c")
    w.try_unload("fdrv", [(A("monitor"), A("pending_driver"))])
    w.open("q", "fdrv Q")
    w.try_load("v1", "fdrv", [(A("driver_options"), [A("kill_ports")])])
    w.open("q", "fdrv Q")
    w.mailbox(2)
    w.log(6)
    w.close("q")
    w.mailbox(1)
    w.log()
    w.loaded()
    w.open("p", "fdrv P")
    w.control("p", "async - 60 d")
    w.driver_monitor("fdrv", "unloaded")
    w.driver_monitor("fdrv", "loaded")
    w.load("v2", "fdrv", "reload_driver")
    w.log()
    w.mailbox()


@scenario()
def port_data_lock(w: World) -> None:
    """Reference counts of the port data lock."""
    w.try_load("v1", "probe")
    w.open("p", "probe P")
    w.control("p", "pdl create;pdl get;pdl create;pdl inc;pdl get;pdl lock;size;pdl unlock;pdl dec;pdl get")
    w.control("p", "async - 30 a;pdl get;async - 0 b;pdl get")
    w.log(5)
    w.settle()
    w.control("p", "pdl get")
    w.control("p", "pdl inc")
    w.on("p", "stop", "pdl get;pdl dec")
    w.control("p", "async - 20 c")
    w.close("p")
    w.mailbox(1)
    w.log()
    w.info("probe", "port_count")


@scenario()
def descriptors(w: World) -> None:
    """driver_select on a pipe."""
    w.try_load("v1", "probe")
    w.open("p", "probe P")
    w.control("p", "pipe;sel r 5 1;wr abc")
    w.log(4)
    w.control("p", "wr d")
    w.log(1)
    w.control("p", "sel r 1 0;wr e")
    w.settle()
    w.log()
    w.control("p", "sel r 1 1")
    w.log(1)
    w.control("p", "sel w 6 1")
    w.log(1)
    w.control("p", "sel w 2 1;sel w 2 1")
    w.log(1)
    w.control("p", "wr f;sel r 1 0;sel r 0 1;sel r 0 0")
    w.settle()
    w.control("p", "sel r 4 0")
    w.control("p", "sel w 4 0")
    w.log(2)
    w.control("p", "pipe;sel r 5 1;sel r 12 0;wr g")
    w.log(1)
    w.control("p", "sel r 1 0;sel r 4 0;sel w 4 0")
    w.log(2)
    w.open("q", "probe Q")
    w.on("q", "ready_input", "atom hup;sel r 4 0")
    w.control("q", "pipe;sel r 5 1;wr x")
    w.mailbox(1)
    w.log()
