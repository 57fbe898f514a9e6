"""The module ``lists``: merging lists that are sorted.

Of elements that are equal, those of the left list come first; the functions whose name has a ``u`` drop one of the
right list for an equal one taken just before. The functions whose name has an ``r`` merge lists that are sorted
backwards, so that these rules hold from the end.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from erts_emu.shell.lib._arguments import a_fun, elements
from erts_emu.shell.lib._sorting import is_true
from erts_emu.shell.lib.lists import LIBRARY
from erts_emu.shell.operators import less
from erts_emu.shell.values import badarg, function_clause

Steps = Generator[Any, Any, Any]
Key = Callable[[Any], Any]
NotAfter = Callable[[Any, Any], Steps]
"""Says whether its first argument may stand before its second."""


def _merged(left: list[Any], right: list[Any], not_after: NotAfter, *, backwards: bool, unique: bool) -> Steps:
    """Merge two lists."""
    result: list[Any] = []
    at_left = at_right = 0
    drops = False  # whether an element of the left list was just taken, to which one of the right may be equal
    while at_left < len(left) and at_right < len(right):
        left_first = yield from not_after(left[at_left], right[at_right])
        if left_first is not backwards:
            result.append(left[at_left])
            at_left += 1
            drops = unique
        elif backwards and unique and (yield from not_after(right[at_right], left[at_left])):
            at_right += 1
        elif drops and not backwards and (yield from not_after(right[at_right], result[-1])):
            at_right += 1
            drops = False
        else:
            result.append(right[at_right])
            at_right += 1
            drops = False
    if drops and not backwards and at_right < len(right) and (yield from not_after(right[at_right], result[-1])):
        at_right += 1
    return result + left[at_left:] + right[at_right:]


def _finish(steps: Steps) -> Any:
    """The value of steps that call nothing."""
    try:
        next(steps)
    except StopIteration as end:
        return end.value
    raise AssertionError("a comparison has called something")


def _by_key(key: Key) -> NotAfter:
    def not_after(left: Any, right: Any) -> Steps:
        yield from ()
        return not less(key(right), key(left))

    return not_after


def _by_fun(fun: Any) -> NotAfter:
    def not_after(left: Any, right: Any) -> Steps:
        return is_true((yield fun, (left, right)))

    return not_after


def _itself(item: Any) -> Any:
    return item


def _merge_many(lists: list[Any], *, backwards: bool = False, unique: bool = False, key: Key = _itself) -> list[Any]:
    result = elements(lists[0]) if lists else []
    for part in lists[1:]:
        result = _finish(_merged(result, elements(part), _by_key(key), backwards=backwards, unique=unique))
    return result


@LIBRARY.plain("merge", 1)
def _merge_all(lists: Any) -> Any:
    return lists[0] if len(elements(lists)) == 1 else _merge_many(lists)


@LIBRARY.plain("umerge", 1)
def _umerge_all(lists: Any) -> Any:
    return lists[0] if len(elements(lists)) == 1 else _merge_many(lists, unique=True)


@LIBRARY.plain("merge", 2)
@LIBRARY.plain("merge3", 3)
def _merge(*lists: Any) -> list[Any]:
    return _merge_many([*lists])


@LIBRARY.plain("umerge", 2)
@LIBRARY.plain("umerge3", 3)
def _umerge(*lists: Any) -> list[Any]:
    return _merge_many([*lists], unique=True)


@LIBRARY.plain("rmerge", 2)
@LIBRARY.plain("rmerge3", 3)
def _rmerge(*lists: Any) -> list[Any]:
    return _merge_many([*lists], backwards=True)


@LIBRARY.plain("rumerge", 2)
@LIBRARY.plain("rumerge3", 3)
def _rumerge(*lists: Any) -> list[Any]:
    return _merge_many([*lists], backwards=True, unique=True)


# --- lists of tuples ---


def _place(place: Any, *lists: Any) -> Key:
    """What takes the key out of a tuple."""
    if type(place) is not int or place < 1:
        raise function_clause()
    if all(elements(part) for part in lists) and any(
        type(item) is not tuple or len(item) < place for part in lists for item in part
    ):
        raise badarg()
    return lambda item: item[place - 1]


@LIBRARY.plain("keymerge")
def _keymerge(place: Any, left: Any, right: Any) -> list[Any]:
    return _merge_many([left, right], key=_place(place, left, right))


@LIBRARY.plain("ukeymerge")
def _ukeymerge(place: Any, left: Any, right: Any) -> list[Any]:
    return _merge_many([left, right], key=_place(place, left, right), unique=True)


@LIBRARY.plain("rkeymerge")
def _rkeymerge(place: Any, left: Any, right: Any) -> list[Any]:
    return _merge_many([left, right], key=_place(place, left, right), backwards=True)


@LIBRARY.plain("rukeymerge")
def _rukeymerge(place: Any, left: Any, right: Any) -> list[Any]:
    return _merge_many([left, right], key=_place(place, left, right), backwards=True, unique=True)


# --- with funs ---


def _merge_by(fun: Any, left: Any, right: Any, *, backwards: bool = False, unique: bool = False) -> Steps:
    not_after = _by_fun(a_fun(fun, 2))
    result = yield from _merged(elements(left), elements(right), not_after, backwards=backwards, unique=unique)
    return result


@LIBRARY.calls("merge", 3)
def _merge_with(_machine: Any, fun: Any, left: Any, right: Any) -> Steps:
    result = yield from _merge_by(fun, left, right)
    return result


@LIBRARY.calls("umerge", 3)
def _umerge_with(_machine: Any, fun: Any, left: Any, right: Any) -> Steps:
    result = yield from _merge_by(fun, left, right, unique=True)
    return result


@LIBRARY.calls("rmerge", 3)
def _rmerge_with(_machine: Any, fun: Any, left: Any, right: Any) -> Steps:
    result = yield from _merge_by(fun, left, right, backwards=True)
    return result


@LIBRARY.calls("rumerge", 3)
def _rumerge_with(_machine: Any, fun: Any, left: Any, right: Any) -> Steps:
    result = yield from _merge_by(fun, left, right, backwards=True, unique=True)
    return result
