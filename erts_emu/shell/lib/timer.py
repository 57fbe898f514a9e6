"""The module ``timer``."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

from erts_emu.shell.lib._arguments import a_list, an_atom, refuse
from erts_emu.shell.lib.erlang_time import convert, per_second
from erts_emu.shell.native import Library
from erts_emu.shell.operators import add, multiply, subtract
from erts_emu.shell.processes import body_of
from erts_emu.shell.values import ERROR, INFINITY, OK, Raised
from erts_emu.signals import ExitSignal
from erts_emu.terms.atoms import Atom
from erts_emu.terms.identifiers import Pid, Reference
from erts_emu.terms.kinds import ExportFun

LIBRARY: Final = Library("timer")
Steps = Generator[Any, Any, Any]
_MILLISECOND: Final = 1_000_000
_MICROSECONDS: Final = Atom("microsecond")
_BADARG: Final = (ERROR, Atom("badarg"))


@LIBRARY.waits("sleep")
async def _sleep(machine: Any, milliseconds: Any) -> Atom:
    if milliseconds is INFINITY:
        await machine.process.receive(lambda _message: False)
    if type(milliseconds) is not int or not 0 <= milliseconds <= 0xFFFFFFFF:
        raise Raised(Atom("timeout_value"))
    await machine.process.sleep(milliseconds / 1000)
    return OK


# --- measuring ---


@LIBRARY.calls("tc", 1, needs_process=True)
def _tc(machine: Any, fun: Any) -> Steps:
    result = yield from _timed(machine, fun, (), _MICROSECONDS)
    return result


@LIBRARY.calls("tc", 2, needs_process=True)
def _tc_arguments(machine: Any, fun: Any, arguments: Any) -> Steps:
    result = yield from _timed(machine, fun, tuple(a_list(arguments)), _MICROSECONDS)
    return result


@LIBRARY.calls("tc", 3, needs_process=True)
def _tc_function(machine: Any, module: Any, name: Any, arguments: Any) -> Steps:
    a_list(arguments)
    callee = ExportFun(an_atom(module), an_atom(name), len(arguments))
    result = yield from _timed(machine, callee, tuple(arguments), _MICROSECONDS)
    return result


def _timed(machine: Any, callee: Any, arguments: tuple[Any, ...], unit: Atom) -> Steps:
    clock = machine.process.emu.layer.monotonic
    start = clock()
    value = yield callee, arguments
    return (convert(clock() - start, 1_000_000_000, per_second(unit)), value)


@LIBRARY.plain("now_diff")
def _now_diff(later: Any, earlier: Any) -> Any:
    if any(type(moment) is not tuple or len(moment) != 3 for moment in (later, earlier)):
        refuse()
    mega, seconds, micro = (subtract(one, other) for one, other in zip(later, earlier, strict=True))
    return add(multiply(add(multiply(mega, 1_000_000), seconds), 1_000_000), micro)


@LIBRARY.plain("seconds")
def _seconds(number: Any) -> Any:
    return multiply(1000, number)


@LIBRARY.plain("minutes")
def _minutes(number: Any) -> Any:
    return multiply(60_000, number)


@LIBRARY.plain("hours")
def _hours(number: Any) -> Any:
    return multiply(3_600_000, number)


@LIBRARY.plain("hms")
def _hms(hours: Any, minutes: Any, seconds: Any) -> Any:
    return add(_hours(hours), add(_minutes(minutes), _seconds(seconds)))


# --- timers ---


def _after(machine: Any, milliseconds: int, action: Any, tag: str) -> Any:
    emu = machine.process.emu
    reference: Reference = emu.make_ref()
    timers = machine.session.timers

    def expire() -> None:
        timers.pop(reference, None)
        action()

    deadline = emu.layer.monotonic() + milliseconds * _MILLISECOND
    timers[reference] = emu.current_scheduler().timers.set(deadline, expire)
    return (OK, (Atom(tag), reference))


def _every(machine: Any, milliseconds: int, action: Any) -> Any:
    emu = machine.process.emu
    reference: Reference = emu.make_ref()
    timers = machine.session.timers
    start = emu.layer.monotonic()
    rounds = 0

    def set_next() -> None:
        nonlocal rounds
        rounds += 1
        deadline = start + rounds * milliseconds * _MILLISECOND
        timers[reference] = emu.current_scheduler().timers.set(deadline, expire)

    def expire() -> None:
        if reference in timers:
            set_next()
            action()

    set_next()
    return (OK, (Atom("interval"), reference))


def _time(term: Any) -> bool:
    return type(term) is int and term >= 0


def _delivery(machine: Any, destination: Any, message: Any) -> Any:
    emu = machine.process.emu

    def deliver() -> None:
        receiver = emu.names.whereis(destination) if type(destination) is Atom else emu.processes.get(destination)
        if receiver is not None and hasattr(receiver, "deliver"):
            receiver.deliver(message)

    return deliver


def _destination(machine: Any, given: tuple[Any, ...]) -> tuple[Any, Any]:
    return (machine.process.pid, given[0]) if len(given) == 1 else given


@LIBRARY.context("send_after", 2, 3)
def _send_after(machine: Any, milliseconds: Any, *given: Any) -> Any:
    destination, message = _destination(machine, given)
    if not _time(milliseconds) or type(destination) not in (Pid, Atom):
        return _BADARG
    tag = "send_local" if milliseconds else "instant"
    return _after(machine, milliseconds, _delivery(machine, destination, message), tag)


@LIBRARY.context("send_interval", 2, 3)
def _send_interval(machine: Any, milliseconds: Any, *given: Any) -> Any:
    destination, message = _destination(machine, given)
    if not _time(milliseconds) or type(destination) not in (Pid, Atom):
        return _BADARG
    return _every(machine, milliseconds, _delivery(machine, destination, message))


def _spawner(machine: Any, module: Any, name: Any, arguments: Any) -> Any:
    emu, session = machine.process.emu, machine.session

    def spawn() -> None:
        emu.spawn(body_of(session, ExportFun(module, name, len(arguments)), tuple(arguments)))

    return spawn


def _is_call(module: Any, name: Any, arguments: Any) -> bool:
    return type(module) is Atom and type(name) is Atom and type(arguments) is list


@LIBRARY.context("apply_after", 4)
def _apply_after(machine: Any, milliseconds: Any, module: Any, name: Any, arguments: Any) -> Any:
    if not _time(milliseconds) or not _is_call(module, name, arguments):
        return _BADARG
    return _after(
        machine, milliseconds, _spawner(machine, module, name, arguments), "once" if milliseconds else "instant"
    )


@LIBRARY.context("apply_interval", 4)
def _apply_interval(machine: Any, milliseconds: Any, module: Any, name: Any, arguments: Any) -> Any:
    if not _time(milliseconds) or not _is_call(module, name, arguments):
        return _BADARG
    return _every(machine, milliseconds, _spawner(machine, module, name, arguments))


@LIBRARY.context("exit_after", 2, 3)
def _exit_after(machine: Any, milliseconds: Any, *given: Any) -> Any:
    pid, reason = _destination(machine, given)
    if not _time(milliseconds) or type(pid) is not Pid:
        return _BADARG
    emu, sender = machine.process.emu, machine.process.pid

    def end() -> None:
        receiver = emu.processes.get(pid)
        if receiver is not None:
            receiver.deliver(ExitSignal(sender, reason, by_link=False))

    return _after(machine, milliseconds, end, "once")


@LIBRARY.context("kill_after", 1, 2)
def _kill_after(machine: Any, milliseconds: Any, *pid: Any) -> Any:
    return _exit_after(machine, milliseconds, *(pid or (machine.process.pid,)), Atom("kill"))


@LIBRARY.context("cancel")
def _cancel(machine: Any, timer: Any) -> Any:
    if type(timer) is not tuple or len(timer) != 2 or type(timer[1]) is not Reference:
        return _BADARG
    running = machine.session.timers.pop(timer[1], None)
    if running is not None:
        running.cancel()
    return (OK, Atom("cancel"))
