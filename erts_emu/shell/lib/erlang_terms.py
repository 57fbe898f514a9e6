"""BIFs on terms: types, numbers, tuples, lists, maps, operators by name."""

from __future__ import annotations

import math
from typing import Any, Final

from erts_emu.shell import operators
from erts_emu.shell.constants import ARITHMETIC
from erts_emu.shell.lib._arguments import a_boolean, a_list, a_tuple, an_atom, an_integer, natural
from erts_emu.shell.lib.erlang import LIBRARY
from erts_emu.shell.native import Tail
from erts_emu.shell.operators import MISSING, append, find, is_map, less, remove
from erts_emu.shell.values import FALSE, TRUE, badarg, boolean, failure
from erts_emu.terms.atoms import Atom
from erts_emu.terms.identifiers import Pid, PortId, Reference
from erts_emu.terms.kinds import Bitstring, ExportFun, Fun, ImproperList, list_with_tail, part_of

# --- type tests, which compiled code mostly does itself ---

_TESTS: Final[dict[str, Any]] = {
    "is_atom": lambda term: type(term) is Atom,
    "is_binary": lambda term: isinstance(term, bytes),
    "is_bitstring": operators.is_bitstring,
    "is_boolean": operators.is_boolean,
    "is_float": lambda term: type(term) is float,
    "is_function": operators.is_function,
    "is_integer": lambda term: type(term) is int,
    "is_list": operators.is_list,
    "is_map": is_map,
    "is_number": operators.is_number,
    "is_pid": lambda term: type(term) is Pid,
    "is_port": lambda term: type(term) is PortId,
    "is_reference": lambda term: type(term) is Reference,
    "is_tuple": lambda term: type(term) is tuple,
}


def _register_tests() -> None:
    for name, test in _TESTS.items():
        LIBRARY.plain(name, 1)(lambda term, test=test: boolean(test(term)))


_register_tests()


@LIBRARY.plain("is_function")
def _is_function(term: Any, arity: Any) -> Atom:
    if type(arity) is not int or arity < 0:
        raise badarg()
    return boolean(isinstance(term, Fun | ExportFun) and term.arity == arity)


@LIBRARY.plain("is_record", 2, 3)
def _is_record(term: Any, tag: Any, size: Any = None) -> Atom:
    an_atom(tag)
    if size is not None and type(size) is not int:
        raise badarg()
    fits = type(term) is tuple and bool(term) and term[0] is tag
    return boolean(fits and (size is None or len(term) == size))


@LIBRARY.plain("append")
def _append(left: Any, right: Any) -> Any:
    return append(left, right)


@LIBRARY.plain("subtract")
def _subtract(left: Any, right: Any) -> Any:
    return remove(left, right)


@LIBRARY.plain("is_map_key")
def _is_map_key(key: Any, term: Any) -> Atom:
    if not is_map(term):
        raise failure("badmap", term)
    return boolean(find(term, key) is not MISSING)


# --- operators by name ---


def _register_operators() -> None:
    for name, function in ARITHMETIC.items():
        LIBRARY.plain(name, 2)(function)
    LIBRARY.plain("+", 1)(operators.positive)
    LIBRARY.plain("-", 1)(operators.negative)
    LIBRARY.plain("bnot", 1)(operators.bit_not)
    LIBRARY.plain("not", 1)(operators.logical_not)
    comparisons = {
        "==": operators.equal,
        "/=": lambda left, right: not operators.equal(left, right),
        "=:=": operators.same,
        "=/=": lambda left, right: not operators.same(left, right),
        "<": less,
        "=<": operators.less_or_equal,
        ">": lambda left, right: less(right, left),
        ">=": lambda left, right: operators.less_or_equal(right, left),
    }
    for name, compare in comparisons.items():
        LIBRARY.plain(name, 2)(lambda left, right, compare=compare: boolean(compare(left, right)))


_register_operators()


@LIBRARY.plain("andalso", 2)
def _andalso(left: Any, right: Any) -> Any:
    return right if a_boolean(left) else FALSE


@LIBRARY.plain("max")
def _max(left: Any, right: Any) -> Any:
    return right if less(left, right) else left


@LIBRARY.plain("min")
def _min(left: Any, right: Any) -> Any:
    return right if less(right, left) else left


# --- numbers ---


def _number(term: Any) -> Any:
    if type(term) is not int and type(term) is not float:
        raise badarg()
    return term


@LIBRARY.plain("abs")
def _abs(number: Any) -> Any:
    return number if number == 0 else abs(_number(number))


@LIBRARY.plain("float")
def _float(number: Any) -> float:
    try:
        return float(_number(number))
    except OverflowError:
        raise badarg() from None


