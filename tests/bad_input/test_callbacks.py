"""Callbacks that raise or return nonsense: the port fails, everybody learns why, and nothing else is disturbed."""

import os

import pytest
from helpers import everywhere

from erts_emu import Atom, Emulator
from erts_emu.driver import (
    ERL_DRV_READ,
    ERL_DRV_USE,
    ERL_DRV_WRITE,
    Driver,
    DriverCallbackError,
    DriverEntry,
    ErlDrvMonitor,
    driver_async,
    driver_caller,
    driver_enq,
    driver_monitor_process,
    driver_output,
    driver_select,
    driver_set_timer,
)
from erts_emu.errors import Badarg, DriverLoadError, OpenPortError

pytestmark = pytest.mark.timeout(20)

RAISED = Atom("driver_raised")


class Boom(RuntimeError):
    """What a driver's own code raises."""


def raise_boom(*arguments):
    raise Boom("the driver's own words")


def exit_the_program(*arguments):
    raise SystemExit("the driver wants out")


class Sound(Driver):
    """A driver that does everything right, in whose port data is on its way."""

    driver_name = "sound_drv"

    def output(self, buf):
        driver_enq(self.port, buf)
        driver_async(self.port, None, lambda data: None, buf, None)

    def ready_async(self, data):
        driver_output(self.port, data)

    def control(self, command, buf):
        return buf


def start_of(how):
    """A start that, on control, makes the emulator call the callback in question."""

    class Trigger:
        def __init__(self, port):
            self.port = port

    def start(port, command):
        return Trigger(port)

    def control(trigger, command, buf):
        how(trigger.port)
        return b"started"

    return {"start": start, "control": control}


def make_readable(port):
    read_end, write_end = os.pipe()
    driver_select(port, read_end, ERL_DRV_READ | ERL_DRV_USE, 1)
    os.write(write_end, b"x")
    os.close(write_end)


def make_writable(port):
    _, write_end = os.pipe()
    driver_select(port, write_end, ERL_DRV_WRITE | ERL_DRV_USE, 1)


def monitor_caller(port):
    driver_monitor_process(port, driver_caller(port), ErlDrvMonitor())


# How each callback is brought about, and whether the port's end follows from it anyway.
CALLBACKS = {
    "output": (lambda me, port: me.port_command(port, b"x"), {}),
    "outputv": (lambda me, port: me.port_command(port, b"x"), {}),
    "control": (lambda me, port: badarg(me.port_control, port, 1, b""), {}),
    "call": (lambda me, port: badarg(me.port_call, port, 1, []), {}),
    "timeout": (lambda me, port: me.port_control(port, 1, b""), start_of(lambda port: driver_set_timer(port, 1))),
    "ready_async": (
        lambda me, port: me.port_control(port, 1, b""),
        start_of(lambda port: driver_async(port, None, lambda data: None, None, None)),
    ),
    "async_invoke": (
        lambda me, port: me.port_control(port, 1, b""),
        start_of(lambda port: driver_async(port, None, raise_boom, None, None)),
    ),
    "ready_input": (lambda me, port: me.port_control(port, 1, b""), start_of(make_readable)),
    "ready_output": (lambda me, port: me.port_control(port, 1, b""), start_of(make_writable)),
    "process_exit": (lambda me, port: end_of_a_process(me, port), start_of(monitor_caller)),
    "flush": (lambda me, port: close_with_data(me, port), start_of(lambda port: driver_enq(port, b"data"))),
}


def badarg(function, *arguments):
    with pytest.raises(Badarg, match="raised Boom"):
        function(*arguments)


def end_of_a_process(me, port):
    async def passing(process):
        await process.port_control(port, 1, b"")

    me.spawn(passing)


def close_with_data(me, port):
    me.port_control(port, 1, b"")
    me.port_close(port)


