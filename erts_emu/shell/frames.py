"""The frames of ``erl_eval`` in stack traces: which of its functions evaluate what, in OTP 25.2.3.

Code of a script is run by ``erl_eval``, so its stack traces show that. A frame is written here as function, arity and
line, or with the module first where it is another one.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, TypeAlias

from erts_emu.terms.atoms import Atom

Frame: TypeAlias = "tuple[str, int, int] | tuple[str, str, int, int]"
Path: TypeAlias = "tuple[Frame, ...]"
"""Frames from the inside out."""

APPLY: Final = ("do_apply", 7, 744)
APPLY_BY_VALUE: Final = ("do_apply", 7, 742)
"""In the place of the former, where a fun that was called by compiled code does something last."""

_LIST: Final = ("expr_list", 7, 961)
NOT_LAST: Final[Path] = (("exprs", 6, 136),)
TUPLE: Final[Path] = (_LIST, ("expr", 6, 290))
REMOTE_ARGUMENT: Final[Path] = (_LIST, ("expr", 6, 454))
LOCAL_ARGUMENT: Final[Path] = (_LIST, ("expr", 6, 465))
FUN_ARGUMENT: Final[Path] = (_LIST, ("expr", 6, 472))
CALLED_MODULE: Final[Path] = (("expr", 6, 452),)
CALLED_NAME: Final[Path] = (("expr", 6, 453),)
CALLED_NO_NAME: Final[Path] = (("expr", 6, 456),)
CALLED_FUN: Final[Path] = (("expr", 6, 471),)
HEAD: Final = ("expr", 6, 282)
TAIL: Final = ("expr", 6, 283)
LEFT: Final[Path] = (("expr", 6, 537),)
RIGHT: Final[Path] = (("expr", 6, 538),)
OPERAND: Final[Path] = (("expr", 6, 514),)
SIDES: Final[dict[str, tuple[Path, Path]]] = {
    "andalso": ((("expr", 6, 517),), (("expr", 6, 520),)),
    "orelse": ((("expr", 6, 527),), (("expr", 6, 531),)),
}
MATCHED: Final[Path] = (("expr", 6, 492),)
CAUGHT: Final[Path] = (("expr", 6, 480),)
SUBJECT: Final[Path] = (("expr", 6, 323),)
RECEIVE_CLAUSES: Final[Path] = (("receive_clauses", 8, 1055),)
TIMEOUT: Final[Path] = (("expr", 6, 330),)
MAP: Final = ("expr", 6, 313)
MAP_UPDATE: Final = ("expr", 6, 304)
MAP_ARGUMENT: Final[Path] = (("expr", 6, 303),)
MAP_KEY: Final = ("eval_map_fields", 6, 855)
MAP_VALUE: Final = ("eval_map_fields", 6, 856)
MAP_EXACT_VALUE: Final = ("eval_map_fields", 6, 860)
_BITS: Final = (("eval_bits", "expr_grp1", 6, 71), ("eval_bits", "expr_grp", 5, 67), ("expr", 6, 543))
BIT_VALUE: Final[Path] = (("eval_bits", "eval_field", 5, 106), *_BITS)
BIT_SIZE: Final[Path] = (("eval_bits", "eval_field", 5, 109), *_BITS)
TRIED: Final[Path] = (("try_clauses", 10, 987),)
TRIED_CLAUSE: Final[Path] = (("try_clauses", 10, 993),)
HANDLER: Final[Path] = (("try_clauses", 10, 1004),)
AFTER: Final[Path] = (("try_clauses", 10, 1012),)

# Comprehensions: outermost, of lists and of bits; their elements; sources of generators; loops; filters.
COMPREHENSION: Final = (("eval_lc", 7, 761), ("eval_bc", 7, 783))
ELEMENT: Final = (("eval_lc1", 7, 775), ("eval_bc1", 7, 797))
SOURCE: Final = (("eval_lc1", 7, 764), ("eval_bc1", 7, 790))
BIT_SOURCE: Final = (("eval_lc1", 7, 768), ("eval_bc1", 7, 786))
LOOP: Final = ("eval_generate", 8, 804)
BIT_LOOP: Final = ("eval_b_generate", 8, 821)
FILTER: Final = ("eval_filter", 7, 839)

# Where exceptions come from that are not those of a call.
BADMATCH: Final[Path] = (("expr", 6, 496),)
CASE_CLAUSE: Final[Path] = (("case_clauses", 8, 1041),)
IF_CLAUSE: Final[Path] = (("if_clauses", 7, 980),)
TRY_CLAUSE: Final[Path] = (("try_clauses", 10, 995),)
FUN_CLAUSE: Final[Path] = (("eval_fun", 8, 898),)
NAMED_FUN_CLAUSE: Final[Path] = (("eval_named_fun", 10, 918),)
BADARITY: Final[Path] = (("do_apply", 6, 714),)
NAMED_BADARITY: Final[Path] = (("do_apply", 6, 725),)
CALL_VALUE: Final[Path] = (("do_apply", 6, 731),)
BADFUN: Final[Path] = (("do_apply", 6, 731), ("do_apply", 6, 731))
UNDEFINED_LOCAL: Final[Path] = (("local_func", 8, 660),)
NO_BOOLEAN: Final = {"andalso": (("expr", 6, 523),), "orelse": (("expr", 6, 533),)}
BAD_GENERATOR: Final[Path] = (("eval_generate", 8, 812),)
BAD_BIT_GENERATOR: Final[Path] = (("eval_b_generate", 8, 829),)
BAD_FILTER: Final[Path] = (("eval_filter", 7, 843),)
BAD_MAP: Final[Path] = (("expr", 6, 305),)
BAD_KEY: Final[Path] = (("-expr/6-fun-0-", 2, 309), ("lists", "foldl", 3, 1350), ("expr", 6, 306))
BAD_ELEMENT: Final[Path] = (("eval_bc1", 7, 798),)
BAD_SEGMENT: Final[Path] = (
    ("eval_bits", "eval_exp_field", 6, 143),
    ("eval_bits", "create_binary", 2, 77),
    ("eval_bits", "expr_grp", 5, 68),
    ("expr", 6, 543),
)

# What calls the code of a script, and of an argument of ``erl -eval``.
_INIT: Final[Path] = (("init", "start_it", 1, 0), ("init", "start_em", 1, 0), ("init", "do_boot", 3, 0))
IN_FILE: Final[Path] = (("file", "eval_stream2", 6, 1504), ("file", "eval", 2, 1082), APPLY, ("exprs", 6, 136), *_INIT)
IN_ARGUMENT: Final[Path] = _INIT

IN_SHELL: Final[Path] = (("shell", "exprs", 7, 691), ("shell", "eval_exprs", 7, 647), ("shell", "eval_loop", 3, 632))
"""What calls the code of a command in the interactive shell."""

_FILE: Final = Atom("file")
_LINE: Final = Atom("line")


@cache
def term(frame: Frame) -> Any:
    """A frame as Erlang code sees it."""
    module, name, arity, line = frame if len(frame) == 4 else ("erl_eval", *frame)
    return (Atom(module), Atom(name), arity, location(module, line))


def location(module: str, line: int) -> list[Any]:
    """Where a function stands in the sources of OTP; nothing if *line* is 0."""
    return [(_FILE, [*map(ord, f"{module}.erl")]), (_LINE, line)] if line else []


OTHERS_IN_SHELL: Final = {
    tuple(map(repr, term(here))): term(there)
    for here, there in (
        (APPLY, ("do_apply", 7, 748)),
        (APPLY_BY_VALUE, ("shell", "apply_fun", 3, 912)),
        (CALL_VALUE[0], ("do_apply", 6, 735)),
    )
}
"""The interactive shell has the evaluator call functions for it, so some frames are others there."""


def as_in_shell(trace: list[Any]) -> list[Any]:
    """A stack trace as the interactive shell has it."""
    return [OTHERS_IN_SHELL.get(tuple(map(repr, frame)), frame) for frame in trace]
