"""Where the library differs from that of ``erl``, and why."""

from __future__ import annotations

import re
from typing import NamedTuple


class Deliberate(NamedTuple):
    """A difference that is meant to be: patterns of the function, of its call, and of our answer."""

    function: str
    call: str
    ours: str
    reason: str


REFUSED = r"\{error,(function_clause|badarg)\}"

DELIBERATE = (
    Deliberate(
        r"lists:r?u?(key)?merge3?/\d", "", REFUSED,
        "merging what is no proper list: erl may notice when it gets there, or not at all",
    ),
    Deliberate(
        r"ordsets:.*", r"\|", REFUSED,
        "sets that are no proper lists: erl may return before it gets there",
    ),
    Deliberate(
        r"sets:.*", "", r"\{ok,\{set,#\{",
        "what a set is inside, which nobody may ask: a hash table for erl",
    ),
    Deliberate(
        r"proplists:get_keys/1", "", r"\{ok,",
        "the order of the keys, which is that of a hash table for erl",
    ),
    Deliberate(
        r"string:.*", r"\[(\"|<<|\[|\$.+\|)|\[.*(<<|,\")", r"\{ok,|\{error,(function_clause|badarg)\}",
        "the characters are the same, the depth of the lists they come in is not",
    ),
    Deliberate(
        r"string:.*", r"\[-1\]|16#110000|16#d800|\|", "",
        "numbers that are no characters; improper lists",
    ),
    Deliberate(
        r"string:(equal|find|lexemes|left|nth_lexeme|right|centre|slice|split|sub_word|take|tokens|trim|chars|titlecase)/\d",
        "", r"\{error,",
        "which of several wrong arguments is complained about, and whether one that is not needed is looked at",
    ),
    Deliberate(
        r"string:.*", "255", r"",
        "binaries that are no UTF-8 are looked at as far as it takes",
    ),
    Deliberate(
        r"lists:(u?(key)?sort|u?merge)/\d|ordsets:.*|sets:.*", r"\d\.\d", "",
        "the order of numbers that are equal and not the same, such as 1 and 1.0, which erl does not promise",
    ),
)  # fmt: skip


def reason_for(function: str, call: str, ours: str) -> str | None:
    """Why an answer may differ, or None if it must not."""
    for each in DELIBERATE:
        if re.fullmatch(each.function, function) and re.search(each.call, call) and re.match(each.ours, ours):
            return each.reason
    return None
