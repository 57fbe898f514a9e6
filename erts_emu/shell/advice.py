"""What is wrong with the arguments of a BIF that has failed (OTP: ``erl_erts_errors``, ``erl_stdlib_errors``).

A check looks at one argument and says what is wrong with it, or None. For most BIFs a check for each argument is
all there is; the rest have a function of all arguments, and of the cause that was given with the exception.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from erts_emu.shell.operators import is_bitstring, is_map
from erts_emu.terms.atoms import Atom
from erts_emu.terms.identifiers import Pid, PortId, Reference
from erts_emu.terms.iodata import NotIodata, iolist_to_bytes
from erts_emu.terms.kinds import ExportFun, Fun, ImproperList

Check: TypeAlias = "Callable[[Any], str | None]"
Complaints: TypeAlias = "list[str | None]"


def advice(module: str, name: str, arguments: list[Any], reason: Any, location: Any) -> list[str]:
    """Lines such as ``argument 1: not a port``; none if nothing is known."""
    found = _RULES.get(f"{module}:{name}/{len(arguments)}")
    if found is None:
        return []
    if callable(found):
        complaints = found(arguments, reason, _cause(location))
    else:
        complaints = [check(argument) for check, argument in zip(found, arguments, strict=False)]
    if any(text and type(text) is not _Guess for text in complaints):
        complaints = [None if type(text) is _Guess else text for text in complaints]
    return [f"argument {number}: {text}" for number, text in enumerate(complaints, 1) if text]


def _cause(location: Any) -> str | None:
    for item in location:
        if isinstance(item, tuple) and item[0] is Atom("error_info"):
            cause = item[1].get(Atom("cause"))
            return cause.name if isinstance(cause, Atom) else None
    return None


class _Guess(str):
    """What is wrong if nothing else is."""


# --- checks of one argument ---


def _any(_term: Any) -> str | None:
    return None


def _kind(test: Callable[[Any], bool], complaint: str) -> Check:
    return lambda term: None if test(term) else complaint


def _is_integer(term: Any) -> bool:
    return type(term) is int


def _is_list(term: Any) -> bool:
    return type(term) is list or type(term) is ImproperList


def _is_fun(term: Any) -> bool:
    return isinstance(term, Fun | ExportFun)


def _is_iodata(term: Any) -> bool:
    if type(term) is bytes:
        return True
    try:
        iolist_to_bytes(term)
    except (NotIodata, TypeError):
        return False
    return True


_atom = _kind(lambda term: type(term) is Atom, "not an atom")
_integer = _kind(_is_integer, "not an integer")
_number = _kind(lambda term: type(term) is int or type(term) is float, "not a number")
_float = _kind(lambda term: type(term) is float, "not a float")
_tuple = _kind(lambda term: type(term) is tuple, "not a tuple")
_map = _kind(is_map, "not a map")
_fun = _kind(_is_fun, "not a fun")
_pid = _kind(lambda term: type(term) is Pid, "not a pid")
_reference = _kind(lambda term: type(term) is Reference, "not a reference")
_port = _kind(lambda term: type(term) is PortId or type(term) is Atom, "not a port")
_iodata = _kind(_is_iodata, "not an iodata term")
_any_list = _kind(_is_list, "not a list")
_bits = _kind(is_bitstring, "not a bitstring")
_destination = _kind(lambda term: type(term) in (Pid, PortId, Atom, Reference), "invalid destination")
_receiver = _kind(lambda term: type(term) is Pid or type(term) is Atom, "not a pid or an atom")


def _binary(term: Any) -> str | None:
    return None if type(term) is bytes else "not a binary"


def _list(term: Any) -> str | None:
    if type(term) is list:
        return None
    return "not a proper list" if type(term) is ImproperList else "not a list"


def _options(term: Any) -> str | None:
    return _list(term) or _Guess("invalid option in list")


def _natural(term: Any) -> str | None:
    return _integer(term) or ("out of range" if term < 0 else None)


def _byte_command(term: Any) -> str | None:
    return _integer(term) or (None if 0 <= term < 1 << 32 else "out of range")


def _base(term: Any) -> str | None:
    return None if _is_integer(term) and 2 <= term <= 36 else "not an integer in the range 2 through 36"


def _time_unit(term: Any) -> str | None:
    known = ("second", "millisecond", "microsecond", "nanosecond", "native", "perf_counter")
    if (type(term) is Atom and term.name in known) or (_is_integer(term) and term > 0):
        return None
    return "invalid time unit"


def _nonempty(term: Any) -> str | None:
    return None if _is_list(term) and term != [] else "not a nonempty list"


def _characters(term: Any) -> str | None:
    """The argument of ``list_to_atom``."""
    wrong = _list(term)
    if wrong:
        return wrong
    return None if all(type(each) is int and 0 <= each <= 0x10FFFF for each in term) else "not a list of characters"


def _text_of(what: str) -> Check:
    """A list that ought to have been the text of something."""
    return lambda term: f"not a textual representation of {what}" if type(term) is list else "not a list"


def _binary_text_of(what: str) -> Check:
    return lambda term: f"not a textual representation of {what}" if type(term) is bytes else "not a binary"


def _invalid(what: str) -> Check:
    return lambda _term: what


def _perhaps_pattern(term: Any) -> str | None:
    return None if type(term) is bytes and term else "not a valid pattern"


def _perhaps(what: str) -> Check:
    return lambda _term: _Guess(what)


# --- BIFs whose arguments depend on each other ---


def _element(arguments: list[Any], *_: Any) -> Complaints:
    index, of = arguments[:2]
    wrong = _tuple(of)
    beyond = _is_integer(index) and not 1 <= index <= (len(of) if wrong is None else index)
    return [_integer(index) or ("out of range" if beyond else None), wrong]


def _insert_element(arguments: list[Any], *_: Any) -> Complaints:
    index, of = arguments[:2]
    wrong = _tuple(of)
    beyond = _is_integer(index) and not 1 <= index <= (len(of) + 1 if wrong is None else index)
    return [_integer(index) or ("out of range" if beyond else None), wrong]


def _map_get(arguments: list[Any], reason: Any, _cause: str | None) -> Complaints:
    of = arguments[1]
    return ["not present in map" if is_map(of) else None, _map(of)]


def _maps_update(arguments: list[Any], *_: Any) -> Complaints:
    # erl says so whatever it is.
    return [None, None, "not a map"]


def _register(arguments: list[Any], _reason: Any, cause: str | None) -> Complaints:
    name, what = arguments
    if cause == "registered_name":
        return [None, "this process or port already has a name"]
    if cause == "notalive":
        return [None, "dead process"]
    if type(name) is not Atom:
        return [_atom(name), None if type(what) in (Pid, PortId) else "not a pid or port"]
    if name is Atom("undefined"):
        return ["'undefined' is not a valid name", None if type(what) in (Pid, PortId) else "not a pid or port"]
    if type(what) not in (Pid, PortId):
        return [None, "not a pid or port"]
    return ["name is in use", None]


def _open_port(arguments: list[Any], _reason: Any, cause: str | None) -> Complaints:
    if cause == "badopt" or type(arguments[1]) is not list:
        return [None, "invalid option in list"]
    return ["invalid port name" if type(arguments[0]) in (tuple, Atom) else None, None]


def _spawn_opt(arguments: list[Any], _reason: Any, cause: str | None) -> Complaints:
    *what, options = arguments
    complaints = [_fun(what[0])] if len(what) == 1 else [_atom(what[0]), _atom(what[1]), _list(what[2])]
    return complaints if any(complaints) else [*complaints, _list(options) or "invalid spawn option"]


def _monitor(arguments: list[Any], _reason: Any, cause: str | None) -> Complaints:
    if cause == "badtype":
        return ["invalid monitor type", None]
    what = arguments[0].name if type(arguments[0]) is Atom else ""
    complaints = {"process": "not a pid", "port": "not a port", "time_offset": "invalid item"}
    return [None, complaints.get(what)]


_PROCESS_FLAGS: Final = frozenset(
    "async_dist error_handler fullsweep_after max_heap_size message_queue_data min_bin_vheap_size min_heap_size "
    "monitor_nodes priority save_calls sensitive trap_exit".split()
)


def _process_flag(arguments: list[Any], *_: Any) -> Complaints:
    if type(arguments[0]) is Atom and arguments[0].name in _PROCESS_FLAGS:
        return [None, "invalid value for this process flag"]
    return ["invalid process flag"]


def _keyed(arguments: list[Any], *_: Any) -> Complaints:
    """``lists:keyfind`` and the like."""
    place = arguments[1]
    beyond = _is_integer(place) and place < 1
    return [None, _integer(place) or ("out of range" if beyond else None), _list(arguments[2])]


def _math(arguments: list[Any], reason: Any, _cause: str | None) -> Complaints:
    if reason is Atom("badarith"):
        return ["is outside the domain for this function"] if len(arguments) == 1 else []
    return [_number(argument) for argument in arguments]


def _fun_of(arity: int, words: str) -> Check:
    return _kind(lambda term: _is_fun(term) and term.arity == arity, f"not a fun that takes {words} arguments")


def _format(arguments: list[Any], _reason: Any, _cause: str | None) -> Complaints:
    """``io:format`` with a format and arguments."""
    text, values = arguments[-2:]
    skipped: Complaints = [None] * (len(arguments) - 2)
    if type(text) not in (list, bytes, Atom):
        return [*skipped, "not a valid format string"]
    if type(values) is not list:
        return [*skipped, None, _list(values)]
    problem = _invalid_control("".join(map(chr, text)) if type(text) is list else str(text), len(values))
    return [*skipped, problem]


_CONTROL: Final = re.compile(r"~(?:-?(?:\d+|\*))?(?:\.(?:-?\d+|\*)?)?(?:\..|)?[tlkK]*(.?)", re.DOTALL)


def _invalid_control(text: str, given: int) -> str | None:
    wanted = 0
    for match in _CONTROL.finditer(text):
        if not match[1]:
            return "format string invalid (truncated)"
        if match[1] not in "~cfegswpWPbBxX+#ni":
            return f"format string invalid (invalid control ~{match[1]})"
        wanted += match[0].count("*") + {"~": 0, "n": 0, "W": 2, "P": 2, "x": 2, "X": 2}.get(match[1], 1)
    return "wrong number of arguments" if wanted != given else None


def _binary_part(arguments: list[Any], *_: Any) -> Complaints:
    subject = arguments[0]
    if len(arguments) == 2:
        pair = arguments[1]
        numbers = type(pair) is tuple and len(pair) == 2 and all(map(_is_integer, pair))
        return [_binary(subject), None if numbers else "not a valid {Pos,Length} tuple"]
    position, length = arguments[1:]
    complaints = [_binary(subject), _natural(position), _integer(length)]
    if not any(complaints):
        complaints[2 if position <= len(subject) else 1] = "out of range"
    return complaints


def _split_binary(arguments: list[Any], *_: Any) -> Complaints:
    subject, position = arguments
    complaints = [_binary(subject), _natural(position)]
    if not any(complaints):
        complaints[1] = "out of range"
    return complaints


def _atom_of_binary(arguments: list[Any], *_: Any) -> Complaints:
    wrong = _binary(arguments[0])
    if len(arguments) == 1:
        return [wrong]
    encodings = (Atom("latin1"), Atom("utf8"), Atom("unicode"))
    return [wrong, None if arguments[1] in encodings else "not one of the atoms: latin1, utf8, or unicode"]


def _existing_atom(arguments: list[Any], *_: Any) -> Complaints:
    return [_characters(arguments[0]) or "not an already existing atom"]


def _existing_atom_of_binary(arguments: list[Any], *_: Any) -> Complaints:
    complaints = _atom_of_binary(arguments)
    return complaints if any(complaints) else ["not an already existing atom"]


def _based_text(text: Check, is_kind: Check) -> Callable[..., Complaints]:
    """The text of an integer, and its base."""

    def complain(arguments: list[Any], *_: Any) -> Complaints:
        value, base = arguments
        wrong = is_kind(value)
        complaints = [wrong, _base(base)]
        return complaints if any(complaints) else [text(value)]

    return complain


def _timer(arguments: list[Any], *_: Any) -> Complaints:
    # With options erl looks for them one place too early.
    if len(arguments) == 4:
        return [_integer(arguments[0]), _receiver(arguments[1]), _list(arguments[3])]
    return [_natural(arguments[0]), _receiver(arguments[1])]


def _link(arguments: list[Any], reason: Any, _cause: str | None) -> Complaints:
    if reason is Atom("noproc"):
        return ["the pid does not refer to an existing process"]
    return [None if type(arguments[0]) in (Pid, PortId) else "not a pid"]


def _port_control(arguments: list[Any], *_: Any) -> Complaints:
    return [_port(arguments[0]), _byte_command(arguments[1]), _iodata(arguments[2])]


def _port_call(arguments: list[Any], *_: Any) -> Complaints:
    return [_port(arguments[0]), _byte_command(arguments[1])]


def _port_command(arguments: list[Any], _reason: Any, cause: str | None) -> Complaints:
    complaints = [_port(arguments[0]), _iodata(arguments[1])]
    if len(arguments) == 3 and not any(complaints):
        return [*complaints, _options(arguments[2])] if cause == "badopt" else complaints
    return complaints


def _send(arguments: list[Any], _reason: Any, cause: str | None) -> Complaints:
    if len(arguments) == 3 and cause == "badopt":
        return [None, None, _options(arguments[2])]
    return ["invalid destination", None]


def _make_tuple(arguments: list[Any], *_: Any) -> Complaints:
    return ["out of range", None]


_TEXT_OF_INTEGER: Final = _text_of("an integer")
Rule: TypeAlias = "tuple[Check, ...] | Callable[[list[Any], Any, str | None], Complaints]"
_ERLANG: Final[dict[str, Rule]] = {
    "abs/1": (_number,),
    "adler32/1": (_iodata,),
    "append_element/2": (_tuple, _any),
    "apply/3": (_atom, _atom, _list),
    "atom_to_binary/1": (_atom,),
    "atom_to_binary/2": (_atom, _invalid("is an invalid encoding option")),
    "atom_to_list/1": (_atom,),
    "binary_part/2": _binary_part,
    "binary_part/3": _binary_part,
    "binary_to_atom/1": _atom_of_binary,
    "binary_to_atom/2": _atom_of_binary,
    "binary_to_existing_atom/1": _existing_atom_of_binary,
    "binary_to_existing_atom/2": _existing_atom_of_binary,
    "binary_to_float/1": (_binary_text_of("a float"),),
    "binary_to_integer/1": (_binary_text_of("an integer"),),
    "binary_to_integer/2": _based_text(_binary_text_of("an integer"), _binary),
    "binary_to_list/1": (_binary,),
    "binary_to_term/1": (
        lambda term: "invalid external representation of a term" if type(term) is bytes else "not a binary",
    ),
    "bit_size/1": (_bits,),
    "bitstring_to_list/1": (_bits,),
    "byte_size/1": (_bits,),
    "cancel_timer/1": (_reference,),
    "cancel_timer/2": (_reference, _options),
    "ceil/1": (_number,),
    "convert_time_unit/3": (_integer, _time_unit, _time_unit),
    "crc32/1": (_iodata,),
    "delete_element/2": _element,
    "demonitor/1": (_reference,),
    "demonitor/2": (_reference, _options),
    "element/2": _element,
    "exit/2": (_kind(lambda term: type(term) in (Pid, PortId), "not a pid"), _any),
    "float/1": (_number,),
    "float_to_binary/1": (_float,),
    "float_to_list/1": (_float,),
    "float_to_binary/2": (_float, _options),
    "float_to_list/2": (_float, _options),
    "floor/1": (_number,),
    "fun_info/1": (_fun,),
    "fun_info/2": (_fun, _perhaps("invalid item")),
    "fun_to_list/1": (_fun,),
    "function_exported/3": (_atom, _atom, _natural),
    "group_leader/2": (_pid, _pid),
    "halt/1": (_invalid("invalid status"),),
    "hd/1": (_nonempty,),
    "insert_element/3": _insert_element,
    "integer_to_binary/1": (_integer,),
    "integer_to_list/1": (_integer,),
    "integer_to_binary/2": (_integer, _base),
    "integer_to_list/2": (_integer, _base),
    "iolist_size/1": (_iodata,),
    "iolist_to_binary/1": (_iodata,),
    "is_function/2": (_any, _natural),
    "is_map_key/2": (_any, _map),
    "is_process_alive/1": (_pid,),
    "is_record/2": (_any, _atom),
    "is_record/3": (_any, _atom, _integer),
    "length/1": (_kind(lambda term: type(term) is list, "not a list"),),
    "link/1": _link,
    "list_to_atom/1": (_characters,),
    "list_to_binary/1": (_invalid("not an iolist term"),),
    "list_to_bitstring/1": (_invalid("not a bitstring list"),),
    "list_to_existing_atom/1": _existing_atom,
    "list_to_float/1": (_text_of("a float"),),
    "list_to_integer/1": (_TEXT_OF_INTEGER,),
    "list_to_integer/2": _based_text(_TEXT_OF_INTEGER, _list),
    "list_to_pid/1": (_text_of("a pid"),),
    "list_to_port/1": (_text_of("a port"),),
    "list_to_ref/1": (_text_of("a reference"),),
    "list_to_tuple/1": (_kind(lambda t: type(t) is list, "not a list"),),
    "make_tuple/2": _make_tuple,
    "map_get/2": _map_get,
    "map_size/1": (_map,),
    "md5/1": (_iodata,),
    "monitor/2": _monitor,
    "monotonic_time/1": (_time_unit,),
    "node/1": (_invalid("not a pid"),),
    "open_port/2": _open_port,
    "pid_to_list/1": (_pid,),
    "port_call/3": _port_call,
    "port_close/1": (_port,),
    "port_command/2": _port_command,
    "port_command/3": _port_command,
    "port_connect/2": (_port, _pid),
    "port_control/3": _port_control,
    "port_info/1": (_port,),
    "port_info/2": (_port, _invalid("invalid option in list")),
    "port_to_list/1": (_kind(lambda term: type(term) is PortId, "not a port"),),
    "process_flag/2": _process_flag,
    "process_info/1": (_pid,),
    "process_info/2": (_pid, _perhaps("invalid item or item list")),
    "read_timer/1": (_reference,),
    "ref_to_list/1": (_reference,),
    "register/2": _register,
    "round/1": (_number,),
    "send/2": _send,
    "send/3": _send,
    "send_after/3": _timer,
    "send_after/4": _timer,
    "setelement/3": _element,
    "size/1": (_invalid("not tuple or binary"),),
    "spawn/1": (_fun,),
    "spawn_link/1": (_fun,),
    "spawn_monitor/1": (_fun,),
    "spawn/3": (_atom, _atom, _list),
    "spawn_link/3": (_atom, _atom, _list),
    "spawn_monitor/3": (_atom, _atom, _list),
    "spawn_opt/2": _spawn_opt,
    "spawn_opt/4": _spawn_opt,
    "split_binary/2": _split_binary,
    "start_timer/3": _timer,
    "start_timer/4": _timer,
    "statistics/1": (_invalid("invalid statistics item"),),
    "system_flag/2": (_any, _invalid("invalid value for this system flag")),
    "system_info/1": (_invalid("invalid system info item"),),
    "system_time/1": (_time_unit,),
    "term_to_binary/2": (_any, _options),
    "time_offset/1": (_time_unit,),
    "tl/1": (_nonempty,),
    "trunc/1": (_number,),
    "tuple_size/1": (_tuple,),
    "tuple_to_list/1": (_tuple,),
    "unlink/1": (_kind(lambda term: type(term) in (Pid, PortId), "not a pid"),),
    "unregister/1": (_kind(lambda term: False, "not a pid"),),
    "whereis/1": (_atom,),
}
_MAPS: Final[dict[str, Rule]] = {
    "get/2": _map_get,
    "update/3": _maps_update,
    "put/3": (_any, _any, _map),
    "remove/2": (_any, _map),
    "find/2": (_any, _map),
    "keys/1": (_map,),
    "values/1": (_map,),
    "to_list/1": (_map,),
    "merge/2": (_map, _map),
    "is_key/2": (_any, _map),
    "take/2": (_any, _map),
    "size/1": (_map,),
    "from_list/1": (_list,),
}
_FUNCTIONS: Final = "sin cos tan asin acos atan sinh cosh tanh sqrt exp log log2 log10 ceil floor".split()
_OTHERS: Final[dict[str, Rule]] = {
    "maps:fold/3": (_fun_of(3, "three"), _any, _kind(is_map, "not a map or an iterator")),
    "maps:map/2": (_fun_of(2, "two"), _kind(is_map, "not a map or an iterator")),
    "lists:keyfind/3": _keyed,
    "lists:keymember/3": _keyed,
    "lists:keysearch/3": _keyed,
    "lists:member/2": (_any, _list),
    "lists:reverse/2": (_list, _any),
    "binary:part/3": _binary_part,
    "binary:split/2": (_binary, _perhaps_pattern),
    "io:format/2": _format,
    "io:format/3": _format,
    "io:fwrite/2": _format,
    "io:put_chars/1": (_invalid("not valid character data (an iodata term)"),),
    "os:getenv/1": (_list,),
    **dict.fromkeys(
        [
            f"math:{name}/1"
            for name in "sin cos tan asin acos atan sinh cosh tanh sqrt exp log log2 log10 ceil floor".split()
        ],
        _math,
    ),
    **dict.fromkeys([f"math:{name}/2" for name in ("pow", "atan2", "fmod")], _math),
}
_RULES: Final = {
    **_OTHERS,
    **{f"erlang:{name}": rule for name, rule in _ERLANG.items()},
    **{f"maps:{name}": rule for name, rule in _MAPS.items()},
}
