"""Compiled drivers in processes of their own: they behave as in this one, and their crashes are errors.

``ERTS_EMU_ISOLATED=all`` runs every conformance scenario and script isolated, and not only a few.
"""

import contextlib
import itertools
import os
import shutil
import signal

import pytest
from conformance import scripts_frame, variants
from conformance.frame import AVAILABLE, ask_emulator, lines_of, recorded, scenarios
from conformance.scripts_frame import SCRIPTS, SOURCES

from erts_emu import Atom, Emulator
from erts_emu.cli import main
from erts_emu.errors import Badarg, DriverLoadError, OpenPortError

from .building import HEADERS, HERE, compile_together

# Its job of 150 ms has to outlast the start of another process.
TOO_SLOW = "an_unrelated_death"


ALL = os.environ.get("ERTS_EMU_ISOLATED") == "all"


def chosen():
    for _, group in itertools.groupby(scenarios(), key=lambda each: each.group):
        found = [each for each in group if each.name != TOO_SLOW]
        yield from found if ALL else found[:2]


@pytest.fixture(scope="module")
def drivers(bridge, tmp_path_factory):
    root = tmp_path_factory.getbasetemp().parent / "conformance"
    return variants.build_for_erl(root, None if AVAILABLE else HEADERS)


@pytest.mark.parametrize("each", [pytest.param(each, id=f"{each.group}-{each.name}") for each in chosen()])
def test_conformance(each, drivers, tmp_path):
    """Up to four times, as elsewhere."""
    expected = "\n".join(dict(lines_of(recorded(each.group)))[each.name])
    for _ in range(4):
        said = "\n".join(ask_emulator(each, tmp_path, drivers=drivers, threads="real", isolate=True))
        if said == expected:
            break
    assert said == expected


@pytest.mark.parametrize("script", SCRIPTS if ALL else SCRIPTS[::20], ids=lambda script: script.stem)
def test_conformance_scripts(script, bridge, monkeypatch, capfdbinary):
    monkeypatch.setenv("DRIVERS", str(compile_together("small-drivers", SOURCES, HEADERS)))
    assert main(["+A", "4", "+S", "2:2", "run", "--isolate", str(script)]) == 0
    assert capfdbinary.readouterr().out.decode("latin-1") == scripts_frame.recorded(script)


def loaded(emu, folder, name):
    me = emu.attach(trap_exit=True)
    me.erl_ddll.load_driver(folder, name)
    return me


@pytest.mark.parametrize(("command", "end"), [("s", "SIGSEGV"), ("a", "SIGABRT"), ("e", "exit status 3")])
def test_a_crash_names_driver_callback_and_signal_and_the_emulator_goes_on(driver, command, end):
    with Emulator(isolate=True, strict=False) as emu:
        me = loaded(emu, driver("crash_drv", "-rdynamic"), "crash_drv")
        one, other = (me.open_port(("spawn_driver", "crash_drv"), []) for _ in range(2))
        assert me.port_control(one, 1, b"abc") == list(b"abc")
        with pytest.raises(Badarg, match=f"driver 'crash_drv' crashed in control: {end}"):
            me.port_control(one, ord(command), b"")
        # Both fail at once, though nobody uses the other.
        reason = (Atom("driver_crashed"), Atom("crash_drv"), Atom("control"), Atom(end))
        died = [me.receive(timeout=30), me.receive(timeout=30)]
        assert set(died) == {(Atom("EXIT"), one, reason), (Atom("EXIT"), other, reason)}
        if command == "s":
            assert "C backtrace" in str(emu.driver_errors[0])
            assert "write_nowhere" in str(emu.driver_errors[0])
            source = (HERE / "c" / "crash_drv.c").read_text().splitlines()
            line = next(number for number, text in enumerate(source, 1) if "*nowhere = 1" in text)
            if shutil.which("addr2line"):
                assert f"crash_drv.c:{line}\n" in str(emu.driver_errors[0])
        # Everything else is as before.
        me.erl_ddll.unload_driver("crash_drv")
        me.erl_ddll.load_driver(driver("crash_drv", "-rdynamic"), "crash_drv")
        port = me.open_port(("spawn_driver", "crash_drv"), [])
        assert me.port_control(port, 1, b"abc") == list(b"abc")


