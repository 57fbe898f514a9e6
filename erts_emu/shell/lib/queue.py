"""The module ``queue``: ``{Rear, Front}``, two lists, the rear one reversed."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

from erts_emu.shell.lib._arguments import a_list, is_fun
from erts_emu.shell.lib._sorting import is_true
from erts_emu.shell.native import Library
from erts_emu.shell.operators import is_list, same
from erts_emu.shell.values import FALSE, TRUE, Raised, badarg, boolean, failure
from erts_emu.terms.atoms import Atom

LIBRARY: Final = Library("queue")
Steps = Generator[Any, Any, Any]
_EMPTY: Final = Atom("empty")
_VALUE: Final = Atom("value")
_DROP: Final = Atom("drop")


def _halves(queue: Any) -> tuple[list[Any], list[Any]]:
    if type(queue) is not tuple or len(queue) != 2 or type(queue[0]) is not list or type(queue[1]) is not list:
        raise badarg()
    return queue


def _items(queue: Any) -> list[Any]:
    rear, front = _halves(queue)
    return front + rear[::-1]


def _from_front(front: list[Any]) -> Any:
    """A queue whose rear has run empty: the front is divided."""
    if len(front) < 2:
        return (front, [])
    return (front[len(front) // 2 :][::-1], front[: len(front) // 2])


def _from_rear(rear: list[Any]) -> Any:
    """A queue whose front has run empty: the rear is divided."""
    if len(rear) < 2:
        return ([], rear)
    return (rear[: len(rear) // 2], rear[len(rear) // 2 :][::-1])


def _balanced(rear: list[Any], front: list[Any]) -> Any:
    """A queue of two halves, of which one may have run empty."""
    if not front:
        return _from_rear(rear)
    return (rear, front) if rear or len(front) == 1 else _from_front(front)


@LIBRARY.plain("new")
def _new() -> Any:
    return ([], [])


@LIBRARY.plain("is_queue")
def _is_queue(term: Any) -> Atom:
    return boolean(type(term) is tuple and len(term) == 2 and type(term[0]) is list and type(term[1]) is list)


@LIBRARY.plain("is_empty")
def _is_empty(queue: Any) -> Atom:
    return boolean(not _items(queue))


@LIBRARY.plain("len")
def _len(queue: Any) -> int:
    return len(_items(queue))


@LIBRARY.plain("to_list")
def _to_list(queue: Any) -> list[Any]:
    return _items(queue)


@LIBRARY.plain("from_list")
def _from_list(items: Any) -> Any:
    if type(items) is not list:
        raise badarg()
    return _from_front(items)


@LIBRARY.plain("member")
def _member(item: Any, queue: Any) -> Atom:
    return boolean(any(same(item, each) for each in _items(queue)))


# --- both ends ---


@LIBRARY.plain("in")
def _in(item: Any, queue: Any) -> Any:
    rear, front = _halves(queue)
    if len(rear) == 1 and not front:
        return ([item], rear)
    return ([item, *rear], front)


@LIBRARY.plain("in_r")
@LIBRARY.plain("cons")
def _in_r(item: Any, queue: Any) -> Any:
    rear, front = _halves(queue)
    if not rear and len(front) == 1:
        return (front, [item])
    if not front and not rear:
        return ([], [item])
    return (rear, [item, *front])


@LIBRARY.plain("snoc")
def _snoc(queue: Any, item: Any) -> Any:
    return _in(item, queue)


def _removed_first(queue: Any) -> Any:
    """What is left of a queue without its first item."""
    rear, front = _halves(queue)
    if not front:
        return ([], []) if len(rear) == 1 else ([rear[0]], []) if len(rear) == 2 else _balanced_rear(rear[:-1])
    if len(front) == 1:
        return _from_rear(rear)
    return (rear, front[1:])


def _balanced_rear(rear: list[Any]) -> Any:
    return ([rear[0]], rear[1:][::-1])


def _removed_last(queue: Any) -> Any:
    rear, front = _halves(queue)
    if not rear:
        return ([], []) if len(front) == 1 else ([], [front[0]]) if len(front) == 2 else (front[1:-1][::-1], [front[0]])
    if len(rear) == 1:
        return _from_front(front)
    return (rear[1:], front)


@LIBRARY.plain("out")
def _out(queue: Any) -> Any:
    items = _items(queue)
    return ((_VALUE, items[0]), _removed_first(queue)) if items else (_EMPTY, queue)


@LIBRARY.plain("out_r")
def _out_r(queue: Any) -> Any:
    items = _items(queue)
    return ((_VALUE, items[-1]), _removed_last(queue)) if items else (_EMPTY, queue)


def _nonempty(queue: Any) -> list[Any]:
    items = _items(queue)
    if not items:
        raise Raised(_EMPTY)
    return items


@LIBRARY.plain("get")
@LIBRARY.plain("head")
def _get(queue: Any) -> Any:
    return _nonempty(queue)[0]


@LIBRARY.plain("get_r")
@LIBRARY.plain("daeh")
@LIBRARY.plain("last")
def _get_r(queue: Any) -> Any:
    return _nonempty(queue)[-1]


@LIBRARY.plain("peek")
def _peek(queue: Any) -> Any:
    items = _items(queue)
    return (_VALUE, items[0]) if items else _EMPTY


@LIBRARY.plain("peek_r")
def _peek_r(queue: Any) -> Any:
    items = _items(queue)
    return (_VALUE, items[-1]) if items else _EMPTY


@LIBRARY.plain("drop")
@LIBRARY.plain("tail")
def _drop(queue: Any) -> Any:
    _nonempty(queue)
    return _removed_first(queue)


@LIBRARY.plain("drop_r")
@LIBRARY.plain("init")
@LIBRARY.plain("liat")
@LIBRARY.plain("lait")
def _drop_r(queue: Any) -> Any:
    _nonempty(queue)
    return _removed_last(queue)


# --- the whole ---


@LIBRARY.plain("reverse")
def _reverse(queue: Any) -> Any:
    rear, front = _halves(queue)
    return (front, rear)


@LIBRARY.plain("join")
def _join(left: Any, right: Any) -> Any:
    (left_rear, left_front), (right_rear, right_front) = _halves(left), _halves(right)
    if not left_rear and not left_front:
        return right
    if not right_rear and not right_front:
        return left
    return (right_rear, left_front + left_rear[::-1] + right_front)


@LIBRARY.plain("split")
def _split(count: Any, queue: Any) -> Any:
    rear, front = _halves(queue)
    if type(count) is not int or not 0 <= count <= len(rear) + len(front):
        raise badarg()
    if count == 0:
        return (([], []), queue)
    if count == len(front):
        return (_from_front(front), _from_rear(rear))
    if count == len(rear) + len(front):
        return (queue, ([], []))
    if count < len(front):
        return ((front[1:count][::-1], front[:1]), (rear, front[count:]))
    kept = len(rear) - (count - len(front))
    return ((rear[kept:], front), (rear[:1], rear[1:kept][::-1]))


@LIBRARY.calls("filter")
def _filter(_machine: Any, fun: Any, queue: Any) -> Steps:
    _check(fun, 1)
    rear, front = _halves(queue)
    kept_front: list[Any] = yield from _kept(fun, front)
    kept_rear: list[Any] = yield from _kept(fun, rear[::-1])
    return _balanced(kept_rear[::-1], kept_front) if kept_rear else _from_front(kept_front)


def _kept(fun: Any, items: list[Any]) -> Steps:
    kept: list[Any] = []
    for item in items:
        answer = yield fun, (item,)
        if answer is TRUE:
            kept.append(item)
        elif is_list(answer):
            kept += a_list(answer)
        elif answer is not FALSE:
            raise failure("case_clause", answer)
    return kept


@LIBRARY.calls("filtermap")
def _filtermap(_machine: Any, fun: Any, queue: Any) -> Steps:
    _check(fun, 1)
    rear, front = _halves(queue)
    kept_front: list[Any] = yield from _changed(fun, front)
    kept_rear: list[Any] = yield from _changed(fun, rear[::-1])
    return _balanced(kept_rear[::-1], kept_front) if kept_rear else _from_front(kept_front)


def _changed(fun: Any, items: list[Any]) -> Steps:
    kept: list[Any] = []
    for item in items:
        answer = yield fun, (item,)
        if answer is TRUE:
            kept.append(item)
        elif type(answer) is tuple and len(answer) == 2 and answer[0] is TRUE:
            kept.append(answer[1])
        elif answer is not FALSE:
            raise failure("case_clause", answer)
    return kept


@LIBRARY.calls("fold")
def _fold(_machine: Any, fun: Any, state: Any, queue: Any) -> Steps:
    _check(fun, 2)
    for item in _items(queue):
        state = yield fun, (item, state)
    return state


@LIBRARY.calls("any")
def _any(_machine: Any, fun: Any, queue: Any) -> Steps:
    _check(fun, 1)
    for item in _items(queue):
        if is_true((yield fun, (item,))):
            return TRUE
    return FALSE


@LIBRARY.calls("all")
def _all(_machine: Any, fun: Any, queue: Any) -> Steps:
    _check(fun, 1)
    for item in _items(queue):
        if not is_true((yield fun, (item,))):
            return FALSE
    return TRUE


def _check(fun: Any, arity: int) -> None:
    if not is_fun(fun, arity):
        raise badarg()


# --- without one item ---


def _without(place: int, queue: Any) -> Any:
    """A queue without the item that has so many before it."""
    rear, front = queue
    if place < len(front):
        return _balanced(rear, [*front[:place], *front[place + 1 :]])
    if len(rear) == 1:
        return _from_front(front)
    place = len(rear) - 1 - (place - len(front))
    return _balanced([*rear[:place], *rear[place + 1 :]], front)


@LIBRARY.plain("delete")
def _delete(item: Any, queue: Any) -> Any:
    place = next((place for place, each in enumerate(_items(queue)) if same(item, each)), None)
    return queue if place is None else _without(place, queue)


@LIBRARY.plain("delete_r")
def _delete_last(item: Any, queue: Any) -> Any:
    return _reverse(_delete(item, _reverse(queue)))


@LIBRARY.calls("delete_with")
def _delete_with(_machine: Any, fun: Any, queue: Any) -> Steps:
    _check(fun, 1)
    for place, item in enumerate(_items(queue)):
        if is_true((yield fun, (item,))):
            return _without(place, queue)
    return queue


@LIBRARY.calls("delete_with_r")
def _delete_last_with(machine: Any, fun: Any, queue: Any) -> Steps:
    left = yield from _delete_with(machine, fun, _reverse(queue))
    return _reverse(left)
