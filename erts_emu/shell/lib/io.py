"""The module ``io``: standard output, standard error, standard input."""

from __future__ import annotations

from typing import Any, Final

from erts_emu.shell.format import BadFormat, characters, format_text
from erts_emu.shell.lib._arguments import a_list, chars
from erts_emu.shell.native import Library
from erts_emu.shell.values import ERROR, FALSE, OK, badarg
from erts_emu.terms.atoms import Atom
from erts_emu.terms.format import format_w
from erts_emu.terms.identifiers import Pid

LIBRARY: Final = Library("io")

_STANDARD_IO: Final = Atom("standard_io")
_OUTPUTS: Final = (_STANDARD_IO, Atom("user"))
_STANDARD_ERROR: Final = Atom("standard_error")
DEVICES: Final = (*_OUTPUTS, _STANDARD_ERROR)
_EOF: Final = Atom("eof")


def _write(machine: Any, device: Any, text: str) -> Atom:
    if device is _STANDARD_ERROR:
        machine.session.error_output.write(text)
    elif device in _OUTPUTS or type(device) is Pid:
        machine.session.output.write(text)
    else:
        raise badarg()
    return OK


@LIBRARY.context("format", 1, 2, 3, needs_process=False)
@LIBRARY.context("fwrite", 1, 2, 3, needs_process=False)
def _format(machine: Any, *given: Any) -> Atom:
    device, control, arguments = _with_device(given)
    try:
        text = format_text(control, arguments)
    except BadFormat:
        raise badarg() from None
    return _write(machine, device, text)


def _with_device(given: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    if len(given) == 1:
        return (_STANDARD_IO, given[0], [])
    if len(given) == 2:
        return (_STANDARD_IO, *given)
    return given


@LIBRARY.context("nl", 0, 1, needs_process=False)
def _nl(machine: Any, device: Any = _STANDARD_IO) -> Atom:
    return _write(machine, device, "\n")


@LIBRARY.context("put_chars", 1, 2, needs_process=False)
def _put_chars(machine: Any, *given: Any) -> Atom:
    device, data = (_STANDARD_IO, *given) if len(given) == 1 else given
    try:
        text = _strict(data)
    except BadFormat:
        raise badarg() from None
    return _write(machine, device, text)


def _strict(data: Any) -> str:
    """Characters in which binaries are UTF-8."""
    from erts_emu.shell.lib.unicode import BadCharacters, decode

    try:
        return decode(data)
    except BadCharacters:
        raise BadFormat("not characters") from None


@LIBRARY.context("write", 1, 2, needs_process=False)
def _write_term(machine: Any, *given: Any) -> Atom:
    device, term = (_STANDARD_IO, *given) if len(given) == 1 else given
    return _write(machine, device, format_w(term))


@LIBRARY.context("columns", 0, 1, needs_process=False)
@LIBRARY.context("rows", 0, 1, needs_process=False)
def _columns(_machine: Any, _device: Any = None) -> Any:
    return (ERROR, Atom("enotsup"))


@LIBRARY.context("getopts", 0, 1, needs_process=False)
def _getopts(machine: Any, _device: Any = None) -> Any:
    encoding = "unicode" if machine.session.output.unicode else "latin1"
    return [(Atom("binary"), FALSE), (Atom("encoding"), Atom(encoding))]


@LIBRARY.context("setopts", 1, 2, needs_process=False)
def _setopts(machine: Any, *given: Any) -> Any:
    for option in a_list(given[-1]):
        if type(option) is tuple and len(option) == 2 and option[0] is Atom("encoding"):
            if option[1] not in (Atom("unicode"), Atom("utf8"), Atom("latin1")):
                return (ERROR, Atom("enotsup"))
            machine.session.output.unicode = option[1] is not Atom("latin1")
    return OK


@LIBRARY.plain("printable_range")
def _printable_range() -> Atom:
    return Atom("latin1")


# --- input ---


def _prompt(machine: Any, prompt: Any) -> None:
    if type(prompt) is tuple and len(prompt) == 3 and prompt[0] is Atom("format"):
        text = format_text(prompt[1], prompt[2])
    elif type(prompt) is Atom:
        text = prompt.name
    else:
        try:
            text = characters(prompt, unicode=True)
        except BadFormat:
            text = format_w(prompt)
    if text:
        machine.session.output.write(text)


def _answer(text: str) -> Any:
    return chars(text) if text else _EOF


@LIBRARY.context("get_line", 1, 2, needs_process=False)
def _get_line(machine: Any, *given: Any) -> Any:
    _prompt(machine, given[-1])
    return _answer(machine.session.input.line())


@LIBRARY.context("get_chars", 2, 3, needs_process=False)
def _get_chars(machine: Any, *given: Any) -> Any:
    prompt, count = given[-2:]
    if type(count) is not int or count < 0:
        raise badarg()
    _prompt(machine, prompt)
    return _answer(machine.session.input.characters(count))


@LIBRARY.context("read", 1, 2, needs_process=False)
def _read(machine: Any, *given: Any) -> Any:
    from erts_emu.shell.constants import NOT_CONSTANT
    from erts_emu.shell.parser import ParseError, parse_form
    from erts_emu.shell.terms_text import term_of
    from erts_emu.shell.tokens import ScanError

    _prompt(machine, given[-1])
    try:
        tokens = machine.session.input.form()
        if not tokens:
            return _EOF
        value = term_of(parse_form(tokens))
    except ScanError as error:
        return (ERROR, (error.line, Atom("erl_scan"), error.reason))
    except ParseError as error:
        reason = error.reason if isinstance(error.reason, str) else "".join(error.reason)
        return (ERROR, (error.line, Atom("erl_parse"), chars(reason)))
    if value is NOT_CONSTANT:
        return (ERROR, (1, Atom("erl_parse"), chars("bad term")))
    return (OK, value)
