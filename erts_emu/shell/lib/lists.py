"""The module ``lists``."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

from erts_emu.shell.lib._arguments import a_fun, elements, is_cons, is_fun, parts, refuse, walk
from erts_emu.shell.lib._sorting import sort_by
from erts_emu.shell.native import Library
from erts_emu.shell.operators import add, append, equal, is_list, less, remove, same
from erts_emu.shell.values import FALSE, TRUE, badarg, badarith, boolean, failure, function_clause
from erts_emu.terms.atoms import Atom
from erts_emu.terms.kinds import ImproperList, list_with_tail
from erts_emu.terms.maps import exact_key
from erts_emu.terms.order import sort_key

LIBRARY: Final = Library("lists", ("lists_merging",))
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
        elif type(thing) is ImproperList:
            raise badarg()
        else:
            raise refuse()
    return result


@LIBRARY.plain("subtract")
def _subtract(left: Any, right: Any) -> Any:
    return remove(left, right)


@LIBRARY.plain("reverse", 1)
def _reverse(items: Any) -> list[Any]:
    if type(items) is ImproperList and len(items.elements) > 1:
        raise badarg()
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
    if type(index) is not int and not isinstance(index, float) and is_cons(items):
        raise badarith()
    if type(index) is not int or index < 1:
        refuse()
    content, _ = parts(items)
    if index > len(content):
        refuse()
    return content[index - 1]


@LIBRARY.plain("nthtail")
def _nthtail(count: Any, items: Any) -> Any:
    if type(count) is not int and not isinstance(count, float) and is_cons(items):
        raise badarith()
    content, tail = parts(items)
    if type(count) is not int or count < 0 or len(content) < count or not (content or is_list(tail)):
        refuse()
    return list_with_tail(content[count:], tail)


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
    content, tail = parts(items)
    if type(length) is not int or length < 0 or not is_list(items) or (tail != [] and length > len(content)):
        refuse()
    return list(content[:length])


@LIBRARY.plain("sublist", 3)
def _sublist_from(items: Any, start: Any, length: Any) -> list[Any]:
    if type(start) is not int or start < 1:
        refuse()
    content, tail = parts(items)
    if start - 1 > len(content) and tail == []:
        return []
    return _sublist(_nthtail(start - 1, items), length)


@LIBRARY.plain("split")
def _split(count: Any, items: Any) -> tuple[list[Any], Any]:
    if type(count) is not int or count < 0 or not is_list(items):
        raise badarg()
    content, tail = parts(items)
    if count > len(content):
        raise badarg() if tail == [] else function_clause()
    return (list(content[:count]), list_with_tail(content[count:], tail))


@LIBRARY.plain("join")
def _join(separator: Any, items: Any) -> list[Any]:
    return [part for item in elements(items) for part in (separator, item)][1:]


@LIBRARY.plain("flatten", 1)
def _flatten(items: Any) -> list[Any]:
    return _flat(items)


@LIBRARY.plain("flatten", 2)
def _flatten_onto(items: Any, tail: Any) -> Any:
    if not is_list(tail):
        refuse()
    return list_with_tail(_flat(items), tail)


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
    content, tail = parts(items)
    if any(same(item, each) for each in content):
        return TRUE
    if tail != []:
        raise badarg()
    return FALSE


@LIBRARY.plain("delete")
def _delete(item: Any, items: Any) -> Any:
    content, tail = parts(items)
    for index, each in enumerate(content):
        if same(item, each):
            return list_with_tail((*content[:index], *content[index + 1 :]), tail)
    return elements(items)


@LIBRARY.plain("prefix")
def _prefix(prefix: Any, items: Any) -> Atom:
    wanted, end = parts(prefix)
    content, tail = parts(items)
    for index, item in enumerate(wanted):
        if index == len(content):
            break
        if not same(item, content[index]):
            return FALSE
    if len(content) < len(wanted):
        return FALSE if tail == [] else refuse()
    if end != [] or not (is_list(tail) or len(content) > len(wanted)):
        refuse()
    return TRUE


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
    for item in walk(items):
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
    content, tail = parts(items)
    for item in content:
        if _has_key(item, key, place):
            return item
    if tail != []:
        raise badarg()
    return FALSE


@LIBRARY.plain("keymember")
def _keymember(key: Any, place: Any, items: Any) -> Atom:
    return boolean(_keyfind(key, place, items) is not FALSE)


@LIBRARY.plain("keysearch")
def _keysearch(key: Any, place: Any, items: Any) -> Any:
    found = _keyfind(key, place, items)
    return FALSE if found is FALSE else (_VALUE, found)


def _keyed_at(key: Any, place: Any, items: Any) -> tuple[Sequence[Any], int, Any]:
    """The elements and the tail of a list, and between them the index of the first with a key, or -1."""
    _clause_place(place)
    content, tail = parts(items)
    index = next((index for index, item in enumerate(content) if _has_key(item, key, place)), -1)
    if index < 0 and tail != []:
        refuse()
    return content, index, tail


@LIBRARY.plain("keydelete")
def _keydelete(key: Any, place: Any, items: Any) -> Any:
    content, index, tail = _keyed_at(key, place, items)
    return items if index < 0 else list_with_tail((*content[:index], *content[index + 1 :]), tail)


@LIBRARY.plain("keyreplace")
def _keyreplace(key: Any, place: Any, items: Any, new: Any) -> Any:
    if type(new) is not tuple:
        refuse()
    content, index, tail = _keyed_at(key, place, items)
    return items if index < 0 else list_with_tail((*content[:index], new, *content[index + 1 :]), tail)


@LIBRARY.plain("keystore")
def _keystore(key: Any, place: Any, items: Any, new: Any) -> Any:
    if type(new) is not tuple:
        refuse()
    content, index, tail = _keyed_at(key, place, items)
    if index < 0:
        return [*content, new]
    return list_with_tail((*content[:index], new, *content[index + 1 :]), tail)


@LIBRARY.plain("keytake")
def _keytake(key: Any, place: Any, items: Any) -> Any:
    content, index, tail = _keyed_at(key, place, items)
    if index < 0:
        return FALSE
    return (_VALUE, content[index], list_with_tail((*content[:index], *content[index + 1 :]), tail))


@LIBRARY.calls("keymap")
def _keymap(_machine: Any, fun: Any, place: Any, items: Any) -> Steps:
    result = []
    for item in walk(items):
        if type(item) is not tuple or type(place) is not int or not 1 <= place <= len(item):
            raise badarg()
        result.append((*item[: place - 1], (yield fun, (item[place - 1],)), *item[place:]))
    _clause_place(place)
    a_fun(fun, 1)
    return result


# --- sorting ---


@LIBRARY.plain("sort", 1)
def _sort(items: Any) -> list[Any]:
    return sorted(elements(items), key=sort_key)


@LIBRARY.calls("sort", 2)
def _sort_by(_machine: Any, fun: Any, items: Any) -> Steps:
    if len(elements(items)) < 2:
        a_fun(fun, 2)
    result: list[Any] = yield from sort_by(fun, items)
    return result


def without_repeats(items: list[Any], place: int = 0) -> list[Any]:
    """Of neighbours that are equal, or whose element at *place* is, only the first."""
    if not items:
        return items
    key: Callable[[Any], Any] = (lambda item: item[place - 1]) if place else (lambda item: item)
    return [items[0], *(after for before, after in pairwise(items) if not equal(key(before), key(after)))]


@LIBRARY.plain("usort", 1)
def _usort(items: Any) -> list[Any]:
    return without_repeats(sorted(elements(items), key=sort_key))


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
    _clause_place(place)
    content, tail = parts(items)
    if tail != []:
        raise failure("case_clause", items) if len(content) < 2 else function_clause()
    if len(content) < 2:
        return list(content)
    if any(type(item) is not tuple or len(item) < place for item in content):
        raise badarg()
    return sorted(content, key=lambda item: sort_key(item[place - 1]))


@LIBRARY.plain("ukeysort")
def _ukeysort(place: Any, items: Any) -> list[Any]:
    ordered = _keysort(place, items)
    return without_repeats(ordered, place) if len(ordered) > 1 else ordered


@LIBRARY.plain("uniq", 1)
def _uniq(items: Any) -> list[Any]:
    kept: dict[Any, Any] = {}
    for item in walk(items):
        kept.setdefault(exact_key(item), item)
    return list(kept.values())


@LIBRARY.calls("uniq", 2)
def _uniq_by(_machine: Any, fun: Any, items: Any) -> Steps:
    a_fun(fun, 1)
    seen = set()
    result = []
    for item in walk(items):
        key = exact_key((yield fun, (item,)))
        if key not in seen:
            seen.add(key)
            result.append(item)
    return result


# --- with funs ---


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
    for item in walk(items, "case_clause"):
        result.append((yield fun, (item,)))  # noqa: PERF401 -- a comprehension cannot yield
    return result


@LIBRARY.calls("foreach")
def _foreach(_machine: Any, fun: Any, items: Any) -> Steps:
    a_fun(fun, 1)
    for item in walk(items):
        yield fun, (item,)
    return Atom("ok")


@LIBRARY.calls("filter")
def _filter(_machine: Any, fun: Any, items: Any) -> Steps:
    a_fun(fun, 1)
    result = []
    for item in walk(items, "bad_generator", "bad_generator"):
        passes = _tested((yield fun, (item,)))
        if passes:
            result.append(item)
    return result


@LIBRARY.calls("filtermap")
@LIBRARY.calls("zf")
def _filtermap(_machine: Any, fun: Any, items: Any) -> Steps:
    a_fun(fun, 1)
    result = []
    for item in walk(items):
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
    for item in walk(items):
        parts.append((yield fun, (item,)))  # noqa: PERF401
    result: Any = []
    for part in reversed(parts):
        result = append(part, result)
    return result


@LIBRARY.calls("foldl")
def _foldl(_machine: Any, fun: Any, state: Any, items: Any) -> Steps:
    a_fun(fun, 2)
    for item in walk(items, "case_clause"):
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
    result, state = yield from _map_folded(fun, state, walk(items))
    return (result, state)


@LIBRARY.calls("mapfoldr")
def _mapfoldr(_machine: Any, fun: Any, state: Any, items: Any) -> Steps:
    result, state = yield from _map_folded(fun, state, reversed(elements(items)))
    return (result[::-1], state)


@LIBRARY.calls("all")
def _all(_machine: Any, fun: Any, items: Any) -> Steps:
    a_fun(fun, 1)
    for item in walk(items, "case_clause"):
        if not _truth((yield fun, (item,))):
            return FALSE
    return TRUE


@LIBRARY.calls("any")
def _any(_machine: Any, fun: Any, items: Any) -> Steps:
    a_fun(fun, 1)
    for item in walk(items, "case_clause"):
        if _truth((yield fun, (item,))):
            return TRUE
    return FALSE


@LIBRARY.calls("partition")
def _partition(_machine: Any, fun: Any, items: Any) -> Steps:
    a_fun(fun, 1)
    chosen: list[Any] = []
    others: list[Any] = []
    for item in walk(items):
        (chosen if _truth((yield fun, (item,))) else others).append(item)
    return (chosen, others)


def _count_while(fun: Any, items: Any) -> Steps:
    a_fun(fun, 1)
    count = 0
    for item in walk(items):
        if not _truth((yield fun, (item,))):
            break
        count += 1
    return count


@LIBRARY.calls("takewhile")
def _takewhile(_machine: Any, fun: Any, items: Any) -> Steps:
    count = yield from _count_while(fun, items)
    return list(parts(items)[0][:count])


@LIBRARY.calls("dropwhile")
def _dropwhile(_machine: Any, fun: Any, items: Any) -> Steps:
    count = yield from _count_while(fun, items)
    content, tail = parts(items)
    return list_with_tail(content[count:], tail)


@LIBRARY.calls("splitwith")
def _splitwith(_machine: Any, fun: Any, items: Any) -> Steps:
    count = yield from _count_while(fun, items)
    content, tail = parts(items)
    return (list(content[:count]), list_with_tail(content[count:], tail))


@LIBRARY.calls("search")
def _search(_machine: Any, fun: Any, items: Any) -> Steps:
    a_fun(fun, 1)
    for item in walk(items):
        if _truth((yield fun, (item,))):
            return (_VALUE, item)
    return FALSE


def _together(lists: tuple[Any, ...], fun: Any) -> Iterator[tuple[Any, ...]]:
    """The elements of several lists side by side; *fun* is looked at if there are none."""
    walks = [parts(each) for each in lists]
    size = min(len(content) for content, _ in walks)
    yield from zip(*(content[:size] for content, _ in walks), strict=True)
    if any(tail != [] or len(content) > size for content, tail in walks) or not is_fun(fun, len(lists)):
        refuse()


@LIBRARY.calls("zipwith")
def _zipwith(_machine: Any, fun: Any, left: Any, right: Any) -> Steps:
    result = []
    for pair in _together((left, right), fun):
        result.append((yield fun, pair))  # noqa: PERF401
    return result


@LIBRARY.calls("zipwith3")
def _zipwith3(_machine: Any, fun: Any, one: Any, two: Any, three: Any) -> Steps:
    result = []
    for triple in _together((one, two, three), fun):
        result.append((yield fun, triple))  # noqa: PERF401
    return result
