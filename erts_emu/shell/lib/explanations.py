"""What is wrong with the arguments of a function that has failed (OTP: ``erl_erts_errors``, ``erl_stdlib_errors``).

The table has a line for functions that take the same: their names, and for each argument the check that it has to
pass. A check says what is wrong, as in ``*** argument 1: not an atom``, or None.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from erts_emu.errors import ErlangError
from erts_emu.shell.lib._arguments import is_fun
from erts_emu.shell.operators import MISSING, find, is_bitstring, is_list, is_map, is_number
from erts_emu.shell.values import FALSE, TRUE, UNDEFINED
from erts_emu.terms import NotIodata, iolist_to_bytes
from erts_emu.terms.atoms import Atom
from erts_emu.terms.identifiers import LOCAL_NODE, Pid, PortId, Reference, node_name
from erts_emu.terms.kinds import Bitstring, ExportFun, Fun, ImproperList

Check = Callable[[Any, list[Any]], str | None]
"""Says what is wrong with an argument, of which it is given the value and those of all arguments."""

_CHECKS: Final[dict[str, Check]] = {"-": lambda _term, _all: None}


def explain(module: str, name: str, arguments: list[Any]) -> list[tuple[int, str]]:
    """The numbers of arguments that are wrong, and what is wrong with each."""
    checks = _table().get((module, name, len(arguments)))
    if checks is None:
        return []
    found = ((place, checks[place - 1](term, arguments)) for place, term in enumerate(arguments, 1))
    return [(place, text) for place, text in found if text is not None]


def _check(name: str) -> Callable[[Check], Check]:
    def register(check: Check) -> Check:
        _CHECKS[name] = check
        return check

    return register


def _simple(name: str, fits: Callable[[Any], bool], text: str) -> None:
    _CHECKS[name] = lambda term, _all: None if fits(term) else text


def _is_integer(term: Any) -> bool:
    return type(term) is int


def _is_finite(term: Any) -> bool:
    """Whether *term* is a number that a float can hold."""
    if not is_number(term):
        return False
    try:
        float(term)
    except OverflowError:
        return False
    return True


# --- terms of a type ---

_simple("atom", lambda term: type(term) is Atom, "not an atom")
_simple("integer", _is_integer, "not an integer")
_simple("number", is_number, "not a number")
_simple("float_number", _is_finite, "not a number")
_simple("float", lambda term: type(term) is float, "not a float")
_simple("tuple", lambda term: type(term) is tuple, "not a tuple")
_simple("map", is_map, "not a map")
_simple("binary", lambda term: isinstance(term, bytes), "not a binary")
_simple("bits", is_bitstring, "not a bitstring")
_simple("pid", lambda term: type(term) is Pid, "not a pid")
_simple("port_id", lambda term: type(term) is PortId, "not a port")
_simple("pid_or_port_only", lambda term: type(term) in (Pid, PortId), "not a pid")
_simple("pid_or_atom", lambda term: type(term) in (Pid, Atom), "not a pid or an atom")
_simple("reference", lambda term: type(term) is Reference, "not a reference")
_simple("node_holder", lambda term: type(term) in (Pid, PortId, Reference), "not a pid")
_simple("fun", lambda term: isinstance(term, Fun | ExportFun), "not a fun")
_simple("fun0", lambda term: is_fun(term, 0), "not a fun")
_simple("fun1", lambda term: is_fun(term, 1), "not a fun that takes one argument")
_simple("fun2", lambda term: is_fun(term, 2), "not a fun that takes two arguments")
_simple("fun3", lambda term: is_fun(term, 3), "not a fun that takes three arguments")
_simple("any_list", lambda term: type(term) is list, "not a list")
_simple("nonempty", lambda term: is_list(term) and term != [], "not a nonempty list")
_simple("sized", lambda term: type(term) is tuple or is_bitstring(term), "not tuple or binary")
_simple("destination", lambda term: type(term) in (Pid, PortId, Reference), "invalid destination")


def _is_foreign(term: Any) -> bool:
    return isinstance(term, Pid | PortId) and node_name(term) is not LOCAL_NODE


def _local(kind: str, *others: type) -> Check:
    """A check for a pid or a port of this node, or a term of the *others*."""
    wanted = {"pid": (Pid,), "port": (PortId,), "pid or port": (Pid, PortId)}[kind]

    def check(term: Any, _all: list[Any]) -> str | None:
        if _is_foreign(term) and isinstance(term, wanted):
            return f"not a local {'pid' if isinstance(term, Pid) else 'port'}"
        return None if isinstance(term, wanted + others) else f"not a {kind}"

    return check


_CHECKS["port"] = _local("port", Atom)
_CHECKS["local_pid"] = _local("pid")
_CHECKS["pid_or_port"] = _local("pid or port")
_simple("pid_here", lambda term: type(term) is Pid and not _is_foreign(term), "not a pid")


@_check("followed_by_atom")
def _followed_by_atom(_term: Any, arguments: list[Any]) -> str | None:
    return None if type(arguments[1]) is Atom else "not an atom"  # erl names the argument before


@_check("followed_by_range")
def _followed_by_range(_term: Any, arguments: list[Any]) -> str | None:
    if type(arguments[1]) is not int:  # erl names the argument before
        return "not an integer"
    return "out of range" if arguments[1] < 1 else None


@_check("new_name")
def _new_name(term: Any, _all: list[Any]) -> str | None:
    if term is UNDEFINED:
        return "'undefined' is not a valid name"
    return None if type(term) is Atom else "not an atom"


@_check("no_name")
def _no_name(_term: Any, _all: list[Any]) -> str | None:
    return "not a pid"  # whatever it is


@_check("list")
def _list(term: Any, _all: list[Any]) -> str | None:
    if type(term) is list:
        return None
    return "not a proper list" if type(term) is ImproperList else "not a list"


@_check("strict_binary")
def _strict_binary(term: Any, _all: list[Any]) -> str | None:
    if isinstance(term, bytes):
        return None
    return "is a bitstring (expected a binary)" if type(term) is Bitstring else "not a binary"


def _iodata_text(term: Any, text: str, *, binary: bool) -> str | None:
    if not is_list(term) and not (binary and isinstance(term, bytes)):
        return text
    try:
        iolist_to_bytes(term)
    except NotIodata:
        return text
    return None


_CHECKS["iodata"] = lambda term, _all: _iodata_text(term, "not an iodata term", binary=True)
_CHECKS["iolist"] = lambda term, _all: _iodata_text(term, "not an iolist term", binary=False)
_CHECKS["iodata_list"] = lambda term, _all: _iodata_text(term, "not an iodata term", binary=False)
_CHECKS["no_map"] = lambda _term, _all: "not a map"  # also if the key is missing
_CHECKS["never"] = lambda _term, _all: "not a bitstring list"


@_check("characters")
def _characters(term: Any, _all: list[Any]) -> str | None:
    wrong = _list(term, [])
    if wrong is None and any(
        type(code) is not int or not 0 <= code <= 0x10FFFF or 0xD800 <= code < 0xE000 for code in term
    ):
        return "not a list of characters"
    return wrong


# --- numbers in a range ---


def _range(name: str, least: int, most: float = math.inf) -> None:
    def check(term: Any, _all: list[Any]) -> str | None:
        if type(term) is not int:
            return "not an integer"
        return None if least <= term <= most else "out of range"

    _CHECKS[name] = check


_range("natural", 0)
_range("positive", 1)
_range("sum", 0, (1 << 32) - 1)
_range("operation", 0, (1 << 32) - 1)


@_check("index")
def _index(term: Any, arguments: list[Any]) -> str | None:
    """The place of an element of the tuple that follows."""
    return _within(term, arguments[1], 0)


@_check("new_index")
def _new_index(term: Any, arguments: list[Any]) -> str | None:
    return _within(term, arguments[1], 1)


def _within(term: Any, container: Any, more: int) -> str | None:
    if type(term) is not int:
        return "not an integer"
    if term < 1 or (type(container) is tuple and term > len(container) + more):
        return "out of range"
    return None


@_check("posix_time")
def _posix_time(_term: Any, _all: list[Any]) -> str | None:
    return "not an integer"


@_check("size")
def _size(term: Any, _all: list[Any]) -> str | None:
    return None if type(term) is int and 0 <= term < 1 << 24 else "out of range"


@_check("base")
def _base(term: Any, _all: list[Any]) -> str | None:
    return None if type(term) is int and 2 <= term <= 36 else "not an integer in the range 2 through 36"


@_check("milliseconds")
def _milliseconds(term: Any, _all: list[Any]) -> str | None:
    wrong = _CHECKS["natural"](term, [])
    return "exceeds the maximum supported time value" if wrong is None and term >= 1 << 44 else wrong


_UNITS: Final = (
    "second millisecond microsecond nanosecond native perf_counter seconds milli_seconds micro_seconds nano_seconds"
).split()


@_check("time_unit")
def _time_unit(term: Any, _all: list[Any]) -> str | None:
    fits = term > 0 if type(term) is int else type(term) is Atom and term.name in _UNITS
    return None if fits else "invalid time unit"


# --- what texts stand for ---


def _textual(name: str, what: str, *, binary: bool = False) -> None:
    """A text that is wrong although it is one, since the function has failed."""

    def check(term: Any, arguments: list[Any]) -> str | None:
        if binary:
            if not isinstance(term, bytes):
                return "not a binary"
        elif type(term) is not list:
            return _list(term, []) if len(arguments) > 1 else "not a list"
        if len(arguments) > 1 and _base(arguments[1], []) is not None:
            return None
        return f"not a textual representation of {what}"

    _CHECKS[name] = check


for _kind, _what in (("integer", "an integer"), ("float", "a float"), ("pid", "a pid"), ("port", "a port")):
    _textual(f"{_kind}_text", _what)
    _textual(f"{_kind}_bytes", _what, binary=True)
_textual("reference_text", "a reference")


@_check("atom_bytes")
def _atom_bytes(term: Any, arguments: list[Any]) -> str | None:
    if not isinstance(term, bytes):
        return "not a binary"
    return None if len(arguments) > 1 and _atom_encoding(arguments[1], []) else "invalid UTF8 encoding"


@_check("known_atom_bytes")
def _known_atom_bytes(term: Any, arguments: list[Any]) -> str | None:
    if not isinstance(term, bytes):
        return "not a binary"
    return None if len(arguments) > 1 and _atom_encoding(arguments[1], []) else "not an already existing atom"


@_check("known_atom")
def _known_atom(term: Any, _all: list[Any]) -> str | None:
    return _characters(term, []) or "not an already existing atom"


_ENCODINGS: Final = ("latin1", "utf8", "unicode")


@_check("atom_encoding")
def _atom_encoding(term: Any, _all: list[Any]) -> str | None:
    fits = type(term) is Atom and term.name in _ENCODINGS
    return None if fits else "not one of the atoms: latin1, utf8, or unicode"


@_check("into_encoding")
def _into_encoding(term: Any, _all: list[Any]) -> str | None:
    return None if _atom_encoding(term, []) is None else "is an invalid encoding option"


@_check("encoded_atom")
def _encoded_atom(term: Any, _all: list[Any]) -> str | None:
    if type(term) is not Atom:
        return "not an atom"
    return "contains a character not expressible in latin1" if max(term.name, default="") > "\xff" else None


@_check("external")
def _external(term: Any, arguments: list[Any]) -> str | None:
    if not isinstance(term, bytes):
        return "not a binary"
    if len(arguments) > 1 and _decode_options(arguments[1], []) is not None:
        return None
    safe = len(arguments) > 1 and Atom("safe") in arguments[1]
    return f"invalid {'or unsafe ' if safe else ''}external representation of a term"


def _options_text(term: Any, fits: Callable[[Any], bool]) -> str | None:
    if not is_list(term):
        return "not a list"
    return None if type(term) is list and all(map(fits, term)) else "invalid option in list"


@_check("decode_options")
def _decode_options(term: Any, _all: list[Any]) -> str | None:
    if type(term) is ImproperList:
        return "not a proper list"
    return _options_text(term, lambda option: option in (Atom("safe"), Atom("used")))


@_check("encode_options")
def _encode_options(term: Any, _all: list[Any]) -> str | None:
    if type(term) is ImproperList:
        return "not a proper list"
    return "not a list" if not is_list(term) else "invalid option in list"


@_check("float_options")
def _float_options(term: Any, arguments: list[Any]) -> str | None:
    if type(arguments[0]) is not float and type(term) is list:
        return None
    return _list(term, []) or "invalid option in list"


def _is_float_option(option: Any) -> bool:
    if type(option) is Atom:
        return option.name in ("compact", "short")
    if type(option) is not tuple or len(option) != 2 or type(option[1]) is not int:
        return False
    most = {Atom("decimals"): 253, Atom("scientific"): 249}.get(option[0], -1)
    return 0 <= option[1] <= most


def _listed(name: str, *known: str, general: str = "invalid option in list") -> None:
    """A list of options, of which the named ones are known, alone or as the first of a pair."""

    def fits(option: Any) -> bool:
        first = option[0] if type(option) is tuple and option else option
        return type(first) is Atom and first.name in known

    def check(term: Any, _all: list[Any]) -> str | None:
        if type(term) is not list:
            return _list(term, [])
        return None if all(map(fits, term)) else general

    _CHECKS[name] = check


def _after(check: str, first: str) -> None:
    """``check-after-first``: what is inside is only looked at if the first argument passes its own check."""

    def both(term: Any, arguments: list[Any]) -> str | None:
        wrong = _CHECKS[check](term, arguments)
        if wrong in ("not a list", "not a proper list", "not a number"):
            return wrong
        return wrong if _CHECKS[first](arguments[0], arguments) is None else None

    _CHECKS[f"{check}-after-{first}"] = both


@_check("spawned")
def _spawned(term: Any, arguments: list[Any]) -> str | None:
    if is_fun(term, 0):
        return None
    some_fun = isinstance(term, Fun | ExportFun)
    return None if some_fun and _CHECKS["spawn_options"](arguments[1], []) else "not a fun"


@_check("spawned_with")
def _spawned_with(term: Any, arguments: list[Any]) -> str | None:
    return _CHECKS["spawn_options"](term, []) if isinstance(arguments[0], Fun | ExportFun) else None


_listed("send_options", "noconnect", "nosuspend")
_listed("command_options", "force", "nosuspend")
_listed("timer_options", "abs")
_listed("monitor_options", "flush", "info")
_CHECKS["followed_by_options"] = lambda _term, arguments: _CHECKS["timer_options"](arguments[3], [])  # as erl
_listed("cancel_options", "async", "info")
_listed("collect_options", "async", "type")
_listed(
    "spawn_options", "link", "monitor", "priority", "fullsweep_after", "min_heap_size", "min_bin_vheap_size",
    "max_heap_size", "message_queue_data", "scheduler", general="invalid spawn option",
)  # fmt: skip
_listed("unique_options", "positive", "monotonic", general="invalid modifier")
_listed("places", general="invalid option in list")

# --- ports and processes ---


@_check("destination_if_options")
def _destination_if_options(term: Any, arguments: list[Any]) -> str | None:
    return None if _CHECKS["send_options"](arguments[2], []) else _CHECKS["destination"](term, [])


@_check("port_name")
def _port_name(term: Any, arguments: list[Any]) -> str | None:
    wrong_options = _port_options(arguments[1], [])
    if type(term) is not tuple:
        return "not a tuple" if wrong_options else None
    return None if wrong_options else "invalid port name"


_PORT_OPTIONS: Final = (
    "packet stream line cd env args arg0 exit_status use_stdio nouse_stdio stderr_to_stdout in out binary eof hide "
    "overlapped_io parallelism busy_limits_port busy_limits_msgq"
).split()


@_check("port_options")
def _port_options(term: Any, _all: list[Any]) -> str | None:
    return None if type(term) is list and all(map(_is_port_option, term)) else "invalid option in list"


def _is_port_option(option: Any) -> bool:
    if type(option) is Atom:
        return option.name in _PORT_OPTIONS
    if type(option) is not tuple or len(option) != 2 or type(option[0]) is not Atom:
        return False
    name, value = option[0].name, option[1]
    if name == "packet":
        return value in (0, 1, 2, 4)
    if name == "line":
        return type(value) is int and value > 0
    if name in ("args", "env"):
        return type(value) is list
    if name == "cd":
        return isinstance(value, list | bytes)
    return name in _PORT_OPTIONS and not (name.startswith("busy") and type(value) is Atom)


@_check("monitored")
def _monitored(term: Any, _all: list[Any]) -> str | None:
    kinds = ("process", "port", "time_offset")
    return None if type(term) is Atom and term.name in kinds else "invalid monitor type"


@_check("to_monitor")
def _to_monitor(term: Any, arguments: list[Any]) -> str | None:
    kind = arguments[0]
    if kind is Atom("port"):
        return "not a local port" if _is_foreign(term) else "not a port"
    return "not a pid" if kind is Atom("process") else None


_FLAGS: Final = (
    "trap_exit priority error_handler fullsweep_after min_heap_size min_bin_vheap_size max_heap_size "
    "message_queue_data sensitive save_calls monitor_nodes"
).split()


@_check("flag")
def _flag(term: Any, _all: list[Any]) -> str | None:
    return None if type(term) is Atom and term.name in _FLAGS else "invalid process flag"


@_check("flag_value")
def _flag_value(_term: Any, arguments: list[Any]) -> str | None:
    return None if _flag(arguments[0], []) else "invalid value for this process flag"


@_check("info_item")
def _info_item(term: Any, _all: list[Any]) -> str | None:
    return "invalid item or item list" if type(term) is not Atom or term.name else None


for _name, _text in (
    ("status", "invalid status"), ("setting", "invalid value for this system flag"),
    ("system_item", "invalid system info item"),
    ("statistic", "invalid statistics item"), ("fun_item", "invalid item"), ("iterator", "not a valid iterator"),
    ("universal_time", "not a valid universal time"),
):  # fmt: skip
    _CHECKS[_name] = lambda _term, _all, text=_text: text  # type: ignore[misc]

for _option, _first in (
    ("cancel_options", "reference"), ("monitor_options", "reference"), ("info_item", "local_pid"), ("fun_item", "fun"),
    ("places", "natural"), ("not_0", "number"),
):  # fmt: skip
    _after(_option, _first)


@_check("local_time")
def _local_time(term: Any, _all: list[Any]) -> str | None:
    from erts_emu.shell.lib.erlang_time import seconds_of

    try:
        seconds_of(term)
    except ErlangError:
        return "not a valid local time"
    return None


@_check("summer")
def _summer(term: Any, _all: list[Any]) -> str | None:
    return None if term in (TRUE, FALSE, UNDEFINED) else "not 'true', 'false', or 'undefined'"


# --- maps and lists ---


@_check("present")
def _present(term: Any, arguments: list[Any]) -> str | None:
    missing = is_map(arguments[1]) and find(arguments[1], term) is MISSING
    return "not present in map" if missing else None


@_check("map_or_iterator")
def _map_or_iterator(term: Any, _all: list[Any]) -> str | None:
    from erts_emu.shell.lib.maps import is_iterator

    return None if is_map(term) or is_iterator(term) else "not a map or an iterator"


@_check("increment")
def _increment(term: Any, arguments: list[Any]) -> str | None:
    first, last = arguments[:2]
    if type(term) is not int:
        return "not an integer"
    if type(first) is not int or type(last) is not int:
        return None
    return f"not a {'positive' if first <= last else 'negative'} increment"


# --- binaries ---


@_check("part")
def _part(term: Any, arguments: list[Any]) -> str | None:
    if type(term) is not tuple or len(term) != 2 or not all(map(_is_integer, term)):
        return "not a valid {Pos,Length} tuple"
    data, start = arguments[0], term[0]
    if isinstance(data, bytes) and start > len(data):
        return None  # for which erl has no words
    return "out of range" if start < 0 or _outside(data, *term) else None


def _outside(data: Any, start: int, length: int) -> bool:
    return isinstance(data, bytes) and not (0 <= start <= len(data) and 0 <= start + length <= len(data))


@_check("start")
def _start(term: Any, arguments: list[Any]) -> str | None:
    if type(term) is not int:
        return "not an integer"
    data = arguments[0]
    with_length = len(arguments) < 3 or type(arguments[2]) is int
    return "out of range" if term < 0 or (with_length and isinstance(data, bytes) and term > len(data)) else None


@_check("length")
def _length(term: Any, arguments: list[Any]) -> str | None:
    if type(term) is not int:
        return "not an integer"
    data, start = arguments[:2]
    if _strict_binary(data, []) or _start(start, arguments):
        return None
    return "out of range" if _outside(data, start, term) else None


@_check("first_byte")
def _first_byte(term: Any, arguments: list[Any]) -> str | None:
    if type(term) is not int:
        return "not an integer"
    stop = arguments[2]
    if term < 1:
        return "out of range"
    if not isinstance(arguments[0], bytes) or type(stop) is not int or stop < 1:
        return None
    if term > stop:
        return "start position greater than stop position"
    return "out of range" if term > len(arguments[0]) else None


@_check("last_byte")
def _last_byte(term: Any, arguments: list[Any]) -> str | None:
    if type(term) is not int:
        return "not an integer"
    data, start = arguments[:2]
    fits = type(start) is int and 1 <= start <= term
    return "out of range" if term < 1 or (fits and isinstance(data, bytes) and term > len(data)) else None


@_check("split_place")
def _split_place(term: Any, arguments: list[Any]) -> str | None:
    return _start(term, arguments)


@_check("not_empty")
def _not_empty(term: Any, _all: list[Any]) -> str | None:
    return _strict_binary(term, []) or "a zero-sized binary is not allowed"


@_check("even")
def _even(term: Any, _all: list[Any]) -> str | None:
    return _strict_binary(term, []) or ("must contain an even number of bytes" if len(term) % 2 else None)


@_check("endian")
def _endian(term: Any, _all: list[Any]) -> str | None:
    return None if term in (Atom("big"), Atom("little")) else "must be 'big' or 'little'"


@_check("binaries")
def _binaries(term: Any, _all: list[Any]) -> str | None:
    return "not a flat list of binaries"


@_check("pattern")
def _pattern(term: Any, _all: list[Any]) -> str | None:
    from erts_emu.shell.lib.binary import patterns_of

    if type(term) is tuple and len(term) == 2 and type(term[1]) is Reference:
        return None
    try:
        patterns_of(term)
    except ErlangError:
        return "not a valid pattern"
    return None


@_check("split_options")
def _split_options(_term: Any, arguments: list[Any]) -> str | None:
    if _strict_binary(arguments[0], []) or _pattern(arguments[1], []):
        return None
    return "invalid options"


@_check("scopes")
def _scopes(term: Any, arguments: list[Any]) -> str | None:
    wrong = _split_options(term, arguments)
    fits = wrong is not None and type(term) is list and all(map(_is_scope, term))
    return "specified part is not wholly inside binary" if fits else wrong


def _is_scope(option: Any) -> bool:
    scoped = type(option) is tuple and len(option) == 2 and option[0] is Atom("scope")
    return scoped and _part(option[1], [None]) is None


@_check("replace_options")
def _replace_options(term: Any, arguments: list[Any]) -> str | None:
    if _strict_binary(arguments[2], []):
        return None
    if type(term) is not list or not all(map(_is_replace_option, term)):
        return "invalid options"
    return _split_options(term, arguments)


def _is_replace_option(option: Any) -> bool:
    if option is Atom("global"):
        return True
    pair = type(option) is tuple and len(option) == 2
    return pair and option[0] in (Atom("scope"), Atom("insert_replaced"))


# --- mathematics ---


def _domain(name: str, inside: Callable[[float], bool]) -> None:
    def check(term: Any, _all: list[Any]) -> str | None:
        if not is_number(term):
            return "not a number"
        return (
            None
            if inside(term) and (_is_finite(term) or name == "not_0")
            else "is outside the domain for this function"
        )

    _CHECKS[name] = check


_domain("from_-1_to_1", lambda number: -1 <= number <= 1)
_domain("between_-1_and_1", lambda number: -1 < number < 1)
_domain("from_1", lambda number: number >= 1)
_domain("above_0", lambda number: number > 0)
_domain("from_0", lambda number: number >= 0)
_domain("not_0", lambda number: number != 0)

# --- text ---

_WIDE: Final = ("utf16", "utf32")


@_check("encoding")
def _encoding(term: Any, _all: list[Any]) -> str | None:
    from erts_emu.shell.lib.unicode import codec_of

    try:
        codec_of(term)
    except ErlangError:
        return "not a valid encoding"
    return None


@_check("character_data")
def _character_data(term: Any, arguments: list[Any]) -> str | None:
    from erts_emu.shell.lib.unicode import BadCharacters, decode

    wrong = "not valid character data (an iodata term)"
    try:
        decode(term)
    except BadCharacters as error:
        return wrong if error.is_badarg or len(arguments) > 1 else None
    return None


@_check("environment_name")
def _environment_name(term: Any, _all: list[Any]) -> str | None:
    return _environment_text(term) or (
        '"=" characters is not allowed in environment variable names' if 61 in term else None
    )


@_check("environment_value")
def _environment_value(term: Any, _all: list[Any]) -> str | None:
    return _environment_text(term)


def _environment_text(term: Any) -> str | None:
    wrong = _characters(term, [])
    if type(term) is list and wrong is not None and all(type(code) is int for code in term):
        return "invalid characters"
    if wrong is None and 0 in term:
        return '"\\0" characters is not allowed in environment variable names or values'
    return wrong


def _device_text(term: Any) -> str | None:
    from erts_emu.shell.lib.io import DEVICES

    return None if term in DEVICES or type(term) is Pid else "the device does not exist"


_CHECKS["device"] = lambda term, _all: _device_text(term)


def _format_problems(arguments: list[Any]) -> tuple[str | None, str | None]:
    from erts_emu.shell.format import problems

    if len(arguments) == 3 and _device_text(arguments[0]):
        return None, None
    return problems(*(arguments[-2:] if len(arguments) > 1 else (arguments[0], [])))


_CHECKS["format"] = lambda _term, arguments: _format_problems(arguments)[0]
_CHECKS["format_arguments"] = lambda _term, arguments: _format_problems(arguments)[1]


# --- the table ---

_TABLE: Final = """
erlang
abs ceil floor round trunc: number
float: float_number
adler32 crc32: iodata
adler32 crc32: sum iodata
adler32_combine crc32_combine: sum sum natural
append_element: tuple -
apply: - -
apply spawn spawn_link spawn_monitor: atom atom list
atom_to_list atom_to_binary: atom
atom_to_binary: encoded_atom into_encoding
binary_part: binary part
binary_part: binary start length
binary_to_atom: atom_bytes
binary_to_atom: atom_bytes atom_encoding
binary_to_existing_atom: known_atom_bytes
binary_to_existing_atom: known_atom_bytes atom_encoding
binary_to_float: float_bytes
binary_to_integer: integer_bytes
binary_to_integer: integer_bytes base
binary_to_list: binary
binary_to_list: binary first_byte last_byte
binary_to_term: external
binary_to_term: external decode_options
bit_size byte_size bitstring_to_list: bits
bump_reductions: natural
cancel_timer read_timer: reference
cancel_timer: reference cancel_options-after-reference
read_timer: reference list
convert_time_unit: integer time_unit time_unit
delete_element element: index tuple
demonitor: reference
demonitor: reference monitor_options-after-reference
exit: pid -
float_to_binary float_to_list: float
float_to_binary float_to_list: float float_options
fun_info fun_to_list: fun
fun_info: fun fun_item-after-fun
function_exported is_builtin make_fun: atom atom natural
garbage_collect: local_pid
garbage_collect: local_pid collect_options
group_leader: pid pid
halt: status
hd tl: nonempty
insert_element: new_index tuple -
integer_to_binary integer_to_list: integer
integer_to_binary integer_to_list: integer base
iolist_size iolist_to_binary iolist_to_iovec md5: iodata
is_function: - natural
is_map_key: - map
is_process_alive: pid_here
is_record: followed_by_atom -
is_record: - atom integer
length: any_list
link unlink: pid_or_port_only
list_to_atom: characters
list_to_binary: iolist
list_to_bitstring: never
list_to_existing_atom: known_atom
list_to_float: float_text
list_to_integer: integer_text
list_to_integer: integer_text base
list_to_pid: pid_text
list_to_port: port_text
list_to_ref: reference_text
list_to_tuple: any_list
localtime_to_universaltime: local_time
localtime_to_universaltime: local_time summer
make_tuple: size -
make_tuple: natural - places-after-natural
map_get: present map
map_size: map
monitor: monitored to_monitor
monotonic_time system_time time_offset: time_unit
node: node_holder
open_port: port_name port_options
pid_to_list: pid
port_call: port operation -
port_close: port
port_command: port iodata
port_command: port iodata command_options
port_connect: port local_pid
port_control: port operation iodata
port_info: port
port_info: port -
port_to_list: port_id
posixtime_to_universaltime: posix_time
process_flag: flag flag_value
process_info: local_pid
process_info: local_pid info_item-after-local_pid
ref_to_list: reference
register: new_name pid_or_port
send: destination -
send: destination_if_options - send_options
send_after start_timer: milliseconds pid_or_atom -
send_after start_timer: milliseconds pid_or_atom followed_by_options -
setelement: index tuple -
size: sized
spawn spawn_link spawn_monitor: fun0
spawn_opt: spawned spawned_with
spawn_opt: atom atom list spawn_options
phash phash2: followed_by_range -
split_binary: binary split_place
statistics: statistic
subtract: list list
system_flag: - setting
system_info: system_item
term_to_binary: - encode_options
tuple_size tuple_to_list: tuple
unique_integer: unique_options
universaltime_to_localtime universaltime_to_posixtime: universal_time
unregister: no_name
whereis: atom

