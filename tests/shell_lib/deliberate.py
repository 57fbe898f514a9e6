"""Where the library differs from that of ``erl``, and why."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from erts_emu.shell.session import read_forms
from erts_emu.shell.terms_text import term_of
from erts_emu.terms import ImproperList, format_w


class Deliberate(NamedTuple):
    """A difference that is meant to be: patterns of the function, of its call, of our answer, and of that of ``erl``.

    *alike* says what the two answers have in common all the same.
    """

    function: str
    call: str
    ours: str
    reason: str
    theirs: str = ""
    alike: Callable[[str, str], bool] = lambda _ours, _theirs: True


def _value(answer: str) -> Any:
    """The term of an answer ``{ok, Term, Text}``; the answer itself if it is another one."""
    if not answer.startswith("{ok,"):
        return answer
    return term_of(next(read_forms(f"{answer} .")).nodes)[1]


def _characters(term: Any) -> Any:
    """A term in which deep lists of characters are flat, binaries among them decoded."""
    if isinstance(term, bytes):
        return [*term.decode("utf-8", "surrogateescape")]
    if isinstance(term, ImproperList):
        return _characters([*term.elements, term.tail])
    if isinstance(term, list):
        parts = [_characters(part) for part in term]
        return [each for part in parts for each in (part if isinstance(part, list) else [part])]
    if isinstance(term, tuple):
        return tuple(map(_characters, term))
    return chr(term) if type(term) is int and 0 <= term <= 0x10FFFF else term


def same_characters(ours: str, theirs: str) -> bool:
    """Whether the answers differ in the depth of lists and in binaries only."""
    return bool(_characters(_value(ours)) == _characters(_value(theirs)))


def same_elements(ours: str, theirs: str) -> bool:
    """Whether the answers are lists with the same elements in another order."""
    mine, other = _value(ours), _value(theirs)
    return (
        isinstance(mine, list)
        and isinstance(other, list)
        and sorted(map(format_w, mine)) == sorted(map(format_w, other))
    )


ACCEPTED: Final = r"\{ok,"


REFUSED = r"\{error,(function_clause|badarg)\}"

DELIBERATE = (
    Deliberate(
        r"lists:(merge|umerge|rmerge|rumerge|merge3|umerge3|rmerge3|rumerge3|keymerge|ukeymerge|rkeymerge|rukeymerge|"
        r"keysort|ukeysort)/\d",
        "", REFUSED,
        "merging what is no proper list: erl may notice when it gets there, or not at all",
        theirs=r"\{ok,|\{error,(function_clause|badarg|\{case_clause)",
    ),
    Deliberate(
        r"ordsets:.*", r"\|", REFUSED,
        "sets that are no proper lists: erl may return before it gets there",
        theirs=ACCEPTED,
    ),
    Deliberate(
        r"sets:.*", "", r"\{ok,\{set,#\{",
        "what a set is inside, which nobody may ask: a hash table for erl",
        theirs=r"\{ok,\{set,",
    ),
    Deliberate(
        r"proplists:get_keys/1", "", r"\{ok,",
        "the order of the keys, which is that of a hash table for erl",
        alike=same_elements,
    ),
    Deliberate(
        r"string:.*", r"\[(\"|<<|\[|\$.+\|)|\[.*(<<|,\")", r"\{ok,",
        "the characters are the same, the depth of the lists they come in is not",
        alike=same_characters,
    ),
    Deliberate(
        r"string:(list_to_\w+|to_\w+|next_\w+|find|split|replace|take|trim|chomp|slice|\w*case)/\d",
        r"\[(\"|<<|\[|\$.+\|)|\[.*(<<|,\")",
        r"\{ok,|\{error,(function_clause|badarg)\}",
        "deep lists where numbers are read, or where something is complained about",
    ),
    Deliberate(
        r"string:.*", r"\[-1\]|16#110000|16#d800|\|", "",
        "numbers that are no characters; improper lists",
    ),
    Deliberate(
        r"string:(equal|find|span|cspan|lexemes|left|nth_lexeme|right|centre|slice|split|sub_word|take|tokens|trim|chars|titlecase)/\d",
        "", r"\{error,|\{ok,0",
        "which of several wrong arguments is complained about, and whether one that is not needed is looked at",
    ),
    Deliberate(
        r"string:.*", "255", r"",
        "binaries that are no UTF-8 are looked at as far as it takes",
    ),
    Deliberate(
        r"io_lib:(format|fwrite|write|print)/\d", "", ACCEPTED,
        "the characters are the same, the depth of the lists they come in is not",
        alike=same_characters,
    ),
    Deliberate(
        r"io_lib:(print/4|write/2)", r"\b(a|1\.0)\b", "",
        "columns, widths and depths that are no integers",
    ),
    Deliberate(
        r"rand:.*", r"exs64|exs1024|exsplus|exrop|exro928ss|exs1024s|exsp\b|dummy", REFUSED,
        "only the default generator, exsss, and those that stand by themselves are there",
    ),
    Deliberate(r"rand:mwc59.*", r"-1|1 bsl", "", "states that are none"),
    Deliberate(r"rand:(exsp_jump|exsp_next|normal_s)/\d", "", REFUSED, "states, means and variances that are none"),
    Deliberate(
        r"binary:.*|erlang:binary_part/\d", "", r"\{error,badarg\}",
        "bitstrings that are no binaries, some of which erl takes; patterns and options that it does not look at",
        theirs=ACCEPTED,
    ),
    Deliberate(
        r"binary:replace/\d", "", r"\{ok,",
        "replacements and places for them that are wrong, where nothing is replaced",
        theirs=r"\{error,badarg\}",
    ),
    Deliberate(
        r"io_lib:(write_\w*string\w*|quote_atom|chars_length)/\d", "", "",
        "lists of what is no character; names that are not those of the atom",
    ),
    Deliberate(
        r"filename:.*|filelib:.*|file:.*|os:.*", "", REFUSED,
        "what is no file name, where erl finds out late or not at all",
        theirs=r"\{ok,|\{error,function_clause\}",
    ),
    Deliberate(r"filename:basename/2", r"\(a,|<<", "", "atoms and strings together with binaries"),
    Deliberate(r"os:(getenv|putenv)/\d", r"\(\[\]|\(\"\"", "", "an environment variable without a name"),
    Deliberate(
        r"os:getenv/\d", "NO_SUCH_NAME", r"\{ok,",
        "what earlier calls have set: here each call is asked in an emulator with an environment of its own",
        theirs=ACCEPTED,
    ),
    Deliberate(
        r"erl_ddll:(load|load_driver|reload|reload_driver|try_load)/\d", "", r"\{ok,\{error,\{open_error,-1",
        "the numbers of the dynamic linker's messages, which are given out as they come up; erl has seen one at boot",
        theirs=r"\{ok,\{error,\{open_error,-1",
    ),
    Deliberate(r"rand:seed(_s)?/\d", "", REFUSED, "seeds that are none", theirs=r"\{error,"),
    Deliberate(
        r"(os:find_executable|sets:from_list)/2", r"\|c\]", r"\{ok,", "paths and options that are no proper lists",
        theirs=r"\{error,function_clause\}",
    ),
    Deliberate(
        r"erl_ddll:(load|load_driver|reload|reload_driver|try_load)/\d", "",
        r"\{ok,\{error,not_loaded|\{error,badarg",
        "names that are none",
    ),
    Deliberate(
        r"erlang:(fun_info|external_size|term_to_iovec|term_to_binary)/\d",
        r"fun\(|fun erlang|\(fun", "",
        "what funs of the evaluator hold inside",
    ),
    Deliberate(r"erlang:raise/3", "", "", "stack traces that are none"),
    Deliberate(r"erlang:float_to_(list|binary)/2", r"253", "", "more digits than erl has room for"),
    Deliberate(
        r"unicode:characters_to_(list|binary)/\d", r"utf(16|32)|latin1", r"\{ok,\{(error|incomplete),",
        "what is left of data that is cut off",
    ),
    Deliberate(r"erlang:binary_to_term/2", "no such atom", "", "atoms that earlier calls have made"),
    Deliberate(r"erlang:binary_to_list/3", "<<1:33>>", "", "a bitstring, of which erl takes the whole bytes"),
    Deliberate(r"io_lib:(format|fwrite)/\d", r"\[.*-1.*\]", "", "negative characters"),
    Deliberate(r"(unicode|string):.*", r"\[1\.0", "", "lists of numbers that are no integers"),
    Deliberate(
        r"string:(lexemes|take|trim|nth_lexeme)/\d", r"\[\$\\n\]|\"\"", "",
        "a line feed that ends a line together with a carriage return; separators that are none",
    ),
    Deliberate(r"(filelib|filename):.*", r"\|c\]", "", "names that are improper lists"),
    Deliberate(r"proplists:.*", r"\[\[1\]|\{a,1,2\}", "", "properties that are none"),
    Deliberate(r"lists:(rumerge|rumerge3)/\d", r"\[1,2,3\]|\d\.\d", "", "lists that are not sorted"),
    Deliberate(r"erlang:posixtime_to_universaltime/1", "1 bsl", "", "years beyond all calendars"),
    Deliberate(r"erlang:float_to_(list|binary)/2", r"1\.7976931348623157e308", "", "more digits than erl has room for"),
    Deliberate(
        r"lists:(sort|usort)/2", r"fun\(_, _\) -> a|\|", "",
        "when a fun is called that gives no truth value, or sorts an improper list",
    ),
    Deliberate(
        r"lists:(keymerge|ukeymerge|rkeymerge|rukeymerge|rmerge|rumerge)/3", "", r"\{ok,",
        "lists that are not sorted, not even by a fun; tuples without the element, where nothing is compared",
    ),
    Deliberate(
        r"lists:(sort|usort|keysort|ukeysort|merge|umerge)/\d|ordsets:.*|sets:.*", r"\d\.\d", "",
        "the order of numbers that are equal and not the same, such as 1 and 1.0, which erl does not promise",
    ),
)  # fmt: skip


def reason_for(function: str, call: str, ours: str, theirs: str) -> str | None:
    """Why an answer may differ from that of ``erl``, or None if it must not."""
    for each in DELIBERATE:
        if (
            re.fullmatch(each.function, function)
            and re.search(each.call, call)
            and re.match(each.ours, ours)
            and re.match(each.theirs, theirs)
            and each.alike(ours, theirs)
        ):
            return each.reason
    return None
