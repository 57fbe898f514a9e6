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
        r"lists:(merge|umerge|rmerge|rumerge|merge3|umerge3|rmerge3|rumerge3|keymerge|ukeymerge|rkeymerge|rukeymerge|"
        r"keysort|ukeysort)/\d",
        "", REFUSED,
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
        r"string:(equal|find|span|cspan|lexemes|left|nth_lexeme|right|centre|slice|split|sub_word|take|tokens|trim|chars|titlecase)/\d",
        "", r"\{error,|\{ok,0",
        "which of several wrong arguments is complained about, and whether one that is not needed is looked at",
    ),
    Deliberate(
        r"string:.*", "255", r"",
        "binaries that are no UTF-8 are looked at as far as it takes",
    ),
    Deliberate(
        r"io_lib:(format|fwrite|write|print)/\d", r"^io_lib:.*", r"\{ok,",
        "the characters are the same, the depth of the lists they come in is not",
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
    ),
    Deliberate(
        r"binary:replace/\d", "", r"\{ok,",
        "replacements and places for them that are wrong, where nothing is replaced",
    ),
    Deliberate(
        r"io_lib:(write_\w*string\w*|quote_atom|chars_length)/\d", "", "",
        "lists of what is no character; names that are not those of the atom",
    ),
    Deliberate(
        r"filename:.*|filelib:.*|file:.*|os:.*", "", REFUSED,
        "what is no file name, where erl finds out late or not at all",
    ),
    Deliberate(r"filename:basename/2", r"\(a,|<<", "", "atoms and strings together with binaries"),
    Deliberate(r"os:(getenv|putenv)/\d", r"\(\[\]|\(\"\"", "", "an environment variable without a name"),
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
    Deliberate(r"erlang:term_to_binary/2", "minor_version,2", "", "atoms are always encoded as by default"),
    Deliberate(r"erlang:raise/3", "", "", "stack traces that are none"),
    Deliberate(r"erlang:float_to_(list|binary)/2", r"253", "", "more digits than erl has room for"),
    Deliberate(
        r"unicode:characters_to_(list|binary)/\d", r"utf(16|32)|latin1", r"\{ok,\{(error|incomplete),",
        "what is left of data that is cut off",
    ),
    Deliberate(r"erlang:binary_to_term/2", "no such atom", "", "atoms that earlier calls have made"),
    Deliberate(r"erlang:binary_to_list/3", "<<1:33>>", "", "a bitstring, of which erl takes the whole bytes"),
    Deliberate(r"erlang:term_to_binary/2", "minor_version,0", "", "floats are always encoded as by default"),
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


def reason_for(function: str, call: str, ours: str) -> str | None:
    """Why an answer may differ, or None if it must not."""
    for each in DELIBERATE:
        if re.fullmatch(each.function, function) and re.search(each.call, call) and re.match(each.ours, ours):
            return each.reason
    return None