lists
keyfind keymember keysearch: - positive list
member: - list
reverse: list -
seq: integer integer increment

maps
filter filtermap foreach map: fun2 map_or_iterator
find is_key remove take: - map
fold: fun3 - map_or_iterator
from_keys: list -
from_list: list
get: present map
get: - map -
groups_from_list: fun1 list
groups_from_list: fun1 fun1 list
intersect merge: map map
intersect_with merge_with: fun3 map map
keys size to_list values: map
next: iterator
put: - - map
update: - - no_map
update_with: - fun1 map
update_with: - fun1 - map
with without: list map

binary
at: strict_binary natural
bin_to_list copy encode_hex: strict_binary
bin_to_list part: strict_binary part
bin_to_list part: strict_binary start length
compile_pattern: pattern
copy: strict_binary natural
decode_hex: even
decode_unsigned: strict_binary
decode_unsigned: strict_binary endian
encode_unsigned: natural
encode_unsigned: natural endian
first last: not_empty
list_to_bin: iodata_list
longest_common_prefix longest_common_suffix: binaries
match matches split: strict_binary pattern
match matches: strict_binary pattern scopes
split: strict_binary pattern split_options
replace: strict_binary pattern strict_binary
replace: strict_binary pattern strict_binary replace_options

math
acos asin: from_-1_to_1
acosh: from_1
asinh atan ceil cos cosh erf erfc exp floor sin sinh tan tanh: number
atan2 pow: number number
atanh: between_-1_and_1
fmod: number not_0-after-number
log log10 log2: above_0
sqrt: from_0

unicode
characters_to_binary characters_to_list: character_data
characters_to_binary characters_to_list: character_data encoding
characters_to_binary: character_data encoding encoding
characters_to_nfc_binary characters_to_nfc_list characters_to_nfd_binary characters_to_nfd_list: character_data
characters_to_nfkc_binary characters_to_nfkc_list characters_to_nfkd_binary characters_to_nfkd_list: character_data

os
getenv unsetenv: environment_name
getenv: environment_name -
putenv: environment_name environment_value

io
format fwrite: format
format fwrite: format format_arguments
format fwrite: device format format_arguments
nl: device
put_chars: character_data
put_chars: device character_data
write: device -
"""


@cache
def _table() -> dict[tuple[str, str, int], tuple[Check, ...]]:
    table = {}
    module = ""
    for line in _TABLE.splitlines():
        names, colon, checks = line.partition(":")
        if not colon:
            module = line or module
        for name in names.split() if colon else ():
            table[module, name, len(checks.split())] = tuple(_CHECKS[check] for check in checks.split())
    return table