@pytest.mark.parametrize("callback", CALLBACKS)
@everywhere
def test_a_callback_that_raises_fails_its_port_only(run, callback):
    act, entry = CALLBACKS[callback]

    def scenario(emu):
        with emu.attach(trap_exit=True) as me:
            me.erl_ddll.load(Sound, "sound_drv")
            sound = me.open_port(("spawn_driver", "sound_drv"))
            me.port_command(sound, b"queued")
            fields = {} if callback == "async_invoke" else {callback: raise_boom}
            me.erl_ddll.load(
                DriverEntry(driver_name="raising_drv", stop_select=lambda *_: None, **entry, **fields), "raising_drv"
            )
            port = me.open_port(("spawn_driver", "raising_drv"))
            act(me, port)
            reason = Atom("normal") if callback == "flush" else RAISED
            assert me.receive((Atom("EXIT"), port, reason), timeout=5.0)
            while port in me.ports():
                me.sleep(0.001)
            error = reported(emu, "raising_drv", callback, str(port))
            assert "the driver's own words" in str(error)
            assert f"{__file__}:" in str(error)
            assert isinstance(error.__cause__, Boom)
            # Nothing else was disturbed.
            assert me.receive((sound, (Atom("data"), list(b"queued"))), timeout=5.0)
            assert me.port_control(sound, 1, b"works") == list(b"works")
            assert me.port_info(sound, "queue_size")[1] == 6
            again = me.open_port(("spawn_driver", "raising_drv"))
            me.unlink(again)
            me.exit_signal(again, "kill")
            me.unlink(sound)
            me.exit_signal(sound, "kill")

    run(scenario, **{"strict": False, **({"n": 10} if run.__name__ == "every_schedule" else {})})


def reported(emu, driver, callback, port):
    """The one error that was reported."""
    (error,) = emu.driver_errors
    assert isinstance(error, DriverCallbackError)
    assert (error.driver, error.callback, error.port) == (driver, callback, port)
    emu.driver_errors.clear()
    return error


@everywhere
def test_stop_that_raises(run):
    """The port goes all the same, and its owner is told only once."""

    def scenario(emu):
        with emu.attach(trap_exit=True) as me:
            me.erl_ddll.load(DriverEntry(driver_name="raising_drv", stop=raise_boom), "raising_drv")
            port = me.open_port(("spawn_driver", "raising_drv"))
            me.port_close(port)
            assert me.receive() == (Atom("EXIT"), port, Atom("normal"))
            assert me.ports() == []
            reported(emu, "raising_drv", "stop", str(port))
            me.erl_ddll.unload_driver("raising_drv")
            assert me.flush() == []

    run(scenario, **{"strict": False, **({"n": 10} if run.__name__ == "every_schedule" else {})})


@everywhere
def test_finish_that_raises(run):
    """The driver is unloaded all the same."""

    def scenario(emu):
        with emu.attach() as me:
            me.erl_ddll.load(DriverEntry(driver_name="raising_drv", finish=raise_boom), "raising_drv")
            me.erl_ddll.unload_driver("raising_drv")
            assert me.erl_ddll.loaded_drivers() == []
            assert emu.driver_errors[0].callback == "finish"
            emu.driver_errors.clear()

    run(scenario, **{"strict": False, **({"n": 10} if run.__name__ == "every_schedule" else {})})


@everywhere
def test_async_free_that_raises(run):
    """The next job completes."""

    def scenario(emu):
        class Freeing(Driver):
            driver_name = "freeing_drv"

            def output(self, buf):
                driver_async(self.port, None, lambda data: None, buf, raise_boom)

        with emu.attach() as me:
            me.erl_ddll.load(Freeing, "freeing_drv")
            port = me.open_port(("spawn_driver", "freeing_drv"))
            for _ in range(3):
                me.port_command(port, b"x")
            while len(emu.driver_errors) < 3:
                me.sleep(0.001)
            assert {error.callback for error in emu.driver_errors} == {"async_free"}
            emu.driver_errors.clear()
            assert me.port_close(port)

    run(scenario, **{"strict": False, **({"n": 10} if run.__name__ == "every_schedule" else {})})


