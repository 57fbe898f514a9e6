"""API calls with the wrong thing: no port, a stale one, from the wrong thread, without the lock."""

import threading

import pytest
from helpers import everywhere

from erts_emu import Atom, Emulator, driver
from erts_emu.driver import (
    ERL_DRV_FLAG_USE_PORT_LOCKING,
    INVALID_PORT,
    Driver,
    DriverMisuse,
    ErlDrvBinary,
    ErlDrvMonitor,
    ErlIOVec,
    NotAPortHandle,
    Pointer,
    StalePortHandle,
    driver_alloc_binary,
    driver_async,
    driver_free_binary,
    driver_output,
    driver_output_binary,
    driver_pdl_create,
    driver_pdl_dec_refc,
    driver_pdl_inc_refc,
    driver_pdl_lock,
    driver_pdl_unlock,
    driver_sizeq,
)
from erts_emu.errors import Badarg
from erts_emu.locks import LockNotHeld

pytestmark = pytest.mark.timeout(20)

BINARY = ErlDrvBinary(b"x")
VECTOR = ErlIOVec([b"x"])
WITH_A_PORT = {
    "driver_output": (b"x",),
    "driver_output2": (b"x", b"y"),
    "driver_output_binary": (b"", BINARY, 0, 1),
    "driver_outputv": (b"", VECTOR, 0),
    "driver_failure": (1,),
    "driver_failure_atom": ("x",),
    "driver_failure_eof": (),
    "driver_failure_posix": (2,),
    "driver_exit": (0,),
    "driver_enq": (b"x",),
    "driver_pushq": (b"x",),
    "driver_enq_bin": (BINARY, 0, 1),
    "driver_pushq_bin": (BINARY, 0, 1),
    "driver_enqv": (VECTOR, 0),
    "driver_pushqv": (VECTOR, 0),
    "driver_deq": (1,),
    "driver_sizeq": (),
    "driver_peekq": (),
    "driver_peekqv": (ErlIOVec([]),),
    "driver_set_timer": (1,),
    "driver_cancel_timer": (),
    "driver_read_timer": (Pointer(0),),
    "driver_select": (0, 1, 1),
    "driver_async": (None, print, None, None),
    "driver_async_port_key": (),
    "driver_pdl_create": (),
    "set_busy_port": (1,),
    "set_port_control_flags": (1,),
    "get_port_flags": (),
    "driver_mk_port": (),
    "driver_connected": (),
    "driver_caller": (),
    "driver_lock_driver": (),
    "erl_drv_set_os_pid": (1,),
    "driver_monitor_process": (None, ErlDrvMonitor()),
    "driver_demonitor_process": (ErlDrvMonitor(),),
    "driver_get_monitored_process": (ErlDrvMonitor(),),
}


class Experiment(Driver):
    """A port whose control runs ``job``."""

    driver_name = "experiment_drv"
    job = staticmethod(lambda port: None)

    def control(self, command, buf):
        type(self).job(self.port)
        return b""


def experiment(job, flags=0):
    """A class like ``Experiment``, for one job."""
    return type("Experiment", (Experiment,), {"job": staticmethod(job), "driver_flags": flags})


@pytest.mark.parametrize("value", [None, 5, "port", Atom("port")], ids=str)
@pytest.mark.parametrize("function", WITH_A_PORT)
def test_what_is_no_handle(function, value):
    with pytest.raises(NotAPortHandle, match=rf"{function}\(\) takes the ErlDrvPort that start got"):
        getattr(driver, function)(value, *WITH_A_PORT[function])


def test_a_port_identifier_is_no_handle(me):
    """The easy mistake: what Erlang code calls a port."""
    me.erl_ddll.load(Experiment, "experiment_drv")
    port = me.open_port(("spawn_driver", "experiment_drv"))
    with pytest.raises(NotAPortHandle):
        driver_output(port, b"x")


@pytest.mark.parametrize("function", WITH_A_PORT)
def test_the_invalid_port_is_answered_as_in_c(function):
    getattr(driver, function)(INVALID_PORT, *WITH_A_PORT[function])


