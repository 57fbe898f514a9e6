"""BIFs on time and timers."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from erts_emu.shell.lib._arguments import a_boolean, a_list, an_integer
from erts_emu.shell.lib.erlang import LIBRARY
from erts_emu.shell.values import FALSE, OK, TRUE, UNDEFINED, badarg
from erts_emu.terms.atoms import Atom
from erts_emu.terms.identifiers import Pid, Reference

SECOND: Final = 1_000_000_000
NATIVE: Final = Atom("native")
_UNITS: Final = {
    "second": 1,
    "seconds": 1,
    "millisecond": 1_000,
    "milli_seconds": 1_000,
    "microsecond": 1_000_000,
    "micro_seconds": 1_000_000,
    "nanosecond": SECOND,
    "nano_seconds": SECOND,
    "native": SECOND,
    "perf_counter": SECOND,
}
_MILLISECOND: Final = 1_000_000
_MAX_TIME: Final = 1 << 60


def per_second(unit: Any) -> int:
    """How many of a time unit make a second. Raises ``badarg``."""
    if type(unit) is int and unit > 0:
        return unit
    if type(unit) is Atom and unit.name in _UNITS:
        return _UNITS[unit.name]
    raise badarg()


def convert(value: int, source: int, target: int) -> int:
    """Convert between units, rounded down."""
    return value * target // source


@LIBRARY.plain("convert_time_unit")
def _convert_time_unit(value: Any, source: Any, target: Any) -> int:
    return convert(an_integer(value), per_second(source), per_second(target))


@LIBRARY.context("monotonic_time", 0, 1)
def _monotonic_time(machine: Any, unit: Any = NATIVE) -> int:
    return convert(machine.process.emu.layer.monotonic(), SECOND, per_second(unit))


@LIBRARY.context("system_time", 0, 1)
def _system_time(machine: Any, unit: Any = NATIVE) -> int:
    return convert(machine.session.system_time(), SECOND, per_second(unit))


@LIBRARY.context("time_offset", 0, 1)
def _time_offset(machine: Any, unit: Any = NATIVE) -> int:
    offset = machine.session.system_time() - machine.process.emu.layer.monotonic()
    return convert(offset, SECOND, per_second(unit))


@LIBRARY.context("timestamp")
@LIBRARY.context("now")
def _timestamp(machine: Any) -> tuple[int, int, int]:
    seconds, rest = divmod(machine.session.system_time(), SECOND)
    return (*divmod(seconds, 1_000_000), rest // 1000)


@LIBRARY.context("localtime")
def _localtime(machine: Any) -> Any:
    return _broken_down(time.localtime(machine.session.system_time() / SECOND))


@LIBRARY.context("universaltime")
def _universaltime(machine: Any) -> Any:
    return _broken_down(time.gmtime(machine.session.system_time() / SECOND))


@LIBRARY.context("date")
def _date(machine: Any) -> Any:
    return _localtime(machine)[0]


@LIBRARY.context("time")
def _time(machine: Any) -> Any:
    return _localtime(machine)[1]


def _broken_down(moment: time.struct_time) -> Any:
    return (tuple(moment[:3]), tuple(moment[3:6]))


# --- dates ---

_DAYS_TO_1970: Final = date(1970, 1, 1).toordinal()
_DAY: Final = 86400
_CYCLE_YEARS: Final = 400
_CYCLE_DAYS: Final = 146097
"""After so many years, which have so many days, the calendar repeats itself."""
_LOCAL_YEARS: Final = range(1902, 2 << 14)


def seconds_of(term: Any) -> int:
    """The seconds since 1970 of a date and time. Raises ``badarg``."""
    try:
        (year, month, day), (hour, minute, second) = term
        cycles = (year - 1) // _CYCLE_YEARS
        days = date(year - cycles * _CYCLE_YEARS, month, day).toordinal() + cycles * _CYCLE_DAYS - _DAYS_TO_1970
    except (TypeError, ValueError):
        raise badarg() from None
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        raise badarg()
    return int(days * _DAY + hour * 3600 + minute * 60 + second)


def _date_of(seconds: int) -> Any:
    days, rest = divmod(seconds, _DAY)
    cycles, days = divmod(days + _DAYS_TO_1970 - 1, _CYCLE_DAYS)
    day = date.fromordinal(days + 1)
    minutes, second = divmod(rest, 60)
    return ((day.year + cycles * _CYCLE_YEARS, day.month, day.day), (*divmod(minutes, 60), second))


@LIBRARY.plain("posixtime_to_universaltime")
def _posixtime_to_universaltime(seconds: Any) -> Any:
    if abs(an_integer(seconds)) > 1 << 60:
        raise badarg()
    return _date_of(seconds)


@LIBRARY.plain("universaltime_to_posixtime")
def _universaltime_to_posixtime(term: Any) -> int:
    return seconds_of(term)


@LIBRARY.plain("universaltime_to_localtime")
def _universaltime_to_localtime(term: Any) -> Any:
    seconds = seconds_of(term)
    if term[0][0] not in _LOCAL_YEARS:
        raise badarg()
    return _broken_down(time.localtime(seconds))


@LIBRARY.plain("localtime_to_universaltime", 1, 2)
def _localtime_to_universaltime(term: Any, summer: Any = UNDEFINED) -> Any:
    seconds_of(term)
    if summer is not UNDEFINED:
        a_boolean(summer)
    is_summer = {TRUE: 1, FALSE: 0}.get(summer, -1)
    return _date_of(int(time.mktime((*term[0], *term[1], 0, 0, is_summer))))


# --- timers ---


def _start(machine: Any, after: Any, destination: Any, message: Callable[[Reference], Any], options: Any) -> Reference:
    absolute = _absolute(options)
    if type(after) is not int or abs(after) > _MAX_TIME or (after < 0 and not absolute):
        raise badarg("time")
    if type(destination) is not Pid and type(destination) is not Atom:
        raise badarg()
    emu = machine.process.emu
    reference: Reference = emu.make_ref()
    timers = machine.session.timers
    term = message(reference)

    def expire() -> None:
        timers.pop(reference, None)
        receiver = emu.names.whereis(destination) if type(destination) is Atom else emu.processes.get(destination)
        if receiver is not None and hasattr(receiver, "deliver"):
            receiver.deliver(term)

    deadline = after * _MILLISECOND + (0 if absolute else emu.layer.monotonic())
    timers[reference] = emu.current_scheduler().timers.set(deadline, expire)
    return reference


_BOOLEANS: Final = (TRUE, FALSE)


def _absolute(options: Any) -> bool:
    absolute = False
    if options is not None and type(options) is not list:
        raise badarg("badopt")
    for option in options or ():
        if type(option) is not tuple or len(option) != 2 or option[0] is not Atom("abs") or option[1] not in _BOOLEANS:
            raise badarg("badopt")
        absolute = option[1] is TRUE
    return absolute


@LIBRARY.context("send_after", 3, 4)
def _send_after(machine: Any, after: Any, destination: Any, message: Any, options: Any = None) -> Reference:
    return _start(machine, after, destination, lambda _: message, options)


@LIBRARY.context("start_timer", 3, 4)
def _start_timer(machine: Any, after: Any, destination: Any, message: Any, options: Any = None) -> Reference:
    return _start(machine, after, destination, lambda reference: (Atom("timeout"), reference, message), options)


def _left(machine: Any, timer: Any) -> Any:
    """The milliseconds that a timer still has, rounded up."""
    if timer is None:
        return FALSE
    return max(0, -((machine.process.emu.layer.monotonic() - timer.deadline) // _MILLISECOND))


@LIBRARY.context("cancel_timer", 1, 2)
def _cancel_timer(machine: Any, reference: Any, options: Any = None) -> Any:
    flags = _timer_options(options)
    if type(reference) is not Reference:
        raise badarg()
    timer = machine.session.timers.pop(reference, None)
    left = _left(machine, timer)
    if timer is not None and not timer.cancel():
        left = FALSE
    if flags.get("async"):
        if flags.get("info", True):
            machine.process.deliver((Atom("cancel_timer"), reference, left))
        return OK
    return left if flags.get("info", True) else OK


@LIBRARY.context("read_timer", 1, 2)
def _read_timer(machine: Any, reference: Any, options: Any = None) -> Any:
    flags = _timer_options(options)
    if type(reference) is not Reference:
        raise badarg()
    left = _left(machine, machine.session.timers.get(reference))
    if flags.get("async"):
        machine.process.deliver((Atom("read_timer"), reference, left))
        return OK
    return left


def _timer_options(options: Any) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for option in [] if options is None else a_list(options):
        if type(option) is not tuple or len(option) != 2 or option[0] not in (Atom("async"), Atom("info")):
            raise badarg()
        found[option[0].name] = a_boolean(option[1])
    return found
