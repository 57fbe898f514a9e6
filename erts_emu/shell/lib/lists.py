"""The module ``lists``."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from itertools import pairwise
from typing import Any, Final

from erts_emu.shell.lib._arguments import a_fun, elements, refuse
from erts_emu.shell.lib._sorting import merged_by, sort_by
from erts_emu.shell.native import Library
from erts_emu.shell.operators import add, append, equal, less, remove, same
from erts_emu.shell.values import FALSE, TRUE, badarg, badarith, boolean, failure, function_clause
from erts_emu.terms.atoms import Atom
from erts_emu.terms.kinds import ImproperList
from erts_emu.terms.maps import exact_key
from erts_emu.terms.order import sort_key

LIBRARY: Final = Library("lists")
Steps = Generator[Any, Any, Any]
_VALUE: Final = Atom("value")

# --- making, measuring, taking apart ---


@LIBRARY.plain("append", 2)
def _append(left: Any, right: Any) -> Any:
    return append(left, right)


@LIBRARY.plain("append", 1)
def _append_all(lists: Any) -> Any:
    result: Any = []
    for part in reversed(elements(lists)):
        result = append(part, result) if result else part
    return result


@LIBRARY.plain("concat")
def _concat(things: Any) -> list[int]:
    from erts_emu.shell.lib._floats import scientific
    from erts_emu.terms.spelling import integer_text

    result: list[Any] = []
    for thing in elements(things):
        if type(thing) is Atom:
            result += map(ord, thing.name)
        elif type(thing) is int:
            result += map(ord, integer_text(thing))
        elif type(thing) is float:
            result += map(ord, scientific(thing, 20))
        elif type(thing) is list:
            result += thing
        else:
            raise refuse()
    return result


@LIBRARY.plain("subtract")
def _subtract(left: Any, right: Any) -> Any:
    return remove(left, right)


@LIBRARY.plain("reverse", 1)
def _reverse(items: Any) -> list[Any]:
    return elements(items)[::-1]


@LIBRARY.plain("reverse", 2)
def _reverse_onto(items: Any, tail: Any) -> Any:
    if type(items) is not list:
        raise badarg()
    return append(items[::-1], tail)


@LIBRARY.plain("seq", 2)
def _seq(first: Any, last: Any) -> list[int]:
    if type(first) is not int or type(last) is not int or last < first - 1:
        refuse()
    return list(range(first, last + 1))


@LIBRARY.plain("seq", 3)
def _seq_by(first: Any, last: Any, step: Any) -> list[int]:
    if type(first) is not int or type(last) is not int or type(step) is not int:
        raise badarg()
    if step > 0 and first - step <= last:
        return list(range(first, last + 1, step))
    if step < 0 and first - step >= last:
        return list(range(first, last - 1, step))
    if step == 0 and first == last:
        return [first]
    raise badarg()


@LIBRARY.plain("duplicate")
def _duplicate(count: Any, item: Any) -> list[Any]:
    if type(count) is not int or count < 0:
        refuse()
    return [item] * count


@LIBRARY.plain("enumerate", 1, 2)
def _enumerate(*given: Any) -> list[Any]:
    start, items = (1, *given) if len(given) == 1 else given
    if type(start) is not int:
        refuse()
    return list(enumerate(elements(items), start))


@LIBRARY.plain("nth")
def _nth(index: Any, items: Any) -> Any:
    if type(index) is not int and not isinstance(index, float) and items:
        raise badarith()
    if type(index) is not int or index < 1:
        refuse()
    content = items.elements if type(items) is ImproperList else items
    if not isinstance(content, list | tuple) or index > len(content):
        refuse()
    return content[index - 1]


@LIBRARY.plain("nthtail")
def _nthtail(count: Any, items: Any) -> Any:
    if type(count) is not int and not isinstance(count, float) and items:
        raise badarith()
    if type(count) is not int or count < 0 or len(elements(items)) < count:
        refuse()
    return items[count:]


@LIBRARY.plain("last")
def _last(items: Any) -> Any:
    if not elements(items):
        refuse()
    return items[-1]


@LIBRARY.plain("droplast")
def _droplast(items: Any) -> Any:
    if not elements(items):
        refuse()
    return items[:-1]


@LIBRARY.plain("sublist", 2)
def _sublist(items: Any, length: Any) -> list[Any]:
    if type(length) is not int or length < 0:
        refuse()
    return elements(items)[:length]


@LIBRARY.plain("sublist", 3)
def _sublist_from(items: Any, start: Any, length: Any) -> list[Any]:
    if type(start) is not int or type(length) is not int or start < 1 or length < 0 or len(elements(items)) < start - 1:
        refuse()
    return elements(items)[start - 1 : start - 1 + length]


@LIBRARY.plain("split")
def _split(count: Any, items: Any) -> tuple[list[Any], list[Any]]:
    if type(count) is not int or type(items) is not list or not 0 <= count <= len(items):
        raise badarg()
    return (items[:count], items[count:])


@LIBRARY.plain("join")
def _join(separator: Any, items: Any) -> list[Any]:
    return [part for item in elements(items) for part in (separator, item)][1:]


@LIBRARY.plain("flatten", 1)
def _flatten(items: Any) -> list[Any]:
    return _flat(items)


@LIBRARY.plain("flatten", 2)
def _flatten_onto(items: Any, tail: Any) -> list[Any]:
    return _flat(items) + elements(tail)


def _flat(items: Any) -> list[Any]:
    result: list[Any] = []
    pending = [iter(elements(items))]
    while pending:
        for item in pending[-1]:
            if type(item) is list:
                pending.append(iter(item))
                break
            if type(item) is ImproperList:
                refuse()
            result.append(item)
        else:
            pending.pop()
    return result


@LIBRARY.plain("flatlength")
def _flatlength(items: Any) -> int:
    return len(_flat(items))


# --- looking for things ---


@LIBRARY.plain("member")
def _member(item: Any, items: Any) -> Atom:
    if type(items) is not list:
        raise badarg()
    return boolean(any(same(item, each) for each in items))


@LIBRARY.plain("delete")
def _delete(item: Any, items: Any) -> list[Any]:
    for index, each in enumerate(elements(items)):
        if same(item, each):
            return [*items[:index], *items[index + 1 :]]
    return elements(items)


@LIBRARY.plain("prefix")
def _prefix(prefix: Any, items: Any) -> Atom:
    count = len(elements(prefix))
    return boolean(len(elements(items)) >= count and same(items[:count], prefix))


@LIBRARY.plain("suffix")
def _suffix(suffix: Any, items: Any) -> Atom:
    if type(items) is not list or type(suffix) is not list:
        raise badarg()
    start = len(items) - len(suffix)
    return boolean(start >= 0 and same(items[start:], suffix))


@LIBRARY.plain("max")
def _max(items: Any) -> Any:
    if not elements(items):
        refuse()
    best = items[0]
    for item in items[1:]:
        if less(best, item):
            best = item
    return best


@LIBRARY.plain("min")
def _min(items: Any) -> Any:
    if not elements(items):
        refuse()
    best = items[0]
    for item in items[1:]:
        if less(item, best):
            best = item
    return best


@LIBRARY.plain("sum")
def _sum(items: Any) -> Any:
    total: Any = 0
    for item in elements(items):
        total = add(total, item)
    return total


# --- pairs ---


@LIBRARY.plain("zip")
def _zip(left: Any, right: Any) -> list[Any]:
    if len(elements(left)) != len(elements(right)):
        refuse()
    return list(zip(left, right, strict=True))


@LIBRARY.plain("zip3")
def _zip3(one: Any, two: Any, three: Any) -> list[Any]:
    if not len(elements(one)) == len(elements(two)) == len(elements(three)):
        refuse()
    return list(zip(one, two, three, strict=True))


def _unzipped(items: Any, size: int) -> tuple[list[Any], ...]:
    if any(type(item) is not tuple or len(item) != size for item in elements(items)):
        refuse()
    return tuple([item[index] for item in items] for index in range(size))


@LIBRARY.plain("unzip")
def _unzip(items: Any) -> tuple[list[Any], ...]:
    return _unzipped(items, 2)


@LIBRARY.plain("unzip3")
def _unzip3(items: Any) -> tuple[list[Any], ...]:
    return _unzipped(items, 3)


# --- lists of tuples ---


def _has_key(item: Any, key: Any, place: int) -> bool:
    return type(item) is tuple and len(item) >= place and equal(item[place - 1], key)


def _place(place: Any) -> int:
    if type(place) is not int or place < 1:
        raise badarg()
    return place


def _clause_place(place: Any) -> int:
    if type(place) is not int or place < 1:
        refuse()
    return place


@LIBRARY.plain("keyfind")
def _keyfind(key: Any, place: Any, items: Any) -> Any:
    _place(place)
    if type(items) is not list:
        raise badarg()
    return next((item for item in items if _has_key(item, key, place)), FALSE)


@LIBRARY.plain("keymember")
def _keymember(key: Any, place: Any, items: Any) -> Atom:
    return boolean(_keyfind(key, place, items) is not FALSE)


@LIBRARY.plain("keysearch")
def _keysearch(key: Any, place: Any, items: Any) -> Any:
    found = _keyfind(key, place, items)
    return FALSE if found is FALSE else (_VALUE, found)


@LIBRARY.plain("keydelete")
def _keydelete(key: Any, place: Any, items: Any) -> list[Any]:
    _clause_place(place)
    for index, item in enumerate(elements(items)):
        if _has_key(item, key, place):
            return [*items[:index], *items[index + 1 :]]
    return elements(items)


@LIBRARY.plain("keyreplace")
def _keyreplace(key: Any, place: Any, items: Any, new: Any) -> list[Any]:
    _clause_place(place)
    if type(new) is not tuple:
        refuse()
    for index, item in enumerate(elements(items)):
        if _has_key(item, key, place):
            return [*items[:index], new, *items[index + 1 :]]
    return elements(items)


@LIBRARY.plain("keystore")
def _keystore(key: Any, place: Any, items: Any, new: Any) -> list[Any]:
    replaced = _keyreplace(key, place, items, new)
    return replaced if any(_has_key(item, key, place) for item in items) else [*replaced, new]


@LIBRARY.plain("keytake")
def _keytake(key: Any, place: Any, items: Any) -> Any:
    _clause_place(place)
    for index, item in enumerate(elements(items)):
        if _has_key(item, key, place):
            return (_VALUE, item, [*items[:index], *items[index + 1 :]])
    return FALSE


@LIBRARY.calls("keymap")
def _keymap(_machine: Any, fun: Any, place: Any, items: Any) -> Steps:
    result = []
    for item in _walk(items):
        if type(item) is not tuple or type(place) is not int or not 1 <= place <= len(item):
            raise badarg()
        result.append((*item[: place - 1], (yield fun, (item[place - 1],)), *item[place:]))
    return result


# --- sorting ---


def _key_at(place: Any, items: list[Any]) -> Any:
    _clause_place(place)
    if any(type(item) is not tuple or len(item) < place for item in items):
        raise badarg()
    return lambda item: sort_key(item[place - 1])


@LIBRARY.plain("sort", 1)
def _sort(items: Any) -> list[Any]:
    return sorted(elements(items), key=sort_key)


@LIBRARY.calls("sort", 2)
def _sort_by(_machine: Any, fun: Any, items: Any) -> Steps:
    result: list[Any] = yield from sort_by(fun, elements(items))
    return result


Key = Callable[[Any], Any]


def _itself(item: Any) -> Any:
    return item


def _without_repeats(items: list[Any], place: int = 0) -> list[Any]:
    """Of neighbours that are equal, only the first."""
    if not items:
        return items
    key: Key = (lambda item: item[place - 1]) if place else _itself
    return [items[0], *(after for before, after in pairwise(items) if not equal(key(before), key(after)))]


@LIBRARY.plain("usort", 1)
def _usort(items: Any) -> list[Any]:
    return _without_repeats(sorted(elements(items), key=sort_key))


@LIBRARY.calls("usort", 2)
def _usort_by(_machine: Any, fun: Any, items: Any) -> Steps:
    ordered: list[Any] = yield from sort_by(a_fun(fun, 2), elements(items))
    result: list[Any] = ordered[:1]
    for item in ordered[1:]:
        if (yield fun, (item, result[-1])) is not TRUE:
            result.append(item)
    return result


@LIBRARY.plain("keysort")
def _keysort(place: Any, items: Any) -> list[Any]:
    return sorted(elements(items), key=_key_at(place, items))


@LIBRARY.plain("ukeysort")
def _ukeysort(place: Any, items: Any) -> list[Any]:
    return _without_repeats(sorted(elements(items), key=_key_at(place, items)), place)


def _merge_two(left: list[Any], right: list[Any], key: Key = _itself, *, unique: bool = False) -> list[Any]:
    """Merge two lists that are sorted; of equal ones the left comes first, or alone if *unique*."""
    result: list[Any] = []
    at_left = at_right = 0
    while at_left < len(left) and at_right < len(right):
        if less(key(right[at_right]), key(left[at_left])):
            result.append(right[at_right])
            at_right += 1
        else:
            at_right += unique and equal(key(left[at_left]), key(right[at_right]))
            result.append(left[at_left])
            at_left += 1
    return result + left[at_left:] + right[at_right:]


def _merge_many(lists: list[Any], *, unique: bool = False) -> list[Any]:
    result: list[Any] = []
    for part in lists:
        result = _merge_two(result, elements(part), unique=unique)
    return result


@LIBRARY.plain("merge", 1)
def _merge_all(lists: Any) -> list[Any]:
    return _merge_many(elements(lists))


@LIBRARY.plain("merge", 2)
def _merge(left: Any, right: Any) -> list[Any]:
    return _merge_two(elements(left), elements(right))


@LIBRARY.plain("merge3")
def _merge3(one: Any, two: Any, three: Any) -> list[Any]:
    return _merge_many([one, two, three])


@LIBRARY.plain("umerge", 1)
def _umerge_all(lists: Any) -> list[Any]:
    return _merge_many(elements(lists), unique=True)


@LIBRARY.plain("umerge", 2)
def _umerge(left: Any, right: Any) -> list[Any]:
    return _merge_two(elements(left), elements(right), unique=True)


@LIBRARY.plain("umerge3")
def _umerge3(one: Any, two: Any, three: Any) -> list[Any]:
    return _merge_many([one, two, three], unique=True)


def _keyed(place: Any, *lists: Any) -> Key:
    _key_at(place, [item for part in lists for item in elements(part)])
    return lambda item: item[place - 1]


@LIBRARY.plain("keymerge")
def _keymerge(place: Any, left: Any, right: Any) -> list[Any]:
    return _merge_two(left, right, _keyed(place, left, right))


@LIBRARY.plain("ukeymerge")
def _ukeymerge(place: Any, left: Any, right: Any) -> list[Any]:
    return _merge_two(left, right, _keyed(place, left, right), unique=True)


@LIBRARY.calls("merge", 3)
def _merge_by(_machine: Any, fun: Any, left: Any, right: Any) -> Steps:
    result: list[Any] = yield from merged_by(fun, elements(left), elements(right))
    return result


@LIBRARY.calls("umerge", 3)
def _umerge_by(_machine: Any, fun: Any, left: Any, right: Any) -> Steps:
    merged: list[Any] = yield from merged_by(fun, elements(left), elements(right))
    result: list[Any] = merged[:1]
    for item in merged[1:]:
        if (yield fun, (item, result[-1])) is not TRUE:
            result.append(item)
    return result


@LIBRARY.plain("uniq", 1)
def _uniq(items: Any) -> list[Any]:
    kept: dict[Any, Any] = {}
    for item in elements(items):
        kept.setdefault(exact_key(item), item)
    return list(kept.values())


@LIBRARY.calls("uniq", 2)
def _uniq_by(_machine: Any, fun: Any, items: Any) -> Steps:
    a_fun(fun, 1)
    seen = set()
    result = []
    for item in elements(items):
        key = exact_key((yield fun, (item,)))
        if key not in seen:
            seen.add(key)
            result.append(item)
    return result


# --- with funs ---


def _walk(term: Any, outright: str | None = None, at_end: str | None = None) -> Iterator[Any]:
    """The elements of a list, one by one: what is wrong with its end shows when it is reached.

    What is no list at all raises ``{outright, Term}``, a wrong tail ``{at_end, Tail}``, or ``function_clause``.
    """
    if type(term) is list:
        yield from term
    elif type(term) is ImproperList:
        yield from term.elements
        raise function_clause() if at_end is None else failure(at_end, term.tail)
    else:
        raise function_clause() if outright is None else failure(outright, term)


def _tested(value: Any, complaint: str = "bad_filter") -> bool:
    """What a predicate has returned, which must be a truth value."""
    if value is not TRUE and value is not FALSE:
        raise failure(complaint, value)
    return value is TRUE


def _truth(value: Any) -> bool:
    if value is not TRUE and value is not FALSE:
        raise failure("case_clause", value)
    return value is TRUE


@LIBRARY.calls("map")
def _map(_machine: Any, fun: Any, items: Any) -> Steps:
    a_fun(fun, 1)
    result = []
    for item in _walk(items, "case_clause"):
        result.append((yield fun, (item,)))  # noqa: PERF401 -- a comprehension cannot yield
    return result


@LIBRARY.calls("foreach")
def _foreach(_machine: Any, fun: Any, items: Any) -> Steps:
    a_fun(fun, 1)
    for item in _walk(items):
        yield fun, (item,)
    return Atom("ok")


@LIBRARY.calls("filter")
def _filter(_machine: Any, fun: Any, items: Any) -> Steps:
    a_fun(fun, 1)
    result = []
    for item in _walk(items, "bad_generator", "bad_generator"):
        passes = _tested((yield fun, (item,)))
        if passes:
            result.append(item)
    return result


@LIBRARY.calls("filtermap")
@LIBRARY.calls("zf")
def _filtermap(_machine: Any, fun: Any, items: Any) -> Steps:
    a_fun(fun, 1)
    result = []
    for item in _walk(items):
        value = yield fun, (item,)
        if value is TRUE:
            result.append(item)
        elif type(value) is tuple and len(value) == 2 and value[0] is TRUE:
            result.append(value[1])
        elif value is not FALSE:
            raise failure("case_clause", value)
    return result


@LIBRARY.calls("flatmap")
def _flatmap(_machine: Any, fun: Any, items: Any) -> Steps:
    a_fun(fun, 1)
    parts = []
    for item in _walk(items):
        parts.append((yield fun, (item,)))  # noqa: PERF401
    result: Any = []
    for part in reversed(parts):
        result = append(part, result)
    return result


@LIBRARY.calls("foldl")
def _foldl(_machine: Any, fun: Any, state: Any, items: Any) -> Steps:
    a_fun(fun, 2)
    for item in _walk(items, "case_clause"):
        state = yield fun, (item, state)
    return state


@LIBRARY.calls("foldr")
def _foldr(_machine: Any, fun: Any, state: Any, items: Any) -> Steps:
    a_fun(fun, 2)
    for item in reversed(elements(items)):
        state = yield fun, (item, state)
    return state


def _map_folded(fun: Any, state: Any, items: Any) -> Steps:
    a_fun(fun, 2)
    result = []
    for item in items:
        answer = yield fun, (item, state)
        if type(answer) is not tuple or len(answer) != 2:
            raise failure("badmatch", answer)
        result.append(answer[0])
        state = answer[1]
    return result, state


@LIBRARY.calls("mapfoldl")
def _mapfoldl(_machine: Any, fun: Any, state: Any, items: Any) -> Steps:
    result, state = yield from _map_folded(fun, state, elements(items))
    return (result, state)


@LIBRARY.calls("mapfoldr")
def _mapfoldr(_machine: Any, fun: Any, state: Any, items: Any) -> Steps:
    result, state = yield from _map_folded(fun, state, reversed(elements(items)))
    return (result[::-1], state)


@LIBRARY.calls("all")
def _all(_machine: Any, fun: Any, items: Any) -> Steps:
    a_fun(fun, 1)
    for item in _walk(items, "case_clause"):
        if not _truth((yield fun, (item,))):
            return FALSE
    return TRUE


@LIBRARY.calls("any")
def _any(_machine: Any, fun: Any, items: Any) -> Steps:
    a_fun(fun, 1)
    for item in _walk(items, "case_clause"):
        if _truth((yield fun, (item,))):
            return TRUE
    return FALSE


@LIBRARY.calls("partition")
def _partition(_machine: Any, fun: Any, items: Any) -> Steps:
    a_fun(fun, 1)
    chosen: list[Any] = []
    others: list[Any] = []
    for item in _walk(items):
        (chosen if _truth((yield fun, (item,))) else others).append(item)
    return (chosen, others)


def _count_while(fun: Any, items: Any) -> Steps:
    a_fun(fun, 1)
    for index, item in enumerate(elements(items)):
        if not _truth((yield fun, (item,))):
            return index
    return len(items)


@LIBRARY.calls("takewhile")
def _takewhile(_machine: Any, fun: Any, items: Any) -> Steps:
    count = yield from _count_while(fun, items)
    return items[:count]


@LIBRARY.calls("dropwhile")
def _dropwhile(_machine: Any, fun: Any, items: Any) -> Steps:
    count = yield from _count_while(fun, items)
    return items[count:]


@LIBRARY.calls("splitwith")
def _splitwith(_machine: Any, fun: Any, items: Any) -> Steps:
    count = yield from _count_while(fun, items)
    return (items[:count], items[count:])


@LIBRARY.calls("search")
def _search(_machine: Any, fun: Any, items: Any) -> Steps:
    a_fun(fun, 1)
    for item in _walk(items):
        if _truth((yield fun, (item,))):
            return (_VALUE, item)
    return FALSE


@LIBRARY.calls("zipwith")
def _zipwith(_machine: Any, fun: Any, left: Any, right: Any) -> Steps:
    result = []
    for pair in _zip(left, right):
        result.append((yield fun, pair))  # noqa: PERF401
    return result


@LIBRARY.calls("zipwith3")
def _zipwith3(_machine: Any, fun: Any, one: Any, two: Any, three: Any) -> Steps:
    result = []
    for triple in _zip3(one, two, three):
        result.append((yield fun, triple))  # noqa: PERF401
    return result