@pytest.mark.parametrize("function", WITH_A_PORT)
def test_a_stale_handle_raises(function, me):
    """Kept after its port's structure was freed. In C this is undefined behaviour."""
    handles = []
    me.erl_ddll.load(experiment(handles.append), "experiment_drv")
    port = me.open_port(("spawn_driver", "experiment_drv"))
    me.port_control(port, 1, b"")
    me.port_close(port)
    me.sleep(0.01)
    with pytest.raises(StalePortHandle, match=rf"{function}\(\).*forget it in stop"):
        getattr(driver, function)(handles[0], *WITH_A_PORT[function])


def test_a_stale_handle_never_reaches_a_port_that_took_its_slot():
    handles = []
    with Emulator(threads="simulated", max_ports=16) as emu:
        me = emu.attach()
        me.erl_ddll.load(experiment(handles.append), "experiment_drv")
        for _ in range(40):
            port = me.open_port(("spawn_driver", "experiment_drv"))
            me.port_control(port, 1, b"")
            me.port_close(port)
            me.sleep(0.01)
        victim = me.open_port(("spawn_driver", "experiment_drv"))
        for handle in handles:
            with pytest.raises(StalePortHandle):
                driver_output(handle, b"for somebody else")
        assert me.flush() == []
        me.port_close(victim)


@pytest.mark.parametrize("function", WITH_A_PORT)
@pytest.mark.parametrize("flags", [0, ERL_DRV_FLAG_USE_PORT_LOCKING], ids=["driver_lock", "port_lock"])
def test_without_the_lock(function, flags, me, emu):
    """The lock checker says which lock is needed, and where the call was."""
    handles = []
    me.erl_ddll.load(experiment(handles.append, flags), "experiment_drv")
    port = me.open_port(("spawn_driver", "experiment_drv"))
    me.port_control(port, 1, b"")
    with pytest.raises(LockNotHeld, match=f"{function} needs {'port' if flags else 'driver'}_lock"):
        getattr(driver, function)(handles[0], *WITH_A_PORT[function])
    assert me.port_info(port, "input") == (Atom("input"), 0)


@everywhere
def test_from_an_async_thread(run):
    """A job that talks to its port: the port fails, and the error names the function, the lock and the thread."""

    def scenario(emu):
        class Talking(Driver):
            driver_name = "talking_drv"

            def output(self, buf):
                driver_async(self.port, None, lambda port: driver_output(port, b"from the job"), self.port, None)

        with emu.attach(trap_exit=True) as me:
            me.erl_ddll.load(Talking, "talking_drv")
            port = me.open_port(("spawn_driver", "talking_drv"))
            me.port_command(port, b"x")
            assert me.receive(timeout=5.0) == (Atom("EXIT"), port, Atom("driver_raised"))
            (error,) = emu.driver_errors
            assert error.callback == "async_invoke"
            assert isinstance(error.__cause__, LockNotHeld)
            for word in ("driver_output", "driver_lock:talking_drv", "async_1"):
                assert word in str(error)
            emu.driver_errors.clear()

    n = {"n": 10} if run.__name__ == "every_schedule" else {}
    if run.__name__ == "on_real_threads":
        with Emulator(threads="real", lock_checker=True, strict=False) as emu:
            scenario(emu)
    else:
        run(scenario, strict=False, **n)


def test_from_a_thread_of_nobodys():
    """A Python thread of the driver's own making: not one of the emulator's."""
    errors = []
    handles = []

    def call():
        try:
            driver_output(handles[0], b"from a stranger")
        except LockNotHeld as error:
            errors.append(error)

    with Emulator(threads="real", lock_checker=True) as emu, emu.attach() as me:
        me.erl_ddll.load(experiment(handles.append), "experiment_drv")
        port = me.open_port(("spawn_driver", "experiment_drv"))
        me.port_control(port, 1, b"")
        stranger = threading.Thread(target=call)
        stranger.start()
        stranger.join()
        assert len(errors) == 1
        assert me.flush() == []
        me.port_close(port)