@everywhere
def test_stop_select_that_raises(run):
    def scenario(emu):
        class Selecting(Driver):
            driver_name = "selecting_drv"
            stop_select = staticmethod(raise_boom)

            def output(self, buf):
                read_end, _ = os.pipe()
                driver_select(self.port, read_end, ERL_DRV_READ | ERL_DRV_USE, 1)
                driver_select(self.port, read_end, ERL_DRV_USE, 0)

        with emu.attach(trap_exit=True) as me:
            me.erl_ddll.load(Selecting, "selecting_drv")
            port = me.open_port(("spawn_driver", "selecting_drv"))
            assert me.port_command(port, b"x")
            assert me.receive() == (Atom("EXIT"), port, RAISED)
            reported(emu, "selecting_drv", "stop_select", str(port))

    run(scenario, **{"strict": False, **({"n": 5} if run.__name__ == "every_schedule" else {})})


@pytest.mark.parametrize("raising", [raise_boom, exit_the_program])
@everywhere
def test_start_that_raises(run, raising):
    """open_port fails with einval, as after ERL_DRV_ERROR_GENERAL; the exception is reported."""

    def scenario(emu):
        with emu.attach(trap_exit=True) as me:
            me.erl_ddll.load(DriverEntry(driver_name="raising_drv", start=raising, stop=raise_boom), "raising_drv")
            with pytest.raises(OpenPortError, match="start of driver 'raising_drv' raised") as caught:
                me.open_port(("spawn_driver", "raising_drv"))
            assert caught.value.reason == Atom("einval")
            assert me.ports() == []
            assert emu.driver_errors.pop().callback == "start"
            assert me.flush() == []
            me.erl_ddll.unload_driver("raising_drv")

    run(scenario, **{"strict": False, **({"n": 5} if run.__name__ == "every_schedule" else {})})


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FileNotFoundError(2, "No such file or directory"), "enoent"),
        (OSError(13, "Permission denied"), "eacces"),
        (OSError(9999, "Strange"), "unknown"),
    ],
)
def test_start_that_raises_an_oserror_means_its_errno(error, reason, me):
    """What C says with errno and ERL_DRV_ERROR_ERRNO."""

    def start(port, command):
        raise error

    me.erl_ddll.load(DriverEntry(driver_name="failing_drv", start=start), "failing_drv")
    with pytest.raises(OpenPortError) as caught:
        me.open_port(("spawn_driver", "failing_drv"))
    assert caught.value.reason == Atom(reason)


@pytest.mark.parametrize("callback", ["output", "control", "timeout", "ready_async"])
@everywhere
def test_a_driver_that_wants_to_end_the_program(run, callback):
    """``sys.exit()`` in a callback is an error like any other: a scheduler must not die of it."""
    act, entry = CALLBACKS[callback]

    def scenario(emu):
        with emu.attach(trap_exit=True) as me:
            entry_ = DriverEntry(driver_name="exiting_drv", **{**entry, callback: exit_the_program})
            me.erl_ddll.load(entry_, "exiting_drv")
            port = me.open_port(("spawn_driver", "exiting_drv"))
            if callback == "control":
                with pytest.raises(Badarg):
                    me.port_control(port, 1, b"")
            else:
                act(me, port)
            assert me.receive((Atom("EXIT"), port, RAISED), timeout=5.0)
            assert isinstance(emu.driver_errors.pop().__cause__, SystemExit)

    run(scenario, **{"strict": False, **({"n": 5} if run.__name__ == "every_schedule" else {})})


# --- nonsense ---

NO_REPLIES = ["text", 5, 0, True, 1.5, object(), [1, 2], (b"x",), {"a": 1}]  # call of 0 is badarg in C, too


@pytest.mark.parametrize(
    ("callback", "reply"),
    [("control", reply) for reply in NO_REPLIES] + [("call", reply) for reply in NO_REPLIES if reply != 0],
    ids=lambda value: value if value in ("control", "call") else type(value).__name__,
)
def test_a_reply_that_is_none(callback, reply, me, emu):
    """Control and call return bytes, a binary, None, or a negative integer: anything else is the driver's mistake."""
    emu.strict = False
    me.trap_exit = True
    entry = DriverEntry(driver_name="nonsense_drv", **{callback: lambda drv_data, command, buf: reply})
    me.erl_ddll.load(entry, "nonsense_drv")
    port = me.open_port(("spawn_driver", "nonsense_drv"))
    with pytest.raises(Badarg):
        me.port_control(port, 1, b"") if callback == "control" else me.port_call(port, 1, [])
    error = reported(emu, "nonsense_drv", callback, str(port))
    assert f"{callback} of {port}" in str(error)
    assert "must return bytes" in str(error)
    assert repr(reply) in str(error)
    assert me.receive() == (Atom("EXIT"), port, RAISED)


