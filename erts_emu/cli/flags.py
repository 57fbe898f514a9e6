"""The emulator's flags, as ``erl`` takes them: ``+A 4``, ``+A4``, ``+S 4:2``, … (ERTS: ``erl_init.c``, ``erlexec``).

What OTP 25 refuses, clamps or rounds is refused, clamped or rounded here, in the same words; the tests ask the
real ``erl``. Numbers are read as C's ``atoi`` does: leading blanks and a sign are skipped, what follows the digits is
ignored, what is no number counts as 0, and what does not fit wraps around at 32 bits.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

USAGE: Final = """\
The emulator's flags, as those of erl:
  +A N          async threads; N is in 1..1024 (0 means 1)
  +a N          their suggested stack size in kilowords; N is in 16..8192
  +S N:M        schedulers, and how many of them are online; 1..1024
  +P N          the most processes; N is in 1024..134217727
  +Q N          the most ports; N is in 1024..134217727
  +spp BOOL     true or false: whether ports are opened with parallelism
ERL_THREAD_POOL_SIZE and ERL_MAX_PORTS in the environment stand for +A and +Q."""

MAX_ASYNC_THREADS: Final = 1024
MAX_SCHEDULERS: Final = 1024
MIN_TABLE: Final = 1024
MAX_TABLE: Final = 134217727
STACK_KILOWORDS: Final = range(16, 8193)

_NUMBER: Final = re.compile(r"[ \t\n\v\f\r]*([+-]?[0-9]+)")
_TOTAL_AND_ONLINE: Final = re.compile(_NUMBER.pattern + f"(?::{_NUMBER.pattern})?")
_ONLINE: Final = re.compile(f":{_NUMBER.pattern}")


class FlagError(ValueError):
    """A flag that ``erl`` would not start with. The message is that of ``erl``."""


class Processors(NamedTuple):
    """The machine's logical processors: those it has, and those this program may use."""

    configured: int
    available: int

    @classmethod
    def here(cls) -> Processors:
        """Ask the operating system."""
        configured = os.cpu_count() or 1
        affinity = getattr(os, "sched_getaffinity", None)
        return cls(configured, len(affinity(0)) if affinity is not None else configured)


class EmulatorFlags(NamedTuple):
    """What the flags say; for those that were not given, what ``erl`` takes instead.

    ``given`` names the flags that were given, variables of the environment included. A named tuple, as it costs
    the start-up of commands nothing.
    """

    async_threads: int
    stack_kilowords: int
    schedulers: int
    schedulers_online: int
    max_processes: int
    max_ports: int
    port_parallelism: bool
    given: frozenset[str]

    def emulator_options(self) -> dict[str, Any]:
        """Return the arguments for ``Emulator`` that the given flags stand for; the stack size is no such argument."""
        options = {
            "A": ("async_threads", self.async_threads),
            "S": ("schedulers", self.schedulers),
            "P": ("max_processes", self.max_processes),
            "Q": ("max_ports", self.max_ports),
            "spp": ("port_parallelism", self.port_parallelism),
        }
        found = dict(options[flag] for flag in options if flag in self.given)
        return {**found, "schedulers_online": self.schedulers_online} if "S" in self.given else found


def parse_flags(
    arguments: Sequence[str], environ: Mapping[str, str], processors: Processors | None = None
) -> tuple[EmulatorFlags, list[str]]:
    """Take the flags out of *arguments*; return what they say, and the rest. What follows ``--`` is rest.

    Raises ``FlagError``, for the flag that ``erl`` would complain of.
    """
    found, rest = _separate(arguments)
    values = _Values(environ, processors or Processors.here())
    # In two passes, as ERTS: it has to know its threads before it can allocate anything.
    for name, value in [*(f for f in found if f[0] in _EARLY), *(f for f in found if f[0] not in _EARLY)]:
        _PARSERS[name](values, value)
        values.given.add(name)
    return values.flags(), rest


def _separate(arguments: Sequence[str]) -> tuple[list[tuple[str, str]], list[str]]:
    found: list[tuple[str, str]] = []
    rest: list[str] = []
    remaining = iter(arguments)
    for argument in remaining:
        if argument == "--":
            rest += [argument, *remaining]
        elif argument.startswith("+"):
            name = _name_of(argument)
            value = argument[1 + len(name) :] or next(remaining, None)
            if value is None:
                raise FlagError(f"Missing argument(s) for '{argument}'.")
            found.append((name, value))
        else:
            rest.append(argument)
    return found, rest


def _name_of(argument: str) -> str:
    if argument.startswith(("+SP", "+SD")):
        raise FlagError(f"flag {argument} of erl is not emulated")
    for name in _PARSERS:
        if argument.startswith(f"+{name}"):
            return name
    raise FlagError(f"unknown flag {argument}")


