"""The module ``io_lib``: formatting."""

from __future__ import annotations

from typing import Any, Final

from erts_emu.shell.format import BadFormat, format_parts
from erts_emu.shell.lib._arguments import chars
from erts_emu.shell.native import Library
from erts_emu.shell.values import badarg, boolean
from erts_emu.terms.atoms import Atom
from erts_emu.terms.format import format_p, format_w
from erts_emu.terms.spelling import atom_text, string_text

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
    if type(atom) is not Atom:
        raise badarg()
    return chars(atom_text(atom))


@LIBRARY.plain("write_string", 1)
def _write_string(term: Any) -> list[int]:
    return chars(string_text("".join(map(chr, term)), "unicode"))


@LIBRARY.plain("write_char", 1)
def _write_char(code: Any) -> list[int]:
    return chars("$" + string_text(chr(code), "unicode")[1:-1].replace('\\"', '"'))


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


@LIBRARY.plain("deep_char_list", 1)
def _deep_char_list(term: Any) -> Atom:
    pending = [term]
    while pending:
        part = pending.pop()
        if type(part) is list:
            pending += part
        elif part is term or type(part) is not int or not 0 <= part <= 0x10FFFF:
            return boolean(False)
    return boolean(True)
