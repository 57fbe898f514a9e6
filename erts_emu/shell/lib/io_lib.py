"""The module ``io_lib``: formatting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from erts_emu.shell.format import BadFormat, format_parts
from erts_emu.shell.lib._arguments import an_atom, chars, refuse, walk
from erts_emu.shell.native import Library
from erts_emu.shell.values import FALSE, TRUE, badarg, boolean
from erts_emu.terms.atoms import Atom
from erts_emu.terms.format import format_p, format_w
from erts_emu.terms.kinds import ImproperList
from erts_emu.terms.spelling import atom_text

LIBRARY: Final = Library("io_lib")


@LIBRARY.plain("format", 2)
@LIBRARY.plain("fwrite", 2)
def _format(control: Any, arguments: Any) -> list[Any]:
    result: list[Any] = []
    try:
        for text, made in format_parts(control, arguments):
            result += [chars(text)] if made else chars(text)
    except BadFormat:
        raise badarg() from None
    return result


@LIBRARY.plain("format", 3)
@LIBRARY.plain("fwrite", 3)
def _format_limited(control: Any, arguments: Any, _options: Any) -> list[Any]:
    return _format(control, arguments)


@LIBRARY.plain("write", 1)
def _write(term: Any) -> list[int]:
    return chars(format_w(term))


@LIBRARY.plain("write", 2)
def _write_depth(term: Any, depth: Any) -> list[int]:
    return chars(format_w(term, depth if type(depth) is int else -1))


@LIBRARY.plain("print", 1)
def _print(term: Any) -> list[int]:
    return chars(format_p(term))


@LIBRARY.plain("print", 4)
def _print_with(term: Any, column: Any, width: Any, depth: Any) -> list[int]:
    return chars(format_p(term, column, width, depth))


@LIBRARY.plain("write_atom", 1)
def _write_atom(atom: Any) -> list[int]:
    return chars(atom_text(an_atom(atom), "unicode"))


@LIBRARY.plain("write_atom_as_latin1", 1)
def _write_atom_as_latin1(atom: Any) -> list[int]:
    return chars(atom_text(an_atom(atom)))


@LIBRARY.plain("quote_atom", 2)
def _quote_atom(atom: Any, name: Any) -> Atom:
    return boolean(name == [] or atom_text(an_atom(atom), "unicode").startswith("'"))


# --- characters and strings ---

_NAMED: Final = {8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 27: "e", 127: "d"}
_LATIN1: Final = 0xFF


def _spelt(code: Any, quote: int) -> list[Any]:
    """A character as it stands inside of quotes. Anything else stands for itself."""
    if type(code) is not int:
        return [code]
    if code in (quote, 92):
        return [92, code]
    if code in _NAMED:
        return chars(f"\\{_NAMED[code]}")
    if 0 <= code < 32 or 127 < code < 160:
        return chars(f"\\{code:03o}")
    return [code]


def _spelt_latin1(code: Any, quote: int) -> list[Any]:
    return chars(f"\\x{{{code:X}}}") if type(code) is int and code > _LATIN1 else _spelt(code, quote)


def _quoted(term: Any, quote: Any, spell: Callable[[Any, Any], list[Any]]) -> list[Any]:
    return [quote, *(each for code in walk(term) for each in spell(code, quote)), quote]


def _only_latin1(term: Any) -> Any:
    if any(type(code) is not int or code > _LATIN1 for code in walk(term)):
        refuse()
    return term


@LIBRARY.plain("write_string", 1, 2)
@LIBRARY.plain("write_unicode_string", 1)
def _write_string(term: Any, quote: Any = 34) -> list[Any]:
    return _quoted(term, quote, _spelt)


@LIBRARY.plain("write_latin1_string", 1, 2)
def _write_latin1_string(term: Any, quote: Any = 34) -> list[Any]:
    return _quoted(_only_latin1(term), quote, _spelt)


@LIBRARY.plain("write_string_as_latin1", 1, 2)
def _write_string_as_latin1(term: Any, quote: Any = 34) -> list[Any]:
    return _quoted(term, quote, _spelt_latin1)


def _character(code: Any) -> int:
    if type(code) is not int or code < 0:
        refuse()
    return code


@LIBRARY.plain("write_char", 1)
@LIBRARY.plain("write_unicode_char", 1)
def _write_char(code: Any) -> list[Any]:
    return [36, *(chars("\\s") if code == 32 else _spelt(_character(code), -1))]


@LIBRARY.plain("write_latin1_char", 1)
def _write_latin1_char(code: Any) -> list[Any]:
    if type(code) is not int or code > _LATIN1:
        refuse()
    return [36, *_spelt(_character(code), -1)]


@LIBRARY.plain("write_char_as_latin1", 1)
def _write_char_as_latin1(code: Any) -> list[Any]:
    return [36, *_spelt_latin1(_character(code), -1)]


@LIBRARY.plain("chars_length", 1)
def _chars_length(term: Any) -> int:
    from erts_emu.terms import NotIodata, iolist_to_bytes

    if not isinstance(term, list | bytes | ImproperList):
        refuse()
    try:
        return len(iolist_to_bytes(term))
    except NotIodata:
        from erts_emu.shell.lib.string import length

        return length(term)


@LIBRARY.plain("nl", 0)
def _nl() -> list[int]:
    return [10]


@LIBRARY.plain("printable_list", 1)
@LIBRARY.plain("printable_latin1_list", 1)
def _printable_list(term: Any) -> Atom:
    from erts_emu.terms._printable import list_as_text

    return boolean(type(term) is list and (not term or list_as_text(term, "latin1", "latin1") is not None))


@LIBRARY.plain("printable_unicode_list", 1)
def _printable_unicode_list(term: Any) -> Atom:
    from erts_emu.terms._printable import list_as_text

    return boolean(type(term) is list and (not term or list_as_text(term, "unicode", "unicode") is not None))


@LIBRARY.plain("char_list", 1)
def _char_list(term: Any) -> Atom:
    return boolean(
        type(term) is list
        and all(type(code) is int and 0 <= code <= 0x10FFFF and not 0xD800 <= code < 0xE000 for code in term)
    )


@LIBRARY.plain("latin1_char_list", 1)
def _latin1_char_list(term: Any) -> Atom:
    return boolean(type(term) is list and all(type(code) is int and 0 <= code <= 255 for code in term))


def _all_deep(term: Any, fits: Callable[[int], bool]) -> Atom:
    pending = [term]
    while pending:
        part = pending.pop()
        if type(part) is list:
            pending += part
        elif part is term or type(part) is not int or not fits(part):
            return FALSE
    return TRUE


def _is_unicode(code: int) -> bool:
    return 0 <= code < 0xD800 or 0xE000 <= code <= 0x10FFFF


@LIBRARY.plain("deep_char_list", 1)
@LIBRARY.plain("deep_unicode_char_list", 1)
def _deep_char_list(term: Any) -> Atom:
    return _all_deep(term, _is_unicode)


@LIBRARY.plain("deep_latin1_char_list", 1)
def _deep_latin1_char_list(term: Any) -> Atom:
    return _all_deep(term, lambda code: 0 <= code <= _LATIN1)