@LIBRARY.plain("trunc")
def _trunc(number: Any) -> int:
    return int(_number(number))


@LIBRARY.plain("round")
def _round(number: Any) -> int:
    """Halves are rounded away from zero."""
    if type(_number(number)) is int:
        return int(number)
    whole = int(abs(number))
    rounded: int = whole + (abs(number) - whole >= 0.5)
    return rounded if number >= 0 else -rounded


@LIBRARY.plain("floor")
def _floor(number: Any) -> int:
    floor: int = math.floor(_number(number))
    return floor


@LIBRARY.plain("ceil")
def _ceil(number: Any) -> int:
    ceiling: int = math.ceil(_number(number))
    return ceiling


# --- tuples ---


@LIBRARY.plain("element")
def _element(index: Any, term: Any) -> Any:
    if type(index) is not int or type(term) is not tuple or not 1 <= index <= len(term):
        raise badarg()
    return term[index - 1]


@LIBRARY.plain("setelement")
def _setelement(index: Any, term: Any, value: Any) -> tuple[Any, ...]:
    if type(index) is not int or type(term) is not tuple or not 1 <= index <= len(term):
        raise badarg()
    return (*term[: index - 1], value, *term[index:])


@LIBRARY.plain("tuple_size")
def _tuple_size(term: Any) -> int:
    return len(a_tuple(term))


@LIBRARY.plain("size")
def _size(term: Any) -> int:
    if type(term) is Bitstring:
        return len(term.data) - 1
    if type(term) is not tuple and not isinstance(term, bytes):
        raise badarg()
    return len(term)


@LIBRARY.plain("make_tuple", 2, 3)
def _make_tuple(size: Any, default: Any, values: Any = ()) -> tuple[Any, ...]:
    made = [default] * natural(size)
    for pair in values if values == () else a_list(values):
        if type(pair) is not tuple or len(pair) != 2 or type(pair[0]) is not int or not 1 <= pair[0] <= len(made):
            raise badarg()
        made[pair[0] - 1] = pair[1]
    return tuple(made)


@LIBRARY.plain("append_element")
def _append_element(term: Any, value: Any) -> tuple[Any, ...]:
    return (*a_tuple(term), value)


@LIBRARY.plain("insert_element")
def _insert_element(index: Any, term: Any, value: Any) -> tuple[Any, ...]:
    if type(index) is not int or type(term) is not tuple or not 1 <= index <= len(term) + 1:
        raise badarg()
    return (*term[: index - 1], value, *term[index - 1 :])


@LIBRARY.plain("delete_element")
def _delete_element(index: Any, term: Any) -> tuple[Any, ...]:
    if type(index) is not int or type(term) is not tuple or not 1 <= index <= len(term):
        raise badarg()
    return (*term[: index - 1], *term[index:])


@LIBRARY.plain("tuple_to_list")
def _tuple_to_list(term: Any) -> list[Any]:
    return list(a_tuple(term))


@LIBRARY.plain("list_to_tuple")
def _list_to_tuple(term: Any) -> tuple[Any, ...]:
    return tuple(a_list(term))


# --- lists ---


@LIBRARY.plain("length")
def _length(term: Any) -> int:
    return len(a_list(term))


@LIBRARY.plain("hd")
def _hd(term: Any) -> Any:
    if type(term) is list and term:
        return term[0]
    if type(term) is ImproperList:
        return term.elements[0]
    raise badarg()


@LIBRARY.plain("tl")
def _tl(term: Any) -> Any:
    if type(term) is list and term:
        return term[1:]
    if type(term) is ImproperList:
        return list_with_tail(term.elements[1:], term.tail)
    raise badarg()


# --- bits ---


@LIBRARY.plain("byte_size")
def _byte_size(term: Any) -> int:
    if isinstance(term, bytes):
        return len(term)
    if type(term) is Bitstring:
        return len(term.data)
    raise badarg()


@LIBRARY.plain("bit_size")
def _bit_size(term: Any) -> int:
    if isinstance(term, bytes):
        return 8 * len(term)
    if type(term) is Bitstring:
        return term.bit_size
    raise badarg()


@LIBRARY.plain("binary_part", 2, 3)
def _binary_part(term: Any, start: Any, length: Any = None) -> bytes:
    if length is None:
        if type(start) is not tuple or len(start) != 2:
            raise badarg()
        start, length = start
    if not isinstance(term, bytes) or type(start) is not int or type(length) is not int:
        raise badarg()
    begin, end = (start, start + length) if length >= 0 else (start + length, start)
    if not 0 <= begin <= end <= len(term):
        raise badarg()
    return part_of(term, begin, end)