def test_crashes_in_start_and_in_a_job(driver):
    with Emulator(isolate=True, strict=False) as emu:
        me = loaded(emu, driver("crash_drv", "-rdynamic"), "crash_drv")
        with pytest.raises(OpenPortError, match="crashed in start: SIGSEGV"):
            me.open_port(("spawn_driver", "crash_drv now"), [])
        me.erl_ddll.unload_driver("crash_drv")
        me.erl_ddll.load_driver(driver("crash_drv", "-rdynamic"), "crash_drv")
        port = me.open_port(("spawn_driver", "crash_drv"), [])
        with contextlib.suppress(Badarg):  # the job may crash while control has not returned yet
            me.port_control(port, ord("j"), b"")
        reason = (Atom("driver_crashed"), Atom("crash_drv"), Atom("async_invoke"), Atom("SIGSEGV"))
        assert me.receive() == (Atom("EXIT"), port, reason)
        assert "crashed in async_invoke: SIGSEGV" in str(emu.driver_errors[-1])


COMMANDS = {
    "ready_input": "s", "ready_output": "s", "stop_select": "s", "timeout": "t", "async_invoke": "j",
    "ready_async": "j", "async_free": "l", "flush": "q", "thread": "h",
}  # fmt: skip
"""What control has to be told so that the callback is called."""


def live_and_unload(me, folder, callback):
    """Have every callback called that there is, and wait until the driver is gone."""
    name = "crash_anywhere_drv"
    me.erl_ddll.load_driver(folder, name)
    port = me.open_port(("spawn_driver", name), [])
    with contextlib.suppress(Badarg):  # it has crashed
        if callback == "output":
            me.port_command(port, b"x")
        elif callback in COMMANDS:
            me.port_control(port, ord(COMMANDS[callback]), b"")
        if callback in ("async_free", "flush", "stop", "finish"):
            me.port_close(port)
        elif callback == "stop_select":
            me.sleep(0.1)
            me.port_close(port)
    reason = None if callback == "finish" else me.receive(timeout=30)[2]
    me.erl_ddll.try_unload(name, [("monitor", "pending_driver"), "kill_ports"])
    while (died := me.receive(timeout=30))[0] != Atom("DOWN"):
        reason = died[2]
    return reason


@pytest.mark.parametrize(
    "callback",
    ["output", "timeout", "ready_input", "ready_output", "async_invoke", "ready_async", "thread", "async_free", "flush",
     "stop", "stop_select", "finish"],
)  # fmt: skip
def test_a_crash_anywhere_is_an_error_and_the_driver_can_be_loaded_again(driver, callback, monkeypatch):
    folder = driver("crash_anywhere_drv")
    monkeypatch.setenv("CRASH_IN", callback)
    with Emulator(isolate=True, strict=False, async_threads=2) as emu:
        me = emu.attach(trap_exit=True)
        reason = live_and_unload(me, folder, callback)
        assert f"driver 'crash_anywhere_drv' crashed in {callback}: SIGSEGV" in str(emu.driver_errors[0])
        if callback not in ("async_free", "flush", "stop", "stop_select", "finish"):  # the port was not being closed
            assert reason == tuple(map(Atom, ("driver_crashed", "crash_anywhere_drv", callback, "SIGSEGV")))
        errors = len(emu.driver_errors)
        monkeypatch.setenv("CRASH_IN", "nowhere")
        assert live_and_unload(me, folder, callback="stop") == Atom("normal")
        assert len(emu.driver_errors) == errors


@pytest.mark.parametrize("callback", ["driver_init", "init", "start"])
def test_a_crash_at_load_and_at_open_is_what_these_raise(driver, callback, monkeypatch):
    monkeypatch.setenv("CRASH_IN", callback)
    with Emulator(isolate=True, strict=False) as emu:
        me = emu.attach(trap_exit=True)
        with pytest.raises(OpenPortError if callback == "start" else DriverLoadError) as raised:
            live_and_unload(me, driver("crash_anywhere_drv"), callback)
        assert f"driver 'crash_anywhere_drv' crashed in {callback}: SIGSEGV" in str(raised.value)
        assert "\\n" not in str(raised.value)


def test_a_stack_that_overflows_has_a_backtrace_on_any_thread(driver, monkeypatch):
    monkeypatch.setenv("CRASH_IN", "async_invoke")
    monkeypatch.setenv("CRASH_BY", "stack")
    with Emulator(isolate=True, strict=False, async_threads=2) as emu:
        me = loaded(emu, driver("crash_anywhere_drv", "-rdynamic"), "crash_anywhere_drv")
        port = me.open_port(("spawn_driver", "crash_anywhere_drv"), [])
        with contextlib.suppress(Badarg):  # the job may crash while control has not returned yet
            me.port_control(port, ord("j"), b"")
        me.receive(timeout=30)
        assert "crashed in async_invoke: SIGSEGV" in str(emu.driver_errors[0])
        assert "(overflow+" in str(emu.driver_errors[0])