def atoi(text: str) -> int:
    """Convert as C's ``atoi`` does where ``long`` has 64 and ``int`` 32 bits."""
    match = _NUMBER.match(text)
    return 0 if match is None else _c_int(match[1])


def _c_int(digits: str) -> int:
    number = max(-(2**63), min(2**63 - 1, int(digits)))
    return (number + 2**31) % 2**32 - 2**31


def _table_size(number: int) -> int:
    """Round up to a power of two, as far as the limit allows."""
    return min(1 << (number - 1).bit_length(), MAX_TABLE)


class _Values:
    """The flags while they are being parsed; one method a flag."""

    def __init__(self, environ: Mapping[str, str], processors: Processors) -> None:
        self.processors = processors
        self.given: set[str] = set()
        self.async_threads = 1
        self.stack_kilowords = STACK_KILOWORDS[0]
        self.schedulers, self.online = processors
        self.max_processes = 262144
        self.max_ports = 65536
        self.port_parallelism = False
        # Unlike flags, the environment is never wrong.
        if (threads := environ.get("ERL_THREAD_POOL_SIZE")) is not None:
            self.given.add("A")
            self.async_threads = max(1, min(MAX_ASYNC_THREADS, atoi(threads)))
        if (ports := environ.get("ERL_MAX_PORTS")) is not None:
            self.given.add("Q")
            self.max_ports = _table_size(max(MIN_TABLE, min(MAX_TABLE, atoi(ports))))

    def flags(self) -> EmulatorFlags:
        return EmulatorFlags(
            self.async_threads,
            self.stack_kilowords,
            self.schedulers,
            self.online,
            self.max_processes,
            self.max_ports,
            self.port_parallelism,
            frozenset(self.given),
        )

    def set_async_threads(self, value: str) -> None:
        number = atoi(value)
        if not 0 <= number <= MAX_ASYNC_THREADS:
            raise FlagError(f"bad number of async threads {value}")
        self.async_threads = max(1, number)

    def set_stack(self, value: str) -> None:
        self.stack_kilowords = atoi(value)
        if self.stack_kilowords not in STACK_KILOWORDS:
            raise FlagError(f"bad stack size for async threads {value}")

    def set_schedulers(self, value: str) -> None:
        """Read ``N``, ``N:M`` or ``:M``. 0 is the default, a negative number so many fewer than that."""
        if match := _TOTAL_AND_ONLINE.match(value):
            self._set_total(_c_int(match[1]))
            if match[2] is not None:
                self.online = self._counted(_c_int(match[2]), self.processors.available)
            elif _c_int(match[1]) == 0:
                self.online = self.processors.available
            else:
                self.online = min(self.online, self.schedulers)
        elif match := _ONLINE.match(value):
            self.schedulers = self.processors.configured
            self.online = self._counted(_c_int(match[1]), self.processors.available)
        else:
            raise FlagError(f"bad amount of schedulers {value}")
        if not 1 <= self.online <= self.schedulers:
            raise FlagError(
                f"bad amount of schedulers online {self.online} (total amount of schedulers {self.schedulers})"
            )

    def _set_total(self, number: int) -> None:
        self.schedulers = self._counted(number, self.processors.configured)
        if not 1 <= self.schedulers <= MAX_SCHEDULERS:
            raise FlagError(f"bad amount of schedulers {number}")

    @staticmethod
    def _counted(number: int, default: int) -> int:
        return number if number > 0 else default + number

    def set_processes(self, value: str) -> None:
        if value != "legacy":  # a table of an older kind, with the same limits
            self.max_processes = self._limit(value, "processes")

    def set_ports(self, value: str) -> None:
        if value != "legacy":
            self.max_ports = self._limit(value, "ports")

    @staticmethod
    def _limit(value: str, what: str) -> int:
        number = atoi(value)
        if not MIN_TABLE <= number <= MAX_TABLE:
            raise FlagError(f"bad number of {what} {value}")
        return _table_size(number)

    def set_parallelism(self, value: str) -> None:
        if value not in ("true", "false"):
            raise FlagError(f"bad port parallelism scheduling hint {value}")
        self.port_parallelism = value == "true"


_PARSERS: Final[dict[str, Callable[[_Values, str], None]]] = {
    "spp": _Values.set_parallelism,
    "A": _Values.set_async_threads,
    "a": _Values.set_stack,
    "S": _Values.set_schedulers,
    "P": _Values.set_processes,
    "Q": _Values.set_ports,
}
_EARLY: Final = frozenset("AS")
