"""Why a binary could not be built: the frames of ``eval_bits`` in stack traces, and the hint that goes with them."""

from __future__ import annotations

from typing import Any, Final

from erts_emu.shell import frames
from erts_emu.shell.bits import Spec
from erts_emu.shell.operators import is_bitstring
from erts_emu.terms.atoms import Atom

_INTEGER_LINES: Final = {False: 143, True: 135}
_TEXT_LINES: Final = {
    ("utf8", False): 145,
    ("utf8", True): 145,
    ("utf16", False): 147,
    ("utf16", True): 149,
    ("utf32", False): 153,
    ("utf32", True): 155,
}
_FLOAT_LINE: Final = 163
_WHOLE_LINE: Final = 169
_PART_LINE: Final = 172
_AROUND: Final = tuple(
    map(frames.term, (("eval_bits", "create_binary", 2, 77), ("eval_bits", "expr_grp", 5, 68), ("expr", 6, 543)))
)
_CALLED: Final = frames.term(("eval_bits", "eval_exp_field1", 9, 114))


def bad_segment(position: int, value: Any, size: Any, spec: Spec) -> list[Any]:
    """The frames of an attempt to build segment number *position*."""
    if size is not None and type(size) is not int:
        return [_bif("*", [size, spec.unit], position), _CALLED, *_AROUND]
    if spec.kind in ("binary", "bitstring") and size is None:
        if is_bitstring(value):
            return [frames.term(("eval_bits", "eval_exp_field", 6, _WHOLE_LINE)), *_AROUND]
        return [_bif("bit_size", [value], position), _CALLED, *_AROUND]
    kind, problem, about = _problem(value, size, spec)
    info = {
        Atom("cause"): (1, Atom(kind), Atom(problem), about),
        Atom("function"): Atom("format_bs_fail"),
        Atom("module"): Atom("erl_erts_errors"),
        Atom("override_segment_position"): position,
    }
    module, name, arity, location = frames.term(("eval_bits", "eval_exp_field", 6, _line(spec)))
    return [(module, name, arity, [*location, (Atom("error_info"), info)]), *_AROUND]


def _bif(name: str, arguments: list[Any], position: int) -> Any:
    info = {Atom("module"): Atom("erl_erts_errors"), Atom("override_segment_position"): position}
    return (Atom("erlang"), Atom(name), arguments, [(Atom("error_info"), info)])


def _line(spec: Spec) -> int:
    if spec.kind == "integer":
        return _INTEGER_LINES[spec.little]
    if spec.kind == "float":
        return _FLOAT_LINE
    return _TEXT_LINES.get((spec.kind, spec.little), _PART_LINE)


def _problem(value: Any, size: Any, spec: Spec) -> tuple[str, str, Any]:
    """The kind of segment, what is wrong with it, and the term that is."""
    kind = "binary" if spec.kind == "bitstring" else spec.kind
    wanted = None if size is None else size * spec.unit
    if spec.kind == "float":
        if type(value) is not int and type(value) is not float:
            return kind, "type", value
        return (kind, "no_float", value) if wanted in (None, 16, 32, 64) else (kind, "invalid", wanted)
    if wanted is not None and wanted < 0:
        return kind, "size", wanted
    if kind == "binary" and is_bitstring(value):
        return kind, "short", value
    return kind, "type", value


_EXPECTED: Final = {
    "integer": "an integer",
    "float": "a float or an integer",
    "binary": "a binary",
    "utf8": "a non-negative integer encodable as utf8",
    "utf16": "a non-negative integer encodable as utf16",
    "utf32": "a non-negative integer encodable as utf32",
}


def segment_advice(info: Any) -> str:
    """The hint as text. *info* is that of ``error_info``."""
    from erts_emu.terms.format import format_p

    _, kind, problem, about = info[Atom("cause")]
    shown = _shortened(format_p(about, width=0))
    texts = {
        "type": f"expected {_EXPECTED[kind.name]} but got: {shown}",
        "size": f"expected a non-negative integer as size but got: {shown}",
        "invalid": f"expected one of the supported sizes 16, 32, or 64 but got: {shown}",
        "no_float": f"the value {shown} is outside the range expressible as a float",
        "short": f"the value {shown} is shorter than the size of the segment",
    }
    position = info[Atom("override_segment_position")]
    return f"segment {position} of type '{kind.name}': {texts[problem.name]}"


def _shortened(text: str) -> str:
    return text if len(text) <= 30 else f"{text[:12]}...{text[-12:]}"