@pytest.mark.parametrize("reply", [-1, -5])
@pytest.mark.parametrize("callback", ["control", "call"])
def test_a_negative_reply_is_no_mistake(callback, reply, me):
    entry = DriverEntry(driver_name="refusing_drv", **{callback: lambda drv_data, command, buf: reply})
    me.erl_ddll.load(entry, "refusing_drv")
    port = me.open_port(("spawn_driver", "refusing_drv"))
    with pytest.raises(Badarg):
        me.port_control(port, 1, b"") if callback == "control" else me.port_call(port, 1, [])
    assert port in me.ports()


@pytest.mark.parametrize("result", [0, 5, True, "text", b"data", -4])
def test_start_of_a_class_returns_none_or_an_error(result, me, emu):
    """C's habit of returning drv_data, or 0, would be taken for drv_data: methods would get it as self."""
    emu.strict = False

    class Returning(Driver):
        driver_name = "returning_drv"

        def start(self, command):
            return result

        def output(self, buf):
            driver_output(self.port, buf)

    me.erl_ddll.load(Returning, "returning_drv")
    with pytest.raises(OpenPortError, match=r"Returning returned .*ERL_DRV_ERROR_GENERAL") as caught:
        me.open_port(("spawn_driver", "returning_drv"))
    assert caught.value.reason == Atom("einval")
    assert repr(result) in str(caught.value)
    emu.driver_errors.clear()


@pytest.mark.parametrize("result", [0, None, "text", -4, 3.5, -1.0, True])
def test_start_of_an_entry_may_return_anything_else(result, me):
    """It is the drv_data of the other callbacks, as in C."""
    seen = []
    entry = DriverEntry(
        driver_name="any_drv", start=lambda port, command: result, stop=lambda drv_data: seen.append(drv_data)
    )
    me.erl_ddll.load(entry, "any_drv")
    port = me.open_port(("spawn_driver", "any_drv"))
    me.port_close(port)
    assert seen == [result]
    assert type(seen[0]) is type(result)


@pytest.mark.parametrize("callback", ["output", "stop", "flush", "timeout"])
def test_results_of_callbacks_that_have_none_are_ignored(callback, me):
    entry = DriverEntry(driver_name="talking_drv", **{callback: lambda *arguments: "anything"})
    me.erl_ddll.load(entry, "talking_drv")
    port = me.open_port(("spawn_driver", "talking_drv"))
    assert me.port_command(port, b"x")
    assert me.port_close(port)


def test_strict_emulators_raise_the_first_error_at_the_end():
    """A test does not pass while its driver raises unseen."""

    def whole_life():
        with Emulator(threads="simulated") as emu:
            me = emu.attach(trap_exit=True)
            me.erl_ddll.load(DriverEntry(driver_name="raising_drv", output=raise_boom), "raising_drv")
            me.port_command(me.open_port(("spawn_driver", "raising_drv")), b"x")

    with pytest.raises(DriverCallbackError, match="'raising_drv': output"):
        whole_life()


def test_a_reload_that_fails_to_load(me, emu):
    """The error of the new version comes out of reload."""

    versions = iter([DriverEntry(driver_name="my_drv"), RuntimeError("no second version")])

    class Plugin:
        from erts_emu.driver import hookimpl

        @hookimpl
        def driver_init(self):
            version = next(versions)
            if isinstance(version, Exception):
                raise version
            return version

    plugin = Plugin()
    me.erl_ddll.load(plugin, "my_drv")
    with pytest.raises(DriverLoadError) as caught:
        me.erl_ddll.reload(plugin, "my_drv")
    assert caught.value.reason == Atom("driver_init_failed")
    assert "no second version" in str(caught.value)
    assert me.erl_ddll.loaded_drivers() == []
