"""Exceptions and refused forms as text, as the shell of ``erl`` prints them (OTP: ``erl_error``, ``erl_lint``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from erts_emu.terms.atoms import Atom
from erts_emu.terms.format import format_p, format_w
from erts_emu.terms.kinds import ExportFun, Fun
from erts_emu.terms.spelling import atom_text

_DEPTH: Final = 50
_WIDTH: Final = 80
_OPERATORS: Final = frozenset(
    "+ - * / div rem band bor bxor bsl bsr and or xor ++ -- == /= =< < >= > =:= =/= ! not bnot".split()
)
_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_EVALUATOR: Final = (Atom("erl_eval"), Atom("shell"))
_SIMPLE: Final = {
    "badarg": "bad argument",
    "badarith": "an error occurred when evaluating an arithmetic expression",
    "if_clause": "no true branch found when evaluating an if expression",
    "noproc": "no such process or port",
    "system_limit": "a system limit has been reached",
    "timeout_value": "bad receive timeout value",
}
_WITH_VALUE: Final = {
    "badarg": "bad argument: ",
    "badmatch": "no match of right hand side value ",
    "case_clause": "no case clause matching ",
    "try_clause": "no try clause matching ",
    "badkey": "bad key: ",
    "badmap": "bad map: ",
    "badfun": "bad function ",
    "bad_generator": "bad generator ",
    "bad_filter": "bad filter ",
}


Show: TypeAlias = "Callable[[Any, int, int], str]"
"""Gives a term as text: in the column after a number of others, and less deep by another number."""


def _value(term: Any, column: int, _nested: int) -> str:
    return format_p(term, column + 1, _WIDTH, _DEPTH)


def format_exception(kind: str, reason: Any, frames: list[Any], indent: int = 3, show: Show = _value) -> str:
    """An exception as text, whose first line begins in the column after *indent*; the others are indented."""
    start = f"exception {kind}: "
    text, rest = _explained(kind, reason, frames, indent + len(start), show)
    # What calls the evaluated code goes without saying, what is between it and the exception does not.
    while rest and rest[-1][0] in _EVALUATOR:
        rest = rest[:-1]
    margin = " " * indent
    lines = [start + text]
    word = "in function "
    for module, name, arguments, location in rest:
        operator = module is Atom("erlang") and name.name in _OPERATORS
        if isinstance(arguments, list):
            arity = len(arguments)
        else:
            arity = arguments
        place = "" if isinstance(arguments, list) else _place(location)
        shown = f"{_function(module, name)}/{arity}{place}"
        if not location and not isinstance(arguments, list):
            shown += " "
        lines.append(f"{margin}  {'in operator ' if operator and word == 'in function ' else word} {shown}")
        if isinstance(arguments, list):
            lines.append(f"{margin}     called as {_called(module, name, arguments, operator, indent + 15, show)}")
        advice = _advice(module, name, arguments, reason, location)
        lines += [f"{margin}     *** {line}".replace("\n", f"\n{margin}         ") for line in advice]
        word = "in call from"
    return "\n".join(lines)


def _explained(kind: str, reason: Any, frames: list[Any], column: int, show: Show) -> tuple[str, list[Any]]:
    """What has happened, and the frames that are still to be shown."""
    if kind != "error":
        return show(reason, column, 0), frames
    if isinstance(reason, tuple) and reason and isinstance(reason[0], Atom) and reason[0].name == "shell_undef":
        return f"undefined shell command {atom_text(reason[1])}/{reason[2]}", frames
    if isinstance(reason, Atom):
        if reason.name == "function_clause" and frames and frames[0][0] is Atom("shell"):
            return f"no function clause matching call to {atom_text(frames[0][1])}/{frames[0][2]}", frames[1:]
        if reason.name == "undef" and frames:
            return f"undefined function {_undefined(frames[0])}", frames[1:]
        if reason.name == "function_clause" and frames and isinstance(frames[0][2], list):
            module, name, arguments, location = frames[0]
            shown = _called(module, name, arguments, False, column, show)
            text = "no function clause matching "
            if module in _EVALUATOR:
                return f"{text}\n{' ' * column}{shown} ", frames[1:]
            if column + len(text) + len(shown) > _WIDTH:
                text += f"\n{' ' * column}"
            return f"{text}{shown}{_place(location)}", frames[1:]
        if reason.name == "badarg" and frames and _failed_segment(frames[0][3]) is not None:
            return "construction of binary failed", frames
        if reason.name in _SIMPLE:
            return _SIMPLE[reason.name], frames
    if isinstance(reason, tuple) and len(reason) == 2 and isinstance(reason[0], Atom):
        text = _WITH_VALUE.get(reason[0].name, "")
        if text:
            shown = show(reason[1], column, 0)
            if "\n" in shown or column + len(text) + len(shown) > _WIDTH:
                return f"{text}\n{' ' * column}{shown}", frames
            return text + shown, frames
        if reason[0].name == "badarity" and isinstance(reason[1], tuple):
            return _bad_arity(*reason[1]), frames
    return show(reason, column, 0), frames


def _bad_arity(fun: Any, arguments: Any) -> str:
    what = "interpreted function" if isinstance(fun, Fun) else f"{format_w(fun)}"
    if isinstance(fun, ExportFun):
        return f"{what.removeprefix('fun ')} called with {_counted(len(arguments))}"
    return f"{what} with arity {fun.arity} called with {_counted(len(arguments))}"


def _counted(number: int) -> str:
    word = _NUMBERS[number] if number < len(_NUMBERS) else str(number)
    return f"{word} argument{'' if number == 1 else 's'}"


def _undefined(frame: Any) -> str:
    module, name, arguments, _ = frame
    arity = len(arguments) if isinstance(arguments, list) else arguments
    if module is Atom("erl_eval"):
        return f"{atom_text(name)}/{arity}"
    return f"{atom_text(module)}:{atom_text(name)}/{arity}"


def _function(module: Atom, name: Atom) -> str:
    if module is Atom("erlang"):
        from erts_emu.shell.lib.auto_imported import NAMES

        if name.name in _OPERATORS:
            return name.name if name.name not in ("/", "div") else f"'{name.name}'"
        if any(known.partition("/")[0] == name.name for known in NAMES):
            return atom_text(name)
    return f"{atom_text(module)}:{atom_text(name)}"


def _place(location: Any) -> str:
    info = {item[0].name: item[1] for item in location if isinstance(item, tuple) and isinstance(item[0], Atom)}
    if "file" not in info or "line" not in info:
        return ""
    return f" ({''.join(map(chr, info['file']))}, line {info['line']})"


def _called(module: Atom, name: Atom, arguments: list[Any], operator: bool, column: int, show: Show) -> str:
    if operator and len(arguments) == 2:
        left, right = show(arguments[0], column, 0), show(arguments[1], column, 0)
        line = f"{left} {name.name} {right}"
        if "\n" in line or column + len(line) > _WIDTH:
            return f"\n{' ' * column}".join((left, name.name, right))
        return line
    if operator:
        return f"{name.name} {show(arguments[0], column + len(name.name) + 1, 0)}"
    start = f"{_function(module, name)}("
    shown = [show(argument, column + len(start), place) for place, argument in enumerate(arguments, 1)]
    line = ",".join(shown)
    if "\n" in line or column + len(start) + len(line) > _WIDTH:
        line = f",\n{' ' * (column + len(start))}".join(shown)
    return f"{start}{line})"


def _failed_segment(location: Any) -> Any:
    """The hint that a segment of a binary could not be built; None if *location* has none."""
    for item in location:
        if isinstance(item, tuple) and item[0] is Atom("error_info") and Atom("override_segment_position") in item[1]:
            return item[1] if Atom("cause") in item[1] else None
    return None


def _advice(module: Atom, name: Atom, arguments: Any, reason: Any, location: Any) -> list[str]:
    from erts_emu.shell.advice import advice

    info = _failed_segment(location)
    if info is not None:
        from erts_emu.shell.segments import segment_advice

        return [segment_advice(info)]
    if not isinstance(arguments, list):
        return []
    return advice(module.name, name.name, arguments, reason, location)


# --- refused forms ---


def describe_refusal(reason: Any) -> str:
    """What is wrong with a form that is not evaluated."""
    if isinstance(reason, Atom):
        return _REFUSALS.get(reason.name, reason.name)
    kind, *rest = reason
    if kind.name == "unbound_var":
        return f"variable {atom_text_of(rest[0])} is unbound"
    if kind.name == "unsafe_var":
        what, line = rest[1]
        return f"variable {atom_text_of(rest[0])} unsafe in '{what.name}' (line {line})"
    if kind.name == "undefined_record":
        return f"record {atom_text(rest[0])} undefined"
    if kind.name == "undefined_bittype":
        return f"bit type {format_w(rest[0])} undefined"
    if kind.name == "bittype_mismatch":
        text = "".join(map(chr, rest[2]))
        return f"conflict in bit specification for {text}: {format_w(rest[0])} and {format_w(rest[1])}"
    if kind.name in ("stacktrace_guard", "stacktrace_bound"):
        return f"stacktrace variable {atom_text_of(rest[0])} must not be {_STACKTRACES[kind.name]}"
    return format_w(reason)


def atom_text_of(name: Atom) -> str:
    """A variable's name in quotes."""
    return f"'{name.name}'"