def test_a_queue_with_a_data_lock_needs_that_lock(me, emu):
    """The port lock, which a callback holds, is not enough any more."""
    emu.strict = False
    me.trap_exit = True

    def job(port):
        pdl = driver_pdl_create(port)
        driver_pdl_lock(pdl)
        assert driver_sizeq(port) == 0
        driver_pdl_unlock(pdl)
        driver_sizeq(port)

    me.erl_ddll.load(experiment(job), "experiment_drv")
    port = me.open_port(("spawn_driver", "experiment_drv"))
    with pytest.raises(Badarg, match="driver_sizeq needs port_data_lock"):
        me.port_control(port, 1, b"")
    emu.driver_errors.clear()


def misuse(emu, me, job, message):
    """*job* breaks a rule of the API inside control, and is told so."""
    emu.strict = False
    me.trap_exit = True
    me.erl_ddll.load(experiment(job), "experiment_drv")
    port = me.open_port(("spawn_driver", "experiment_drv"))
    with pytest.raises(Badarg):
        me.port_control(port, 1, b"")
    (error,) = emu.driver_errors
    emu.driver_errors.clear()
    assert isinstance(error.__cause__, DriverMisuse)
    assert message in str(error)
    assert f"{__file__}:" in str(error)


def test_more_references_to_a_data_lock_dropped_than_taken(me, emu):
    """The last one is the port's own; OTP would destroy the lock under the port."""

    def job(port):
        pdl = driver_pdl_create(port)
        assert driver_pdl_inc_refc(pdl) == 2
        assert driver_pdl_dec_refc(pdl) == 1
        driver_pdl_dec_refc(pdl)

    misuse(emu, me, job, "the last one is the port's own")
    assert me.receive()[0] == Atom("EXIT")
    assert me.ports() == []


def test_a_data_lock_used_after_its_end(me, emu):
    locks = []
    me.erl_ddll.load(experiment(lambda port: locks.append(driver_pdl_create(port))), "experiment_drv")
    port = me.open_port(("spawn_driver", "experiment_drv"))
    me.port_control(port, 1, b"")
    me.port_close(port)
    for use in (driver_pdl_lock, driver_pdl_inc_refc):
        with pytest.raises(DriverMisuse, match="was destroyed"):
            use(locks[0])
    with pytest.raises(DriverMisuse, match="more references dropped"):
        driver_pdl_dec_refc(locks[0])


def test_a_binary_freed_twice(me, emu):
    def job(port):
        binary = driver_alloc_binary(3)
        driver_free_binary(binary)
        driver_free_binary(binary)

    misuse(emu, me, job, "free")


def test_a_binary_used_after_its_end(me, emu):
    def job(port):
        binary = driver_alloc_binary(3)
        driver_free_binary(binary)
        driver_output_binary(port, b"", binary, 0, 1)

    misuse(emu, me, job, "freed")


@pytest.mark.parametrize(("offset", "length"), [(0, 4), (3, 1), (-1, 1), (0, -1)])
def test_bytes_outside_a_binary(offset, length, me, emu):
    def job(port):
        driver_output_binary(port, b"", ErlDrvBinary(b"abc"), offset, length)

    misuse(emu, me, job, "outside")


def test_a_freed_binary_as_reply(me, emu):
    emu.strict = False
    me.trap_exit = True

    class Freed(Driver):
        driver_name = "freed_drv"

        def control(self, command, buf):
            binary = driver_alloc_binary(3)
            driver_free_binary(binary)
            return binary

    me.erl_ddll.load(Freed, "freed_drv")
    port = me.open_port(("spawn_driver", "freed_drv"))
    with pytest.raises(Badarg, match="freed"):
        me.port_control(port, 1, b"")
    assert me.receive() == (Atom("EXIT"), port, Atom("driver_raised"))
    emu.driver_errors.clear()