@pytest.mark.parametrize("callback", ["output", "stop", "driver_init"])
def test_a_callback_that_does_not_return_ends_its_process(driver, callback, monkeypatch):
    monkeypatch.setenv("CRASH_IN", callback)
    monkeypatch.setenv("CRASH_BY", "waiting")
    said = f"driver 'crash_anywhere_drv' crashed in {callback}: no return within 2 s"
    with Emulator(isolate=2, strict=False, async_threads=2) as emu:
        me = emu.attach(trap_exit=True)
        folder = driver("crash_anywhere_drv")
        if callback == "driver_init":
            with pytest.raises(DriverLoadError, match=said):
                live_and_unload(me, folder, callback)
        else:
            live_and_unload(me, folder, callback)
            assert said in str(emu.driver_errors[0])
        monkeypatch.setenv("CRASH_IN", "nowhere")
        assert live_and_unload(me, folder, callback="stop") == Atom("normal")


def test_the_command_line_takes_the_seconds_of_isolated_callbacks(capfd):
    assert main(["eval", "--isolate=2.5", 'io:format("fine~n").']) == 0
    assert capfd.readouterr().out == "fine\n"
    for wrong in ("soon", "-1", "nan", ""):
        assert main(["eval", f"--isolate={wrong}", "ok."]) == 2
        assert f"the seconds that a callback may take, not {wrong!r}" in capfd.readouterr().err
    with pytest.raises(ValueError, match="isolate=-1: it is True, or the seconds"):
        Emulator(isolate=-1)


def test_an_interrupt_from_the_terminal_is_not_for_the_driver(driver):
    with Emulator(isolate=True) as emu:
        loaded(emu, driver("crash_drv", "-rdynamic"), "crash_drv")
        process = emu.ddll.find("crash_drv").handle.library._library.process_id
        assert os.getpgid(process) != os.getpgid(os.getpid())


def test_the_command_line_isolates(driver, capfd):
    folder = driver("crash_drv", "-rdynamic")
    script = f"""ok = erl_ddll:load_driver("{folder}", crash_drv), process_flag(trap_exit, true),
        P = open_port({{spawn_driver, "crash_drv"}}, []), catch port_control(P, $s, []),
        receive {{'EXIT', P, R}} -> io:format("~p~n", [R]) end."""
    assert main(["eval", "--isolate", script]) == 0
    assert capfd.readouterr().out == "{driver_crashed,crash_drv,control,'SIGSEGV'}\n"
    assert main(["eval", "--isolate", "--threads", "simulated", "ok."]) == 2
    assert "--isolate is for real threads" in capfd.readouterr().err


def test_a_process_that_is_killed_while_nothing_calls_it_fails_its_ports_at_once(driver):
    with Emulator(isolate=True, strict=False) as emu:
        me = loaded(emu, driver("crash_drv", "-rdynamic"), "crash_drv")
        ports = [me.open_port(("spawn_driver", "crash_drv"), []) for _ in range(3)]
        os.kill(emu.ddll.find("crash_drv").handle.library._library.process_id, signal.SIGKILL)
        died = [me.receive(timeout=30) for _ in ports]
        reason = (Atom("driver_crashed"), Atom("crash_drv"), Atom("a thread of its own"), Atom("SIGKILL"))
        assert set(died) == {(Atom("EXIT"), port, reason) for port in ports}
        assert "crashed in a thread of its own: SIGKILL" in str(emu.driver_errors[0])


def test_threads_of_an_isolated_driver_send_terms_and_its_process_ends_with_the_emulator(driver):
    with Emulator(isolate=True, async_threads=2) as emu:
        me = loaded(emu, driver("threads_drv", "-lpthread"), "threads_drv")
        port = me.open_port(("spawn_driver", "threads_drv"), [])
        process = emu.ddll.find("threads_drv").handle.library._library.process_id
        assert process != os.getpid()
        for kind in "jdp":
            me.port_control(port, ord(kind), b"")
        got = [me.receive() for _ in range(302)]
        assert sorted(got)[1:] == list(range(1, 302))
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_simulated_threads_cannot_be_isolated():
    with pytest.raises(ValueError, match="isolate=True runs compiled drivers in processes"):
        Emulator(threads="simulated", isolate=True)