_STACKTRACES: Final = {"stacktrace_guard": "used in a guard", "stacktrace_bound": "previously bound"}
_REFUSALS: Final = {
    "illegal_pattern": "illegal pattern",
    "illegal_guard_expr": "illegal guard expression",
    "illegal_expr": "illegal expression",
    "illegal_map_construction": "only association operators '=>' are allowed in map construction",
    "unsized_binary_not_at_end": "a binary field without size is only allowed at the end of a binary pattern",
    "utf_bittype_size_or_unit": "neither size nor unit must be given for segments of type utf8/utf16/utf32",
    "bittype_unit": "a bit unit size must not be specified unless a size is specified too",
    "typed_literal_string": "a literal string in a binary pattern must not have a type or a size",
}


def describe_scan_error(reason: Any) -> str:
    """What is wrong with characters that are no tokens."""
    if isinstance(reason, Atom):
        return "unterminated character"
    kind, *rest = reason
    if kind.name == "string":
        if rest[0] == ord('"'):
            return f"unterminated string starting with {format_p(rest[1])}"
        return f"unterminated atom starting with {format_w(Atom(''.join(map(chr, rest[1]))))}"
    if kind.name == "base":
        return f"illegal base '{rest[0]}'"
    return f"illegal {rest[0].name}"