@LIBRARY.plain("phash2", 1, 2)
def _phash2(term: Any, limit: Any = 1 << 27) -> int:
    from erts_emu.terms.hashes import phash2

    return phash2(term, _hash_limit(limit))


@LIBRARY.plain("phash")
def _phash(term: Any, limit: Any) -> int:
    from erts_emu.terms.hashes import phash

    return phash(term, _hash_limit(limit))


def _hash_limit(term: Any) -> int:
    if type(term) is not int or not 1 <= term <= 1 << 32:
        raise badarg()
    return term


@LIBRARY.plain("split_binary")
def _split_binary(term: Any, position: Any) -> tuple[Any, Any]:
    from erts_emu.shell.bits import Reader

    if not operators.is_bitstring(term) or type(position) is not int:
        raise badarg()
    size = _bit_size(term)
    if not 0 <= 8 * position <= size:
        raise badarg()
    reader = Reader(term)
    return (reader.take(8 * position), reader.take(size - 8 * position))


# --- maps ---


@LIBRARY.plain("map_size")
def _map_size(term: Any) -> int:
    if not is_map(term):
        raise failure("badmap", term)
    return len(term)


@LIBRARY.plain("map_get")
def _map_get(key: Any, term: Any) -> Any:
    if not is_map(term):
        raise failure("badmap", term)
    value = find(term, key)
    if value is MISSING:
        raise failure("badkey", key)
    return value


# --- calls ---


@LIBRARY.context("apply", 2)
def _apply(_machine: Any, fun: Any, arguments: Any) -> Tail:
    return Tail(fun, tuple(a_list(arguments)))


@LIBRARY.context("apply", 3)
def _apply_function(_machine: Any, module: Any, name: Any, arguments: Any) -> Tail:
    from erts_emu.shell.frames import APPLY
    from erts_emu.shell.machine import undefined
    from erts_emu.shell.native import find_native

    given = tuple(a_list(arguments))
    if type(module) is not Atom or type(name) is not Atom:
        raise badarg()
    native = find_native(module.name, name.name, len(given))
    if native is None:
        error = undefined(module.name, name.name, given)
        error.stack.add_path((APPLY,))
        raise error
    return Tail(native, given)


@LIBRARY.plain("make_fun")
def _make_fun(module: Any, name: Any, arity: Any) -> ExportFun:
    from erts_emu.shell.runtime import make_export

    return make_export(module, name, arity)


@LIBRARY.plain("fun_info", 2)
def _fun_info(fun: Any, item: Any) -> Any:
    found = dict(_fun_items(fun)).get(an_atom(item))
    if found is None:
        raise badarg()
    return (item, found)


@LIBRARY.plain("fun_info", 1)
def _fun_info_list(fun: Any) -> Any:
    return _fun_items(fun)


def _fun_items(fun: Any) -> list[tuple[Atom, Any]]:
    if isinstance(fun, ExportFun):
        values: dict[str, Any] = {"module": fun.module, "name": fun.function, "arity": fun.arity, "env": []}
        values["type"] = Atom("external")
    elif isinstance(fun, Fun):
        values = {
            "module": fun.module, "name": Atom("-expr/6-fun-0-"), "arity": fun.arity, "env": list(fun.free),
            "index": fun.index, "new_index": fun.new_index, "uniq": fun.unique, "type": Atom("local"),
        }  # fmt: skip
    else:
        raise badarg()
    return [(Atom(name), value) for name, value in values.items()]


@LIBRARY.plain("is_builtin")
def _is_builtin(module: Any, name: Any, arity: Any) -> Atom:
    from erts_emu.shell.native import find_native

    an_integer(arity)
    known = find_native(an_atom(module).name, an_atom(name).name, arity)
    builtin = module.name == "erlang" or f"{module.name}:{name.name}/{arity}" in _BUILTINS
    return boolean(known is not None and builtin)


_BUILTINS: Final = (
    "lists:member/2", "lists:reverse/2", "lists:keymember/3", "lists:keysearch/3", "lists:keyfind/3",
)  # fmt: skip


@LIBRARY.plain("function_exported")
def _function_exported(module: Any, name: Any, arity: Any) -> Atom:
    from erts_emu.shell.native import find_native

    an_integer(arity)
    return boolean(find_native(an_atom(module).name, an_atom(name).name, arity) is not None)


@LIBRARY.plain("module_loaded")
def _module_loaded(module: Any) -> Atom:
    from erts_emu.shell.native import find_library

    return TRUE if find_library(an_atom(module).name) is not None else FALSE
